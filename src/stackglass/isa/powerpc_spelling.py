"""PowerPC instructions taken apart for `explain`, with what they write first.

Capstone 5 names a condition register's field only where it is not cr0, writes immediates of the upper half unshifted,
takes the branch that only asks where it is (bcl 20, 31) for a loop, and says nothing of sizes or accesses. What else it
gets wrong, `powerpc_disassembly` has put right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from stackglass.isa.powerpc_disassembly import where_am_i
from stackglass.isa.powerpc_stores import (
    IMMEDIATE,
    LOADS,
    MEMORY,
    OVERFLOWING,
    REGISTER,
    STORES,
    string_bytes,
    string_registers,
    stripped,
    writes,
)
from stackglass.isa.words import EVERY_SET, NumberKind, Operand, Spelled

_WORD, _DOUBLE = 4, 8
_CODES = ("lt", "le", "eq", "ge", "gt", "ne", "so", "ns")
_KINDS_OF_BRANCH = ("", "l", "lr", "ctr", "a", "la", "lrl", "ctrl")
_CONDITIONAL = {f"b{code}{kind}": code for code in _CODES for kind in _KINDS_OF_BRANCH}
_ALWAYS = ("bc", "bcl", "bca", "bcla")
"""What has the form of a conditional branch, and is made whatever the condition."""
_UPPER = {"lis": "li", "addis": "addi", "oris": "ori", "xoris": "xori", "andis.": "andi."}
_TURNED = {"subf": "sub", "subfc": "subc", "subfe": "sube", "subfic": "sub"}
"""They take their second operand from their third."""
_RESERVED = {"lwarx": 4, "stwcx.": 4, "lwbrx": 4, "stwbrx": 4, "lhbrx": 2, "sthbrx": 2, "stfiwx": 4}
_COMPARING = ("cmpw", "cmpwi", "cmplw", "cmplwi", "fcmpu", "fcmpo")
_SPECIAL = {"mflr": "lr", "mtlr": "lr", "mfctr": "ctr", "mtctr": "ctr", "mfxer": "xer", "mtxer": "xer", "mfcr": "cr"}
_SINGLES = ("lfs", "stfs")
_EXACT = ("add", "sub", "mul", "div", "madd", "msub", "nmadd", "nmsub", "sqrt", "re")
_ROUNDING = tuple(f"f{name}s" for name in _EXACT)
_FIELDS = frozenset(f"cr{number}" for number in range(8))
_MASK = 0xFFFFFFFF


def spell(instruction: Any) -> Spelled:
    """The words' view of one of capstone's instructions."""
    mnemonic = instruction.mnemonic.rstrip("+-")
    word = int.from_bytes(bytes(instruction.bytes), "big")
    if (target := where_am_i(word, instruction.address)) is not None:
        here = (_register("lr"), Operand("immediate", _WORD, "", value=target))
        text = f"bcl 20, 31, {target:#x}"
        over = target != instruction.address + _WORD
        return Spelled("bcl_over" if over else "bcl", "", here, reads=frozenset(), writes=frozenset(("lr",)), text=text)
    operands = [_operand(instruction, raw) for raw in instruction.operands]
    if mnemonic[0] == "b" and mnemonic != "brinc":
        return _branch(instruction, mnemonic, operands)
    if mnemonic in _COMPARING:
        return _comparison(instruction, mnemonic, operands)
    mnemonic, found, targets = _taken_apart(instruction, mnemonic, operands, word)
    return _spelled(instruction, mnemonic, tuple(found), targets)


def _spelled(instruction: Any, mnemonic: str, operands: tuple[Operand, ...], targets: int, **more: Any) -> Spelled:
    written = frozenset("cr" if name in _FIELDS else name for name in writes(instruction))
    if "cr" in written:
        is_of_cr1 = mnemonic.endswith(".") and mnemonic.startswith("f")
        more["flag_set"] = "cr1" if is_of_cr1 else "" if mnemonic.endswith(".") else EVERY_SET
    read = {name for number, one in enumerate(operands) for name in _read(one, is_target=number < targets)}
    return Spelled(mnemonic, "", operands, targets, reads=frozenset(read), writes=written, **more)


def _read(operand: Operand, *, is_target: bool) -> Iterator[str]:
    yield from (name for name in (operand.base, operand.index) if name)
    if operand.register and not is_target:
        yield operand.register


# ---- operands ----


def _operand(instruction: Any, raw: Any) -> Operand:
    if raw.type == REGISTER:
        name = instruction.reg_name(raw.reg)
        return Operand("immediate", _WORD, "0") if name is None else _register(name)
    if raw.type == MEMORY:
        return Operand("memory", 0, "", base=instruction.reg_name(raw.mem.base), displacement=raw.mem.disp)
    if raw.type == IMMEDIATE:
        return Operand("immediate", _WORD, str(raw.imm), value=raw.imm)
    return Operand("immediate", 0, "")


def _register(name: str) -> Operand:
    if name[0] == "f" and name != "fpscr":
        return Operand("register", _DOUBLE, name, register=name, number="double")
    return Operand("register", _WORD, name, register=name)


def _memory(operands: list[Operand], size: int, *, has_index: bool, updates: bool) -> Operand:
    """What lies in memory, of an instruction's operands without the register that it moves."""
    if has_index:
        base, index, *_ = operands  # behind them a hint may stand (lwarx)
        step = 1 if updates else 0
        if base.register is None:
            return Operand("memory", size, "", base=index.register)
        return Operand("memory", size, "", base=base.register, index=index.register, step=step)
    place = operands[0]
    return replace(place, size=size, step=place.displacement if updates else 0)


