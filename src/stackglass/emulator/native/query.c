/* Questions to the call log that would be slow to ask row by row from outside. */
#include "internal.h"

size_t recorder_rows_of(const struct recorder *recorder, const uint8_t *wanted, uint32_t *rows, size_t room) {
    size_t count = 0;
    for (uint64_t row = 0; row < recorder->log.length; row++) {
        if (!wanted[recorder->log.rows[row].entry])
            continue;
        if (count < room)
            rows[count] = (uint32_t)row;
        count++;
    }
    return count;
}

/* The lowest SP of the activation itself. What ran on a stack of the program's own making comes after the process's
 * stack: those lie anywhere. */
static uint64_t depth_key(const struct recorder *recorder, const struct call_row *row) {
    uint64_t own_lowest = row->cfa - row->frame_bytes;
    bool elsewhere = own_lowest - recorder->stack_low > recorder->stack_size;
    return own_lowest | (uint64_t)elsewhere << 63;
}

uint32_t recorder_entered_by_return(const struct recorder *recorder, uint32_t from) {
    for (uint64_t i = from; i < recorder->log.length; i++) {
        const struct call_row *row = &recorder->log.rows[i];
        if (row->site && recorder->instructions[row->site].kind == KIND_RETURN && row->tail_of == NO_ROW)
            return (uint32_t)i;
    }
    return NO_ROW;
}

uint32_t recorder_deepest(const struct recorder *recorder, const uint8_t *wanted) {
    uint32_t deepest = NO_ROW;
    uint64_t lowest = UINT64_MAX;
    for (uint64_t i = 0; i < recorder->log.length; i++) {
        const struct call_row *row = &recorder->log.rows[i];
        uint64_t own_lowest = depth_key(recorder, row);
        if ((wanted && !wanted[row->entry]) || own_lowest >= lowest)
            continue;
        lowest = own_lowest;
        deepest = (uint32_t)i;
    }
    return deepest;
}

const struct instruction *recorder_instructions(const struct recorder *recorder, size_t *count) {
    *count = recorder->instruction_count + 1;
    return recorder->instructions;
}
