"""Where the PowerPC processor supplement to the System V ABI passes arguments and results, as Linux follows it.

Its chapter 3 has the rules under "Parameter Passing", "Variable Argument Lists" and "Return Values". Linux departs from
them in one thing: every struct is returned in memory, as AIX does it, unless gcc is told -msvr4-struct-return; a
program's GNU attributes say which. Where the text is silent (complex numbers, long
double as a pair of doubles), gcc's rule is the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackglass.isa.passing import ArgumentType, CallPlaces, Implied, Part, Place
from stackglass.isa.places import in_registers, listed, round_up

_WORD, _DOUBLE = 4, 8
_FIRST, _LAST = 3, 10
"""r3 to r10."""
_FLOATS = 8
"""f1 to f8."""
_LINKAGE = 2 * _WORD
"""Bytes at the caller's SP that are no arguments: its back chain, and the callee's LR save word."""
_PASSING = "System V ABI for PowerPC, 3: Parameter Passing"
_RETURNING = "System V ABI for PowerPC, 3: Return Values"


def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """Places of `arguments` and of `result` (None for void) in one call, with floating-point registers."""
    return _assigned(arguments, None if result is None else _result(result), named)


def assign_with_small_structs(
    arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None
) -> CallPlaces:
    """The same, where structs of up to 8 bytes are returned in registers."""
    is_small = result is not None and result.kind == "aggregate" and result.size <= _DOUBLE
    returned = None if result is None else _small_struct(result) if is_small else _result(result)
    return _assigned(arguments, returned, named)


def _assigned(arguments: Sequence[ArgumentType], returned: Place | None, named: int | None) -> CallPlaces:
    free = _Free()
    hidden = None
    if returned is not None and returned.by_reference:
        reason = f"the address for a result in memory goes in r3 ({_PASSING})"
        hidden = Place(in_registers(["r3"], _WORD, _WORD), reason)
        free.core += 1
    places = tuple(free.place(argument) for argument in arguments)
    implied = () if named is None else _implied(has_floats=free.floats > 1)
    return CallPlaces(places, returned, hidden, free.stack_bytes, implied)


def _implied(*, has_floats: bool) -> tuple[Implied, ...]:
    why = "tells a variadic function that there are arguments in floating-point registers"
    if not has_floats:
        why = "tells a variadic function that no argument is in a floating-point register"
    reason = f"{why} (System V ABI for PowerPC, 3: Variable Argument Lists)"
    return (Implied("cr1eq", int(has_floats), reason, "whether floating-point registers hold arguments"),)


@dataclass(slots=True)
class _Free:
    """The next general register (the text's gr), floating-point register (fr), and place on the stack (starg)."""

    core: int = _FIRST
    floats: int = 1
    stack_bytes: int = _LINKAGE

    def place(self, argument: ArgumentType) -> Place:
        """Of the next argument."""
        if argument.kind in ("aggregate", "memory"):
            return replace(self._in_general(_WORD, _reference(argument)), by_reference=True)
        if argument.kind == "vector" and argument.size > _DOUBLE:
            return replace(self._in_general(_WORD, "the address of a copy of the vector"), by_reference=True)
        if argument.kind == "float" and argument.size in (_WORD, _DOUBLE, 2 * _DOUBLE):
            return self._in_floating(argument.size)
        return self._in_general(argument.size, _what(argument))

    def _in_floating(self, size: int) -> Place:
        """One register for a float or double, two for a pair of doubles."""
        count = max(size // _DOUBLE, 1)
        if self.floats + count - 1 <= _FLOATS:
            names = [f"f{self.floats + number}" for number in range(count)]
            self.floats += count
            what = "floating-point values go" if count == 1 else "a pair of doubles goes"
            return Place(_doubles(names, size), f"{what} in f1 to f8; {_are(names)} the next ({_PASSING})")
        self.floats = _FLOATS + 1
        return self._on_stack(size, _DOUBLE if size > _WORD else _WORD, "f1 to f8 are taken, so it goes")

    def _in_general(self, size: int, what: str) -> Place:
        """In as many general registers as it has words, all or none; two words from an odd register on."""
        words = -(-size // _WORD)
        self.core += words == 2 and self.core % 2 == 0
        first, self.core = self.core, self.core + words
        if first + words - 1 <= _LAST:
            names = [f"r{number}" for number in range(first, first + words)]
            odd = ", two words from an odd one on" if words == 2 else ""
            reason = f"{what} goes in r3 to r10{odd}; {_are(names)} the next ({_PASSING})"
            return Place(in_registers(names, size, _WORD), reason)
        left = "r3 to r10 are taken" if first > _LAST else "too few of r3 to r10 are left"
        return self._on_stack(size, _DOUBLE if words == 2 else _WORD, f"{left}, so {what} goes")

    def _on_stack(self, size: int, align: int, why: str) -> Place:
        """In the caller's parameter words; what is smaller than a word is widened to one, whose end it is."""
        at = round_up(self.stack_bytes, align)
        self.stack_bytes = at + round_up(size, _WORD)
        offset = at + max(_WORD - size, 0)
        return Place((Part(0, size, stack_offset=offset),), f"{why} on the stack ({_PASSING})")


def _doubles(names: Sequence[str], size: int) -> tuple[Part, ...]:
    """A floating-point register holds doubles, and a float as one."""
    if size == _WORD:
        return (Part(0, size, names[0], float_bits=64),)
    return in_registers(names, size, _DOUBLE)


def _are(names: Sequence[str]) -> str:
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'}"


def _reference(argument: ArgumentType) -> str:
    if argument.kind == "memory":
        return "the address of an object that must have one"
    return "structs go by reference: the address of a copy"


def _what(argument: ArgumentType) -> str:
    if argument.kind in ("integer", "pointer"):
        return "an integer or pointer" if argument.size <= _WORD else f"an integer of {argument.size} bytes"
    names = {"complex": "a complex number", "vector": "a vector"}
    return names.get(argument.kind, f"a value of {argument.size} bytes")


def _small_struct(result: ArgumentType) -> Place:
    """gcc has it as a number of so many bytes: its last byte is the last of r4, or of r3 alone."""
    first = result.size - _WORD
    parts = (Part(0, first, "r3"), Part(first, _WORD, "r4")) if first > 0 else (Part(0, result.size, "r3"),)
    names = "r3 and r4" if first > 0 else "r3"
    return Place(
        parts if result.size else (), f"{result.called} of up to 8 bytes is returned in {names} ({_RETURNING})"
    )


def _result(result: ArgumentType) -> Place:
    if result.kind == "aggregate":
        small = ", as Linux has it for small ones too (gcc's -maix-struct-return)" if result.size <= _DOUBLE else ""
        where = "memory whose address the caller gave in r3"
        return Place((), f"{result.called} is written to {where}{small} ({_RETURNING})", True)
    if result.kind == "memory" or (result.kind == "vector" and result.size > _DOUBLE):
        what = "a vector" if result.kind == "vector" else "an object that must have an address"
        return Place((), f"{what} is written to memory whose address the caller gave in r3 ({_RETURNING})", True)
    if result.kind == "float" and result.size in (_WORD, _DOUBLE, 2 * _DOUBLE):
        names = ["f1", "f2"][: max(result.size // _DOUBLE, 1)]
        reason = f"a floating-point result is returned in {listed(names)} ({_RETURNING})"
        return Place(_doubles(names, result.size), reason)
    names = [f"r{_FIRST + number}" for number in range(-(-result.size // _WORD))]
    reason = f"{_what(result)} is returned in {listed(names)} ({_RETURNING})"
    return Place(in_registers(names, result.size, _WORD), reason)
