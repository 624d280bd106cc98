"""Writing DWARF 4: entries, line rows, call-frame information, location lists (DWARF 4, chapters 2, 6 and 7)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

ADDRESS_SIZE = 4

TAGS = {
    "array_type": 0x01,
    "enumeration_type": 0x04,
    "formal_parameter": 0x05,
    "lexical_block": 0x0B,
    "member": 0x0D,
    "pointer_type": 0x0F,
    "compile_unit": 0x11,
    "structure_type": 0x13,
    "subroutine_type": 0x15,
    "typedef": 0x16,
    "union_type": 0x17,
    "unspecified_parameters": 0x18,
    "subrange_type": 0x21,
    "base_type": 0x24,
    "const_type": 0x26,
    "enumerator": 0x28,
    "subprogram": 0x2E,
    "variable": 0x34,
    "volatile_type": 0x35,
    "restrict_type": 0x37,
    "atomic_type": 0x47,
}
ATTRIBUTES = {
    "location": 0x02,
    "name": 0x03,
    "byte_size": 0x0B,
    "bit_size": 0x0D,
    "stmt_list": 0x10,
    "low_pc": 0x11,
    "high_pc": 0x12,
    "language": 0x13,
    "comp_dir": 0x1B,
    "const_value": 0x1C,
    "producer": 0x25,
    "prototyped": 0x27,
    "artificial": 0x34,
    "count": 0x37,
    "data_member_location": 0x38,
    "decl_file": 0x3A,
    "decl_line": 0x3B,
    "encoding": 0x3E,
    "external": 0x3F,
    "frame_base": 0x40,
    "type": 0x49,
    "data_bit_offset": 0x6B,
}
FORMS = {
    "addr": 0x01,
    "data4": 0x06,
    "string": 0x08,
    "data1": 0x0B,
    "sdata": 0x0D,
    "udata": 0x0F,
    "ref4": 0x13,
    "sec_offset": 0x17,
    "exprloc": 0x18,
    "flag_present": 0x19,
}

OP_ADDR, OP_DEREF, OP_CONST4U, OP_CONSTU, OP_DIV = 0x03, 0x06, 0x0C, 0x10, 0x1B
OP_REGX, OP_FBREG, OP_CALL_FRAME_CFA = 0x90, 0x91, 0x9C


def uleb(value: int) -> bytes:
    """An unsigned number, 7 bits a byte."""
    data = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        data.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(data)


def sleb(value: int) -> bytes:
    """A signed number, 7 bits a byte."""
    data = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        done = value == (-1 if byte & 0x40 else 0)
        data.append(byte | (0 if done else 0x80))
        if done:
            return bytes(data)


@dataclass(eq=False, slots=True)
class Die:
    """A debugging entry: attributes as (name, form, value); a reference's value is another Die."""

    tag: str
    attributes: list[tuple[str, str, object]]
    children: list[Die] = field(default_factory=list)
    offset: int = 0

    def add(self, child: Die) -> Die:
        """Adds a child; gives it."""
        self.children.append(child)
        return child


