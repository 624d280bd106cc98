"""The index of an image's debug information: its units, and which of them an address belongs to."""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from stackglass.debuginfo.entries import Entry, Unit
from stackglass.debuginfo.extents import ranges_of
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.reading import bad, reading
from stackglass.errors import BadDebugInfo

if TYPE_CHECKING:
    from elftools.dwarf.dwarfinfo import DWARFInfo

_SECTIONS = {
    "debug_info_sec": ".debug_info",
    "debug_aranges_sec": ".debug_aranges",
    "debug_abbrev_sec": ".debug_abbrev",
    "debug_frame_sec": ".debug_frame",
    "eh_frame_sec": ".eh_frame",
    "debug_str_sec": ".debug_str",
    "debug_loc_sec": ".debug_loc",
    "debug_ranges_sec": ".debug_ranges",
    "debug_line_sec": ".debug_line",
    "debug_pubtypes_sec": ".debug_pubtypes",
    "debug_pubnames_sec": ".debug_pubnames",
    "debug_addr_sec": ".debug_addr",
    "debug_str_offsets_sec": ".debug_str_offsets",
    "debug_line_str_sec": ".debug_line_str",
    "debug_loclists_sec": ".debug_loclists",
    "debug_rnglists_sec": ".debug_rnglists",
    "debug_sup_sec": ".debug_sup",
    "gnu_debugaltlink_sec": ".gnu_debugaltlink",
    "debug_types_sec": ".debug_types",
}
"""pyelftools' names of the sections that it reads."""

_READ_HERE = frozenset((".debug_aranges", ".eh_frame", ".debug_frame", ".debug_pubnames", ".debug_pubtypes"))
"""Those that this package reads by itself, or not at all."""

_CODE_UNITS = frozenset(("DW_TAG_compile_unit", "DW_TAG_skeleton_unit"))


class _Extent(NamedTuple):
    low: int
    high: int
    unit: Unit


