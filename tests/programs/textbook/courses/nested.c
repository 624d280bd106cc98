// recursive
#include <stdio.h>
int sum_to(int n) {
    int total = 0;
    void add(int k) {
        total += k;
        if (k < n)
            add(k + 1);
    }
    add(1);
    return total;
}
void each(int *a, int n, void (*f)(int)) {
    for (int i = 0; i < n; i++)
        f(a[i]);
}
int main(void) {
    int a[] = {3, 1, 4, 1, 5}, count = 0, max = -1;
    void look(int v) {
        count++;
        if (v > max)
            max = v;
    }
    each(a, 5, look);
    printf("%d %d\n", count, max);
    printf("%d\n", sum_to(10));
    int outer(int x) {
        int inner(int y) {
            return x * 10 + y + count;
        }
        return inner(x + 1);
    }
    printf("%d\n", outer(2));
    {
        int block = 7;
        int get(void) {
            return block++;
        }
        get();
        get();
        printf("%d\n", block);
    }
    auto int later(int);
    printf("%d\n", later(3));
    int later(int k) {
        return k + max;
    }
    double half(double d) {
        return d / 2 + max;
    }
    printf("%.2f\n", half(3));
    struct p {
        int x, y;
    };
    struct p mk(int x) {
        struct p r = {x, count};
        return r;
    }
    printf("%d,%d\n", mk(4).x, mk(4).y);
    return 0;
}
