"""What an object file says of itself: which symbols it defines and lacks, and which sources it was made from."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from stackglass import isa as instruction_sets


class ObjectFile(NamedTuple):
    """`sources` are the absolute paths of its compile units: those that `# 1` or `.file` name, not the file read."""

    defined: frozenset[str]
    undefined: frozenset[str]
    sources: frozenset[str]


def read_object(content: bytes) -> ObjectFile:
    """Reads a relocatable ELF that a compiler has just written."""
    elf = ELFFile(io.BytesIO(content))
    isa = instruction_sets.by_elf_machine(elf["e_machine"], elf.elfclass)
    if isa is None or not isa.debug_relocations:
        return ObjectFile(*_symbols(elf), _sources(elf, relocate=True))
    relocated = ELFFile(io.BytesIO(_relocated(elf, content, isa.debug_relocations)))
    return ObjectFile(*_symbols(elf), _sources(relocated, relocate=False))


def _relocated(elf: ELFFile, content: bytes, sizes: Mapping[int, int]) -> bytes:
    """The object with those relocations of its debug sections applied whose type `sizes` has: symbol + addend."""
    data = bytearray(content)
    for section in elf.iter_sections():
        if not isinstance(section, RelocationSection):
            continue
        target, symbols = elf.get_section(section["sh_info"]), elf.get_section(section["sh_link"])
        if not target.name.startswith(".debug_") or target.compressed or not isinstance(symbols, SymbolTableSection):
            continue
        for relocation in section.iter_relocations():
            size = sizes.get(relocation["r_info_type"], 0)
            value = symbols.get_symbol(relocation["r_info_sym"])["st_value"] + relocation["r_addend"]
            at = target["sh_offset"] + relocation["r_offset"]
            data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little" if elf.little_endian else "big")
    return bytes(data)


def _symbols(elf: ELFFile) -> tuple[frozenset[str], frozenset[str]]:
    table = elf.get_section_by_name(".symtab")
    symbols = (
        [symbol for symbol in table.iter_symbols() if symbol.name] if isinstance(table, SymbolTableSection) else []
    )
    linked = [symbol for symbol in symbols if symbol["st_info"]["bind"] != "STB_LOCAL"]
    undefined = {symbol.name for symbol in linked if symbol["st_shndx"] == "SHN_UNDEF"}
    return frozenset({symbol.name for symbol in linked} - undefined), frozenset(undefined)


def _sources(elf: ELFFile, *, relocate: bool) -> frozenset[str]:
    if not elf.has_dwarf_info():
        return frozenset()
    units = elf.get_dwarf_info(relocate_dwarf_sections=relocate).iter_CUs()
    tops = [unit.get_top_DIE().attributes for unit in units]
    named = [top for top in tops if "DW_AT_name" in top]
    return frozenset(os.path.normpath(Path(_text(top, "DW_AT_comp_dir"), _text(top, "DW_AT_name"))) for top in named)


def _text(attributes: dict[str, object], name: str) -> str:
    value = getattr(attributes.get(name), "value", b"")
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else ""
