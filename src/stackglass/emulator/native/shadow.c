/* The shadow call stack and the call log.
 *
 * Frames are popped by where control goes, not by comparing SP alone: a callee may return with SP moved (alloca as a
 * procedure), and a jump may leave many frames at once (longjmp, unwinding).
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include <stdlib.h>
#include <sys/mman.h>

#include "internal.h"

#define MOST_ROWS   ((uint64_t)1 << 28)
#define FEWEST_ROWS ((uint64_t)1 << 16)
#define MOST_KEPT   (((uint32_t)1 << 30) - 1)

bool log_init(struct call_log *log) {
    /* Reserved at once and filled by the host as it grows: no row is ever moved. Huge pages would be slower: the host
     * compacts its memory to find them. */
    for (uint64_t capacity = MOST_ROWS; capacity >= FEWEST_ROWS; capacity /= 2) {
        size_t size = capacity * sizeof *log->rows;
        void *rows = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (rows == MAP_FAILED)
            continue;
        *log = (struct call_log){.rows = rows, .capacity = capacity};
        return true;
    }
    return false;
}

void log_deinit(struct call_log *log) {
    if (log->rows)
        munmap(log->rows, log->capacity * sizeof *log->rows);
}

static bool frames_grow(struct recorder *recorder) {
    size_t capacity = recorder->frame_capacity ? 2 * recorder->frame_capacity : 256;
    struct shadow_frame *grown = realloc(recorder->frames, capacity * sizeof *grown);
    if (!grown)
        return false;
    recorder->frames = grown;
    recorder->frame_capacity = capacity;
    return true;
}

static struct shadow_frame *top_of(struct recorder *recorder) {
    return &recorder->frames[recorder->depth - 1];
}

/* A replay meets rows that are in the log already, with what is only known later: those stay as they are. */
static bool log_call(struct recorder *recorder, const struct shadow_frame *frame, uint32_t parent, uint32_t tail_of) {
    struct call_log *log = &recorder->log;
    uint64_t row = recorder->rows++;
    if (row < log->length)
        return true;
    if (row == log->capacity)
        return false;
    log->rows[row] = (struct call_row){
        .call_step = recorder->step ? recorder->step - 1 : 0,
        .cfa = frame->cfa,
        .return_address = frame->return_address,
        .site = frame->site,
        .entry = frame->entry,
        .parent = parent,
        .tail_of = tail_of,
        .depth = (uint32_t)(recorder->depth - 1),
        .kept_bytes = frame->kept_bytes & MOST_KEPT,
    };
    log->length = row + 1;
    return true;
}

/* The bytes from the frame's CFA down to `lowest`; 0 if that is on another stack. */
static uint32_t bytes_down_to(const struct recorder *recorder, const struct shadow_frame *frame, uint64_t lowest) {
    bool below = lowest <= frame->cfa && recorder_same_stack(recorder, frame->cfa, lowest);
    return below ? (uint32_t)(frame->cfa - lowest) : 0;
}

void log_extent(struct recorder *recorder, const struct shadow_frame *frame) {
    struct call_row *row = &recorder->log.rows[frame->row];
    row->frame_bytes = bytes_down_to(recorder, frame, frame->own_lowest);
    row->peak_bytes = bytes_down_to(recorder, frame, frame->lowest);
}

static void push(struct recorder *recorder, struct shadow_frame frame, uint32_t tail_of) {
    if (recorder->rows >= NO_ROW || (recorder->depth == recorder->frame_capacity && !frames_grow(recorder))) {
        recorder_alert(recorder, &recorder->out_of_memory);
        return;
    }
    uint32_t parent = NO_ROW;
    if (recorder->depth) {
        struct shadow_frame *caller = top_of(recorder);
        caller->own_lowest = recorder->own_lowest;
        parent = caller->row;
    }
    frame.row = (uint32_t)recorder->rows;
    frame.own_lowest = frame.lowest = recorder->stack_pointer;
    recorder->own_lowest = recorder->stack_pointer;
    recorder->frames[recorder->depth++] = frame;
    if (!log_call(recorder, &frame, parent, tail_of))
        recorder_alert(recorder, &recorder->out_of_memory);
}

