"""Where a function of the program takes its arguments and leaves its result, by the ABI or by its compiler's own
convention (`stack/conventions.py`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stackglass.debuginfo.argument_types import argument_type
from stackglass.debuginfo.subprograms import Subprogram, VariableInfo
from stackglass.debuginfo.target import Function, Target
from stackglass.debuginfo.types import Type
from stackglass.errors import BadDebugInfo
from stackglass.explain.source import Source
from stackglass.isa import Isa
from stackglass.isa.passing import ArgumentType, CallPlaces
from stackglass.isa.places import listed, spelled
from stackglass.stack.build import facts_of
from stackglass.stack.conventions import as_told, is_clone, may_differ
from stackglass.stack.other_conventions import as_found
from stackglass.stack.vectors_in_memory import fitting

_EXTENDED, _PADDED = 10, (12, 16)
"""Bytes of an x87 number, and what they are padded to."""
RESULT_GOES_THERE = "where the result goes"
"""What the hidden pointer of a result in memory is loaded for."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Where one function's arguments and result are passed: names, types and places of the arguments in order."""

    names: tuple[str, ...]
    types: tuple[Type, ...]
    result_type: Type | None
    places: CallPlaces
    is_variadic: bool = False
    """Whether the call may have more arguments than there are names."""
    constants: Mapping[int, bytes] = field(default_factory=dict)
    """Values of the arguments (by their number from 0) that aren't passed because they are always the same."""

    @property
    def stack_bytes(self) -> int:
        """How many bytes of stack the arguments take that are really passed."""
        on_stack = any(place.stack_offset is not None for place in self.places.arguments)
        return self.places.stack_bytes if on_stack else 0

    def registers(self, isa: Isa) -> dict[str, str]:
        """What each register is loaded for: {'rdi': 'argument 1 (a)'}. One that two parts share is told by its parts:
        {'s0': 'argument 1 (a)', 's1': 'argument 2 (b)'}."""
        held = [(index, *each) for index, place in enumerate(self.places.arguments) for each in enumerate(place.parts)]
        uses = Counter(part.register for _, _, part in held)
        purposes: dict[str, str] = {}
        for index, number, part in held:
            if part.register is not None:
                which = f", part {number + 1}" if len(self.places.arguments[index].parts) > 1 else ""
                name = part.register if uses[part.register] == 1 else spelled(part, isa)
                purposes[name] = self._purpose(index, which)
        if self.places.hidden_result_pointer:
            purposes |= dict.fromkeys(self.places.hidden_result_pointer.registers, RESULT_GOES_THERE)
        for implied in self.places.implied:
            purposes.setdefault(implied.register, implied.purpose)
        return purposes

    def _purpose(self, index: int, part: str = "") -> str:
        address = ", its address" if self.places.arguments[index].by_reference else ""
        return f"argument {index + 1} ({self.names[index]}{part}{address})"

    def stack_slots(self, stack_pointer: int, isa: Isa) -> list[tuple[int, int, str]]:
        """(low, high, purpose) of what lies on the stack for the call, without what pads it; `stack_pointer` is SP at
        the call."""
        slots = []
        for index, (place, type_) in enumerate(zip(self.places.arguments, self.types, strict=True)):
            for offset, part in place.stack_parts:
                rest = f", part {len(place.parts)}" if len(place.parts) > 1 else ""
                is_whole = len(place.parts) == 1 and not place.by_reference
                meant = _meant_bytes(argument_type(type_, isa)) if is_whole else [(0, part.size)]
                start, purpose = stack_pointer + offset, self._purpose(index, rest)
                slots += [(start + low, start + high, purpose) for low, high in meant]
        pointer = self.places.hidden_result_pointer
        for offset, part in pointer.stack_parts if pointer is not None else ():
            slots.append((stack_pointer + offset, stack_pointer + offset + part.size, RESULT_GOES_THERE))
        return slots


_PART = re.compile(r"(argument \d+ \(.*), part (\d+)(|, its address)\)")


