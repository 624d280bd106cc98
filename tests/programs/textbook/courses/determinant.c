// computed sizes
#include <stdio.h>
#define N 4
typedef int row[N];
typedef const row crow;
static const int id[N][N] = {[0][0] = 1, [1] = {[1] = 1}, {0, 0, 1}, [3][3] = 1};
void mul(crow *a, crow *b, row c[const N]) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            c[i][j] = 0;
            for (int k = 0; k < N; k++)
                c[i][j] += a[i][k] * b[k][j];
        }
}
void power(row m[N], unsigned e, row out[N]) {
    row t[N];
    if (!e) {
        for (int i = 0; i < N * N; i++)
            (*out)[i] = (*id)[i];
        return;
    }
    power(m, e / 2, t);
    mul(t, t, out);
    if (e & 1) {
        mul(out, m, t);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                out[i][j] = t[i][j];
    }
}
double det(int n, double m[n][n]) {
    if (n == 1)
        return m[0][0];
    double d = 0;
    double s[n - 1][n - 1];
    for (int c = 0; c < n; c++) {
        for (int i = 1; i < n; i++)
            for (int j = 0, k = 0; j < n; j++)
                if (j != c)
                    s[i - 1][k++] = m[i][j];
        d += (c % 2 ? -1 : 1) * m[0][c] * det(n - 1, s);
    }
    return d;
}
int main(void) {
    row f[N] = {{1, 1}, {1, 0}, {0, 0, 2, 0}, {1, 2, 3, 4}}, r[N];
    power(f, 10, r);
    for (int i = 0; i < N; i++, puts(""))
        for (int *p = r[i]; p < r[i] + N; p++)
            printf("%8d", *p);
    double m[3][3] = {{2, -1, 0}, {1, 3, 5}, {0.5, 4, -2}};
    printf("%.4f %zu %zu\n", det(3, m), sizeof r, sizeof(crow));
    return 0;
}
