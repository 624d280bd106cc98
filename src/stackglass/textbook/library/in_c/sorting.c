/* The library's function that calls back into the program to sort. */

void *malloc(unsigned);
void free(void *);
void *memcpy(void *, const void *, unsigned);

void qsort(void *base, unsigned count, unsigned size, int (*compare)(const void *, const void *))
{
    char *from = base, *to, *room, *swap;
    unsigned width, low, middle, high, left, right, at;

    if (count < 2 || size == 0)
        return;
    to = room = malloc(count * size);
    for (width = 1; width < count; width *= 2) {
        for (low = 0; low < count; low = high) {
            middle = low + width < count ? low + width : count;
            high = middle + width < count ? middle + width : count;
            left = low;
            right = middle;
            for (at = low; at < high; at++) {
                if (left < middle && (right >= high || compare(from + left * size, from + right * size) <= 0))
                    memcpy(to + at * size, from + left++ * size, size);
                else
                    memcpy(to + at * size, from + right++ * size, size);
            }
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from != base)
        memcpy(base, from, count * size);
    free(room);
}
