#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- hooks ---- */

static void request_stop(struct recorder *recorder, enum stop_reason reason, uint32_t number)
{
    const struct instruction *instruction = &recorder->instructions[number];
    recorder->stop.reason = reason;
    recorder->stop.pc = instruction->pc;
    recorder->stop.next_pc = instruction->pc + instruction->size;
    recorder->stopping = true;
    uc_emu_stop(recorder->config.engine);
}

/* Does what the last instruction left to do. True if this announcement is not one of an instruction: the engine
 * announces a repeated string instruction once more after its last iteration. */
static bool settle(struct recorder *recorder, uint64_t pc, uint32_t number)
{
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

/* Why the run stops before this instruction; STOP_NONE to go on. */
static enum stop_reason reason_to_stop(const struct recorder *recorder, const struct instruction *instruction)
{
    if (recorder->write_seen)
        return STOP_WRITE;
    if (recorder->step >= recorder->stop_step)
        return STOP_STEP;
    if (instruction->stops & STOPS_WATCHED && recorder->step != recorder->resumed_at)
        return STOP_ARRIVAL;
    return STOP_NONE;
}

static void on_instruction(uc_engine *engine, uint64_t pc, uint32_t size, void *user)
{
    (void)engine;
    struct recorder *recorder = user;
    uint64_t offset = pc - recorder->code_low;
    uint32_t number = offset < recorder->code_size ? recorder->codes[offset] : 0;
    if (UNLIKELY(!number)) {
        if (recorder->stopping)
            return;
        number = decode_instruction(recorder, pc, size);
    }
    if (UNLIKELY(recorder->pending) && !recorder->stopping && settle(recorder, pc, number))
        return;
    const struct instruction *instruction = &recorder->instructions[number];
    if (UNLIKELY((instruction->stops != 0) | (recorder->step >= recorder->stop_step) | recorder->write_seen |
                 recorder->out_of_memory)) {
        if (recorder->stopping)
            return;
        if (recorder->out_of_memory) {
            request_stop(recorder, STOP_FAULT, number);
            return;
        }
        enum stop_reason reason = reason_to_stop(recorder, instruction);
        if (reason == STOP_NONE && instruction->stops & STOPS_SYSTEM_CALL)
            reason = STOP_SYSTEM_CALL;
        if (reason == STOP_NONE && instruction->stops & STOPS_EMULATED)
            reason = STOP_EMULATED;
        if (reason != STOP_NONE)
            request_stop(recorder, reason, number);
        if (reason != STOP_NONE && reason != STOP_SYSTEM_CALL && reason != STOP_EMULATED)
            return;
    }
    recorder->current = number;
    recorder->pending = instruction->pending;
    recorder->step++;
    recorder->stack_pointer += (uint64_t)(int64_t)instruction->stack_delta;
    /* What a call pushes belongs to the callee. */
    if (UNLIKELY(recorder->stack_pointer < recorder->own_lowest) && !(instruction->pending & PENDING_CALL))
        recorder->own_lowest = recorder->stack_pointer;
}

static void drop_codes(struct recorder *recorder, uint64_t address, uint64_t size)
{
    struct range *range = ranges_find(&recorder->ranges, address);
    if (!range || !range->codes)
        return;
    /* An instruction that reaches into the bytes written starts at most 15 bytes before. */
    uint64_t low = address - range->low > 15 ? address - 15 : range->low;
    uint64_t high = address + size < range->high ? address + size : range->high;
    memset(&range->codes[low - range->low], 0, (high - low) * sizeof *range->codes);
}

static void note_data_write(struct recorder *recorder, uint64_t address, uint64_t size)
{
    if (address - recorder->data_low >= recorder->data_size) {
        struct range *range = ranges_find(&recorder->ranges, address);
        if (!range)
            return;
        recorder->data_low = range->low;
        recorder->data_size = range->high - range->low;
        recorder->data_dirty = range->dirty;
        recorder->data_has_code = range->codes != NULL;
    }
    uint64_t first = (address - recorder->data_low) >> recorder->page_shift;
    uint64_t last = (address + size - 1 - recorder->data_low) >> recorder->page_shift;
    uint64_t end = recorder->data_size >> recorder->page_shift;
    for (uint64_t page = first; page <= last && page < end; page++)
        recorder->data_dirty[page] = 1;
    if (recorder->data_has_code)
        drop_codes(recorder, address, size);
}

static void stamp(struct recorder *recorder, uint64_t offset, uint64_t size, uint64_t writer)
{
    if (size > recorder->stack_size - offset)
        size = recorder->stack_size - offset;
    uint64_t *writers = recorder->writers + offset;
    for (uint64_t i = 0; i < size; i++)
        writers[i] = writer;
    recorder->stack_dirty[offset >> recorder->page_shift] = 1;
    uint64_t last = (offset + size - 1) >> recorder->page_shift;
    if (UNLIKELY(last != offset >> recorder->page_shift))
        memset(&recorder->stack_dirty[offset >> recorder->page_shift], 1,
               last - (offset >> recorder->page_shift) + 1);
    if (UNLIKELY(offset < recorder->lowest_written))
        recorder->lowest_written = offset;
}

static void on_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    (void)engine;
    (void)type;
    (void)value;
    struct recorder *recorder = user;
    uint64_t offset = address - recorder->stack_low;
    if (LIKELY(offset < recorder->stack_size)) {
        uint64_t writer = (recorder->step - 1) << 24 | recorder->current;
        if (LIKELY(size == 8 && offset + 8 <= recorder->stack_size)) {
            uint64_t *writers = recorder->writers + offset;
            for (int i = 0; i < 8; i++)
                writers[i] = writer;
            recorder->stack_dirty[offset >> recorder->page_shift] = 1;
            recorder->stack_dirty[(offset + 7) >> recorder->page_shift] = 1;
            if (UNLIKELY(offset < recorder->lowest_written))
                recorder->lowest_written = offset;
        } else {
            stamp(recorder, offset, (uint64_t)size, writer);
        }
    } else {
        note_data_write(recorder, address, (uint64_t)size);
    }
    if (UNLIKELY(address < recorder->watch_high && address + (uint64_t)size > recorder->watch_low))
        recorder->write_seen = true;
}

