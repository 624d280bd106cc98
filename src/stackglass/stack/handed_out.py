"""Room that a callee handed out in its caller's frame: it returned with SP lower than the call instruction found it.

    SP at the call     ->  +-----------------+  CFA of the callee
                           | room            |
    SP after it        ->  +-----------------+

(What an ABI has at the lower end of every frame moves down with SP, so that the room begins and ends above it.)

How far SP was lowered shows in the calls that a frame has made: from one to the next SP stands where the code between
them has it, unless the first one left it elsewhere. All of that is the room. What the callee wrote on top of it, its
return address and the registers that it saved, is only what the room contains, unless the callee has left that out: the
size that it was asked for fits below, and the alignment of the stack accounts for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackglass.debuginfo.target import Function
from stackglass.errors import UnreadableMemory
from stackglass.model import AddressRange, Evidence, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.sources import CallMade
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites, Written


class Room(NamedTuple):
    """The bytes by which one call left SP lower, and those on top of them that it had no use for any more."""

    area: AddressRange
    stub: tuple[Claim[Use], ...]
    """What the callee left above what it was asked for; () if all of the area is the room, as far as anybody knows."""
    left: tuple[AddressRange, ...]
    """The bytes that are as the callee left them."""
    callee: str
    since: int
    """The step of the call: what was written since then was written into the room, by whomever."""

    @property
    def high(self) -> int:
        """The upper end of what was asked for."""
        return min((claim.low for claim in self.stub), default=self.area.high)

    def contents(self, low: int, high: int) -> str:
        """Of the bytes [low, high), which the callee has written last: ' (24 as allocate left them)'."""
        size = sum(max(min(one.high, high) - max(one.low, low), 0) for one in self.left)
        count = f"{size:,} " if size < high - low else ""
        return f" ({count}as {self.callee} left them)" if size else ""


class _Place(NamedTuple):
    """A place in the code of a frame, and SP there."""

    pc: int
    stack_pointer: int


def rooms_handed_out(chain: FrameChain, index: int, writes: FrameWrites) -> list[Room]:
    """The rooms that calls of frame `index` have left in it, from high addresses to low, popped bytes included."""
    ask, row = chain.moment.calls_made, chain.activation(index).row
    made = ask(row) if ask is not None and row is not None else ()
    if not made:
        return []
    places = [*(_Place(call.pc, call.cfa) for call in made), _now(chain, index, made[-1])]
    lowered = [None if place is None else _lowered(chain, index, place) for place in places]
    found: list[Room] = []
    for call, before, after in zip(made, lowered, lowered[1:], strict=False):
        if before is not None and after is not None and after > before:
            high = call.cfa + _beginning(chain, call)
            found.append(_room(chain, index, call, AddressRange(high - (after - before), high), writes))
    return found


def _room(chain: FrameChain, index: int, call: CallMade, area: AddressRange, writes: FrameWrites) -> Room:
    function = chain.facts.function_at(call.entry)
    name = function.name if function is not None else f"code at {call.entry:#x}"
    left = [run for run in writes.runs(*area) if _is_left_by(chain, call, run)]
    constant = _kept_on_top(chain, function) if function is not None else 0
    on_top = [run for run in left if call.cfa - constant <= run.low < call.cfa]
    stub = tuple(_stub(chain, call, area, on_top, name)) if on_top else ()
    return Room(area, stub, tuple(AddressRange(run.low, run.high) for run in left), name, call.step)


def _beginning(chain: FrameChain, call: CallMade) -> int:
    """How far above SP at the call the room begins: what an ABI has there moves down with SP, and so do arguments,
    unless the callee has taken them off before it made room."""
    linkage = chain.facts.isa.linkage
    function = chain.facts.function_at(call.entry)
    depths = chain.facts.depths_of(function, chain.memory.read) if function is not None else None
    moved = depths.kept_at_sp - depths.base if depths is not None and depths.base is not None else 0
    return max(moved, linkage.size if linkage is not None else 0)


def _kept_on_top(chain: FrameChain, function: Function) -> int:
    """Bytes from the CFA down to where a function makes room: what its code tells, or else all that it has pushed and
    taken off SP before its body."""
    base = chain.facts.depths_of(function, chain.memory.read).base
    return chain.facts.fixed_size(function, chain.memory.read) if base is None else base


def _now(chain: FrameChain, index: int, latest: CallMade) -> _Place | None:
    """Where the frame is by now; if it is lost, where it was when the latest call had come back."""
    isa, ask = chain.facts.isa, chain.moment.registers_at
    if index:
        pc = chain.activation(index - 1).call_pc
        return None if pc is None else _Place(pc, chain.high(index - 1))
    registers = chain.moment.registers
    if chain.is_lost(index):
        earlier = ask(latest.returned_at) if ask is not None else None
        if earlier is None:
            return None
        registers = earlier
    return _Place(registers[isa.pc], registers[isa.stack_pointer])


def _lowered(chain: FrameChain, index: int, place: _Place) -> int | None:
    """How far SP stood at a place of the frame's code below where that has it; None where that can't be told."""
    facts = chain.facts
    function = facts.function_at(chain.look_up(index))
    depths = facts.depths_of(function, chain.memory.read) if function is not None else None
    depth = depths.at(place.pc) if depths is not None and depths.is_certain(place.pc) else None
    return None if depth is None else chain.rules_cfa(index) - place.stack_pointer - depth


def _stub(
    chain: FrameChain, call: CallMade, area: AddressRange, on_top: list[Written], name: str
) -> Iterator[Claim[Use]]:
    """`on_top`, the bytes that a call left and that its function's constants account for, if they lie above what it was
    asked for."""
    asked = _asked(chain, call)
    if asked is None or not 0 <= on_top[0].low - area.low - asked < chain.facts.isa.stack_alignment:
        return
    left = f"left by {name}'s call"
    for run in on_top:
        yield Claim(run.low, run.high, Use(Role.TEMPORARY, Evidence.WRITES, note=left))
    if call.cfa < area.high:
        end = f"the frame's end before {name}'s call"
        yield Claim(call.cfa, area.high, Use(Role.TEMPORARY, Evidence.ABI, note=end))


def _is_left_by(chain: FrameChain, call: CallMade, run: Written) -> bool:
    """Whether a call that has come back, or one that it made, wrote the run last."""
    return run.step is not None and call.step <= run.step < call.returned_at


def _asked(chain: FrameChain, call: CallMade) -> int | None:
    """What the call's first argument was, as the ABI passes integers; None where that can't be told."""
    isa, history = chain.facts.isa, chain.moment.writes
    if isa.integer_arguments:
        registers = chain.moment.registers_at(call.step) if chain.moment.registers_at is not None else None
        return None if registers is None else registers.get(isa.integer_arguments[0])
    runs = history.runs(call.cfa, call.cfa + isa.word_size) if history is not None else ()
    if not runs or any(run.step is None or run.step >= call.step for run in runs):
        return None
    try:
        return chain.memory.word(call.cfa)
    except UnreadableMemory:
        return None
