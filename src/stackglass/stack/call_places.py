"""Where a function's parameters are passed, and its result: by the ABI, or by the convention that it has instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackglass.debuginfo.argument_types import argument_type
from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.isa.passing import CallPlaces
from stackglass.stack.conventions import as_told, may_differ
from stackglass.stack.other_conventions import as_found
from stackglass.stack.vectors_in_memory import PlacesOf, fitting

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function
    from stackglass.stack.facts import Facts, Read


def find_call_places(facts: Facts, subprogram: Subprogram, function: Function, read: Read) -> CallPlaces | None:
    """The places of a call of `function`, as it was entered; None if they can't be told. `Facts` keeps them."""
    nothing: list[VariableInfo] = []
    parameters = facts.safely(subprogram.parameters, nothing)
    places_of = _assigned(facts, subprogram, parameters)
    if places_of is None:
        return None
    places, _ = fitting(facts, function, places_of, [None] * len(parameters), read)
    at = (function.symbol, function.low)
    if not facts.safely(lambda: may_differ(subprogram, *at, parameters), False):
        return facts.safely(lambda: as_found(facts, subprogram, function, parameters, places_of, read), places)
    return facts.safely(lambda: as_told(facts.isa, places, subprogram, parameters, *at), None)


def declared_passing(facts: Facts, subprogram: Subprogram) -> CallPlaces | None:
    """Where a function that is only declared takes its arguments by the ABI, or None if that can't be told."""
    nothing: list[VariableInfo] = []
    parameters = facts.safely(subprogram.parameters, nothing)
    places_of = _assigned(facts, subprogram, parameters)
    return None if places_of is None else places_of(range(len(parameters)))


def _assigned(facts: Facts, subprogram: Subprogram, parameters: Sequence[VariableInfo]) -> PlacesOf | None:
    """The ABI's places for those of the parameters that are asked about; None if their types can't be told."""
    assign, isa = facts.isa.assign, facts.isa
    arguments = facts.safely(lambda: [argument_type(each.type, isa) for each in parameters], None)
    result = facts.safely(lambda: subprogram.return_type, None)
    if assign is None or arguments is None or result is None:
        return None
    returned = argument_type(result, isa) if result.strip().size else None

    def places_of(positions: Sequence[int], *, in_memory: bool = False) -> CallPlaces:
        named = len(positions) if subprogram.prototype_variadic else None
        chosen = (isa.assign_in_memory if in_memory else None) or assign
        return chosen([arguments[position] for position in positions], returned, named)

    return places_of
