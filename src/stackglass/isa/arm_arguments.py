"""Where the AAPCS, the procedure call standard for 32-bit ARM, passes arguments and results.

`assign` follows the base standard, in which floating-point values go in core registers (section 6.5 of the edition
2025Q4 has its rules for arguments, A.1 to C.8, and 6.4 that for results). `assign_vfp` follows the variant that passes
them in VFP registers (7.1.2), known as hard-float. Programs say in their ELF header which of them they follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stackglass.isa.aarch64_arguments import homogeneous
from stackglass.isa.passing import ArgumentType, CallPlaces, Part, Place
from stackglass.isa.places import in_registers, listed, on_stack, round_up, sized

_REGISTERS = 4
"""r0 to r3."""
_WORD = 4
_SINGLES = 16
"""s0 to s15; two of them are a d register."""


def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """Places of `arguments` and of `result` (None for void) in one call, by the base standard."""
    return _assign(arguments, None if result is None else _base_result(result), _Free())


def assign_vfp(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """As `assign`, by the variant that uses VFP registers; variadic functions follow the base standard in it too."""
    if named is not None:
        return assign(arguments, result, named)
    base = None if result is None else _vfp_base(result)
    if result is None or base is None:
        returned = None if result is None else _base_result(result)
    else:
        parts = _in_singles(0, result.size, base.size)
        returned = Place(parts, f"{_what(result)} is returned from {_name(parts[0])} on (AAPCS 7.1.2)")
    return _assign(arguments, returned, _FreeWithVfp())


def _assign(arguments: Sequence[ArgumentType], returned: Place | None, free: _Free) -> CallPlaces:
    hidden = None
    if returned is not None and returned.by_reference:
        reason = "the address for a result in memory goes in r0 (AAPCS 6.5, A.4)"
        hidden = Place(in_registers(["r0"], _WORD, _WORD), reason)
        free.core = 1
    places = tuple(free.place(argument) for argument in arguments)
    return CallPlaces(places, returned, hidden, free.stack_bytes)


@dataclass(slots=True)
class _Free:
    """The next core register (the text's NCRN), and the stack taken so far (NSAA)."""

    core: int = 0
    stack_bytes: int = 0

    def place(self, argument: ArgumentType) -> Place:
        """Of the next argument."""
        if not argument.size:
            return Place((), "an empty struct has no bytes to pass (AAPCS 6.5)")
        if argument.kind == "memory":
            place = self.core_place(_WORD, _WORD, "the address of an object that must have one", splits=False)
            return replace(place, by_reference=True)
        return self.core_place(
            argument.size, argument.natural, _what(argument), splits=argument.is_composite or argument.kind == "vector"
        )

    def core_place(self, size: int, align: int, what: str, *, splits: bool) -> Place:
        """In core registers, on the stack, or in both if it `splits`."""
        if align >= 2 * _WORD:
            self.core = round_up(self.core, 2)
        words = -(-size // _WORD)
        left = _REGISTERS - self.core
        if words <= left:
            names = [f"r{self.core + number}" for number in range(words)]
            self.core += words
            even = ", from an even one on (C.3)" if align >= 2 * _WORD else ""
            reason = f"{what} goes in r0 to r3{even}; {_are(names)} the next (AAPCS 6.5, C.4)"
            return Place(in_registers(names, size, _WORD), reason)
        if splits and left > 0 and not self.stack_bytes:
            return self._split(size, what)
        short = "r0 to r3 are taken" if left <= 0 else "too few of r0 to r3 are left"
        self.core = _REGISTERS
        return self.stacked(size, align, f"{short}, so {what} goes on the stack (AAPCS 6.5, C.6 to C.8)")

    def _split(self, size: int, what: str) -> Place:
        names = [f"r{number}" for number in range(self.core, _REGISTERS)]
        held = len(names) * _WORD
        self.core = _REGISTERS
        self.stack_bytes = round_up(size - held, _WORD)
        parts = (*in_registers(names, held, _WORD), Part(held, size - held, stack_offset=0))
        reason = f"{what} has its first {held} bytes in {listed(names)}, the others on the stack (AAPCS 6.5, C.5)"
        return Place(parts, reason)

    def stacked(self, size: int, align: int, reason: str) -> Place:
        """On the stack."""
        offset = round_up(self.stack_bytes, 2 * _WORD if align >= 2 * _WORD else _WORD)
        self.stack_bytes = offset + round_up(size, _WORD)
        return Place(on_stack(size, offset), reason)


@dataclass(slots=True)
class _FreeWithVfp(_Free):
    """With the s registers that are free: one that was skipped for alignment's sake is filled by a later argument."""

    singles: list[bool] = field(default_factory=lambda: [True] * _SINGLES)

    def place(self, argument: ArgumentType) -> Place:
        base = _vfp_base(argument)
        if base is None:
            return _Free.place(self, argument)
        step = -(-base.size // _WORD)
        count = step * (argument.size // base.size)
        for first in range(0, _SINGLES - count + 1, step):
            if all(self.singles[first : first + count]):
                self.singles[first : first + count] = [False] * count
                parts = _in_singles(first, argument.size, base.size)
                return Place(parts, f"{_what(argument)} goes in {_names(parts)}, the first free (AAPCS 7.1.2, C.1.vfp)")
        self.singles = [False] * _SINGLES
        reason = "too few VFP registers are free, so it goes on the stack (AAPCS 7.1.2, C.2.vfp)"
        return self.stacked(argument.size, argument.natural, reason)


def _vfp_base(argument: ArgumentType) -> ArgumentType | None:
    """The type whose registers a value goes in if it is a candidate for VFP registers (7.1.2), else None."""
    base = argument if argument.kind in ("float", "vector") else homogeneous(argument)
    if base is None or base.size not in ((2, 4, 8) if base.kind == "float" else (8, 16)):
        return None
    return None if argument is not base and base.size == 2 else base


def _in_singles(first: int, size: int, step: int) -> tuple[Part, ...]:
    """A value from the s register number `first` on, by its parts of `step` bytes; they are halves of d registers."""
    width = min(step, 2 * _WORD)
    singles = [(offset, first + offset // _WORD) for offset in range(0, size, width)]
    return tuple(Part(offset, width, f"d{single // 2}", 32 * (single % 2)) for offset, single in singles)


def _name(part: Part) -> str:
    number = int((part.register or "d0")[1:])
    return f"d{number}" if part.size == 2 * _WORD else f"s{2 * number + part.shift // 32}"


def _names(parts: Sequence[Part]) -> str:
    return listed([_name(part) for part in parts])


def _are(names: Sequence[str]) -> str:
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'}"


def _what(argument: ArgumentType) -> str:
    if argument.kind in ("integer", "pointer"):
        return "an integer or pointer" if argument.size <= _WORD else f"an integer of {argument.size} bytes"
    names = {"float": "a floating-point value", "vector": "a vector"}
    return names.get(argument.kind, f"{argument.called} of {sized(argument.size)}")


def _base_result(result: ArgumentType) -> Place:
    """By the base standard: 6.4."""
    if not result.size:
        return Place((), "an empty struct has no bytes to return (AAPCS 6.4)")
    if result.kind == "memory" or result.size > _largest_returned(result):
        what = f"{result.called} of {sized(result.size)}"
        why = "an object that must have an address" if result.kind == "memory" else what
        return Place((), f"{why} is written to memory whose address the caller gave in r0 (AAPCS 6.4)", True)
    names = [f"r{number}" for number in range(-(-result.size // _WORD))]
    reason = f"{_what(result)} is returned in {listed(names)} (AAPCS 6.4)"
    return Place(in_registers(names, result.size, _WORD), reason)


def _largest_returned(result: ArgumentType) -> int:
    """How many bytes a result of its kind may have that is returned in core registers."""
    return {"vector": 4 * _WORD}.get(result.kind, _WORD if result.is_composite else 2 * _WORD)
