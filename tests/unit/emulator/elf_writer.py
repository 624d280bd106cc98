"""Small ELF files written by hand: an x86-64 header, program headers, bytes, and sections."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

LOAD, INTERPRETER, STACK = 1, 3, 0x6474E551
EXECUTABLE, SHARED = 2, 3
_HEADER, _PROGRAM_HEADER, _SECTION_HEADER = 64, 56, 64


class Part(NamedTuple):
    """A program header with the bytes that it has in the file, which lie at `offset`."""

    kind: int
    permissions: str
    address: int
    data: bytes
    offset: int
    memory_size: int | None = None


class Section(NamedTuple):
    """A section header; `kind` 1 is progbits, 8 nobits; `flags` 1 is writable, 2 loaded, 4 executable, 0x400 TLS."""

    name: str
    kind: int
    flags: int
    address: int
    size: int


def write(parts: Sequence[Part], *, entry: int = 0, kind: int = EXECUTABLE, sections: Sequence[Section] = ()) -> bytes:
    """The file. Parts may not overlap the headers, which take the first 64 + 56 * len(parts) bytes."""
    headers = _HEADER + _PROGRAM_HEADER * len(parts)
    end = max((part.offset + len(part.data) for part in parts), default=headers)
    names = b"\0" + b"".join(section.name.encode() + b"\0" for section in sections) + b".shstrtab\0"
    table_offset = end + len(names)
    count = len(sections) + 2 if sections else 0
    table = _section_table(sections, names, end) if sections else b""
    identification = b"\x7fELF\2\1\1".ljust(16, b"\0")
    header = identification + struct.pack(
        "<HHIQQQIHHHHHH",
        kind,
        62,
        1,
        entry,
        _HEADER,
        table_offset if sections else 0,
        0,
        _HEADER,
        _PROGRAM_HEADER,
        len(parts),
        _SECTION_HEADER,
        count,
        count - 1 if sections else 0,
    )
    data = bytearray(end)
    data[: len(header)] = header
    for at, part in enumerate(parts):
        start = _HEADER + at * _PROGRAM_HEADER
        data[start : start + _PROGRAM_HEADER] = _program_header(part)
        data[part.offset : part.offset + len(part.data)] = part.data
    return bytes(data) + names + table


def _program_header(part: Part) -> bytes:
    flags = sum(bit for letter, bit in (("r", 4), ("w", 2), ("x", 1)) if letter in part.permissions)
    size = len(part.data)
    memory_size = size if part.memory_size is None else part.memory_size
    return struct.pack("<IIQQQQQQ", part.kind, flags, part.offset, part.address, part.address, size, memory_size, 4096)


def _section_table(sections: Sequence[Section], names: bytes, names_offset: int) -> bytes:
    rows = [struct.pack("<IIQQQQIIQQ", *[0] * 10)]
    for section in sections:
        name = names.index(b"\0" + section.name.encode() + b"\0") + 1
        rows.append(
            struct.pack("<IIQQQQIIQQ", name, section.kind, section.flags, section.address, 0, section.size, 0, 0, 1, 0)
        )
    name = names.index(b".shstrtab")
    rows.append(struct.pack("<IIQQQQIIQQ", name, 3, 0, 0, names_offset, len(names), 0, 0, 1, 0))
    return b"".join(rows)
