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
    addresses = {chain.rules_cfa(index) + s.cfa_offset for s in stores if s.cfa_offset is not None}
    if writes.recorded:
        pcs = {store.pc for store in stores}
        addresses |= {run.low for run in writes.runs(*extent) if run.pc in pcs and run.own}
        addresses = {one for one in addresses if writes.initialised(one, one + word) is not Initialised.NONE}
    elif look_up <= min(store.pc for store in stores):
        return []
    return [
        Claim(one, one + word, Use(Role.CANARY, Evidence.ABI, note=canary_note(chain, one)))
        for one in sorted(addresses)
        if extent.low <= one < extent.high
    ]


def canary_note(chain: FrameChain, address: int) -> str | None:
    """'smashed: it should be …' if the word at `address` is not the thread's canary."""
    isa = chain.facts.isa
    thread_pointer = chain.moment.registers.get(isa.thread_pointer)
    if thread_pointer is None or isa.canary_thread_offset is None:
        return None
    try:
        right = chain.memory.word(thread_pointer + isa.canary_thread_offset)
        return None if chain.memory.word(address) == right else f"smashed: it should be {right:#x}"
    except UnreadableMemory:
        return None