# ---- branches and comparisons ----


def _field(operands: list[Operand]) -> tuple[str, list[Operand]]:
    """The field of cr that operands begin with, '' for cr0, which is not written; and the others."""
    first = operands[0].register if operands else None
    if first is not None and first.startswith("cr"):
        return ("" if first == "cr0" else first), operands[1:]
    return "", operands


def _branch(instruction: Any, mnemonic: str, operands: list[Operand]) -> Spelled:
    field, others = _field(operands)
    code = _CONDITIONAL.get(mnemonic)
    condition = None if code is None else f"{field} {code}".strip()
    always = mnemonic in _ALWAYS
    kind = "b" + mnemonic.removeprefix("bc" if always else f"b{code}") if always or code else mnemonic
    links = kind in ("bl", "bla", "bctrl", "blrl")
    found = (_register("lr"), *others) if links else tuple(others)
    reads = {"lr"} if "lr" in kind else {"ctr"} if "ctr" in kind or kind.startswith("bd") else set()
    text = None
    if others:
        text = f"{instruction.mnemonic} {field + ', ' if field else ''}{others[-1].value & _MASK:#x}"
    if always:
        text = f"{instruction.mnemonic} {instruction.op_str}"
    return Spelled(
        kind.removesuffix("a") if kind in ("ba", "bla") else kind,
        "",
        found,
        int(links),
        condition=condition,
        reads=frozenset(reads),
        writes=writes(instruction),
        text=text,
        flag_set=field,
    )


def _comparison(instruction: Any, mnemonic: str, operands: list[Operand]) -> Spelled:
    field, (left, right) = _field(operands)
    reads = frozenset(one.register for one in (left, right) if one.register)
    return Spelled(mnemonic, "", (left, right), 0, reads=reads, writes=frozenset(("cr",)), flag_set=field)


# ---- the others ----


def _taken_apart(instruction: Any, mnemonic: str, operands: list[Operand], word: int) -> tuple[str, list[Operand], int]:
    """Mnemonic, operands with what is written first, and how many of them that is."""
    name, updates, has_index = stripped(mnemonic)
    size = LOADS.get(name) or STORES.get(name) or _RESERVED.get(mnemonic)
    if size is not None:
        indexed = has_index or mnemonic in _RESERVED
        memory = _memory(operands[1:], size, has_index=indexed, updates=updates)
        return _moved(mnemonic if mnemonic in _RESERVED else name + "u" * updates, operands[0], memory)
    if name in ("lmw", "stmw"):
        return _several(name, operands)
    if mnemonic in ("lswi", "stswi"):
        return _string(instruction, mnemonic, operands[1])
    if mnemonic in ("lswx", "stswx"):
        return _moved(mnemonic, operands[0], _memory(operands[1:], 0, has_index=True, updates=False))
    if mnemonic.rstrip(".") in OVERFLOWING:
        mnemonic = mnemonic.rstrip(".")[:-1] + "." * mnemonic.endswith(".")
    if mnemonic in _SPECIAL:
        special = _register(_SPECIAL[mnemonic])
        is_to = mnemonic.startswith("mt")
        return mnemonic, [special, *operands] if is_to else [*operands, special], 1
    if mnemonic in ("mtcrf", "mtocrf"):
        return mnemonic, [_fields_of_cr(word), operands[-1]], 1
    if mnemonic in _UPPER:
        shifted = replace(operands[-1], value=_upper(mnemonic, operands[-1].value))
        mnemonic, operands = _UPPER[mnemonic], [*operands[:-1], shifted]
    if mnemonic.rstrip(".") in _TURNED:
        target, taken, source = operands
        return _TURNED[mnemonic.rstrip(".")] + "." * mnemonic.endswith("."), [target, source, taken], 1
    if mnemonic == "addi":
        return _addition(operands)
    if mnemonic.startswith("rlwinm"):
        return _rotation(mnemonic, operands)
    if mnemonic.rstrip(".") in ("or", "nor") and len(operands) == 3 and operands[1] == operands[2]:
        plain = {"or": "mr", "nor": "not"}[mnemonic.rstrip(".")]
        return plain + "." * mnemonic.endswith("."), operands[:2], 1
    if mnemonic in _ROUNDING:
        return mnemonic[:-1], operands, 1
    return mnemonic, operands, 1 if operands and writes(instruction) else 0


