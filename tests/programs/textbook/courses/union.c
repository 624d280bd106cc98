#include <stdio.h>
#include <string.h>
union word {
    unsigned u;
    int i;
    float f;
    unsigned char b[4];
    unsigned short h[2];
};
struct variant {
    enum { INT, DBL, STR } kind;
    union {
        int i;
        double d;
        const char *s;
    };
};
static void show(struct variant v) {
    switch (v.kind) {
    case INT:
        printf("int %d\n", v.i);
        break;
    case DBL:
        printf("dbl %.2f\n", v.d);
        break;
    case STR:
        printf("str %s\n", v.s);
        break;
    default:
        puts("?");
    }
}
int main(void) {
    union word w;
    w.f = 1.0f;
    printf("%08x\n", w.u);
    w.u = 0x01020304;
    printf("%d %d %d %d %04x\n", w.b[0], w.b[1], w.b[2], w.b[3], w.h[1]);
    w.i = -1;
    printf("%u %u\n", w.u, w.h[0]);
    union word v = {.b = {1, 2, 3, 4}};
    printf("%08x\n", v.u);
    union word z = {7};
    printf("%d\n", z.i);
    struct variant a[] = {{INT, {5}}, {DBL, .d = 2.5}, {.kind = STR, .s = "text"}};
    for (int i = 0; i < 3; i++)
        show(a[i]);
    union {
        double d;
        unsigned long long u;
    } bits;
    bits.d = -2.0;
    printf("%016llx\n", bits.u);
    struct {
        int x;
        union {
            struct {
                short lo, hi;
            };
            int both;
        };
    } n = {1, {{2, 3}}};
    printf("%d %d %d %#x\n", n.x, n.lo, n.hi, n.both);
    printf("%d %d\n", (int)sizeof(union word), (int)sizeof n);
    return 3;
}
