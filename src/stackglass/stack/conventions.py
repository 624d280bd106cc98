"""Where a function takes its arguments that doesn't keep to the ABI.

Functions that other units may call keep to it. What only its own unit can call an optimiser may change as it likes:
take arguments away, move them to other registers. Of those the place is told that debug information gives at the
function's first instruction, and nothing that isn't known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stackglass.debuginfo.argument_types import argument_type
from stackglass.debuginfo.operations import Operation, operations
from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.isa import Isa
from stackglass.isa.passing import ArgumentType, CallPlaces, Part, Place
from stackglass.isa.places import in_registers, on_stack, round_up

_CLONE = re.compile(r"\.(isra|constprop|part|specialized|argprom|retelim|argelim)\b")
"""What gcc and clang put into the symbols of functions whose parameters they changed."""
_FIRST_REGISTER, _END_REGISTERS = 0x50, 0x70
"""DW_OP_reg0 to DW_OP_reg31: the variable is in that register."""
_CALL_FRAME_CFA = b"\x9c"
_REMOVED = 0xFA
"""DW_OP_GNU_parameter_ref: the parameter was taken away."""


def is_clone(symbol: str) -> bool:
    """Whether the symbol is that of a copy of a function whose parameters the compiler changed."""
    return _CLONE.search(symbol) is not None


def may_differ(subprogram: Subprogram, symbol: str, low: int, parameters: Sequence[VariableInfo]) -> bool:
    """Whether the function that begins at `low` may take its arguments otherwise than the ABI has it.

    BadDebugInfo if the parameters' places can't be read.
    """
    return is_clone(symbol) or (not subprogram.is_external and _is_optimised(parameters, low))


def _is_optimised(parameters: Sequence[VariableInfo], low: int) -> bool:
    """Whether parameters are told otherwise than by slots on the stack, as unoptimised code has them."""
    return any(register_at(parameter, low) is not None or not parameter.location(low) for parameter in parameters)


def register_at(parameter: VariableInfo, low: int) -> int | None:
    """The DWARF number of the register that a parameter is in at the function's first instruction."""
    location = parameter.location(low)
    told = operations(location) if location is not None else []
    return _register_number(told[0]) if len(told) == 1 else None


def _register_number(operation: Operation) -> int | None:
    """The DWARF number of the register that an operation says something is in; None if it says anything else."""
    if operation.name == "regx":
        return operation.number()
    return operation.code - _FIRST_REGISTER if _FIRST_REGISTER <= operation.code < _END_REGISTERS else None


def as_told(
    isa: Isa, places: CallPlaces, subprogram: Subprogram, parameters: Sequence[VariableInfo], symbol: str, low: int
) -> CallPlaces:
    """The ABI's places with each argument's as debug information tells it; without parts for one that isn't passed.

    BadDebugInfo if that can't be read.
    """
    base = subprogram.frame_base_at(low)
    counts_from_cfa = base is not None and bytes(base) == _CALL_FRAME_CFA
    arguments = tuple(
        _told_place(isa, parameter, place, low, clone=is_clone(symbol), counts_from_cfa=counts_from_cfa)
        for parameter, place in zip(parameters, places.arguments, strict=True)
    )
    if arguments == places.arguments:
        return places
    taken = [(offset, offset + part.size) for place in arguments for offset, part in place.stack_parts]
    pointer = places.hidden_result_pointer
    if pointer is not None and any(low <= offset < high for offset, _ in pointer.stack_parts for low, high in taken):
        pointer = None  # an argument lies there: it is passed elsewhere, and nothing says where
    ends = [high for _, high in taken]
    return replace(
        places,
        arguments=arguments,
        hidden_result_pointer=pointer,
        stack_bytes=round_up(max(ends, default=0), isa.word_size),
    )


def _told_place(
    isa: Isa, parameter: VariableInfo, place: Place, low: int, *, clone: bool, counts_from_cfa: bool
) -> Place:
    parts = _told_parts(isa, parameter, place, low)
    if parts:
        if tuple(part.register for part in parts) == place.registers:
            return place
        return Place(parts, "a copy of the function that the compiler changed takes it there")
    if parameter.constant is not None:
        return Place((), "the compiler saw that it is always the same here, and does not pass it")
    location = parameter.location(low)
    if location and location[0] != _REMOVED and not clone:
        return place
    told = operations(location) if location else []
    if counts_from_cfa and len(told) == 1 and told[0].name == "fbreg" and told[0].number() >= 0:
        if place.stack_offset == told[0].number() and not place.registers:
            return place
        parts = on_stack(parameter.type.strip().size, told[0].number())
        return Place(parts, "a copy of the function that the compiler changed finds it there")
    return Place((), "the compiler took it away, or did not say where it is")


def _told_parts(isa: Isa, parameter: VariableInfo, place: Place, low: int) -> tuple[Part, ...]:
    """The registers that all of a parameter is in at the function's first instruction; () if it isn't in registers."""
    number, location = register_at(parameter, low), parameter.location(low)
    register = isa.by_dwarf(number) if number is not None else None
    if register is not None:
        first = place.parts[0].register if len(place.parts) == 1 and not place.by_reference else None
        if first is not None and isa.register(isa.full_name(first) or first).kind == register.kind:
            return (replace(place.parts[0], register=register.name),)  # numbers stand in it as in the ABI's
        return in_registers([register.name], parameter.type.strip().size, register.bits // 8)
    told = operations(location) if location is not None and number is None else []
    parts, at, held = [], 0, None
    for operation in told:
        if operation.name != "piece":
            number = _register_number(operation)
            held = isa.by_dwarf(number) if number is not None else None
            if held is None:
                return ()
            continue
        size = operation.number()
        if held is not None and size * 8 <= held.bits:
            parts.append(Part(at, size, held.name))
        elif held is not None or _means_something(argument_type(parameter.type, isa), at, at + size):
            return ()
        at, held = at + size, None
    return tuple(parts) if held is None and at >= parameter.type.strip().size else ()


def _means_something(type_: ArgumentType, low: int, high: int) -> bool:
    """Whether any of these bytes of a value is more than padding."""
    if not type_.members:
        return low < type_.size and high > 0
    return any(_means_something(member, low - offset, high - offset) for offset, member in type_.members)
