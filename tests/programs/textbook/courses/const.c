#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
typedef unsigned char byte;
typedef int vec[3];
typedef const char *cstr;
typedef struct stack stack;
struct stack {
    int n;
    int data[10];
};
static void push(stack *s, int v) {
    assert(s->n < 10);
    s->data[s->n++] = v;
}
static int pop(stack *s) {
    return s->data[--s->n];
}
static int rpn(cstr e) {
    stack s = {0};
    for (; *e; e++) {
        if (*e >= '0' && *e <= '9')
            push(&s, *e - '0');
        else if (*e != ' ') {
            int b = pop(&s), a = pop(&s);
            push(&s, *e == '+' ? a + b : *e == '-' ? a - b : *e == '*' ? a * b : b ? a / b : 0);
        }
    }
    return pop(&s);
}
static bool prime(int n) {
    if (n < 2)
        return false;
    for (int i = 2; i * i <= n; i++)
        if (n % i == 0)
            return false;
    return true;
}
static int gcd(int a, int b) {
    while (b) {
        int t = a % b;
        a = b;
        b = t;
    }
    return a;
}
volatile int vol = 3;
extern int later;
int later = 8;
static void swap(int *restrict a, int *restrict b) {
    int t = *a;
    *a = *b;
    *b = t;
}
_Static_assert(sizeof(int) == 4, "int");
inline static int clamp(int v, int lo, int hi) {
    return v < lo ? lo : v > hi ? hi : v;
}
int main(void) {
    const int n = 5;
    const char *const s = "const";
    vec v = {1, 2, 3};
    byte b = 300 % 256;
    printf("%d %s %d %d\n", n, s, v[2], b);
    printf("%d\n", rpn("3 4 + 2 * 7 -"));
    for (int i = 0; i < 30; i++)
        if (prime(i))
            printf("%d ", i);
    puts("");
    bool t = 5;
    _Bool u = 0.5;
    printf("%d %d %d %d\n", t, u, (bool)256, true + true);
    printf("%d\n", gcd(84, 36));
    int x = 1, y = 2;
    swap(&x, &y);
    printf("%d %d %d\n", x, y, clamp(50, 0, 9));
    vol++;
    printf("%d %d\n", vol, later);
    unsigned fib[20] = {0, 1};
    for (int i = 2; i < 20; i++)
        fib[i] = fib[i - 1] + fib[i - 2];
    printf("%u\n", fib[19]);
    int i = 0;
    int r = i++ || i++ && i++;
    printf("%d %d\n", i, r);
    int cnt[26] = {0};
    for (const char *p = "mississippi"; *p; p++)
        cnt[*p - 'a']++;
    for (int k = 0; k < 26; k++)
        if (cnt[k])
            printf("%c%d", 'a' + k, cnt[k]);
    puts("");
    return 0;
}
