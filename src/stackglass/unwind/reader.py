"""Reading numbers out of a section: a cursor whose every way of failing is BadDebugInfo."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from stackglass.errors import BadDebugInfo

_LONGEST_LEB = 10
"""Bytes of a LEB128 number of 64 bits, padding aside."""

# DW_EH_PE_*: the low four bits say how a pointer is written, the next three what it is relative to (LSB 5.0, 10.5.1).
OMITTED = 0xFF
_ABSOLUTE, _PC_RELATIVE = 0x00, 0x10
_SIZES = {0x02: 2, 0x03: 4, 0x04: 8, 0x0A: 2, 0x0B: 4, 0x0C: 8}
_SIGNED = 0x08


@dataclass(frozen=True, slots=True)
class Section:
    """The bytes of a section of call-frame information, and what its pointers are relative to.

    `address` is where the section lies at run time; `bias` is added to absolute pointers of it.
    """

    name: str
    data: bytes
    address: int
    bias: int
    word_size: int
    byte_order: Literal["little", "big"]

    def cursor(self, offset: int, end: int | None = None) -> Cursor:
        """A cursor at `offset` that may read up to `end` (the section's end if None)."""
        return Cursor(self, offset, len(self.data) if end is None else end)


class Cursor:
    """A place in a section that moves as it reads. Reading beyond `end` raises BadDebugInfo."""

    __slots__ = ("end", "offset", "section")

    def __init__(self, section: Section, offset: int, end: int) -> None:
        self.section = section
        self.offset = offset
        self.end = end
        if not 0 <= offset <= end <= len(section.data):
            raise self.bad("points outside of the section")

    def bad(self, what: str) -> BadDebugInfo:
        """The error that something at this place `what`."""
        name = self.section.name
        return BadDebugInfo(
            f"the call-frame information at {name}+{self.offset:#x} {what}", section=name, offset=self.offset
        )

    @property
    def at_end(self) -> bool:
        """Whether all bytes are read."""
        return self.offset >= self.end

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.offset
        if size < 0 or start + size > self.end:
            raise self.bad("is cut short")
        self.offset = start + size
        return self.section.data[start : self.offset]

    def unsigned(self, size: int) -> int:
        """The next `size` bytes as an unsigned number."""
        return int.from_bytes(self.take(size), self.section.byte_order)

    def signed(self, size: int) -> int:
        """The next `size` bytes as a signed number."""
        return int.from_bytes(self.take(size), self.section.byte_order, signed=True)

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def uleb(self) -> int:
        """An unsigned LEB128 number (DWARF 5, 7.6)."""
        value, shift, byte = 0, 0, 0x80
        while byte & 0x80:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 7 * _LONGEST_LEB:
                raise self.bad("holds a number without an end")
        return value

    def sleb(self) -> int:
        """A signed LEB128 number (DWARF 5, 7.6)."""
        start = self.offset
        value = self.uleb()
        bits = 7 * (self.offset - start)
        return value - (1 << bits) if value >> (bits - 1) else value

    def block(self) -> bytes:
        """A block with its length before it as ULEB128: a DWARF expression."""
        return self.take(self.uleb())

    def text(self) -> str:
        """A string up to its NUL."""
        end = self.section.data.find(b"\0", self.offset, self.end)
        if end < 0:
            raise self.bad("holds a string without an end")
        return (self.take(end + 1 - self.offset)[:-1]).decode("ascii", "replace")

    def pointer(self, encoding: int) -> int:
        """A run-time address written as the DW_EH_PE_* `encoding` says; an indirect one gives where to look."""
        place = self.section.address + self.offset
        value = self.pointer_value(encoding)
        relative_to = encoding & 0x70
        if relative_to == _PC_RELATIVE:
            value += place
        elif relative_to == _ABSOLUTE:
            value += self.section.bias
        else:
            raise self.bad(f"has a pointer encoding that is not known, {encoding:#x}")
        return value & ((1 << 8 * self.section.word_size) - 1)

    def pointer_value(self, encoding: int) -> int:
        """The number of a pointer, without what it is relative to: for an address range's length."""
        form = encoding & 0x0F
        if form == 0x01:
            return self.uleb()
        if form == 0x09:
            return self.sleb()
        if form == 0x00 or form == 0x08:
            return self.unsigned(self.section.word_size)
        if form not in _SIZES:
            raise self.bad(f"has a pointer encoding that is not known, {encoding:#x}")
        return self.signed(_SIZES[form]) if form & _SIGNED else self.unsigned(_SIZES[form])


def unpacker(section: Section, letters: str) -> struct.Struct:
    """A struct of the section's byte order, for reading many headers quickly."""
    return struct.Struct(("<" if section.byte_order == "little" else ">") + letters)