static bool on_bad_access(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
    (void)engine;
    (void)value;
    struct recorder *recorder = user;
    recorder->stop.access = (uint32_t)type;
    recorder->stop.address = address;
    recorder->stop.access_size = (uint32_t)size;
    return false;
}

static void on_interrupt(uc_engine *engine, uint32_t number, void *user)
{
    struct recorder *recorder = user;
    recorder->stop.reason = STOP_FAULT;
    recorder->stop.interrupt = (int32_t)number;
    recorder->stopping = true;
    uc_emu_stop(engine);
}

/* ---- life ---- */

static bool add_hooks(struct recorder *recorder)
{
    uc_engine *engine = recorder->config.engine;
    const int bad_access = UC_HOOK_MEM_UNMAPPED | UC_HOOK_MEM_PROT;
    /* A range from 1 to 0 means: everywhere. */
    return uc_hook_add(engine, &recorder->hooks[0], UC_HOOK_CODE, (void *)on_instruction, recorder, (uint64_t)1,
                       (uint64_t)0) == UC_ERR_OK &&
           uc_hook_add(engine, &recorder->hooks[1], UC_HOOK_MEM_WRITE, (void *)on_write, recorder, (uint64_t)1,
                       (uint64_t)0) == UC_ERR_OK &&
           uc_hook_add(engine, &recorder->hooks[2], bad_access, (void *)on_bad_access, recorder, (uint64_t)1,
                       (uint64_t)0) == UC_ERR_OK &&
           uc_hook_add(engine, &recorder->hooks[3], UC_HOOK_INTR, (void *)on_interrupt, recorder, (uint64_t)1,
                       (uint64_t)0) == UC_ERR_OK;
}

static bool init_tables(struct recorder *recorder)
{
    const struct recorder_config *config = &recorder->config;
    size_t bytes = config->pattern_count * sizeof *recorder->patterns;
    recorder->patterns = malloc(bytes ? bytes : 1);
    recorder->writers = calloc(recorder->stack_size, sizeof *recorder->writers);
    recorder->stack_dirty = calloc((recorder->stack_size >> recorder->page_shift) + 1, 1);
    recorder->instruction_capacity = 4096;
    recorder->instructions = calloc(recorder->instruction_capacity, sizeof *recorder->instructions);
    if (!recorder->patterns || !recorder->writers || !recorder->stack_dirty || !recorder->instructions)
        return false;
    memcpy(recorder->patterns, config->patterns, bytes);
    if (config->prefixes)
        recorder->prefixes = *config->prefixes;
    return true;
}

