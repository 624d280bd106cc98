/* What recorder.c, decode.c and shadow.c share. */
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
};

/* struct instruction's `stops`. */
enum {
    STOPS_WATCHED = 1,
    STOPS_SYSTEM_CALL = 2,
    STOPS_EMULATED = 4,
    STOPS_GROUP = 8, /* does not stop, but the instructions behind it can't */
};

struct recorder {
    /* Read or written at every instruction. */
    uint64_t step;
    uint64_t alert_step;          /* from this step on there may be a reason to stop: stop_step, or 0 */
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
    bool write_seen;     /* the watched range was written */
    uint64_t resumed_at; /* the step at which a watched pc doesn't count */
    struct recorder_stop stop;
    bool stopping;
    bool out_of_memory;
    uc_hook hooks[4];
    uc_hook watch_hook;
};

/* decode.c: the number of the instruction at pc, decoding it first. 0 when memory ran out. */
uint32_t decode_instruction(struct recorder *recorder, uint64_t pc, uint32_t size);
/* NULL if no function holds pc. */
const struct function_range *decode_function_at(const struct recorder *recorder, uint64_t pc);

/* shadow.c: settle what a call, a return or a jump does to the shadow stack, now that control is at `target`, whose
 * instruction number is `number` (0 if nothing runs there). */
bool log_init(struct call_log *log);
void log_deinit(struct call_log *log);
/* Notes how far down the frame reached. */
void log_extent(struct call_log *log, const struct shadow_frame *frame);
bool shadow_push_first(struct recorder *recorder, uint32_t number);
void shadow_call(struct recorder *recorder, uint64_t target, uint32_t number);
void shadow_return(struct recorder *recorder, uint64_t target, uint32_t number);
void shadow_jump(struct recorder *recorder, uint64_t target, uint32_t number);

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

/* SP has got lower in the running activation. A program that leaves the stack for one of its own leaves no mark here.
 */
static inline void recorder_note_lowest(struct recorder *recorder) {
    if (recorder->stack_pointer - recorder->stack_low < recorder->stack_size)
        recorder->own_lowest = recorder->stack_pointer;
}

static inline void recorder_move_sp(struct recorder *recorder, uint64_t value) {
    recorder->stack_pointer = value;
    if (value < recorder->own_lowest)
        recorder_note_lowest(recorder);
}

#endif
