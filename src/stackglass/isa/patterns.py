"""What an instruction's bytes mean to the call history: the reference that the native recorder must agree with.

An ISA with prefixes has its bytes normalised first, so that one row of the table covers every spelling:

    byte 0           1                     2                  3...
    repeat prefix    operand-size prefix   extension (REX)    opcode and what follows, 0 behind the end
    (0 if absent)    (0 if absent)         (0 if absent)

An ISA with a second encoding has its instructions' bytes from 0 on, and in byte 7 which encoding they are in.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from stackglass import isa as isas
from stackglass.isa.instructions import InstructionKind, Prefixes, StackField
from stackglass.isa.table import Isa

WINDOW = 8
"""How many bytes, normalised where the ISA has prefixes, a pattern can look at."""
ENCODING = 7
"""The byte of the window that is 1 in an ISA's second encoding."""


class Classified(NamedTuple):
    """`stack_delta` is what the instruction adds to SP, in bytes; None where SP has to be read afterwards."""

    kind: InstructionKind
    stack_delta: int | None


_PLAIN = Classified(InstructionKind.PLAIN, 0)


def normalise(prefixes: Prefixes, code: bytes) -> bytes:
    """`code` with its prefixes in fixed places (see the module's box). Of several of one sort the last counts.

    An extension prefix counts only right before the opcode (Intel SDM volume 2A, 2.2.1).
    """
    repeat = operand_size = extension = 0
    length = 0
    for byte in code:
        if byte in prefixes.extension:
            extension = byte
        else:
            if byte in prefixes.repeat:
                repeat = byte
            elif byte in prefixes.operand_size:
                operand_size = byte
            elif byte not in prefixes.ignored:
                break
            extension = 0
        length += 1
    return bytes([repeat, operand_size, extension]) + code[length:]


@cache
def _rows(isa_name: str) -> tuple[tuple[int, int, Classified, StackField | None], ...]:
    """The ISA's table with masks and values as numbers, in order."""
    isa = isas.get(isa_name)
    return tuple(
        (
            _number(isa, pattern.mask),
            _number(isa, pattern.value),
            Classified(pattern.kind, pattern.stack_delta),
            pattern.field,
        )
        for pattern in isa.patterns
    )


def _number(isa: Isa, window: bytes) -> int:
    """The number that a window's bytes are: in the ISA's byte order, filled up with zeros behind the end."""
    return int.from_bytes(window[:WINDOW].ljust(WINDOW, b"\0"), isa.byte_order)


def _moved(field: StackField, word: int) -> int:
    """How far the field says that SP moves."""
    number = word >> field.shift & (1 << field.bits) - 1
    if field.counts:
        number = number.bit_count()
    elif field.signed and number >> field.bits - 1:
        number -= 1 << field.bits
    return number * field.scale


def classify(isa: Isa, code: bytes, *, other_encoding: bool = False) -> Classified:
    """The kind and the stack delta of the instruction that `code` begins with: the first row of the table that fits.

    With prefixes or a second encoding `code` must be that instruction alone.
    """
    window = normalise(isa.prefixes, code) if isa.prefixes else code
    if isa.other_encoding:
        window = window[:ENCODING].ljust(ENCODING, b"\0") + bytes([other_encoding])
    word = _number(isa, window)
    for mask, value, classified, field in _rows(isa.name):
        if word & mask == value:
            if field is None or classified.stack_delta is None:
                return classified
            return Classified(classified.kind, classified.stack_delta + _moved(field, word))
    return _PLAIN