def _fields_of_cr(word: int) -> Operand:
    """Those that an instruction's mask names, as people would write a register."""
    names = [f"cr{number}" for number in range(8) if word >> 19 - number & 1]
    text = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    return Operand("register", 0, text, register=text)


def _upper(mnemonic: str, value: int) -> int:
    """An immediate of the upper half: a number with a sign where it is added, else a mask."""
    shifted = (value & 0xFFFF) << 16
    return shifted - (shifted >> 31 << 32) if mnemonic in ("lis", "addis") else shifted


def _moved(mnemonic: str, register: Operand, memory: Operand) -> tuple[str, list[Operand], int]:
    kind: NumberKind | None = register.number
    if mnemonic.startswith(_SINGLES):
        memory = replace(memory, number="single")
    elif kind is not None:
        memory = replace(memory, number=kind if mnemonic != "stfiwx" else None)
    if mnemonic.startswith("st"):
        narrow = register if register.number is not None else replace(register, size=memory.size)
        return mnemonic, [memory, narrow], 1
    return mnemonic, [register, memory], 1


def _several(mnemonic: str, operands: list[Operand]) -> tuple[str, list[Operand], int]:
    """As many places in memory as registers, from the named one to r31."""
    first, place = int((operands[0].register or "r0")[1:]), operands[1]
    names = [_register(f"r{number}") for number in range(first, 32)]
    places = [
        replace(place, size=_WORD, displacement=place.displacement + _WORD * number) for number in range(len(names))
    ]
    return mnemonic, [*places, *names] if mnemonic == "stmw" else [*names, *places], len(names)


def _string(instruction: Any, mnemonic: str, base: Operand) -> tuple[str, list[Operand], int]:
    """Registers and their places in memory; of the last one the upper bytes, if it isn't moved whole."""
    count = string_bytes(instruction)
    names = [_register(name) for name in string_registers(instruction)]
    sizes = [min(_WORD, count - _WORD * number) for number in range(len(names))]
    places = [
        Operand("memory", size, "", base=base.register, displacement=_WORD * number)
        for number, size in enumerate(sizes)
    ]
    if sizes[-1] < _WORD:
        upper = "byte" if sizes[-1] == 1 else f"{sizes[-1]} bytes"
        names[-1] = replace(names[-1], modifier=f", its upper {upper},")
    return mnemonic, [*places, *names] if mnemonic == "stswi" else [*names, *places], len(names)


def _addition(operands: list[Operand]) -> tuple[str, list[Operand], int]:
    """An address formed from a register that points to the stack is told as such."""
    target, left, right = operands
    bases = ("r1", "r31")
    if left.register in bases and target.register not in bases:
        return "addi", [target, Operand("memory", 0, "", base=left.register, displacement=right.value)], 1
    return "addi", operands, 1


def _rotation(mnemonic: str, operands: list[Operand]) -> tuple[str, list[Operand], int]:
    """rlwinm without a rotation keeps some bits: that is `and` with a constant."""
    target, source, shift, first, last = operands
    if shift.value:
        return mnemonic, operands, 1
    mask = _mask(first.value, last.value)
    return "andi" + "." * mnemonic.endswith("."), [target, source, Operand("immediate", _WORD, "", value=mask)], 1


def _mask(first: int, last: int) -> int:
    """The bits `first` to `last`, counted from the most significant one, around the end if need be."""
    from_first, to_last = _MASK >> first, _MASK << 31 - last & _MASK
    return from_first & to_last if first <= last else from_first | to_last
