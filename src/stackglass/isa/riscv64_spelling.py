"""RISC-V instructions taken apart for `explain`: compressed ones as what they stand for, targets first.

Capstone 5 gives a compressed load or store its displacement and its base apart, names jumps by their distance, and
says nothing of sizes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stackglass.isa.three_operands import accesses
from stackglass.isa.words import NumberKind, Operand, Spelled

_REGISTER, _IMMEDIATE, _MEMORY = 1, 2, 3  # capstone's operand types

_LOADS = {"lb": 1, "lbu": 1, "lh": 2, "lhu": 2, "lw": 4, "lwu": 4, "ld": 8, "flw": 4, "fld": 8}
_STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8, "fsw": 4, "fsd": 8}
_BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez", "bltz", "bgtz")
_SAME_TARGET = frozenset(
    ("add", "addi", "addw", "addiw", "sub", "subw", "and", "andi", "or", "xor", "slli", "srli", "srai")
)
"""What a compressed instruction changes its first operand by."""
_SHIFTS_OF_WORDS = ("slliw", "srliw", "sraiw", "sllw", "srlw", "sraw")
_WORD = frozenset(
    ("addw", "addiw", "subw", *_SHIFTS_OF_WORDS, "mulw", "divw", "divuw", "remw", "remuw", "negw", "sext.w")
)
"""They look at the low 4 bytes only."""
_KINDS: dict[str, NumberKind] = {"s": "single", "d": "double", "w": "integer", "x": "integer", "l": "integer"}
_CONDITIONS = {
    "beq": "equal",
    "bne": "not equal",
    "blt": "less",
    "bge": "not less",
    "bltu": "less, unsigned",
    "bgeu": "not less, unsigned",
    "beqz": "equal",
    "bnez": "not equal",
    "bltz": "less",
    "bgez": "not less",
    "blez": "less or equal",
    "bgtz": "greater",
    "slt": "less",
    "slti": "less",
    "sltu": "less, unsigned",
    "sltiu": "less, unsigned",
    "seqz": "equal",
    "snez": "not equal",
    "sltz": "less",
    "sgtz": "greater",
    "feq": "equal",
    "flt": "less",
    "fle": "less or equal",
}
_UPPER = 12
_ROUNDING_MODES = ("rne", "rtz", "rdn", "rup", "rmm")


def spell(instruction: Any) -> Spelled:
    """The words' view of one of capstone's instructions."""
    mnemonic, *suffixes = _full_mnemonic(instruction.mnemonic)
    operands = [_operand(instruction, raw) for raw in instruction.operands]
    mnemonic, operands = _written_out(instruction, mnemonic, operands)
    mnemonic, found = _with_memory(mnemonic, suffixes, operands)
    mnemonic, found = _meant(instruction, mnemonic, found)
    found = _with_kinds(mnemonic, suffixes, found)
    mnemonic = _conversion(instruction, suffixes) if mnemonic == "fcvt" else mnemonic
    targets = _targets(mnemonic, found)
    reads, writes = accesses(found, targets, reads=("ra",) if mnemonic == "ret" else ())
    text = None
    if mnemonic in _BRANCHES or mnemonic in ("j", "jal"):
        text = f"{instruction.mnemonic} {', '.join([*instruction.op_str.split(', ')[:-1], hex(found[-1].value)])}"
    return Spelled(
        mnemonic, "", found, targets, condition=_CONDITIONS.get(mnemonic), reads=reads, writes=writes, text=text
    )


def _full_mnemonic(mnemonic: str) -> list[str]:
    """'lw' of 'c.lwsp', 'fadd' and 'd' of 'fadd.d', 'amoadd', 'w' and 'aq'; 'sext.w' and the like in one."""
    if mnemonic.startswith("c."):
        mnemonic = mnemonic[2:].removesuffix("sp") if mnemonic.endswith("sp") else mnemonic[2:]
        mnemonic = {"addi16": "addi", "addi4spn": "addi", "mv": "mv"}.get(mnemonic, mnemonic)
    if mnemonic.startswith(("f", "amo", "lr.", "sc.")) and mnemonic != "fence.i":
        return mnemonic.split(".")
    return [mnemonic]


def _operand(instruction: Any, raw: Any) -> Operand:
    if raw.type == _REGISTER:
        name = instruction.reg_name(raw.reg)
        return Operand("register", 8, name, register=name)
    if raw.type == _MEMORY:
        return Operand("memory", 0, "", base=instruction.reg_name(raw.mem.base), displacement=raw.mem.disp)
    return Operand("immediate", 8, str(raw.imm), value=raw.imm)


def _written_out(instruction: Any, mnemonic: str, operands: list[Operand]) -> tuple[str, list[Operand]]:
    """A compressed instruction with all the operands of the one that it stands for."""
    if not instruction.mnemonic.startswith("c."):
        return mnemonic, operands
    if mnemonic in _SAME_TARGET and len(operands) == 2:
        return mnemonic, [operands[0], *operands]
    if mnemonic in ("jr", "jalr") and operands and operands[0].register == "ra" and mnemonic == "jr":
        return "ret", []
    return mnemonic, operands


def _with_memory(mnemonic: str, suffixes: list[str], operands: list[Operand]) -> tuple[str, tuple[Operand, ...]]:
    """The operands with what is in memory as such, and in front where it is written."""
    size = _LOADS.get(mnemonic) or _STORES.get(mnemonic)
    if size is not None:
        if len(operands) == 3:  # value, displacement, base
            displacement = operands[1].value
            operands = [operands[0], Operand("memory", size, "", base=operands[2].register, displacement=displacement)]
        value, memory = operands[0], replace(operands[1], size=size)
        narrow = replace(value, size=size) if mnemonic in _STORES else value
        return mnemonic, (memory, _zero(narrow)) if mnemonic in _STORES else (value, memory)
    if mnemonic.startswith(("amo", "lr", "sc")) and suffixes:
        size = 4 if suffixes[0] == "w" else 8
        *values, pointer = operands
        memory = Operand("memory", size, "", base=pointer.register)
        if mnemonic == "lr":
            return mnemonic, (values[0], memory)
        return mnemonic, (memory, values[0], _zero(replace(values[1], size=size)))
    return mnemonic, tuple(operands)


def _zero(operand: Operand) -> Operand:
    """The zero register as the number that it is."""
    return Operand("immediate", operand.size, "0") if operand.register == "zero" else operand


def _meant(instruction: Any, mnemonic: str, operands: tuple[Operand, ...]) -> tuple[str, tuple[Operand, ...]]:
    """What an instruction is used for, where the manual's list of pseudo-instructions has a name for it."""
    first = operands[0].register if operands else None
    if mnemonic in ("addi", "addiw") and len(operands) == 3:
        return _addition(mnemonic, operands)
    if mnemonic in ("lui", "auipc"):
        shifted = operands[1].value << _UPPER
        shifted -= (shifted & 1 << 31) << 1  # of 20 bits, widened with their sign
        value = shifted if mnemonic == "lui" else instruction.address + shifted
        return mnemonic, (operands[0], Operand("immediate", 8, "", value=value))
    if mnemonic in _BRANCHES or mnemonic in ("j", "jal"):
        *compared, distance = operands
        if mnemonic == "jal" and not compared:
            compared = [Operand("register", 8, "ra", register="ra")]
        places = [_zero(each) if mnemonic in _BRANCHES else each for each in compared]
        return mnemonic, (*places, replace(distance, value=instruction.address + distance.value))
    if mnemonic == "jalr":
        return mnemonic, _linked(operands)
    if mnemonic == "jr" and len(operands) == 2:
        return mnemonic, (_place(operands[0], operands[1]),)
    if mnemonic in ("add", "or") and len(operands) == 3 and operands[1].register == "zero":
        return "mv", (operands[0], operands[2])
    return mnemonic, (*operands[:1], *map(_zero, operands[1:])) if first else operands


