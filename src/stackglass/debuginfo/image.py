"""An ELF file as parsed from its bytes: header, segments, sections. Opens nothing (System V gABI, chapters 4 and 5).

The headers are read here and not by pyelftools, whose ELF half costs 30 ms to import and doesn't check that what
the headers point at lies within the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from stackglass import isa as isas
from stackglass.debuginfo.gnu_attributes import gnu_attributes
from stackglass.debuginfo.sections import Section, Segment, decompressed
from stackglass.errors import BadImage
from stackglass.isa import Isa
from stackglass.model import AddressRange

Kind = Literal["executable", "pie", "shared", "relocatable", "core"]

_TYPES: dict[int, Kind] = {1: "relocatable", 2: "executable", 3: "shared", 4: "core"}
_MACHINES = {
    2: ("EM_SPARC", "SPARC"),
    3: ("EM_386", "32-bit x86"),
    8: ("EM_MIPS", "MIPS"),
    20: ("EM_PPC", "32-bit PowerPC"),
    21: ("EM_PPC64", "64-bit PowerPC"),
    22: ("EM_S390", "s390"),
    40: ("EM_ARM", "32-bit ARM"),
    62: ("EM_X86_64", "x86-64"),
    183: ("EM_AARCH64", "64-bit ARM"),
    243: ("EM_RISCV", "RISC-V"),
    0x7EB0: ("EM_TEXTBOOK", "the textbook machine"),
    258: ("EM_LOONGARCH", "LoongArch"),
}
_SECTION_KINDS = {
    1: "progbits",
    2: "symtab",
    3: "strtab",
    4: "rela",
    6: "dynamic",
    7: "note",
    8: "nobits",
    9: "rel",
    11: "dynsym",
    14: "init_array",
    15: "fini_array",
}
_LOAD, _DYNAMIC, _INTERPRETER, _PROGRAM_HEADERS, _TLS = 1, 2, 3, 6, 7
_STACK, _RELRO = 0x6474E551, 0x6474E552
_DT_FLAGS_1, _DF_1_PIE = 0x6FFFFFFB, 0x08000000


class _ProgramHeader(NamedTuple):
    kind: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    alignment: int


class _SectionHeader(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Header(NamedTuple):
    """The fields of the ELF header after e_ident, in the file's order."""

    type: int
    machine: int
    version: int
    entry: int
    program_headers: int
    section_headers: int
    flags: int
    size: int
    program_header_size: int
    program_header_count: int
    section_header_size: int
    section_header_count: int
    names_index: int


@dataclass(frozen=True)
class Image:
    """An ELF image. Addresses are those of the file: what it is loaded at is the target's matter."""

    name: str
    data: bytes = field(repr=False)
    isa: Isa = field(repr=False)
    kind: Kind
    entry: int
    interpreter: str | None
    program_headers: tuple[int, int, int]
    """Address, size of one, and how many there are: AT_PHDR, AT_PHENT and AT_PHNUM."""
    segments: tuple[Segment, ...] = field(repr=False)
    sections: tuple[Section, ...] = field(repr=False)
    tls: Segment | None = field(repr=False)
    relro: AddressRange | None = field(repr=False)
    executable_stack: bool = False
    """Whether it asks for a stack that may be executed (PT_GNU_STACK), as trampolines of nested functions need."""

    @classmethod
    def parse(cls, data: bytes, name: str) -> Image:
        """The image in `data`. BadImage, with one sentence about `name`, for what isn't one that can be used."""
        return _Parser(data, name).image()

    @property
    def byte_order(self) -> Literal["little", "big"]:
        """As the ELF header says."""
        return "little" if self.data[5] == 1 else "big"

    @property
    def address_size(self) -> int:
        """Bytes of an address."""
        return 4 if self.data[4] == 1 else 8

    @cached_property
    def has_debug_info(self) -> bool:
        """Whether it has DWARF debugging entries."""
        section = self.section(".debug_info") or self.section(".zdebug_info")
        return section is not None and section.size > 0 and section.kind != "nobits"

    def section(self, name: str) -> Section | None:
        """The first section of that name, or None."""
        return self._by_name.get(name)

    def section_at(self, address: int) -> Section | None:
        """The loaded section that holds `address`, or None."""
        return next((s for s in self.sections if s.is_loaded and s.address <= address < s.address + s.size), None)

    def section_bytes(self, name: str) -> bytes | None:
        """What the section holds, decompressed; None if there is no such section or it has no bytes in the file.

        '.debug_x' finds '.zdebug_x' too. BadDebugInfo where it cannot be decompressed.
        """
        section = self.section(name)
        if section is None and name.startswith(".debug_"):
            section = self.section(".z" + name[1:])
        if section is None or section.kind == "nobits":
            return None
        stored = self.data[section.file_offset : section.file_offset + section.size]
        if not section.is_compressed:
            return stored
        return decompressed(section, stored, self.byte_order, self.address_size)

    def read(self, address: int, size: int) -> bytes | None:
        """The bytes that the file has for [address, address + size), zeros of .bss included; None if not all loaded."""
        for segment in self.segments:
            if segment.address <= address and address + size <= segment.end:
                start = segment.file_offset + address - segment.address
                return self.data[start : min(start + size, segment.file_offset + segment.file_size)].ljust(size, b"\0")
        return None

    @cached_property
    def headers(self) -> tuple[tuple[AddressRange, str], ...]:
        """The parts of the image that lie in memory and are no section's: its ELF header and its program headers."""
        first = next((segment for segment in self.segments if segment.file_offset == 0), None)
        size = 64 if self.address_size == 8 else 52
        found = []
        if first is not None and first.file_size >= size:
            found.append((AddressRange(first.address, first.address + size), "ELF header"))
        address, entry_size, count = self.program_headers
        end = address + entry_size * count
        if count and any(one.address <= address and end <= one.address + one.file_size for one in self.segments):
            found.append((AddressRange(address, end), "program headers"))
        return tuple(found)

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        return {section.name: section for section in reversed(self.sections)}


