"""The procedure linkage table: which stub calls which function of a shared object.

Linkers lay out .plt and .plt.sec in the order of the GOT slots that .rela.plt fills, after a header that only .plt
has (psABI 5.2.5 for x86-64), so no instruction needs to be decoded. On PowerPC the stubs lie in .text, before what the
slots lead to until a function was looked up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from stackglass.debuginfo.image import Image, Section

_SECTIONS = (".plt", ".plt.sec", ".iplt", ".plt.got", ".plt.bnd")


def plt_entries(image: Image, resolvers: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    """(low, high, name) of every stub. `resolvers` names the functions that choose an implementation at start-up."""
    names = _relocated_names(image, resolvers)
    for section in image.sections:
        if section.name in _SECTIONS and section.is_executable and section.size:
            yield from _entries(section, names)
    yield from _stubs_in_text(image, names)


def _stubs_in_text(image: Image, names: list[str]) -> Iterator[tuple[int, int, str]]:
    """Stubs that have no section, as `Isa.linkage_stub` tells of them."""
    slots = image.section(".plt")
    if image.isa.linkage_stub is None or slots is None or slots.is_executable or not names:
        return
    (size, beginning), word = image.isa.linkage_stub, image.address_size
    end = int.from_bytes(image.data[slots.file_offset : slots.file_offset + word], image.byte_order)
    for number, name in enumerate(names):
        low = end - size * (len(names) - number)
        if image.read(low, len(beginning)) == beginning:
            yield low, low + size, f"{name}@plt"


def _entries(section: Section, names: list[str]) -> Iterator[tuple[int, int, str]]:
    entry_size = _entry_size(section, len(names))
    count = section.size // entry_size
    headers = 0 if section.name == ".plt.got" else count - len(names)
    if section.name == ".plt.got" or headers < 0 or headers > 2:
        names, headers = [], count
    if not count:
        yield section.address, section.address + section.size, section.name
    for n in range(count):
        low = section.address + n * entry_size
        yield low, low + entry_size, f"{names[n - headers]}@plt" if n >= headers else section.name


def _entry_size(section: Section, names: int) -> int:
    """As the header says, unless that is a word's (i386); a static program's has no size there, and no table header:
    the entries share it out."""
    if 8 <= section.entry_size <= 64 or section.size == section.entry_size * names:
        return section.entry_size
    return 8 if section.size == 8 * names else 16


def _relocated_names(image: Image, resolvers: Mapping[int, str]) -> list[str]:
    """The function that each relocation of .rela.plt is for; 'plt' for one that has no name."""
    section = image.section(".rela.plt") or image.section(".rel.plt")
    if section is None:
        return []
    wide, with_addend = image.address_size == 8, section.kind == "rela"
    layout = ("<" if image.byte_order == "little" else ">") + ("QQ" if wide else "II")
    layout += ("q" if wide else "i") if with_addend else ""
    table = image.data[section.file_offset : section.file_offset + section.size]
    rows = struct.iter_unpack(layout, table[: len(table) - len(table) % struct.calcsize(layout)])
    names = _dynamic_names(image)
    return [
        _name(row[1] >> (32 if wide else 8), row[2] if with_addend else 0, names, resolvers) for row in sorted(rows)
    ]


def _name(symbol: int, addend: int, names: list[str], resolvers: Mapping[int, str]) -> str:
    if symbol:
        return names[symbol] if symbol < len(names) and names[symbol] else "plt"
    return resolvers.get(addend, "plt")


def _dynamic_names(image: Image) -> list[str]:
    table = next((section for section in image.sections if section.kind == "dynsym"), None)
    if table is None or table.link >= len(image.sections):
        return []
    strings = image.sections[table.link]
    text = image.data[strings.file_offset : strings.file_offset + strings.size]
    size = 24 if image.address_size == 8 else 16
    rows = image.data[table.file_offset : table.file_offset + table.size]
    order = image.byte_order
    offsets = (int.from_bytes(rows[start : start + 4], order) for start in range(0, len(rows), size))
    return [text[offset:].split(b"\0", 1)[0].decode("utf-8", "replace") for offset in offsets]
