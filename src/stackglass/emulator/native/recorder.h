/* The recorder: everything that runs once per guest instruction.
 *
 * It hooks a Unicorn engine and keeps the step counter, the shadow call stack, the call log, the last writer of every
 * byte of the stack, and the stop conditions. It knows no
 * instruction set: what calls, returns and moves SP is told by a table of byte patterns.
 *
 * Owners: the caller owns the engine and must keep it alive until recorder_deinit. Not thread-safe.
 */
#ifndef STACKGLASS_RECORDER_H
#define STACKGLASS_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <unicorn/unicorn.h>

/* isa/instructions.py's InstructionKind. */
enum instruction_kind {
    KIND_PLAIN,
    KIND_CALL,
    KIND_RETURN,
    KIND_JUMP,
    KIND_SYSTEM_CALL,
    KIND_REPEATED,
    KIND_EMULATED,
    KIND_GROUP,
};

/* A stack_delta that means: SP has to be read afterwards. */
#define STACK_DELTA_UNKNOWN INT32_MIN

/* An instruction fits if its first eight bytes `b` satisfy b & mask == value: normalised where the ISA has prefixes,
 * and with the encoding in byte 7 where there are two. */
/* A field of the instruction moves SP too, by `field_scale` bytes a unit; isa/instructions.py's StackField. */
struct instruction_pattern {
    uint64_t mask;
    uint64_t value;
    int32_t stack_delta;
    int32_t field_scale;
    uint8_t kind;
    uint8_t field_shift;
    uint8_t field_bits; /* 0 if there is no such field */
    uint8_t field_is_signed;
    uint8_t field_counts; /* its bits that are set are the number */
    uint8_t reserved[3];
};

#define NUMBERED_REGISTERS 32

/* Instructions whose store the engine announces to nobody, by the same eight bytes: isa/instructions.py's SilentStore.
 * The registers that tell where and how much are the same before and after it. */
struct silent_store_pattern {
    uint64_t mask;
    uint64_t value;
    int32_t size; /* bytes, besides what the field and the register say */
    int32_t size_scale;
    int32_t size_register; /* -1 if there is none */
    uint32_t size_mask;
    uint32_t alignment;
    int8_t base_shift;  /* where five bits number the base register; -1 if there is none */
    int8_t index_shift; /* likewise */
    uint8_t displacement_shift;
    uint8_t displacement_bits; /* a signed number's; 0 if there is none */
    uint8_t size_shift;
    uint8_t size_bits; /* 0 if there is no such field */
    uint8_t reserved[2];
};

/* Sets of bytes as 256-bit maps, and the range of the extension prefix (REX). */
struct prefixes {
    uint8_t repeat[32];
    uint8_t operand_size[32];
    uint8_t ignored[32];
    uint32_t extension_low;
    uint32_t extension_high;
    uint32_t present;
};

/* A function's code range. Parts of one function share an `id` (from 1); `entry` is 0 for a part that is only jumped
 * into (foo.cold); `stub` marks linkage stubs, which hand their frame on without leaving a trace; `shared` a part that
 * several functions share (out-of-line code that saves registers for them): it has no activation of its own. */
struct function_range {
    uint64_t low;
    uint64_t high;
    uint32_t id;
    uint8_t entry;
    uint8_t stub;
    uint8_t shared;
    uint8_t reserved;
};

