// computed sizes
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
void each(int n, int *v, void (*f)(int, int)) {
    for (int i = 0; i < n; i++)
        f(i, v[i]);
}
int main(void) {
    int n = 4, total = 0;
    int a[n];
    for (int i = 0; i < n; i++)
        a[i] = i * i;
    void add(int i, int v) {
        int local[v + 1];
        local[v] = a[i];
        total += local[v];
        a[i] = -v;
    }
    each(n, a, add);
    printf("%d %d %d\n", total, a[3], (int)sizeof a);
    int grid(int m) {
        int g[n][m];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < m; j++)
                g[i][j] = i + j;
        int s = 0;
        for (int i = 0; i < n; i++)
            s += g[i][m - 1];
        return s;
    }
    printf("%d\n", grid(3));
    int vsum(int k, ...) {
        va_list ap;
        va_start(ap, k);
        int v[k];
        for (int i = 0; i < k; i++)
            v[i] = va_arg(ap, int);
        va_end(ap);
        int s = 0;
        while (k--)
            s += v[k];
        return s;
    }
    printf("%d\n", vsum(3, 5, 6, 7));
    char *names[n];
    for (int i = 0; i < n; i++) {
        names[i] = malloc(8);
        sprintf(names[i], "n%d", i);
    }
    puts(names[n - 1]);
    typedef struct {
        int x;
        double d;
    } rec;
    rec rs[n];
    rs[2] = (rec){1, 2.5};
    rec *p = rs + 2;
    printf("%g %d\n", p->d, (int)(p - rs));
    long long w[n];
    w[n - 1] = 1LL << 35;
    printf("%lld\n", w[3] >> 3);
    char txt[n * 2 + 1];
    snprintf(txt, sizeof txt, "%s", "truncated");
    puts(txt);
    return 0;
}