def _addition(mnemonic: str, operands: tuple[Operand, ...]) -> tuple[str, tuple[Operand, ...]]:
    target, left, right = operands
    if left.register == "zero":
        return "li", (target, right)
    if mnemonic == "addiw" and right.value == 0:
        return "sext.w", (target, left)
    if mnemonic == "addi" and right.value == 0 and left.register != "sp":
        return "mv", (target, left)
    if mnemonic == "addi" and left.register in ("sp", "s0") and target.register not in ("sp", "s0"):
        return mnemonic, (target, _place(left, right))
    return mnemonic, operands


def _place(base: Operand, displacement: Operand) -> Operand:
    """An address that no memory is read from."""
    return Operand("memory", 0, "", base=base.register, displacement=displacement.value)


def _linked(operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """A jalr's link register, and where it jumps to."""
    link = Operand("register", 8, "ra", register="ra")
    if len(operands) == 1 and operands[0].kind == "memory":
        return link, operands[0]
    if len(operands) == 1:
        return link, operands[0]
    target, base, *displacement = operands
    if displacement and displacement[0].value:
        return target, _place(base, displacement[0])
    return target, base


def _with_kinds(mnemonic: str, suffixes: list[str], operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    """The operands with their sizes, and how they are read as numbers."""
    if mnemonic in _WORD:
        return (operands[0], *(replace(each, size=min(each.size, 4)) for each in operands[1:]))
    if mnemonic in ("flw", "fsw", "fld", "fsd"):
        kind: NumberKind = "single" if mnemonic.endswith("w") else "double"
        return tuple(replace(each, number=kind) for each in operands)
    if not mnemonic.startswith("f") or not suffixes or mnemonic.startswith("fence"):
        return operands
    if mnemonic == "fcvt":
        kinds = [_KINDS[suffix[0]] for suffix in suffixes[:2]]
        sizes = [4 if suffix.startswith(("w", "s")) else 8 for suffix in suffixes[:2]]
    elif mnemonic == "fmv" and len(suffixes) == 2:
        width = 4 if "w" in suffixes else 8
        floating: NumberKind = "single" if width == 4 else "double"
        kinds = [floating if suffix in ("w", "d") else "integer" for suffix in suffixes]
        sizes = [width] * 2
    else:
        kinds = [_KINDS[suffixes[0]]] * len(operands)
        sizes = [4 if suffixes[0] == "s" else 8] * len(operands)
        if mnemonic in ("feq", "flt", "fle", "fclass"):
            kinds[0] = "integer"
    pairs = zip(operands, kinds, sizes, strict=False)
    return tuple(
        replace(each, number=kind, size=8 if not each.number and kind == "integer" and each is operands[0] else size)
        for each, kind, size in pairs
    )


def _conversion(instruction: Any, suffixes: list[str]) -> str:
    """What kind of conversion it is, by the kinds of its result and of what it converts; 'fcvt.integer.rtz' with how it
    rounds, where the instruction itself says that (RISC-V unprivileged ISA, 20.2: rounding modes)."""
    result, source = (_KINDS[suffix[0]] for suffix in suffixes[:2])
    if result != "integer":
        return "fcvt.real" if source == "integer" else "fcvt.width"
    mode = instruction.op_str.rpartition(", ")[2]
    return f"fcvt.integer.{mode}" if mode in _ROUNDING_MODES else "fcvt.integer"


def _targets(mnemonic: str, operands: tuple[Operand, ...]) -> int:
    """How many operands, from the first on, are written."""
    if mnemonic in _BRANCHES or mnemonic in ("j", "jr", "ret", "ecall", "ebreak") or not operands:
        return 0
    if mnemonic.startswith("amo") or mnemonic == "sc":
        return 2
    if (
        mnemonic in ("fscsr", "fsrm", "fsflags", "csrw", "csrs", "csrc", "csrwi", "csrsi", "csrci")
        and len(operands) == 1
    ):
        return 0
    return 1
