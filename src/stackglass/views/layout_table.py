"""Every region of an address space in a row of its own, part by part, and under it the names and blocks in it."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace

from stackglass.model import RegionKind
from stackglass.model.layout import HeapBlock, HeapUse, Layout, LayoutRegion, NamedSymbol, SymbolKind
from stackglass.views.glyphs import Glyphs
from stackglass.views.headings import wrapped
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, span, width_of
from stackglass.views.parts import MEANINGS, NAMES, Part, parts_of
from stackglass.views.where_words import asked, freed
from stackglass.views.wording import count, line_of, short_file, size_of

_FEW = 12
"""Names or blocks in one region that are listed where nobody asked for all."""
_KIND = 22
"""Columns at least for what a name stands for."""
_ROOMY = 80
"""Columns from which on there is room for a column with the functions that handed out blocks."""
_GAP = "  "
_SEALED = ", read-only since the start-up"


@dataclass(frozen=True, slots=True)
class _Row:
    """A region, or several neighbouring ones that come from one section."""

    start: int
    end: int
    permissions: str
    what: str
    file: str | None
    is_folded: bool = False
    """Whether it stands for all sections of one kind of a shared object, whose name is in the heading."""
    is_sealed: bool = False
    """Whether it was writable until the program's start was over (RELRO)."""


