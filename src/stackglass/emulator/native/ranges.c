#include "ranges.h"

#include <stdlib.h>
#include <string.h>

static void range_deinit(struct range *range) {
    free(range->codes);
}

void ranges_deinit(struct ranges *ranges) {
    for (size_t i = 0; i < ranges->count; i++)
        range_deinit(&ranges->items[i]);
    free(ranges->items);
    *ranges = (struct ranges){0};
}

/* Index of the first range that ends above the address. */
static size_t first_above(const struct ranges *ranges, uint64_t address) {
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->items[middle].high <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct range *ranges_find(const struct ranges *ranges, uint64_t address) {
    size_t i = first_above(ranges, address);
    if (i == ranges->count || address < ranges->items[i].low)
        return NULL;
    return &ranges->items[i];
}

static bool range_init(struct range *range, uint64_t low, uint64_t high) {
    *range = (struct range){.low = low, .high = high, .codes = calloc(high - low, sizeof *range->codes)};
    return range->codes != NULL;
}

static bool insert(struct ranges *ranges, size_t at, const struct range *range) {
    if (ranges->count == ranges->capacity) {
        size_t capacity = ranges->capacity ? 2 * ranges->capacity : 16;
        struct range *items = realloc(ranges->items, capacity * sizeof *items);
        if (!items)
            return false;
        ranges->items = items;
        ranges->capacity = capacity;
    }
    memmove(&ranges->items[at + 1], &ranges->items[at], (ranges->count - at) * sizeof *range);
    ranges->items[at] = *range;
    ranges->count++;
    return true;
}

bool ranges_add(struct ranges *ranges, uint64_t low, uint64_t high) {
    struct range range;
    if (!ranges_remove(ranges, low, high) || !range_init(&range, low, high))
        return false;
    if (insert(ranges, first_above(ranges, low), &range))
        return true;
    range_deinit(&range);
    return false;
}

/* The part [low, high) of a range, with what is decoded there. */
static bool part_of(const struct range *whole, uint64_t low, uint64_t high, struct range *part) {
    if (!range_init(part, low, high))
        return false;
    memcpy(part->codes, whole->codes + (low - whole->low), (high - low) * sizeof *part->codes);
    return true;
}

bool ranges_remove(struct ranges *ranges, uint64_t low, uint64_t high) {
    size_t i = first_above(ranges, low);
    while (i < ranges->count && ranges->items[i].low < high) {
        struct range whole = ranges->items[i];
        struct range below, above;
        bool keeps_below = whole.low < low, keeps_above = high < whole.high;
        if (keeps_below && !part_of(&whole, whole.low, low, &below))
            return false;
        if (keeps_above && !part_of(&whole, high, whole.high, &above)) {
            if (keeps_below)
                range_deinit(&below);
            return false;
        }
        memmove(&ranges->items[i], &ranges->items[i + 1], (ranges->count - i - 1) * sizeof whole);
        ranges->count--;
        range_deinit(&whole);
        /* One place has just become free, so that only the second part can need more room. */
        if (keeps_below && insert(ranges, i, &below))
            i++;
        if (keeps_above && !insert(ranges, i, &above)) {
            range_deinit(&above);
            return false;
        }
        if (keeps_above)
            break;
    }
    return true;
}
