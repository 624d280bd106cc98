"""Where the System V AMD64 psABI (3.2.3) passes arguments and results.

A type is cut into eightbytes, each eightbyte gets a class from the scalars that lie in it, and the classes say which
sort of register it goes in. `x86_64.ISA.assign` is `assign` of this module.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from stackglass.isa.passing import ArgumentType, CallPlaces, Implied, Part, Place
from stackglass.isa.places import in_registers, on_stack, round_up

_SECTION = "psABI 3.2.3"
_EIGHTBYTE = 8
_INTEGER_ARGUMENTS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
_VECTOR_ARGUMENTS = tuple(f"xmm{n}" for n in range(8))
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


class _Class(enum.Enum):
    """The class of an eightbyte."""

    NO_CLASS = "nothing but padding"
    INTEGER = "integers"
    SSE = "floating point"
    SSEUP = "the rest of a 16-byte floating-point or vector value"
    X87 = "a long double"
    X87UP = "the rest of a long double"
    COMPLEX_X87 = "a complex long double"
    MEMORY = "memory"


_IN_MEMORY = (_Class.MEMORY,)


def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """Places of `arguments` and of `result` (None for void) in one call.

    `named` is how many arguments the prototype names if the function is variadic, else None.
    """
    registers = _Free()
    hidden = None
    if result is not None and (result.kind == "memory" or classify(result) == _IN_MEMORY):
        (register,), _ = registers.take(1, 0)
        reason = f"the address for the result goes before all arguments ({_SECTION})"
        hidden = Place(in_registers([register], _EIGHTBYTE, _EIGHTBYTE), reason)
    places = tuple(_place(argument, registers) for argument in arguments)
    return CallPlaces(
        arguments=places,
        result=_result_place(result) if result is not None else None,
        hidden_result_pointer=hidden,
        stack_bytes=round_up(registers.stack_bytes, _EIGHTBYTE),
        implied=_implied(registers) if named is not None else (),
    )


def classify(argument: ArgumentType) -> tuple[_Class, ...]:
    """A class for each eightbyte; (MEMORY,) for what goes in memory whole; () for a type without any byte to pass."""
    if argument.is_composite:
        return _classify_composite(argument)
    if argument.kind == "memory":
        return (_Class.INTEGER,)
    return _classify_scalar(argument)


def _classify_scalar(scalar: ArgumentType) -> tuple[_Class, ...]:
    if scalar.kind == "long double":
        return (_Class.X87, _Class.X87UP)
    if scalar.size > 16:
        return _IN_MEMORY  # a vector that only AVX has registers for, or a wide _BitInt
    if scalar.kind in ("float", "vector"):
        return (_Class.SSE, _Class.SSEUP)[: 2 if scalar.size > _EIGHTBYTE else 1]
    return (_Class.INTEGER,) * (2 if scalar.size > _EIGHTBYTE else 1)


def _classify_composite(composite: ArgumentType) -> tuple[_Class, ...]:
    """psABI 3.2.3, "the classification of aggregate types", steps 1 to 5."""
    if not composite.members:
        return ()
    if composite.kind == "complex" and composite.members[0][1].kind == "long double":
        return (_Class.COMPLEX_X87,)
    if composite.size > 8 * _EIGHTBYTE or any(offset % scalar.natural for offset, scalar in composite.members):
        return _IN_MEMORY
    classes = [_Class.NO_CLASS] * -(-composite.size // _EIGHTBYTE)
    for offset, scalar in composite.members:
        kinds = _classify_scalar(scalar)
        last = (offset + scalar.size - 1) // _EIGHTBYTE
        for number, place in enumerate(range(offset // _EIGHTBYTE, last + 1)):
            # A bit-field may reach into the next eightbyte without being longer than one.
            classes[place] = _merge(classes[place], kinds[min(number, len(kinds) - 1)])
    return _clean_up(classes)


def _merge(first: _Class, second: _Class) -> _Class:
    """Step 4: the class of an eightbyte that two scalars share."""
    if first is second or second is _Class.NO_CLASS:
        return first
    if first is _Class.NO_CLASS:
        return second
    for stronger in (_Class.MEMORY, _Class.INTEGER):
        if stronger in (first, second):
            return stronger
    x87 = (_Class.X87, _Class.X87UP, _Class.COMPLEX_X87)
    return _Class.MEMORY if first in x87 or second in x87 else _Class.SSE


def _clean_up(classes: list[_Class]) -> tuple[_Class, ...]:
    """Step 5, the post-merger clean-up."""
    if _Class.MEMORY in classes:
        return _IN_MEMORY
    follows = list(pairwise([_Class.NO_CLASS, *classes]))
    if any(kind is _Class.X87UP and before is not _Class.X87 for before, kind in follows):
        return _IN_MEMORY
    if len(classes) > 2 and (classes[0] is not _Class.SSE or any(kind is not _Class.SSEUP for kind in classes[1:])):
        return _IN_MEMORY
    vector = (_Class.SSE, _Class.SSEUP)
    return tuple(_Class.SSE if kind is _Class.SSEUP and before not in vector else kind for before, kind in follows)


@dataclass(slots=True)
class _Free:
    """The registers that no argument has taken yet, and how much of the stack is taken."""

    integer: list[str] = field(default_factory=lambda: list(_INTEGER_ARGUMENTS))
    vector: list[str] = field(default_factory=lambda: list(_VECTOR_ARGUMENTS))
    stack_bytes: int = 0

    def take(self, integers: int, vectors: int) -> tuple[list[str], list[str]]:
        """The next so many registers of each sort; there must be as many."""
        taken = self.integer[:integers], self.vector[:vectors]
        del self.integer[:integers]
        del self.vector[:vectors]
        return taken

    def take_stack(self, size: int, align: int) -> int:
        """Offset of the next `size` bytes of stack, from SP at the call instruction."""
        offset = round_up(self.stack_bytes, max(align, _EIGHTBYTE))
        self.stack_bytes = offset + round_up(size, _EIGHTBYTE)
        return offset


def _place(argument: ArgumentType, free: _Free) -> Place:
    classes = classify(argument)
    if not classes:
        return Place((), f"an empty struct has no bytes to pass ({_SECTION})")
    by_reference = argument.kind == "memory"
    size, align = (_EIGHTBYTE, _EIGHTBYTE) if by_reference else (argument.size, argument.align)
    reason = _reason_for_stack(argument, classes, free)
    if reason:
        return Place(on_stack(size, free.take_stack(size, align)), f"{reason} ({_SECTION})", by_reference)
    reason = _reason_for_registers(argument, classes, free)
    integer, vector = free.take(classes.count(_Class.INTEGER), classes.count(_Class.SSE))
    parts = _parts(classes, size, {_Class.INTEGER: integer, _Class.SSE: vector})
    return Place(parts, f"{reason} ({_SECTION})", by_reference)


def _parts(classes: Sequence[_Class], size: int, registers: Mapping[_Class, list[str]]) -> tuple[Part, ...]:
    """Each eightbyte in the next register of its class; what has no class of its own goes with what is before it."""
    parts: list[Part] = []
    for number, kind in enumerate(classes):
        offset = number * _EIGHTBYTE
        length = min(_EIGHTBYTE, size - offset)
        if kind in registers:
            parts.append(Part(offset, length, registers[kind].pop(0)))
        elif kind in (_Class.SSEUP, _Class.X87UP):
            parts[-1] = replace(parts[-1], size=parts[-1].size + length)
    return tuple(parts)


def _reason_for_stack(argument: ArgumentType, classes: tuple[_Class, ...], free: _Free) -> str | None:
    """Why it is passed on the stack; None if it goes in registers."""
    if classes[0] is _Class.MEMORY:
        return _reason_for_memory(argument)
    if classes[0] in (_Class.X87, _Class.COMPLEX_X87):
        return "a long double, or a struct that is one, is passed on the stack"
    short = [
        _shortage(sort, classes.count(kind), len(left), everything)
        for sort, kind, left, everything in (
            ("integer", _Class.INTEGER, free.integer, len(_INTEGER_ARGUMENTS)),
            ("vector", _Class.SSE, free.vector, len(_VECTOR_ARGUMENTS)),
        )
        if classes.count(kind) > len(left)
    ]
    what = "its address" if argument.kind == "memory" else "it"
    return f"{' and '.join(short)}, so {what} goes on the stack" if short else None


def _shortage(sort: str, needed: int, left: int, everything: int) -> str:
    if not left:
        return f"the {_WORDS[everything]} {sort} argument registers are taken"
    return f"it needs {_WORDS[needed]} {sort} registers and only {_WORDS[left]} is left"


def _reason_for_memory(argument: ArgumentType) -> str:
    if any(offset % scalar.natural for offset, scalar in argument.members):
        return f"{argument.called} with members that are not aligned is copied to the stack"
    if argument.size > 2 * _EIGHTBYTE:
        return f"at {argument.size} bytes it is larger than two eightbytes, so it is copied to the stack"
    return "its members do not fit two registers, so it is copied to the stack"


def _reason_for_registers(argument: ArgumentType, classes: tuple[_Class, ...], free: _Free) -> str:
    integer = len(_INTEGER_ARGUMENTS) - len(free.integer)
    vector = len(_VECTOR_ARGUMENTS) - len(free.vector)
    if argument.kind == "memory":
        register = free.integer[0]
        return f"an object that must have an address is passed by its address, which goes in {register}"
    if argument.is_composite or (len(classes) > 1 and classes[1] is _Class.INTEGER):
        return _reason_by_eightbytes(argument, classes, free)
    if classes[0] is _Class.INTEGER:
        return f"integers and pointers go in {', '.join(_INTEGER_ARGUMENTS)}; {_INTEGER_ARGUMENTS[integer]} is the next"
    return f"floating-point values go in xmm0 to xmm7; xmm{vector} is the next"


def _reason_by_eightbytes(argument: ArgumentType, classes: tuple[_Class, ...], free: _Free) -> str:
    integer, vector = list(free.integer), list(free.vector)
    parts = []
    for number, kind in enumerate(classes):
        end = min(argument.size, (number + 1) * _EIGHTBYTE)
        whose = f"bytes {number * _EIGHTBYTE} to {end - 1} hold {kind.value}"
        if kind in (_Class.INTEGER, _Class.SSE):
            parts.append(f"{whose}: {(integer if kind is _Class.INTEGER else vector).pop(0)}")
        elif kind is _Class.NO_CLASS:
            parts.append(whose)
    return f"of its {argument.size} bytes, {'; '.join(parts)}"


def _result_place(result: ArgumentType) -> Place:
    classes = classify(result)
    if not classes:
        return Place((), f"an empty struct has no bytes to return ({_SECTION})")
    if result.kind == "memory" or classes == _IN_MEMORY:
        why = "an object that must have an address" if result.kind == "memory" else _why_in_memory(result)
        reason = f"{why} is returned in memory that the caller gives in rdi; rax returns that address"
        return Place(in_registers(["rax"], _EIGHTBYTE, _EIGHTBYTE), f"{reason} ({_SECTION})", by_reference=True)
    if classes == (_Class.COMPLEX_X87,):
        parts = in_registers(["st0", "st1"], result.size, result.size // 2)
        return Place(parts, f"a complex long double is returned on the x87 stack ({_SECTION})")
    sequences = {_Class.INTEGER: ["rax", "rdx"], _Class.SSE: ["xmm0", "xmm1"], _Class.X87: ["st0"]}
    parts = _parts(classes, result.size, sequences)
    registers = [part.register or "" for part in parts]
    return Place(parts, f"{_reason_for_result(classes, registers)} ({_SECTION})")


def _why_in_memory(result: ArgumentType) -> str:
    if any(offset % scalar.natural for offset, scalar in result.members):
        return f"{result.called} with members that are not aligned"
    return f"a result of {result.size} bytes" if result.size > 2 * _EIGHTBYTE else "a result that fits no registers"


def _reason_for_result(classes: Sequence[_Class], registers: Sequence[str]) -> str:
    used = [kind for kind in classes if kind in (_Class.INTEGER, _Class.SSE, _Class.X87)]
    if len(used) == 1:
        what = {_Class.INTEGER: "an integer or pointer", _Class.SSE: "floating point", _Class.X87: "a long double"}
        return f"{what[used[0]]} is returned in {registers[0]}"
    return "; ".join(
        f"{place} eightbyte, {kind.value}: {register}"
        for place, kind, register in zip(("first", "second"), used, registers, strict=False)
    )


def _implied(free: _Free) -> tuple[Implied, ...]:
    used = len(_VECTOR_ARGUMENTS) - len(free.vector)
    why = f"a variadic function is told in al how many vector registers are used at most ({_SECTION})"
    return (Implied("rax", used, why, "how many vector registers are used, at most"),)
