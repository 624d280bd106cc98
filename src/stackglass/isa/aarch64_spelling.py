"""AArch64 instructions taken apart for `explain`: targets first, pairs as two moves, zero registers as zeros."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from stackglass.isa.three_operands import accesses
from stackglass.isa.words import NumberKind, Operand, Spelled

_REGISTER, _IMMEDIATE, _MEMORY, _FLOAT = 1, 2, 3, 4  # capstone's operand types
_NAMES = {"fp": "x29", "lr": "x30"}
_ZEROS = ("wzr", "xzr")
_SIZES = {"x": 8, "w": 4, "q": 16, "v": 16, "d": 8, "s": 4, "h": 2, "b": 1}
_KINDS: dict[str, NumberKind] = {"d": "double", "s": "single", "q": "bytes", "v": "bytes", "h": "bytes", "b": "bytes"}
_ARRANGEMENTS = {1: 16, 2: 8, 3: 4, 4: 1, 5: 16, 6: 8, 7: 4, 8: 2, 9: 16, 10: 8, 11: 4, 12: 16, 13: 8, 14: 16}
"""Bytes of a vector by capstone's ARM64_VAS_*: 16b, 8b, 4b, 1b, 8h, 4h, 2h, 1h, 4s, 2s, 1s, 2d, 1d, 1q."""
_LETTERS = {1: "b", 2: "b", 3: "b", 4: "b", 5: "h", 6: "h", 7: "h", 8: "h", 9: "s", 10: "s", 11: "s", 12: "d", 13: "d"}
_SHIFTS = {
    1: "shifted left by {}",
    2: "shifted left by {} with ones behind it",
    3: "shifted right by {}",
    4: "shifted right by {} with its sign kept",
    5: "rotated right by {}",
}
_SHIFT_LEFT = 1
_UNSIGNED_STEP = re.compile(r"\], #0x(f{8}[0-9a-f]{8})$")
_EXTENDED = {1: "its low byte", 2: "its low 2 bytes", 3: "", 4: "", 5: "its low byte", 6: "its low 2 bytes"}
_SIGNED = (5, 6, 7, 8)
_CODES = ("", "eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")

_STORES = ("str", "stp", "stur", "stnp", "stlr", "stllr", "sttr", "stlur", "st1", "st2", "st3", "st4")
_EXCLUSIVE_STORES = ("stxr", "stlxr", "stxp", "stlxp")
_ATOMIC = ("ldadd", "ldclr", "ldeor", "ldset", "ldsmax", "ldsmin", "ldumax", "ldumin", "swp")
_ATOMIC_WITHOUT_RESULT = ("stadd", "stclr", "steor", "stset", "stsmax", "stsmin", "stumax", "stumin")
_COMPARISONS = ("cmp", "cmn", "tst", "fcmp", "fcmpe", "ccmp", "ccmn", "fccmp", "fccmpe", "cbz", "cbnz", "tbz", "tbnz")
_WRITES_NOTHING = frozenset((*_COMPARISONS, "b", "br", "bl", "blr", "ret", "svc", "brk", "prfm", "prfum", "hint"))
_INTEGER_PARTWISE = ("add", "sub", "mul", "neg", "abs", "clz", "cls", "rbit", "rev16", "rev32", "rev64")
_FLOAT_PARTWISE = ("fadd", "fsub", "fmul", "fdiv", "fneg", "fabs", "fsqrt", "fmin", "fmax", "fminnm", "fmaxnm")
_PARTWISE = frozenset((*_INTEGER_PARTWISE, *_FLOAT_PARTWISE, "fcvtzs", "fcvtzu", "scvtf", "ucvtf"))
"""Mnemonics that mean something else for vectors: with those they get a 'v-' in front."""
_KEEPS_PART = ("movk", "bfi", "bfxil", "bfc", "ins", "mla", "mls", "fmla", "fmls", "bit", "bif", "bsl", "sri", "sli")


def spell(instruction: Any) -> Spelled:
    """The words' view of one of capstone's instructions."""
    mnemonic = instruction.mnemonic.split(".")[0]
    operands = _operands(instruction, mnemonic)
    operands = _movk(instruction) if mnemonic == "movk" else operands
    if mnemonic in _PARTWISE and instruction.operands[0].vas:
        mnemonic = f"v-{mnemonic}"
    mnemonic, operands = _put_together(mnemonic, operands)
    targets, operands = _targets_first(mnemonic, operands)
    reads, writes = accesses(
        operands, targets, reads=_also_read(mnemonic, operands), writes=_also(instruction, mnemonic)
    )
    return Spelled(
        mnemonic,
        "",
        operands,
        targets,
        condition=_condition(instruction.cc, mnemonic),
        reads=reads,
        writes=writes,
        text=_text_of(instruction),
    )


