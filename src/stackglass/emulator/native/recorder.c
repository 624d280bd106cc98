#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- hooks ---- */

static void request_stop(struct recorder *recorder, enum stop_reason reason, uint32_t number) {
    const struct instruction *instruction = &recorder->instructions[number];
    recorder->stop.reason = reason;
    recorder->stop.pc = instruction->pc;
    recorder->stop.next_pc = instruction->pc + instruction->size;
    recorder->stopping = true;
    uc_emu_stop(recorder->config.engine);
}

/* Does what the last instruction left to do. True if this announcement is not one of an instruction: the engine
 * announces a repeated string instruction once more after its last iteration. */
static bool settle(struct recorder *recorder, uint64_t pc, uint32_t number) {
    uint32_t pending = recorder->pending;
    if (pending & PENDING_REPEAT && recorder->instructions[recorder->current].pc == pc &&
        recorder_read_register(recorder, recorder->config.counter_register) == 0)
        return true;
    recorder->pending = 0;
    if (pending & PENDING_SP) {
        uint64_t sp = recorder_read_register(recorder, recorder->config.sp_register);
        if (pending & (PENDING_RETURN | PENDING_CALL))
            recorder->stack_pointer = sp;
        else
            recorder_move_sp(recorder, sp);
    }
    if (pending & PENDING_CALL)
        shadow_call(recorder, pc, number);
    else if (pending & PENDING_RETURN)
        shadow_return(recorder, pc, number);
    else if (pending & PENDING_JUMP)
        shadow_jump(recorder, pc, number);
    return false;
}

static bool is_in_group(const struct recorder *recorder, uint64_t pc) {
    return pc >= recorder->group_low && pc < recorder->group_high;
}

/* The engine has noted where in a group control is, for a hook on memory, and would forget to take that back where the
 * group ends with a jump. */
static void forget_group(struct recorder *recorder) {
    if (!is_in_group(recorder, recorder->instructions[recorder->current].pc))
        return;
    uint64_t value = recorder_read_register(recorder, recorder->config.encoding_register);
    value &= ~(uint64_t)recorder->config.encoding_group;
    uc_reg_write(recorder->config.engine, recorder->config.encoding_register, &value);
}

/* Why the run stops at this instruction; STOP_NONE to go on. */
static enum stop_reason reason_to_stop(const struct recorder *recorder, const struct instruction *instruction) {
    if (recorder->out_of_memory)
        return STOP_FAULT;
    if (recorder->write_seen)
        return STOP_WRITE;
    if (recorder->step >= recorder->stop_step)
        return STOP_STEP;
    if (instruction->stops & STOPS_WATCHED && recorder->step != recorder->resumed_at)
        return STOP_ARRIVAL;
    if (instruction->stops & STOPS_SYSTEM_CALL)
        return STOP_SYSTEM_CALL;
    if (instruction->stops & STOPS_EMULATED)
        return STOP_EMULATED;
    return STOP_NONE;
}

/* Settles what is pending and looks at the stop conditions. False if the instruction doesn't run, or isn't one. */
static bool may_run(struct recorder *recorder, uint64_t pc, uint32_t number) {
    if (recorder->stopping)
        return false;
    if (recorder->pending && settle(recorder, pc, number))
        return false;
    if (recorder->group_high && is_in_group(recorder, pc))
        return true;
    enum stop_reason reason = reason_to_stop(recorder, &recorder->instructions[number]);
    if (reason == STOP_NONE && recorder->instructions[number].stops & STOPS_GROUP) {
        recorder->group_low = pc + recorder->instructions[number].size;
        recorder->group_high = recorder->group_low + recorder->instructions[number].group;
    }
    if (reason != STOP_NONE)
        request_stop(recorder, reason, number);
    /* A system call is counted: the caller carries it out. */
    return reason == STOP_NONE || reason == STOP_SYSTEM_CALL || reason == STOP_EMULATED;
}

static void on_instruction(uc_engine *engine, uint64_t pc, uint32_t size, void *user) {
    (void)engine;
    struct recorder *recorder = user;
    uint64_t offset = pc - recorder->code_low;
    uint32_t number = LIKELY(offset < recorder->code_size) ? recorder->codes[offset] : 0;
    if (UNLIKELY(!number))
        number = decode_instruction(recorder, pc, size);
    const struct instruction *instruction = &recorder->instructions[number];
    if (UNLIKELY(recorder->pending | instruction->stops | (recorder->step >= recorder->alert_step)) &&
        !may_run(recorder, pc, number))
        return;
    recorder->current = number;
    recorder->pending = instruction->pending;
    recorder->step++;
    recorder->stack_pointer += (uint64_t)(int64_t)instruction->stack_delta;
    /* What a call pushes belongs to the callee. */
    if (UNLIKELY(recorder->stack_pointer < recorder->own_lowest) && !(instruction->pending & PENDING_CALL))
        recorder_note_lowest(recorder);
}

