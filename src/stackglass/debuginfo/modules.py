"""One image at the place where it is loaded, with all that its symbols and its debug information say.

A module whose debug information can't be read is used without it: `debug_info_problem` says why.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from stackglass.debuginfo.breakpoints import Bounds, FileLine, Prologues, line_locations
from stackglass.debuginfo.entries import Entry, Unit
from stackglass.debuginfo.extents import ranges_of
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.lines import LineRow, LineTable
from stackglass.debuginfo.subprograms import Subprogram, Surroundings
from stackglass.debuginfo.symbols import Symbols
from stackglass.debuginfo.type_entries import Types
from stackglass.errors import BadDebugInfo

if TYPE_CHECKING:
    from stackglass.debuginfo.units import DebugInfo

_T = TypeVar("_T")
_NAMING = frozenset(("DW_TAG_namespace", "DW_TAG_module"))
_HOLDING = frozenset(
    (
        "DW_TAG_subprogram",
        "DW_TAG_lexical_block",
        "DW_TAG_class_type",
        "DW_TAG_structure_type",
        "DW_TAG_union_type",
        "DW_TAG_inlined_subroutine",
    )
)
"""What may have a function inside, within a function."""

_SPLIT = "was built with -gsplit-dwarf: what describes its variables is in .dwo files, which are not read"


class Module:
    """An image loaded with `bias`. Addresses taken and given are run-time addresses unless said otherwise.

    `debug_info_problem` says what is wrong with its debug information, or missing from it; None as far as is known.
    """

    def __init__(self, image: Image, bias: int) -> None:
        self.image = image
        self.bias = bias
        self.debug_info_problem: str | None = None
        self._is_unreadable = False
        self._subprograms: dict[int, Subprogram] = {}
        self._declared: dict[int, dict[str, Entry]] = {}

    def __repr__(self) -> str:
        return f"<Module {self.name} at {self.low:#x}>"

    @property
    def name(self) -> str:
        """The path that it was loaded from."""
        return self.image.name

    path = name

    @cached_property
    def low(self) -> int:
        """Where its lowest segment begins."""
        return min((segment.address for segment in self.image.segments), default=0) + self.bias

    @cached_property
    def high(self) -> int:
        """Where its highest segment ends."""
        return max((segment.end for segment in self.image.segments), default=0) + self.bias

    def holds(self, address: int) -> bool:
        """Whether one of its segments holds `address`."""
        if not self.low <= address < self.high:
            return False
        address -= self.bias
        return any(segment.address <= address < segment.end for segment in self.image.segments)

    @cached_property
    def symbols(self) -> Symbols:
        """Its symbols, with the image's own addresses."""
        return Symbols(self.image)

    @cached_property
    def debug_info(self) -> DebugInfo | None:
        """Its debug information; None where it has none."""
        if not self.image.has_debug_info:
            return None
        from stackglass.debuginfo.units import DebugInfo

        return DebugInfo(self.image)

    @cached_property
    def types(self) -> Types:
        """Its types by their entries."""
        return Types(self._definition_of, long_double=self.image.isa.long_double)

    def attempt(self, read: Callable[[], _T]) -> _T | None:
        """What `read` gives; None if the debug information turns out, or has turned out, to be unreadable."""
        if self._is_unreadable:
            return None
        try:
            return read()
        except BadDebugInfo as error:
            self.debug_info_problem = str(error)
            self._is_unreadable = True
            return None

    @property
    def has_usable_debug_info(self) -> bool:
        """Whether it has debug information that could be read so far."""
        return self.debug_info is not None and not self._is_unreadable

    def section_bytes(self, name: str) -> bytes:
        """What a section holds; b'' if there is none of that name, or it can't be decompressed."""
        return self.attempt(lambda: self.image.section_bytes(name) or b"") or b""

    def unit_at(self, address: int) -> Unit | None:
        """The compile unit whose code holds `address`."""
        info = self.debug_info
        unit = None if info is None else self.attempt(lambda: info.unit_at(address - self.bias))
        if unit is not None and self.debug_info_problem is None and self.attempt(lambda: unit.is_split):
            self.debug_info_problem = f"{self.name} {_SPLIT}"
        return unit

    def units(self) -> tuple[Unit, ...]:
        """All compile units."""
        info = self.debug_info
        return () if info is None else self.attempt(lambda: info.units) or ()

    def lines_of(self, unit: Unit) -> LineTable:
        """The unit's line table, with the image's own addresses."""
        return unit.lines

    def row_at(self, address: int) -> LineRow | None:
        """The line that `address` belongs to. Its `start` and `end` are the image's own."""
        unit = self.unit_at(address)
        if unit is None:
            return None
        return self.attempt(lambda: self.lines_of(unit).at(address - self.bias))

    def subprogram_at(self, address: int) -> Subprogram | None:
        """The function whose code holds `address`, as the debug information knows it."""
        unit = self.unit_at(address)
        return None if unit is None else self.attempt(lambda: self._subprogram_in(unit, address - self.bias))

    def subprograms_of(self, unit: Unit) -> list[Subprogram]:
        """The functions of the unit that have code."""
        return self.attempt(lambda: [self.subprogram(entry) for entry in self._index_of(unit).all()]) or []

    def declared_at(self, address: int, names: Collection[str]) -> Subprogram | None:
        """The function with one of the symbols `names` as the unit of the code at `address` has it declared: with the
        types of its parameters. None where that is not told."""
        unit = self.unit_at(address)
        declared = {} if unit is None else self.attempt(lambda: self._declared_in(unit)) or {}
        entry = next((declared[name] for name in names if name in declared), None)
        return None if entry is None else self.subprogram(entry)

    def _declared_in(self, unit: Unit) -> dict[str, Entry]:
        """The functions with parameters that the unit only declares, by their symbols: C's, and those of extern "C"."""
        if unit.offset not in self._declared:
            found = (entry for entry in unit.top.children if entry.tag == "DW_TAG_subprogram")
            self._declared[unit.offset] = {
                entry.text("DW_AT_linkage_name") or entry.text("DW_AT_name") or "": entry
                for entry in found
                if entry.flag("DW_AT_declaration")
                and entry.flag("DW_AT_external")
                and any(child.tag == "DW_TAG_formal_parameter" for child in entry.children)
            }
        return self._declared[unit.offset]

    def subprogram(self, entry: Entry) -> Subprogram:
        """The function of an entry that has code."""
        if entry.offset not in self._subprograms:
            around = Surroundings(self.types, self.bias)
            self._subprograms[entry.offset] = Subprogram(entry, around)
        return self._subprograms[entry.offset]

    def body_address(self, entry: int, end: int, subprogram: Subprogram | None) -> int:
        """Where the body of the function at `entry` begins, as `break FUNC` stops there."""
        bounds = Bounds(entry - self.bias, end - self.bias, subprogram)
        body = self.attempt(lambda: self._prologues.body(bounds))
        return entry if body is None else body + self.bias

    def statement_address(self, address: int) -> int:
        """Where a debugger stops for the statement that begins at `address`: behind the prologue it may be part of."""
        found = self.attempt(lambda: self._prologues.statement(address - self.bias))
        return address if found is None else found + self.bias

    def is_of_statement(self, pc: int) -> bool:
        """Whether the line table gives the instruction at `pc` to something else than to what opens its function."""
        return bool(self.attempt(lambda: self._prologues.is_of_statement(pc - self.bias)))

    def line_addresses(self, places: list[tuple[Unit, str]], line: int) -> list[int]:
        """Where `break FILE:LINE` stops, given the units and the full paths that FILE may mean."""
        return self.attempt(lambda: self._line_addresses(places, line)) or []

    def _line_addresses(self, places: list[tuple[Unit, str]], line: int) -> list[int]:
        found = line_locations([FileLine(unit, self.lines_of(unit), file) for unit, file in places], line)
        chosen: list[int] = []
        seen: set[int] = set()
        for _, address in found:
            subprogram = self.subprogram_at(address + self.bias)
            if subprogram is not None:
                block = id(subprogram.blocks_at(address + self.bias)[-1])
                if block in seen:
                    continue
                seen.add(block)
            chosen.append(self._prologues.statement(address) + self.bias)
        return sorted(set(chosen))

    @cached_property
    def _prologues(self) -> Prologues:
        return Prologues(
            self.image,
            self.bias,
            lambda address: self.unit_at(address + self.bias),
            self.lines_of,
            self._bounds_at,
            self.symbols.in_other_encoding,
        )

    def _bounds_at(self, address: int) -> Bounds | None:
        """The function that holds an address of the image."""
        subprogram = self.subprogram_at(address + self.bias)
        if subprogram is not None:
            entry = subprogram.low - self.bias
            ends = (e.high - self.bias for e in subprogram.ranges if e.holds(subprogram.low))
            return Bounds(entry, next(ends, entry), subprogram)
        symbol = self.symbols.function_at(address)
        return None if symbol is None else Bounds(symbol.low, symbol.high, None)

    def _subprogram_in(self, unit: Unit, address: int) -> Subprogram | None:
        entry = self._index_of(unit).at(address)
        return None if entry is None else self.subprogram(entry)

    def _index_of(self, unit: Unit) -> _FunctionIndex:
        if unit.offset not in self._indices:
            self._indices[unit.offset] = _FunctionIndex(unit)
        return self._indices[unit.offset]

    @cached_property
    def _indices(self) -> dict[int, _FunctionIndex]:
        return {}

    def _definition_of(self, declaration: Entry) -> Entry | None:
        """The entry that defines a type which another unit only declares: of the same kind and name."""
        name = declaration.text("DW_AT_name")
        if name is None or self.debug_info is None:
            return None
        parents = _path(declaration)
        for unit in self.debug_info.units:
            for entry in _outer_entries(unit):
                same = entry.tag == declaration.tag and entry.text("DW_AT_name") == name
                if same and not entry.flag("DW_AT_declaration") and _path(entry) == parents:
                    return entry
        return None