static void pop(struct recorder *recorder, enum left_by left_by) {
    struct shadow_frame *frame = top_of(recorder);
    struct call_row *row = &recorder->log.rows[frame->row];
    frame->own_lowest = recorder->own_lowest;
    if (frame->own_lowest < frame->lowest)
        frame->lowest = frame->own_lowest;
    if (!row->return_step) {
        row->return_step = recorder->step;
        row->left_by = left_by & 3u;
        log_extent(recorder, frame);
    }
    recorder->depth--;
    if (recorder->depth) {
        struct shadow_frame *caller = top_of(recorder);
        if (frame->lowest < caller->lowest && recorder_same_stack(recorder, frame->lowest, caller->lowest))
            caller->lowest = frame->lowest;
        recorder->own_lowest = caller->own_lowest;
    }
}

static uint32_t function_of(const struct recorder *recorder, uint32_t number) {
    return number ? recorder->instructions[number].function : 0;
}

bool shadow_push_first(struct recorder *recorder, uint32_t number) {
    struct shadow_frame frame = {
        .cfa = recorder->stack_pointer, .entry = number, .function = function_of(recorder, number)};
    push(recorder, frame, NO_ROW);
    return !recorder->out_of_memory;
}

static uint64_t read_word(const struct recorder *recorder, uint64_t address) {
    uint8_t bytes[8] = {0};
    uc_mem_read(recorder->config.engine, address, bytes, recorder->config.word_size);
    return recorder_number(recorder, bytes, recorder->config.word_size);
}

/* The return address that a call has just left: in the link register, or on top of the stack. */
static uint64_t read_return_address(const struct recorder *recorder) {
    const struct recorder_config *config = &recorder->config;
    if (config->link_register < 0)
        return read_word(recorder, recorder->stack_pointer);
    return recorder_read_register(recorder, config->link_register) & ~(uint64_t)config->encoding_bit;
}

static uint64_t address_behind(const struct instruction *instruction) {
    return instruction->pc + instruction->size;
}

/* Whether SP is on another stack than the frame. */
static bool is_elsewhere(const struct recorder *recorder, const struct shadow_frame *frame) {
    return !recorder_same_stack(recorder, frame->cfa, recorder->stack_pointer);
}

/* Whether SP is above the frame, on its stack, or at its upper end. */
static bool is_passed(const struct recorder *recorder, const struct shadow_frame *frame) {
    return frame->cfa <= recorder->stack_pointer && !is_elsewhere(recorder, frame);
}

/* Whether that means that the frame has ended. Where calls push nothing, one that ends at SP may be alive: an empty
 * one. */
static bool is_gone(const struct recorder *recorder, const struct shadow_frame *frame) {
    return is_passed(recorder, frame) && (frame->cfa < recorder->stack_pointer || recorder->config.link_register < 0);
}

static void push_called(struct recorder *recorder, uint32_t number, uint64_t return_address) {
    struct shadow_frame frame = {
        .cfa = recorder->stack_pointer + recorder->config.cfa_minus_sp_at_entry,
        .return_address = return_address,
        .site = recorder->current,
        .entry = number,
        .function = function_of(recorder, number),
        .caller_at = recorder->current,
    };
    push(recorder, frame, NO_ROW);
}

void shadow_call(struct recorder *recorder, uint64_t target, uint32_t number) {
    const struct instruction *call = &recorder->instructions[recorder->current];
    uint64_t return_address = address_behind(call);
    /* A call to the next instruction only asks where it is (position-independent code on i386), or its condition did
     * not hold; and one of code that functions share is no call of a function. */
    if (target == return_address || recorder->instructions[number].in_shared) {
        recorder_move_sp(recorder, recorder->stack_pointer);
        return;
    }
    push_called(recorder, number, return_address);
}

/* Bytes of the running activation's frame that lie above where a call would leave SP: its own code made that frame. */
static uint32_t kept_bytes(const struct recorder *recorder) {
    uint64_t pushed = recorder->depth > 1 ? recorder->config.cfa_minus_sp_at_entry : 0;
    uint64_t sp_at_entry = recorder->frames[recorder->depth - 1].cfa - pushed;
    uint64_t kept = sp_at_entry - recorder->stack_pointer;
    return recorder->stack_pointer < sp_at_entry && kept <= MOST_KEPT ? (uint32_t)kept : 0;
}

