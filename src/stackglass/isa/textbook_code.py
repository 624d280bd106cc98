"""The textbook machine's instructions as bytes: their numbers, their operands, and how they are written.

    ┌────────┬────────┬────────┬────────┐ ┌───────────────────┐ ┌───────────────────┐
    │ number │ modes  │ source │  dest. │ │ source's constant │ │ dest.'s constant  │
    └────────┴────────┴────────┴────────┘ └───────────────────┘ └───────────────────┘
      1 byte   4 + 4    1 byte   1 byte     4 bytes (8 for the     4 bytes
               bits     register numbers    constants of L and D
                                            instructions)

The source is written first, as in `SUB #16, SP`. A mode says where an operand is: in a register, in the instruction, in
memory at a register plus a displacement, or at a fixed address; constants follow only where a mode has one. A jump or
call that names its target has mode 5, and the target behind it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

WORDS, LONGS, DOUBLES = 24, 16, 16

REGISTERS: tuple[str, ...] = (
    *(f"R{n}" for n in range(WORDS)),
    *(f"L{n}" for n in range(LONGS)),
    *(f"D{n}" for n in range(DOUBLES)),
    "FP",
    "SP",
    "RA",
    "SL",
    "VA",
)
NUMBER = {name: number for number, name in enumerate(REGISTERS)}

ARITHMETIC = ("ADD", "SUB", "MUL", "DIV", "MOD", "DIVU", "MODU", "AND", "OR", "XOR", "SHL", "SHR", "SHRU")
CONDITIONS = ("EQ", "NE", "LT", "LE", "GT", "GE", "LTU", "LEU", "GTU", "GEU")
COMPARISONS = ("CMP", "CMPL", "CMPD", "CMPF")
MOVES = ("MOVE", "MOVEB", "MOVEUB", "MOVEH", "MOVEUH")
LONG_ARITHMETIC = tuple(f"{op}L" for op in ARITHMETIC)
DOUBLE_ARITHMETIC = ("ADDD", "SUBD", "MULD", "DIVD")
FLOAT_ARITHMETIC = ("ADDF", "SUBF", "MULF", "DIVF")
CONVERSIONS = (
    *("EXTL", "EXTUL", "CUTL"),
    *("ITOD", "UTOD", "LTOD", "ULTOD", "ITOF", "UTOF", "LTOF", "ULTOF"),
    *("DTOI", "DTOU", "DTOL", "DTOUL", "ROUNDF"),
)
_ALL = (
    *MOVES,
    *("MOVEL", "MOVED", "MOVEF", "ADDR"),
    *ARITHMETIC,
    *("NEG", "NOT"),
    *LONG_ARITHMETIC,
    *("NEGL", "NOTL"),
    *DOUBLE_ARITHMETIC,
    "NEGD",
    *FLOAT_ARITHMETIC,
    "NEGF",
    *CONVERSIONS,
    *COMPARISONS,
    *(f"S{condition}" for condition in CONDITIONS),
    "JUMP",
    *(f"J{condition}" for condition in CONDITIONS),
    *("CALL", "RET", "NEW", "COPY", "CLEAR", "LIB", "SAVE", "FREE"),
)
OPCODES = {op: number for number, op in enumerate(_ALL, 1)}
_NAMES = {number: op for op, number in OPCODES.items()}
JUMPS = frozenset(("JUMP", *(f"J{condition}" for condition in CONDITIONS)))
FLOAT = frozenset((*FLOAT_ARITHMETIC, "NEGF", "MOVEF", "CMPF"))
"""The instructions whose operands in memory are floats."""
DOUBLE = frozenset((*DOUBLE_ARITHMETIC, "NEGD", "MOVED", "CMPD")) | FLOAT
WIDE = frozenset((*LONG_ARITHMETIC, "NEGL", "NOTL", "MOVEL", "CMPL")) | DOUBLE
"""The instructions whose constants have 8 bytes."""
MODES = {"r": 1, "#": 2, "m": 3, "a": 4}
_KINDS = {number: kind for kind, number in MODES.items()}
TARGET = 5
"""The source mode of a jump or call that names its target."""
LONGEST = 20
READS_DESTINATION = frozenset(
    (
        *(*ARITHMETIC, *LONG_ARITHMETIC, *DOUBLE_ARITHMETIC, *FLOAT_ARITHMETIC, *COMPARISONS),
        *("NEG", "NOT", "NEGL", "NOTL", "NEGD", "NEGF"),
    )
)


class Part(NamedTuple):
    """An operand. `kind` is 'r' (register), '#' (constant), 'm' (memory at register + value), 'a' (memory at value)."""

    kind: str
    register: str
    value: int | float


class Decoded(NamedTuple):
    """An instruction. `through` is COPY's source register."""

    address: int
    size: int
    op: str
    source: Part | None
    destination: Part | None
    target: int | None
    through: str

    @property
    def text(self) -> str:
        """As it is written: 'SUB #16, SP'."""
        return f"{self.op} {self.operands}".strip()

    @property
    def operands(self) -> str:
        """Its operands as they are written."""
        if self.target is not None:
            return f"{self.target:#x}"
        words = [written(part) for part in (self.source, self.destination) if part is not None]
        if self.through:
            words = [words[0], f"({self.through})", f"({words[1]})"]
        return ", ".join(words)


def written(part: Part) -> str:
    """An operand as it is written: '8(FP)'."""
    if part.kind == "r":
        return part.register
    if part.kind == "m":
        return f"{part.value}({part.register})"
    return f"#{part.value}" if part.kind == "#" else f"{int(part.value):#x}"


def decode(code: bytes, address: int) -> Decoded | None:
    """The instruction that `code` begins with; None if it is none."""
    try:
        return _decode(code, address)
    except (struct.error, IndexError, KeyError):
        return None


def _decode(code: bytes, address: int) -> Decoded:
    op = _NAMES[code[0]]
    source_mode, destination_mode = code[1] & 15, code[1] >> 4
    if source_mode == TARGET:
        (target,) = struct.unpack_from("<I", code, 4)
        return Decoded(address, 8, op, None, None, target, "")
    through = REGISTERS[code[2]] if op == "COPY" else ""
    at, parts = 4, []
    for mode, number in ((source_mode, code[2]), (destination_mode, code[3])):
        part = None
        if mode:
            part, size = _part(op, _KINDS[mode], number, code, at)
            at += size
        parts.append(part)
    return Decoded(address, at, op, parts[0], parts[1], None, through)


def _part(op: str, kind: str, number: int, code: bytes, at: int) -> tuple[Part, int]:
    """An operand, and how many bytes its constant has."""
    register = REGISTERS[number] if kind in "rm" else ""
    if kind == "r":
        return Part(kind, register, 0), 0
    if kind != "#" or op not in WIDE:
        (word,) = struct.unpack_from("<I" if kind == "a" else "<i", code, at)
        return Part(kind, register, word), 4
    (wide,) = struct.unpack_from("<d" if op in DOUBLE else "<q", code, at)
    return Part(kind, register, wide), 8
