"""The textbook machine's instructions as the compiler makes them: with symbols and labels in place of addresses."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.isa.textbook_code import DOUBLE, MODES, NUMBER, OPCODES, TARGET, WIDE
from stackglass.textbook.scope import Static


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
            code[1] |= MODES[operand.kind] << shift
            code[byte] = NUMBER.get(operand.register, 0)
            code += _constant(self.op, operand)
        if self.target is not None:
            code[1] |= TARGET
            code += struct.pack("<I", self.target_address & 0xFFFFFFFF)
        if self.through:
            code[2] = NUMBER[self.through]
        return bytes(code)


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


def text(instruction: Instruction, names: dict[int, str] | None = None, address: Callable[[int], str] = hex) -> str:
    """The instruction as it is written: 'SUB #16, SP'. `names` are those of addresses; `address` writes the others."""
    names = names or {}
    words = [_spelled(one, names, address) for one in (instruction.source, instruction.destination) if one is not None]
    if instruction.through:
        words.insert(1, f"({instruction.through})")
        words[2] = f"({words[2]})"
    if instruction.target is not None:
        words = [names.get(instruction.target_address) or address(instruction.target_address)]
    return f"{instruction.op} {', '.join(words)}".strip()


def _spelled(operand: Operand, names: dict[int, str], address: Callable[[int], str]) -> str:
    if operand.kind == "r":
        return operand.register
    number = operand.number
    if operand.kind == "m":
        return f"{number}({operand.register})"
    if operand.kind == "a":
        return names.get(int(number)) or address(int(number))
    return f"#{names[int(number)]}" if operand.symbol is not None and int(number) in names else f"#{number}"
