// Structs that are packed, passed, returned, linked and changed: compared with gcc for i386.
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
struct __attribute__((packed)) N {
    char t;
    struct N *next;
    int (*call)(int);
    float f;
    short s;
    long long big;
    _Bool on : 1;
    char name[3];
};
static int twice(int x) {
    return 2 * x;
}
static struct N make(int n, struct N *next) {
    struct N made = {n, next, twice, n / 2.0f, -n, 1LL << 40, n & 1, "ab"};
    return made;
}
static int total(struct N n, int k, ...) {
    va_list l;
    va_start(l, k);
    struct N m = va_arg(l, struct N);
    va_end(l);
    return n.call(n.s) + m.s + k;
}
struct outer {
    int a;
    struct N n[2];
} __attribute__((packed, aligned(4)));
static struct N table[] = {{1, &table[1], twice, 1.5f}, {2, 0}};
typedef int loose __attribute__((aligned(1)));
int main(void) {
    struct N a = make(3, 0), b = make(4, &a), *p = &b;
    struct outer o = {1, {a, b}};
    char raw[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    for (; p; p = p->next)
        printf("%d %g %d %lld %d %s\n", p->t, p->f, p->s, p->big, p->on, p->name);
    for (p = table; p; p = p->next)
        p->s += (p->f *= 2), printf("%d %g\n", p->s, p->f);
    printf("%d %d %d\n", total(a, 1, b), o.n[1].call(3), (o.n[0].s, o.n[0].big >>= 3, (int)(o.n[0].big >> 30)));
    printf("%x %d %d\n", *(loose *)(raw + 1), (int)offsetof(struct outer, n[1].big), (int)sizeof o);
    loose *q = (loose *)(raw + 3);
    *q += 1;
    q[0]++;
    printf("%x %d\n", *q, *q > 0 && !(*q == 4) ? *q & 255 : -1);
    a = *b.next;
    printf("%d ", (a = b).s);
    a.s++;
    printf("%d %d\n", a.s, (int)make(7, 0).s);
    struct N *r = p ? p : &a;
    switch (r->s) {
    case -4:
        puts("four");
    }
    if (r->on || r->big)
        r->f = -r->f;
    r->t = r->on ? 1 : 2;
    while (r->s++ < 0)
        r->big--;
    printf("%g %d %lld\n", r->f, r->t, r->big);
    return 0;
}
