"""ARM instructions, A32 and Thumb, taken apart for `explain`: targets first, several registers as several moves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from stackglass.isa.arm_operands import OTHER_SPELLINGS, WORD, is_thumb, operands_of, program_counter
from stackglass.isa.disassembly import as_named
from stackglass.isa.three_operands import accesses
from stackglass.isa.words import NumberKind, Operand, Spelled

_Operands = tuple[Operand, ...]

_CODES = ("", "eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "")
_OWN = {"cbz": "equal", "cbnz": "not equal"}
_NAMES = {"hint": "nop", "fconstd": "vmov", "fconsts": "vmov", "fmstat": "vmrs"}
_TABLE_BRANCHES = {"tbb": 1, "tbh": 2}
"""Jumps by a table, with the bytes of its entries."""
_BRANCHES = ("b", "bx", "bl", "blx", "bxj", "cbz", "cbnz", "tbb", "tbh")
_COMPARISONS = ("cmp", "cmn", "tst", "teq", "vcmp", "vcmpe")
_WRITES_NOTHING = frozenset(
    (*_BRANCHES, *_COMPARISONS, "svc", "pld", "pldw", "pli", "bkpt", "udf", "msr", "mcr", "vmsr", "it", "setend")
)
_SHIFTS = ("lsl", "lsr", "asr", "ror")
_TWO_MEAN_THREE = frozenset(("add", "sub", "adc", "sbc", "rsb", "and", "orr", "eor", "bic", "orn", "mul", *_SHIFTS))
"""With two operands, they change the first one."""
_PLACES = ("mov", "add", "sub")
_LONG = ("umull", "smull", "umlal", "smlal", "umaal")
_KEEPS = (*_LONG[2:], "movt", "bfi", "bfc", "vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms")
"""They read what they write, too."""
_KINDS: dict[str, NumberKind] = {"f64": "double", "f32": "single", "s32": "integer", "u32": "integer"}
_PUSH = re.compile(r"^str(\w\w)? (\w+), \[sp, #-4\]!$")
"""How capstone writes what the architecture's preferred disassembly has as a push of one register."""
_LIST = re.compile(r"(v?)(ld|st)m(ia|db|ib|da)?$")


def spell(instruction: Any) -> Spelled:
    """The words' view of one of capstone's instructions."""
    name, *types = instruction.mnemonic.split(".")
    mnemonic = _NAMES.get(instruction.insn_name(), instruction.insn_name())
    sets_flags = name.startswith(f"{mnemonic}s")
    operands = tuple(operands_of(instruction, _width(mnemonic)))
    mnemonic, operands = _meant(instruction, mnemonic, _with_kinds(mnemonic, types, operands))
    is_place = mnemonic in _PLACES and len(operands) == 2 and operands[1].kind == "memory"
    mnemonic += "s" if sets_flags and not is_place else ""
    targets, operands = _targets_first(instruction, mnemonic, operands)
    reads, writes = accesses(
        operands, targets, reads=_also_read(mnemonic, operands), writes=_also_written(mnemonic, sets_flags=sets_flags)
    )
    code = _CODES[instruction.cc] if instruction.cc < len(_CODES) and mnemonic != "it" else ""
    return Spelled(
        mnemonic,
        "",
        operands,
        targets,
        condition=_OWN.get(mnemonic) or code or None,
        predicated=bool(code) and mnemonic != "b",
        reads=reads,
        writes=writes,
        text=as_named(
            _PUSH.sub(r"push\1 {\2}", f"{instruction.mnemonic} {instruction.op_str}".strip()), OTHER_SPELLINGS
        ),
    )


def _also_read(mnemonic: str, operands: _Operands) -> Iterable[str]:
    if mnemonic.rstrip("s") in _KEEPS or mnemonic in _KEEPS:
        yield from (each.register for each in operands[: 2 if mnemonic.startswith(_LONG) else 1] if each.register)
    if mnemonic.startswith("vmrs"):
        yield "fpscr"


def _also_written(mnemonic: str, *, sets_flags: bool) -> Iterable[str]:
    if sets_flags or mnemonic in ("cmp", "cmn", "tst", "teq", "vmrs.flags"):
        yield "cpsr"
    if mnemonic in ("bl", "blx"):
        yield "lr"
    if mnemonic in ("vcmp", "vcmpe"):
        yield "fpscr"


def _width(mnemonic: str) -> int:
    """How many bytes of memory an instruction moves for each register; 0 for the register's own width."""
    if mnemonic in _TABLE_BRANCHES:
        return _TABLE_BRANCHES[mnemonic]
    if not mnemonic.startswith(("ld", "st", "swp")):
        return 0
    if mnemonic in ("ldrexd", "strexd"):
        return 2 * WORD
    letter = mnemonic.removesuffix("t")[-1]
    return {"b": 1, "h": 2}.get(letter, WORD) if mnemonic != "stmdb" else WORD


