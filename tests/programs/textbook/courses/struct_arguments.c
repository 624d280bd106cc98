#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
struct P {
    int x, y;
    double z;
};
struct E {
    char c[3];
};
static struct P g = {1, 2, 3.5};
static double sum(int n, ...) {
    va_list ap;
    double t = 0;
    va_start(ap, n);
    for (int i = 0; i < n; i++) {
        struct P p = va_arg(ap, struct P);
        g.x = 100;
        p.y++;
        t += p.x + p.y + p.z + va_arg(ap, int);
        struct E e = va_arg(ap, struct E);
        t += e.c[1];
    }
    va_end(ap);
    return t;
}
static int own(int n) {
    return n;
}
void *bsearch_(void) {
    return 0;
}
int div2(int a) {
    return a / 2;
}
int main(void) {
    struct E e = {"ab"};
    printf("%g\n", sum(2, g, 7, e, (struct P){4, 5, 6}, 8, e));
    printf("%d\n", g.x);
    div_t d = div(17, -5);
    printf("%d %d\n", d.quot, d.rem);
    lldiv_t l = lldiv(1LL << 40, 1000);
    printf("%lld %lld %ld\n", l.quot, l.rem, ldiv(7, 2).rem);
    return own(3);
}
