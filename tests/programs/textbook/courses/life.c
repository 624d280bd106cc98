#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define H 6
#define W 8
static char board[H][W + 1];
static int life[2][H][W];
int count(int g, int r, int c) {
    int n = 0;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            if ((i || j) && r + i >= 0 && r + i < H && c + j >= 0 && c + j < W)
                n += life[g][r + i][c + j];
    return n;
}
int main(void) {
    life[0][1][2] = life[0][2][3] = life[0][3][1] = life[0][3][2] = life[0][3][3] = 1;
    for (int t = 0; t < 5; t++) {
        for (int r = 0; r < H; r++)
            for (int c = 0; c < W; c++) {
                int n = count(t & 1, r, c);
                life[!(t & 1)][r][c] = n == 3 || (n == 2 && life[t & 1][r][c]);
            }
    }
    for (int r = 0; r < H; r++) {
        for (int c = 0; c < W; c++)
            board[r][c] = life[1][r][c] ? '#' : '.';
        board[r][W] = 0;
        puts(board[r]);
    }
    int **m = malloc(3 * sizeof *m);
    for (int i = 0; i < 3; i++) {
        m[i] = malloc(4 * sizeof **m);
        for (int j = 0; j < 4; j++)
            m[i][j] = i * j;
    }
    printf("%d\n", m[2][3]);
    for (int i = 0; i < 3; i++)
        free(m[i]);
    free(m);
    char grid[3][10] = {"abc", "defghijkl"};
    printf("%s %s %d %c\n", grid[0], grid[1], grid[2][0], *(*(grid + 1) + 1));
    int tri[4][4];
    for (int i = 0; i < 4; i++)
        for (int j = 0; j <= i; j++)
            tri[i][j] = j == 0 || j == i ? 1 : tri[i - 1][j - 1] + tri[i - 1][j];
    printf("%d %d\n", tri[3][1], tri[3][2]);
    char *w[] = {"x", "yy"};
    char(*pp)[10] = grid;
    pp++;
    printf("%c %d\n", (*pp)[2], (int)sizeof *pp);
    strcpy(grid[2], w[1]);
    puts(grid[2]);
    return 0;
}
