/* What the recorder's files share. */
#ifndef STACKGLASS_INTERNAL_H
#define STACKGLASS_INTERNAL_H

#include "ranges.h"
#include "recorder.h"

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* struct instruction's `pending`, and the recorder's: what the instruction leaves to the next one. */
enum {
    PENDING_SP = 1,
    PENDING_CALL = 2,
    PENDING_RETURN = 4,
    PENDING_JUMP = 8,
    PENDING_REPEAT = 16,
    PENDING_STORE = 32, /* a silent one: see silent.c */
};

/* struct instruction's `stops`. */
enum {
    STOPS_WATCHED = 1,
    STOPS_SYSTEM_CALL = 2,
    STOPS_EMULATED = 4,
    STOPS_GROUP = 8, /* does not stop, but the instructions behind it can't */
};

/* Instructions in a block at most; the engine's own limit is 512. */
#define LONGEST_BLOCK 4096

/* What a silent store writes: engine's register numbers, -1 for none. */
struct silent_store {
    int32_t base, index;
    int32_t displacement;
    int32_t size;
    int32_t size_register;
    uint32_t size_mask;
    uint32_t alignment;
};

/* A block of code that the engine runs from its first instruction to its last, unless a fault or a hook ends it:
 * known once each of its instructions has run. */
struct block {
    uint64_t pc;
    uint32_t size;  /* bytes */
    uint32_t count; /* instructions */
    uint32_t last;  /* number of the last instruction */
    uint32_t pending;
    /* The way of SP, where every instruction's change is known, or from the one whose change isn't (the only one, or
     * the last of several) to the end: how far down it gets, and where it ends. What a call pushes is no part of the
     * lowest place: it belongs to the callee. */
    int64_t lowest_before, delta_before;
    int64_t lowest, delta;
    bool unknown;            /* there is such an instruction, and it isn't the block's last */
    bool starts_stop;        /* the first instruction stops the run: a system call */
    bool has_hooks;          /* instructions behind the first have to be hooked: see blocks.c */
    uint32_t hooked;         /* the hook generation for which they are */
    const uint16_t *index;   /* by byte from pc: which instruction starts there */
    const uint32_t *numbers; /* of the instructions, in order */
};

/* Why the engine stopped although the run isn't over: to go on in the other mode, or with more hooks. */
enum leaving {
    LEAVING_NOT,
    LEAVING_BLOCKS,  /* code that has not run yet, or the goal is near */
    LEAVING_LEARNED, /* instructions have been looked at one by one for long enough */
    LEAVING_TO_HOOK, /* block_to_hook needs its hooks first */
};

struct recorder {
    /* Read or written at every instruction, or block. */
    uint64_t step;
    uint64_t alert_step; /* from this step on there may be a reason to stop: stop_step or switch_step, or 0 */
    struct block *block; /* in block mode: what runs. `step` and the rest count its first `done` instructions */
    uint32_t done;
    bool stopping;
    uint64_t code_low, code_size; /* the range that the last instruction was in */
    uint32_t *codes;
    struct instruction *instructions; /* by number; 0 is not used */
    uint32_t current;                 /* number of the instruction that runs */
    uint32_t pending;
    uint64_t stack_pointer;
    uint64_t own_lowest;            /* of the running activation */
    uint64_t group_low, group_high; /* code of the last group that began: the engine doesn't stop in it */

    /* Read or written at every write. */
    uint64_t stack_low, stack_size;
    uint64_t *writers;
    uint64_t lowest_written; /* offset from stack_low */
    uint64_t watch_low, watch_high;

    struct recorder_config config;
    struct instruction_pattern *patterns;
    struct prefixes prefixes;
    struct silent_store_pattern *silent_patterns;
    struct silent_store *silent_stores; /* by number; 0 is not used */
    size_t silent_count, silent_capacity;
    struct function_range *functions;
    size_t function_count;
    struct ranges ranges;
    size_t instruction_count, instruction_capacity;
    uint64_t *watched;
    size_t watched_count;

