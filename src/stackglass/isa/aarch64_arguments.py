"""Where the AAPCS64 passes arguments and results. `aarch64.ISA.assign` is `assign` of this module.

Sections are those of the edition 2025Q4: 6.8.2 has the rules for arguments, B.1 to C.17, and 6.9 that for results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from stackglass.isa.passing import ArgumentType, CallPlaces, Place
from stackglass.isa.places import in_registers, listed, on_stack, round_up, sized

_REGISTERS = 8
"""Of each sort: x0 to x7, v0 to v7."""
_WORD = 8


def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """Places of `arguments` and of `result` (None for void) in one call; a variadic call is like any other."""
    free = _Free()
    places = tuple(free.place(argument) for argument in arguments)
    returned = None if result is None else _result(result)
    hidden = None
    if returned is not None and returned.by_reference:
        hidden = Place(
            in_registers(["x8"], _WORD, _WORD), "the address for a result in memory goes in x8 (AAPCS64 6.9)"
        )
    return CallPlaces(places, returned, hidden, free.stack_bytes)


def homogeneous(composite: ArgumentType) -> ArgumentType | None:
    """What a composite of one to four floats or vectors of one type, and nothing else, is made of (5.10.5), or None."""
    members = dict(composite.members)  # those of a union may lie at one offset
    bases = {(scalar.kind, scalar.size) for _, scalar in composite.members}
    if not composite.is_composite or len(bases) != 1 or not 1 <= len(members) <= 4:
        return None
    base = next(iter(members.values()))
    if not _is_float(base) or composite.size != base.size * len(members):
        return None
    return base if all(second - first == base.size for first, second in pairwise(sorted(members))) else None


def _is_float(scalar: ArgumentType) -> bool:
    return scalar.kind == "float" or (scalar.kind == "vector" and scalar.size in (8, 16))


@dataclass(slots=True)
class _Free:
    """The next general register (the text's NGRN), the next vector register (NSRN), the stack taken so far (NSAA)."""

    general: int = 0
    vector: int = 0
    stack_bytes: int = 0

    def place(self, argument: ArgumentType) -> Place:
        """Of the next argument."""
        if not argument.size:
            return Place((), "an empty struct has no bytes to pass (AAPCS64 6.8.2)")
        base = argument if _is_float(argument) else homogeneous(argument)
        if base is not None:
            return self._in_vectors(argument, base)
        reason = _why_by_reference(argument)
        if reason is not None:
            return self._in_words(_WORD, _WORD, reason, "C.9", "C.17", by_reference=True)
        if argument.kind in ("integer", "pointer"):
            rule = "C.9" if argument.size <= _WORD else "C.11"
            what = "an integer or pointer" if argument.size <= _WORD else "a 128-bit integer"
            return self._in_words(argument.size, argument.natural, what, rule, "C.17")
        what = (
            f"{argument.called} of {sized(argument.size)}"
            if argument.is_composite
            else f"a vector of {argument.size} bytes"
        )
        return self._in_words(argument.size, argument.natural, what, "C.12", "C.15")

    def _in_vectors(self, argument: ArgumentType, base: ArgumentType) -> Place:
        count = argument.size // base.size
        if self.vector + count <= _REGISTERS:
            names = [f"v{self.vector + number}" for number in range(count)]
            self.vector += count
            return Place(in_registers(names, argument.size, base.size), _why_vectors(argument, base, names))
        left = _REGISTERS - self.vector
        self.vector = _REGISTERS
        short = f"only {left} of v0 to v7 {'is' if left == 1 else 'are'} left" if left else "v0 to v7 are taken"
        reason = f"{short}, so it goes on the stack (AAPCS64 6.8.2, C.3 to C.6)"
        return self._stacked(argument.size, argument.natural, reason)

    def _in_words(
        self, size: int, align: int, what: str, rule: str, stack_rule: str, *, by_reference: bool = False
    ) -> Place:
        """In general registers, all of it or nothing; else on the stack."""
        words = -(-size // _WORD)
        first = round_up(self.general, 2) if align >= 16 else self.general
        if first + words <= _REGISTERS:
            self.general = first + words
            names = [f"x{number}" for number in range(first, self.general)]
            where = f"{names[0]} is" if words == 1 else f"{listed(names)} are"
            even = ", the first of which is even (C.10)" if align >= 16 else ""
            reason = f"{what} goes in x0 to x7; {where} the next{even} (AAPCS64 6.8.2, {rule})"
            return Place(in_registers(names, size, _WORD), reason, by_reference)
        short = "x0 to x7 are taken" if self.general >= _REGISTERS else "too few of x0 to x7 are left"
        self.general = _REGISTERS
        it = "its address" if by_reference else "it"
        reason = f"{short}, so {it} goes on the stack (AAPCS64 6.8.2, {stack_rule})"
        return self._stacked(size, align, reason, by_reference=by_reference)

    def _stacked(self, size: int, align: int, reason: str, *, by_reference: bool = False) -> Place:
        offset = round_up(self.stack_bytes, 16 if align >= 16 else _WORD)
        self.stack_bytes = offset + round_up(size, _WORD)
        return Place(on_stack(size, offset), reason, by_reference)


def _why_by_reference(argument: ArgumentType) -> str | None:
    """Why its address is passed in its stead, None where it isn't."""
    if argument.kind == "memory":
        return "the address of an object that must have one"
    if argument.size > 2 * _WORD:
        return f"at {argument.size} bytes it is larger than 16, so the caller makes a copy (B.4) whose address"
    return None


_PARTS = {"a union": "values", "a complex number": "parts"}
"""What a type of each sort is made of, where that isn't called members: those of a union may lie over one another."""


def _why_vectors(argument: ArgumentType, base: ArgumentType, names: Sequence[str]) -> str:
    if argument is base:
        return f"floating-point and vector values go in v0 to v7; {names[0]} is the next (AAPCS64 6.8.2, C.1)"
    sort = "vector" if base.kind == "vector" else "floating-point"
    several = f"{len(names)} {sort} {_PARTS.get(argument.called, 'members')} of one type"
    if len(names) > 1:
        many = f"{'as large as' if argument.is_union else 'of'} {several}"
    else:
        many = f"that is one {sort} value"
    verb = "are" if len(names) > 1 else "is"
    each = f", a register for each{' value' if argument.is_union else ''}" if len(names) > 1 else ""
    return f"{argument.called} {many} goes in v0 to v7{each}; {listed(names)} {verb} the next (AAPCS64 6.8.2, C.2)"


def _result(result: ArgumentType) -> Place:
    """In the registers of a first argument of that type; in memory if that would go by reference."""
    place = _Free().place(result)
    if not place.parts:
        return Place((), "an empty struct has no bytes to return (AAPCS64 6.9)")
    if place.by_reference:
        why = "an object that must have an address" if result.kind == "memory" else f"a result of {result.size} bytes"
        return Place((), f"{why} is written to memory whose address the caller gave in x8 (AAPCS64 6.9)", True)
    what = result.called if result.is_composite else "a result"
    return Place(place.parts, f"{what} is returned where a first argument of its type would go (AAPCS64 6.9)")
