/* A callback through the C library: own frames above and below library frames. */
#include <stdlib.h>

struct entry {
    int key;
    const char *label;
};

static int comparisons;

static int by_key(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int difference = a->key - b->key;
    comparisons++;
    return difference;
}

__attribute__((noinline)) static void order(struct entry *entries, size_t count)
{
    int before = comparisons;
    qsort(entries, count, sizeof *entries, by_key);
    comparisons += before;
}

int main(void)
{
    struct entry entries[4] = {{7, "seven"}, {1, "one"}, {5, "five"}, {3, "three"}};
    order(entries, 4);
    struct entry wanted = {5, 0};
    struct entry *found = bsearch(&wanted, entries, 4, sizeof *entries, by_key);
    return found == 0 || found->label[0] != 'f';
}
