#include <stddef.h>
#include <stdio.h>
#include <string.h>
typedef struct {
    double x, y;
} point;
typedef struct {
    point a, b;
    char name[8];
} line;
struct big {
    int a[20];
    char tail;
};
static point mid(line l) {
    point m = {(l.a.x + l.b.x) / 2, (l.a.y + l.b.y) / 2};
    l.name[0] = 'X';
    return m;
}
static line make(point a, point b, const char *n) {
    line l;
    l.a = a;
    l.b = b;
    strncpy(l.name, n, sizeof l.name);
    return l;
}
static struct big grow(struct big b, int k) {
    for (int i = 0; i < 20; i++)
        b.a[i] += k;
    b.tail++;
    return b;
}
static point scale(point p, double k) {
    p.x *= k;
    p.y *= k;
    return p;
}
struct small {
    char c;
    short s;
};
static struct small flip(struct small s) {
    struct small r = {s.s, s.c};
    return r;
}
static struct small *ptr(struct small *p) {
    p->c++;
    return p;
}
int main(void) {
    line l = make((point){1, 2}, (point){.y = 4, .x = 3}, "seg");
    point m = mid(l);
    printf("%.1f %.1f %s\n", m.x, m.y, l.name);
    printf("%.1f\n", scale(scale(m, 2), 3).y);
    struct big b = {{1, 2, 3}, 'a'};
    b = grow(grow(b, 1), 10);
    printf("%d %d %c\n", b.a[2], b.a[19], b.tail);
    struct small s = {'A', 66};
    s = flip(s);
    printf("%d %d %d\n", s.c, s.s, flip(s).c);
    printf("%d\n", ptr(ptr(&s))->c);
    line arr[2] = {[1] = l}, copy;
    copy = arr[1];
    arr[1].a.x = 99;
    printf("%.0f %.0f %.0f\n", copy.a.x, arr[1].a.x, arr[0].b.y);
    printf("%d %d %d\n", (int)sizeof(struct small), (int)offsetof(struct small, s), (int)offsetof(struct big, tail));
    point *pp = &arr[1].b, q = *pp;
    pp->x++;
    printf("%.0f %.0f\n", q.x, arr[1].b.x);
    struct {
        int n;
        struct small in[2];
    } nest = {1, {{'a', 1}, {'b', 2}}}, other = nest;
    other.in[1].s = 7;
    printf("%d %d\n", nest.in[1].s, other.in[1].s);
    point z = l.a.x > 0 ? l.a : l.b;
    printf("%.0f\n", z.x);
    struct small t;
    t = (s.c++, s);
    printf("%d\n", t.c);
    return memcmp(&nest, &other, sizeof nest) != 0;
}
