// errno and the class of the result of math.h's functions, at the edges of their domains.
#include <errno.h>
#include <math.h>
#include <stdio.h>

double values[] = {0.0,   -0.0,   1.0,   -1.0,   0.5,    -2.5,     2.0,       -3.0, 172.0, -200.5,
                   800.0, -800.0, 1e308, -1e308, 5e-324, INFINITY, -INFINITY, NAN,  100.0, -110.0};
float floats[] = {0.0,   -0.0,   1.0,   -1.0,   0.5,    -2.5,     2.0,       -3.0, 172.0, -200.5,
                  800.0, -800.0, 1e308, -1e308, 5e-324, INFINITY, -INFINITY, NAN,  100.0, -110.0};
enum { COUNT = sizeof values / sizeof *values };

void tell(const char *name, int first, int second, double result, int error) {
    int kind = result != result ? 0 : isinf(result) ? 2 + (signbit(result) != 0) : result == 0 ? 4 : 5;
    if (error || kind < 5)
        printf("%s(%d, %d): kind %d, errno %d\n", name, first, second, kind, error);
}

#define ONE(function)                                                                                                  \
    for (int i = 0; i < COUNT; i++) {                                                                                  \
        errno = 0;                                                                                                     \
        double wide = function(values[i]);                                                                             \
        tell(#function, i, 0, wide, errno);                                                                            \
        errno = 0;                                                                                                     \
        double narrow = function##f(floats[i]);                                                                        \
        tell(#function "f", i, 0, narrow, errno);                                                                      \
    }
#define TWO(function)                                                                                                  \
    for (int i = 0; i < COUNT; i++) {                                                                                  \
        for (int j = 0; j < COUNT; j++) {                                                                              \
            errno = 0;                                                                                                 \
            double wide = function(values[i], values[j]);                                                              \
            tell(#function, i, j, wide, errno);                                                                        \
            errno = 0;                                                                                                 \
            double narrow = function##f(floats[i], floats[j]);                                                         \
            tell(#function "f", i, j, narrow, errno);                                                                  \
        }                                                                                                              \
    }

int main(void) {
    ONE(acos)
    ONE(asin)
    ONE(acosh)
    ONE(atanh)
    ONE(sin)
    ONE(exp)
    ONE(exp2)
    ONE(expm1)
    ONE(cosh)
    ONE(sinh)
    ONE(log)
    ONE(log1p)
    ONE(sqrt)
    ONE(lgamma)
    ONE(tgamma)
    ONE(erfc)
    TWO(pow)
    TWO(fmod)
    TWO(atan2)
    TWO(hypot)
    TWO(remainder)
    TWO(nextafter)
    TWO(fdim)
    for (int i = 0; i < COUNT; i++) {
        for (int power = -1200; power <= 1200; power += 300) {
            errno = 0;
            double wide = scalbn(values[i], power);
            tell("scalbn", i, power, wide, errno);
            errno = 0;
            double narrow = ldexpf(floats[i], power);
            tell("ldexpf", i, power, narrow, errno);
        }
        errno = 0;
        int exponent = ilogb(values[i]);
        printf("%d %d %d %d", exponent, errno, fpclassify(values[i]), fpclassify(floats[i]));
        printf(" %lld %lld\n", llround(values[i]), llrintf(floats[i]));
    }
    return 0;
}
