// recursive
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct person {
    char name[10];
    short age;
    float height;
};
typedef int (*order)(const void *, const void *);
static int by_name(const void *a, const void *b) {
    return strcmp(((const struct person *)a)->name, ((const struct person *)b)->name);
}
static int by_age(const void *a, const void *b) {
    const struct person *x = a, *y = b;
    return (x->age > y->age) - (x->age < y->age);
}
static int by_height(const void *a, const void *b) {
    float d = ((struct person *)a)->height - ((struct person *)b)->height;
    return d < 0 ? -1 : d > 0;
}
static unsigned long swaps;
static void swap(void *a, void *b, size_t n) {
    unsigned char t, *p = a, *q = b;
    swaps++;
    while (n--)
        t = *p, *p++ = *q, *q++ = t;
}
static void quick(void *base, size_t n, size_t size, order less) {
    char *a = base;
    if (n < 2)
        return;
    swap(a, a + n / 2 * size, size);
    size_t m = 0;
    for (size_t i = 1; i < n; i++)
        if (less(a + i * size, a) < 0)
            swap(a + ++m * size, a + i * size, size);
    swap(a, a + m * size, size);
    quick(a, m, size, less);
    quick(a + (m + 1) * size, n - m - 1, size, less);
}
static struct person oldest(struct person p[], int n) {
    struct person best = p[0];
    while (--n)
        if (p[n].age > best.age)
            best = p[n];
    return best;
}
int main(void) {
    struct person all[] = {{"Mia", 31, 1.72f}, {"Al", 7, 1.2f}, {"Zoe", 64, 1.65f}, {"Bob", 31, 1.9f}, {"Eve", 15}};
    static const struct {
        const char *what;
        order how;
    } orders[] = {{"name", by_name}, {"age", by_age}, {"height", by_height}};
    int n = sizeof all / sizeof *all;
    for (int k = 0; k < 3; k++) {
        quick(all, n, sizeof *all, orders[k].how);
        printf("%s:", orders[k].what);
        for (int i = 0; i < n; i++)
            printf(" %s/%hd/%.2f", all[i].name, all[i].age, all[i].height);
        puts("");
    }
    printf(
        "%s %lu %s\n", oldest(all, n).name, swaps,
        (char *)bsearch(&(struct person){"Bob"}, (quick(all, n, sizeof *all, by_name), all), n, sizeof *all, by_name));
    return 0;
}