class _Parser:
    """Reads the headers of one file, checking that everything they point at is inside it."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.name = name
        self._check_identification()
        self.wide = data[4] == 2
        self.order = "<" if data[5] == 1 else ">"
        self.header = _Header(*self._unpack("HHIQQQIHHHHHH" if self.wide else "HHIIIIIHHHHHH", 16, "its header"))
        self.isa = self._isa()

    def image(self) -> Image:
        """The whole of it."""
        section_headers = self._section_headers()
        program_headers = self._program_headers(section_headers[0] if section_headers else None)
        loads = tuple(
            self._segment(header) for header in program_headers if header.kind == _LOAD and header.memory_size
        )
        relro = next(
            (AddressRange(h.address, h.address + h.memory_size) for h in program_headers if h.kind == _RELRO), None
        )
        sections = tuple(self._sections(section_headers))
        return Image(
            name=self.name,
            data=self.data,
            isa=self.isa.with_attributes(self._attributes(sections)),
            kind=self._kind(program_headers),
            entry=self.header.entry,
            interpreter=self._interpreter(program_headers),
            program_headers=(
                self._headers_address(program_headers),
                self.header.program_header_size,
                len(program_headers),
            ),
            segments=tuple(sorted(loads, key=lambda segment: segment.address)),
            sections=sections,
            tls=next((self._segment(header) for header in program_headers if header.kind == _TLS), None),
            relro=relro,
            executable_stack=any(h.kind == _STACK and h.flags & 1 for h in program_headers),
        )

    def _attributes(self, sections: Sequence[Section]) -> Mapping[int, int]:
        section = next((one for one in sections if one.name == ".gnu.attributes"), None)
        if section is None or section.kind == "nobits":
            return {}
        return gnu_attributes(self.data[section.file_offset :][: section.size], self.isa.byte_order)

    def _bad(self, what: str, offset: int | None = None, help: str = "") -> BadImage:
        return BadImage(f"{self.name} {what}", offset=offset, help=help)

    def _check_identification(self) -> None:
        data = self.data
        if not data:
            raise self._bad("is empty")
        if data[:4] != b"\x7fELF":
            raise self._bad("is not an ELF file", 0, "give a C or C++ source, an assembly source or an ELF program")
        if len(data) < 52 or (data[4] == 2 and len(data) < 64):
            raise self._bad(f"is a truncated ELF file: {len(data)} bytes are less than its header", len(data))
        if data[4] not in (1, 2) or data[5] not in (1, 2):
            raise self._bad("is an ELF file of a class or byte order that doesn't exist", 4)

    def _isa(self) -> Isa:
        machine = self.header.machine
        name, words = _MACHINES.get(machine, (str(machine), f"machine number {machine}"))
        bits = 64 if self.wide else 32
        found = isas.by_elf_machine(name, bits, self.header.flags)
        little_endian = self.order == "<"
        if found is None or (found.byte_order == "little") != little_endian:
            order = "" if found is None else f", {'little' if little_endian else 'big'}-endian"
            known = "; ".join(isas.get(known).title for known in isas.emulated())
            size = "" if "-bit" in words else f", {bits}-bit"
            what = f"is for a machine that is not supported: {words}{size}{order}"
            raise self._bad(what, 18, f"supported: {known}")
        return found

    def _unpack(self, layout: str, offset: int, what: str) -> tuple[int, ...]:
        layout = self.order + layout
        self._check_inside(offset, struct.calcsize(layout), what)
        return struct.unpack_from(layout, self.data, offset)

    def _check_inside(self, offset: int, size: int, what: str) -> None:
        if offset + size > len(self.data):
            sentence = f"is a truncated ELF file: {what} ends at byte {offset + size} of {len(self.data)}"
            raise self._bad(sentence, offset)

    def _section_headers(self) -> list[_SectionHeader]:
        header = self.header
        if not header.section_headers:
            return []
        layout = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
        size = struct.calcsize(self.order + layout)
        if header.section_header_size < size:
            raise self._bad(f"has section headers of {header.section_header_size} bytes", 58)
        first = _SectionHeader(*self._unpack(layout, header.section_headers, "its first section header"))
        count = header.section_header_count or first.size
        self._check_inside(header.section_headers, count * header.section_header_size, "its section header table")
        offsets = range(header.section_headers, len(self.data), header.section_header_size)
        return [_SectionHeader(*self._unpack(layout, offset, "a section header")) for offset in offsets[:count]]

    def _program_headers(self, first_section: _SectionHeader | None) -> list[_ProgramHeader]:
        header = self.header
        count = header.program_header_count
        if count == 0xFFFF and first_section is not None:
            count = first_section.info
        layout = "IIQQQQQQ" if self.wide else "IIIIIIII"
        if count and header.program_header_size < struct.calcsize(self.order + layout):
            raise self._bad(f"has program headers of {header.program_header_size} bytes", 54)
        self._check_inside(header.program_headers, count * header.program_header_size, "its program header table")
        return [self._program_header(header.program_headers + n * header.program_header_size) for n in range(count)]

    def _program_header(self, offset: int) -> _ProgramHeader:
        if self.wide:
            kind, flags, start, address, _, file_size, size, align = self._unpack(
                "IIQQQQQQ", offset, "a program header"
            )
        else:
            kind, start, address, _, file_size, size, flags, align = self._unpack(
                "IIIIIIII", offset, "a program header"
            )
        header = _ProgramHeader(kind, flags, start, address, file_size, size, align)
        if kind in (_LOAD, _TLS):
            self._check_segment(header)
        return header

    def _check_segment(self, header: _ProgramHeader) -> None:
        if header.file_size:  # one of zeros alone may stand anywhere
            self._check_inside(header.offset, header.file_size, f"the segment at {header.address:#x}")
        if header.memory_size < header.file_size:
            raise self._bad(f"has a segment at {header.address:#x} that is larger in the file than in memory")
        if header.address + header.memory_size > 1 << (64 if self.wide else 32):
            raise self._bad(f"has a segment at {header.address:#x} that ends beyond the address space")

    def _segment(self, header: _ProgramHeader) -> Segment:
        permissions = "".join(letter if header.flags & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        return Segment(
            header.address, header.offset, header.file_size, header.memory_size, permissions, max(header.alignment, 1)
        )

    def _kind(self, program_headers: list[_ProgramHeader]) -> Kind:
        kind = _TYPES.get(self.header.type)
        if kind is None:
            raise self._bad(f"is an ELF file of unknown type {self.header.type}", 16)
        if kind != "shared":
            return kind
        interpreted = any(header.kind == _INTERPRETER for header in program_headers)
        return "pie" if interpreted or self.header.entry or self._says_pie(program_headers) else "shared"

    def _says_pie(self, program_headers: list[_ProgramHeader]) -> bool:
        layout = self.order + ("qQ" if self.wide else "iI")
        for header in program_headers:
            if header.kind == _DYNAMIC and header.offset + header.file_size <= len(self.data):
                table = self.data[header.offset : header.offset + header.file_size]
                whole = len(table) - len(table) % struct.calcsize(layout)
                entries = struct.iter_unpack(layout, table[:whole])
                return any(tag == _DT_FLAGS_1 and value & _DF_1_PIE for tag, value in entries)
        return False

    def _interpreter(self, program_headers: list[_ProgramHeader]) -> str | None:
        for header in program_headers:
            if header.kind == _INTERPRETER:
                self._check_inside(header.offset, header.file_size, "the name of its interpreter")
                name = self.data[header.offset : header.offset + header.file_size]
                return name.split(b"\0")[0].decode("utf-8", "surrogateescape")
        return None

    def _headers_address(self, program_headers: list[_ProgramHeader]) -> int:
        """Where the program headers are in memory: PT_PHDR says it, else the segment that holds them."""
        offset = self.header.program_headers
        for header in program_headers:
            if header.kind == _PROGRAM_HEADERS:
                return header.address
        for header in program_headers:
            if header.kind == _LOAD and header.offset <= offset < header.offset + header.file_size:
                return header.address + offset - header.offset
        return 0

    def _sections(self, headers: list[_SectionHeader]) -> Iterator[Section]:
        names = self._section_names(headers)
        for header in headers:
            kind = _SECTION_KINDS.get(header.kind, str(header.kind))
            name = names[header.name :].split(b"\0", 1)[0].decode("utf-8", "replace")
            if header.kind not in (0, 8):
                self._check_inside(header.offset, header.size, f"section {name}")
            yield Section(
                name, header.address, header.size, header.offset, header.flags, kind, header.link, header.entry_size
            )

    def _section_names(self, headers: list[_SectionHeader]) -> bytes:
        index = self.header.names_index
        if index == 0xFFFF and headers:
            index = headers[0].link
        if index >= len(headers):
            return b""
        table = headers[index]
        self._check_inside(table.offset, table.size, "the table of section names")
        return self.data[table.offset : table.offset + table.size]


__all__ = ["Image", "Kind", "Section", "Segment"]
