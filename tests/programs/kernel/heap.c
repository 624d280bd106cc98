// The heap: many blocks of all sizes, resized and freed in mixed order; large ones that come from mmap.
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 12345;

static uint32_t next(void)
{
    return state = state * 1664525u + 1013904223u;
}

int main(void)
{
    enum { COUNT = 200 };
    unsigned char *blocks[COUNT] = {0};
    size_t sizes[COUNT] = {0};
    unsigned long sum = 0;
    for (int round = 0; round < 500; round++) {
        int i = next() >> 8 & 0xff;
        if (i >= COUNT)
            continue;
        size_t size = next() >> 16 & 0x3ff;
        if (next() % 40 == 0)
            size += 150000;
        for (size_t k = 0; k < sizes[i]; k += 97)
            sum = sum * 31 + blocks[i][k];
        if (next() & 1 << 20) {
            blocks[i] = realloc(blocks[i], size + 1);
            for (size_t k = sizes[i]; k < size; k++)
                blocks[i][k] = (unsigned char)(k + round);
            sizes[i] = size;
        } else {
            free(blocks[i]);
            blocks[i] = NULL;
            sizes[i] = 0;
        }
    }
    printf("%lu\n", sum);
    int *zeros = calloc(100000, sizeof *zeros);
    long total = 0;
    for (int i = 0; i < 100000; i++)
        total += zeros[i];
    printf("%ld\n", total);
    void *aligned = NULL;
    printf("%d", posix_memalign(&aligned, 4096, 10));
    printf(" %d\n", (int)((uintptr_t)aligned % 4096));
    printf("%d\n", malloc(SIZE_MAX / 4) == NULL);
    char *grown = malloc(1);
    for (size_t size = 1; size < 4u << 20; size *= 2) {
        memset(grown + size / 2, 'a' + (int)(size % 7), size - size / 2);
        grown = realloc(grown, size * 2);
    }
    for (size_t i = 1; i < 4u << 20; i = i * 3 + 1)
        putchar(grown[i]);
    puts("");
    return 0;
}
