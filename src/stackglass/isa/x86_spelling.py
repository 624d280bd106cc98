"""Instructions of both x86 instruction sets taken apart for `explain`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stackglass.isa.words import NumberKind, Operand, Spelled

_REGISTER, _IMMEDIATE, _MEMORY = 1, 2, 3  # capstone's operand types
_SEGMENT_BASES = {"fs": "fs_base", "gs": "gs_base"}
_PREFIXES = ("rep", "repe", "repne", "repz", "repnz", "lock", "bnd", "notrack", "xacquire", "xrelease", "data16")
_STRING = {"movs", "stos", "lods", "scas", "cmps"}
_COMPARES_X87 = ("fcomi", "fcompi", "fucomi", "fucompi")
_X87_NUMBERS = ("fld", "fst", "fadd", "fsub", "fmul", "fdiv", "fcom")
_X87_SIZES: dict[int, NumberKind] = {4: "single", 8: "double", 10: "extended"}
_UNTOLD = ("cmpxchg", "xadd")
_ACCUMULATORS = {1: "al", 2: "ax", 4: "eax", 8: "rax"}
_WIDTHS = ("b", "w", "d", "q")


def spell(instruction: Any) -> Spelled:
    """The words' view of one of capstone's instructions."""
    words = instruction.mnemonic.split()
    prefix = " ".join(word for word in words if word in _PREFIXES)
    mnemonic = next(word for word in words if word not in _PREFIXES)
    texts = _texts(instruction.op_str, len(instruction.operands))
    operands = tuple(
        _operand(instruction, operand, text) for operand, text in zip(instruction.operands, texts, strict=True)
    )
    if mnemonic.startswith("f"):
        return Spelled(mnemonic, prefix, _on_x87_stack(mnemonic, operands), 0 if mnemonic in _COMPARES_X87 else 1)
    if mnemonic in _UNTOLD:
        reads, writes = (frozenset(map(instruction.reg_name, numbers)) for numbers in instruction.regs_access())
        return Spelled(mnemonic, prefix, operands, reads=reads, writes=writes | _also_written(mnemonic, operands))
    return Spelled(_string_name(mnemonic, operands), prefix, operands)


def _also_written(mnemonic: str, operands: tuple[Operand, ...]) -> set[str]:
    """What capstone doesn't tell: the flags, and of an exchange its destination and the accumulator."""
    if mnemonic == "xadd":
        return {"eflags"}
    first = operands[0]
    return {"eflags", _ACCUMULATORS[first.size], *([first.register] if first.register else [])}


def _on_x87_stack(mnemonic: str, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """Operands with what kind of number they are. To a comparison's is added st(0), to those of what pops as b the
    register in which its result is afterwards."""
    kinds = tuple(replace(each, number=_x87_kind(mnemonic, each)) for each in operands)
    if mnemonic in _COMPARES_X87:
        return (_x87_register(0), *kinds)
    number = (operands[0].register or "") if len(operands) == 1 else ""
    if mnemonic.endswith("p") and number.startswith("st(") and number != "st(0)":
        return (*kinds, _x87_register(int(number[3:-1]) - 1))
    return kinds


def _x87_register(number: int) -> Operand:
    return Operand("register", 10, f"st({number})", register=f"st({number})", number="extended")


def _x87_kind(mnemonic: str, operand: Operand) -> NumberKind | None:
    if operand.kind == "register":
        return "extended" if (operand.register or "").startswith("st(") else None
    return _X87_SIZES.get(operand.size) if mnemonic.startswith(_X87_NUMBERS) else None


def _string_name(mnemonic: str, operands: tuple[Operand, ...]) -> str:
    """'movs' for a string instruction of any width; 'movsx' stays itself, and 'movsd' what SSE means by it."""
    vectors = any((operand.register or "").startswith("xmm") for operand in operands)
    if mnemonic[:-1] in _STRING and mnemonic.endswith(_WIDTHS) and not vectors:
        return mnemonic[:-1]
    return mnemonic


def _texts(text: str, count: int) -> list[str]:
    parts = [part.strip() for part in text.split(",")] if text else []
    return parts if len(parts) == count else [text] * count


def _operand(instruction: Any, operand: Any, text: str) -> Operand:
    if operand.type == _REGISTER:
        return Operand("register", operand.size, text, register=instruction.reg_name(operand.reg))
    if operand.type == _IMMEDIATE:
        return Operand("immediate", operand.size, text, value=operand.imm)
    memory = operand.mem
    base, index, segment = (
        instruction.reg_name(number) if number else None for number in (memory.base, memory.index, memory.segment)
    )
    return Operand(
        "memory",
        operand.size,
        text,
        base=base,
        index=index,
        scale=memory.scale,
        displacement=memory.disp,
        segment=_SEGMENT_BASES.get(segment or ""),
    )
