/* Types in every place where C takes a qualifier or a typedef's name, for comparing them with gcc's. */
#include <stdio.h>

typedef const int cint;
typedef char *string;
typedef unsigned int u32;
typedef int (*reader)(const char *, u32);
struct point {
    const int x;
    volatile int y;
    const char *name;
    char *const fixed;
    const volatile long both;
    int const matrix[2][3];
    const u32 bits : 3;
};
typedef struct {
    int a;
    u32 b;
} pair;
enum color { RED, GREEN };
enum { ONE = 1, TWO } small = TWO;
enum { TEN = 10, TWENTY } large = TWENTY;

const int table[3] = {1, 2, 3};
volatile int tick;
const char *const words[] = {"a", "b"};
static const struct point origin = {0};
const void *nothing;
int (*const handler)(const char *, ...) = printf;
void (*odd)(const int, char *const);
const char *(*namer)(int);

int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int (*by)(const void *, const void *) = compare;

char *copy(char *restrict to, const char *__restrict from)
{
    char *start = to;

    while ((*to++ = *from++))
        ;
    return start;
}

int f(const int n, volatile char c, const struct point *p, int array[const 3], const pair q, int const grid[][3],
      int fn(const char *), reader r)
{
    cint k = 5;
    const string s = 0;
    string const *ps = &s;
    const enum color e = RED;
    const u32 u = 3;
    volatile const float fl = 1;
    register const short sh = 2;
    static const char *const label = "l";
    const int(*pa)[3] = &table;
    int *const *volatile pp = 0;
    const int row[2][3] = {{0}};
    typeof(k) t1 = 1;
    typeof(&k) t2 = 0;
    typeof(k + 0) t3 = 0;
    const _Bool b = 1;
    volatile cint vk = 7;
    const void *v = &k;
    pair pairs[2] = {{0}};
    const unsigned char uc = 'x';
    static const int zero[2];
    const struct point here = {.y = 2};
    struct point there = here;
    return n + k + e + u + *label + sh + zero[0] + (tick = 1) + there.y;
}

int main(void)
{
    char b[9];
    pair q = {0};
    int a[3] = {0};

    copy(b, "abc");
    f(1, 2, &origin, a, q, 0, 0, 0);
    return 0;
}