class LayoutTable:
    """The table; `whole` lists all names and blocks, `library` those of libraries too, and their sections."""

    def __init__(self, layout: Layout, width: int, glyphs: Glyphs, *, whole: bool, library: bool) -> None:
        self._layout = layout
        self._width = width
        self._glyphs = glyphs
        self._whole = whole
        self._library = library
        self._heaps = [one for one in parts_of(layout.regions) if one.kind is RegionKind.HEAP]
        self._digits = max((len(glyphs.address(one.region.end)) for one in layout.regions), default=3)
        # A constructor has a symbol for whole objects and one for bases, often of the same code: one name for people.
        names = {(one.address, one.name, one.kind): one for one in layout.symbols if one.address is not None}
        self._placed = sorted(
            ((one.address, one) for one in names.values() if one.address is not None),
            key=lambda pair: (pair[0], pair[1].kind is SymbolKind.LABEL, pair[1].symbol),
        )
        own = [symbol for symbol in layout.symbols if library or not symbol.library]
        self._name_width = min(max((len(_name(symbol)) for symbol in own), default=0), 32)
        self._type_width = min(max((len(symbol.type or "") for symbol in own), default=0), 24)
        self._kind_width = min(max((len(_kind(symbol)) for symbol in own), default=0), _KIND + 8)
        self._kind_width = max(self._kind_width, _KIND)
        sizes = [one.size for one in own] + [one.size for one in layout.heap.blocks if library or _is_own(one)]
        self._size_width = max(7, *(len(f"{size:,}") for size in sizes)) + 1 if sizes else 8

    def lines(self) -> Iterator[Line]:
        """The lines, a blank one before each part."""
        for part in parts_of(self._layout.regions):
            yield Line()
            yield self._heading(part)
            rows = self._rows(part)
            extent = max((len(self._extent(row)) for row in rows), default=0)
            for row in rows:
                yield self._region(row, extent)
                yield from self._names(row)
            if part.kind is RegionKind.HEAP and part.shared_object is None:
                yield from self._blocks(part)
            if part.kind is RegionKind.STACK:
                yield from self._stack()
        yield from self._thread_locals()

    # ---- regions ----

    def _heading(self, part: Part) -> Line:
        if part.shared_object:
            return self._cut(
                span(part.name, Style.TARGET), span(f": a shared object, {part.shared_object}", Style.QUIET)
            )
        name = part.name[:1].upper() + part.name[1:]
        return self._cut(Span(name, Style.FUNCTION), Span(f": {MEANINGS[part.kind]}", Style.QUIET))

    def _extent(self, row: _Row) -> str:
        return f"{self._glyphs.address(row.start)}-{self._glyphs.address(row.end)}"

    def _rows(self, part: Part) -> list[_Row]:
        folds = part.shared_object is not None and not self._library
        rows: list[_Row] = []
        for one in part.regions:
            what = self._what(one, folds=folds)
            if what is None:
                continue
            region = one.region
            last = rows[-1] if rows else None
            same = last is not None and (last.what, last.permissions) == (what, region.permissions)
            if last is not None and same and (folds or last.end == region.start):
                rows[-1] = replace(last, end=region.end)
            else:
                sealed = not folds and region.kind is RegionKind.DATA and "w" not in region.permissions
                rows.append(_Row(region.start, region.end, region.permissions, what, one.file, folds, sealed))
        return rows

    def _what(self, one: LayoutRegion, *, folds: bool) -> str | None:
        """The section, or what else a region is; None for what only fills up a page."""
        if folds:
            return NAMES[one.region.kind].replace("initialised data, ", "data, ")
        if one.section is not None:
            return one.section
        if one.file is None:
            kind = one.region.kind
            return one.region.name or ("mapped by the allocator" if kind is RegionKind.HEAP else "anonymous")
        return None

    def _region(self, row: _Row, extent: int) -> Line:
        file = short_file(row.file) if row.file and not row.is_folded else ""
        spans: Spans = (
            Span(_GAP),
            Span(f"{self._extent(row):<{extent}}", Style.ADDRESS),
            Span(f"  {size_of(row.end - row.start):>11}  {row.permissions}  ", Style.QUIET),
            span(f"{row.what:<20}" if file else row.what, Style.NAME),
            span(f"  {file}" if file else "", Style.QUIET),
        )
        sealed = Span(_SEALED if row.is_sealed else "", Style.QUIET)
        return line(*spans, sealed) if width_of((*spans, sealed)) <= self._width else self._cut(*spans)

    # ---- names ----

    def _names(self, row: _Row) -> Iterator[Line]:
        low = bisect.bisect_left(self._placed, row.start, key=lambda pair: pair[0])
        high = bisect.bisect_left(self._placed, row.end, key=lambda pair: pair[0])
        names = [symbol for _, symbol in self._placed[low:high]]
        own = [symbol for symbol in names if self._library or not symbol.library]
        shown = own if self._whole else own[:_FEW]
        for symbol in shown:
            yield self._name(symbol)
        others = len(names) - len(own)
        rest = [f"{count(len(own) - len(shown), 'more name')} (--symbols)"] * (len(own) > len(shown))
        if others and (own or self._whole):
            rest.append(f"{count(others, 'name')} of libraries (--library)")
        if rest:
            yield self._cut(Span(f"{_GAP * 2}{self._glyphs.ellipsis} {', '.join(rest)}", Style.FOLD))

    def _name(self, symbol: NamedSymbol) -> Line:
        place = "" if symbol.address is None else self._glyphs.address(symbol.address)
        name = f"{_name(symbol):<{self._name_width}}"
        spans: Spans = (
            Span(_GAP * 2),
            Span(f"{place:<{self._digits}}", Style.ADDRESS),
            Span(f"{symbol.size:>{self._size_width},}  ", Style.QUIET),
            span(name, Style.NAME),
        )
        kind = _kind(symbol)
        where = line_of(symbol.file, symbol.line)
        type_ = span(f"  {symbol.type or '':<{self._type_width}}", Style.TYPE)
        room = max(self._width - width_of((*spans, type_)) - 4 - len(where), _KIND)
        cut_kind = cut((span(f"{kind:<{min(self._kind_width, room)}}"),), room, self._glyphs.ellipsis)
        for more in (
            (type_, Span("  "), *cut_kind, span(f"  {where}", Style.QUIET)),
            (span(f"  {kind:<{self._kind_width}}"), span(f"  {where}", Style.QUIET)),
            (span(f"  {kind}"),),
        ):
            if width_of((*spans, *more)) <= self._width:
                return line(*spans, *more)
        return self._cut(*spans, span(f"  {kind}"))

    def _thread_locals(self) -> Iterator[Line]:
        found = [symbol for symbol in self._layout.symbols if symbol.kind is SymbolKind.THREAD_LOCAL]
        own = [symbol for symbol in found if self._library or not symbol.library]
        if own:
            yield Line()
            words = ": each thread has its own; no table tells where"
            yield self._cut(Span("Thread-local variables", Style.FUNCTION), Span(words, Style.QUIET))
            yield from map(self._name, own)

    # ---- heap and stack ----

    def _blocks(self, part: Part) -> Iterator[Line]:
        heap = self._layout.heap
        inside = [block for block in heap.blocks if self._is_told_in(block, part)]
        own = [block for block in inside if self._library or _is_own(block)]
        live = [block for block in own if block.is_live(self._layout.step)]
        gone = [block for block in own if not block.is_live(self._layout.step)]
        most = len(own) if self._whole else _FEW
        shown_gone = gone[: max(most - len(live), 0)]
        callee = max((len(block.function) for block in (*live[:most], *shown_gone)), default=0)
        callee = callee if self._width >= _ROOMY else 0
        for block in live[:most]:
            yield from self._block(block, callee, is_live=True)
        for block in shown_gone:
            yield from self._block(block, callee, is_live=False)
        left_out = [f"{count(len(live) - most, 'more block')}"] if len(live) > most else []
        if len(gone) > len(shown_gone):
            left_out.append(
                count(len(gone) - len(shown_gone), "block that has been freed", "blocks that have been freed")
            )
        rest = [f"{' and '.join(left_out)} (--symbols)"] if left_out else []
        if len(inside) > len(own):
            rest.append(f"{count(len(inside) - len(own), 'block')} that libraries asked for (--library)")
        if rest:
            yield self._cut(Span(f"{_GAP * 2}{self._glyphs.ellipsis} {', '.join(rest)}", Style.FOLD))
        told = sum(not block.is_live(self._layout.step) for block in heap.blocks)
        if part == self._heaps[-1]:
            untold = heap.freed - told
            more = f"{count(untold, 'block')} freed earlier {'is' if untold == 1 else 'are'} not listed"
            notes = [*([more] if untold else []), *([heap.unknown] if heap.unknown else []), *_records(heap)]
            for text in (part for note in notes for part in wrapped(note, self._width - 4)):
                yield self._cut(span(f"{_GAP * 2}{text}", Style.QUIET))

    def _is_told_in(self, block: HeapBlock, part: Part) -> bool:
        """A freed block whose mapping is no more is told with the others of the last part of the heap."""
        if part.start <= block.address < part.end:
            return True
        return part == self._heaps[-1] and not any(one.start <= block.address < one.end for one in self._heaps)

    def _block(self, block: HeapBlock, callee: int, *, is_live: bool) -> Iterator[Line]:
        """A block's lines; the function that it came from is padded to `callee` columns."""
        first: Spans = (
            Span(_GAP * 2),
            Span(self._glyphs.address(block.address).ljust(self._digits), Style.ADDRESS),
            Span(f"{block.size:>{self._size_width},}  ", Style.QUIET),
            span(f"{block.function:<{callee}}  ", Style.NAME if is_live else Style.DEAD),
        )
        words = asked(block) if is_live else f"{asked(block)}, {freed(block)}"
        indent = width_of(first)
        for index, text in enumerate(wrapped(words, max(self._width - indent, 16))):
            lead = first if index == 0 else (Span(" " * indent),)
            yield self._cut(*lead, span(text.strip()))

    def _stack(self) -> Iterator[Line]:
        stack = self._layout.stack
        now = "not on this stack" if stack.is_elsewhere else f"{size_of(stack.start - stack.now)} lower"
        for address, what in (
            (stack.start, "where it began: the initial stack pointer"),
            (stack.now, f"{stack.stack_pointer} now, {now}"),
            (stack.lowest, f"the lowest so far, {size_of(stack.start - stack.lowest)} lower"),
        ):
            yield self._cut(Span(_GAP * 2), Span(f"{self._glyphs.address(address)}  ", Style.ADDRESS), span(what))

    def _cut(self, *spans: Span) -> Line:
        return line(*cut(spans, self._width, self._glyphs.ellipsis))


def _name(symbol: NamedSymbol) -> str:
    return f"{symbol.name}()" if symbol.kind is SymbolKind.FUNCTION else symbol.name


_KINDS = {
    SymbolKind.STUB: "entry of the linkage table",
    SymbolKind.STATIC_LOCAL: "static local",
    SymbolKind.THREAD_LOCAL: "thread-local",
    SymbolKind.FRAME: "frame",
}


def _kind(symbol: NamedSymbol) -> str:
    """'function', 'global', 'static local of f'."""
    words = _KINDS.get(symbol.kind, symbol.kind.value)
    return f"{words} of {symbol.owner}" if symbol.owner else words


def _is_own(block: HeapBlock) -> bool:
    return block.for_own is not None or not block.by_library


def _records(heap: HeapUse) -> Iterator[str]:
    """How many activation records are there, and of which functions."""
    for what, numbers in (
        ("", {one.function: one.in_use for one in heap.records}),
        (" of calls that have returned", {one.function: one.kept for one in heap.records}),
    ):
        whole = sum(numbers.values())
        if whole:
            shown = ", ".join(f"{number:,} of {name}" for name, number in numbers.items() if number)
            yield f"{count(whole, 'activation record')}{what}: {shown}"
