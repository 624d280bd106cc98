"""What an object file says of itself: which symbols it defines and lacks, and which sources it was made from."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import NamedTuple

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection


class ObjectFile(NamedTuple):
    """`sources` are the absolute paths of its compile units: those that `# 1` or `.file` name, not the file read."""

    defined: frozenset[str]
    undefined: frozenset[str]
    sources: frozenset[str]


def read_object(content: bytes) -> ObjectFile:
    """Reads a relocatable ELF that a compiler has just written."""
    elf = ELFFile(io.BytesIO(content))
    return ObjectFile(*_symbols(elf), _sources(elf))


def _symbols(elf: ELFFile) -> tuple[frozenset[str], frozenset[str]]:
    table = elf.get_section_by_name(".symtab")
    symbols = (
        [symbol for symbol in table.iter_symbols() if symbol.name] if isinstance(table, SymbolTableSection) else []
    )
    linked = [symbol for symbol in symbols if symbol["st_info"]["bind"] != "STB_LOCAL"]
    undefined = {symbol.name for symbol in linked if symbol["st_shndx"] == "SHN_UNDEF"}
    return frozenset({symbol.name for symbol in linked} - undefined), frozenset(undefined)


def _sources(elf: ELFFile) -> frozenset[str]:
    if not elf.has_dwarf_info():
        return frozenset()
    tops = [unit.get_top_DIE().attributes for unit in elf.get_dwarf_info().iter_CUs()]
    named = [top for top in tops if "DW_AT_name" in top]
    return frozenset(os.path.normpath(Path(_text(top, "DW_AT_comp_dir"), _text(top, "DW_AT_name"))) for top in named)


def _text(attributes: dict[str, object], name: str) -> str:
    value = getattr(attributes.get(name), "value", b"")
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else ""
