#include <stdio.h>
typedef struct {
    int x, y;
} P;
static int area(P *p) {
    return p->x * p->y;
}
static P add(P a, P b) {
    return (P){a.x + b.x, a.y + b.y};
}
static int total(const int *a, int n) {
    int s = 0;
    while (n--)
        s += a[n];
    return s;
}
static P origin = {0};
static P *global = &(P){8, 9};
static int *gi = (int[]){4, 5, 6};
#define max(a, b)                                                                                                      \
    ({                                                                                                                 \
        typeof(a) a_ = (a);                                                                                            \
        typeof(b) b_ = (b);                                                                                            \
        a_ > b_ ? a_ : b_;                                                                                             \
    })
int main(void) {
    printf("%d\n", area(&(P){3, 4}));
    P p = add((P){1, 2}, (P){.y = 5});
    printf("%d %d\n", p.x, p.y);
    printf("%d %d\n", total((int[]){1, 2, 3}, 3), gi[1] + global->y);
    P *q;
    {
        q = &(P){7, 7};
        printf("%d\n", q->x);
    }
    int m = max(p.x, p.y);
    printf("%d %d\n", m, (int)max(1.5, 2));
    for (int i = 0; i < 3; i++) {
        P *r = &(P){i, i * i};
        printf("%d ", r->y);
    }
    puts("");
    struct {
        P a[2];
        int n;
    } deep = {{{1, 2}, {3, 4}}, 5}, d2 = {.a[1].y = 9, .a[0] = {6}, .n = 1};
    printf("%d %d %d %d\n", deep.a[1].x, d2.a[1].y, d2.a[0].x, d2.a[0].y);
    P ar[3] = {[1].x = 5, [1].y = 6, {7, 8}};
    printf("%d %d %d\n", ar[1].y, ar[2].x, ar[0].x);
    origin = p;
    origin.x += 1, p = origin;
    printf("%d\n", p.x);
    int arr[2][2] = {{1, 2}, {3}};
    int(*row)[2] = arr;
    row++;
    printf("%d %d\n", **row, (*row)[1]);
    P ps[2] = {add(p, p), {.x = m}}, *pp = ps;
    pp++;
    printf("%d\n", pp->x);
    const char *s = (const char[]){"literal"};
    printf("%s %d\n", s, (int)sizeof((char[]){"abc"}));
    return _Generic(m, int : 1, double : 2, default : 3);
}