    struct shadow_frame *frames; /* frames[depth - 1] is the running activation */
    size_t depth, frame_capacity;
    struct call_log log;
    uint64_t rows; /* the next call's row: less than log.length in a replay */

    uint64_t stop_step;
    bool exactly;        /* stop at stop_step, not at the end of the block that it is in */
    bool write_seen;     /* the watched range was written */
    uint64_t resumed_at; /* the step at which a watched pc doesn't count */
    struct recorder_stop stop;
    bool out_of_memory;
    uc_hook fault_hooks[2];
    uc_hook edge_hook;
    uc_hook watch_hook;

    bool in_blocks; /* the mode that the hooks below are for */
    uc_hook code_hook, write_hook;
    bool writable_code;    /* some code may be written: instructions are looked at one by one */
    uint64_t learning;     /* steps that are looked at one by one when code turns up that has not run before */
    uint64_t learned_at;   /* the step from which block mode is worth trying again */
    uint64_t switch_step;  /* learned_at, or UINT64_MAX if this run stays in instruction mode */
    uint64_t blocks_since; /* the step at which block mode was last entered */
    enum leaving leaving;
    struct block *block_to_hook;
    struct block **blocks; /* a hash table by pc */
    size_t block_count, block_capacity;
    uint32_t hook_generation;
    uc_hook *spot_hooks; /* of single instructions, in block mode */
    uint64_t *spots;
    size_t spot_count, spot_capacity;
};

/* decode.c: the number of the instruction at pc, decoding it first. 0 when memory ran out. */
uint32_t decode_instruction(struct recorder *recorder, uint64_t pc, uint32_t size);
/* NULL if no function holds pc. */
const struct function_range *decode_function_at(const struct recorder *recorder, uint64_t pc);

/* silent.c: gives the instruction the number of the silent store that it is, if it is one, and a pending flag. False
 * if memory ran out. */
bool silent_classify(struct recorder *recorder, uint64_t word, struct instruction *instruction);
/* Counts the write of the current instruction, a silent store that has been carried out. */
void silent_settle(struct recorder *recorder);

/* modes.c: the hooks, and which of the two modes they are for. */
bool modes_init(struct recorder *recorder);
void modes_deinit(struct recorder *recorder);
/* Sets the mode that is best now. False if the engine refused. */
bool modes_choose(struct recorder *recorder);
/* The engine came back to change something, and the run goes on. False if memory ran out. */
bool modes_continue(struct recorder *recorder);
/* Ends the engine's run, and with it recorder_run. */
void modes_stop(struct recorder *recorder, enum stop_reason reason, uint32_t number);
/* Ends the engine's run only. */
void modes_leave(struct recorder *recorder, enum leaving leaving);
/* Does what the last instruction left to do. True if this announcement is not one of an instruction. */
bool modes_settle(struct recorder *recorder, uint64_t pc, uint32_t number);
void modes_forget_group(struct recorder *recorder);
enum stop_reason modes_reason_to_stop(const struct recorder *recorder, const struct instruction *instruction);

/* blocks.c: block mode. */
void blocks_on_block(uc_engine *engine, uint64_t pc, uint32_t size, void *user);
void blocks_on_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user);
/* Adds the hooks that block_to_hook needs. */
bool blocks_hook(struct recorder *recorder);
/* Takes those hooks away. */
void blocks_unhook(struct recorder *recorder);
/* Counts what ran of the block in which the engine failed at pc; gives the number of the instruction there, 0 if the
 * whole block ran. */
uint32_t blocks_locate(struct recorder *recorder, uint64_t pc, bool at_fetch);
/* The code changed: forgets every block. */
void blocks_clear(struct recorder *recorder);
void blocks_deinit(struct recorder *recorder);

/* The signed number that the lowest `bits` bits of `word` are. */
static inline int64_t recorder_signed(uint64_t word, uint32_t bits) {
    uint64_t top = (uint64_t)1 << (bits - 1);
    return (int64_t)((word & (top | (top - 1))) ^ top) - (int64_t)top;
}

