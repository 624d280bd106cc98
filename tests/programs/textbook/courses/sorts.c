// recursive
#include <stdio.h>
#include <string.h>
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SWAP(T, a, b)                                                                                                  \
    do {                                                                                                               \
        T t_ = (a);                                                                                                    \
        (a) = (b);                                                                                                     \
        (b) = t_;                                                                                                      \
    } while (0)
static void bubble(int *a, int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j + 1 < n - i; j++)
            if (a[j] > a[j + 1])
                SWAP(int, a[j], a[j + 1]);
}
static void insertion(int a[], int n) {
    for (int i = 1; i < n; i++) {
        int k = a[i], j = i;
        while (j > 0 && a[j - 1] > k)
            a[j] = a[j - 1], j--;
        a[j] = k;
    }
}
static void quick(int *a, int lo, int hi) {
    if (lo >= hi)
        return;
    int p = a[(lo + hi) / 2], i = lo, j = hi;
    while (i <= j) {
        while (a[i] < p)
            i++;
        while (a[j] > p)
            j--;
        if (i <= j) {
            SWAP(int, a[i], a[j]);
            i++;
            j--;
        }
    }
    quick(a, lo, j);
    quick(a, i, hi);
}
static void merge(int *a, int n, int *t) {
    if (n < 2)
        return;
    int m = n / 2;
    merge(a, m, t);
    merge(a + m, n - m, t);
    int i = 0, j = m, k = 0;
    while (i < m || j < n)
        t[k++] = j >= n || (i < m && a[i] <= a[j]) ? a[i++] : a[j++];
    memcpy(a, t, n * sizeof *a);
}
static void heap(int *a, int n) {
    for (int s = n / 2 - 1, e = n; e > 1;) {
        if (s >= 0) {
        } else {
            e--;
            SWAP(int, a[0], a[e]);
        }
        int r = s >= 0 ? s-- : 0, c;
        while ((c = 2 * r + 1) < e) {
            if (c + 1 < e && a[c] < a[c + 1])
                c++;
            if (a[r] >= a[c])
                break;
            SWAP(int, a[r], a[c]);
            r = c;
        }
    }
}
static int hanoi(int n, char f, char t, char v) {
    if (!n)
        return 0;
    int m = hanoi(n - 1, f, v, t);
    if (n == 3)
        printf("%c->%c\n", f, t);
    return m + 1 + hanoi(n - 1, v, t, f);
}
static unsigned ack(unsigned m, unsigned n) {
    return !m ? n + 1 : !n ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1));
}
static void permute(char *s, int k) {
    if (!s[k]) {
        printf("%s ", s);
        return;
    }
    for (int i = k; s[i]; i++) {
        SWAP(char, s[k], s[i]);
        permute(s, k + 1);
        SWAP(char, s[k], s[i]);
    }
}
static int queens(int n, int row, unsigned cols, unsigned d1, unsigned d2) {
    if (row == n)
        return 1;
    int c = 0;
    for (int i = 0; i < n; i++) {
        unsigned b = 1u << i, x = 1u << (row + i), y = 1u << (row - i + n);
        if (cols & b || d1 & x || d2 & y)
            continue;
        c += queens(n, row + 1, cols | b, d1 | x, d2 | y);
    }
    return c;
}
int main(void) {
    int base[] = {9, -3, 5, 0, 22, 7, -8, 5, 1, 100, 2};
    int a[SIZE(base)], t[SIZE(base)];
    void (*sorts[])(int *, int) = {bubble, insertion, heap};
    for (unsigned s = 0; s < 5; s++) {
        memcpy(a, base, sizeof a);
        if (s < 3)
            sorts[s](a, SIZE(a));
        else if (s == 3)
            quick(a, 0, SIZE(a) - 1);
        else
            merge(a, SIZE(a), t);
        for (unsigned i = 0; i < SIZE(a); i++)
            printf("%d ", a[i]);
        puts("");
    }
    printf("%d\n", hanoi(5, 'A', 'C', 'B'));
    printf("%u\n", ack(2, 3));
    char s[] = "abc";
    permute(s, 0);
    puts("");
    printf("%d\n", queens(6, 0, 0, 0, 0));
    return 0;
}
