"""Where an entry's code lies, and which location expression holds where: range lists and location lists.

DWARF 5, 2.17 (ranges) and 2.6.2 (location lists); the older .debug_ranges and .debug_loc of DWARF 2 to 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from stackglass.debuginfo.reading import bad, reading
from stackglass.model import AddressRange

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry, Unit

_MAXIMUM = (1 << 64) - 1


class BoundedLocation(NamedTuple):
    """A location expression and the addresses [low, high) at which it holds."""

    low: int
    high: int
    expression: bytes


def ranges_of(entry: Entry) -> tuple[AddressRange, ...]:
    """The code of the entry, by its DW_AT_ranges or its low and high pc; empty where it has none."""
    if entry.has("DW_AT_ranges"):
        return _range_list(entry)
    low, high = entry.code_address("DW_AT_low_pc"), entry.number("DW_AT_high_pc")
    if low is None or high is None:
        return ()
    is_address = entry.form("DW_AT_high_pc").startswith("DW_FORM_addr")
    high = entry.unit.units.code_address(high) if is_address else low + high
    return (AddressRange(low, high),) if low < high else ()


def entry_pc(entry: Entry) -> int | None:
    """The address at which the code of the entry begins to run (DWARF 5, 2.18); None where it has no code."""
    start = entry.number("DW_AT_entry_pc")
    if start is not None:
        if entry.form("DW_AT_entry_pc").startswith("DW_FORM_addr"):
            return entry.unit.units.code_address(start)
        base = entry.code_address("DW_AT_low_pc")
        return None if base is None else base + start
    low = entry.code_address("DW_AT_low_pc")
    if low is not None and not entry.has("DW_AT_ranges"):
        return low
    ranges = ranges_of(entry)
    return ranges[0].low if ranges else None


def locations_of(entry: Entry, name: str) -> tuple[BoundedLocation, ...]:
    """The attribute's expression, or every one of its location list; empty if it has none."""
    expression = entry.block(name)
    if expression is not None:
        return (BoundedLocation(0, _MAXIMUM, expression),)
    offset = entry.number(name)
    if offset is None:
        return ()
    section = ".debug_loclists" if entry.unit.version >= 5 else ".debug_loc"
    with reading(section, offset):
        lists = entry.unit.units.dwarf.location_lists()
        if lists is None:
            raise bad(section, offset, "there is no such section")
        rows = lists.get_location_list_at_offset(offset, entry.die)
    return tuple(_bounded(rows, _base(entry.unit)))


def _bounded(rows: list[Any], base: int) -> list[BoundedLocation]:
    found = []
    for row in rows:
        if hasattr(row, "base_address"):
            base = row.base_address
        elif row.begin_offset == -1:
            found.append(BoundedLocation(0, _MAXIMUM, bytes(row.loc_expr)))
        else:
            shift = 0 if row.is_absolute else base
            found.append(BoundedLocation(row.begin_offset + shift, row.end_offset + shift, bytes(row.loc_expr)))
    return found


def _range_list(entry: Entry) -> tuple[AddressRange, ...]:
    offset = entry.number("DW_AT_ranges") or 0
    section = ".debug_rnglists" if entry.unit.version >= 5 else ".debug_ranges"
    with reading(section, offset):
        lists = entry.unit.units.dwarf.range_lists()
        if lists is None:
            raise bad(section, offset, "there is no such section")
        header: Any = entry.unit.header
        rows: list[Any] = lists.get_range_list_at_offset(offset, header)
    base = _base(entry.unit)
    found: list[AddressRange] = []
    for row in rows:
        if hasattr(row, "base_address"):
            base = row.base_address
        else:
            shift = 0 if row.is_absolute else base
            found.append(AddressRange(row.begin_offset + shift, row.end_offset + shift))
    return tuple(extent for extent in found if extent.low < extent.high)


def _base(unit: Unit) -> int:
    return unit.top.number("DW_AT_low_pc") or 0
