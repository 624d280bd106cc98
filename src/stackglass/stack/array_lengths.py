"""Whether what is kept of an array of variable length, its place and its length, holds yet, and still.

Both are written where it is declared. An overrun may have overwritten the length; and when its block has ended the
array's room may be somebody else's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackglass.debuginfo.expressions import InMemory, evaluate
from stackglass.debuginfo.subprograms import VariableInfo
from stackglass.debuginfo.types import VOID, ArrayType, Bound, resolved
from stackglass.model import AddressRange
from stackglass.stack.moved_by_prologue import moved_by_prologue
from stackglass.stack.raised import highest_since
from stackglass.stack.stack_memory import NotedReads

if TYPE_CHECKING:
    from stackglass.stack.variables import FrameVariables, Located


def has_lost_length(variables: FrameVariables, located: Located) -> bool:
    """Whether a length that was found for an array can't be its own."""
    declared = located._replace(type=located.info.type)
    if not isinstance(located.type.strip(), ArrayType) or not declared.has_unknown_length or located.has_unknown_length:
        return False
    return _is_too_long(variables, located) or _has_foreign_length(variables, located.info)


def is_yet_to_come(variables: FrameVariables, info: VariableInfo) -> bool:
    """Whether it is an array whose length is still to be computed, or was an earlier time round: clang has a place
    for it from its declaration on."""
    plain = info.type.strip()
    while isinstance(plain, ArrayType) and plain.has_unknown_length:
        if plain.bound is not None and variables.are_leftovers(variables.kept_at(plain.bound)):
            return True
        if info.is_before_its_places(variables.chain.look_up(variables.index)):
            return True
        plain = plain.element.strip()
    return False


def is_given_back(variables: FrameVariables, located: Located) -> bool:
    """Whether an array of variable length would lie across where rooms may begin, or below it and its declaration
    is still to come, or its room was given back since it was made: its address is that of an earlier time round."""
    chain, place, function = variables.chain, located.place, variables.function
    low = chain.extent(variables.index).low - chain.not_mapped(variables.index)
    if not located.is_variable_length or not isinstance(place, InMemory) or function is None:
        return False
    depths = variables.facts.depths_of(function, chain.memory.read)
    if place.address >= low:
        made = _made_at(variables, located.info) if depths.gives_back else None
        return (
            made is not None
            and place.address < highest_since(chain, variables.index, depths, made) + depths.kept_at_sp
            and chain.extent(variables.index).holds(place.address)
        )
    return place.address + located.size > low + depths.kept_at_sp or _is_before_declaration(variables, located.info)


def is_still_allocated(variables: FrameVariables, located: Located) -> bool:
    """Whether an array of variable length that is out of scope has its room still: the function's code gives back none
    before it returns, and where the array's place and length are kept, its own block has put them."""
    chain, index, place, function = variables.chain, variables.index, located.place, variables.function
    writes = chain.moment.writes
    if (
        not located.is_variable_length
        or not isinstance(place, InMemory)
        or function is None
        or writes is None
        or not chain.extent(index).holds(place.address)
        or variables.facts.depths_of(function, chain.memory.read).gives_back
    ):
        return False
    begun, kept = chain.activation(index).call_step or 0, _kept_at(variables, located.info)
    runs = [run for start, end in kept if writes.covers(start) for run in writes.runs(start, end)]
    return bool(runs) and all(
        run.step is not None and run.step >= begun and run.pc is not None and located.info.in_scope(run.pc)
        for run in runs
    )


def _made_at(variables: FrameVariables, info: VariableInfo) -> int | None:
    """The step at which the frame put an array's address and length where they are kept in memory; None if that isn't
    known."""
    writes, begun = variables.chain.moment.writes, variables.chain.activation(variables.index).call_step or 0
    kept = _kept_at(variables, info) if writes is not None else []
    runs = [run for place in kept if writes is not None and writes.covers(place.low) for run in writes.runs(*place)]
    steps = [run.step for run in runs if run.step is not None]
    return max(steps) if steps and len(steps) == len(runs) and min(steps) >= begun else None


