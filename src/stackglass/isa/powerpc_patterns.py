"""32-bit PowerPC instructions by their bits: calls, returns, jumps, and everything that can write SP (r1).

The Power ISA, Book I: an instruction is a big-endian word; its first six bits are its opcode, the next three groups of
five mostly registers, of which the first is the result of loads and arithmetic and the second that of logic.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.isa.instructions import InstructionKind, InstructionPattern, SilentStore, StackField

_CALL, _RETURN, _JUMP, _PLAIN = (
    InstructionKind.CALL,
    InstructionKind.RETURN,
    InstructionKind.JUMP,
    InstructionKind.PLAIN,
)
_FIRST_IS_SP, _SECOND_IS_SP = 1 << 21, 1 << 16
_FIRST, _SECOND = 31 << 21, 31 << 16
_OPCODE = 63 << 26
_WORD = 32
"""Where an instruction's lowest bit is in the window of eight bytes."""


def _word(
    mask: int,
    value: int,
    kind: InstructionKind = _PLAIN,
    stack_delta: int | None = 0,
    field: StackField | None = None,
) -> InstructionPattern:
    return InstructionPattern(mask.to_bytes(4, "big"), value.to_bytes(4, "big"), kind, stack_delta, field)


def _immediate(scale: int = 1) -> StackField:
    """The signed 16-bit number in an instruction's lower half."""
    return StackField(_WORD, 16, scale, signed=True)


# Opcodes, and extended opcodes of 31, whose instructions write their first register: loads and arithmetic.
_RESULT_FIRST = (7, 8, 12, 13, 14, 15, 32, 33, 34, 35, 40, 41, 42, 43)
_LOADS = (20, 23, 55, 87, 119, 279, 311, 343, 375, 533, 534, 597, 790)
_SUMS = (8, 10, 11, 40, 75, 104, 136, 138, 200, 202, 232, 234, 235, 266, 459, 491)
_MOVES = (19, 83, 339, 371, 595, 659)
_SELECT = 15
# Those that write their second: logic, shifts, and addresses that loads and stores update.
_RESULT_SECOND = (20, 21, 23, 24, 25, 26, 27, 28, 29)
_UPDATING = (33, 35, 37, 39, 41, 43, 45, 49, 51, 53, 55)
_LOGIC = (24, 26, 28, 60, 122, 124, 284, 316, 412, 444, 476, 508, 536, 792, 824, 922, 954)
_UPDATING_INDEXED = (55, 119, 183, 247, 311, 375, 439, 567, 631, 695, 759)
_LOAD_MULTIPLE, _STRINGS = 46, (533, 597)


def _by_a_constant() -> Iterator[InstructionPattern]:
    """SP moved by a number in the instruction."""
    for opcode, scale in ((14, 1), (12, 1), (13, 1), (15, 1 << 16)):  # addi, addic, addic., addis
        mask = _OPCODE | _FIRST | _SECOND
        yield _word(mask, opcode << 26 | _FIRST_IS_SP | _SECOND_IS_SP, field=_immediate(scale))
    for opcode in _UPDATING:  # stwu r1, -16(r1) and the like
        yield _word(_OPCODE | _SECOND, opcode << 26 | _SECOND_IS_SP, field=_immediate())


def _by_a_register() -> Iterator[InstructionPattern]:
    """Whatever else has SP as a result."""
    for opcode in _RESULT_FIRST:
        yield _word(_OPCODE | _FIRST, opcode << 26 | _FIRST_IS_SP, stack_delta=None)
    for opcode in _RESULT_SECOND:
        yield _word(_OPCODE | _SECOND, opcode << 26 | _SECOND_IS_SP, stack_delta=None)
    for register in (0, 1):
        yield _word(_OPCODE | _FIRST, _LOAD_MULTIPLE << 26 | register << 21, stack_delta=None)
    for extended in (*_LOADS, *_MOVES):
        yield _word(_OPCODE | _FIRST | 0x7FE, 31 << 26 | _FIRST_IS_SP | extended << 1, stack_delta=None)
    for extended in _STRINGS:  # from any register on, and around from r31 to r0
        yield _word(_OPCODE | 0x7FE, 31 << 26 | extended << 1, stack_delta=None)
    for extended in _SUMS:  # bit 10 asks for the overflow
        yield _word(_OPCODE | _FIRST | 0x3FE, 31 << 26 | _FIRST_IS_SP | extended << 1, stack_delta=None)
    yield _word(_OPCODE | _FIRST | 0x3E, 31 << 26 | _FIRST_IS_SP | _SELECT << 1, stack_delta=None)
    for extended in (*_LOGIC, *_UPDATING_INDEXED):
        yield _word(_OPCODE | _SECOND | 0x7FE, 31 << 26 | _SECOND_IS_SP | extended << 1, stack_delta=None)


