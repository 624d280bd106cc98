"""Operands of ARM instructions, A32 and Thumb, as `explain` wants them: pc as the number that it is read as."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from stackglass.isa.words import NumberKind, Operand

_REGISTER, _IMMEDIATE, _MEMORY, _FLOAT = 1, 2, 3, 4  # capstone's operand types
WORD = 4
OTHER_SPELLINGS = {"sb": "r9", "sl": "r10"}
"""Capstone's names of registers, and those of the table."""
_VECTORS: dict[str, tuple[int, NumberKind]] = {"s": (4, "single"), "d": (8, "double"), "q": (16, "bytes")}
_SHIFTS = {
    1: "shifted right by {} with its sign kept",
    2: "shifted left by {}",
    3: "shifted right by {}",
    4: "rotated right by {}",
    5: "rotated right by 1 through the carry",
}
_BY_REGISTER = 5
"""How much greater capstone's number of a shift is where a register says how far."""
_SIGNED, _LEFT, _RIGHT = 1, 2, 3


def is_thumb(instruction: Any) -> bool:
    """Whether it is a Thumb instruction."""
    return any(instruction.group_name(group).startswith("thumb") for group in instruction.groups)


def program_counter(instruction: Any) -> int:
    """What an instruction reads as pc. Arm Architecture Reference Manual, ARMv7-A and -R, A2.3."""
    ahead: int = instruction.address + (4 if is_thumb(instruction) else 8)
    return ahead


def name_of(instruction: Any, number: int) -> str:
    """A register's name, r9 and r10 by their numbers."""
    name: str = instruction.reg_name(number)
    return OTHER_SPELLINGS.get(name, name)


def operands_of(instruction: Any, width: int) -> Iterator[Operand]:
    """The operands in capstone's order; `width` is the size of one in memory, 0 for a register's."""
    found: list[Operand] = []
    for raw in instruction.operands:
        if raw.type == _REGISTER and found and found[-1].kind == "memory":
            found[-1] = replace(found[-1], step=1)  # by a register that comes after: how far isn't told
        elif raw.type == _IMMEDIATE and found and found[-1].kind == "memory":
            found[-1] = replace(found[-1], step=-raw.imm if raw.subtracted else raw.imm)
        elif raw.type == _REGISTER:
            found.append(_register(instruction, raw))
        elif raw.type == _MEMORY:
            found.append(_memory(instruction, raw, width or (found[-1].size if found else WORD)))
        elif raw.type == _FLOAT:
            found.append(_float(raw, found))
        elif raw.type == _IMMEDIATE:
            found.append(Operand("immediate", WORD, str(raw.imm), value=raw.imm))
    if instruction.writeback and found and found[-1].kind == "memory" and not found[-1].step:
        found[-1] = replace(found[-1], step=found[-1].displacement or 1)
    yield from found


def _register(instruction: Any, raw: Any) -> Operand:
    name = name_of(instruction, raw.reg)
    if name == "pc" and raw.access == 1:
        value = program_counter(instruction)
        return Operand("immediate", WORD, "pc", value=value)
    size, kind = _VECTORS.get(name[0] if name[1:].isdigit() else "", (WORD, None))
    if raw.vector_index >= 0:
        name, size, kind = f"{name}[{raw.vector_index}]", WORD, "bytes"
    return Operand("register", size, name, register=name, modifier=_modifier(instruction, raw), number=kind)


def _modifier(instruction: Any, raw: Any) -> str:
    """What is done to the value before it is used, in words."""
    kind = raw.shift.type
    if kind in _SHIFTS and (raw.shift.value or kind == _BY_REGISTER):
        return f" {_SHIFTS[kind].format(raw.shift.value)}"
    if kind > _BY_REGISTER and kind - _BY_REGISTER in _SHIFTS:
        return f" {_SHIFTS[kind - _BY_REGISTER].format(name_of(instruction, raw.shift.value))}"
    return ""


def _memory(instruction: Any, raw: Any, size: int) -> Operand:
    memory, shift = raw.mem, raw.shift
    base = name_of(instruction, memory.base) if memory.base else None
    sign = -1 if raw.subtracted and memory.index else 1
    operand = Operand(
        "memory",
        size,
        "",
        base=base,
        index=name_of(instruction, memory.index) if memory.index else None,
        scale=sign * (1 << (shift.value if shift.type == _LEFT else memory.lshift)),
        displacement=memory.disp,
        index_is_signed=shift.type == _SIGNED,
        index_right=shift.value if shift.type in (_SIGNED, _RIGHT) else 0,
    )
    if base != "pc":
        return operand
    start = program_counter(instruction)
    start = start if instruction.insn_name() in ("tbb", "tbh") else start & ~3  # tables need not be aligned
    return replace(operand, base=None, displacement=start + memory.disp)


def _float(raw: Any, before: list[Operand]) -> Operand:
    single = bool(before) and before[0].number == "single"
    bits = struct.pack("<f" if single else "<d", raw.fp)
    number: NumberKind = "single" if single else "double"
    return Operand("immediate", len(bits), str(raw.fp), value=int.from_bytes(bits, "little"), number=number)
