// Numbers in strings: strtod, strtof, strtol and scanf, and what errno is then.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    const char *t[] = {"0xg",   "0x",     "0x1p",     "0x1p+q",  "1e", "1e+",     "0x.8",    "0x.",  "0x1.8p1z",
                       "0xA",   "inf",    "infinity", "infinit", "in", "nan",     "nan(12)", "-INF", "0x1p2000",
                       "1e400", "1e-400", ".",        "-.5",     "+",  "3.14abc", "1e5x"};
    for (int i = 0; i < sizeof t / sizeof *t; i++) {
        float f = -1;
        double d = -1;
        int n = -1, m = -1;
        int r = sscanf(t[i], "%f%n", &f, &n);
        int q = sscanf(t[i], "%lf%n", &d, &m);
        char *e;
        errno = 0;
        double s = strtod(t[i], &e);
        int e1 = errno;
        int l = e - t[i];
        errno = 0;
        float g = strtof(t[i], &e);
        printf("%s: %d %g %d | %d %g %d | %g %d %d| %g %d %d\n", t[i], r, f, n, q, d, m, s, l, e1, g, (int)(e - t[i]),
               errno);
    }
    const char *u[] = {"1e38",
                       "3.4028235e38",
                       "3.4028236e38",
                       "1e39",
                       "1e-38",
                       "1.17549435e-38",
                       "1e-45",
                       "1e-46",
                       "0",
                       "0e999",
                       "-1e999",
                       "2.2250738585072014e-308",
                       "2.2250738585072011e-308",
                       "4.9406564584124654e-324",
                       "5e-324",
                       "2e-324",
                       "0x1p-1074",
                       "0x1.8p-1074",
                       "0x1p-149",
                       "0x1.8p-149",
                       "0x1p128",
                       "0x1.ffffffp127",
                       "16777217.0000001",
                       "0x0p9999999",
                       "1e99999999999",
                       "1e-99999999999",
                       "0x1p99999999999"};
    for (int i = 0; i < sizeof u / sizeof *u; i++) {
        char *e;
        errno = 0;
        double s = strtod(u[i], &e);
        int e1 = errno;
        errno = 0;
        float g = strtof(u[i], &e);
        printf("%s: %.17g %d| %.9g %d\n", u[i], s, e1, g, errno);
    }
    errno = 0;
    char *e = 0;
    const char *one = "1";
    printf("%ld", strtol(one, &e, 77));
    printf(" %d %d\n", errno, e == one);
    errno = 0;
    e = 0;
    printf("%ld", strtol("1", 0, 1));
    printf(" %d\n", errno);
    errno = 0;
    printf("%lu", strtoul("1", 0, -3));
    printf(" %d\n", errno);
    errno = 0;
    printf("%lld", strtoll("zz", &e, 36));
    printf(" %d\n", errno);
    errno = 0;
    printf("%llu", strtoull("1", &e, 37));
    printf(" %d\n", errno);
    char *w = 0, *v = 0, *x = 0;
    int k = sscanf("hello world abc123", "%ms %m[a-z] %mc", &w, &v, &x);
    printf("%d %s %s %c\n", k, w, v, *x);
    free(w);
    free(v);
    char *z = (char *)9;
    k = sscanf("", "%ms", &z);
    printf("%d\n", k);
    k = sscanf("abcdef", "%3ms%*s", &z);
    printf("%d %s\n", k, z);
    w = 0;
    k = sscanf("abcdef", "%3mc%n", &w, &k);
    printf("%.3s\n", w);
}
