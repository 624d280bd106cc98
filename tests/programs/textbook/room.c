#include <alloca.h>
#include <stdio.h>
int f(int n)
{
    int before = 7;
    int a[n][3];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 3; j++)
            a[i][j] = i * 10 + j;
    char *p = alloca(10);
    p[0] = 'x';
    {
        short inner[n];
        inner[0] = before;
        printf("%d %d\n", a[n - 1][2], inner[0]);
    }
    return a[0][1] + (n > 1 ? f(n - 1) : 0);
}
int main(void)
{
    printf("%d\n", f(2));
    return 0;
}
