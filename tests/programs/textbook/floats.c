/* Arithmetic on floats: every result is rounded to a float at once, as on x86-64. Its output is compared with gcc's. */
#include <float.h>
#include <math.h>
#include <stdio.h>

struct values { int n; double d; float f; };
double kept[2] = {1.5, -0.0};

float third(float x) { return x / 3; }
float old(x, y) float x; float y; { return x * y; }
float half_of_double(double x) { return x / 2; }
float sum(int count, float values[]) {
    float total = 0;
    for (int i = 0; i < count; i++) total += values[i];
    return total;
}

int main(void) {
    float r = third(10), a = 0.1f, b = 3, s = 0, big = 1e38f, least = 1e-45f, many[3] = {0.1f, 0.2f, 0.3f};
    printf("%d %.17g\n", r == third(10), third(10));
    for (int i = 0; i < 1000; i++) s += 0.1f;
    printf("%.9g %.9g %.9g\n", s, least / 2, sum(3, many));
    printf("%d %d %d\n", a * b == 0.3f, a + a + a == 0.3f, a / 3 == 0.1f / 3);
    double wide = a * b;
    printf("%.17g %.17g %.17g\n", wide, half_of_double(0.1), (double)a * b);
    printf("%g %g %g\n", big * big, big * 10 / 10, -big - big * 9);
    big *= big;
    printf("%g %g\n", big, 1 / big);
    printf("%.9g %.9g\n", old(1.1f, 2.2f), old(0.1, 3.0));
    r = 16777216.0f;
    r++;
    printf("%d %.9g %.9g\n", r == 16777216.0f, r, -r);
    int n = 16777217;
    unsigned u = 4294967295u;
    long long l = 9007199791611905LL;
    unsigned long long ul = 0xffffff7fffffffffULL;
    printf("%.9g %.9g %.9g %.9g\n", (float)n, (float)u, (float)l, (float)ul);
    printf("%.9g %.9g\n", 1.00000017881393432617187499f, 1.00000017881393421514957253748434595763683319091796875001f);
    printf("%d %d\n", a < b ? 1 : 0, (a ? a : b) == 0.1f);
    printf("%.9g %.9g\n", sqrtf(2), fmaxf(a * a, 0.01f));
    double array[2] = {1.5, -0.0}, z = 0;
    float singles[2] = {-0.0f, 1};
    struct values here = {1, -0.0, -0.0f}, literal = (struct values){.d = -z, .f = -0.0f};
    struct values all[3] = {[1] = {1, -0.0, 2}, [2] = {.f = -0.0f}};
    printf("%g %g %g %g %g\n", kept[1], array[1], singles[0], here.d, here.f);
    printf("%g %g %g %g %g\n", literal.d, literal.f, all[1].d, all[2].f, all[2].d);
    printf("%d %d %d %g %g\n", FLT_EVAL_METHOD, FLT_MAX_EXP, FLT_DECIMAL_DIG, FLT_TRUE_MIN, DBL_TRUE_MIN);
    return 0;
}
