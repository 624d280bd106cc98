// Bit-fields in expressions: int where an int can hold them (C11 6.3.1.1), and at the end of a struct.
#include <stdio.h>
#define P(x) printf("%s = %d\n", #x, (int)(x))
struct b {
    unsigned long long c : 3;
    unsigned d : 3;
    unsigned long long e : 31;
    unsigned long long f : 32;
    long long g : 32;
    long long s : 20;
    unsigned u : 32;
    unsigned char h : 7;
    unsigned short us : 16;
    _Bool bo : 1;
    unsigned v : 31;
};
struct b b = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
#define G(x)                                                                                                           \
    printf("%s %s\n", #x,                                                                                              \
           _Generic(x, int                                                                                             \
                    : "int", unsigned                                                                                  \
                    : "uint", long long                                                                                \
                    : "ll", unsigned long long                                                                         \
                    : "ull", default                                                                                   \
                    : "?"))
struct end {
    long long c : 3;
} ends[2] = {{1}, {2}};
struct wide {
    unsigned long long a : 3, b : 33, c : 20;
    const long long k : 5;
    long long z : 64;
} wide = {1, 0x1ffffffffULL, 3, -4, -5};
int main(void) {
    P(-(b.c = 1) < 0);
    P(-(b.d = 1) < 0);
    P(-(b.c++) < 0);
    P(-(b.d++) < 0);
    P(-(++b.c) < 0);
    P(-(++b.d) < 0);
    P(-(b.c += 1) < 0);
    P(-(b.d += 1) < 0);
    P(-(0, b.c) < 0);
    P(-(0, b.d) < 0);
    P(-(1 ? b.c : b.c) < 0);
    P(-(b.d ?: b.d) < 0);
    b.c = 6;
    b.d = 6;
    b.c /= -2;
    b.d /= -2;
    P(b.c);
    P(b.d);
    b.c = 6;
    b.d = 6;
    b.c %= -4;
    b.d %= -4;
    P(b.c);
    P(b.d);
    b.c = 5;
    b.d = 5;
    b.c >>= 1;
    b.d >>= 1;
    P(b.c);
    P(b.d);
    b.c = 7;
    b.d = 7;
    P(b.c << 29 < 0);
    P(b.d << 29 < 0);
    P(b.c << 29 >> 29);
    P(~b.c);
    P(b.c * -1 < 0);
    P(b.c - 8u > 0);
    P(b.c - 8LL < 0);
    G(b.c + 0);
    G(b.d + 0);
    G(b.e + 0);
    G(b.f + 0);
    G(b.g + 0);
    G(b.s + 0);
    G(b.u + 0);
    G(b.h + 0);
    G(b.us + 0);
    G(b.bo + 0);
    G(b.v + 0);
    G(+b.f);
    G(-b.s);
    G(b.f << 1);
    G(b.c << 1);
    b.f = 0xffffffff;
    P(b.f + 1 == 0);
    P(-b.f > 0);
    b.g = -1;
    P(b.g < 0);
    P(b.g >> 40 < 0 || 1);
    b.s = -3;
    P(b.s / 2);
    P(b.s >> 1);
    b.s += 1;
    P(b.s);
    b.s *= 2;
    P(b.s);
    b.s /= 3u;
    P(b.s);
    b.f = 5;
    b.f /= -1;
    P(b.f);
    b.g = -8;
    b.g /= 3;
    P(b.g);
    b.g >>= 1;
    P(b.g);
    b.f = 1;
    b.f <<= 31;
    P(b.f);
    b.f <<= 1;
    P(b.f);
    switch (b.c) {
    case 7:
        puts("seven");
    }
    b.c = 0;
    P(b.c - 1);
    P((b.c - 1) / 2);
    P(b.c--);
    P(b.c);
    P(b.f--);
    P(b.f);
    P(b.c == 7LL);
    double dd = b.c;
    P(dd * 2);
    float ff = b.f;
    P(ff == 4294967295.0f);
    int i = b.c * 3;
    P(i);
    P(b.bo + b.bo);
    P(-b.bo);
    b.bo += 2;
    P(b.bo);
    printf("%d %d\n", b.c, b.d);
    printf("%u %d\n", b.f, b.s);
    struct wide changed = wide, some = {.b = 7, .c = 7, .k = -1};
    struct end one;
    one.c = 2;
    changed.b++;
    changed.a += 5;
    changed.c--;
    changed.z *= 3;
    printf("%d %d %d\n", one.c, ends[0].c, ends[1].c);
    printf("%d %lld %d %d %lld\n", changed.a, (long long)changed.b, changed.c, changed.k, (long long)changed.z);
    printf("%lld %d %d\n", (long long)some.b, some.c, some.k);
    return 0;
}
