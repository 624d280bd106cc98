"""The textbook machine's instructions: what there are, how they are written, and their bytes.

    ┌────────┬────────┬────────┬────────┐ ┌───────────────────┐ ┌───────────────────┐
    │ number │ modes  │ source │  dest. │ │ source's constant │ │ dest.'s constant  │
    └────────┴────────┴────────┴────────┘ └───────────────────┘ └───────────────────┘
      1 byte   4 + 4    1 byte   1 byte     4 bytes (8 for the     4 bytes
               bits     register numbers    constants of L and D
                                            instructions)

The source is written first, as in `SUB #16, SP`. A mode says where an operand is: in a register, in the instruction, in
memory at a register plus a displacement, or at a fixed address; constants follow only where a mode has one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.textbook.scope import Static

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


class Temporary:
    """Room in a frame whose offset is settled when the function's code is complete."""

    __slots__ = ("offset", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.offset = 0


class FrameSize:
    """Stands for the size of a function's frame until that is known."""

    __slots__ = ("size",)

    def __init__(self) -> None:
        self.size = 0


class Operand(NamedTuple):
    """`kind` is 'r' (register), '#' (constant), 'm' (memory at register + value), 'a' (memory at a fixed address).

    `value` is a number, or what becomes one; where there is a `symbol`, its address is added.
    """

    kind: str
    register: str = ""
    value: int | float | Temporary | FrameSize = 0
    symbol: Static | None = None

    @property
    def number(self) -> int | float:
        """The constant, symbols and frame offsets filled in."""
        value = self.value
        if isinstance(value, Temporary):
            value = value.offset
        elif isinstance(value, FrameSize):
            value = value.size
        return value if self.symbol is None else int(value) + self.symbol.address


def reg(name: str) -> Operand:
    """A register."""
    return Operand("r", name)


def imm(value: int | float | FrameSize, symbol: Static | None = None) -> Operand:
    """A constant in the instruction."""
    return Operand("#", "", value, symbol)


def mem(register: str, displacement: int | Temporary) -> Operand:
    """Memory at a register plus a displacement."""
    return Operand("m", register, displacement)


def at(symbol: Static, offset: int = 0) -> Operand:
    """Memory at a fixed address."""
    return Operand("a", "", offset, symbol)


class Label:
    """A place in a function's code that jumps lead to."""

    __slots__ = ("address",)

    def __init__(self) -> None:
        self.address = 0


@dataclass(slots=True)
class Instruction:
    """One instruction. `target` is where a jump or a direct call leads; `through` is COPY's source register."""

    op: str
    source: Operand | None = None
    destination: Operand | None = None
    target: Label | Static | int | None = None
    line: int | None = None
    file: str | None = None
    starts_statement: bool = False
    address: int = 0
    through: str = ""

    @property
    def target_address(self) -> int:
        """Where it leads."""
        target = self.target
        return target if isinstance(target, int) else target.address if target is not None else 0

    @property
    def size(self) -> int:
        """Bytes of its encoding."""
        size = 4
        if self.source is not None:
            size += _constant_size(self.op, self.source)
        if self.destination is not None:
            size += _constant_size(self.op, self.destination)
        return size + (4 if self.target is not None else 0)

    def encode(self) -> bytes:
        """Its bytes; addresses must be settled."""
        code = bytearray(4)
        code[0] = OPCODES[self.op]
        for shift, byte, operand in ((0, 2, self.source), (4, 3, self.destination)):
            if operand is None:
                continue
            code[1] |= _MODES[operand.kind] << shift
            code[byte] = NUMBER.get(operand.register, 0)
            code += _constant(self.op, operand)
        if self.target is not None:
            code[1] |= _TARGET
            code += struct.pack("<I", self.target_address & 0xFFFFFFFF)
        if self.through:
            code[2] = NUMBER[self.through]
        return bytes(code)


_MODES = {"r": 1, "#": 2, "m": 3, "a": 4}
_KINDS = {number: kind for kind, number in _MODES.items()}
_TARGET = 5
"""The source mode of a jump or call that names its target."""


def _constant_size(op: str, operand: Operand) -> int:
    if operand.kind == "r":
        return 0
    return 8 if operand.kind == "#" and op in WIDE else 4


def _constant(op: str, operand: Operand) -> bytes:
    if operand.kind == "r":
        return b""
    number = operand.number
    if operand.kind != "#" or op not in WIDE:
        return struct.pack("<I", int(number) & 0xFFFFFFFF)
    if op in DOUBLE:
        return struct.pack("<d", float(number))
    return struct.pack("<Q", int(number) & 0xFFFFFFFFFFFFFFFF)


ARITHMETIC = ("ADD", "SUB", "MUL", "DIV", "MOD", "DIVU", "MODU", "AND", "OR", "XOR", "SHL", "SHR", "SHRU")
CONDITIONS = ("EQ", "NE", "LT", "LE", "GT", "GE", "LTU", "LEU", "GTU", "GEU")
MOVES = ("MOVE", "MOVEB", "MOVEUB", "MOVEH", "MOVEUH")
LONG_ARITHMETIC = tuple(f"{op}L" for op in ARITHMETIC)
DOUBLE_ARITHMETIC = ("ADDD", "SUBD", "MULD", "DIVD")
CONVERSIONS = (
    "EXTL", "EXTUL", "CUTL", "ITOD", "UTOD", "LTOD", "ULTOD", "DTOI", "DTOU", "DTOL", "DTOUL", "ROUNDF",
)
_ALL = (
    *MOVES, "MOVEL", "MOVED", "MOVEF", "ADDR", *ARITHMETIC, "NEG", "NOT", *LONG_ARITHMETIC, "NEGL", "NOTL",
    *DOUBLE_ARITHMETIC, "NEGD", *CONVERSIONS, "CMP", "CMPL", "CMPD", *(f"S{condition}" for condition in CONDITIONS),
    "JUMP", *(f"J{condition}" for condition in CONDITIONS), "CALL", "RET", "NEW", "COPY", "CLEAR", "LIB", "SAVE",
)
OPCODES = {op: number for number, op in enumerate(_ALL, 1)}
_NAMES = {number: op for op, number in OPCODES.items()}
DOUBLE = frozenset((*DOUBLE_ARITHMETIC, "NEGD", "MOVED", "MOVEF", "CMPD"))
WIDE = frozenset((*LONG_ARITHMETIC, "NEGL", "NOTL", "MOVEL", "CMPL")) | DOUBLE
JUMPS = frozenset(("JUMP", *(f"J{condition}" for condition in CONDITIONS)))
LONGEST = 20


def decode(code: bytes, address: int) -> Instruction | None:
    """The instruction that `code` begins with; None if it is none."""
    if len(code) < 4 or code[0] not in _NAMES:
        return None
    op = _NAMES[code[0]]
    made = Instruction(op, address=address)
    offset = 4
    try:
        if code[1] & 15 == _TARGET:
            (made.target,) = struct.unpack_from("<I", code, 4)
            return made
        if op == "COPY":
            made.through = REGISTERS[code[2]]
        for shift, byte in ((0, 2), (4, 3)):
            kind = _KINDS.get(code[1] >> shift & 15)
            if kind is None:
                continue
            operand, offset = _operand(op, kind, code, byte, offset)
            if shift:
                made.destination = operand
            else:
                made.source = operand
    except (struct.error, IndexError):
        return None
    return made


def _operand(op: str, kind: str, code: bytes, byte: int, offset: int) -> tuple[Operand, int]:
    register = REGISTERS[code[byte]] if kind in "rm" else ""
    if kind == "r":
        return Operand("r", register), offset
    if kind != "#" or op not in WIDE:
        (word,) = struct.unpack_from("<I" if kind == "a" else "<i", code, offset)
        return Operand(kind, register, word), offset + 4
    wide: int | float
    (wide,) = struct.unpack_from("<d" if op in DOUBLE else "<q", code, offset)
    return Operand(kind, register, wide), offset + 8


def text(instruction: Instruction, names: dict[int, str] | None = None) -> str:
    """The instruction as it is written: 'SUB #16, SP'. `names` are those of addresses."""
    names = names or {}
    words = [_spelled(one, names) for one in (instruction.source, instruction.destination) if one is not None]
    if instruction.through:
        words.insert(1, f"({instruction.through})")
        words[2] = f"({words[2]})"
    if instruction.target is not None:
        address = instruction.target_address
        words = [names.get(address, str(address))]
    return f"{instruction.op} {', '.join(words)}".strip()


def _spelled(operand: Operand, names: dict[int, str]) -> str:
    if operand.kind == "r":
        return operand.register
    number = operand.number
    if operand.kind == "m":
        return f"{number}({operand.register})"
    if operand.kind == "a":
        return names.get(int(number), str(number))
    return f"#{names[int(number)]}" if operand.symbol is not None and int(number) in names else f"#{number}"
