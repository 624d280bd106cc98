// recursive
#include <stdio.h>
typedef int (*fn)(int);
static int apply(fn f, int n, int times) { return times ? apply(f, f(n), times - 1) : n; }
static int sum_to(int n) {
    int total = 0;
    void add(int k) {
        if (k > n)
            return;
        total += k;
        add(k + 1);
    }
    add(1);
    return total;
}
struct pair {
    int a, b;
};
static struct pair minmax(const int *p, int n) {
    struct pair r = {p[0], p[0]};
    auto void look(int);
    void look(int x) {
        if (x < r.a)
            r.a = x;
        if (x > r.b)
            r.b = x;
    }
    for (int i = 0; i < n; i++)
        look(p[i]);
    return r;
}
static int hanoi(int n) {
    int moves = 0;
    char pegs[] = "ABC";
    void go(int k, int f, int t) {
        if (!k)
            return;
        go(k - 1, f, 3 - f - t);
        moves++;
        if (k == n)
            printf("%c->%c ", pegs[f], pegs[t]);
        go(k - 1, 3 - f - t, t);
    }
    go(n, 0, 2);
    return moves;
}
int main(void) {
    int step = 3, calls = 0;
    int up(int n) {
        calls++;
        return n + step;
    }
    printf("%d", apply(up, 1, 4));
    step = -1;
    printf(" %d %d\n", apply(up, 10, 3), calls);
    printf("%d %d\n", sum_to(10), hanoi(5));
    int v[] = {4, -2, 9, 3};
    struct pair p = minmax(v, 4);
    printf("%d %d %d\n", p.a, p.b, minmax((int[]){7, 8}, 2).b);
    return 0;
}
