"""Finding the FDE of a pc: one quick pass over the headers of all entries, and a bisection ever after."""

from __future__ import annotations

import bisect

from stackglass.unwind.entries import Fde, cie_offset, is_cie, is_eh, read_cie, read_extent, read_fde
from stackglass.unwind.reader import Section, unpacker

_PC_RELATIVE_4 = 0x1B
"""DW_EH_PE_pcrel | DW_EH_PE_sdata4: what every compiler writes nowadays, and so what must be quick."""
_LONG_FORM = 0xFFFFFFFF


class FdeIndex:
    """The FDEs of a section by address. BadDebugInfo if their headers can't be read."""

    def __init__(self, section: Section) -> None:
        self._section = section
        found = sorted(_extents(section))
        self._starts = [start for start, _, _ in found]
        self._extents = found

    def __len__(self) -> int:
        return len(self._extents)

    def offset_of(self, pc: int) -> int | None:
        """The section offset of the FDE that covers the run-time address `pc`, or None."""
        place = bisect.bisect_right(self._starts, pc) - 1
        if place < 0:
            return None
        _, end, offset = self._extents[place]
        return offset if pc < end else None

    def find(self, pc: int) -> Fde | None:
        """The FDE that covers the run-time address `pc`, or None."""
        offset = self.offset_of(pc)
        return None if offset is None else read_fde(self._section, offset)

    def extents(self) -> list[tuple[int, int, int]]:
        """(start, end, section offset) of every FDE, by address."""
        return list(self._extents)


def _extents(section: Section) -> list[tuple[int, int, int]]:
    """(start, end, offset) of every FDE of the section that is of any code."""
    data, base, eh = section.data, section.address, is_eh(section)
    header, quick = unpacker(section, "II"), unpacker(section, "iI")
    encodings: dict[int, int] = {}
    found: list[tuple[int, int, int]] = []
    offset, end = 0, len(data)
    while offset + 4 <= end:
        if offset + 8 > end:
            if any(data[offset:]):
                raise section.cursor(offset).bad("is cut short")
            break
        length, identifier = header.unpack_from(data, offset)
        if not length:  # a terminator; where files were joined there may be more behind it
            offset += 4
            continue
        if length == _LONG_FORM or not eh:
            offset = _slow_step(section, offset, found)
            continue
        if offset + 4 + length > end:
            raise section.cursor(offset).bad("is cut short")
        if identifier:
            cie = offset + 4 - identifier
            encoding = encodings.get(cie)
            if encoding is None:
                encoding = encodings[cie] = read_cie(section, cie).pointer_encoding
            if encoding == _PC_RELATIVE_4 and length >= 12:
                start, size = quick.unpack_from(data, offset + 8)
                start += base + offset + 8
                found.append((start, start + size, offset))
            else:
                _slow_step(section, offset, found)
        offset += 4 + length
    return found


def _slow_step(section: Section, offset: int, found: list[tuple[int, int, int]]) -> int:
    """Notes the FDE at `offset`, if it is one, in `found`; gives the offset of the entry after it."""
    cursor, size = read_extent(section, offset)
    if cursor.at_end:
        return cursor.end
    place = cursor.offset
    identifier = cursor.unsigned(size)
    if not is_cie(section, identifier, size):
        cie = read_cie(section, cie_offset(section, identifier, place))
        start = cursor.pointer(cie.pointer_encoding)
        length = cursor.pointer_value(cie.pointer_encoding & 0x0F)
        # What the linker threw away is left at link-time address 0.
        if length and start != section.bias:
            found.append((start, start + length, offset))
    return cursor.end