static void drop_codes(struct recorder *recorder, uint64_t address, uint64_t size) {
    struct range *range = ranges_find(&recorder->ranges, address);
    if (!range)
        return;
    /* An instruction that reaches into the bytes written starts at most 15 bytes before. */
    uint64_t low = address - range->low > 15 ? address - 15 : range->low;
    uint64_t high = address + size < range->high ? address + size : range->high;
    memset(&range->codes[low - range->low], 0, (high - low) * sizeof *range->codes);
}

static void stamp(struct recorder *recorder, uint64_t offset, uint64_t size) {
    if (size > recorder->stack_size - offset)
        size = recorder->stack_size - offset;
    uint64_t writer = (recorder->step - 1) << 24 | recorder->current;
    uint64_t *writers = recorder->writers + offset;
    for (uint64_t i = 0; i < size; i++)
        writers[i] = writer;
    if (UNLIKELY(offset < recorder->lowest_written))
        recorder->lowest_written = offset;
}

static void on_stack_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user) {
    (void)engine;
    (void)type;
    (void)value;
    struct recorder *recorder = user;
    forget_group(recorder);
    uint64_t offset = address - recorder->stack_low;
    /* The sizes that nearly all writes have, so that the compiler unrolls them. */
    if (LIKELY(size == 8))
        stamp(recorder, offset, 8);
    else if (LIKELY(size == 4))
        stamp(recorder, offset, 4);
    else
        stamp(recorder, offset, (uint64_t)size);
}

static void on_code_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user) {
    (void)engine;
    (void)type;
    (void)value;
    forget_group(user);
    drop_codes(user, address, (uint64_t)size);
}

static void on_watched_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value,
                             void *user) {
    (void)engine;
    (void)type;
    (void)value;
    struct recorder *recorder = user;
    forget_group(recorder);
    if (address < recorder->watch_high && address + (uint64_t)size > recorder->watch_low)
        recorder_alert(recorder, &recorder->write_seen);
}

static bool on_bad_access(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user) {
    (void)engine;
    (void)value;
    struct recorder *recorder = user;
    recorder->stop.access = (uint32_t)type;
    recorder->stop.address = address;
    recorder->stop.access_size = (uint32_t)size;
    return false;
}

static void on_interrupt(uc_engine *engine, uint32_t number, void *user) {
    struct recorder *recorder = user;
    recorder->stop.reason = STOP_FAULT;
    recorder->stop.interrupt = (int32_t)number;
    recorder->stopping = true;
    uc_emu_stop(engine);
}

/* ---- life ---- */

static bool add_hook(struct recorder *recorder, uc_hook *hook, int type, void *callback, uint64_t first,
                     uint64_t last) {
    return uc_hook_add(recorder->config.engine, hook, type, callback, recorder, first, last) == UC_ERR_OK;
}

static bool add_hooks(struct recorder *recorder) {
    /* A range from 1 to 0 means: everywhere. Writes are only asked for where somebody wants them: a write that no hook
     * is for costs the engine much less. */
    uint64_t stack_last = recorder->stack_low + recorder->stack_size - 1;
    uc_hook *hooks = recorder->hooks;
    return add_hook(recorder, &hooks[0], UC_HOOK_CODE, (void *)on_instruction, 1, 0) &&
           add_hook(recorder, &hooks[1], UC_HOOK_MEM_WRITE, (void *)on_stack_write, recorder->stack_low, stack_last) &&
           add_hook(recorder, &hooks[2], UC_HOOK_MEM_UNMAPPED | UC_HOOK_MEM_PROT, (void *)on_bad_access, 1, 0) &&
           add_hook(recorder, &hooks[3], UC_HOOK_INTR, (void *)on_interrupt, 1, 0);
}

