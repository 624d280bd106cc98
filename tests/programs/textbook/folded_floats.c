// Integers that become floats while a program is compiled: rounded once.
#include <stdio.h>
float g[] = {9007199791611905ll,
             9007199791611905ull,
             -9007199791611905ll,
             18446744073709551615ull,
             0x8000008000000001ull,
             16777217,
             16777219u,
             0};
enum { A = 16777217 };
int main(void) {
    float f = 9007199791611905ll;
    long long x = 9007199791611905ll;
    float r = x;
    for (int i = 0; i < 8; i++)
        printf("%.1f ", g[i]);
    printf("%.1f %.1f %d %.1f %.1f\n", f, r, f == r, (float)9007199791611905ull, (double)(float)9007199791611905ll);
    printf("%.1f %.1f %.1f %d %.1f\n", 1.0f * 9007199791611905ll, 0.0f + 9007199791611905ull,
           -(float)9007199791611905ll, 9007199791611905ll == 9007200328482816.0f, 1 ? 9007199791611905ll : 1.0f);
    f = 1;
    f += 9007199791611905ll;
    printf("%.1f %.1f %d\n", f, (float)A, 16777217 == 16777216.0f);
    float h = {(double)9007199791611905ll};
    printf("%.1f %a\n", h, (float)(_Bool)3);
    return 0;
}
