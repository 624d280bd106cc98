"""Room that a callee handed out in its caller's frame: it returned with SP lower than the call instruction found it.

What the callee leaves on top of the room, its return address and the registers that it saved, is nobody's any more, and
stays where it is until the caller's frame goes:

    caller's SP at the call ->  +-----------------+  CFA of the callee
                                | abandoned stub  |
                                +-----------------+
                                | room            |
    caller's SP afterwards  ->  +-----------------+
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackglass.model import AddressRange, Evidence, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.sources import Leaver
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites, Written


class Stub(NamedTuple):
    """The bytes [low, high) that one call left above the room it handed out. `claims` are those that it wrote."""

    low: int
    high: int
    claims: tuple[Claim[Use], ...]


def abandoned_stubs(chain: FrameChain, index: int, area: AddressRange, writes: FrameWrites) -> list[Stub]:
    """The stubs in `area`, by which SP stands lower than the code of frame `index` took it, from high addresses down.

    Calls that handed out room one after the other left stubs ever lower. What was written before the activation began,
    or by calls that put SP back, only lies in the room.
    """
    stubs: list[Stub] = []
    seen: set[Leaver] = set()
    latest = 0
    for run, leaver in _left(chain, index, area, writes):
        returned = leaver.returned_at or 0
        if leaver in seen or returned < latest:
            continue
        seen.add(leaver)
        stub = _stub(chain, index, area, leaver, writes) if _moved_stack_pointer(chain, leaver) else None
        if stub is not None and stub.low <= run.low:
            stubs.append(stub)
            latest = returned
    return stubs


def _left(chain: FrameChain, index: int, area: AddressRange, writes: FrameWrites) -> Iterator[tuple[Written, Leaver]]:
    """The runs in `area` that calls of the activation left behind, from high addresses to low, and which call did."""
    history, began = chain.moment.writes, chain.activation(index).call_step or 0
    for run in reversed(writes.runs(*area)):
        if history is not None and run.step is not None and run.step >= began and not run.own:
            yield run, history.left_by(run.low, run.step)


def _moved_stack_pointer(chain: FrameChain, leaver: Leaver) -> bool:
    """Whether SP was below its CFA when a call had returned; taken to be so where nobody can go back and look."""
    if leaver.cfa is None or leaver.returned_at is None:
        return False
    registers = chain.moment.registers_at(leaver.returned_at) if chain.moment.registers_at is not None else None
    return registers is None or registers[chain.facts.isa.stack_pointer] < leaver.cfa


def _stub(chain: FrameChain, index: int, area: AddressRange, leaver: Leaver, writes: FrameWrites) -> Stub | None:
    """What a call left of the bytes that its function's constants account for: what it wrote below is in the room."""
    function = chain.facts.function_at(leaver.entry) if leaver.entry is not None else None
    if function is None or leaver.cfa is None or leaver.cfa > area.high:
        return None
    top = AddressRange(max(leaver.cfa - chain.facts.fixed_size(function, chain.memory.read), area.low), leaver.cfa)
    use = Use(Role.TEMPORARY, Evidence.WRITES, note=f"left by {function.name}'s call")
    left = [run for run, by in _left(chain, index, top, writes) if by == leaver]
    if not left:
        return None
    return Stub(left[-1].low, leaver.cfa, tuple(Claim(run.low, run.high, use) for run in left))
