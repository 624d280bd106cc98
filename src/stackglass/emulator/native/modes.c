/* The engine's hooks, in one of two modes.
 *
 * Instruction mode announces every instruction: it can stop anywhere, and learns what instructions there are. Block
 * mode announces blocks of instructions that are known, several times as fast: long stretches run in it once their code
 * has been learnt. What is recorded is the same to the byte.
 *
 *     instruction mode  --- `learning` steps without a reason to stop ahead --->  block mode
 *     instruction mode  <-- code that never ran, or the goal is near -----------  block mode
 */
#include <stdlib.h>

#include "internal.h"

#define LONGEST_LEARNING ((uint64_t)1 << 24)

void modes_stop(struct recorder *recorder, enum stop_reason reason, uint32_t number) {
    const struct instruction *instruction = &recorder->instructions[number];
    recorder->stop.reason = reason;
    recorder->stop.pc = instruction->pc;
    recorder->stop.next_pc = instruction->pc + instruction->size;
    recorder->stopping = true;
    uc_emu_stop(recorder->config.engine);
}

void modes_leave(struct recorder *recorder, enum leaving leaving) {
    recorder->leaving = leaving;
    recorder->stopping = true;
    uc_emu_stop(recorder->config.engine);
}

/* The engine announces a repeated string instruction once more after its last iteration. */
bool modes_settle(struct recorder *recorder, uint64_t pc, uint32_t number) {
    uint32_t pending = recorder->pending;
    if (pending & PENDING_REPEAT && recorder->instructions[recorder->current].pc == pc &&
        recorder_read_register(recorder, recorder->config.counter_register) == 0)
        return true;
    recorder->pending = 0;
    if (pending & PENDING_STORE)
        silent_settle(recorder);
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
void modes_forget_group(struct recorder *recorder) {
    if (!is_in_group(recorder, recorder->instructions[recorder->current].pc))
        return;
    uint64_t value = recorder_read_register(recorder, recorder->config.encoding_register);
    value &= ~(uint64_t)recorder->config.encoding_group;
    uc_reg_write(recorder->config.engine, recorder->config.encoding_register, &value);
}

/* Why the run stops at this instruction; STOP_NONE to go on. */
enum stop_reason modes_reason_to_stop(const struct recorder *recorder, const struct instruction *instruction) {
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

/* ---- instruction mode ---- */

/* Settles what is pending and looks at the stop conditions. False if the instruction doesn't run, or isn't one. */
static bool may_run(struct recorder *recorder, uint64_t pc, uint32_t number) {
    if (recorder->stopping)
        return false;
    if (recorder->pending && modes_settle(recorder, pc, number))
        return false;
    if (recorder->group_high && is_in_group(recorder, pc))
        return true;
    enum stop_reason reason = modes_reason_to_stop(recorder, &recorder->instructions[number]);
    if (reason == STOP_NONE && recorder->instructions[number].stops & STOPS_GROUP) {
        recorder->group_low = pc + recorder->instructions[number].size;
        recorder->group_high = recorder->group_low + recorder->instructions[number].group;
    }
    if (reason != STOP_NONE) {
        modes_stop(recorder, reason, number);
    } else if (recorder->step >= recorder->switch_step) {
        modes_leave(recorder, LEAVING_LEARNED);
        return false;
    }
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

static void on_stack_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user) {
    (void)engine;
    (void)type;
    (void)value;
    struct recorder *recorder = user;
    modes_forget_group(recorder);
    recorder_stamp_store(recorder, address, size, recorder_writer(recorder->step - 1, recorder->current));
}

/* ---- both ---- */

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

/* uc_ctl_request_cache: what that makes of its constants shifts into the sign. */
#define REQUEST_CACHE ((uc_control_type)(UC_CTL_TB_REQUEST_CACHE | 2u << 26 | 3u << 30))

/* The engine leaves out of what it translates in a group that it can be stopped there, and goes on to do so in what it
 * translates next, until an instruction of that encoding is outside of a group. So it is given some right away. */
static void on_translated(uc_engine *engine, uc_tb *block, uc_tb *before, void *user) {
    (void)block;
    (void)before;
    struct recorder *recorder = user;
    uint64_t plain = recorder->config.encoding_plain;
    uc_tb translated;
    if (!recorder_in_other_encoding(recorder))
        return;
    uc_ctl_remove_cache(engine, plain, plain + 1);
    uc_ctl(engine, REQUEST_CACHE, plain, &translated);
}

static bool add_hook(struct recorder *recorder, uc_hook *hook, int type, void *callback, uint64_t first,
                     uint64_t last) {
    return uc_hook_add(recorder->config.engine, hook, type, callback, recorder, first, last) == UC_ERR_OK;
}

static void delete_hook(struct recorder *recorder, uc_hook *hook) {
    if (*hook)
        uc_hook_del(recorder->config.engine, *hook);
    *hook = 0;
}

/* A range from 1 to 0 means: everywhere. Writes are only asked for where somebody wants them: a write that no hook is
 * for costs the engine much less. */
static bool add_mode_hooks(struct recorder *recorder) {
    uint64_t stack_last = recorder->stack_low + recorder->stack_size - 1;
    void *on_code = recorder->in_blocks ? (void *)blocks_on_block : (void *)on_instruction;
    void *on_write = recorder->in_blocks ? (void *)blocks_on_write : (void *)on_stack_write;
    int type = recorder->in_blocks ? UC_HOOK_BLOCK : UC_HOOK_CODE;
    return add_hook(recorder, &recorder->code_hook, type, on_code, 1, 0) &&
           add_hook(recorder, &recorder->write_hook, UC_HOOK_MEM_WRITE, on_write, recorder->stack_low, stack_last);
}

bool modes_init(struct recorder *recorder) {
    uc_hook *hooks = recorder->fault_hooks;
    return add_mode_hooks(recorder) &&
           add_hook(recorder, &hooks[0], UC_HOOK_MEM_UNMAPPED | UC_HOOK_MEM_PROT, (void *)on_bad_access, 1, 0) &&
           add_hook(recorder, &hooks[1], UC_HOOK_INTR, (void *)on_interrupt, 1, 0) &&
           (!recorder->config.encoding_plain ||
            add_hook(recorder, &recorder->edge_hook, UC_HOOK_EDGE_GENERATED, (void *)on_translated, 1, 0));
}

void modes_deinit(struct recorder *recorder) {
    delete_hook(recorder, &recorder->code_hook);
    delete_hook(recorder, &recorder->write_hook);
    delete_hook(recorder, &recorder->fault_hooks[0]);
    delete_hook(recorder, &recorder->fault_hooks[1]);
    delete_hook(recorder, &recorder->edge_hook);
    blocks_deinit(recorder);
}

static bool set_mode(struct recorder *recorder, bool in_blocks) {
    if (recorder->in_blocks == in_blocks)
        return true;
    delete_hook(recorder, &recorder->code_hook);
    delete_hook(recorder, &recorder->write_hook);
    blocks_unhook(recorder);
    recorder->in_blocks = in_blocks;
    recorder->blocks_since = recorder->step;
    /* Translated code calls the hooks that there were when it was translated. */
    return uc_ctl_flush_tb(recorder->config.engine) == UC_ERR_OK && add_mode_hooks(recorder);
}

/* Whether this run may ever be in block mode: it stops at a step, and nothing else is watched for. */
static bool may_use_blocks(const struct recorder *recorder) {
    return recorder->config.learning_steps != UINT64_MAX && !recorder->watched_count && !recorder->watch_hook &&
           !recorder->writable_code && !recorder->out_of_memory;
}

bool modes_choose(struct recorder *recorder) {
    uint64_t learning = recorder->config.learning_steps;
    uint64_t left = recorder->stop_step - recorder->step;
    /* Stopping exactly takes instruction mode in the end, and to change modes is not free. */
    bool is_far = recorder->stop_step > recorder->step && (!recorder->exactly || left > learning);
    bool may = is_far && may_use_blocks(recorder);
    bool in_blocks = may && (recorder->in_blocks || recorder->step >= recorder->learned_at);
    recorder->switch_step = may && !in_blocks ? recorder->learned_at : UINT64_MAX;
    uint64_t goal = recorder->stop_step < recorder->switch_step ? recorder->stop_step : recorder->switch_step;
    uint64_t room = in_blocks && recorder->exactly ? LONGEST_BLOCK : 0;
    recorder->alert_step = recorder->out_of_memory || goal < room ? 0 : goal - room;
    return set_mode(recorder, in_blocks);
}

/* Code that never ran has turned up: instructions are looked at one by one for a while, and for longer each time if
 * that keeps happening. */
static void learn_again(struct recorder *recorder) {
    bool soon = recorder->step - recorder->blocks_since < 8 * recorder->learning;
    recorder->learning = soon ? 2 * recorder->learning : recorder->config.learning_steps;
    if (recorder->learning > LONGEST_LEARNING)
        recorder->learning = LONGEST_LEARNING;
    recorder->learned_at = recorder->step + recorder->learning;
}

bool modes_continue(struct recorder *recorder) {
    switch (recorder->leaving) {
    case LEAVING_BLOCKS:
        learn_again(recorder);
        return set_mode(recorder, false) && modes_choose(recorder);
    case LEAVING_TO_HOOK:
        return blocks_hook(recorder);
    default:
        return modes_choose(recorder);
    }
}
