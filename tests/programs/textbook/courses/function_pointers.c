#include <stdio.h>
#include <stdlib.h>
typedef int (*op)(int, int);
static int add(int a, int b) {
    return a + b;
}
static int sub(int a, int b) {
    return a - b;
}
static int mul(int a, int b) {
    return a * b;
}
static op table[] = {add, sub, &mul};
static struct {
    char c;
    op f;
} ops[] = {{'+', add}, {'-', sub}, {'*', mul}};
static op choose(char c) {
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++)
        if (ops[i].c == c)
            return ops[i].f;
    return NULL;
}
static int (*pick(int i))(int, int) {
    return table[i];
}
static void map(int *a, int n, int (*f)(int)) {
    while (n--)
        *a = f(*a), a++;
}
static int square(int x) {
    return x * x;
}
static int compare(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}
static int cmps(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    return (*x)[0] - (*y)[0];
}
static double apply(double (*f)(double, int), double x, int n) {
    return (*f)(x, n);
}
static double power(double x, int n) {
    double r = 1;
    while (n--)
        r *= x;
    return r;
}
int main(void) {
    for (int i = 0; i < 3; i++)
        printf("%d %d\n", table[i](7, 3), (*pick(i))(7, 3));
    op f = choose('*');
    printf("%d %d\n", f ? f(6, 7) : -1, choose('?') == NULL);
    int a[] = {5, 3, 9, 1, 7};
    map(a, 5, square);
    qsort(a, 5, sizeof *a, compare);
    for (int i = 0; i < 5; i++)
        printf("%d ", a[i]);
    puts("");
    int key = 49;
    int *found = bsearch(&key, a, 5, sizeof(int), compare);
    printf("%d\n", found ? (int)(found - a) : -1);
    const char *s[] = {"pear", "apple", "fig"};
    qsort(s, 3, sizeof *s, cmps);
    printf("%s %s %s\n", s[0], s[1], s[2]);
    printf("%.3f\n", apply(power, 1.5, 3));
    printf("%d\n", (f == mul) + (f != add) * 2);
    printf("%d\n", (choose('+') ? choose('+') : sub)(1, 2));
    void (*out)(int) = (void (*)(int))putchar;
    int (*pr)(const char *, ...) = printf;
    pr("%s\n", "through pointer");
    (***f)(1, 2);
    return 0;
}
