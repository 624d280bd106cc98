"""What an instruction's bytes mean to the call history: the reference that the native recorder must agree with.

An ISA with prefixes has its bytes normalised first, so that one row of the table covers every spelling:

    byte 0           1                     2                  3...
    repeat prefix    operand-size prefix   extension (REX)    opcode and what follows, 0 behind the end
    (0 if absent)    (0 if absent)         (0 if absent)
"""

from __future__ import annotations

from typing import NamedTuple

from stackglass.isa.table import InstructionKind, InstructionPattern, Isa, Prefixes

WINDOW = 8
"""How many bytes, normalised where the ISA has prefixes, a pattern can look at."""


class Classified(NamedTuple):
    """`stack_delta` is what the instruction adds to SP, in bytes; None where SP has to be read afterwards."""

    kind: InstructionKind
    stack_delta: int | None


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


def fits(pattern: InstructionPattern, code: bytes) -> bool:
    """Whether `code` (normalised) is one of the pattern's instructions. Bytes behind the end of `code` count as 0."""
    padded = code.ljust(len(pattern.mask), b"\0")
    return all(byte & mask == value for byte, mask, value in zip(padded, pattern.mask, pattern.value, strict=False))


def classify(isa: Isa, code: bytes) -> Classified:
    """The kind and the stack delta of the instruction that `code` begins with: the first row of the table that fits."""
    window = normalise(isa.prefixes, code) if isa.prefixes else code
    row = next((pattern for pattern in isa.patterns if fits(pattern, window[:WINDOW])), None)
    return Classified(row.kind, row.stack_delta) if row else Classified(InstructionKind.PLAIN, 0)