/* shadow.c: settle what a call, a return or a jump does to the shadow stack, now that control is at `target`, whose
 * instruction number is `number` (0 if nothing runs there). */
bool log_init(struct call_log *log);
void log_deinit(struct call_log *log);
/* Notes how far down the frame reached. */
void log_extent(struct recorder *recorder, const struct shadow_frame *frame);
bool shadow_push_first(struct recorder *recorder, uint32_t number);
void shadow_call(struct recorder *recorder, uint64_t target, uint32_t number);
void shadow_return(struct recorder *recorder, uint64_t target, uint32_t number);
void shadow_jump(struct recorder *recorder, uint64_t target, uint32_t number);

/* The number that `size` bytes are in the guest's byte order. */
static inline uint64_t recorder_number(const struct recorder *recorder, const uint8_t *bytes, size_t size) {
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[recorder->config.is_big_endian ? i : size - 1 - i];
    return number;
}

static inline uint64_t recorder_read_register(const struct recorder *recorder, int number) {
    uint64_t value = 0;
    uc_reg_read(recorder->config.engine, number, &value);
    return value;
}

/* Whether instructions are in the second encoding now. */
static inline bool recorder_in_other_encoding(const struct recorder *recorder) {
    const struct recorder_config *config = &recorder->config;
    return config->encoding_register >= 0 &&
           recorder_read_register(recorder, config->encoding_register) & config->encoding_flag;
}

/* Raises a flag that the next instruction has to look at. */
static inline void recorder_alert(struct recorder *recorder, bool *flag) {
    *flag = true;
    recorder->alert_step = 0;
}

/* Whether two places that SP was at belong to one stack. A program may leave the process's stack for another one
 * (coroutines, a signal's stack): what lies outside the process's is taken for one stack if it lies no farther apart
 * than that is large. */
static inline bool recorder_same_stack(const struct recorder *recorder, uint64_t one, uint64_t other) {
    bool inside = one - recorder->stack_low <= recorder->stack_size;
    if (inside || other - recorder->stack_low <= recorder->stack_size)
        return inside && other - recorder->stack_low <= recorder->stack_size;
    return (one < other ? other - one : one - other) <= recorder->stack_size;
}

/* SP has got lower in the running activation, or has left for another stack: that leaves no mark here. */
static inline void recorder_note_lowest(struct recorder *recorder) {
    if (recorder_same_stack(recorder, recorder->stack_pointer, recorder->own_lowest))
        recorder->own_lowest = recorder->stack_pointer;
}

static inline void recorder_move_sp(struct recorder *recorder, uint64_t value) {
    recorder->stack_pointer = value;
    if (value < recorder->own_lowest)
        recorder_note_lowest(recorder);
}

/* The last writer of the `size` bytes from `offset` in the stack on. */
static inline void recorder_stamp(struct recorder *recorder, uint64_t offset, uint64_t size, uint64_t writer) {
    if (size > recorder->stack_size - offset)
        size = recorder->stack_size - offset;
    uint64_t *writers = recorder->writers + offset;
    for (uint64_t i = 0; i < size; i++)
        writers[i] = writer;
    if (UNLIKELY(offset < recorder->lowest_written))
        recorder->lowest_written = offset;
}

/* The same for one store of the engine's. The sizes that nearly all stores have come first, so that the compiler
 * unrolls them. */
static inline void recorder_stamp_store(struct recorder *recorder, uint64_t address, int size, uint64_t writer) {
    uint64_t offset = address - recorder->stack_low;
    if (LIKELY(size == 8))
        recorder_stamp(recorder, offset, 8, writer);
    else if (LIKELY(size == 4))
        recorder_stamp(recorder, offset, 4, writer);
    else
        recorder_stamp(recorder, offset, (uint64_t)size, writer);
}

static inline uint64_t recorder_writer(uint64_t step, uint32_t number) {
    return step << 24 | number;
}

#endif