static bool init_tables(struct recorder *recorder) {
    const struct recorder_config *config = &recorder->config;
    size_t bytes = config->pattern_count * sizeof *recorder->patterns;
    recorder->patterns = malloc(bytes ? bytes : 1);
    recorder->writers = calloc(recorder->stack_size, sizeof *recorder->writers);
    recorder->instruction_capacity = 4096;
    recorder->instructions = calloc(recorder->instruction_capacity, sizeof *recorder->instructions);
    if (!recorder->patterns || !recorder->writers || !recorder->instructions)
        return false;
    memcpy(recorder->patterns, config->patterns, bytes);
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
    if (init_tables(recorder) && add_hooks(recorder))
        return recorder;
    recorder_deinit(recorder);
    return NULL;
}

void recorder_deinit(struct recorder *recorder) {
    if (!recorder)
        return;
    for (size_t i = 0; i < sizeof recorder->hooks / sizeof *recorder->hooks; i++)
        if (recorder->hooks[i])
            uc_hook_del(recorder->config.engine, recorder->hooks[i]);
    if (recorder->watch_hook)
        uc_hook_del(recorder->config.engine, recorder->watch_hook);
    ranges_deinit(&recorder->ranges);
    log_deinit(&recorder->log);
    free(recorder->patterns);
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
    return ranges_add(&recorder->ranges, low, high) &&
           (!writable || add_hook(recorder, &hook, UC_HOOK_MEM_WRITE, (void *)on_code_write, low, high - 1));
}

bool recorder_unmap(struct recorder *recorder, uint64_t low, uint64_t high) {
    recorder->code_size = 0;
    return ranges_remove(&recorder->ranges, low, high);
}

void recorder_forget_code(struct recorder *recorder, uint64_t low, uint64_t high) {
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
    struct function_range *copy = malloc(count ? count * sizeof *copy : 1);
    if (!copy)
        return false;
    memcpy(copy, functions, count * sizeof *copy);
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
    uint64_t *copy = malloc(count ? count * sizeof *copy : 1);
    if (!copy)
        return false;
    if (count)
        memcpy(copy, pcs, count * sizeof *copy);
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
    return low >= high ||
           add_hook(recorder, &recorder->watch_hook, UC_HOOK_MEM_WRITE, (void *)on_watched_write, first, high - 1);
}

/* The engine failed: says at which instruction, and puts the counters to the state before it. */
static void locate_fault(struct recorder *recorder, uc_err error) {
    struct recorder_stop *stop = &recorder->stop;
    const struct instruction *instruction = &recorder->instructions[recorder->current];
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    stop->reason = STOP_FAULT;
    stop->error = error;
    bool at_fetch = error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT;
    if (at_fetch) {
        /* The jump itself was carried out. */
        if (recorder->pending)
            settle(recorder, pc, decode_instruction(recorder, pc, 0));
        stop->pc = stop->next_pc = pc;
        return;
    }
    recorder->step--;
    recorder->pending = 0;
    recorder->stack_pointer = recorder_read_register(recorder, recorder->config.sp_register);
    stop->pc = instruction->pc;
    stop->next_pc = instruction->pc + instruction->size;
}

void recorder_run(struct recorder *recorder, uint64_t stop_step, bool stop_here, struct recorder_stop *stop) {
    recorder->stop = (struct recorder_stop){.interrupt = -1};
    recorder->stop_step = stop_step;
    recorder->alert_step = recorder->out_of_memory ? 0 : stop_step;
    recorder->resumed_at = stop_here ? UINT64_MAX : recorder->step;
    recorder->stopping = false;
    recorder->write_seen = false;
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    if (recorder_in_other_encoding(recorder))
        pc |= recorder->config.encoding_bit;
    uc_err error = uc_emu_start(recorder->config.engine, pc, UINT64_MAX, 0, 0);
    if (error != UC_ERR_OK || recorder->stop.interrupt >= 0)
        locate_fault(recorder, error);
    else if (!recorder->stopping)
        locate_fault(recorder, UC_ERR_EXCEPTION); /* halted */
    recorder->stop.out_of_memory = recorder->out_of_memory;
    *stop = recorder->stop;
}

void recorder_note_write(struct recorder *recorder, uint64_t address, uint64_t size) {
    if (!size || !recorder->step)
        return;
    uint64_t offset = address - recorder->stack_low;
    if (offset < recorder->stack_size)
        stamp(recorder, offset, size);
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
        if (lowest < frame.lowest)
            frame.lowest = lowest;
        lowest = frame.lowest;
        log_extent(&recorder->log, &frame);
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
    return recorder->frames;
}