struct recorder_config {
    uc_engine *engine;
    uint64_t stack_low;
    uint64_t stack_high;
    int32_t pc_register;
    int32_t sp_register;
    int32_t counter_register; /* of repeated string instructions; -1 where there are none */
    int32_t link_register;    /* that calls leave the return address in; -1 where they push it */
    uint32_t word_size;
    uint32_t is_big_endian; /* words, and the numbers that instructions' bytes are */
    uint32_t cfa_minus_sp_at_entry;
    int32_t encoding_register; /* whose `encoding_flag` is set in the second encoding (Thumb); -1 where there is one */
    uint32_t encoding_flag;
    uint32_t encoding_wide;  /* a halfword from which on an instruction has two */
    uint64_t encoding_plain; /* where code lies that has no groups, read in that encoding; 0 if nowhere */
    uint32_t encoding_group; /* bits of `encoding_register` that say where in a group (Thumb's IT block) control is */
    uint32_t encoding_bit;   /* that addresses of code in it have, where they choose the encoding too */
    uint32_t pattern_count;
    uint32_t silent_store_count;
    uint64_t learning_steps; /* looked at one by one before blocks are; UINT64_MAX: always */
    const struct silent_store_pattern *silent_stores;
    int32_t numbered_registers[NUMBERED_REGISTERS]; /* that fields of them number; -1 for one that is always 0 */
    const struct instruction_pattern *patterns;
    const struct prefixes *prefixes;
};

enum stop_reason {
    STOP_NONE,
    STOP_STEP,        /* the step asked for is reached */
    STOP_ARRIVAL,     /* a watched pc is about to run */
    STOP_WRITE,       /* the instruction just executed wrote into the watched range */
    STOP_SYSTEM_CALL, /* a system call is counted but not carried out: the caller does it, and moves pc */
    STOP_EMULATED,    /* the same for an instruction that the caller answers */
    STOP_FAULT,       /* the engine could not go on; see struct recorder_stop */
};

struct recorder_stop {
    uint32_t reason;
    uint32_t error;       /* uc_err of a fault */
    int32_t interrupt;    /* exception number of a fault, -1 if it was none */
    uint32_t access;      /* uc_mem_type of a memory fault, 0 if it was none */
    uint64_t address;     /* that the fault was about */
    uint64_t pc;          /* of the instruction that stopped */
    uint64_t next_pc;     /* behind it */
    uint32_t access_size; /* bytes */
    uint32_t out_of_memory;
};

enum left_by {
    LEFT_NOT_YET,
    LEFT_BY_RETURN,
    LEFT_BY_TAIL_CALL,
    LEFT_BY_JUMP,
};

#define NO_ROW UINT32_MAX

/* A call, and a tail call: one cache line. */
struct call_row {
    uint64_t call_step;
    uint64_t return_step; /* the step after the returning instruction; 0 while the call runs */
    uint64_t cfa;
    uint64_t return_address;
    uint32_t site;  /* instruction number of the call or tail jump; 0 for the first row */
    uint32_t entry; /* instruction number of the first instruction */
    uint32_t parent;
    uint32_t tail_of; /* the row whose frame a tail call took over, or NO_ROW */
    uint32_t depth;
    uint32_t frame_bytes; /* most bytes of its own frame */
    uint32_t peak_bytes;  /* most bytes below its CFA, callees included */
    uint32_t left_by : 2; /* enum left_by */
    /* Of a tail call: bytes of the frame that it took over which its jumper had not given back: they lie above SP at
     * its entry. */
    uint32_t kept_bytes : 30;
};

/* The call log, in order of call_step. `rows` stays where it is: address space for `capacity` rows is reserved. */
struct call_log {
    struct call_row *rows;
    uint64_t length;
    uint64_t capacity;
};

/* One activation on the shadow stack. */
struct shadow_frame {
    uint64_t cfa;
    uint64_t return_address;
    uint64_t own_lowest; /* lowest SP while it was the running activation */
    uint64_t lowest;     /* lowest SP, callees included */
    uint32_t row;
    uint32_t site;
    uint32_t entry;
    uint32_t function;
    uint32_t kept_bytes; /* as in its row */
    uint32_t caller_at;  /* the call at which its caller stands: `site`, unless tail calls have followed it */
};

/* An instruction that has run at least once; numbers count from 1. */
struct instruction {
    uint64_t pc;
    uint32_t function; /* id of its function, 0 if none */
    int32_t stack_delta;
    uint8_t kind;
    uint8_t size;
    uint8_t pending; /* what the next instruction has to settle */
    uint8_t stops;   /* why it may have to stop here */
    uint8_t at_entry;
    uint8_t in_stub;
    uint16_t group;  /* bytes of the instructions behind it that it makes one group with */
    uint32_t silent; /* number of the silent store that it is; 0 if it is none */
    uint8_t in_shared;
    uint8_t reserved[3];
};