struct recorder *recorder_init(const struct recorder_config *config)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return NULL;
    recorder->config = *config;
    recorder->page_shift = (uint32_t)__builtin_ctz(config->page_size);
    recorder->ranges.page_shift = recorder->page_shift;
    recorder->stack_low = config->stack_low;
    recorder->stack_size = config->stack_high - config->stack_low;
    recorder->lowest_written = recorder->stack_size;
    recorder->resumed_at = UINT64_MAX;
    if (init_tables(recorder) && add_hooks(recorder))
        return recorder;
    recorder_deinit(recorder);
    return NULL;
}

static void log_deinit(struct call_log *log)
{
    free(log->call_step);
    free(log->return_step);
    free(log->cfa);
    free(log->return_address);
    free(log->site);
    free(log->entry);
    free(log->parent);
    free(log->tail_of);
    free(log->depth);
    free(log->frame_bytes);
    free(log->peak_bytes);
    free(log->left_by);
}

void recorder_deinit(struct recorder *recorder)
{
    if (!recorder)
        return;
    for (size_t i = 0; i < sizeof recorder->hooks / sizeof *recorder->hooks; i++)
        if (recorder->hooks[i])
            uc_hook_del(recorder->config.engine, recorder->hooks[i]);
    ranges_deinit(&recorder->ranges);
    log_deinit(&recorder->log);
    free(recorder->patterns);
    free(recorder->writers);
    free(recorder->stack_dirty);
    free(recorder->instructions);
    free(recorder->functions);
    free(recorder->watched);
    free(recorder->frames);
    free(recorder);
}

/* ---- ranges and functions ---- */

/* The ranges moved: what was remembered of the last ones is out of date. */
static void forget_ranges(struct recorder *recorder)
{
    recorder->code_size = 0;
    recorder->data_size = 0;
}

bool recorder_map(struct recorder *recorder, uint64_t low, uint64_t high, bool executable)
{
    forget_ranges(recorder);
    return ranges_add(&recorder->ranges, low, high, executable);
}

bool recorder_unmap(struct recorder *recorder, uint64_t low, uint64_t high)
{
    forget_ranges(recorder);
    return ranges_remove(&recorder->ranges, low, high);
}

void recorder_forget_code(struct recorder *recorder, uint64_t low, uint64_t high)
{
    for (size_t i = 0; i < recorder->ranges.count; i++) {
        struct range *range = &recorder->ranges.items[i];
        if (!range->codes || range->low >= high || low >= range->high)
            continue;
        uint64_t from = low > range->low ? low : range->low;
        uint64_t to = high < range->high ? high : range->high;
        memset(&range->codes[from - range->low], 0, (to - from) * sizeof *range->codes);
    }
}

