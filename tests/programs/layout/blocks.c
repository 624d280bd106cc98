// Asks for memory in every way that C has, and prints what it has at the end: `live ADDRESS SIZE WHAT`, and what it has
// given back: `freed ADDRESS SIZE WHAT`.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char report[4096];

static void told(const char *state, void *block, size_t size, const char *what) {
    sprintf(report + strlen(report), "%s %p %zu %s\n", state, block, size, what);
}

__attribute__((noinline)) static void *wrapped(size_t size) { return malloc(size); } // a tail call at -O2

int main(void) {
    void *aligned = NULL, *old;
    setvbuf(stdout, NULL, _IONBF, 0);
    told("live", malloc(24), 24, "malloc");
    told("live", wrapped(40), 40, "malloc");
    told("live", calloc(7, 9), 63, "calloc");
    told("live", aligned_alloc(64, 128), 128, "aligned_alloc");
    if (posix_memalign(&aligned, 256, 300) == 0)
        told("live", aligned, 300, "posix_memalign");
    told("live", malloc(300000), 300000, "malloc");
    told("live", malloc(0), 0, "malloc");
    old = malloc(50);
    told("freed", old, 50, "malloc");
    told("live", realloc(old, 5000), 5000, "realloc");
    told("live", realloc(NULL, 70), 70, "realloc");
    told("live", strdup("twelve chars"), 13, "malloc");
    old = malloc(90);
    told("freed", old, 90, "malloc");
    free(old);
    old = malloc(400000);
    told("freed", old, 400000, "malloc");
    free(old);
    free(NULL);
    if (posix_memalign(&aligned, 3, 8) == 0 || malloc((size_t)-1 / 4) != NULL)
        return 1; // neither can be had
    fputs(report, stdout);
    return 0;
}
