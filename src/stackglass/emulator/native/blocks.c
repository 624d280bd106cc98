/* Block mode: what a block does to the counters is added up once, and counted when the next block begins.
 *
 * Which instruction writes is known from the program counter, which the engine brings up to date before it announces a
 * write. Some instructions inside a block have to be announced by themselves, by a hook for their address alone: those
 * before which the run stops (system calls), those behind an instruction that moves SP by an unknown amount, if another
 * one follows in the block (SP is read at the next announcement, and must not have moved on by then), and those behind
 * a silent store, whose registers are read then.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define STOPS_IN_BLOCKS (STOPS_SYSTEM_CALL | STOPS_EMULATED)

/* ---- the table ---- */

static size_t place_of(const struct recorder *recorder, uint64_t pc) {
    return (size_t)(pc * 0x9e3779b97f4a7c15u >> 32) & (recorder->block_capacity - 1);
}

/* Where the block at pc is in the table, or would be. */
static struct block **find(const struct recorder *recorder, uint64_t pc) {
    size_t place = place_of(recorder, pc);
    while (recorder->blocks[place] && recorder->blocks[place]->pc != pc)
        place = (place + 1) & (recorder->block_capacity - 1);
    return &recorder->blocks[place];
}

static bool table_grow(struct recorder *recorder) {
    struct block **old = recorder->blocks;
    size_t old_capacity = recorder->block_capacity;
    struct block **grown = calloc(old_capacity ? 2 * old_capacity : 1024, sizeof *grown);
    if (!grown)
        return false;
    recorder->blocks = grown;
    recorder->block_capacity = old_capacity ? 2 * old_capacity : 1024;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i])
            *find(recorder, old[i]->pc) = old[i];
    free(old);
    return true;
}

void blocks_clear(struct recorder *recorder) {
    for (size_t i = 0; i < recorder->block_capacity; i++)
        free(recorder->blocks[i]);
    free(recorder->blocks);
    recorder->blocks = NULL;
    recorder->block_count = recorder->block_capacity = 0;
    recorder->block = NULL;
}

/* ---- making one ---- */

static struct block *block_init(uint64_t pc, uint32_t size, uint32_t count) {
    size_t numbers = count * sizeof(uint32_t), index = size * sizeof(uint16_t);
    struct block *block = calloc(1, sizeof *block + numbers + index);
    if (!block)
        return NULL;
    *block = (struct block){.pc = pc, .size = size, .count = count};
    block->numbers = (uint32_t *)(block + 1);
    block->index = (uint16_t *)((char *)(block + 1) + numbers);
    return block;
}

/* The instructions that lie in the bytes, if each of them has run. 0 if not, or if the block would be too long. */
static uint32_t count_known(const struct recorder *recorder, const struct range *range, uint64_t pc, uint32_t size) {
    uint32_t count = 0;
    uint64_t at = pc, end = pc + size;
    while (at < end) {
        uint32_t number = range->codes[at - range->low];
        uint8_t length = recorder->instructions[number].size;
        if (!number || !length || ++count > LONGEST_BLOCK)
            return 0;
        at += length;
    }
    return at == end ? count : 0;
}

/* SP's way from instruction `from` to the end. */
static void add_up(const struct recorder *recorder, const struct block *block, uint32_t from, uint32_t to,
                   int64_t *lowest, int64_t *delta) {
    *lowest = *delta = 0;
    for (uint32_t i = from; i < to; i++) {
        const struct instruction *instruction = &recorder->instructions[block->numbers[i]];
        *delta += instruction->stack_delta;
        if (*delta < *lowest && !(instruction->pending & PENDING_CALL))
            *lowest = *delta;
    }
}

/* Fills in what follows from the instructions. False if one that leaves something to its successor isn't the last (the
 * engine ends its blocks behind those), or if some may be left out (Thumb's IT blocks). */
static bool summarise(const struct recorder *recorder, struct block *block) {
    uint32_t unknown = block->count, unknowns = 0;
    for (uint32_t i = 0; i < block->count; i++) {
        const struct instruction *instruction = &recorder->instructions[block->numbers[i]];
        bool is_last = i + 1 == block->count;
        uint32_t inside = PENDING_SP | PENDING_STORE;
        if ((!is_last && instruction->pending & ~inside) || instruction->stops & STOPS_GROUP)
            return false;
        block->has_hooks |= !is_last && instruction->pending & PENDING_STORE;
        if (instruction->stops & STOPS_IN_BLOCKS) {
            block->starts_stop |= i == 0;
            block->has_hooks |= i > 0;
        }
        if (instruction->pending & PENDING_SP) {
            unknowns++;
            unknown = i;
        }
    }
    block->has_hooks |= unknowns > 1;
    block->last = block->numbers[block->count - 1];
    block->pending = recorder->instructions[block->last].pending;
    block->unknown = unknown + 1 < block->count;
    uint32_t split = block->unknown ? unknown : block->count;
    add_up(recorder, block, 0, split, &block->lowest_before, &block->delta_before);
    if (block->unknown)
        add_up(recorder, block, split + 1, block->count, &block->lowest, &block->delta);
    return true;
}