bool recorder_set_functions(struct recorder *recorder, const struct function_range *functions, size_t count)
{
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

bool recorder_start(struct recorder *recorder)
{
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    recorder->stack_pointer = recorder_read_register(recorder, recorder->config.sp_register);
    recorder->own_lowest = recorder->stack_pointer;
    /* The size is unknown before the engine has decoded it; the number is replaced when it announces it. */
    const struct function_range *function = decode_function_at(recorder, pc);
    uint32_t number = (uint32_t)++recorder->instruction_count;
    recorder->instructions[number] = (struct instruction){.pc = pc, .function = function ? function->id : 0};
    return shadow_push_first(recorder, number);
}

static void mark_watched(struct recorder *recorder, uint64_t pc, bool watched)
{
    struct range *range = ranges_find(&recorder->ranges, pc);
    if (!range || !range->codes || !range->codes[pc - range->low])
        return;
    struct instruction *instruction = &recorder->instructions[range->codes[pc - range->low]];
    instruction->stops = (uint8_t)(watched ? instruction->stops | STOPS_WATCHED : instruction->stops & ~STOPS_WATCHED);
}

bool recorder_watch_pcs(struct recorder *recorder, const uint64_t *pcs, size_t count)
{
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

void recorder_watch_writes(struct recorder *recorder, uint64_t low, uint64_t high)
{
    recorder->watch_low = low;
    recorder->watch_high = high;
}

/* The engine failed: says at which instruction, and puts the counters to the state before it. */
static void locate_fault(struct recorder *recorder, uc_err error)
{
    struct recorder_stop *stop = &recorder->stop;
    const struct instruction *instruction = &recorder->instructions[recorder->current];
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    stop->reason = STOP_FAULT;
    stop->error = error;
    bool at_fetch = error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT;
    if (at_fetch && stop->access)
        pc = stop->address;
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

void recorder_run(struct recorder *recorder, uint64_t stop_step, bool stop_here, struct recorder_stop *stop)
{
    recorder->stop = (struct recorder_stop){.interrupt = -1};
    recorder->stop_step = stop_step;
    recorder->resumed_at = stop_here ? UINT64_MAX : recorder->step;
    recorder->stopping = false;
    recorder->write_seen = false;
    uint64_t pc = recorder_read_register(recorder, recorder->config.pc_register);
    uc_err error = uc_emu_start(recorder->config.engine, pc, UINT64_MAX, 0, 0);
    if (error != UC_ERR_OK || recorder->stop.interrupt >= 0)
        locate_fault(recorder, error);
    else if (!recorder->stopping)
        locate_fault(recorder, UC_ERR_EXCEPTION); /* halted */
    recorder->stop.out_of_memory = recorder->out_of_memory;
    recorder->stop_step = UINT64_MAX;
    *stop = recorder->stop;
}

void recorder_note_write(struct recorder *recorder, uint64_t address, uint64_t size, bool by_guest)
{
    if (!size)
        return;
    uint64_t offset = address - recorder->stack_low;
    if (offset >= recorder->stack_size)
        note_data_write(recorder, address, size);
    else if (by_guest)
        stamp(recorder, offset, size, (recorder->step - 1) << 24 | recorder->current);
    else
        memset(&recorder->stack_dirty[offset >> recorder->page_shift], 1,
               ((offset + size - 1) >> recorder->page_shift) - (offset >> recorder->page_shift) + 1);
    if (address < recorder->watch_high && address + size > recorder->watch_low)
        recorder->write_seen = true;
}

/* ---- checkpoints ---- */

static size_t collect(const uint8_t *dirty, uint64_t low, uint64_t high, uint64_t from, uint64_t to, uint32_t shift,
                      uint64_t *pages, size_t count, size_t room)
{
    if (from < low)
        from = low;
    if (to > high)
        to = high;
    for (uint64_t page = from; page < to; page += (uint64_t)1 << shift) {
        if (!dirty[(page - low) >> shift])
            continue;
        if (count < room)
            pages[count] = page;
        count++;
    }
    return count;
}

size_t recorder_dirty_pages(struct recorder *recorder, uint64_t low, uint64_t high, uint64_t *pages, size_t room)
{
    uint64_t stack_high = recorder->stack_low + recorder->stack_size;
    size_t count = collect(recorder->stack_dirty, recorder->stack_low, stack_high, low, high, recorder->page_shift,
                           pages, 0, room);
    for (size_t i = 0; i < recorder->ranges.count; i++) {
        const struct range *range = &recorder->ranges.items[i];
        count =
            collect(range->dirty, range->low, range->high, low, high, recorder->page_shift, pages, count, room);
    }
    return count;
}

void recorder_clear_dirty(struct recorder *recorder)
{
    memset(recorder->stack_dirty, 0, (recorder->stack_size >> recorder->page_shift) + 1);
    for (size_t i = 0; i < recorder->ranges.count; i++) {
        const struct range *range = &recorder->ranges.items[i];
        memset(range->dirty, 0, (range->high - range->low) >> recorder->page_shift);
    }
}

void recorder_save(const struct recorder *recorder, struct recorder_state *state)
{
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

bool recorder_restore(struct recorder *recorder, const struct recorder_state *state, const struct shadow_frame *frames)
{
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

void recorder_flush_log(struct recorder *recorder)
{
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
        recorder->log.frame_bytes[frame.row] = (uint32_t)(frame.cfa - frame.own_lowest);
        recorder->log.peak_bytes[frame.row] = (uint32_t)(frame.cfa - frame.lowest);
    }
}

/* ---- what there is to read ---- */

uint64_t recorder_step(const struct recorder *recorder)
{
    return recorder->step;
}

uint64_t recorder_stack_pointer(const struct recorder *recorder)
{
    return recorder->stack_pointer;
}

uint64_t recorder_lowest_written(const struct recorder *recorder)
{
    return recorder->stack_low + recorder->lowest_written;
}

uint64_t *recorder_writers(const struct recorder *recorder)
{
    return recorder->writers;
}

const struct call_log *recorder_log(const struct recorder *recorder)
{
    return &recorder->log;
}

const struct instruction *recorder_instruction(const struct recorder *recorder, uint32_t number)
{
    return &recorder->instructions[number <= recorder->instruction_count ? number : 0];
}

const struct shadow_frame *recorder_shadow(const struct recorder *recorder, size_t *depth)
{
    *depth = recorder->depth;
    return recorder->frames;
}
