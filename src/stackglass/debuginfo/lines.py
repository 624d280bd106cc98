"""Line tables: which source line an address belongs to, and which addresses a line has (DWARF 5, 6.2).

Looking up follows gdb, which keeps one table a source file and ends a file's run of lines wherever another file's
begins, so that what is said here of an address is what a debugger says.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from stackglass.debuginfo.extents import ranges_of
from stackglass.debuginfo.reading import bad, reading

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Unit


class LineRow(NamedTuple):
    """The code [start, end) that was compiled from one line."""

    file: str
    line: int
    is_stmt: bool
    """Whether `start` is a good place for a breakpoint on the line."""
    start: int
    end: int
    prologue_end: bool = False


class RawRow(NamedTuple):
    """A row of the line number program as it stands in the section."""

    address: int
    file: str
    line: int
    is_stmt: bool
    prologue_end: bool
    discriminator: int
    end_sequence: bool
    column: int = 0
    """From 1; 0 where the table doesn't tell."""


class Mark(NamedTuple):
    """A row of a file's own table; line 0 says that the file's code ends here."""

    address: int
    line: int
    is_stmt: bool
    prologue_end: bool = False


class LineTable:
    """The line table of one unit. Addresses are the image's own. Every method may raise BadDebugInfo."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._found: dict[int, LineRow | None] = {}

    def at(self, address: int) -> LineRow | None:
        """The row that holds `address`; None where the table says nothing of it, or says that it has no line."""
        if address not in self._found:
            self._found[address] = self._look_up(address)
        return self._found[address]

    def place(self, address: int) -> tuple[str, int, int] | None:
        """(file, line, column) of what the instruction at `address` was compiled from, as the rows have it; column 0
        where they don't tell. None where they say nothing of it."""
        index = bisect_right(self._kept_rows, address, key=_address) - 1
        row = self._kept_rows[index] if index >= 0 else None
        return None if row is None or row.end_sequence or not row.line else (row.file, row.line, row.column)

    def addresses(self, file: str, line: int) -> list[int]:
        """Where a statement of that line begins, by address."""
        marks = self.marks_of(file)
        return [mark.address for mark in marks if mark.line == line and mark.is_stmt]

    def files(self) -> list[str]:
        """The files that have code in this unit: full paths as the compiler told them."""
        return list(self._files)

    @cached_property
    def named_files(self) -> tuple[str, ...]:
        """Every file that the table's header names, with code or without."""
        return tuple(dict.fromkeys(path for path in self._file_names if path))

    def file_name(self, number: int) -> str | None:
        """The path of a file by its number, as DW_AT_decl_file has it; None if there is none of that number."""
        names = self._file_names
        return (names[number] or None) if 0 <= number < len(names) else None

    def marks_of(self, file: str) -> list[Mark]:
        """The table of one file, by address."""
        return self._files.get(file, [])

    def rows_of(self, low: int, high: int) -> list[LineRow]:
        """The rows that share bytes with [low, high), by address."""
        rows, address = [], low
        while address < high:
            row = self.at(address)
            if row is not None:
                rows.append(row)
                address = max(row.end, address + 1)
            else:
                address = self._next_start(address)
        return rows

    @cached_property
    def raw_rows(self) -> tuple[RawRow, ...]:
        """Every row of the line number program, in its order."""
        program = self._program
        if program is None:
            return ()
        with reading(".debug_line"):
            states = [entry.state for entry in program.get_entries() if entry.state is not None]
        return tuple(self._raw(state) for state in states)

    @cached_property
    def _program(self) -> Any:
        offset = self._unit.top.number("DW_AT_stmt_list")
        if offset is None:
            return None
        header: Any = self._unit.header
        with reading(".debug_line", offset):
            return self._unit.units.dwarf.line_program_for_CU(header)

    @cached_property
    def _file_names(self) -> list[str]:
        """Full paths by file number. Before DWARF 5 they count from 1 and folder 0 is the compiler's."""
        program = self._program
        if program is None:
            return []
        with reading(".debug_line"):
            version = int(program.header["version"])
            folders = [_text(name, version) for name in program.header.get("include_directory") or ()]
            files = [(_text(entry.name, version), int(entry.dir_index or 0)) for entry in program.header["file_entry"]]
        if version < 5:
            folders.insert(0, self._unit.folder)
        paths = [self._path(folders, name, index) for name, index in files]
        return paths if version >= 5 else ["", *paths]

    def _path(self, folders: Sequence[str], name: str, index: int) -> str:
        folder = folders[index] if index < len(folders) else ""
        return posixpath.normpath(posixpath.join(self._unit.folder, folder, name))

    def _raw(self, state: Any) -> RawRow:
        names = self._file_names
        file = names[state.file] if 0 <= state.file < len(names) else ""
        return RawRow(
            state.address,
            file,
            state.line,
            bool(state.is_stmt),
            bool(state.prologue_end),
            state.discriminator,
            bool(state.end_sequence),
            state.column,
        )

    @cached_property
    def _files(self) -> dict[str, list[Mark]]:
        return marks_by_file(self.raw_rows, self._lowest)

    @cached_property
    def _lowest(self) -> int:
        """The unit's lowest address."""
        return min((extent.low for extent in ranges_of(self._unit.top)), default=1)

    @cached_property
    def _kept_rows(self) -> list[RawRow]:
        """The rows by address, as far as there is code for them."""
        rows = [row for sequence in _sequences(self.raw_rows, self._lowest) for row in sequence]
        return sorted(rows, key=lambda row: (row.address, not row.end_sequence))

    def _next_start(self, address: int) -> int:
        """The least address above `address` at which any file's table goes on."""
        starts = [1 << 64]
        for marks in self._files.values():
            index = bisect_right(marks, address, key=_address)
            if index < len(marks):
                starts.append(marks[index].address)
        return min(starts)

    def _look_up(self, address: int) -> LineRow | None:
        best: tuple[Mark, str] | None = None
        for file, marks in self._files.items():
            index = bisect_right(marks, address, key=_address) - 1
            if index >= 0 and marks[index].line:
                mark = _statement_at(marks, index)
                if best is None or mark.address > best[0].address:
                    best = mark, file
        if best is None:
            return None
        mark, file = best
        return LineRow(file, mark.line, mark.is_stmt, mark.address, self._next_start(address), mark.prologue_end)


