#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
typedef unsigned long long u64;
static u64 rotl(u64 x, int k) {
    return x << k | x >> (64 - k);
}
static u64 state[2] = {1, 2};
static u64 next(void) {
    u64 a = state[0], b = state[1], r = a + b;
    b ^= a;
    state[0] = rotl(a, 55) ^ b ^ (b << 14);
    state[1] = rotl(b, 36);
    return r;
}
static long long mulmod(long long a, long long b, long long m) {
    long long r = 0;
    a %= m;
    while (b) {
        if (b & 1)
            r = (r + a) % m;
        a = a * 2 % m;
        b >>= 1;
    }
    return r;
}
static uint32_t crc(const char *s) {
    uint32_t c = ~0u;
    while (*s) {
        c ^= (unsigned char)*s++;
        for (int i = 0; i < 8; i++)
            c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
    }
    return ~c;
}
static uint64_t fnv(const char *s) {
    uint64_t h = 14695981039346656037ULL;
    for (; *s; s++)
        h = (h ^ (uint8_t)*s) * 1099511628211ULL;
    return h;
}
int main(void) {
    for (int i = 0; i < 5; i++)
        printf("%llu\n", next());
    printf("%lld\n", mulmod(123456789012345LL, 987654321098765LL, 1000000007LL));
    printf("%08x %016llx\n", crc("123456789"), (u64)fnv("hello"));
    int64_t a = INT64_MIN;
    printf("%" PRId64 " %" PRIu64 " %" PRIx64 "\n", a, (uint64_t)a, (uint64_t)a >> 60);
    printf("%lld %lld\n", a / 3, a % 1000);
    long long x = -5;
    x <<= 33;
    printf("%lld %d %lld\n", x, x < 0, x >> 32);
    u64 y = -1;
    y /= 10;
    printf("%llu %llu\n", y, y % 7);
    x = 5;
    x++;
    --x;
    x *= x;
    x -= 30LL;
    printf("%lld %d %d\n", x, !x, x ? 1 : 2);
    printf("%d\n", (int)(0x123456789abcdefLL >> 28));
    double d = 1e15;
    x = d;
    printf("%lld %f\n", x + 1, (double)(x * 3));
    float f = 1LL << 40;
    printf("%f\n", f);
    switch (x) {
    case 1000000000000000LL:
        puts("big case");
    }
    int sh = 40;
    printf("%llx\n", 0xffULL << sh);
    unsigned u = 3;
    long long m = u - 5;
    printf("%lld\n", m);
    m = (int)u - 5;
    printf("%lld\n", m);
    printf("%lld\n", 1LL * 2147483647 * 2);
    x = 3;
    long long *px = &x;
    *px += 4;
    (*px)++;
    printf("%lld\n", x);
    printf("%d %d\n", 5LL > 4u, -1LL < 0u);
    return (int)(y & 0x7f);
}
