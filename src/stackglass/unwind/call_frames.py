"""A module's call-frame information, asked by pc: .eh_frame first, .debug_frame where that says nothing."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from typing import Literal, NamedTuple

from stackglass.isa.table import FrameInstruction
from stackglass.unwind.entries import read_fde
from stackglass.unwind.index import FdeIndex
from stackglass.unwind.program import rows_of
from stackglass.unwind.reader import Section
from stackglass.unwind.rules import Row


class FrameTable(NamedTuple):
    """All rows of one FDE, by address. `signal` for the frame that a signal handler returns to."""

    start: int
    end: int
    rows: tuple[Row, ...]
    return_register: int
    signal: bool

    def row_at(self, pc: int) -> Row:
        """The row of `pc`, which the table must cover."""
        return self.rows[bisect.bisect_right(self.rows, pc, key=lambda row: row.start) - 1]


class CallFrames:
    """The call-frame information of one loaded module. Reads what is asked for, once."""

    def __init__(
        self,
        eh_frame: bytes,
        eh_frame_address: int,
        debug_frame: bytes,
        bias: int,
        *,
        word_size: int,
        byte_order: Literal["little", "big"],
        own: Mapping[int, FrameInstruction] | None = None,
    ) -> None:
        """`eh_frame_address` is the section's run-time address; `bias` what is added to link-time addresses; `own` what
        the instruction set's own instructions do.
        """
        self._own = own
        self._sections = [
            Section(name, data, address, bias, word_size, byte_order)
            for name, data, address in ((".eh_frame", eh_frame, eh_frame_address), (".debug_frame", debug_frame, 0))
            if data
        ]
        self._indexes: dict[str, FdeIndex] = {}
        self._tables: dict[tuple[str, int], FrameTable | None] = {}

    def table_at(self, pc: int) -> FrameTable | None:
        """The rows of the FDE that covers `pc`, or None. BadDebugInfo if they can't be read."""
        for section in self._sections:
            offset = self._index(section).offset_of(pc)
            if offset is not None:
                table = self._table(section, offset)
                if table is not None:
                    return table
        return None

    def row_at(self, pc: int) -> Row | None:
        """The rules at `pc`, or None where nothing is said of it. BadDebugInfo if they can't be read."""
        table = self.table_at(pc)
        return None if table is None else table.row_at(pc)

    def tables(self) -> list[FrameTable]:
        """The tables of all FDEs: for tests and counts; everything else asks by pc."""
        offsets = [(section, offset) for section in self._sections for _, _, offset in self._index(section).extents()]
        return [table for section, offset in offsets if (table := self._table(section, offset)) is not None]

    def _index(self, section: Section) -> FdeIndex:
        if section.name not in self._indexes:
            self._indexes[section.name] = FdeIndex(section)
        return self._indexes[section.name]

    def _table(self, section: Section, offset: int) -> FrameTable | None:
        key = (section.name, offset)
        if key not in self._tables:
            self._tables[key] = _read_table(section, offset, self._own)
        return self._tables[key]


def _read_table(section: Section, offset: int, own: Mapping[int, FrameInstruction] | None) -> FrameTable | None:
    fde = read_fde(section, offset)
    rows = rows_of(section, fde, own)
    return FrameTable(fde.start, fde.end, rows, fde.cie.return_register, fde.cie.signal_frame) if rows else None
