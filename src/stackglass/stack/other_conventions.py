"""Functions that attributes give another calling convention (i386's regparm, fastcall and sseregparm; x86-64's ms_abi).

gcc's debug information has no word for it. What it has is where the parameters lie: one that stays where the caller
put it, on the stack; one that unoptimised code copies from a register to its own place first thing; one that is in a
register at the first instruction. Where that isn't as the ABI has it, the places are told by that, and what it leaves
open is not told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackglass.debuginfo.operations import operations
from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.passing import CallPlaces, Place
from stackglass.isa.places import in_registers, on_stack
from stackglass.stack.conventions import register_at
from stackglass.stack.vectors_in_memory import PlacesOf, certain, fitting

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function
    from stackglass.stack.facts import Facts, Read

_CALL_FRAME_CFA = b"\x9c"
_FIRST_REGISTER, _END_REGISTERS = 0x50, 0x70  # DW_OP_reg0 to DW_OP_reg31
_LONGEST_THUNK = 16
"""Bytes: what gets the pc into a register for position-independent code is a load and a return."""
_NOT_THE_ABIS = "another calling convention than the ABI's"


def as_found(
    facts: Facts,
    subprogram: Subprogram,
    function: Function,
    parameters: Sequence[VariableInfo],
    places_of: PlacesOf,
    read: Read,
) -> CallPlaces:
    """The ABI's places, or those of the convention that the function has instead.

    BadDebugInfo if its parameters' places can't be read.
    """
    lies = [_from_cfa(facts, subprogram, function, parameter) for parameter in parameters]
    places, in_memory = fitting(facts, function, places_of, lies, read)
    assign = partial(places_of, in_memory=in_memory)
    stored = _stored(facts, function, read) if any(at is not None for at in lies) else {}
    came = [
        _registers(facts, parameter, function.low, at, stored) for parameter, at in zip(parameters, lies, strict=True)
    ]
    if not any(map(_contradicts, places.arguments, lies, came)):
        return places
    rest = [position for position, names in enumerate(came) if not names]
    others = dict(zip(rest, assign(rest).arguments, strict=True))
    are_as_told = all(
        lies[position] is None or (lies[position] or 0) < 0 or place.stack_offset == lies[position]
        for position, place in others.items()
    )
    arguments = tuple(
        _place(facts, parameter, lies[position], came[position], others.get(position) if are_as_told else None)
        for position, parameter in enumerate(parameters)
    )
    ends = [offset + part.size for place in arguments for offset, part in place.stack_parts]
    word = facts.isa.word_size
    found = replace(places, arguments=arguments, stack_bytes=-(-max(ends, default=0) // word) * word)
    kinds = {facts.isa.register(name).kind for names in came for name in names}
    found = certain(facts, function, found, lies, read, in_memory=in_memory)
    if places.hidden_result_pointer is None and "vector" not in kinds:
        return found
    return replace(found, result=None, hidden_result_pointer=None)  # its place may be another one too


def _contradicts(place: Place, lies: int | None, came: Sequence[str]) -> bool:
    """Whether a parameter is otherwise than the ABI has it: where it came in a register, or still is on the stack."""
    if place.by_reference or not place.parts:
        return False
    if came:
        return came[0] not in place.registers
    return lies is not None and lies >= 0 and place.stack_offset is not None and place.stack_offset != lies


def _place(facts: Facts, parameter: VariableInfo, lies: int | None, came: Sequence[str], other: Place | None) -> Place:
    size = parameter.type.strip().size
    if came:
        width = facts.isa.register(came[0]).bits // 8
        return Place(in_registers(came, size, width), f"the function takes it there: {_NOT_THE_ABIS}")
    if lies is not None and lies >= 0:
        return Place(on_stack(size, lies), f"the function finds it there: {_NOT_THE_ABIS}")
    if other is not None:
        return replace(other, reason=f"the next of those that do not go in registers: {_NOT_THE_ABIS}")
    return Place((), f"debug information does not tell where it came in: {_NOT_THE_ABIS}")


def _registers(
    facts: Facts, parameter: VariableInfo, low: int, lies: int | None, stored: Mapping[int, str]
) -> tuple[str, ...]:
    """The registers that a parameter came in; () for one that came on the stack, or of which that isn't known."""
    number = register_at(parameter, low)
    register = facts.isa.by_dwarf(number) if number is not None else None
    if register is not None:  # C's `register` has a parameter in one that is kept for the caller, for all of a function
        return () if register.callee_saved else (register.name,)
    if lies is None or lies not in stored:
        return ()
    first = facts.isa.register(stored[lies])
    offsets = range(0, max(parameter.type.strip().size, 1), first.bits // 8)
    names = tuple(stored[lies + offset] for offset in offsets if lies + offset in stored)
    return names if len(names) == len(offsets) else ()


def _from_cfa(facts: Facts, subprogram: Subprogram, function: Function, parameter: VariableInfo) -> int | None:
    """Where the body of the function has a parameter, in bytes above the CFA; None if that is no fixed place."""
    body = facts.body_address(function)
    location, base = parameter.location(body), subprogram.frame_base_at(body)
    told = operations(location) if location is not None else []
    if len(told) != 1 or told[0].name != "fbreg" or base is None:
        return None
    if bytes(base) == _CALL_FRAME_CFA:
        return told[0].number()
    register = facts.isa.by_dwarf(base[0] - _FIRST_REGISTER) if len(base) == 1 else None
    return None if register is None else facts.cfa_offset(body, register.name, told[0].number())


def _stored(facts: Facts, function: Function, read: Read) -> dict[int, str]:
    """What the function stores before its body of the registers that it was called with, by offset from the CFA."""
    found: dict[int, str] = {}
    changed: set[str] = {facts.isa.stack_pointer, *facts.isa.callee_saved}
    for one in facts.code_of(function, read).between(function.low, facts.body_address(function)):
        if one.kind is InstructionKind.CALL:
            thunk = facts.function_at(one.target) if one.target is not None else None
            if thunk is None or thunk.high - thunk.low > _LONGEST_THUNK:
                break
            changed |= {name for each in facts.code_of(thunk, read) for name in each.writes}
            continue
        for store in one.stores:
            offset = facts.cfa_offset(one.pc, store.base, store.displacement)
            if offset is not None and store.register not in changed and not store.is_push:
                found.setdefault(offset, store.register)
        changed |= one.writes
    return found