def _text_of(instruction: Any) -> str | None:
    """The instruction as people write it, where capstone writes a negative step as if it had no sign."""
    text = f"{instruction.mnemonic} {instruction.op_str}"
    found = _UNSIGNED_STEP.search(text)
    if found is None:
        return None
    step = (1 << 64) - int(found[1], 16)
    return f"{text[: found.start()]}], #-{step if step < 10 else hex(step)}"


def _condition(code: int, mnemonic: str) -> str | None:
    """The name of capstone's number of a condition; a branch that is always made has none."""
    if code >= len(_CODES) and mnemonic != "b":
        return "al"
    return _CODES[code] if 0 < code < len(_CODES) else _OWN.get(mnemonic)


_OWN = {"cbz": "equal", "cbnz": "not equal", "tbz": "clear", "tbnz": "set"}


def _also(instruction: Any, mnemonic: str) -> Iterable[str]:
    if instruction.update_flags:
        yield "nzcv"
    if mnemonic in ("bl", "blr", "paciasp", "autiasp", "xpaclri"):
        yield "x30"


def _also_read(mnemonic: str, operands: Sequence[Operand]) -> Iterable[str]:
    is_element = bool(operands) and "[" in (operands[0].register or "")
    if (mnemonic in _KEEPS_PART or is_element) and operands and operands[0].register:
        yield operands[0].register
    if mnemonic.startswith("cas") and len(operands) > 1 and operands[1].register:
        yield operands[1].register
    if mnemonic == "ret":
        yield "x30"


# ---- operands ----


def _operands(instruction: Any, mnemonic: str) -> tuple[Operand, ...]:
    """The operands in capstone's order. What follows a memory operand that moves its base is how far that goes."""
    found: list[Operand] = []
    for raw in instruction.operands:
        if raw.type == _IMMEDIATE and found and found[-1].kind == "memory":
            found[-1] = replace(found[-1], step=raw.imm)
        elif raw.type == _REGISTER:
            found.append(_register(instruction, raw))
        elif raw.type == _MEMORY:
            found.append(_memory(instruction, raw, _width(mnemonic, found)))
        elif raw.type == _FLOAT:
            found.append(_float(raw, found))
        elif raw.type == _IMMEDIATE:
            found.append(_immediate(raw, found))
        else:
            text = _text(instruction, len(found))
            found.append(Operand("register", 8, text, register=text))
    if instruction.writeback and found and found[-1].kind == "memory" and not found[-1].step:
        found[-1] = replace(found[-1], step=found[-1].displacement)
    return tuple(found)


def _text(instruction: Any, number: int) -> str:
    """The operand of that number as written; '' where capstone has more operands than it writes (of cpyfm, say)."""
    texts = instruction.op_str.split(",")
    return texts[number].strip() if number < len(texts) else ""


def _name(instruction: Any, number: int) -> str:
    name: str = instruction.reg_name(number)
    return _NAMES.get(name, name)


def _register(instruction: Any, raw: Any) -> Operand:
    name = _name(instruction, raw.reg)
    if name in _ZEROS and raw.access == 1:
        return Operand("immediate", _SIZES[name[0]], name)
    letter = "x" if name == "sp" else "w" if name == "wsp" else name[0]
    size, kind = _SIZES.get(letter, 0), _KINDS.get(letter, "bytes" if letter not in "xw" else None)
    if raw.vector_index >= 0:
        letter = _LETTERS.get(raw.vas, "d")  # which capstone tells of none
        name, size, kind = f"{name}.{letter}[{raw.vector_index}]", _SIZES[letter], _element_kind(instruction, letter)
    elif raw.vas:
        size = _ARRANGEMENTS.get(raw.vas, 16)
    return Operand("register", size, name, register=name, modifier=_modifier(raw), number=kind)


def _element_kind(instruction: Any, letter: str) -> NumberKind:
    """How an element of a vector register is read: what is moved to and from general registers is an integer."""
    if instruction.mnemonic.startswith("f"):
        return _KINDS[letter]
    names = [instruction.reg_name(raw.reg) for raw in instruction.operands if raw.type == _REGISTER]
    return "integer" if any(name.startswith(("w", "x")) for name in names) else "bytes"


def _modifier(raw: Any) -> str:
    """What is done to the value before it is used, in words."""
    parts = [_EXTENDED[raw.ext]] if _EXTENDED.get(raw.ext) else []
    if raw.ext in _SIGNED:
        parts.append("widened with its sign")
    if raw.shift.type and raw.shift.value:
        parts.append(_SHIFTS[raw.shift.type].format(raw.shift.value))
    return "".join(f", {part}" if number or raw.ext else f" {part}" for number, part in enumerate(parts))


