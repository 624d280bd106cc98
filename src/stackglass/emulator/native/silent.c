/* Silent stores: those that the engine makes in one go into its own memory, and calls no hook for (PowerPC's stmw and
 * string stores, and instructions that clear a line of cache).
 *
 * Where such a store went is told by registers that it leaves as they are. So it is settled by the next announcement,
 * like a call, and only if it was carried out: in block mode the instruction behind it is announced by itself.
 */
#include <stdlib.h>

#include "internal.h"

static int32_t numbered_register(const struct recorder *recorder, uint64_t word, int8_t shift) {
    return shift < 0 ? -1 : recorder->config.numbered_registers[word >> shift & (NUMBERED_REGISTERS - 1)];
}

static struct silent_store resolve(const struct recorder *recorder, const struct silent_store_pattern *pattern,
                                   uint64_t word) {
    struct silent_store store = {
        .base = numbered_register(recorder, word, pattern->base_shift),
        .index = numbered_register(recorder, word, pattern->index_shift),
        .size = pattern->size,
        .size_register = pattern->size_register,
        .size_mask = pattern->size_mask,
        .alignment = pattern->alignment,
    };
    if (pattern->displacement_bits)
        store.displacement = (int32_t)recorder_signed(word >> pattern->displacement_shift, pattern->displacement_bits);
    if (pattern->size_bits) {
        uint64_t mask = ((uint64_t)1 << pattern->size_bits) - 1;
        store.size += (int32_t)(word >> pattern->size_shift & mask) * pattern->size_scale;
    }
    return store;
}

static bool add(struct recorder *recorder, struct silent_store store) {
    if (recorder->silent_count + 1 >= recorder->silent_capacity) {
        size_t capacity = recorder->silent_capacity ? 2 * recorder->silent_capacity : 64;
        struct silent_store *grown = realloc(recorder->silent_stores, capacity * sizeof *grown);
        if (!grown)
            return false;
        recorder->silent_stores = grown;
        recorder->silent_capacity = capacity;
    }
    recorder->silent_stores[++recorder->silent_count] = store;
    return true;
}

bool silent_classify(struct recorder *recorder, uint64_t word, struct instruction *instruction) {
    for (uint32_t i = 0; i < recorder->config.silent_store_count; i++) {
        const struct silent_store_pattern *pattern = &recorder->silent_patterns[i];
        if ((word & pattern->mask) != pattern->value)
            continue;
        if (!add(recorder, resolve(recorder, pattern, word)))
            return false;
        instruction->silent = (uint32_t)recorder->silent_count;
        instruction->pending |= PENDING_STORE;
        return true;
    }
    return true;
}

static uint64_t value_of(const struct recorder *recorder, int32_t number) {
    return number < 0 ? 0 : recorder_read_register(recorder, number);
}

void silent_settle(struct recorder *recorder) {
    const struct silent_store *store = &recorder->silent_stores[recorder->instructions[recorder->current].silent];
    uint64_t address = value_of(recorder, store->base) + value_of(recorder, store->index);
    address += (uint64_t)(int64_t)store->displacement;
    if (recorder->config.word_size == 4)
        address &= UINT32_MAX;
    address -= address % store->alignment;
    int64_t size = store->size;
    if (store->size_register >= 0)
        size += (int64_t)(recorder_read_register(recorder, store->size_register) & store->size_mask);
    recorder_note_write(recorder, address, (uint64_t)size);
}