PATTERNS = (
    _word(0xFC000001, 0x48000001, _CALL),  # bl, bla
    _word(0xFC000001, 0x48000000, _JUMP),  # b, ba
    _word(0xFFFF0003, 0x429F0001, _JUMP),  # bcl 20, 31: asks where it is, over a word of data perhaps
    _word(0xFC000001, 0x40000001, _CALL),  # bcl
    _word(0xFC000001, 0x40000000, _JUMP),  # bc
    _word(0xFC0007FF, 0x4C000021, _CALL),  # bclrl
    _word(0xFC0007FF, 0x4C000020, _RETURN),  # bclr
    _word(0xFC0007FF, 0x4C000421, _CALL),  # bcctrl
    _word(0xFC0007FF, 0x4C000420, _JUMP),  # bcctr
    _word(0xFC000002, 0x44000002, InstructionKind.SYSTEM_CALL),  # sc
    # mftb, mftbu: as mftb, and as mfspr of registers 268 and 269
    *(
        _word(0xFC1FFFFE, 0x7C000000 | register << 11 | extended << 1, InstructionKind.EMULATED)
        for register in (0b01100_01000, 0b01101_01000)
        for extended in (339, 371)
    ),
    *_by_a_constant(),
    *_by_a_register(),
)


_RA, _RB, _RS = _WORD + 16, _WORD + 11, _WORD + 21
_LINE = 32
"""Bytes that dcbz clears."""


def _indexed(extended: int) -> tuple[int, int]:
    return _OPCODE | 0x7FE, 31 << 26 | extended << 1


def _silent(
    mask_and_value: tuple[int, int],
    *,
    index: int | None = None,
    displacement: StackField | None = None,
    size: int = 0,
    length: StackField | None = None,
    length_register: str | None = None,
    length_mask: int = 0,
    alignment: int = 1,
) -> Iterator[SilentStore]:
    """The store with r0 as its base, which then counts as 0, and with any other."""
    mask, value = mask_and_value
    for base, bits in ((None, mask | _SECOND), (_RA, mask)):
        yield SilentStore(
            bits.to_bytes(4, "big"),
            value.to_bytes(4, "big"),
            base,
            index,
            displacement,
            size,
            length,
            length_register,
            length_mask,
            alignment,
        )


_COUNT = 31 << 11
_STSWI, _STSWX, _DCBZ = _indexed(725), _indexed(661), _indexed(1014)

SILENT_STORES = (
    *_silent((_OPCODE, 47 << 26), displacement=_immediate(), size=128, length=StackField(_RS, 5, -4)),  # stmw
    *_silent((_STSWI[0] | _COUNT, _STSWI[1]), size=32),  # a count of 0 means 32
    *_silent(_STSWI, length=StackField(_RB, 5, 1)),
    *_silent(_STSWX, index=_RB, length_register="xer", length_mask=0x7F),
    *_silent(_DCBZ, index=_RB, size=_LINE, alignment=_LINE),
)


def direct_calls(code: bytes, address: int) -> Iterator[int]:
    """Wherever a bl stands."""
    for at in range(0, len(code) - 3, 4):
        word = int.from_bytes(code[at : at + 4], "big")
        if word & 0xFC000001 == 0x48000001:
            distance = (word & 0x03FFFFFC ^ 1 << 25) - (1 << 25)
            yield (distance if word & 2 else address + at + distance) & 0xFFFFFFFF
