"""What a table tells of argument passing: the types of arguments, and the places that they are passed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class ArgumentType:
    """A C type as an ABI's argument passing sees it: a scalar, or an aggregate with its flattened members.

    `kind` 'integer' is every integer, enum and bool, 128-bit ones too; 'pointer' is references too; 'float' is every
    binary or decimal floating-point type but 'long double', the x87's 80-bit one; 'vector' is a SIMD type; 'complex'
    has its two parts as members; 'memory' is a C++ class that has to have an address (a non-trivial copy or
    destructor), passed by hidden reference whatever its size.
    """

    kind: Literal["integer", "pointer", "float", "long double", "vector", "complex", "aggregate", "memory"]
    size: int
    align: int
    members: tuple[tuple[int, ArgumentType], ...] = ()
    """(offset in bytes, scalar) of a struct's, array's, union's or complex number's members, nested ones flattened.

    The alignment of one that lies in an inner struct is at most that struct's. A bit-field is an integer of the bytes
    that it touches, aligned to 1. Padding, empty bases and zero-length arrays have none.
    """
    natural_align: int | None = None
    """Its alignment but for what an attribute asks of the type as a whole, where that differs from `align`."""
    holds_union: bool = False
    """Whether it is a union, or has one in it."""

    is_union: bool = False

    @property
    def called(self) -> str:
        """What a type that is made of parts is called: 'a struct', 'a union', 'a complex number'."""
        if self.kind == "complex":
            return "a complex number"
        return "a union" if self.is_union else "a struct"

    @property
    def is_composite(self) -> bool:
        """Whether it is made of parts: an aggregate or a complex number."""
        return self.kind in ("aggregate", "complex")

    def within(self, align: int) -> ArgumentType:
        """As it is in something that is aligned to `align`."""
        return self if self.align <= align else replace(self, align=align, natural_align=self.natural)

    @property
    def natural(self) -> int:
        """Its alignment but for what an attribute asks of the type as a whole."""
        return self.natural_align or self.align


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a value's bytes: `size` of them, from byte `offset` on, in a register or on the stack.

    In a register they are the bits from `shift` on; on the stack they lie `stack_offset` bytes above SP at the call
    instruction (before it runs).
    """

    offset: int
    size: int
    register: str | None = None
    shift: int = 0
    stack_offset: int | None = None
    float_bits: int = 0
    """Of a floating-point number whose size the register's isn't: as what the register has it, 64 or 80 bits."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an argument or a result is passed. `parts` in order of its bytes, none where nothing is passed; `reason` is
    the rule in words, with its section in the ABI's text."""

    parts: tuple[Part, ...]
    reason: str
    by_reference: bool = False
    """Whether the parts are those of its address. A result without parts is where the hidden pointer says."""

    @property
    def registers(self) -> tuple[str, ...]:
        """The registers that it is in, by full-width name; one that holds two of its parts counts once."""
        return tuple(dict.fromkeys(part.register for part in self.parts if part.register is not None))

    @property
    def stack_parts(self) -> tuple[tuple[int, Part], ...]:
        """(offset from SP at the call instruction, part) of what lies on the stack."""
        return tuple((part.stack_offset, part) for part in self.parts if part.stack_offset is not None)

    @property
    def stack_offset(self) -> int | None:
        """Where its bytes on the stack begin, from SP at the call instruction; None if there are none."""
        return next((part.stack_offset for part in self.parts if part.stack_offset is not None), None)


class Implied(NamedTuple):
    """A register that the convention sets for a call besides arguments: to what, the rule, and what that tells."""

    register: str
    value: int
    reason: str
    purpose: str


@dataclass(frozen=True, slots=True)
class CallPlaces:
    """Where one call's arguments and result are passed."""

    arguments: tuple[Place, ...]
    result: Place | None
    hidden_result_pointer: Place | None
    """Where the caller passes the address for a result in memory; None where there is none."""
    stack_bytes: int
    """Bytes of stack that the arguments take, from SP at the call instruction upwards."""
    implied: tuple[Implied, ...] = ()
    """What else the convention puts into registers."""


Assign = Callable[[Sequence[ArgumentType], ArgumentType | None, int | None], CallPlaces]
"""Argument passing: types of the arguments, of the result (None for void), and how many arguments are named in the
prototype (None when it isn't variadic)."""
