"""Functions of code that does without the registers for vectors: those come on the stack, and are returned in memory.

Nothing in a program tells which way it was compiled, but the functions themselves: who was given the address of a
result takes it off the stack, and a parameter that lies where the caller put it came there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from stackglass.isa.passing import CallPlaces, Place

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function
    from stackglass.stack.facts import Facts, Read


class PlacesOf(Protocol):
    """The ABI's places for some of the parameters, by their positions: as if it had no others; `in_memory`: of
    `Isa.assign_in_memory`."""

    def __call__(self, positions: Sequence[int], *, in_memory: bool = False) -> CallPlaces: ...


def fitting(
    facts: Facts, function: Function, places_of: PlacesOf, lies: Sequence[int | None], read: Read
) -> tuple[CallPlaces, bool]:
    """The places of all parameters that fit the function, and whether those are the ones in memory; `lies` has how far
    above the CFA each parameter lies, as far as that is known."""
    if facts.isa.assign_in_memory is None:
        return places_of(range(len(lies))), False
    in_memory = _takes_result_pointer(facts, function, places_of, len(lies), read) or _lie_on_stack(places_of, lies)
    places = places_of(range(len(lies)), in_memory=in_memory)
    return certain(facts, function, places, lies, read, in_memory=in_memory), in_memory


def _takes_result_pointer(facts: Facts, function: Function, places_of: PlacesOf, count: int, read: Read) -> bool:
    """Whether a function of `count` parameters takes the address of its vector off the stack, and so has no registers
    for it."""
    usual, other = places_of(range(count)), places_of(range(count), in_memory=True)
    is_asked = usual.hidden_result_pointer is None and other.hidden_result_pointer is not None
    return is_asked and facts.arguments_taken_off(function.low, read) == facts.isa.word_size


def _lie_on_stack(places_of: PlacesOf, lies: Sequence[int | None]) -> bool:
    """Whether some parameters for which there are registers lie where they would have come on the stack, by how far
    above the CFA each lies, and none elsewhere there."""
    usual, other = (places_of(range(len(lies)), in_memory=in_memory).arguments for in_memory in (False, True))
    pairs = [(a, b, at) for a, b, at in zip(usual, other, lies, strict=True) if at is not None and at >= 0]
    fit = [b.stack_offset == at for _, b, at in pairs]
    return all(fit) and any(a.registers and b.stack_offset == at for a, b, at in pairs)


def certain(
    facts: Facts, function: Function, places: CallPlaces, lies: Sequence[int | None], read: Read, *, in_memory: bool
) -> CallPlaces:
    """The places without those that only some compilers would choose.

    Where the function's code names no register for vectors, it may have been compiled without them; and on the stack
    compilers don't agree on how vectors are aligned, and so not on what follows one.
    """
    if facts.isa.assign_in_memory is None:
        return places
    usable = _usable_registers(facts, function, read)
    arguments, is_open = [], False
    for place, at in zip(places.arguments, lies, strict=True):
        is_open |= in_memory and sum(part.size for _, part in place.stack_parts) >= facts.isa.stack_alignment
        is_told = at == place.stack_offset if is_open and place.stack_parts else usable.issuperset(place.registers)
        arguments.append(place if is_told else Place((), "which way compilers take for it is not known here"))
    result = places.result
    if result is not None and not usable.issuperset(result.registers):
        result = None
    return replace(places, arguments=tuple(arguments), result=result)


def _usable_registers(facts: Facts, function: Function, read: Read) -> set[str]:
    """The registers that there are for the function: those for vectors only if its code puts anything into one, or
    stores one."""
    optional = facts.isa.optional_registers
    others = {register.name for register in facts.isa.registers} - optional
    code = facts.code_of(function, read)
    named = {name for one in code for name in (*one.writes, *(store.register for store in one.stores))}
    return others | optional if named & optional else others