def _with_kinds(mnemonic: str, types: list[str], operands: _Operands) -> _Operands:
    """The operands with how they are read as numbers, where the mnemonic's suffixes say so."""
    if mnemonic in ("vcvt", "vcvtr") and len(types) == 2:
        kinds = [_KINDS.get(each) for each in types]
        return tuple(replace(each, number=kind) for each, kind in zip(operands, kinds, strict=False))
    if mnemonic == "vmov" and any(each.number is None for each in operands):
        return tuple(replace(each, number="bytes") if each.number else each for each in operands)
    if mnemonic in ("vcmp", "vcmpe") and len(operands) == 2 and operands[1].kind == "immediate":
        return operands[0], replace(operands[1], number=operands[0].number)
    return operands


# ---- shapes that say more ----


def _meant(instruction: Any, mnemonic: str, operands: _Operands) -> tuple[str, _Operands]:
    """What is meant: addresses in the frame, shifts with their distance, a comparison with a negative number."""
    if mnemonic == "adr" and is_thumb(instruction) and operands[1].kind == "immediate":
        start = program_counter(instruction) & ~3
        return mnemonic, (operands[0], replace(operands[1], size=WORD, value=start + operands[1].value))
    if mnemonic in ("mrc", "mrs"):
        return mnemonic, tuple(each for each in operands if each.kind == "register")[:1]
    if mnemonic == "vmrs" and operands and (operands[0].register or "").startswith("apsr"):
        return "vmrs.flags", ()
    if mnemonic in _SHIFTS and len(operands) == 2 and instruction.operands[1].shift.value:
        distance = Operand("immediate", 1, "", value=instruction.operands[1].shift.value)
        return mnemonic, (operands[0], replace(operands[1], modifier=""), distance)
    if mnemonic in _TWO_MEAN_THREE and len(operands) == 2:
        operands = (operands[0], operands[0], operands[1])
    if mnemonic == "cmn" and operands[1].kind == "immediate" and operands[1].value:
        return "cmp", (operands[0], replace(operands[1], value=-operands[1].value))
    return _place(instruction, mnemonic, operands) if mnemonic in _PLACES else (mnemonic, operands)


def _place(instruction: Any, mnemonic: str, operands: _Operands) -> tuple[str, _Operands]:
    """An address that is computed from pc, or from where a frame is, as such; others as they are."""
    if len(operands) < 2:
        return mnemonic, operands
    target, base, *rest = operands
    offset = rest[0] if rest else None
    moved = 0 if offset is None else -offset.value if mnemonic == "sub" else offset.value
    if base.text == "pc" and offset is not None and offset.kind == "immediate":
        start = base.value & ~3 if is_thumb(instruction) else base.value
        return "adr", (target, Operand("immediate", WORD, "", value=start + moved))
    frame = ("sp", "r7") if is_thumb(instruction) else ("sp", "fp")
    if base.register in frame and target.register not in frame and (offset is None or offset.kind == "immediate"):
        if mnemonic == "mov" and base.modifier:
            return mnemonic, operands
        return mnemonic, (target, Operand("memory", 0, "", base=base.register, displacement=moved))
    return mnemonic, operands


# ---- what is written comes first ----


def _targets_first(instruction: Any, mnemonic: str, operands: _Operands) -> tuple[int, _Operands]:
    """How many operands are written, and the operands with those in front."""
    if mnemonic in ("push", "vpush"):
        return _list(operands, "sp", -sum(each.size for each in operands), stores=True, moves=True)
    if mnemonic in ("pop", "vpop"):
        return _list(operands, "sp", 0, stores=False, moves=True)
    several = _LIST.match(mnemonic)
    if several is not None and operands:
        base, *registers = operands
        size = sum(each.size for each in registers)
        start = {"db": -size, "ib": WORD, "da": WORD - size}.get(several[3] or "", 0)
        return _list(
            tuple(registers),
            base.register or "",
            start,
            stores=several[2] == "st",
            moves=instruction.writeback,
        )
    if mnemonic in _WRITES_NOTHING or not operands:
        return 0, operands
    *registers, last = operands
    if last.kind == "memory" and last.size:
        return _with_memory(mnemonic, tuple(registers), last)
    is_pair = mnemonic.startswith(_LONG) or (mnemonic == "vmov" and len(operands) == 3 and operands[0].number is None)
    return (2 if is_pair else 1), operands


def _list(registers: _Operands, base: str, start: int, *, stores: bool, moves: bool) -> tuple[int, _Operands]:
    """Registers that lie one above the other in memory, from `start` bytes behind the base register on."""
    places, at = [], start
    for each in registers:
        places.append(Operand("memory", each.size, "", base=base, displacement=at, step=1 if moves else 0))
        at += each.size
    return len(registers), ((*places, *registers) if stores else (*registers, *places))


def _with_memory(mnemonic: str, registers: _Operands, memory: Operand) -> tuple[int, _Operands]:
    if mnemonic in ("ldrd", "strd"):
        places = (memory, replace(memory, displacement=memory.displacement + memory.size))
        return 2, ((*places, *registers) if mnemonic == "strd" else (*registers, *places))
    if mnemonic.startswith("strex"):
        return 2, (memory, *registers)
    if mnemonic.startswith("swp"):
        return 2, (memory, *registers)
    if mnemonic.startswith("str") and len(registers) == 1:  # it stores what fits of the register
        return 1, (memory, replace(registers[0], size=memory.size))
    if mnemonic.startswith(("str", "vstr", "vst")):
        return 1, (memory, *registers)
    return len(registers), (*registers, memory)
