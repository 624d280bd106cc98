#ifndef __TEXTBOOK_MATH_H
#define __TEXTBOOK_MATH_H
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
#define HUGE_VAL (1e999)
#define INFINITY ((float)1e999)
#define NAN (-(float)(1e999 - 1e999))
#define isnan(x) __isnan(x)
#define isinf(x) __isinf(x)
#define isfinite(x) __isfinite(x)
#define signbit(x) __signbit(x)
#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4
#define fpclassify(x) (sizeof(x) == sizeof(float) ? __fpclassifyf(x) : __fpclassify(x))
#define isnormal(x) (fpclassify(x) == FP_NORMAL)
#define isgreater(x, y) ((x) > (y))
#define isgreaterequal(x, y) ((x) >= (y))
#define isless(x, y) ((x) < (y))
#define islessequal(x, y) ((x) <= (y))
#define FP_ILOGB0 (-2147483647 - 1)
#define FP_ILOGBNAN (-2147483647 - 1)
#define HUGE_VALF ((float)1e999)
#define HUGE_VALL ((long double)1e999)
#define MATH_ERRNO 1
#define MATH_ERREXCEPT 2
#define math_errhandling MATH_ERRNO
typedef float float_t;
typedef double double_t;
double acos(double);
double asin(double);
double atan(double);
double cos(double);
double sin(double);
double tan(double);
double acosh(double);
double asinh(double);
double atanh(double);
double cosh(double);
double sinh(double);
double tanh(double);
double exp(double);
double exp2(double);
double expm1(double);
double log(double);
double log10(double);
double log2(double);
double log1p(double);
double sqrt(double);
double cbrt(double);
double ceil(double);
double floor(double);
double fabs(double);
double round(double);
double trunc(double);
double rint(double);
double nearbyint(double);
double tgamma(double);
double lgamma(double);
double erf(double);
double erfc(double);
double logb(double);
float acosf(float);
float asinf(float);
float atanf(float);
float cosf(float);
float sinf(float);
float tanf(float);
float acoshf(float);
float asinhf(float);
float atanhf(float);
float coshf(float);
float sinhf(float);
float tanhf(float);
float expf(float);
float exp2f(float);
float expm1f(float);
float logf(float);
float log10f(float);
float log2f(float);
float log1pf(float);
float sqrtf(float);
float cbrtf(float);
float ceilf(float);
float floorf(float);
float fabsf(float);
float roundf(float);
float truncf(float);
float rintf(float);
float nearbyintf(float);
float tgammaf(float);
float lgammaf(float);
float erff(float);
float erfcf(float);
float logbf(float);
double pow(double, double);
double fmod(double, double);
double atan2(double, double);
double hypot(double, double);
double fmax(double, double);
double fmin(double, double);
double fdim(double, double);
double copysign(double, double);
double remainder(double, double);
double nextafter(double, double);
float powf(float, float);
float fmodf(float, float);
float atan2f(float, float);
float hypotf(float, float);
float fmaxf(float, float);
float fminf(float, float);
float fdimf(float, float);
float copysignf(float, float);
float remainderf(float, float);
float nextafterf(float, float);
double ldexp(double, int);
double frexp(double, int *);
double modf(double, double *);
double fma(double, double, double);
long lround(double);
long long llround(double);
long lrint(double);
long double acosl(long double);
long double asinl(long double);
long double atanl(long double);
long double cosl(long double);
long double sinl(long double);
long double tanl(long double);
long double acoshl(long double);
long double asinhl(long double);
long double atanhl(long double);
long double coshl(long double);
long double sinhl(long double);
long double tanhl(long double);
long double expl(long double);
long double exp2l(long double);
long double expm1l(long double);
long double logl(long double);
long double log10l(long double);
long double log2l(long double);
long double log1pl(long double);
long double sqrtl(long double);
long double cbrtl(long double);
long double ceill(long double);
long double floorl(long double);
long double fabsl(long double);
long double roundl(long double);
long double truncl(long double);
long double rintl(long double);
long double nearbyintl(long double);
long double tgammal(long double);
long double lgammal(long double);
long double erfl(long double);
long double erfcl(long double);
long double logbl(long double);
long double powl(long double, long double);
long double fmodl(long double, long double);
long double atan2l(long double, long double);
long double hypotl(long double, long double);
long double fmaxl(long double, long double);
long double fminl(long double, long double);
long double fdiml(long double, long double);
long double copysignl(long double, long double);
long double remainderl(long double, long double);
long double nextafterl(long double, long double);
double scalbn(double, int);
double scalbln(double, long);
int ilogb(double);
long long llrint(double);
double nan(const char *);
float scalbnf(float, int);
float scalblnf(float, long);
int ilogbf(float);
long long llrintf(float);
float nanf(const char *);
float ldexpf(float, int);
float frexpf(float, int *);
float modff(float, float *);
float fmaf(float, float, float);
long lroundf(float);
long long llroundf(float);
long lrintf(float);
long double scalbnl(long double, int);
long double scalblnl(long double, long);
int ilogbl(long double);
long long llrintl(long double);
long double nanl(const char *);
long double ldexpl(long double, int);
long double frexpl(long double, int *);
long double modfl(long double, long double *);
long double fmal(long double, long double, long double);
long lroundl(long double);
long long llroundl(long double);
long lrintl(long double);
int __fpclassify(double);
int __fpclassifyf(float);
int __isnan(double);
int __isinf(double);
int __isfinite(double);
int __signbit(double);
#endif
