#include <stdio.h>
int *bsearch(int *a, int n, int v) {
    int lo = 0, hi = n;
    while (lo < hi) {
        int m = (lo + hi) / 2;
        if (a[m] == v)
            return a + m;
        if (a[m] < v)
            lo = m + 1;
        else
            hi = m;
    }
    return 0;
}
void qsort(int v[], int left, int right) {
    for (int i = left; i < right; i++)
        for (int j = left; j < right; j++)
            if (v[j] > v[j + 1]) {
                int t = v[j];
                v[j] = v[j + 1];
                v[j + 1] = t;
            }
}
int getline_(char s[], int lim) {
    int c, i;
    for (i = 0; i < lim - 1 && (c = getchar()) != EOF && c != '\n'; ++i)
        s[i] = c;
    s[i] = 0;
    return i;
}
int abs(int n) {
    return n < 0 ? -n : n;
}
int main(void) {
    int a[] = {5, 2, 9, 1};
    qsort(a, 0, 3);
    printf("%d %d\n", a[0], a[3]);
    printf("%d\n", (int)(bsearch(a, 4, 5) - a));
    char s[10];
    printf("%d\n", getline_(s, 10));
    printf("%d\n", abs(-4));
    int (*fn[])(int) = {[0 ... 2] = abs, [3] = 0};
    int z[10] = {[2 ... 4] = 7, 8};
    printf("%d %d %d %d\n", fn[2](-1), z[4], z[5], z[6]);
    return 0;
}