/* The block that the engine announces; NULL if an instruction of it has never run, or memory is short. */
static struct block *learn(struct recorder *recorder, uint64_t pc, uint32_t size) {
    struct range *range = ranges_find(&recorder->ranges, pc);
    if (!range || pc + size > range->high)
        return NULL;
    uint32_t count = count_known(recorder, range, pc, size);
    if (!count || (2 * (recorder->block_count + 1) > recorder->block_capacity && !table_grow(recorder)))
        return NULL;
    struct block *block = block_init(pc, size, count);
    if (!block)
        return NULL;
    uint32_t *numbers = (uint32_t *)block->numbers;
    uint16_t *index = (uint16_t *)block->index;
    uint64_t at = pc;
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = range->codes[at - range->low];
        index[at - pc] = (uint16_t)i;
        at += recorder->instructions[numbers[i]].size;
    }
    if (!summarise(recorder, block)) {
        free(block);
        return NULL;
    }
    struct block **place = find(recorder, pc);
    if (*place)
        free(*place); /* the engine has cut it elsewhere this time */
    else
        recorder->block_count++;
    *place = block;
    return block;
}

/* ---- counting ---- */

static uint64_t read_sp(const struct recorder *recorder) {
    return recorder_read_register(recorder, recorder->config.sp_register);
}

/* SP goes from where it is `lowest` down at most, and ends `delta` from where it is. */
static inline void move_along(struct recorder *recorder, int64_t lowest, int64_t delta) {
    uint64_t sp = recorder->stack_pointer;
    if (UNLIKELY(sp + (uint64_t)lowest < recorder->own_lowest))
        recorder_move_sp(recorder, sp + (uint64_t)lowest);
    recorder->stack_pointer = sp + (uint64_t)delta;
}

/* Counts the instructions of the running block up to `to`, before which the engine stands. At most the last one whose
 * change of SP is unknown has no announcement of its own between it and here. */
static void count_to(struct recorder *recorder, const struct block *block, uint32_t to) {
    uint32_t unknown = to;
    for (uint32_t i = recorder->done; i < to; i++)
        if (recorder->instructions[block->numbers[i]].pending & PENDING_SP && i + 1 < block->count)
            unknown = i;
    int64_t lowest, delta;
    add_up(recorder, block, recorder->done, unknown, &lowest, &delta);
    move_along(recorder, lowest, delta);
    if (unknown < to) {
        add_up(recorder, block, unknown + 1, to, &lowest, &delta);
        recorder_move_sp(recorder, read_sp(recorder) - (uint64_t)delta);
        move_along(recorder, lowest, delta);
    }
    recorder->step += to - recorder->done;
    recorder->current = block->numbers[to - 1];
    recorder->pending = to == block->count ? block->pending : 0;
    recorder->done = to;
}

/* The whole block has run. */
static inline void finish(struct recorder *recorder, const struct block *block) {
    if (UNLIKELY(recorder->done)) {
        if (recorder->done < block->count)
            count_to(recorder, block, block->count);
        return;
    }
    recorder->step += block->count;
    recorder->current = block->last;
    recorder->pending = block->pending;
    move_along(recorder, block->lowest_before, block->delta_before);
    if (block->unknown) {
        recorder_move_sp(recorder, read_sp(recorder) - (uint64_t)block->delta);
        move_along(recorder, block->lowest, block->delta);
    }
}

/* The instruction at `index` stops the run: it counts as run, and the caller carries it out. */
static void stop_at(struct recorder *recorder, struct block *block, uint32_t index) {
    uint32_t number = block->numbers[index];
    enum stop_reason reason = modes_reason_to_stop(recorder, &recorder->instructions[number]);
    count_to(recorder, block, index + 1);
    recorder->block = NULL;
    modes_stop(recorder, reason, number);
}

/* ---- hooks ---- */

/* Whether the block runs; if not, the engine has been told to stop before it. */
static bool may_enter(struct recorder *recorder, struct block *block) {
    uint64_t end = recorder->exactly ? recorder->step + block->count - 1 : recorder->step;
    if (recorder->out_of_memory)
        modes_stop(recorder, STOP_FAULT, block->numbers[0]);
    else if (recorder->step >= recorder->stop_step)
        modes_stop(recorder, STOP_STEP, block->numbers[0]);
    else if (end >= recorder->stop_step)
        modes_leave(recorder, LEAVING_BLOCKS);
    else if (block->has_hooks && block->hooked != recorder->hook_generation) {
        recorder->block_to_hook = block;
        modes_leave(recorder, LEAVING_TO_HOOK);
    } else if (block->starts_stop) {
        recorder->done = 0;
        stop_at(recorder, block, 0);
    } else
        return true;
    return false;
}