/* The running activation hands its frame on to the function at `number`. */
static void tail_call(struct recorder *recorder, uint32_t number) {
    if (is_elsewhere(recorder, top_of(recorder))) { /* it keeps its frame, on the stack that SP has left */
        push_called(recorder, number, read_return_address(recorder));
        return;
    }
    struct shadow_frame frame = *top_of(recorder);
    uint32_t replaced = frame.row;
    if (recorder->instructions[frame.entry].in_stub) {
        /* A linkage stub, and the resolver behind it, are no activation: the call was meant for where they lead. A row
         * whose entry is known already is met again by a replay. */
        struct shadow_frame *top = top_of(recorder);
        struct call_row *row = &recorder->log.rows[replaced];
        top->function = function_of(recorder, number);
        top->kept_bytes = kept_bytes(recorder);
        if (recorder->instructions[number].in_stub) /* the table's header, which is there for all of its stubs */
            return;
        top->entry = number;
        if (recorder->instructions[row->entry].in_stub) {
            row->entry = number;
            row->kept_bytes = top->kept_bytes & MOST_KEPT;
        }
        return;
    }
    frame.kept_bytes = kept_bytes(recorder);
    pop(recorder, LEFT_BY_TAIL_CALL);
    frame.site = recorder->current;
    frame.entry = number;
    frame.function = function_of(recorder, number);
    push(recorder, frame, replaced);
}

/* Control has come to the start of the function at `number` by a jump or a return. SP is where a call would have left
 * it: a tail call. SP is below that, and points back into the function that control came from: a call made by hand, of
 * a push and a jump. The frame is gone (`left`): what was on the stack is called, by a return address overwritten. */
static void enter(struct recorder *recorder, uint32_t number, bool left) {
    uint64_t below_cfa = recorder->depth > 1 ? recorder->config.cfa_minus_sp_at_entry : 0;
    uint64_t sp_at_entry = top_of(recorder)->cfa - below_cfa;
    bool by_hand = false;
    if (below_cfa && recorder->stack_pointer < sp_at_entry) {
        const struct function_range *back = decode_function_at(recorder, read_return_address(recorder));
        by_hand = back && back->id == function_of(recorder, recorder->current);
    }
    if (by_hand || (left && recorder->stack_pointer != sp_at_entry))
        push_called(recorder, number, read_return_address(recorder));
    else
        tail_call(recorder, number);
}

/* The function in which the activation at `index` runs now: its entry's, unless it called on from another one. */
static uint32_t running_function(const struct recorder *recorder, size_t index) {
    if (index + 1 == recorder->depth)
        return function_of(recorder, recorder->current);
    return function_of(recorder, recorder->frames[index + 1].caller_at);
}

/* Whether control, with SP where it is, can be back in the activation at `index`: its frame is there, and those of what
 * it called are gone. An empty frame ends where those that it called begin. */
static bool may_be_back_in(const struct recorder *recorder, size_t index) {
    const struct shadow_frame *frame = &recorder->frames[index];
    if (is_gone(recorder, frame) || is_elsewhere(recorder, frame))
        return false;
    if (frame->cfa != recorder->stack_pointer)
        return true;
    if (index + 1 == recorder->depth) /* one that has given its frame back has returned */
        return recorder->own_lowest == frame->cfa;
    return frame[1].cfa == recorder->stack_pointer;
}

/* Control has left the running function other than to a function's start: longjmp, unwinding, or a part of it that no
 * symbol names. True if an activation was found that it is back in. */
static bool leave_by_jump(struct recorder *recorder, uint32_t function) {
    if (!function)
        return false;
    for (size_t i = recorder->depth; i-- > 0;) {
        if (running_function(recorder, i) != function || !may_be_back_in(recorder, i))
            continue;
        while (recorder->depth > i + 1)
            pop(recorder, LEFT_BY_JUMP);
        return true;
    }
    top_of(recorder)->function = function;
    return false;
}

/* Whether a jump went where the running activation was to return to, its frame given back: 'pop {r3}; bx r3'. Out of
 * its function it may go there with SP still below: what it made room for is left to its caller. Within it, one that
 * calls itself has that place too. */
static bool is_return(const struct recorder *recorder, uint64_t target, uint32_t number) {
    const struct shadow_frame *frame = &recorder->frames[recorder->depth - 1];
    if (recorder->depth < 2 || frame->return_address != target)
        return false;
    bool leaves = number && recorder->instructions[number].function != function_of(recorder, recorder->current);
    return is_passed(recorder, frame) || (leaves && !is_elsewhere(recorder, frame));
}

/* Whether a jump left its return address, as a call does: 'mov lr, pc; bx r3'. */
static bool is_call(const struct recorder *recorder) {
    return recorder->config.link_register >= 0 &&
           read_return_address(recorder) == address_behind(&recorder->instructions[recorder->current]);
}

void shadow_jump(struct recorder *recorder, uint64_t target, uint32_t number) {
    if (is_return(recorder, target, number)) {
        shadow_return(recorder, target, number);
        return;
    }
    if (!number)
        return;
    const struct instruction *to = &recorder->instructions[number];
    bool leaves = to->function != function_of(recorder, recorder->current);
    if ((!leaves && !to->at_entry) || to->in_shared)
        return;
    if (is_call(recorder))
        shadow_call(recorder, target, number);
    else if (leaves && to->at_entry)
        enter(recorder, number, false);
    else if (leaves)
        leave_by_jump(recorder, to->function);
}

