#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define POOL 256
static char pool[POOL];
static unsigned used;
static void *take(unsigned n) {
    n = (n + 7) & ~7u;
    if (used + n > POOL)
        return NULL;
    void *p = pool + used;
    used += n;
    return p;
}
typedef struct shape shape;
struct shape {
    const struct vt {
        double (*area)(const shape *);
        const char *(*name)(void);
    } * v;
    union {
        struct {
            double r;
        } c;
        struct {
            double w, h;
        } q;
    } u;
};
static double ca(const shape *s) {
    return 3 * s->u.c.r * s->u.c.r;
}
static const char *cn(void) {
    return "circle";
}
static double qa(const shape *s) {
    return s->u.q.w * s->u.q.h;
}
static const char *qn(void) {
    return "rect";
}
static const struct vt cv = {ca, cn}, qv = {qa, qn};
static shape *circle(double r) {
    shape *s = take(sizeof *s);
    s->v = &cv;
    s->u.c.r = r;
    return s;
}
static shape *rect(double w, double h) {
    shape *s = take(sizeof *s);
    s->v = &qv;
    s->u.q.w = w;
    s->u.q.h = h;
    return s;
}
typedef struct {
    char *s;
    int n, cap;
} str;
static void append(str *b, const char *f, ...) {
    char t[64];
    va_list ap;
    va_start(ap, f);
    int n = vsnprintf(t, sizeof t, f, ap);
    va_end(ap);
    if (b->n + n + 1 > b->cap)
        b->s = realloc(b->s, b->cap = (b->n + n + 1) * 2);
    memcpy(b->s + b->n, t, n + 1);
    b->n += n;
}
int main(void) {
    shape *s[] = {circle(2), rect(2, 3.5), circle(.5)};
    for (int i = 0; i < 3; i++)
        printf("%s %.2f\n", s[i]->v->name(), s[i]->v->area(s[i]));
    str b = {0};
    for (int i = 0; i < 5; i++)
        append(&b, "%d:%s;", i, i & 1 ? "odd" : "even");
    puts(b.s);
    printf("%d\n", b.n);
    int m[3][3], *flat = (int *)m;
    for (int i = 0; i < 9; i++)
        flat[i] = i;
    printf("%d %d\n", m[1][1], (int)(sizeof m));
    unsigned long h = 5381;
    for (const char *c = "hash me"; *c; c++)
        h = h * 33 + *c & 0xffffffff;
    printf("%lu\n", h);
    char line[] = "a=1&b=22&c";
    for (char *p = line, *e; p; p = e) {
        if ((e = strchr(p, '&')))
            *e++ = 0;
        char *v = strchr(p, '=');
        if (v)
            *v++ = 0;
        printf("%s->%s\n", p, v ? v : "(null)");
    }
    return used / 8;
}
