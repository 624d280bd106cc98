"""The rooms that a frame's run-time area consists of: where one ends and the next begins.

Known without doubt are the arrays whose place and length debug information tells; where a pointer or an array of
unknown length begins; and how far SP had been lowered at each call that the frame has made: no room lies across that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stackglass.debuginfo.expressions import InMemory, InRegister
from stackglass.debuginfo.types import PointerType
from stackglass.errors import UnreadableMemory
from stackglass.model import AddressRange, Evidence, Initialised, Role
from stackglass.stack.depth import Depths
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.moved_by_prologue import moved_by_prologue
from stackglass.stack.sources import CallMade, Ran
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.uses import Use
from stackglass.stack.variables import FrameVariables, Located
from stackglass.stack.written import FrameWrites, Written

_ROUNDING = 32
"""Compilers round what is asked for up to the stack's alignment, and some add as much again."""


def rooms_in(
    chain: FrameChain,
    index: int,
    variables: FrameVariables,
    writes: FrameWrites,
    area: AddressRange,
    popped: int,
    known: Sequence[Claim[Use]],
) -> Iterator[Claim[Use]]:
    """Claims for what no claim of `known` has of frame `index`'s run-time area. Rounding is nobody's.

    `popped`: bytes just below the area that were of its lowest room.
    """
    pieces = tile(area.low, area.high, known)
    has_variables = any(piece.claim is not None and piece.claim.owner.variable is not None for piece in pieces)
    ends = _ends(chain, index, area)
    cutting = _Cutting(chain, index, writes, _starts(variables, area, writes), has_variables, frozenset(ends))
    for piece in pieces:
        if piece.claim is None:
            for low, high in pairwise([piece.low, *(end for end in ends if piece.low < end < piece.high), piece.high]):
                yield from cutting.cut(low, high, popped if low == area.low else 0)


def _ends(chain: FrameChain, index: int, area: AddressRange) -> list[int]:
    """Where SP's share of the area ended at the calls that the frame has made, as far as that is still allocated, and
    where it ended when room was given back between them."""
    ask, row = chain.moment.calls_made, chain.activation(index).row
    function = chain.facts.function_at(chain.look_up(index))
    if ask is None or row is None or function is None:
        return []
    made = ask(row)
    depths = chain.facts.depths_of(function, chain.memory.read)
    top = chain.rules_cfa(index) - (moved_by_prologue(chain, index, depths) or 0)
    found: list[int] = []

    def note(stack_pointer: int, depth: int, *, is_call: bool) -> None:
        low = area.high - (top - stack_pointer - depth)
        is_raised = bool(found) and found[-1] < low
        while found and found[-1] < low:
            found.pop()  # given back
        if (is_call or is_raised) and (not found or low < found[-1]):
            found.append(low)

    for call, moved in zip(made, _moved_behind(chain, index, made, depths), strict=True):
        depth = depths.at(call.pc) if depths.is_certain(call.pc) else None
        if depth is not None:
            note(call.cfa, depth, is_call=True)
        for one in moved:
            depth = depths.after(one.pc)
            if depth is not None:
                note(one.stack_pointer, depth, is_call=False)
    return [low for low in reversed(found) if area.low <= low < area.high]


def _moved_behind(chain: FrameChain, index: int, made: Sequence[CallMade], depths: Depths) -> list[Sequence[Ran]]:
    """For each call that frame `index` has made, what has set SP behind it, before the next one or by now."""
    inner = chain.activation(index - 1) if index else None
    now, pc = (chain.moment.step, chain.pc(0)) if inner is None else (inner.call_step, inner.call_pc)
    found: list[Sequence[Ran]] = [()] * len(made)
    if not made or chain.moment.ran is None or now is None or pc is None:
        return found
    ends = [*((call.pc, call.step) for call in made[1:]), (pc, now)]
    moves = [depths.moves_between(call.pc, end) for call, (end, _) in zip(made, ends, strict=True)]
    asked = [number for number, pcs in enumerate(moves) if pcs]
    spans = [(made[number].returned_at, ends[number][1]) for number in asked]
    for number, ran in zip(asked, chain.moment.ran(frozenset().union(*moves), spans) if asked else (), strict=True):
        found[number] = ran
    return found