def together(purposes: Sequence[str]) -> str:
    """What one step is for that serves all of these: 'argument 1 (p, parts 1 to 4)', 'argument 1 (a) and argument 2
    (b)'."""
    parts: dict[tuple[str, str], list[int]] = {}
    found: list[tuple[str, str] | str] = []
    for purpose in dict.fromkeys(purposes):
        match = _PART.fullmatch(purpose)
        key = purpose if match is None else (match[1], match[3])
        if isinstance(key, tuple) and match is not None:
            parts.setdefault(key, []).append(int(match[2]))
        if key not in found:
            found.append(key)
    return listed([key if isinstance(key, str) else _parts_words(*key, sorted(parts[key])) for key in found])


def _parts_words(argument: str, address: str, parts: Sequence[int]) -> str:
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return f"{argument}, part {first}{address})"
    is_row = len(parts) > 2 and list(parts) == list(range(first, last + 1))
    which = f"{first} to {last}" if is_row else listed([str(part) for part in parts])
    return f"{argument}, parts {which}{address})"


def _meant_bytes(type_: ArgumentType) -> list[tuple[int, int]]:
    """The runs of a value's bytes that mean something: what pads it may be left from anything."""
    if type_.kind == "long double" and type_.size in _PADDED:
        return [(0, _EXTENDED)]
    if not type_.members:
        return [(0, type_.size)]
    return [(at + low, at + high) for at, member in type_.members for low, high in _meant_bytes(member)]


def passing(source: Source, row: int) -> Passing | None:
    """The rules for a call's function; None where debug information doesn't tell its parameters."""
    function: Any = source.target.function_at(source.calls.entry(row))
    subprogram: Subprogram | None = function.subprogram if function is not None else None
    if subprogram is None or source.isa.assign is None:
        return None
    try:
        return _rules(source, subprogram, function)
    except BadDebugInfo:
        return None


def argument_bytes(source: Source, row: int) -> int:
    """How many bytes of stack a call's arguments take; of a variadic function's, those that have names."""
    rules = passing(source, row)
    return rules.stack_bytes if rules is not None else 0


def _rules(source: Source, subprogram: Subprogram, function: Function) -> Passing:
    isa, symbol, low = source.isa, function.symbol, function.low
    parameters = subprogram.parameters()
    types = tuple(parameter.type for parameter in parameters)
    returned = subprogram.return_type
    result = None if returned.strip().spelling == "void" else returned
    returned_type = argument_type(result, isa) if result is not None else None
    arguments = [argument_type(type_, isa) for type_ in types]

    def places_of(positions: Sequence[int], *, in_memory: bool = False) -> CallPlaces:
        named = len(positions) if subprogram.prototype_variadic else None
        assert isa.assign is not None
        assign = (isa.assign_in_memory if in_memory else None) or isa.assign
        return assign([arguments[position] for position in positions], returned_type, named)

    places = places_of(range(len(types)))
    names = tuple(parameter.name for parameter in parameters)
    rules = Passing(names, types, result, places, subprogram.prototype_variadic)
    if not may_differ(subprogram, symbol, low, parameters):
        if not isinstance(source.target, Target):  # nothing is known of its code
            return rules
        facts = facts_of(source.target)
        return replace(rules, places=as_found(facts, subprogram, function, parameters, places_of, source.read_memory))
    if isinstance(source.target, Target):
        nowhere = [None] * len(parameters)
        places, _ = fitting(facts_of(source.target), function, places_of, nowhere, source.read_memory)
    constants = {index: _constant(isa, parameter) for index, parameter in enumerate(parameters)}
    told = replace(
        rules,
        places=as_told(isa, places, subprogram, parameters, symbol, low),
        constants={index: value for index, value in constants.items() if value is not None},
    )
    # clang takes results away that nobody uses, and says so nowhere.
    keeps_result = not is_clone(symbol) and "clang" not in subprogram.entry.unit.producer
    return told if keeps_result else replace(told, places=replace(told.places, result=None))


def _constant(isa: Isa, parameter: VariableInfo) -> bytes | None:
    value, size = parameter.constant, parameter.type.strip().size
    if isinstance(value, int):
        return (value & ((1 << 8 * size) - 1)).to_bytes(size, isa.byte_order) if size else None
    return value