/* Whether the caller of the activation at `index` can have that return to it: what stands behind a call that never
 * returns may be the landing pad of another activation of the function, further out. The first row has no end. */
static bool is_waited_for(const struct recorder *recorder, size_t index) {
    return index == 1 || is_elsewhere(recorder, &recorder->frames[index - 1]) || may_be_back_in(recorder, index - 1);
}

/* How many frames end when control returns to `target`: 0 if no frame waits for that. Those on a stack that SP has left
 * end with the frame that is returned from. */
static size_t frames_returned_from(const struct recorder *recorder, uint64_t target) {
    const struct shadow_frame *frames = recorder->frames;
    if (frames[recorder->depth - 1].return_address == target)
        return 1;
    size_t found = 0;
    for (size_t i = recorder->depth; i-- > 1;) {
        bool elsewhere = is_elsewhere(recorder, &frames[i]);
        if (!elsewhere && !is_passed(recorder, &frames[i]))
            break;
        if (!elsewhere && frames[i].return_address == target && is_waited_for(recorder, i))
            found = recorder->depth - i;
    }
    return found;
}

/* Whether it is an inner one of these `count` activations that has gone there, over the others: what stands behind a
 * call that never returns may be the landing pad of what it throws. */
static bool is_thrown(const struct recorder *recorder, size_t count) {
    uint32_t function = function_of(recorder, recorder->current);
    const struct shadow_frame *frames = recorder->frames;
    size_t depth = recorder->depth;
    return function && function == frames[depth - 1].function && function != frames[depth - count].function;
}

/* Takes off the frames that a return to where nobody waits has ended. True if there was one. */
static bool pop_what_is_gone(struct recorder *recorder) {
    if (recorder->depth < 2 || !is_passed(recorder, top_of(recorder)))
        return false;
    pop(recorder, LEFT_BY_RETURN);
    while (recorder->depth > 1 && is_gone(recorder, top_of(recorder)))
        pop(recorder, LEFT_BY_JUMP);
    return true;
}

/* Whether who runs has its return address in the link register as it came, and no frame: it has gone elsewhere by
 * another register, though the instruction may be one that returns (RISC-V's jr t0). */
static bool may_still_return(const struct recorder *recorder) {
    const struct shadow_frame *frame = &recorder->frames[recorder->depth - 1];
    return recorder->config.link_register >= 0 && recorder->depth > 1 && recorder->own_lowest == frame->cfa &&
           recorder->stack_pointer == frame->cfa && read_return_address(recorder) == frame->return_address;
}

/* Whether a return from code that functions share led back into the one that it was called by. */
static bool is_back_in_function(struct recorder *recorder, uint32_t number) {
    if (!recorder->instructions[recorder->current].in_shared || recorder->instructions[number].at_entry ||
        top_of(recorder)->function != function_of(recorder, number))
        return false;
    recorder_move_sp(recorder, recorder->stack_pointer);
    return true;
}

void shadow_return(struct recorder *recorder, uint64_t target, uint32_t number) {
    size_t count = recorder->depth > 1 ? frames_returned_from(recorder, target) : 0;
    if (count) {
        enum left_by last = count > 1 && is_thrown(recorder, count) ? LEFT_BY_JUMP : LEFT_BY_RETURN;
        while (count-- > 1)
            pop(recorder, LEFT_BY_JUMP);
        pop(recorder, last);
        /* SP is above what is gone, and the caller has it back. */
        recorder_move_sp(recorder, recorder->stack_pointer);
        return;
    }
    /* A return whose condition did not hold. */
    if (recorder->config.link_register >= 0 && target == address_behind(&recorder->instructions[recorder->current]))
        return;
    if (number && is_back_in_function(recorder, number))
        return;
    /* The unwinder, and longjmp, may go by a return instruction to where they lead. */
    bool at_entry = number && recorder->instructions[number].at_entry;
    if (number && !at_entry && leave_by_jump(recorder, function_of(recorder, number)))
        return;
    if (at_entry && may_still_return(recorder)) {
        enter(recorder, number, false);
        return;
    }
    /* A return address that was overwritten leads anywhere, but the frame has ended all the same. */
    bool popped = pop_what_is_gone(recorder);
    if (at_entry)
        enter(recorder, number, popped);
}