def _is_before_declaration(variables: FrameVariables, info: VariableInfo) -> bool:
    """Whether the line table has the frame's pc at a line before the variable's, or at that, where the function
    begins before it."""
    declared, subprogram = info.declared_line, variables.subprogram
    line = _line_at(variables, variables.chain.look_up(variables.index))
    if line is None or declared is None or subprogram is None:
        return False
    opening = _line_at(variables, subprogram.low)
    return line < declared or (line == declared and opening is not None and opening < declared)


def _line_at(variables: FrameVariables, pc: int) -> int | None:
    return variables.facts.safely(lambda: variables.facts.target.position(pc).line, None)


def _kept_at(variables: FrameVariables, info: VariableInfo) -> list[AddressRange]:
    """Where in memory an array's address and its length are kept; none where either is known otherwise."""
    chain, reads = variables.chain, NotedReads(variables.chain.memory.read)
    expression = info.location(chain.look_up(variables.index))
    context, lengths = replace(variables.context(), read_memory=reads), _length_kept_at(variables, info)
    if expression is not None:
        variables.facts.safely(lambda: evaluate(expression, context), None)
    return [*reads.ranges, *lengths] if reads.ranges and lengths else []


def _length_kept_at(variables: FrameVariables, info: VariableInfo) -> list[AddressRange]:
    places: list[AddressRange] = []

    def note(bound: Bound) -> int | None:
        places.extend(variables.kept_at(bound))
        return variables.bound(bound)

    variables.facts.safely(lambda: resolved(info.type, note), VOID)
    return places


def _is_too_long(variables: FrameVariables, located: Located) -> bool:
    """Whether the array would lie across where the frame's first room began: it is in none that the function can have
    made."""
    chain, index, place, function = variables.chain, variables.index, located.place, variables.function
    if not isinstance(place, InMemory) or function is None or not chain.extent(index).holds(place.address):
        return False
    depths = variables.facts.depths_of(function, chain.memory.read)
    moved = moved_by_prologue(chain, index, depths)
    if depths.base is None or moved is None:
        return False
    top = chain.rules_cfa(index) - moved - depths.base + depths.kept_at_sp
    return place.address < top < place.address + located.size


def _has_foreign_length(variables: FrameVariables, info: VariableInfo) -> bool:
    """Whether another function has written where the compiler keeps the length, in no variable of the source's."""
    low, high = variables.chain.extent(variables.index).low, variables.chain.rules_cfa(variables.index)
    return any(
        low <= place.low < place.high <= high and _is_foreign(variables, place) and not _is_named(variables, place)
        for place in _length_kept_at(variables, info)
    )


def _is_foreign(variables: FrameVariables, place: AddressRange) -> bool:
    """Whether code of another function has written any of these bytes since the activation began."""
    writes, begun = variables.chain.moment.writes, variables.chain.activation(variables.index).call_step or 0
    runs = writes.runs(*place) if writes is not None and writes.covers(place.low) else ()
    return any(
        run.step is not None
        and run.pc is not None
        and run.step >= begun
        and variables.facts.subprogram_at(run.pc) is not variables.subprogram
        for run in runs
    )


def _is_named(variables: FrameVariables, place: AddressRange) -> bool:
    """Whether a variable of the source's has any of these bytes: anybody may write there."""
    subprogram, pc = variables.subprogram, variables.chain.look_up(variables.index)
    infos = variables.facts.safely(lambda: subprogram.variables_at(pc), ()) if subprogram else ()
    return any(_has_any(variables, info, place) for info in infos if info.name and not info.artificial)


def _has_any(variables: FrameVariables, info: VariableInfo, wanted: AddressRange) -> bool:
    place = variables.facts.safely(lambda: variables.place_of(info), None)
    if not isinstance(place, InMemory):
        return False
    return place.address < wanted.high and wanted.low < place.address + info.type.strip().size