def _starts(variables: FrameVariables, area: AddressRange, writes: FrameWrites) -> dict[int, Located | None]:
    """Where rooms begin, by what is in view: what pointers point to, and arrays of which only the address is known."""
    starts: dict[int, Located | None] = dict.fromkeys(_pointers_into(variables, area, writes))
    for located in variables.in_scope():
        if located.has_unknown_length and isinstance(located.place, InMemory) and area.holds(located.place.address):
            starts[located.place.address] = located
    return starts


@dataclass(frozen=True, slots=True)
class _Cutting:
    """What is needed to cut the run-time area of frame `index` into rooms."""

    chain: FrameChain
    index: int
    writes: FrameWrites
    starts: Mapping[int, Located | None]
    has_variables: bool
    ends: frozenset[int]
    """Where a room begins for certain, but for what its own rounding puts below it."""

    def cut(self, low: int, high: int, popped: int) -> list[Claim[Use]]:
        """Claims for [low, high), one from each start that lies in it to the next."""
        cuts = sorted(start for start in self.starts if low <= start < high)
        if not cuts:
            is_rounding = (
                low not in self.ends and self.has_variables and high - low < _ROUNDING and not self._is_room(low, high)
            )
            return [] if is_rounding else [allocation(low, high, popped)]
        if cuts[0] - low >= _ROUNDING or popped or (low < cuts[0] and self._is_room(low, cuts[0])):
            cuts.insert(0, low)
        ends = [*cuts[1:], high]
        return [self._claim(start, end, popped if start == low else 0) for start, end in zip(cuts, ends, strict=True)]

    def _claim(self, low: int, high: int, popped: int) -> Claim[Use]:
        located = self.starts.get(low)
        if located is None:
            return allocation(low, high, popped)
        why = "its stored length overwritten" if located.has_lost_length else "its length not known"
        note = f"variable-length array, {why}, in {high - low:,} bytes allocated at run time"
        name, type_ = located.info.name, located.type
        return Claim(low, high, Use(Role.ALLOCA, Evidence.DEBUG_INFO, name, type_, None, note, 0, located, low))

    def _is_room(self, low: int, high: int) -> bool:
        """Whether a few bytes to which no variable leads are a room: it begins where a room may, and was written other
        than for calls, and not by what ran on from below."""
        if low % self.chain.facts.isa.stack_alignment:
            return False
        runs = [run for run in self.writes.runs(low, high) if run.own]
        below = self.writes.runs(low - 1, low)
        return any(not self._is_for_calls(run) and self._origin(run) != self._origin(below[0]) for run in runs)

    def _is_for_calls(self, run: Written) -> bool:
        """Whether an instruction that pushes, or one that stores at SP, wrote it."""
        facts, read = self.chain.facts, self.chain.memory.read
        function = facts.function_at(run.pc) if run.pc is not None else None
        one = facts.code_of(function, read).at(run.pc) if function is not None and run.pc is not None else None
        if one is None:
            return True
        return bool(one.stack_delta) or any(store.base == facts.isa.stack_pointer for store in one.stores)

    def _origin(self, run: Written) -> tuple[int | None, int | None]:
        """The call of this frame under which it was written, or else the instruction."""
        row, history = self.chain.activation(self.index).row, self.chain.moment.writes
        callee = history.callee_at(run.step, row) if history and row is not None and run.step is not None else None
        return (callee, run.pc if callee is None else None)


def allocation(low: int, high: int, popped: int, contents: str = "", since: int | None = None) -> Claim[Use]:
    """The claim of a room without a name, or of what is left of it when `popped` bytes at its lower end are gone."""
    left = f"{high - low:,} bytes left of " if popped else ""
    note = f"{left}{high - low + popped:,} bytes allocated at run time{contents}"
    return Claim(low, high, Use(Role.ALLOCA, Evidence.WRITES, note=note, address=low, since=since))


def _pointers_into(variables: FrameVariables, area: AddressRange, writes: FrameWrites) -> list[int]:
    values = (pointer_value(variables, located, writes) for located in variables.in_scope())
    return [value for value in values if value is not None and area.holds(value)]


def pointer_value(variables: FrameVariables, located: Located, writes: FrameWrites) -> int | None:
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
