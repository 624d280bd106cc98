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
#define NAN ((float)(1e999 - 1e999))
#define isnan(x) __isnan(x)
#define isinf(x) __isinf(x)
#define isfinite(x) __isfinite(x)
#define signbit(x) __signbit(x)
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
int __isnan(double);
int __isinf(double);
int __isfinite(double);
int __signbit(double);
#endif
