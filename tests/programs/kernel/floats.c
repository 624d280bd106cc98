// Floating point: printing and reading in all forms, the maths library, long double, special values.
// libraries: m
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    double values[] = {0.1, -2.5, 1e100, 1.0 / 3, 123456789.125, 5e-324, DBL_MAX, 0.0, -0.0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        printf("%f %g %e %.3f %a %10.2e|%-12g|%+.0f\n", values[i], values[i], values[i], values[i], values[i], values[i],
               values[i], values[i]);
    volatile double zero = 0;
    printf("%f %f %d\n", 1 / zero, -1 / zero, isnan(zero / zero));
    volatile double x = 0.7;
    printf("%.17g %.17g %.17g %.17g\n", sin(x), cos(x), tan(x), atan2(x, 2));
    printf("%.17g %.17g %.17g %.17g\n", exp(x), log(x), pow(x, 2.5), sqrt(x));
    printf("%.17g %.17g %.17g %.17g\n", floor(-x), fmod(7.5, x), cbrt(x), hypot(3, 4 * x));
    printf("%.9g %.9g\n", sinf((float)x), powf((float)x, 3));
    volatile long double wide = 1.0L / 3;
    printf("%.20Lf %Lg %.19Lg\n", wide, wide * 1e300L, sqrtl(wide));
    printf("%.17g %.17g %g\n", strtod("3.14159265358979323846", NULL), strtod("0x1.8p3", NULL), atof("1e-5x"));
    float single = 16777216.0f;
    printf("%g %g %zu\n", single + 1.0f, (double)(float)0.1, sizeof(long double));
    printf("%ld %d %lld\n", lround(2.5), (int)-2.9, llrint(2.5));
    fesetround(FE_UPWARD);
    printf("%.17g %lld\n", x / 3, llrint(x));
    fesetround(FE_TONEAREST);
    int exponent;
    double mantissa = frexp(10.0, &exponent);
    printf("%g %d\n", mantissa, exponent);
    return 0;
}