def _path(entry: Entry) -> list[str]:
    path = []
    owner = entry.parent
    while owner is not None and owner.parent is not None:
        path.append(owner.text("DW_AT_name") or "")
        owner = owner.parent
    return path


def _outer_entries(unit: Unit) -> Iterator[Entry]:
    """The unit's entries outside of functions and classes."""
    waiting = list(reversed(unit.top.children))
    while waiting:
        entry = waiting.pop()
        yield entry
        if entry.tag in _NAMING:
            waiting.extend(reversed(entry.children))


def _nested_entries(unit: Unit) -> Iterator[Entry]:
    """The entries inside functions: nested functions are there, and those of classes that a function defines."""
    waiting = [child for entry in _outer_entries(unit) if entry.tag == "DW_TAG_subprogram" for child in entry.children]
    while waiting:
        entry = waiting.pop()
        yield entry
        if entry.tag in _HOLDING:
            waiting.extend(entry.children)


class _FunctionIndex:
    """A unit's functions with code, by address: those outside others at first, the nested ones when one is missed."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._extents = _extents(_outer_entries(unit))
        self._is_whole = False

    def at(self, address: int) -> Entry | None:
        """The function whose code holds the image's `address`."""
        found = self._look_up(address)
        if found is None and not self._is_whole:
            self._complete()
            found = self._look_up(address)
        return found

    def all(self) -> list[Entry]:
        """All of them, by the address of their first run of code."""
        self._complete()
        return list({entry.offset: entry for _, _, entry in self._extents}.values())

    def _complete(self) -> None:
        if not self._is_whole:
            self._extents = sorted([*self._extents, *_extents(_nested_entries(self._unit))], key=_by_address)
            self._is_whole = True

    def _look_up(self, address: int) -> Entry | None:
        index = bisect_right(self._extents, address, key=lambda row: row[0]) - 1
        if index >= 0 and address < self._extents[index][1]:
            return self._extents[index][2]
        return None


def _extents(entries: Iterable[Entry]) -> list[tuple[int, int, Entry]]:
    """(low, high, function) of every run of code of the functions among `entries`, by address."""
    functions = (entry for entry in entries if entry.tag == "DW_TAG_subprogram")
    rows = [(low, high, entry) for entry in functions for low, high in ranges_of(entry) if low > 0]
    return sorted(rows, key=_by_address)


def _by_address(row: tuple[int, int, Entry]) -> tuple[int, int]:
    return row[:2]
