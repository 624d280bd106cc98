"""Where the RISC-V psABI passes arguments and results with 64-bit integer registers.

Chapter 2 of the text has the rules: 2.1 is the integer calling convention, 2.2 what floating-point registers add.
`riscv64.ISA.assign` is that of LP64D; `convention` gives those of LP64 (no floating-point registers) and LP64F too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackglass.isa.passing import ArgumentType, Assign, CallPlaces, Part, Place
from stackglass.isa.places import in_registers, listed, round_up, sized

_REGISTERS = 8
"""Of each sort: a0 to a7, fa0 to fa7."""
_WORD = 8
_INTEGER = "RISC-V psABI 2.1"
_FLOAT = "RISC-V psABI 2.2"


def convention(float_size: int) -> Assign:
    """`assign` where floating-point registers take values of up to `float_size` bytes: 8 is LP64D, 4 LP64F, 0 LP64."""

    def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
        free = _Free(float_size)
        returned = None if result is None else _result(result, float_size)
        hidden = None
        if returned is not None and returned.by_reference:
            reason = f"the address for a result in memory goes before all arguments ({_INTEGER})"
            hidden = Place(free.integers(_WORD, _WORD), reason)
        names = len(arguments) if named is None else named
        places = tuple(free.place(argument, is_named=number < names) for number, argument in enumerate(arguments))
        return CallPlaces(places, returned, hidden, free.stack_bytes)

    return assign


@dataclass(slots=True)
class _Free:
    """The next registers, and how much of the stack is taken."""

    float_size: int
    integer: int = 0
    floating: int = 0
    stack_bytes: int = 0

    def place(self, argument: ArgumentType, *, is_named: bool) -> Place:
        """Of the next argument. Those that the prototype doesn't name never go in floating-point registers."""
        if not argument.size:
            return Place((), f"an empty struct has no bytes to pass ({_INTEGER})")
        fields = _fields(argument) if is_named else None
        if fields is not None:
            parts = self._by_fields(fields)
            if parts:
                return Place(parts, f"{_why_fields(argument, parts)} ({_FLOAT})")
        if argument.kind == "memory" or argument.size > 2 * _WORD:
            parts = self.integers(_WORD, _WORD)
            return Place(parts, f"{_why_by_reference(argument)} {_where(parts)} ({_INTEGER})", by_reference=True)
        even = not is_named and argument.align == 2 * _WORD
        if even:
            self.integer = min(round_up(self.integer, 2), _REGISTERS)
        parts = self.integers(argument.size, argument.align)
        aligned = ", in a variadic call from an even register on" if even and parts[0].register else ""
        return Place(parts, f"{_subject(argument, is_named=is_named)} {_where(parts)}{aligned} ({_INTEGER})")

    def integers(self, size: int, align: int) -> tuple[Part, ...]:
        """A value of up to two words in the next integer registers; what doesn't fit there goes on the stack."""
        words = min(-(-size // _WORD), _REGISTERS - self.integer)
        names = [f"a{self.integer + number}" for number in range(words)]
        self.integer += words
        held = min(size, words * _WORD)
        parts = in_registers(names, held, _WORD)
        if held == size:
            return parts
        offset = self.stack_bytes if parts else round_up(self.stack_bytes, min(max(align, _WORD), 2 * _WORD))
        self.stack_bytes = offset + round_up(size - held, _WORD)
        return (*parts, Part(held, size - held, stack_offset=offset))

    def _by_fields(self, fields: Sequence[tuple[int, ArgumentType]]) -> tuple[Part, ...]:
        """A register for each field, if there are as many left; nothing else."""
        floats = [scalar.kind == "float" for _, scalar in fields]
        enough = self.floating + sum(floats) <= _REGISTERS and self.integer + floats.count(False) <= _REGISTERS
        small = all(scalar.size <= (self.float_size if scalar.kind == "float" else _WORD) for _, scalar in fields)
        return tuple(self._field(*field) for field in fields) if enough and small else ()

    def _field(self, offset: int, scalar: ArgumentType) -> Part:
        if scalar.kind == "float":
            self.floating += 1
            return Part(offset, scalar.size, f"fa{self.floating - 1}")
        self.integer += 1
        return Part(offset, scalar.size, f"a{self.integer - 1}")


def _fields(argument: ArgumentType) -> tuple[tuple[int, ArgumentType], ...] | None:
    """(offset, scalar) of a floating-point value, or of a struct of one, alone, with another or with an integer; else
    None. A pointer is no integer here, to gcc and clang."""
    fields = argument.members if argument.is_composite else ((0, argument),)
    if argument.holds_union or len(fields) not in (1, 2):
        return None
    kinds = [scalar.kind for _, scalar in fields]
    return fields if "float" in kinds and all(kind in ("float", "integer") for kind in kinds) else None


def _why_by_reference(argument: ArgumentType) -> str:
    if argument.kind == "memory":
        return "the address of an object that must have one goes"
    return f"at {argument.size} bytes it is larger than two registers, so the address of a copy goes"


def _why_fields(argument: ArgumentType, parts: Sequence[Part]) -> str:
    names = [part.register or "" for part in parts]
    if not argument.is_composite:
        return f"floating-point values go in fa0 to fa7; {names[0]} is the next"
    if len(names) == 1:
        return f"{argument.called} of one floating-point value goes where that would go: {names[0]}"
    both = all(name[0] == "f" for name in names)
    what = "two floating-point values" if both else "a floating-point value and an integer"
    return f"{argument.called} of {what} has each in a register of its sort: {listed(names)}"


def _subject(argument: ArgumentType, *, is_named: bool) -> str:
    if argument.kind in ("integer", "pointer") and argument.size <= _WORD:
        return "an integer or pointer goes"
    unnamed = "" if is_named or argument.kind == "integer" else "without a name in the prototype, "
    return f"{unnamed}a value of {sized(argument.size)} goes"


def _where(parts: Sequence[Part]) -> str:
    names = [part.register for part in parts if part.register is not None]
    if not names:
        return "on the stack, for a0 to a7 are taken"
    if parts[-1].stack_offset is not None:
        return f"in {names[0]}, the last that is left, and its rest on the stack"
    return f"in a0 to a7; {listed(names)} {'is' if len(names) == 1 else 'are'} the next"


def _result(result: ArgumentType, float_size: int) -> Place:
    """In the registers of a first argument of that type; in memory if that would go by reference."""
    place = _Free(float_size).place(result, is_named=True)
    if not place.parts:
        return Place((), f"an empty struct has no bytes to return ({_INTEGER})")
    if place.by_reference:
        why = "an object that must have an address" if result.kind == "memory" else f"a result of {result.size} bytes"
        return Place((), f"{why} is written to memory whose address the caller gave in a0 ({_INTEGER})", True)
    section = _FLOAT if any((part.register or "").startswith("f") for part in place.parts) else _INTEGER
    what = result.called if result.is_composite else "a result"
    return Place(place.parts, f"{what} is returned where a first argument of its type would go ({section})")


assign = convention(8)
