#include <stdio.h>
#define N 3
#define M 4
typedef double matrix[N][M];
void fill(matrix m) {
    int i, j;
    for (i = 0; i < N; i++)
        for (j = 0; j < M; j++)
            m[i][j] = (i + 1) * 1.5 - j / 2.0;
}
void transpose(double (*in)[M], double out[M][N]) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            out[j][i] = in[i][j];
}
static int grid[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
static int partial[3][4] = {{1}, {[2] = 5}, [2] = {1, 2}};
int det(int (*a)[3]) {
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}
int main(void) {
    matrix m;
    double t[M][N];
    double p[N][N] = {0};
    fill(m);
    transpose(m, t);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < M; k++)
                p[i][j] += m[i][k] * t[k][j];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            printf("%8.3f", p[i][j]);
        printf("\n");
    }
    grid[2][2] = 10;
    printf("det %d\n", det(grid));
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            printf("%d%c", partial[i][j], j == 3 ? '\n' : ' ');
    int *flat = &grid[0][0];
    int s = 0;
    for (int i = 0; i < 9; i++)
        s += flat[i];
    printf("sum %d, sizes %d %d %d\n", s, (int)sizeof grid, (int)sizeof grid[0], (int)(sizeof m / sizeof **m));
    int cube[2][3][4];
    int n = 0;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++)
                cube[i][j][k] = n++;
    int(*q)[4] = cube[1];
    printf("%d %d %d\n", q[2][3], *(*(q + 1) + 2), (int)(&cube[1][0][0] - &cube[0][0][0]));
    return 0;
}
