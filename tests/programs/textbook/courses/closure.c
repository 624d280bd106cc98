#include <stdio.h>
#include <stdlib.h>
void walk(int lo, int hi, void (*visit)(int)) {
    for (int i = lo; i <= hi; i++)
        visit(i);
}
int compose(int (*f)(int), int (*g)(int), int x) {
    return f(g(x));
}
int main(void) {
    int base = 10;
    int addb(int x) {
        return x + base;
    }
    int mulb(int x) {
        return x * base;
    }
    printf("%d %d\n", compose(addb, mulb, 3), compose(mulb, addb, 3));
    int a[] = {4, 2, 8};
    int direction = -1;
    int cmp(const void *x, const void *y) {
        return direction * (*(int *)x - *(int *)y);
    }
    qsort(a, 3, sizeof *a, cmp);
    printf("%d %d %d\n", a[0], a[1], a[2]);
    direction = 1;
    qsort(a, 3, sizeof *a, cmp);
    printf("%d %d %d\n", a[0], a[1], a[2]);
    int total = 0;
    void acc(int v) {
        total += v * base;
    }
    walk(1, 4, acc);
    printf("%d\n", total);
    int (*fs[2])(int) = {addb, mulb};
    base = 2;
    printf("%d %d\n", fs[0](5), fs[1](5));
    int level1(int p) {
        int level2(int q) {
            int level3(int r) {
                return base * 1000 + p * 100 + q * 10 + r;
            }
            return level3(q + 1);
        }
        return level2(p + 1);
    }
    printf("%d\n", level1(1));
    return 0;
}