void blocks_on_block(uc_engine *engine, uint64_t pc, uint32_t size, void *user) {
    (void)engine;
    struct recorder *recorder = user;
    if (UNLIKELY(recorder->stopping))
        return;
    if (LIKELY(recorder->block != NULL))
        finish(recorder, recorder->block);
    recorder->block = NULL;
    struct block *block = recorder->block_capacity ? *find(recorder, pc) : NULL;
    if (UNLIKELY(!block || block->size != size)) {
        block = learn(recorder, pc, size);
        if (!block) {
            modes_leave(recorder, LEAVING_BLOCKS);
            return;
        }
    }
    if (UNLIKELY(recorder->pending) && modes_settle(recorder, pc, block->numbers[0]))
        return;
    if (UNLIKELY((recorder->step >= recorder->alert_step) | block->has_hooks | block->starts_stop) &&
        !may_enter(recorder, block))
        return;
    recorder->block = block;
    recorder->done = 0;
}

static uint32_t index_at(const struct block *block, uint64_t pc) {
    return block->index[pc - block->pc];
}

/* An instruction that is announced by itself. */
static void on_spot(uc_engine *engine, uint64_t pc, uint32_t size, void *user) {
    (void)engine;
    (void)size;
    struct recorder *recorder = user;
    struct block *block = recorder->block;
    if (recorder->stopping || !block || pc - block->pc >= block->size)
        return;
    uint32_t index = index_at(block, pc);
    if (index > recorder->done) {
        count_to(recorder, block, index);
        if (recorder->instructions[recorder->current].pending & PENDING_STORE)
            silent_settle(recorder);
    }
    if (index && recorder->instructions[block->numbers[index]].stops & STOPS_IN_BLOCKS)
        stop_at(recorder, block, index);
}

void blocks_on_write(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user) {
    (void)engine;
    (void)type;
    (void)value;
    struct recorder *recorder = user;
    const struct block *block = recorder->block;
    uint64_t offset = recorder_read_register(recorder, recorder->config.pc_register) - (block ? block->pc : 0);
    uint64_t step = recorder->step - 1;
    uint32_t number = recorder->current;
    if (LIKELY(block && offset < block->size)) {
        uint32_t index = block->index[offset];
        step = recorder->step + index - recorder->done;
        number = block->numbers[index];
    }
    recorder_stamp_store(recorder, address, size, recorder_writer(step, number));
}

static bool add_spot(struct recorder *recorder, uint64_t pc) {
    for (size_t i = 0; i < recorder->spot_count; i++)
        if (recorder->spots[i] == pc)
            return true;
    if (recorder->spot_count == recorder->spot_capacity) {
        size_t capacity = recorder->spot_capacity ? 2 * recorder->spot_capacity : 64;
        uc_hook *hooks = realloc(recorder->spot_hooks, capacity * sizeof *hooks);
        if (!hooks)
            return false;
        recorder->spot_hooks = hooks;
        uint64_t *spots = realloc(recorder->spots, capacity * sizeof *spots);
        if (!spots)
            return false;
        recorder->spots = spots;
        recorder->spot_capacity = capacity;
    }
    uc_hook *hook = &recorder->spot_hooks[recorder->spot_count];
    if (uc_hook_add(recorder->config.engine, hook, UC_HOOK_CODE, (void *)on_spot, recorder, pc, pc) != UC_ERR_OK)
        return false;
    recorder->spots[recorder->spot_count++] = pc;
    return true;
}

bool blocks_hook(struct recorder *recorder) {
    struct block *block = recorder->block_to_hook;
    bool behind_unknown = false;
    for (uint32_t i = 0; i < block->count; i++) {
        const struct instruction *instruction = &recorder->instructions[block->numbers[i]];
        bool wanted = behind_unknown || instruction->stops & STOPS_IN_BLOCKS;
        if (i && wanted && !add_spot(recorder, instruction->pc))
            return false;
        behind_unknown = instruction->pending & (PENDING_SP | PENDING_STORE);
    }
    block->hooked = recorder->hook_generation;
    return uc_ctl_remove_cache(recorder->config.engine, block->pc, block->pc + block->size) == UC_ERR_OK;
}

void blocks_unhook(struct recorder *recorder) {
    for (size_t i = 0; i < recorder->spot_count; i++)
        uc_hook_del(recorder->config.engine, recorder->spot_hooks[i]);
    recorder->spot_count = 0;
    recorder->hook_generation++;
}

uint32_t blocks_locate(struct recorder *recorder, uint64_t pc, bool at_fetch) {
    struct block *block = recorder->block;
    recorder->block = NULL;
    if (!block)
        return 0;
    if (at_fetch) {
        finish(recorder, block);
        return 0;
    }
    /* An instruction that asks for an interrupt leaves pc behind itself, and ends its block. */
    uint32_t index = pc - block->pc < block->size ? index_at(block, pc) : block->count - 1;
    if (index > recorder->done)
        count_to(recorder, block, index);
    return block->numbers[index];
}

size_t recorder_known_blocks(const struct recorder *recorder) {
    return recorder->block_count;
}

void blocks_deinit(struct recorder *recorder) {
    blocks_unhook(recorder);
    blocks_clear(recorder);
    free(recorder->spot_hooks);
    free(recorder->spots);
}
