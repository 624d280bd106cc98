"""A compiled program as an ELF file: code, data, symbols and debugging information (System V gABI, chapter 4).

So whatever reads programs (stackglass itself, readelf) reads those of the textbook machine too.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from stackglass.textbook.debug_info import Sections
from stackglass.textbook.program import CODE, Program

MACHINE = 0x7EB0
"""e_machine: a number that nobody has."""
_PROGBITS, _SYMTAB, _STRTAB, _NOBITS = 1, 2, 3, 8
_WRITE, _ALLOC, _EXECUTE = 1, 2, 4
_ALIGNMENT = 4
_HEADER, _PROGRAM_HEADER, _SECTION_HEADER = 52, 32, 40


class _Section(NamedTuple):
    name: str
    kind: int
    flags: int
    address: int
    data: bytes
    link: int = 0
    info: int = 0
    entry_size: int = 0


def elf_of(program: Program) -> bytes:
    """The file."""
    areas = (
        (".text", _ALLOC | _EXECUTE, CODE, program.code_end),
        (".rodata", _ALLOC, program.code_end, program.data_start),
        (".frames", _ALLOC | _WRITE, program.data_start, program.frames_end),
        (".data", _ALLOC | _WRITE, program.frames_end, program.bss_start),
        (".bss", _ALLOC | _WRITE, program.bss_start, program.data_end),
    )
    image = program.image
    sections = [
        _Section("", 0, 0, 0, b""),
        *(
            _Section(name, _NOBITS if name == ".bss" else _PROGBITS, flags, low, image[low - CODE : high - CODE])
            for name, flags, low, high in areas
        ),
    ]
    sections += [_Section(name, _PROGBITS, 0, 0, data) for name, data in Sections(program).data.items()]
    symbols, names = _symbols(program)
    sections.append(_Section(".symtab", _SYMTAB, 0, 0, symbols, len(sections) + 1, 1, 16))
    sections.append(_Section(".strtab", _STRTAB, 0, 0, names))
    return _file(sections, program)


def _symbols(program: Program) -> tuple[bytes, bytes]:
    names = bytearray(b"\0")
    table = bytearray(16)

    def add(name: str, address: int, size: int, kind: int, section: int) -> None:
        nonlocal table
        table += struct.pack("<IIIBBH", len(names), address, size, 0x10 | kind, 0, section)
        names.extend(name.encode() + b"\0")

    for function in program.functions:
        add(function.label, function.low, function.high - function.low, 2, 1)
    for one in program.statics:
        if not one.label.startswith("."):
            add(one.label, one.address, len(one.data or b""), 1, _section_of(one.address, program))
    return bytes(table), bytes(names)


def _section_of(address: int, program: Program) -> int:
    """The number of the section of data that holds an address."""
    starts = (program.code_end, program.data_start, program.frames_end, program.bss_start)
    return 2 + max(number for number, start in enumerate(starts) if address >= start)


def _file(sections: list[_Section], program: Program) -> bytes:
    names = bytearray()
    name_offsets = []
    for section in [*sections, _Section(".shstrtab", _STRTAB, 0, 0, b"")]:
        name_offsets.append(len(names))
        names += section.name.encode() + b"\0"
    sections = [*sections, _Section(".shstrtab", _STRTAB, 0, 0, bytes(names))]
    body = bytearray(_HEADER + 2 * _PROGRAM_HEADER)
    headers = bytearray()
    offsets = []
    for section, name in zip(sections, name_offsets, strict=True):
        body += bytes(-len(body) % _ALIGNMENT)
        offsets.append(len(body))
        size = len(section.data)
        headers += struct.pack(
            "<10I",
            name,
            section.kind,
            section.flags,
            section.address,
            len(body),
            size,
            section.link,
            section.info,
            _ALIGNMENT if section.flags else 1,
            section.entry_size,
        )
        if section.kind != _NOBITS:
            body += section.data
    table = len(body)
    body[:_HEADER] = _header(program.main.low, table, len(sections))
    body[_HEADER : _HEADER + _PROGRAM_HEADER] = _load(offsets[1], CODE, program.data_start - CODE, 5)
    size, all_of_it = program.bss_start - program.data_start, program.data_end - program.data_start
    load = _load(offsets[3], program.data_start, size, 6, all_of_it)
    body[_HEADER + _PROGRAM_HEADER : _HEADER + 2 * _PROGRAM_HEADER] = load
    return bytes(body + headers)


def _header(entry: int, table: int, sections: int) -> bytes:
    identity = b"\x7fELF\x01\x01\x01" + bytes(9)
    return identity + struct.pack(
        "<HHIIIIIHHHHHH",
        2,
        MACHINE,
        1,
        entry,
        _HEADER,
        table,
        0,
        _HEADER,
        _PROGRAM_HEADER,
        2,
        _SECTION_HEADER,
        sections,
        sections - 1,
    )


def _load(offset: int, address: int, size: int, flags: int, in_memory: int | None = None) -> bytes:
    return struct.pack("<8I", 1, offset, address, address, size, size if in_memory is None else in_memory, flags, 4)
