"""The stack protector's canary: where the function's code puts it, and whether it is still what it should be."""

from __future__ import annotations

from stackglass.errors import UnreadableMemory
from stackglass.model import Evidence, Initialised, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites


def canaries(chain: FrameChain, index: int, writes: FrameWrites) -> list[Claim[Use]]:
    """The canary of frame `index` once it has been put there, overwritten or not."""
    facts, look_up = chain.facts, chain.look_up(index)
    function = facts.function_at(look_up)
    if function is None:
        return []
    stores = facts.canary_stores(function, chain.memory.read)
    if not stores:
        return []
    word = facts.isa.word_size
    extent = chain.extent(index)
    guards = {chain.rules_cfa(index) + s.cfa_offset: s.guard for s in stores if s.cfa_offset is not None}
    if writes.recorded:
        by_pc = {store.pc: store.guard for store in stores}
        guards |= {run.low: by_pc[run.pc] for run in writes.runs(*extent) if run.pc in by_pc and run.own}
        guards = {one: guard for one, guard in guards.items() if _is_written(writes, one, word)}
    elif look_up <= min(store.pc for store in stores):
        return []
    return [
        Claim(one, one + word, Use(Role.CANARY, Evidence.ABI, note=_note(chain, one, guard)))
        for one, guard in sorted(guards.items(), key=lambda item: item[0])
        if extent.low <= one < extent.high
    ]


def _is_written(writes: FrameWrites, address: int, size: int) -> bool:
    return writes.initialised(address, address + size) is not Initialised.NONE


def _note(chain: FrameChain, address: int, guard: int | None) -> str | None:
    """'smashed: it should be …' if the word at `address` is not the one at `guard`, or else the thread's."""
    isa = chain.facts.isa
    if guard is None:
        thread_pointer = chain.moment.registers.get(isa.thread_pointer)
        if thread_pointer is None or isa.canary_thread_offset is None:
            return None
        guard = thread_pointer + isa.canary_thread_offset
    try:
        right = chain.memory.word(guard)
        return None if chain.memory.word(address) == right else f"smashed: it should be {right:#x}"
    except UnreadableMemory:
        return None