def _address(mark: Mark | RawRow) -> int:
    return mark.address


def _statement_at(marks: list[Mark], index: int) -> Mark:
    """Of the rows at one address the last, or, if that begins no statement, the last before it that does."""
    mark = marks[index]
    while index > 0 and not marks[index].is_stmt:
        index -= 1
        if marks[index].address != mark.address or not marks[index].line:
            return mark
    return marks[index] if marks[index].is_stmt else mark


def marks_by_file(rows: Sequence[RawRow], lowest: int) -> dict[str, list[Mark]]:
    """One table a file. What begins below `lowest` is left out."""
    files: dict[str, list[Mark]] = {}
    for sequence in _sequences(rows, lowest):
        _record(sequence, files)
    for marks in files.values():
        # An end mark comes before a row at the same address; otherwise the program's order stays.
        marks.sort(key=lambda mark: (mark.address, mark.line != 0))
    return files


def _sequences(rows: Sequence[RawRow], lowest: int) -> Iterator[list[RawRow]]:
    """Without those that begin below `lowest`: they belong to code that the linker dropped."""
    sequence: list[RawRow] = []
    for row in rows:
        sequence.append(row)
        if row.end_sequence:
            if sequence[0].address >= lowest or lowest == 0:
                yield sequence
            sequence = []


def _record(sequence: list[RawRow], files: dict[str, list[Mark]]) -> None:
    """Adds one sequence to the files' tables, as gdb does (lnp_state_machine::record_line in its dwarf2/read.c).

    Where the file changes, the old file's table gets an end mark. A row of the same line as the row before is left out
    once the line has had a discriminator: it is the same statement again.
    """
    last_file: str | None = None
    last_line = run_line = 0
    last_address: int | None = None
    statement_here = discriminated = False
    for row in sequence:
        discriminated = row.discriminator != 0 or (discriminated and row.line == run_line)
        run_line = row.line
        changed = row.file != last_file
        ignored = not row.end_sequence and (
            row.line == 0 or (changed and last_address == row.address and not row.is_stmt and statement_here)
        )
        if last_file is not None and ((changed and not ignored) or row.end_sequence):
            _end_file(files.setdefault(last_file, []), row.address)
        if not row.end_sequence and not ignored and (changed or row.line != last_line or not discriminated):
            marks = files.setdefault(row.file, [])
            marks.append(Mark(row.address, row.line, row.is_stmt, row.prologue_end))
            last_file, last_line = row.file, row.line
        if last_address != row.address:
            statement_here, last_address = False, row.address
        statement_here = statement_here or row.is_stmt


def _end_file(marks: list[Mark], address: int) -> None:
    """Puts an end mark; rows at the same address had no code and go. One that ends nothing isn't put."""
    line = 0
    while marks:
        line = marks[-1].line
        if marks[-1].address != address:
            break
        marks.pop()
    if line:
        marks.append(Mark(address, 0, True))


def _text(name: Any, version: int) -> str:
    if name is None:
        raise bad(".debug_line_str" if version >= 5 else ".debug_line", None, "a file's name has no end")
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