/* What, besides memory and CPU, makes up the recorder's state at a step. The shadow frames follow separately. */
struct recorder_state {
    uint64_t step;
    uint64_t stack_pointer;
    uint64_t rows;
    uint32_t current;
    uint32_t pending;
    uint32_t depth;
    uint32_t reserved;
};

struct recorder;

/* All functions that give bool give false when memory ran out, or when the engine refused. */
struct recorder *recorder_init(const struct recorder_config *config);
void recorder_deinit(struct recorder *recorder);

/* Executable ranges. One that is writable too has its decoded instructions dropped when they are written.
 * recorder_unmap also splits ranges. */
bool recorder_map(struct recorder *recorder, uint64_t low, uint64_t high, bool writable);
bool recorder_unmap(struct recorder *recorder, uint64_t low, uint64_t high);
/* Forgets what was decoded in the range. */
void recorder_forget_code(struct recorder *recorder, uint64_t low, uint64_t high);
/* Sorted by `low`, not overlapping. Copied. Instructions decoded earlier keep the function that they had. */
bool recorder_set_functions(struct recorder *recorder, const struct function_range *functions, size_t count);

/* Puts the first activation on the shadow stack, at the current pc and SP. */
bool recorder_start(struct recorder *recorder);

/* Stop conditions for the runs that follow. */
bool recorder_watch_pcs(struct recorder *recorder, const uint64_t *pcs, size_t count);
bool recorder_watch_writes(struct recorder *recorder, uint64_t low, uint64_t high);

/* Runs until step `stop_step`, or another reason to stop. A watched pc at the current step counts if `stop_here`.
 * Unless `exactly`, it may stop some steps behind stop_step, at the end of a block. */
void recorder_run(struct recorder *recorder, uint64_t stop_step, bool stop_here, bool exactly,
                  struct recorder_stop *stop);

/* Counts a write that the caller made for the guest: by the running instruction, a system call. */
void recorder_note_write(struct recorder *recorder, uint64_t address, uint64_t size);

void recorder_save(const struct recorder *recorder, struct recorder_state *state);
bool recorder_restore(struct recorder *recorder, const struct recorder_state *state, const struct shadow_frame *frames);
/* Writes what only the running activations know (their lowest SP) into the log, at the end of a recording. */
void recorder_flush_log(struct recorder *recorder);

/* Blocks of code that block mode has met. */
size_t recorder_known_blocks(const struct recorder *recorder);
uint64_t recorder_step(const struct recorder *recorder);
uint64_t recorder_stack_pointer(const struct recorder *recorder);
uint64_t recorder_lowest_written(const struct recorder *recorder);
/* One word a byte of the stack, from stack_low: step << 24 | instruction number, 0 if never written. */
uint64_t *recorder_writers(const struct recorder *recorder);
const struct call_log *recorder_log(const struct recorder *recorder);
const struct instruction *recorder_instruction(const struct recorder *recorder, uint32_t number);
/* By number, from 0, which is none. */
const struct instruction *recorder_instructions(const struct recorder *recorder, size_t *count);
/* The rows whose entry's number n has wanted[n], at most `room` of them; gives how many there are. */
size_t recorder_rows_of(const struct recorder *recorder, const uint8_t *wanted, uint32_t *rows, size_t room);
/* The first row from `from` on that a return instruction entered, not a call; NO_ROW if there is none. */
uint32_t recorder_entered_by_return(const struct recorder *recorder, uint32_t from);
/* The first of these rows (of all, if wanted is NULL) in whose own frame SP got lowest; NO_ROW if there is none. */
uint32_t recorder_deepest(const struct recorder *recorder, const uint8_t *wanted);
const struct shadow_frame *recorder_shadow(const struct recorder *recorder, size_t *depth);

#endif
