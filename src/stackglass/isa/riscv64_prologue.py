"""The instructions that functions begin with on RISC-V, as gdb's riscv_scan_prologue knows them.

SP moving, registers stored by SP or the frame pointer, and what may be mixed with that: registers copied, added and
loaded, addresses formed. Compressed instructions count as those that they stand for.
"""

from __future__ import annotations

_LONGEST = 100
_SP = 2
_FRAME_BASES = (_SP, 8)
_COPY_OF_SP = 0x0001043B  # addw s0, sp, zero
_COMPRESSED_FRAME_POINTER = 0
"""The frame pointer among the 3-bit numbers of registers."""


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, that make its frame."""
    at = 0
    while at < min(_LONGEST, len(code) - 1):
        word = int.from_bytes(code[at : at + 4], "little")
        is_compressed = word & 3 != 3
        if not (_compressed(word & 0xFFFF) if is_compressed else _whole(word)):
            break
        at += 2 if is_compressed else 4
    return at


# The RISC-V Instruction Set Manual, volume I, chapters 2, 5 and 16.


def _whole(word: int) -> bool:
    """Whether an instruction of 4 bytes belongs to a prologue."""
    opcode, kind, target, base = word & 0x7F, word >> 12 & 7, word >> 7 & 31, word >> 15 & 31
    if opcode in (0x13, 0x1B) and kind == 0:  # addi, addiw
        return opcode == 0x13 or target == base == _SP
    if opcode == 0x23:  # sw, sd
        return kind in (2, 3) and base in _FRAME_BASES
    if opcode == 0x03:  # lw, ld
        return kind in (2, 3)
    if opcode == 0x33:  # add
        return word >> 25 == 0 and kind == 0
    return opcode in (0x17, 0x37) or word == _COPY_OF_SP  # auipc, lui


def _compressed(word: int) -> bool:
    """Whether one of 2 bytes does."""
    kind, target = word >> 13 << 2 | word & 3, word >> 7 & 31
    if kind == 0b001_01:  # c.addiw
        return target == _SP
    if kind == 0b000_00:  # c.addi4spn
        return word != 0
    if kind in (0b110_00, 0b111_00):  # c.sw, c.sd
        return word >> 7 & 7 == _COMPRESSED_FRAME_POINTER
    if kind == 0b100_10:  # c.mv, c.add; not c.jr, c.jalr
        return bool(word >> 2 & 31)
    # c.addi and c.nop; c.lui and c.addi16sp; c.lw, c.ld; c.swsp, c.sdsp
    return kind in (0b000_01, 0b011_01, 0b010_00, 0b011_00, 0b110_10, 0b111_10)
