#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- writes that the engine's stack hook does not see ---- */

static void drop_codes(struct recorder *recorder, uint64_t address, uint64_t size) {
    struct range *range = ranges_find(&recorder->ranges, address);
    if (!range)
        return;
    blocks_clear(recorder);
    /* An instruction that reaches into the bytes written starts at most 15 bytes before. */
    uint64_t low = address - range->low > 15 ? address - 15 : range->low;
    uint64_t high = address + size < range->high ? address + size : range->high;
    memset(&range->codes[low - range->low], 0, (high - low) * sizeof *range->codes);
}

static void on_code_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user) {
    (void)engine;
    (void)type;
    (void)value;
    modes_forget_group(user);
    drop_codes(user, address, (uint64_t)size);
}

static void on_watched_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value,
                             void *user) {
    (void)engine;
    (void)type;
    (void)value;
    struct recorder *recorder = user;
    modes_forget_group(recorder);
    if (address < recorder->watch_high && address + (uint64_t)size > recorder->watch_low)
        recorder_alert(recorder, &recorder->write_seen);
}

static bool watch(struct recorder *recorder, uc_hook *hook, void *callback, uint64_t low, uint64_t high) {
    return uc_hook_add(recorder->config.engine, hook, UC_HOOK_MEM_WRITE, callback, recorder, low, high - 1) ==
           UC_ERR_OK;
}

/* ---- life ---- */

/* NULL if memory ran out. */
static void *copy_of(const void *rows, size_t bytes) {
    void *copy = malloc(bytes ? bytes : 1);
    if (copy && bytes)
        memcpy(copy, rows, bytes);
    return copy;
}

static bool init_tables(struct recorder *recorder) {
    const struct recorder_config *config = &recorder->config;
    recorder->patterns = copy_of(config->patterns, config->pattern_count * sizeof *recorder->patterns);
    recorder->silent_patterns =
        copy_of(config->silent_stores, config->silent_store_count * sizeof *recorder->silent_patterns);
    recorder->writers = calloc(recorder->stack_size, sizeof *recorder->writers);
    recorder->instruction_capacity = 4096;
    recorder->instructions = calloc(recorder->instruction_capacity, sizeof *recorder->instructions);
    if (!recorder->patterns || !recorder->silent_patterns || !recorder->writers || !recorder->instructions)
        return false;
    if (config->prefixes)
        recorder->prefixes = *config->prefixes;
    return log_init(&recorder->log);
}

struct recorder *recorder_init(const struct recorder_config *config) {
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return NULL;
    recorder->config = *config;
    recorder->stack_low = config->stack_low;
    recorder->stack_size = config->stack_high - config->stack_low;
    recorder->lowest_written = recorder->stack_size;
    recorder->resumed_at = UINT64_MAX;
    recorder->learning = recorder->learned_at = config->learning_steps;
    if (init_tables(recorder) && modes_init(recorder))
        return recorder;
    recorder_deinit(recorder);
    return NULL;
}

void recorder_deinit(struct recorder *recorder) {
    if (!recorder)
        return;
    modes_deinit(recorder);
    if (recorder->watch_hook)
        uc_hook_del(recorder->config.engine, recorder->watch_hook);
    ranges_deinit(&recorder->ranges);
    log_deinit(&recorder->log);
    free(recorder->patterns);
    free(recorder->silent_patterns);
    free(recorder->silent_stores);
    free(recorder->writers);
    free(recorder->instructions);
    free(recorder->functions);
    free(recorder->watched);
    free(recorder->frames);
    free(recorder);
}

/* ---- ranges and functions ---- */

bool recorder_map(struct recorder *recorder, uint64_t low, uint64_t high, bool writable) {
    uc_hook hook;
    recorder->code_size = 0; /* the ranges move: what was remembered of the last one is out of date */
    recorder->writable_code |= writable;
    blocks_clear(recorder);
    return ranges_add(&recorder->ranges, low, high) &&
           (!writable || watch(recorder, &hook, (void *)on_code_write, low, high));
}

bool recorder_unmap(struct recorder *recorder, uint64_t low, uint64_t high) {
    recorder->code_size = 0;
    blocks_clear(recorder);
    return ranges_remove(&recorder->ranges, low, high);
}

void recorder_forget_code(struct recorder *recorder, uint64_t low, uint64_t high) {
    blocks_clear(recorder);
    for (size_t i = 0; i < recorder->ranges.count; i++) {
        struct range *range = &recorder->ranges.items[i];
        if (range->low >= high || low >= range->high)
            continue;
        uint64_t from = low > range->low ? low : range->low;
        uint64_t to = high < range->high ? high : range->high;
        memset(&range->codes[from - range->low], 0, (to - from) * sizeof *range->codes);
    }
}

