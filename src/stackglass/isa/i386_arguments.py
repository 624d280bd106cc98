"""Where the System V Intel386 psABI (2.2.3) passes arguments and results: nearly everything on the stack.

Structs are returned in memory whatever their size, as compilers for Linux do. `i386.ISA.assign` is `assign` of this
module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackglass.isa.passing import ArgumentType, CallPlaces, Part, Place
from stackglass.isa.places import in_registers, on_stack, round_up

_SECTION = "psABI 2.2.3"
_WORD = 4
_VECTORS = 3
"""xmm0 to xmm2, or mm0 to mm2, pass vectors."""


def assign(arguments: Sequence[ArgumentType], result: ArgumentType | None, named: int | None) -> CallPlaces:
    """Places of `arguments` and of `result` (None for void) in one call."""
    return _assign(arguments, result, vectors=0 if named is not None else _VECTORS, in_memory=False)


def assign_in_memory(arguments: Sequence[ArgumentType], result: ArgumentType | None, _named: int | None) -> CallPlaces:
    """As `assign`, in code that is compiled without SSE or MMX: vectors that would go in their registers are passed on
    the stack and returned in memory, as gcc does it."""
    return _assign(arguments, result, vectors=0, in_memory=True)


def _assign(
    arguments: Sequence[ArgumentType], result: ArgumentType | None, *, vectors: int, in_memory: bool
) -> CallPlaces:
    free = _Free(vectors)
    returned = None if result is None else _result(result, in_memory=in_memory)
    hidden = None
    if returned is not None and returned.by_reference:
        reason = f"the address for a result in memory is pushed last, below all arguments ({_SECTION})"
        hidden = Place(on_stack(_WORD, free.take_stack(_WORD, _WORD)), reason)
    places = tuple(free.place(argument) for argument in arguments)
    return CallPlaces(places, returned, hidden, free.stack_bytes)


@dataclass(slots=True)
class _Free:
    """How many vectors of each sort may still go in registers, and how much of the stack is taken."""

    vectors: int
    xmm: int = 0
    mm: int = 0
    stack_bytes: int = 0

    def place(self, argument: ArgumentType) -> Place:
        """Of the next argument."""
        if not argument.size:  # C's: C++'s have a byte, and take a word
            return Place((), f"an empty struct has no bytes to pass ({_SECTION})")
        if argument.kind == "memory":
            reason = f"the address of an object that must have one goes on the stack ({_SECTION})"
            return Place(on_stack(_WORD, self.take_stack(_WORD, _WORD)), reason, by_reference=True)
        if argument.kind == "vector" and argument.size == 16 and self.xmm < self.vectors:
            self.xmm += 1
            return _vector(f"xmm{self.xmm - 1}", argument.size)
        if argument.kind == "vector" and argument.size == 8 and self.mm < self.vectors:
            self.mm += 1
            return _vector(f"mm{self.mm - 1}", argument.size)
        align = _stack_alignment(argument)
        reason = "arguments are passed on the stack" + (f", this one aligned to {align} bytes" if align > _WORD else "")
        return Place(on_stack(argument.size, self.take_stack(argument.size, align)), f"{reason} ({_SECTION})")

    def take_stack(self, size: int, align: int) -> int:
        """Offset of the next `size` bytes of stack, from SP at the call instruction."""
        offset = round_up(self.stack_bytes, align)
        self.stack_bytes = offset + round_up(size, _WORD)
        return offset


def _vector(register: str, size: int) -> Place:
    reason = f"the first three vectors of their size go in registers; {register} is the next ({_SECTION})"
    return Place(in_registers([register], size, size), reason)


def _stack_alignment(argument: ArgumentType) -> int:
    """A word, or that of the strictest SSE or 128-bit value in it, where that is aligned. What attributes ask for
    doesn't count."""
    if argument.align < 16:
        return _WORD
    scalars = [scalar for _, scalar in argument.members] if argument.is_composite else [argument]
    strictest = max((min(scalar.align, scalar.natural) for scalar in scalars), default=_WORD)
    return strictest if strictest >= 16 else _WORD


def _result(result: ArgumentType, *, in_memory: bool) -> Place:
    if result.kind == "aggregate" and result.size and not result.members:  # of C++; C's, of no bytes, is as any struct
        return Place((), f"an empty struct has no bytes to return ({_SECTION})")
    if _in_memory(result) or (in_memory and result.kind == "vector"):
        reason = "is written to memory whose address the caller gave on the stack; the callee takes that off (`ret 4`)"
        parts = in_registers(["eax"], _WORD, _WORD)
        return Place(parts, f"{_what(result)} {reason} and returns it in eax ({_SECTION})", by_reference=True)
    if result.kind in ("float", "long double"):
        parts = (Part(0, result.size, "st0", float_bits=80),)
        return Place(parts, f"floating-point values are returned in st0, the top of the x87 stack ({_SECTION})")
    if result.kind == "vector":
        register = "xmm0" if result.size == 16 else "mm0"
        parts = in_registers([register], result.size, result.size)
        return Place(parts, f"a vector of {result.size} bytes is returned in {register} ({_SECTION})")
    names = ["eax"] if result.size <= _WORD else ["eax", "edx"]
    which = "in eax" if len(names) == 1 else "in eax, its upper half in edx"
    return Place(in_registers(names, result.size, _WORD), f"{_what(result)} is returned {which} ({_SECTION})")


def _in_memory(result: ArgumentType) -> bool:
    largest = {"memory": -1, "aggregate": -1, "long double": 12, "vector": 16}
    return result.size > largest.get(result.kind, 2 * _WORD)


def _what(result: ArgumentType) -> str:
    if result.kind == "memory":
        return "an object that must have an address"
    names = {
        "integer": "an integer",
        "pointer": "a pointer",
        "complex": "a complex number",
        "aggregate": "a struct or union",
        "vector": "a vector that there is no register for in this code",
    }
    return names.get(result.kind, f"a value of {result.size} bytes")
