// computed sizes
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void show(int n, int m, int a[n][m]);
void fill(int n, int m, int a[n][m]) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i][j] = i * m + j;
}
void show(int n, int m, int a[n][m]) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++)
            printf("%d ", a[i][j]);
        printf("| %d\n", (int)sizeof a[i]);
    }
}
int sum(int n, const int a[static n]) {
    int s = 0;
    for (int i = 0; i < n; i++)
        s += a[i];
    return s;
}
double mean(int n) {
    double d[n + 1];
    for (int i = 0; i <= n; i++)
        d[i] = i * 1.5;
    double s = 0;
    for (int i = 0; i <= n; i++)
        s += d[i];
    return s / (n + 1);
}
int loops(int n) {
    int total = 0;
    for (int i = 1; i < n; i++) {
        char a[i];
        memset(a, i, i);
        if (i % 3 == 0)
            continue;
        short b[i * 2];
        b[i] = a[i - 1];
        if (i > 200)
            break;
        total += b[i];
    }
    return total;
}
int jumps(int n) {
    int i = 0;
again : {
    int a[n + i];
    a[n + i - 1] = i;
    if (++i < 50)
        goto again;
    n = a[n + i - 2];
    {
        int b[n];
        b[0] = 1;
        if (n)
            goto out;
    }
}
    return 1;
out:
    return n;
}
char *grow(const char *s, int n) {
    char *p = malloc(n * strlen(s) + 1), *q = p;
    char one[strlen(s) + 1];
    strcpy(one, s);
    while (n--) {
        strcpy(q, one);
        q += sizeof one - 1;
    }
    return p;
}
int withalloca(int n) {
    int *p = alloca(n * sizeof *p), *q = alloca(4);
    *q = 7;
    for (int i = 0; i < n; i++)
        p[i] = i;
    int a[n];
    memcpy(a, p, n * sizeof(int));
    {
        int *r = alloca(40);
        r[9] = *q;
        return a[n - 1] + r[9] + (p > q);
    }
}
int side(int *n) {
    return ++*n;
}
void sorted(int n) {
    int v[n], (*pair)[2];
    for (int i = 0; i < n; i++)
        v[i] = (i * 7) % n;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (v[j] < v[i]) {
                int t = v[i];
                v[i] = v[j];
                v[j] = t;
            }
    for (int i = 0; i < n; i++)
        printf("%d ", v[i]);
    pair = (int(*)[2])v;
    printf("%d\n", pair[1][1]);
}
struct point {
    int x, y;
    char tag[3];
};
int main(void) {
    int n = 3, m = 4;
    int a[n][m];
    fill(n, m, a);
    show(n, m, a);
    printf("%d %d %d\n", (int)sizeof a, (int)sizeof a[0], (int)(sizeof a / sizeof a[0][0]));
    int(*row)[m] = a;
    row++;
    printf("%d %d %d\n", (*row)[2], row[1][0], (int)(&a[2] - a));
    int(*heap)[m] = malloc(n * sizeof *heap);
    fill(n, m, heap);
    heap[2][3] = 99;
    show(n, m, heap);
    free(heap);
    int fixed[2][2];
    fill(2, 2, fixed);
    show(2, 2, fixed);
    printf("%.3f\n", mean(4));
    printf("%d %d\n", loops(300), jumps(3));
    char *g = grow("ab", 3);
    puts(g);
    free(g);
    printf("%d\n", withalloca(5));
    typedef int vec[n];
    vec v;
    v[0] = 0;
    n = 10;
    vec w;
    for (int i = 0; i < 3; i++)
        w[i] = i + 1;
    printf("%d %d\n", (int)(sizeof(vec) / sizeof(int)), sum(3, w));
    int k = 2;
    char s[side(&k)];
    printf("%d %d\n", k, (int)sizeof s);
    sorted(7);
    struct point pts[n - 8];
    pts[1].y = 5;
    strcpy(pts[1].tag, "hi");
    struct point copy = pts[1];
    printf("%d %s %d\n", copy.y, copy.tag, (int)sizeof pts);
    int cube[2][k][3];
    cube[1][2][2] = 42;
    printf("%d %d %d\n", cube[1][2][2], (int)sizeof cube, (int)sizeof cube[0]);
    int *flat = &cube[0][0][0];
    printf("%d\n", flat[1 * k * 3 + 2 * 3 + 2]);
    switch (n) {
    case 10: {
        long long q[k];
        q[k - 1] = 1LL << 40;
        printf("%lld\n", q[2]);
        break;
    }
    default:
        puts("no");
    }
    int total = 0;
    for (int i = 0; i < 20000; i++) {
        int big[100 + i % 7];
        big[99] = i;
        total += big[99] & 1;
    }
    printf("%d\n", total);
    int (*fp)(int, const int *) = sum;
    {
        int z[k];
        z[0] = z[1] = z[2] = 4;
        printf("%d\n", fp(k, z));
    }
    return ({
        int y[k];
        y[2] = 9;
        y[2];
    });
}
