"""Room that a frame got at run time: by alloca, or from a callee that left SP lower than it found it."""

from __future__ import annotations

from collections.abc import Sequence

from stackglass.debuginfo.expressions import InMemory, InRegister
from stackglass.debuginfo.types import PointerType
from stackglass.errors import UnreadableMemory
from stackglass.model import AddressRange, Evidence, Initialised, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.uses import Use
from stackglass.stack.variables import FrameVariables, Located
from stackglass.stack.written import FrameWrites

_ROUNDING = 32
"""Compilers round what is asked for up to the stack's alignment, and some add as much again."""


def allocations(
    chain: FrameChain, index: int, variables: FrameVariables, writes: FrameWrites, named: Sequence[Claim[Use]]
) -> list[Claim[Use]]:
    """The pieces of the frame's run-time area that no variable of `named` has, cut where pointers point into it."""
    area = dynamic_area(chain, index, writes)
    if area is None:
        return []
    pieces = tile(area.low, area.high, named)
    inside = [piece for piece in pieces if piece.claim is not None]
    starts = sorted(set(_pointers_into(variables, area, writes)))
    claims: list[Claim[Use]] = []
    for piece in pieces:
        if piece.claim is None:
            claims += _cut(piece.low, piece.high, starts, has_variables=bool(inside))
    return claims


def dynamic_area(chain: FrameChain, index: int, writes: FrameWrites) -> AddressRange | None:
    """The bytes by which SP stands lower than the function's constants alone would have it; None if there are none."""
    facts, extent = chain.facts, chain.extent(index)
    function = facts.function_at(chain.look_up(index))
    entry = chain.activation(index).entry
    if function is None or not extent.size or (entry is not None and facts.function_at(entry) is not function):
        return None  # hand-written code may have come here in a frame that another function made
    fixed = facts.fixed_size(function, chain.memory.read)
    cfa = chain.rules_cfa(index)
    if cfa - extent.low <= fixed:  # nearly always, and without looking at all of the code
        return None
    depths = facts.depths_of(function, chain.memory.read)
    pc = chain.pc(index) if index == 0 else chain.activation(index - 1).call_pc
    depth = depths.at(pc) if pc is not None else None
    if pc is None or depth is None or not (depths.allocates or depths.is_certain(pc)):
        return None
    if depth < fixed or (depths.aligns and not depths.allocates):
        return None
    area = AddressRange(extent.low + depth - fixed, cfa - fixed)
    if area.size <= 0:
        return None
    return area if depths.allocates else _handed_out(area, writes)


def _handed_out(area: AddressRange, writes: FrameWrites) -> AddressRange | None:
    """The area without what the callee that made it left at its top: its own abandoned frame."""
    high = area.high
    for run in reversed(writes.runs(*area)):
        if run.own or run.step is None:
            break
        high = run.low
    return AddressRange(area.low, high) if high > area.low else None


def _cut(low: int, high: int, starts: Sequence[int], *, has_variables: bool) -> list[Claim[Use]]:
    """Claims for [low, high), one from each start that lies in it to the next. Rounding is nobody's."""
    cuts = [start for start in starts if low <= start < high]
    if not cuts:
        return [] if has_variables and high - low < _ROUNDING else [_allocation(low, high)]
    if cuts[0] - low >= _ROUNDING:
        cuts.insert(0, low)
    return [_allocation(start, end) for start, end in zip(cuts, [*cuts[1:], high], strict=True)]


def _allocation(low: int, high: int) -> Claim[Use]:
    note = f"{high - low:,} bytes allocated at run time"
    return Claim(low, high, Use(Role.ALLOCA, Evidence.WRITES, note=note, address=low))


def _pointers_into(variables: FrameVariables, area: AddressRange, writes: FrameWrites) -> list[int]:
    values = (_pointer_value(variables, located, writes) for located in variables.in_scope())
    return [value for value in values if value is not None and area.holds(value)]


def _pointer_value(variables: FrameVariables, located: Located, writes: FrameWrites) -> int | None:
    """The value of a pointer variable that has been set; None for any other variable."""
    if not isinstance(located.type.strip(), PointerType):
        return None
    place = located.place
    try:
        if isinstance(place, InRegister):
            return variables.register(place.register)
        if isinstance(place, InMemory):
            end = place.address + located.size
            if writes.recorded and writes.initialised(place.address, end) is not Initialised.ALL:
                return None
            return variables.chain.memory.word(place.address)
    except (LookupError, UnreadableMemory):
        return None
    return None
