"""Where a debugger stops for `break FUNC` and `break FILE:LINE`: behind the prologue, at the statements of a line.

The rules are gdb's, so that a picture and a debugger agree: `skip_prologue_sal` and
`skip_prologue_using_sal` (symtab.c), `create_sals_line_offset` (linespec.c) and the ISA's analysis of the
instructions that set up a frame pointer. Addresses are the image's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stackglass.debuginfo.lines import LineRow, LineTable, Mark
from stackglass.debuginfo.subprograms import Subprogram

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Unit
    from stackglass.debuginfo.image import Image

_LONGEST_SETUP = 132
_GCC_VERSION = re.compile(r"GNU (?!AS\b)\S+ (\d+)\.(\d+)", re.ASCII)


class Bounds(NamedTuple):
    """A function as far as prologues go: where it begins to run, and where the run of code that holds that ends."""

    entry: int
    end: int
    subprogram: Subprogram | None


class FileLine(NamedTuple):
    """A line of one unit's table of one file."""

    unit: Unit
    lines: LineTable
    file: str


@dataclass(frozen=True, slots=True)
class Prologues:
    """Finds where bodies begin in one module. `bounds_at` gives the function that holds an address, by its symbol."""

    image: Image
    bias: int
    unit_at: Callable[[int], Unit | None]
    lines_of: Callable[[Unit], LineTable]
    bounds_at: Callable[[int], Bounds | None]
    in_other_encoding: Callable[[int], bool]

    def body(self, function: Bounds) -> int:
        """Where the function's body begins, as `break FUNC` stops there."""
        unit = self.unit_at(function.entry)
        row = self._row(function.entry)
        if unit is not None and row is not None and (unit.is_assembly or _locations_hold_everywhere(unit)):
            return function.entry
        return self._behind_prologue(function.entry if row is None or row.start < function.entry else row.start)

    def is_of_statement(self, address: int) -> bool:
        """Whether the instruction at `address` was compiled from something else than what opens its function, which is
        what compilers say of prologues. False for assembly, and where nothing is known."""
        function = self.bounds_at(address)
        unit = None if function is None else self.unit_at(function.entry)
        if function is None or function.subprogram is None or unit is None or unit.is_assembly:
            return False
        lines = self.lines_of(unit)
        opening, place = lines.place(function.entry), lines.place(address)
        return None not in (opening, place) and opening != place

    def statement(self, address: int) -> int:
        """Where `break FILE:LINE` stops for a statement that begins at `address`: behind the prologue it may be in."""
        return self._behind_prologue(address)

    def _behind_prologue(self, address: int) -> int:
        function = self.bounds_at(address)
        if function is None:
            return address
        unit = self.unit_at(function.entry)
        if function.subprogram is not None and unit is not None and _locations_hold_everywhere(unit):
            return max(address, function.entry)
        body = self._after_setup(function, unit)
        row = self._row(body)
        if row is not None and row.start != body and self._same_function(function, row.end):
            body = row.end  # left in the middle of a line: the next one begins the body
        return max(address, body)

    def _same_function(self, function: Bounds, address: int) -> bool:
        if function.subprogram is None:
            other = self.bounds_at(address)
            return other is not None and other.entry == function.entry
        end = max((extent.high for extent in function.subprogram.ranges), default=0) - self.bias
        return function.entry <= address < end

    def _after_setup(self, function: Bounds, unit: Unit | None) -> int:
        """Behind the instructions that set up the frame pointer; where lines tell (in clang's code, and in
        anybody's on most ISAs), where the second line begins."""
        isa = self.image.isa
        if unit is not None and ("clang " in unit.producer or isa.prologue_by_lines):
            by_lines = self._second_line(function, unit)
            if by_lines is not None:
                return max(function.entry, by_lines)
        other = isa.other_encoding if self.in_other_encoding(function.entry) else None
        setup = isa.frame_setup if other is None else other.frame_setup
        code = self.image.read(function.entry, min(_LONGEST_SETUP, max(function.end - function.entry, 0)))
        return function.entry + (setup(code) if setup is not None and code else 0)

    def _second_line(self, function: Bounds, unit: Unit) -> int | None:
        """gdb's skip_prologue_using_sal. None where the function has a single line."""
        first = self._row(function.entry)
        if first is None:
            return None
        if not unit.is_assembly:
            marks = self.lines_of(unit).marks_of(first.file)
            told = [m.address for m in marks if m.prologue_end and function.entry <= m.address < function.end]
            if told:
                return told[0]
            if _begins_twice(marks, first, function.entry):
                return function.entry
        if first.end >= function.end:
            return None
        while first.end < function.end:
            following = self._row(first.end)
            if following is None or following.line >= first.line or following.file != first.file:
                break
            if function.subprogram is not None and function.subprogram.inlined_at(first.end + self.bias):
                break
            first = following
        return first.end if first.end < function.end else first.start

    def _row(self, address: int) -> LineRow | None:
        unit = self.unit_at(address)
        return None if unit is None else self.lines_of(unit).at(address)


def _begins_twice(marks: list[Mark], row: LineRow, entry: int) -> bool:
    """Whether two rows begin at the function's first address: the compiler's way to say that there is no prologue."""
    here = [index for index, mark in enumerate(marks) if mark.address == row.start and mark.line]
    following = here[0] + 1 if here else len(marks)
    return following < len(marks) and marks[following].line != 0 and marks[following].address == entry


def _locations_hold_everywhere(unit: Unit) -> bool:
    """Whether the unit's locations hold in prologues too: gcc's do where it writes location lists.

    gdb takes a unit for such if gcc 4.5 or later made it and any variable has a location list (its `has_loclist`).
    """
    return unit.has_location_lists and _is_gcc(unit.producer)


def _is_gcc(producer: str) -> bool:
    version = _GCC_VERSION.match(producer)
    return version is not None and (int(version[1]), int(version[2])) >= (4, 5)


def line_locations(places: Iterable[FileLine], line: int) -> list[tuple[FileLine, int]]:
    """Every address at which a statement of `line` begins, in each file's table.

    A line without code stands for the next line of the file that has some.
    """
    places = list(places)
    exact = _at_line(places, line)
    later = [mark.line for place in places for mark in _marks(place) if mark.is_stmt and mark.line > line]
    return exact or (_at_line(places, min(later)) if later else [])


def _marks(place: FileLine) -> list[Mark]:
    return place.lines.marks_of(place.file)


def _at_line(places: list[FileLine], line: int) -> list[tuple[FileLine, int]]:
    return [(place, mark.address) for place in places for mark in _marks(place) if mark.line == line and mark.is_stmt]