class Entries:
    """The .debug_info and .debug_abbrev of some compile units."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], int] = {}
        self._abbreviations = bytearray()

    def encode(self, units: Sequence[Die]) -> tuple[bytes, bytes]:
        """(.debug_info, .debug_abbrev)."""
        info = bytearray()
        for unit in units:
            start = len(info)
            self._lay_out(unit, 11)
            body = bytearray()
            self._write(unit, body)
            info += struct.pack("<IHIB", len(body) + 7, 4, 0, ADDRESS_SIZE) + body
            del start
        return bytes(info), bytes(self._abbreviations) + b"\0"

    def _code(self, die: Die) -> int:
        key = (die.tag, bool(die.children), *((name, form) for name, form, _ in die.attributes))
        if key not in self._codes:
            number = self._codes[key] = len(self._codes) + 1
            row = uleb(number) + uleb(TAGS[die.tag]) + bytes([bool(die.children)])
            for name, form, _ in die.attributes:
                row += uleb(ATTRIBUTES[name]) + uleb(FORMS[form])
            self._abbreviations += row + b"\0\0"
        return self._codes[key]

    def _lay_out(self, die: Die, offset: int) -> int:
        die.offset = offset
        offset += len(uleb(self._code(die)))
        offset += sum(len(_value(form, value)) for _, form, value in die.attributes)
        for child in die.children:
            offset = self._lay_out(child, offset)
        return offset + bool(die.children)

    def _write(self, die: Die, body: bytearray) -> None:
        body += uleb(self._code(die))
        for _, form, value in die.attributes:
            body += _value(form, value)
        for child in die.children:
            self._write(child, body)
        if die.children:
            body.append(0)


def _value(form: str, value: object) -> bytes:
    match value:
        case Die():
            return struct.pack("<I", value.offset)
        case str():
            return value.encode("utf-8", "surrogateescape") + b"\0"
        case bytes():
            return uleb(len(value)) + value
        case int():
            if form == "flag_present":
                return b""
            if form in ("addr", "data4", "sec_offset"):
                return struct.pack("<I", value & 0xFFFFFFFF)
            return bytes([value]) if form == "data1" else sleb(value) if form == "sdata" else uleb(value)
        case _:
            raise TypeError(f"no value of {form}: {value!r}")


# ---- lines ----


class Row(NamedTuple):
    """A row of the line table: `file` counts from 1."""

    address: int
    file: int
    line: int
    is_statement: bool


def line_program(files: Sequence[str], rows: Iterable[Row], end: int) -> bytes:
    """The line table of a unit, .debug_line version 4."""
    header = bytes([1, 1, 1, 0xFB, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    header += b"\0"  # no folders: names are absolute
    header += b"".join(name.encode("utf-8", "surrogateescape") + b"\0\0\0\0" for name in files) + b"\0"
    program = _rows(list(rows), end)
    body = struct.pack("<HI", 4, len(header)) + header + program
    return struct.pack("<I", len(body)) + body


def _rows(rows: Sequence[Row], end: int) -> bytes:
    if not rows:
        return b""
    address, file, line, is_statement = rows[0].address, 1, 1, True
    program = bytearray(b"\0\x05\x02" + struct.pack("<I", address))
    for row in rows:
        if row.address != address:
            program += b"\x02" + uleb(row.address - address)
        if row.file != file:
            program += b"\x04" + uleb(row.file)
        if row.line != line:
            program += b"\x03" + sleb(row.line - line)
        if row.is_statement != is_statement:
            program += b"\x06"
        program += b"\x01"
        address, file, line, is_statement = row
    return bytes(program + b"\x02" + uleb(end - address) + b"\0\x01\x01")


# ---- call frames ----


def common_entry(stack_pointer: int, return_address: int) -> bytes:
    """A CIE: the CFA is SP, and nothing is saved yet. Offsets are counted in words downwards."""
    body = struct.pack("<I", 0xFFFFFFFF) + bytes([4, 0, ADDRESS_SIZE, 0]) + uleb(1) + sleb(-4) + uleb(return_address)
    body += cfa(stack_pointer, 0)
    return _padded(body)


def frame_entry(low: int, size: int, rules: Sequence[tuple[int, bytes]]) -> bytes:
    """A FDE: `rules` are (address from which they hold, instructions) in order."""
    body = struct.pack("<III", 0, low, size)
    at = low
    for address, instructions in rules:
        if address != at:
            body += b"\x04" + struct.pack("<I", address - at)
            at = address
        body += instructions
    return _padded(body)


def _padded(body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<I", len(body)) + body


def cfa(register: int, offset: int) -> bytes:
    """DW_CFA_def_cfa."""
    return b"\x0c" + uleb(register) + uleb(offset)


def cfa_is(address: int) -> bytes:
    """DW_CFA_def_cfa_expression: the CFA is a fixed address."""
    expression = bytes([OP_CONST4U]) + struct.pack("<I", address)
    return b"\x0f" + uleb(len(expression)) + expression


def saved(register: int, below_cfa: int) -> bytes:
    """DW_CFA_offset_extended: a register is saved so many bytes below the CFA."""
    return b"\x05" + uleb(register) + uleb(below_cfa // 4)


def restored(register: int) -> bytes:
    """DW_CFA_restore_extended: a register is as it was at the function's start, not saved."""
    return b"\x06" + uleb(register)


# ---- location lists ----


class Locations:
    """The .debug_loc section. Addresses are relative to the unit's low_pc."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, base: int, parts: Sequence[tuple[int, int, bytes]]) -> int:
        """A list of (low, high, expression); gives its offset."""
        offset = len(self.data)
        for low, high, expression in parts:
            if low < high:
                self.data += struct.pack("<IIH", low - base, high - base, len(expression)) + expression
        self.data += bytes(8)
        return offset
