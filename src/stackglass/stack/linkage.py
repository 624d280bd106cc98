"""The words that an ABI has every frame keep at its lower end for the calls that it makes (PowerPC's).

    caller's SP + 4  ->  +------------------+
                         | LR save word     |  where whoever is called keeps its return address: above its own frame
    caller's SP      ->  +------------------+  CFA of whoever is called
                         | back chain       |  (of the frame whose end this is)

The return address of a frame is so in the frame outside it, and that frame's slots say whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackglass.errors import UnreadableMemory
from stackglass.isa.table import Linkage
from stackglass.model import Evidence, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.saved import is_saved_by_code, saved_by_rules
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites

_MOST_WITHOUT_FRAME = 8
"""Activations without a byte of stack, one called by the other, that are looked at."""


class KeptAbove(NamedTuple):
    """Where an activation keeps its return address above its CFA, and how that is known."""

    address: int
    evidence: Evidence


def kept_above(chain: FrameChain, index: int) -> KeptAbove | None:
    """Where frame `index` has put its return address in the frame outside it; None if it hasn't."""
    isa, activation = chain.facts.isa, chain.activation(index)
    if isa.linkage is None or activation.return_address is None or activation.cfa is None:
        return None
    address = activation.cfa + isa.linkage.return_address
    if any(one.low == address and one.owner.role is Role.RETURN_ADDRESS for one in saved_by_rules(chain, index)):
        return KeptAbove(address, Evidence.CFI)
    writes = FrameWrites(chain.moment, activation, chain.high(index), chain.facts)
    runs = writes.runs(address, address + isa.word_size) if writes.recorded else []
    is_kept = _word(chain, address) == activation.return_address
    return KeptAbove(address, Evidence.WRITES) if runs and is_kept and all(run.own for run in runs) else None


def linkage(chain: FrameChain, index: int, writes: FrameWrites) -> Iterator[Claim[Use]]:
    """Claims for these words of frame `index`, as far as it has made its frame."""
    area = chain.facts.isa.linkage
    if area is None:
        return
    yield from _of_callees(chain, index)
    low, high = chain.extent(index)
    if low < high:
        yield from _own(chain, index, area, writes)


def _own(chain: FrameChain, index: int, area: Linkage, writes: FrameWrites) -> Iterator[Claim[Use]]:
    low, word = chain.extent(index).low, chain.facts.isa.word_size
    stack_pointer = chain.facts.isa.stack_pointer
    back = low + area.back_chain
    value = _word(chain, back)
    began = chain.activation(index).call_step or 0  # who returns with SP lowered has written it, and is gone
    runs = writes.runs(back, back + word) if writes.recorded else []
    is_written = bool(runs) and all(run.own or (run.step or 0) >= began for run in runs)
    if value is None or not (value == chain.high(index) or is_saved_by_code(chain, index, stack_pointer)):
        return
    if is_written or (value == chain.high(index) and not writes.recorded):
        note = "back chain: 0, the outermost frame" if value == 0 else "back chain"
        yield Claim(back, back + word, Use(Role.SAVED_REGISTER, Evidence.ABI, register=stack_pointer, note=note))
        room = low + area.return_address
        note = "room for the return address of what it calls (LR save word)" + _smashed(chain, room, writes)
        yield Claim(room, room + word, Use(Role.PADDING, Evidence.ABI, note=note))


def _smashed(chain: FrameChain, room: int, writes: FrameWrites) -> str:
    """Who has left what is no return address there since the activation began: a callee is gone that kept its own."""
    facts, word = chain.facts, _word(chain, room)
    runs = writes.runs(room, room + facts.isa.word_size) if writes.recorded else []
    if (
        not word
        or facts.function_at(facts.isa.code_address(word)) is not None
        or not runs
        or not writes.began(runs[-1])
    ):
        return ""
    writer = writes.last_writer(runs)
    return f", OVERWRITTEN by {writer.function or hex(writer.pc)} at step {writer.step:,}" if writer else ""


def _of_callees(chain: FrameChain, index: int) -> Iterator[Claim[Use]]:
    """The return addresses that inner activations keep in frame `index`."""
    extent, word = chain.extent(index), chain.facts.isa.word_size
    found: list[tuple[bool, Claim[Use]]] = []
    for inner in range(index - 1, max(index - 1 - _MOST_WITHOUT_FRAME, -1), -1):
        if chain.high(inner) != extent.low:
            break
        kept = kept_above(chain, inner)
        if kept is not None and extent.low <= kept.address < extent.high:
            use = Use(Role.RETURN_ADDRESS, kept.evidence, frame=inner)
            is_right = _word(chain, kept.address) == chain.activation(inner).return_address
            found.append((not is_right, Claim(kept.address, kept.address + word, use)))
    yield from (claim for _, claim in sorted(found, key=lambda pair: pair[0]))


def _word(chain: FrameChain, address: int) -> int | None:
    try:
        return chain.memory.word(address)
    except UnreadableMemory:
        return None
