#include <stdio.h>
#include <string.h>
struct date {
    unsigned day : 5;
    unsigned month : 4;
    unsigned year : 12;
    int sign : 3;
    unsigned : 0;
    unsigned next : 8;
};
struct flags {
    unsigned a : 1, b : 1, c : 1;
    signed d : 2;
    unsigned char e : 7;
    long long wide : 40;
};
int main(void) {
    struct date d = {31, 12, 2024, -3, 200};
    printf("%u-%u-%u %d %u %d\n", d.day, d.month, d.year, d.sign, d.next, (int)sizeof d);
    d.day += 1;
    d.month++;
    d.sign = 4;
    d.year = 4096 + 5;
    printf("%u %u %u %d\n", d.day, d.month, d.year, d.sign);
    struct flags f;
    memset(&f, 0, sizeof f);
    f.a = 1;
    f.b = 2;
    f.c = 3;
    f.d = -1;
    f.e = 200;
    f.wide = -5;
    f.d--;
    printf("%d %d %d %d %d %lld\n", f.a, f.b, f.c, f.d, f.e, (long long)f.wide);
    printf("%d\n", f.wide < 0);
    unsigned x = 0xF0F0;
    printf("%x %x %x %x %d\n", x & 0xff, x | 1, x ^ 0xffff, ~x, x >> 4 << 4 == x);
    int n = 0;
    for (unsigned v = 0xdeadbeef; v; v &= v - 1)
        n++;
    printf("%d\n", n);
    printf("%d %d %d\n", -8 >> 1, -7 / 2, -7 % 2);
    printf("%u %u\n", -8u >> 1, 1u << 31);
    unsigned char c = 200;
    c <<= 1;
    printf("%d %d\n", c, (signed char)c);
    return d.next;
}
