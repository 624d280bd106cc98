// More of C's library: C99's and C11's functions, and some of GNU C's.
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
int both(char **s, const char *f, ...) {
    va_list l;
    va_start(l, f);
    int n = vasprintf(s, f, l);
    va_end(l);
    return n;
}
int main(void) {
    char *s, *t;
    int n = asprintf(&s, "%d-%s", 42, "x");
    printf("%d %s %d\n", n, s, both(&t, "%05.1f|%lld", 2.25, 1LL << 40));
    puts(t);
    free(s);
    free(t);
    fflush(stdout);
    dprintf(1, "%s %x\n", "direct", 0xabc);
    printf("%d\n", dprintf(77, "no") < 0);
    char buf[8];
    char *end = mempcpy(buf, "abc", 4);
    printf("%d %s\n", (int)(end - buf), buf);
    imaxdiv_t q = imaxdiv(-17, 5);
    printf("%" PRIdMAX " %" PRIdMAX " %" PRIdMAX "\n", q.quot, q.rem, imaxabs(-5));
    printf("%" PRIdMAX " %" PRIuMAX "\n", strtoimax("-123456789012", &end, 10), strtoumax("ffffffffff", 0, 16));
    for (int a = 8; a <= 4096; a *= 8) {
        void *p = malloc(5), *m = aligned_alloc(a, 3 * a);
        printf("%d", (int)((uintptr_t)m % a));
        memset(m, 1, 3 * a);
        free(m);
        free(p);
    }
    puts("");

    unsigned u = 0xf0f00010;
    unsigned long long w = 0xf000000000000001ULL;
    printf("%d %d %d %d %d %d\n", __builtin_popcount(u), __builtin_clz(u >> 3), __builtin_ctz(u), __builtin_parity(u),
           __builtin_ffs(0), ffs(u));
    printf("%d %d %d %d %d\n", __builtin_popcountll(w), __builtin_clzll(w >> 5), __builtin_ctzll(w << 9),
           __builtin_parityll(w), __builtin_ffsll(w << 40));
    printf("%d %d %d %d %d %d\n", fpclassify(0.0) == FP_ZERO, fpclassify(1e-40f) == FP_SUBNORMAL,
           fpclassify(1e-40) == FP_NORMAL, fpclassify(INFINITY) == FP_INFINITE, fpclassify(NAN) == FP_NAN,
           isnormal(1.0));
    printf("%g %g %d %d %Lg %Lg\n", scalbn(3, 4), scalbln(3, -1), ilogb(1000), (int)logb(0.1), sqrtl(2), powl(2, 0.5L));
    long double ip;
    printf("%Lg ", modfl(2.75L, &ip));
    printf("%Lg\n", ip);
    printf("%f %f\n", NAN, -NAN);
    errno = 0;
    sqrt(-1);
    printf("%s\n", strerror(errno));
    errno = 0;
    pow(10, 400);
    printf("%s\n", strerror(errno));
    errno = 0;
    expf(100);
    printf("%d\n", errno == ERANGE);
    errno = 5;
    sqrt(4);
    printf("%d\n", errno);
    return 0;
}