class DebugInfo:
    """The debug information of one image, read as it is asked for. Every method may raise BadDebugInfo."""

    def __init__(self, image: Image) -> None:
        self.image = image

    @cached_property
    def dwarf(self) -> DWARFInfo:
        """pyelftools' view of the sections."""
        from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo

        sections: dict[str, DebugSectionDescriptor | None] = {}
        for argument, name in _SECTIONS.items():
            content = None if name in _READ_HERE else self.image.section_bytes(name)
            section = self.image.section(name)
            address = section.address if section else 0
            sections[argument] = (
                None if content is None else DebugSectionDescriptor(io.BytesIO(content), name, 0, len(content), address)
            )
        little_endian = self.image.byte_order == "little"
        config = DwarfConfig(little_endian, self.image.isa.name, self.image.address_size)
        with reading(".debug_info"):
            return DWARFInfo(config, **sections)

    @cached_property
    def all_units(self) -> tuple[Unit, ...]:
        """Every unit of .debug_info by its header, in the section's order."""
        found: list[Unit] = []
        size = len(self.image.section_bytes(".debug_info") or b"")
        offset = 0
        while offset < size:
            with reading(".debug_info", offset):
                unit = Unit(self, self.dwarf.get_CU_at(offset))
                end = offset + unit.header.size
            if not offset < end <= size:
                raise bad(".debug_info", offset, f"a unit ends at {end:#x}, beyond the section's {size:#x} bytes")
            found.append(unit)
            offset = end
        return tuple(found)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units that hold code: not type units, not partial ones."""
        compiled = (unit for unit in self.all_units if _unit_type(unit) in (None, "DW_UT_compile", "DW_UT_skeleton"))
        return tuple(unit for unit in compiled if unit.top.tag in _CODE_UNITS)

    def unit_at(self, address: int) -> Unit | None:
        """The unit whose code holds `address` (of the image, without bias)."""
        index = bisect_right(self._starts, address) - 1
        while index >= 0:
            extent = self._extents[index]
            if address < extent.high:
                return extent.unit
            if self._reach[index] <= address:
                return None
            index -= 1
        return None

    def ranges(self, unit: Unit) -> list[tuple[int, int]]:
        """The code of `unit`, by address."""
        return [(extent.low, extent.high) for extent in self._extents if extent.unit is unit]

    def entry_at(self, offset: int) -> Entry:
        """The entry at that offset of .debug_info, in whichever unit."""
        index = bisect_right(self._unit_offsets, offset) - 1
        if index < 0:
            raise bad(".debug_info", offset, "an entry is referred to outside of every unit")
        return self.all_units[index].entry_at(offset)

    def entry_of_signature(self, signature: int) -> Entry:
        """The type that a type unit was made for (DWARF 5, 7.5.1.3; DWARF 4, .debug_types)."""
        unit = self._type_units.get(signature)
        if unit is None:
            raise bad(".debug_info", None, f"no type unit has the signature {signature:#018x}")
        return unit.entry_at(unit.offset + int(unit.header["type_offset"]))

    def code_address(self, address: int) -> int:
        """An address of code without the bit that only chooses the encoding."""
        return self.image.isa.code_address(address)

    @cached_property
    def _unit_offsets(self) -> list[int]:
        return [unit.offset for unit in self.all_units]

    @cached_property
    def _type_units(self) -> dict[int, Unit]:
        found = {
            int(unit.header["type_signature"]): unit for unit in self.all_units if _unit_type(unit) == "DW_UT_type"
        }
        if self.image.section(".debug_types") or self.image.section(".zdebug_types"):
            with reading(".debug_types"):
                headers = list(self.dwarf.iter_TUs())
            found |= {int(header["signature"]): Unit(self, header, ".debug_types") for header in headers}
        return found

    @cached_property
    def _extents(self) -> list[_Extent]:
        """The code of each unit: by .debug_aranges where that names the unit and it makes sense, else by its entry."""
        by_offset = {unit.offset: unit for unit in self.all_units}
        extents, told = [], set()
        for unit_offset, low, high in self._aranges():
            if unit_offset in by_offset and self._is_code(low, high):
                extents.append(_Extent(low, high, by_offset[unit_offset]))
                told.add(unit_offset)
        for unit in self.units if len(told) < len(by_offset) else ():
            if unit.offset not in told:
                extents += [_Extent(low, high, unit) for low, high in ranges_of(unit.top)]
        return sorted(extents, key=lambda extent: (extent.low, -extent.high))

    def _is_code(self, low: int, high: int) -> bool:
        """Whether the image has a segment with these addresses. One that names no segments is believed."""
        segments = self.image.segments
        inside = (one for one in segments if one.address <= low and high <= one.address + one.memory_size)
        return not segments or any(inside)

    @cached_property
    def _starts(self) -> list[int]:
        return [extent.low for extent in self._extents]

    @cached_property
    def _reach(self) -> list[int]:
        """For each extent, how far it and those before it reach."""
        reach, farthest = [], 0
        for extent in self._extents:
            farthest = max(farthest, extent.high)
            reach.append(farthest)
        return reach

    def _aranges(self) -> list[tuple[int, int, int]]:
        """(unit offset, low, high) of each row of .debug_aranges; empty if the section contradicts itself."""
        table = self.image.section_bytes(".debug_aranges")
        if not table:
            return []
        try:
            return list(_arange_rows(table, "<" if self.image.byte_order == "little" else ">"))
        except struct.error:
            return []


def _unit_type(unit: Unit) -> str | None:
    """DWARF 5's unit type; None before it, where .debug_info holds compile units and partial units only."""
    if unit.version < 5:
        return None
    try:
        return str(unit.header["unit_type"])
    except KeyError:
        raise BadDebugInfo("a unit of DWARF 5 has no type", section=".debug_info", offset=unit.offset) from None


def _arange_rows(table: bytes, order: str) -> list[tuple[int, int, int]]:
    """DWARF 5, 6.1.2. The rows of a set are aligned to their own size, counted from the set's start."""
    rows, start = [], 0
    while start + 12 <= len(table):
        (length,) = struct.unpack_from(order + "I", table, start)
        wide = length == 0xFFFFFFFF
        if wide:
            (length,) = struct.unpack_from(order + "Q", table, start + 4)
        end = start + length + (12 if wide else 4)
        header = order + ("HQBB" if wide else "HIBB")
        _, unit, address_size, segment_size = struct.unpack_from(header, table, start + (12 if wide else 4))
        if segment_size or address_size not in (4, 8) or end > len(table):
            raise struct.error("a set of .debug_aranges that cannot be")
        first = struct.calcsize("=" + header[1:]) + (12 if wide else 4)
        first += -first % (2 * address_size)
        content = table[start + first : end]
        content = content[: len(content) - len(content) % (2 * address_size)]
        pairs = struct.iter_unpack(order + ("QQ" if address_size == 8 else "II"), content)
        rows += [(unit, low, low + size) for low, size in pairs if size]
        start = end
    return rows
