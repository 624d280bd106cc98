/* float, double, long double, and their passing in SSE registers and on the x87 stack. */
__attribute__((noinline)) static float halve(float value)
{
    float half = value / 2;
    return half;
}

__attribute__((noinline)) static double mix(int whole, double fraction, float scale, long count)
{
    double scaled = fraction * scale;
    double result = whole + scaled / (double)count;
    return result;
}

__attribute__((noinline)) static long double precise(long double base, int power)
{
    long double result = 1.0L;
    while (power-- > 0)
        result *= base;
    return result;
}

int main(void)
{
    float f = halve(3.0f);
    double d = mix(2, 0.125, f, 3);
    long double ld = precise(1.1L, 5);
    float small = 1e-30f;
    double huge = 1e300;
    double minus = -0.0;
    d = mix((int)f, huge, small, 7);
    return ld > 2 || d == minus;
}