bool recorder_set_functions(struct recorder *recorder, const struct function_range *functions, size_t count) {
    struct function_range *copy = copy_of(functions, count * sizeof *copy);
    if (!copy)
        return false;
    free(recorder->functions);
    recorder->functions = copy;
    recorder->function_count = count;
    return true;
}

/* ---- running ---- */

bool recorder_start(struct recorder *recorder) {
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    recorder->stack_pointer = recorder_read_register(recorder, recorder->config.sp_register);
    recorder->own_lowest = recorder->stack_pointer;
    /* The size is unknown before the engine has decoded it; the number is replaced when it announces it. */
    const struct function_range *function = decode_function_at(recorder, pc);
    uint32_t number = (uint32_t)++recorder->instruction_count;
    recorder->instructions[number] = (struct instruction){.pc = pc, .function = function ? function->id : 0};
    return shadow_push_first(recorder, number);
}

static void mark_watched(struct recorder *recorder, uint64_t pc, bool watched) {
    struct range *range = ranges_find(&recorder->ranges, pc);
    if (!range || !range->codes[pc - range->low])
        return;
    struct instruction *instruction = &recorder->instructions[range->codes[pc - range->low]];
    instruction->stops = (uint8_t)(watched ? instruction->stops | STOPS_WATCHED : instruction->stops & ~STOPS_WATCHED);
}

bool recorder_watch_pcs(struct recorder *recorder, const uint64_t *pcs, size_t count) {
    uint64_t *copy = copy_of(pcs, count * sizeof *copy);
    if (!copy)
        return false;
    for (size_t i = 0; i < recorder->watched_count; i++)
        mark_watched(recorder, recorder->watched[i], false);
    free(recorder->watched);
    recorder->watched = copy;
    recorder->watched_count = count;
    for (size_t i = 0; i < count; i++)
        mark_watched(recorder, copy[i], true);
    return true;
}

bool recorder_watch_writes(struct recorder *recorder, uint64_t low, uint64_t high) {
    if (recorder->watch_hook)
        uc_hook_del(recorder->config.engine, recorder->watch_hook);
    recorder->watch_hook = 0;
    recorder->watch_low = low;
    recorder->watch_high = high;
    /* A write that reaches into the range starts at most 63 bytes before it. */
    uint64_t first = low > 63 ? low - 63 : 0;
    return low >= high || watch(recorder, &recorder->watch_hook, (void *)on_watched_write, first, high);
}

/* The engine failed: says at which instruction, and puts the counters to the state before it. */
static void locate_fault(struct recorder *recorder, uc_err error) {
    struct recorder_stop *stop = &recorder->stop;
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    bool at_fetch = error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT;
    stop->reason = STOP_FAULT;
    stop->error = error;
    uint32_t number = 0;
    if (recorder->in_blocks)
        number = blocks_locate(recorder, pc, at_fetch);
    else if (!at_fetch) {
        number = recorder->current;
        recorder->step--;
    }
    if (at_fetch) {
        /* The jump itself was carried out. */
        if (recorder->pending)
            modes_settle(recorder, pc, decode_instruction(recorder, pc, 0));
        stop->pc = stop->next_pc = pc;
        return;
    }
    const struct instruction *instruction = &recorder->instructions[number];
    recorder->current = number;
    recorder->pending = 0;
    recorder->stack_pointer = recorder_read_register(recorder, recorder->config.sp_register);
    stop->pc = instruction->pc;
    stop->next_pc = instruction->pc + instruction->size;
}

/* Runs the engine until the run is over: it comes back in between to change modes. */
static uc_err run_engine(struct recorder *recorder) {
    uc_err error;
    do {
        recorder->stopping = false;
        recorder->leaving = LEAVING_NOT;
        uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
        if (recorder_in_other_encoding(recorder))
            pc |= recorder->config.encoding_bit;
        error = uc_emu_start(recorder->config.engine, pc, UINT64_MAX, 0, 0);
        if (recorder->leaving != LEAVING_NOT && error == UC_ERR_OK && !modes_continue(recorder)) {
            recorder->out_of_memory = true;
            recorder->alert_step = 0;
        }
    } while (recorder->leaving != LEAVING_NOT && error == UC_ERR_OK);
    return error;
}

