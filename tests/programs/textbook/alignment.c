// Where what is packed or aligned lies, and what is read and written there: compared with gcc for i386.
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#define PACKED __attribute__((__packed__))
struct S {
    char c;
    alignas(8) int x;
};
struct wide {
    char c;
    double d __attribute__((aligned(8)));
};
_Alignas(64) char page[10];
static int tail __attribute__((aligned(32))) = 3;
extern int ext;
int ext __attribute__((aligned(16)));
typedef int aint __attribute__((aligned(8)));
enum PACKED small { A, B, C };
static int off(const void *p, int n) {
    return (uintptr_t)p % n;
}
static int cmp(const void *a, const void *b) {
    _Alignas(8) int z = 1;
    return off(&z, 8) + *(const int *)a - *(const int *)b;
}
static struct S make(int n) {
    char k = 1;
    struct S s = {n, n + 1};
    (void)k;
    return s;
}
static int rec(int n) {
    char odd[3];
    _Alignas(8) double d = n;
    struct wide w = {1, 2};
    odd[0] = 1;
    int inner(int k) {
        _Alignas(8) char c[3] = {k};
        return off(c, 8) + off(&d, 8) + (int)d;
    }
    return off(&d, 8) + off(&w, 8) + off(&w.d, 8) + (n ? rec(n - 1) : 0) + inner(n);
}
__attribute__((noinline, noreturn)) static void quit(int);
static void quit(int n) {
    exit(n);
}
struct PACKED header {
    unsigned char kind;
    uint16_t port;
    uint32_t address;
    double load;
    unsigned a : 3, b : 17;
};
static __attribute__((unused)) int sum(struct header *h, int n) {
    int s = 0;
    for (int i = 0; i < n; i++)
        s += h[i].port + h[i].address;
    return s;
}
int __attribute__((weak)) one(void) {
    return 1;
}
int odd_attribute(int x __attribute__((unused))) __attribute__((nosuchthing(1, "a)"), const));
int odd_attribute(int x) {
    switch (x) {
    case 1:
        x++;
        __attribute__((fallthrough));
    case 2:
        x++;
    }
out:
    __attribute__((unused));
    return x;
}
int main(void) {
    int a[5] = {3, 1, 2, 5, 4};
    char t = 1;
    _Alignas(8) int z = 4;
    alignas(double) char q = 2;
    aint v = 3;
    struct S s = make(4);
    qsort(a, 5, sizeof *a, cmp);
    printf("%d %d %d %d %d %d\n", off(&z, 8), off(&v, 8), off(&s, 8), off(page, 64), off(&tail, 32), off(&ext, 16));
    printf("%d %d %d %d\n", rec(3), a[0], a[4], s.x + s.c + t + q + v + tail);
    struct header h[3] = {{1, 2, 3, 4.5, 5, 6}, {.port = 7, .b = 70000}};
    h[2] = h[1];
    h[2].address = 0x12345678;
    h[1].load = -h[0].load / 4;
    struct header *p = h + 2;
    p->port++;
    p->load += 1.5;
    ++p->b;
    p->a = 9;
    int *pa = &a[0];
    *pa = p->address;
    __typeof__(p->address) plain = 1;
    printf("%d %d %g %g %d %d %x %d %d %d\n", sum(h, 3), h[2].port, h[1].load, p->load, p->b, p->a, *pa, (int)sizeof *p,
           (int)_Alignof(struct header), (int)_Alignof(plain));
    enum small e = C;
    printf("%d %d %d\n", (int)sizeof e, e, one() + odd_attribute(1));
    float f = p->load;
    printf("%d %g %d\n", p->port == 8 && p->address > 5u, f, p->port ? p->b : p->a);
    quit(3);
}
