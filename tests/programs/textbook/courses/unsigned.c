#include <limits.h>
#include <stdint.h>
#include <stdio.h>
int main(void) {
    unsigned u = 0;
    u--;
    printf("%u %d\n", u, u == UINT_MAX);
    unsigned short s = 65535;
    s++;
    printf("%d\n", s);
    unsigned char c = 250;
    for (int i = 0; i < 10; i++)
        c++;
    printf("%d\n", c);
    int i = -1;
    printf("%d %d\n", i<1u, -1> 0u);
    printf("%d\n", (unsigned char)-1 == 255);
    printf("%u\n", 3u - 5u);
    printf("%u\n", 4000000000u * 2);
    printf("%llu\n", 4000000000ull * 4000000000ull);
    printf("%d\n", (int)(unsigned short)-1);
    printf("%d %d\n", INT_MAX, INT_MIN);
    printf("%u %lld %llu\n", UINT_MAX, LLONG_MIN, ULLONG_MAX);
    uint8_t a = 255;
    int8_t b = a;
    uint16_t h = 0x8000;
    int32_t w = (int16_t)h;
    uint64_t q = 1;
    q <<= 63;
    printf("%d %d %llu %d\n", b, w, (unsigned long long)q, (int)(q >> 62));
    printf("%d\n", sizeof(int) > -1);
    printf("%d %u\n", -5 / 2, -5u / 2);
    printf("%d %u\n", -5 % 3, -5u % 3);
    printf("%d\n", (char)200 < 0);
    printf("%x %x\n", (unsigned)(signed char)0x80, (unsigned char)0x80);
    long long m = INT_MAX;
    m++;
    printf("%lld\n", m);
    unsigned x = 1;
    printf("%d\n", x - 2 > 0);
    printf("%d\n", (short)(40000));
    for (unsigned k = 3; k < 4; k--)
        printf("%u ", k);
    puts("");
    printf("%lld\n", (long long)-1 >> 1 == -1 ? 1LL : 0LL);
    printf("%d %d\n", 'a' + 1, CHAR_BIT);
    printf("%d\n", ~0);
    printf("%d\n", !5 + !!7);
    printf("%d\n", 5 & 6 | 1 ^ 8);
    printf("%d\n", 1 << 3 + 1);
    int k = 5;
    k = k++ + 1;
    k += k;
    printf("%d\n", k);
    return 256 + 7;
}
