"""Room that a frame got at run time: by alloca, or from a callee that left SP lower than it found it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stackglass.model import AddressRange
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.handed_out import Room, rooms_handed_out
from stackglass.stack.moved_by_prologue import moved_by_prologue
from stackglass.stack.rooms import allocation, rooms_in
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.uses import Use
from stackglass.stack.variables import FrameVariables
from stackglass.stack.written import FrameWrites


class Dynamic(NamedTuple):
    """The bytes by which SP stands lower than constants would have it. `handed_out`: callees did that."""

    area: AddressRange
    handed_out: bool
    popped: int = 0
    """Bytes at its lower end that were popped by code that pops what lies above."""
    is_certain: bool = True
    """Whether the code says so; if not, only what such a callee left on top of the room can tell."""


def allocations(
    chain: FrameChain, index: int, variables: FrameVariables, writes: FrameWrites, known: Sequence[Claim[Use]]
) -> list[Claim[Use]]:
    """The pieces of the frame's run-time area that no claim of `known` has: the rooms that its calls have handed out,
    or else cut where pointers point into it."""
    found = dynamic_area(chain, index)
    if found is None:
        return []
    area = found.area
    rooms = rooms_handed_out(chain, index, writes) if found.handed_out else []
    if rooms and sum(room.area.size for room in rooms) == area.size + found.popped:
        low = chain.extent(index).low
        return [claim for room in rooms for claim in _handed_out(room, max(low, room.area.low), known)]
    if not found.is_certain:
        return []
    return list(rooms_in(chain, index, variables, writes, area, found.popped, known))


def _handed_out(room: Room, low: int, known: Sequence[Claim[Use]]) -> Iterator[Claim[Use]]:
    """Claims for what is left of a room, above `low`."""
    yield from (claim for claim in room.stub if low < claim.high)
    for piece in tile(low, room.high, known) if low < room.high else ():
        if piece.claim is None:
            popped = low - room.area.low if piece.low == low else 0
            yield allocation(piece.low, piece.high, popped, room.contents(piece.low, piece.high), room.since)


def dynamic_area(chain: FrameChain, index: int) -> Dynamic | None:
    """The bytes by which SP stands lower than the function's constants alone would have it; None if there are none."""
    facts, extent = chain.facts, chain.extent(index)
    function = facts.function_at(chain.look_up(index))
    entry = chain.activation(index).entry
    if chain.activation(index).low is not None:
        return (
            None  # a frame that lies apart is as large as its function's frames are: there is nothing to make room on
        )
    if function is None or not extent.size or (entry is not None and facts.function_at(entry) is not function):
        return None  # hand-written code may have come here in a frame that another function made
    fixed = facts.fixed_size(function, chain.memory.read)
    cfa = chain.rules_cfa(index)
    if cfa - extent.low <= fixed:  # nearly always, and without looking at all of the code
        return None
    depths = facts.depths_of(function, chain.memory.read)
    if chain.is_lost(index):
        return Dynamic(AddressRange(extent.low, cfa - fixed), handed_out=True, popped=fixed, is_certain=False)
    pc = chain.pc(index) if index == 0 else chain.activation(index - 1).call_pc
    depth = depths.at(pc) if pc is not None else None
    if pc is None or depth is None or not (depths.allocates or depths.is_certain(pc)):
        return None
    if depths.base is not None:
        fixed = depths.base
    if (depths.allocates and depth < fixed) or (depths.prologue_moves and not depths.allocates):
        return None
    moved = moved_by_prologue(chain, index, depths)
    if moved is None:
        return None
    low = extent.low + max(depth - fixed, 0) + depths.kept_at_sp
    area = AddressRange(low, min(cfa - moved - fixed + depths.kept_at_sp, extent.high))
    popped = max(fixed - depth, 0)
    return Dynamic(area, handed_out=not depths.allocates, popped=popped) if area.low < area.high else None
