#include <float.h>
#include <math.h>
#include <stdio.h>
int main(void) {
    double d[] = {0,   -0.0, 1,    0.1,  1.0 / 3, 1e10, 1e-5,   123456789.123, 1e100,
                  2.5, 3.5,  -1.5, 1e15, 1e16,    1e17, 0.0001, 0.00001234};
    for (unsigned i = 0; i < sizeof d / sizeof *d; i++)
        printf("%f|%e|%g|%.0f|%.3g|%10.2f|%-10.1e|%+g|%G|%#g|%.15g|%a\n", d[i], d[i], d[i], d[i], d[i], d[i], d[i],
               d[i], d[i], d[i], d[i], d[i]);
    float f = 0.1f;
    printf("%.10f %.20f %g\n", f, 0.1, f * 3);
    printf("%d %d\n", f == 0.1, f == 0.1f);
    printf("%f %f %f\n", 1 / 0.0 > 1e300 ? 1.0 : 0.0, floor(-2.5), ceil(2.1));
    printf("%g %g %g %g\n", INFINITY, -INFINITY, fabs(NAN) != fabs(NAN) ? 1. : 0., sqrt(2));
    printf("%.6f %.6f %.6f %.6f %.6f\n", sin(1), cos(1), tan(1), atan2(1, 2), pow(2, 0.5));
    printf("%.6f %.6f %.6f %g\n", exp(1), log(10), log10(1000), fmod(7.5, 2));
    printf("%d %d %d %u %d\n", (int)3.99, (int)-3.99, (int)1e9f, (unsigned)3e9, (char)65.7);
    printf("%.2f %.2f %.1f %.1f %.0f %.0f\n", 2.675, 1.005, 0.25, 0.35, 0.5, 1.5);
    float s = 0;
    for (int i = 0; i < 1000; i++)
        s += 0.1f;
    printf("%.6f\n", s);
    double ds = 0;
    for (int i = 0; i < 1000; i++)
        ds += 0.1;
    printf("%.17g\n", ds);
    printf("%g %g %g %d\n", FLT_MAX, DBL_MIN, DBL_EPSILON, DBL_DIG);
    unsigned u = 4000000000u;
    printf("%f %f %.1f\n", (double)u, (float)u, (double)(-1LL));
    printf("%f\n", (float)16777217);
    long long big = 9007199254740993LL;
    printf("%.0f %lld\n", (double)big, (long long)1e18);
    int i = 7;
    i *= 1.5;
    printf("%d\n", i);
    i /= 2.0f;
    printf("%d\n", i);
    printf("%d\n", 3 < 3.5);
    double m;
    double mf = modf(3.75, &m);
    printf("%.4f %.4f\n", mf, m);
    int ex;
    mf = frexp(48, &ex);
    printf("%.4f %d\n", mf, ex);
    printf("%.3f %.3f %ld\n", round(2.5), trunc(-2.7), lround(3.5));
    printf("%lf %Lf\n", 2.5, 2.5L);
    return (int)(2.9 + 0.2);
}
