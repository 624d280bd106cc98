"""Where a function takes its arguments that doesn't keep to the ABI.

Functions that other units may call keep to it. What only its own unit can call an optimiser may change as it likes:
take arguments away, move them to other registers. Of those the place is told that debug information gives at the
function's first instruction, and nothing that isn't known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.isa import Isa
from stackglass.isa.passing import CallPlaces, Place
from stackglass.isa.places import in_registers

_CLONE = re.compile(r"\.(isra|constprop|part|specialized|argprom|retelim|argelim)\b")
"""What gcc and clang put into the symbols of functions whose parameters they changed."""
_FIRST_REGISTER, _END_REGISTERS = 0x50, 0x70
"""DW_OP_reg0 to DW_OP_reg31: the variable is in that register."""
_REMOVED = 0xFA
"""DW_OP_GNU_parameter_ref: the parameter was taken away."""


def is_clone(symbol: str) -> bool:
    """Whether the symbol is that of a copy of a function whose parameters the compiler changed."""
    return _CLONE.search(symbol) is not None


def is_never_passed(parameter: VariableInfo, low: int) -> bool:
    """Whether it is one that the compiler made for itself and this copy of the function doesn't have."""
    return parameter.artificial and parameter.name != "this" and parameter.location(low) is None


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
    if location is None or len(location) != 1 or not _FIRST_REGISTER <= location[0] < _END_REGISTERS:
        return None
    return location[0] - _FIRST_REGISTER


def as_told(isa: Isa, places: CallPlaces, parameters: Sequence[VariableInfo], symbol: str, low: int) -> CallPlaces:
    """The ABI's places with each argument's as debug information tells it; without parts for one that isn't passed.

    BadDebugInfo if that can't be read.
    """
    arguments = tuple(
        _told_place(isa, parameter, place, low, clone=is_clone(symbol))
        for parameter, place in zip(parameters, places.arguments, strict=True)
    )
    return replace(places, arguments=arguments)


def _told_place(isa: Isa, parameter: VariableInfo, place: Place, low: int, *, clone: bool) -> Place:
    number = register_at(parameter, low)
    register = isa.by_dwarf(number) if number is not None else None
    if register is not None and (register.name,) == place.registers:
        return place
    if register is not None:
        parts = in_registers([register.name], parameter.type.strip().size, register.bits // 8)
        return Place(parts, "a copy of the function that the compiler changed takes it there")
    if parameter.constant is not None:
        return Place((), "the compiler saw that it is always the same here, and does not pass it")
    location = parameter.location(low)
    if location and location[0] != _REMOVED and not clone:
        return place
    return Place((), "the compiler took it away, or did not say where it is")