def _immediate(raw: Any, before: Sequence[Operand]) -> Operand:
    value = raw.imm << raw.shift.value if raw.shift.type == _SHIFT_LEFT else raw.imm
    size = before[0].size if before and before[0].kind == "register" and before[0].number is None else 8
    return Operand("immediate", size, str(value), value=value)


def _float(raw: Any, before: Sequence[Operand]) -> Operand:
    single = bool(before) and before[0].number == "single"
    bits = struct.pack("<f" if single else "<d", raw.fp)
    number: NumberKind = "single" if single else "double"
    return Operand("immediate", len(bits), str(raw.fp), value=int.from_bytes(bits, "little"), number=number)


def _memory(instruction: Any, raw: Any, size: int) -> Operand:
    memory = raw.mem
    index = _name(instruction, memory.index) if memory.index else None
    return Operand(
        "memory",
        size,
        "",
        base=_name(instruction, memory.base) if memory.base else None,
        index=index,
        scale=1 << raw.shift.value if raw.shift.type == _SHIFT_LEFT else 1,
        displacement=memory.disp,
        index_is_signed=raw.ext in _SIGNED,
    )


def _width(mnemonic: str, registers: Sequence[Operand]) -> int:
    """How many bytes of memory an instruction moves, each register's worth for a pair."""
    if not mnemonic.startswith(("ld", "st", "cas", "swp")):
        return 0
    if mnemonic.startswith(("ld1", "ld2", "ld3", "ld4", "st1", "st2", "st3", "st4")):
        return sum(each.size for each in registers)
    if mnemonic.endswith("sw"):
        return 4
    if mnemonic.endswith("b") and mnemonic != "ldsub":
        return 1
    if mnemonic.endswith("h"):
        return 2
    return registers[-1].size if registers else 8


# ---- what belongs together ----


def _put_together(mnemonic: str, operands: tuple[Operand, ...]) -> tuple[str, tuple[Operand, ...]]:
    """Shapes that say more: addresses in the frame, the shift of a movk, a comparison with a negative number."""
    if mnemonic in ("mov", "add", "sub") and len(operands) > 1 and operands[1].register in ("sp", "x29"):
        offset = operands[2] if len(operands) > 2 else None
        if operands[0].register not in ("sp", "x29") and (offset is None or offset.kind == "immediate"):
            moved = 0 if offset is None else -offset.value if mnemonic == "sub" else offset.value
            return mnemonic, (operands[0], Operand("memory", 0, "", base=operands[1].register, displacement=moved))
    if mnemonic in ("scvtf", "ucvtf"):
        return mnemonic, (operands[0], replace(operands[1], number="integer"), *operands[2:])
    if mnemonic.startswith("fcvt") and mnemonic != "fcvt":
        return mnemonic, (replace(operands[0], number="integer"), *operands[1:])
    if mnemonic == "cmn" and operands[1].kind == "immediate" and operands[1].value:
        return "cmp", (operands[0], replace(operands[1], value=-operands[1].value))
    if mnemonic == "ldr" and operands[1].kind == "immediate":
        return mnemonic, (operands[0], Operand("memory", operands[0].size, "", displacement=operands[1].value))
    if mnemonic == "ldrsw" and operands[1].kind == "immediate":
        return mnemonic, (operands[0], Operand("memory", 4, "", displacement=operands[1].value))
    return mnemonic, operands


def _movk(instruction: Any) -> tuple[Operand, ...]:
    """A movk's register, what goes into it, and from which bit on."""
    target, value = instruction.operands
    first = Operand("immediate", 1, "", value=value.shift.value)
    return _register(instruction, target), Operand("immediate", 4, "", value=value.imm), first


def _targets_first(mnemonic: str, operands: tuple[Operand, ...]) -> tuple[int, tuple[Operand, ...]]:
    """How many operands are written, and the operands with those in front."""
    if mnemonic in _WRITES_NOTHING or not operands:
        return 0, operands
    *registers, last = operands
    if last.kind != "memory" or not last.size:
        return 1, operands
    if mnemonic.startswith(("ldp", "ldnp", "stp", "stnp")):
        places = (last, replace(last, displacement=last.displacement + last.size))
        return 2, ((*places, *registers) if mnemonic.startswith("st") else (*registers, *places))
    if mnemonic.startswith(_EXCLUSIVE_STORES):
        return 2, (last, *registers)
    if mnemonic.startswith(_ATOMIC_WITHOUT_RESULT):
        return 1, (last, *registers)
    if mnemonic.startswith(_ATOMIC):
        return 2, (last, registers[1], registers[0])
    if mnemonic.startswith("cas"):
        return 2, (last, *registers)
    if mnemonic.startswith(_STORES):
        stored = registers[0]
        fits = stored.kind == "register" and stored.number is None and last.size < stored.size
        return 1, (last, replace(stored, size=last.size) if fits else stored, *registers[1:])
    return len(registers), operands
