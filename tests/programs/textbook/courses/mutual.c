// recursive
#include <stdio.h>
int is_odd(unsigned n);
int is_even(unsigned n) {
    return n == 0 ? 1 : is_odd(n - 1);
}
int is_odd(unsigned n) {
    return n == 0 ? 0 : is_even(n - 1);
}
static const char *p;
static int expr(void);
static int atom(void) {
    if (*p == '(') {
        p++;
        int v = expr();
        p++;
        return v;
    }
    if (*p == '-') {
        p++;
        return -atom();
    }
    int v = 0;
    while (*p >= '0' && *p <= '9')
        v = v * 10 + *p++ - '0';
    return v;
}
static int term(void) {
    int v = atom();
    while (*p == '*' || *p == '/')
        if (*p++ == '*')
            v *= atom();
        else
            v /= atom();
    return v;
}
static int expr(void) {
    int v = term();
    while (*p == '+' || *p == '-')
        if (*p++ == '+')
            v += term();
        else
            v -= term();
    return v;
}
int collatz(int n, int steps) {
    return n == 1 ? steps : collatz(n % 2 ? 3 * n + 1 : n / 2, steps + 1);
}
void bin(int n) {
    if (n > 1)
        bin(n / 2);
    putchar('0' + n % 2);
}
int fact(int n) {
    return n <= 1 ? 1 : n * fact(n - 1);
}
double pw(double b, int e) {
    if (!e)
        return 1;
    double h = pw(b, e / 2);
    return e % 2 ? h * h * b : h * h;
}
int main(void) {
    printf("%d %d\n", is_even(10), is_odd(7));
    p = "2*(3+4)-10/(1+1)*-2";
    printf("%d\n", expr());
    printf("%d\n", collatz(27, 0));
    bin(37);
    puts("");
    printf("%d %.3f\n", fact(10), pw(1.1, 10));
    return 0;
}
