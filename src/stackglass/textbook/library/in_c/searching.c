/* The library's function that calls back into the program to search. */

void *bsearch(const void *key, const void *base, unsigned count, unsigned size,
              int (*compare)(const void *, const void *))
{
    unsigned low = 0, high = count, middle;
    int order;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = compare(key, (const char *)base + middle * size);
        if (order == 0)
            return (char *)base + middle * size;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}