void recorder_run(struct recorder *recorder, uint64_t stop_step, bool stop_here, bool exactly,
                  struct recorder_stop *stop) {
    recorder->stop = (struct recorder_stop){.interrupt = -1};
    recorder->stop_step = stop_step;
    recorder->exactly = exactly;
    recorder->resumed_at = stop_here ? UINT64_MAX : recorder->step;
    recorder->write_seen = false;
    if (!modes_choose(recorder))
        recorder_alert(recorder, &recorder->out_of_memory);
    uc_err error = run_engine(recorder);
    if (error != UC_ERR_OK || recorder->stop.interrupt >= 0)
        locate_fault(recorder, error);
    else if (!recorder->stopping)
        locate_fault(recorder, UC_ERR_EXCEPTION); /* halted */
    recorder->block = NULL;
    recorder->stop.out_of_memory = recorder->out_of_memory;
    *stop = recorder->stop;
}

void recorder_note_write(struct recorder *recorder, uint64_t address, uint64_t size) {
    if (!size || !recorder->step)
        return;
    uint64_t from = address > recorder->stack_low ? address : recorder->stack_low;
    uint64_t offset = from - recorder->stack_low;
    if (offset < recorder->stack_size && address + size > from)
        recorder_stamp(recorder, offset, address + size - from, recorder_writer(recorder->step - 1, recorder->current));
    drop_codes(recorder, address, size);
    if (address < recorder->watch_high && address + size > recorder->watch_low)
        recorder_alert(recorder, &recorder->write_seen);
}

/* ---- checkpoints ---- */

void recorder_save(const struct recorder *recorder, struct recorder_state *state) {
    if (recorder->depth)
        recorder->frames[recorder->depth - 1].own_lowest = recorder->own_lowest;
    *state = (struct recorder_state){
        .step = recorder->step,
        .stack_pointer = recorder->stack_pointer,
        .rows = recorder->rows,
        .current = recorder->current,
        .pending = recorder->pending,
        .depth = (uint32_t)recorder->depth,
    };
}

bool recorder_restore(struct recorder *recorder, const struct recorder_state *state,
                      const struct shadow_frame *frames) {
    if (state->depth > recorder->frame_capacity) {
        struct shadow_frame *grown = realloc(recorder->frames, state->depth * sizeof *grown);
        if (!grown)
            return false;
        recorder->frames = grown;
        recorder->frame_capacity = state->depth;
    }
    memcpy(recorder->frames, frames, state->depth * sizeof *frames);
    recorder->step = state->step;
    recorder->stack_pointer = state->stack_pointer;
    recorder->rows = state->rows;
    recorder->current = state->current;
    recorder->pending = state->pending;
    recorder->depth = state->depth;
    recorder->block = NULL;
    recorder->blocks_since = recorder->step;
    if (recorder->learned_at > recorder->step && recorder->learned_at != UINT64_MAX)
        recorder->learned_at = recorder->step; /* most code has run before */
    recorder->own_lowest = state->depth ? recorder->frames[state->depth - 1].own_lowest : state->stack_pointer;
    return true;
}

void recorder_flush_log(struct recorder *recorder) {
    uint64_t lowest = UINT64_MAX;
    for (size_t i = recorder->depth; i-- > 0;) {
        struct shadow_frame frame = recorder->frames[i];
        if (i + 1 == recorder->depth)
            frame.own_lowest = recorder->own_lowest;
        if (frame.own_lowest < frame.lowest)
            frame.lowest = frame.own_lowest;
        if (lowest < frame.lowest && recorder_same_stack(recorder, lowest, frame.lowest))
            frame.lowest = lowest;
        lowest = frame.lowest;
        log_extent(recorder, &frame);
    }
}

/* ---- what there is to read ---- */

uint64_t recorder_step(const struct recorder *recorder) {
    return recorder->step;
}

uint64_t recorder_stack_pointer(const struct recorder *recorder) {
    return recorder->stack_pointer;
}

uint64_t recorder_lowest_written(const struct recorder *recorder) {
    return recorder->stack_low + recorder->lowest_written;
}

uint64_t *recorder_writers(const struct recorder *recorder) {
    return recorder->writers;
}

const struct call_log *recorder_log(const struct recorder *recorder) {
    return &recorder->log;
}

const struct instruction *recorder_instruction(const struct recorder *recorder, uint32_t number) {
    return &recorder->instructions[number <= recorder->instruction_count ? number : 0];
}

const struct shadow_frame *recorder_shadow(const struct recorder *recorder, size_t *depth) {
    *depth = recorder->depth;
    if (recorder->depth)
        recorder->frames[recorder->depth - 1].own_lowest = recorder->own_lowest;
    return recorder->frames;
}
