// What a compiler for i386 makes of it, for sizes are not those of a 64-bit machine:
// prints: 1 2 4 4 8 4
// prints: 4 8 4
// prints: 8 12 8 12 16 8 8 8 4
// prints: 4 6
// prints: 40 4 5 2
// prints: 3 4 8
// prints: -2147483648 1
// prints: 4 8
// prints: 4294967295 0
// prints: 12
// prints: 5 10
// prints: 4
#include <stddef.h>
#include <stdio.h>
struct a {
    char c;
    int i;
};
struct b {
    char c;
    double d;
};
struct c {
    char x[3];
    short s;
    char y;
};
struct d {
    long long l;
    char c;
};
struct e {
    struct b b;
    char z;
};
union u {
    char c[5];
    int i;
};
struct f {
    char a;
    struct {
        char b;
        short c;
    } in;
    char d;
};
struct bf {
    unsigned a : 3;
    unsigned b : 30;
};
struct flex {
    int n;
    char data[];
};
int main(void) {
    printf("%d %d %d %d %d %d\n", (int)sizeof(char), (int)sizeof(short), (int)sizeof(int), (int)sizeof(long),
           (int)sizeof(long long), (int)sizeof(void *));
    printf("%d %d %d\n", (int)sizeof(float), (int)sizeof(double), (int)sizeof(size_t));
    printf("%d %d %d %d %d %d %d %d %d\n", (int)sizeof(struct a), (int)sizeof(struct b), (int)sizeof(struct c),
           (int)sizeof(struct d), (int)sizeof(struct e), (int)sizeof(union u), (int)sizeof(struct f),
           (int)sizeof(struct bf), (int)sizeof(struct flex));
    printf("%d %d\n", (int)offsetof(struct b, d), (int)offsetof(struct f, d));
    int a[10];
    char s[] = "four";
    printf("%d %d %d %d\n", (int)sizeof a, (int)sizeof(a + 0), (int)sizeof s, (int)sizeof "x");
    int i = 3;
    (void)sizeof(i++);
    printf("%d %d %d\n", i, (int)sizeof 'a', (int)sizeof(1 ? 1 : 1.0));
    long l = 2147483647;
    l++;
    printf("%ld %d\n", l, (int)(sizeof(long) == 4));
    printf("%d %d\n", (int)sizeof(1L), (int)sizeof(1LL));
    unsigned long ul = 4294967295UL;
    printf("%lu %lu\n", ul, ul + 1);
    printf("%d\n", (int)((char *)&a[3] - (char *)a));
    printf("%td %zu\n", &a[7] - &a[2], sizeof a / sizeof *a);
    printf("%d\n", (int)_Alignof(int));
    return 0;
}
