/* The executable ranges of the guest, and which instruction stands at which byte of them. */
#ifndef STACKGLASS_RANGES_H
#define STACKGLASS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
    uint64_t low;
    uint64_t high;
    uint32_t *codes; /* instruction number at each byte, 0 if none is decoded there */
};

struct ranges {
    struct range *items; /* sorted by low, not overlapping */
    size_t count;
    size_t capacity;
};

void ranges_deinit(struct ranges *ranges);
bool ranges_add(struct ranges *ranges, uint64_t low, uint64_t high);
bool ranges_remove(struct ranges *ranges, uint64_t low, uint64_t high);
/* NULL if no range holds the address. */
struct range *ranges_find(const struct ranges *ranges, uint64_t address);

#endif
