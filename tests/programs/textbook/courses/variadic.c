#include <stdarg.h>
#include <stdio.h>
int sum(int n, ...) {
    va_list ap;
    int s = 0;
    va_start(ap, n);
    while (n-- > 0)
        s += va_arg(ap, int);
    va_end(ap);
    return s;
}
double average(int n, ...) {
    va_list ap, copy;
    double s = 0, t = 0;
    va_start(ap, n);
    va_copy(copy, ap);
    for (int i = 0; i < n; i++)
        s += va_arg(ap, double);
    for (int i = 0; i < n; i++)
        t += va_arg(copy, double);
    va_end(ap);
    va_end(copy);
    return (s + t) / 2 / n;
}
void mini(const char *f, ...) {
    va_list ap;
    va_start(ap, f);
    for (; *f; f++) {
        if (*f != '%') {
            putchar(*f);
            continue;
        }
        switch (*++f) {
        case 'd':
            printf("%d", va_arg(ap, int));
            break;
        case 's':
            printf("%s", va_arg(ap, char *));
            break;
        case 'f':
            printf("%.1f", va_arg(ap, double));
            break;
        case 'c':
            putchar(va_arg(ap, int));
            break;
        case 'L':
            printf("%lld", va_arg(ap, long long));
        }
    }
    va_end(ap);
}
void logf_(const char *level, const char *f, ...) {
    va_list ap;
    va_start(ap, f);
    printf("%s: ", level);
    vprintf(f, ap);
    va_end(ap);
}
int fmt(char *b, unsigned n, const char *f, ...) {
    va_list ap;
    va_start(ap, f);
    int r = vsnprintf(b, n, f, ap);
    va_end(ap);
    return r;
}
int main(void) {
    printf("%d %d\n", sum(3, 1, 2, 3), sum(0));
    printf("%.3f\n", average(4, 1.0, 2.5, 3.0, 4.5));
    mini("%d-%s-%f-%c-%L\n", 5, "str", 2.25, 'z', 123456789012LL);
    logf_("info", "%d %s %g\n", 5, "x", 0.1);
    char b[10];
    int n = fmt(b, sizeof b, "%s-%05d", "long", 123);
    printf("%d %s\n", n, b);
    short s = -3;
    float f = 1.5f;
    char c = 'q';
    printf("%d %f %c\n", s, f, c);
    return 0;
}
