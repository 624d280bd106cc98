"""What memory an instruction is about to go to: the register that the address is counted from, and the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from stackglass.isa import Isa
from stackglass.stack.code import decode_one, memory_operand, readable

_LONGEST_INSTRUCTION = 16


class Access(NamedTuple):
    """`base` is a register by its full-width name, None where there is none; `address` None if it can't be told."""

    base: str | None
    address: int | None


def access_of(isa: Isa, pc: int, code: bytes, registers: Mapping[str, int]) -> Access:
    """The access of the instruction that `code`, which lies at `pc`, begins with.

    One that names no memory goes by SP (a push, a call), or by FP where it sets both (`leave`).
    """
    other_encoding = isa.in_other_encoding(registers)
    operand = memory_operand(isa, pc, code, other_encoding=other_encoding)
    if operand is None:
        one = decode_one(isa, pc, code, other_encoding=other_encoding)
        by_frame_pointer = one is not None and {isa.stack_pointer, isa.frame_pointer} <= one.writes
        implied = isa.frame_pointer if by_frame_pointer else isa.stack_pointer
        return Access(implied, registers[implied])
    base, index = isa.full_name(operand.base or ""), isa.full_name(operand.index or "")
    if operand.segment is not None or (operand.base and base not in registers):
        return Access(base, None)
    address = operand.displacement + (registers[base] if base else 0)
    if index is not None:
        address += registers[index] * operand.scale
    return Access(base, address & ((1 << 8 * isa.word_size) - 1))


def code_at(read: Callable[[int, int], bytes], pc: int) -> bytes:
    """The bytes of the instruction at `pc`, and some behind it as far as memory goes; none where nothing is mapped."""
    return readable(read, pc, _LONGEST_INSTRUCTION)
