/* What an instruction means to the recorder, found out once for each address. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Writers have 24 bits for an instruction number. */
#define MOST_INSTRUCTIONS (1u << 24)

static bool holds(const uint8_t set[32], uint8_t byte) {
    return set[byte >> 3] >> (byte & 7) & 1;
}

/* Bytes in the layout that the patterns are written for: see isa/instructions.py's InstructionPattern. */
static void normalise(const struct prefixes *prefixes, const uint8_t *bytes, size_t size, uint8_t normal[8]) {
    if (!prefixes->present) {
        memcpy(normal, bytes, size < 8 ? size : 8);
    } else {
        size_t i = 0;
        for (; i < size; i++) {
            /* An extension prefix counts only right before the opcode. */
            uint8_t extension = 0;
            if (bytes[i] >= prefixes->extension_low && bytes[i] < prefixes->extension_high)
                extension = bytes[i];
            else if (holds(prefixes->repeat, bytes[i]))
                normal[0] = bytes[i];
            else if (holds(prefixes->operand_size, bytes[i]))
                normal[1] = bytes[i];
            else if (!holds(prefixes->ignored, bytes[i]))
                break;
            normal[2] = extension;
        }
        for (size_t to = 3; to < 8 && i < size; to++, i++)
            normal[to] = bytes[i];
    }
}

static const struct instruction_pattern *match(const struct recorder *recorder, uint64_t word) {
    for (uint32_t i = 0; i < recorder->config.pattern_count; i++) {
        const struct instruction_pattern *pattern = &recorder->patterns[i];
        if ((word & pattern->mask) == pattern->value)
            return pattern;
    }
    return NULL;
}

const struct function_range *decode_function_at(const struct recorder *recorder, uint64_t pc) {
    size_t low = 0, high = recorder->function_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (recorder->functions[middle].high <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == recorder->function_count || pc < recorder->functions[low].low)
        return NULL;
    return &recorder->functions[low];
}

static uint8_t pending_of(uint32_t kind, bool repeats) {
    switch (kind) {
    case KIND_CALL:
        return PENDING_CALL;
    case KIND_RETURN:
        return PENDING_RETURN;
    case KIND_JUMP:
        return PENDING_JUMP;
    case KIND_REPEATED:
        return repeats ? PENDING_REPEAT : 0;
    default:
        return 0;
    }
}

/* How far the pattern's field says that the instruction moves SP. */
static int32_t field_delta(const struct instruction_pattern *pattern, uint64_t word) {
    if (!pattern->field_bits)
        return 0;
    uint64_t top = (uint64_t)1 << (pattern->field_bits - 1);
    uint64_t bits = word >> pattern->field_shift & (top | (top - 1));
    if (pattern->field_counts)
        return __builtin_popcountll(bits) * pattern->field_scale;
    int64_t number = pattern->field_is_signed ? recorder_signed(bits, pattern->field_bits) : (int64_t)bits;
    return (int32_t)number * pattern->field_scale;
}

/* Bytes of the instructions that belong to the group that begins with `word` at `pc`: one to four. */
static uint16_t group_size(const struct recorder *recorder, uint64_t pc, uint64_t word) {
    uint16_t size = 0;
    for (int left = 4 - __builtin_ctzll((word & 0xf) | 8); left > 0; left--) {
        uint8_t half[2] = {0};
        uc_mem_read(recorder->config.engine, pc + 2 + size, half, sizeof half);
        bool is_wide = recorder_number(recorder, half, sizeof half) >= recorder->config.encoding_wide;
        size = (uint16_t)(size + (is_wide ? 4 : 2));
    }
    return size;
}

static void apply(const struct recorder *recorder, const struct instruction_pattern *pattern, uint64_t word,
                  bool repeats, struct instruction *instruction) {
    instruction->kind = pattern->kind;
    instruction->pending = pending_of(pattern->kind, repeats);
    if (pattern->stack_delta == STACK_DELTA_UNKNOWN)
        instruction->pending |= PENDING_SP;
    else
        instruction->stack_delta = pattern->stack_delta + field_delta(pattern, word);
    if (pattern->kind == KIND_SYSTEM_CALL)
        instruction->stops |= STOPS_SYSTEM_CALL;
    if (pattern->kind == KIND_GROUP) {
        instruction->stops |= STOPS_GROUP;
        instruction->group = group_size(recorder, instruction->pc, word);
    }
    if (pattern->kind == KIND_EMULATED)
        instruction->stops |= STOPS_EMULATED;
}

/* False if memory ran out. */
static bool classify(struct recorder *recorder, const uint8_t *bytes, struct instruction *instruction) {
    uint8_t normal[8] = {0};
    normalise(&recorder->prefixes, bytes, instruction->size, normal);
    if (recorder_in_other_encoding(recorder))
        normal[7] = 1;
    uint64_t word = recorder_number(recorder, normal, sizeof normal);
    const struct instruction_pattern *pattern = match(recorder, word);
    if (pattern)
        apply(recorder, pattern, word, normal[0] != 0, instruction);
    return silent_classify(recorder, word, instruction);
}

static bool is_watched(const struct recorder *recorder, uint64_t pc) {
    for (size_t i = 0; i < recorder->watched_count; i++)
        if (recorder->watched[i] == pc)
            return true;
    return false;
}

static uint32_t new_number(struct recorder *recorder) {
    if (recorder->instruction_count + 1 >= MOST_INSTRUCTIONS)
        return 0;
    if (recorder->instruction_count + 1 >= recorder->instruction_capacity) {
        size_t capacity = recorder->instruction_capacity ? 2 * recorder->instruction_capacity : 4096;
        struct instruction *grown = realloc(recorder->instructions, capacity * sizeof *grown);
        if (!grown)
            return 0;
        recorder->instructions = grown;
        recorder->instruction_capacity = capacity;
    }
    return (uint32_t)++recorder->instruction_count;
}

uint32_t decode_instruction(struct recorder *recorder, uint64_t pc, uint32_t size) {
    struct range *range = ranges_find(&recorder->ranges, pc);
    if (range) {
        recorder->code_low = range->low;
        recorder->code_size = range->high - range->low;
        recorder->codes = range->codes;
        if (range->codes[pc - range->low])
            return range->codes[pc - range->low];
    }
    uint32_t number = new_number(recorder);
    if (!number) {
        recorder_alert(recorder, &recorder->out_of_memory);
        return 0;
    }
    struct instruction *instruction = &recorder->instructions[number];
    const struct function_range *function = decode_function_at(recorder, pc);
    *instruction = (struct instruction){.pc = pc, .size = (uint8_t)size};
    if (function) {
        instruction->function = function->id;
        instruction->at_entry = function->entry && function->low == pc;
        instruction->in_stub = function->stub;
        instruction->in_shared = function->shared;
    }
    uint8_t bytes[16] = {0};
    bool is_readable = size <= sizeof bytes && uc_mem_read(recorder->config.engine, pc, bytes, size) == UC_ERR_OK;
    if (is_readable && !classify(recorder, bytes, instruction))
        recorder_alert(recorder, &recorder->out_of_memory);
    if (is_watched(recorder, pc))
        instruction->stops |= STOPS_WATCHED;
    if (range)
        range->codes[pc - range->low] = number;
    return number;
}
