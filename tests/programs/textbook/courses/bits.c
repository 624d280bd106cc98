// recursive
#include <stdint.h>
#include <stdio.h>
#include <string.h>
struct date {
    unsigned day : 5, month : 4;
    int year : 12;
    unsigned : 0;
    signed char tz : 5;
    _Bool dst : 1;
};
union view {
    uint32_t word;
    uint8_t bytes[4];
    float f;
    struct {
        uint32_t mantissa : 23, exponent : 8, sign : 1;
    };
};
static char *reverse(char *s) {
    for (char *a = s, *b = s + strlen(s); a < b;) {
        char c = *a;
        *a++ = *--b;
        *b = c;
    }
    return s;
}
static const char *binary(uint32_t v) {
    static char out[2][33];
    static unsigned which;
    char *p = out[which ^= 1];
    p[32] = 0;
    for (int i = 31; i >= 0; i--, v >>= 1)
        p[i] = "01"[v & 1];
    return p;
}
static int count(unsigned v) { return v ? (v & 1) + count(v >> 1) : 0; }
static int even(unsigned n);
static int odd(unsigned n) { return n ? even(n - 1) : 0; }
static int even(unsigned n) { return n ? odd(n - 1) : 1; }
int main(void) {
    struct date d = {.year = -44, .month = 3, .day = 15};
    d.tz = -5;
    d.dst = 7;
    d.day += 20;
    printf("%u %u %d %d %d %zu\n", d.day, d.month, d.year, d.tz, d.dst, sizeof d);
    union view v = {.f = -6.25f};
    printf("%08x %u %u %x %02x\n", v.word, v.sign, v.exponent, v.mantissa, v.bytes[3]);
    v.exponent++;
    printf("%g\n", v.f);
    char s[] = "stack frames", e[] = "", o[] = "x";
    printf("%s|%s|%s\n", reverse(s), reverse(e), reverse(o));
    printf("%s %s\n", binary(0xF0F), binary(1u << 31));
    printf("%d %d %d\n", count(0xFFFF0001), even(10), odd(7));
    long long big = 1LL << 40;
    unsigned char wrap = 250;
    wrap += 10;
    short sh = (short)70000;
    printf("%lld %d %d %d\n", big >> 3, wrap, sh, -7 / 2 * 2 + -7 % 2);
    return 0;
}
