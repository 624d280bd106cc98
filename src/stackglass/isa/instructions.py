"""What a table tells of instructions: the patterns of their bytes, and what they store."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple


class InstructionKind(enum.IntEnum):
    """What an instruction means to the call history. The numbers are recorder.h's `enum instruction_kind`."""

    PLAIN = 0
    CALL = 1
    RETURN = 2
    JUMP = 3
    SYSTEM_CALL = 4
    REPEATED = 5
    """A string instruction that the engine announces once an iteration, and once more."""
    EMULATED = 6
    """One that the engine would answer from the host (a clock, a random number): `Isa.emulated` answers instead."""
    GROUP = 7
    """Makes the instructions behind it depend on a condition, one to four: the engine can't be stopped between them.
    Where the lowest of its four low bits that is set stands says how many."""


@dataclass(frozen=True, slots=True)
class StackField:
    """A field of an instruction that says how far it moves SP: `bits` bits from bit `shift` of the window on, as a
    number, times `scale` bytes. `counts`: the number is how many of the bits are set (a list of registers).

    The window is the number that its eight bytes are in the ISA's byte order: on a big-endian one bit 0 of a word of
    four bytes is the window's bit 32.
    """

    shift: int
    bits: int
    scale: int
    signed: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class InstructionPattern:
    """Instructions whose bytes `b` satisfy `b & mask == value`; the first pattern of the table that fits counts.

    `stack_delta` is what the instruction adds to SP, in bytes, besides what `field` says, or None where SP must be read
    afterwards. With
    `Isa.prefixes`, byte 0 is the repeat prefix, 1 the operand-size prefix, 2 REX (each 0 if absent), and 3 the opcode.
    With `Isa.other_encoding`, byte 7 is 1 in that encoding and 0 in the usual one.
    """

    mask: bytes
    value: bytes
    kind: InstructionKind
    stack_delta: int | None = 0
    field: StackField | None = None


@dataclass(frozen=True, slots=True)
class SilentStore:
    """A store that the engine tells no hook of, by the bytes of the instruction as in `InstructionPattern`.

    It writes from base + index + displacement on, rounded down to a multiple of `alignment`: `size` bytes, and as many
    more as `length` and `length_register` say. All that tells so is the same before and after it.
    """

    mask: bytes
    value: bytes
    base: int | None
    """The bit of the window from which on five bits number the base register in `Isa.numbered_registers`; None if
    there is none."""
    index: int | None = None
    """Likewise."""
    displacement: StackField | None = None
    size: int = 0
    length: StackField | None = None
    length_register: str | None = None
    length_mask: int = 0
    """The bits of `length_register` that count."""
    alignment: int = 1


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Which bytes before an opcode are prefixes, for an ISA that has them."""

    repeat: bytes
    operand_size: bytes
    ignored: bytes
    extension: range
    """One byte of this range may stand right before the opcode (REX)."""


class Store(NamedTuple):
    """A plain copy of a register to memory at base + displacement. A push has SP as base, as it is after the push."""

    register: str
    base: str
    displacement: int
    size: int
    is_push: bool
