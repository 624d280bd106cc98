"""Where the columns of a picture stand, and how a row is fitted between them.

What is quiet goes first when there is little room: the writers, the notes, the types, the blanks between bytes, then
(under 72 columns) the bytes, and (under 52) the offsets. No row is ever wrapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, pad, span, width_of
from stackglass.views.rows import Cells, Row
from stackglass.views.wording import count

_SPACED_BYTES_FROM = 96
_BYTES_FROM = 72
_OFFSETS_FROM = 52
_TEXT_AT_LEAST = 16
_NAME_LIMIT, _WIDE_NAME_LIMIT = 18, 26
_WIDE_FROM = 110
_TYPE_LIMIT = 20
_VALUE_LIMIT = 24


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns, 0 for one that is left out, and the `gap` between them."""

    width: int
    glyphs: Glyphs
    gap: int
    address: int
    offset: int
    bytes: int
    spaced: bool
    name: int
    type: int
    value: int
    writer: int = 0
    margin: Spans = field(default=(Span("  "),))

    @property
    def left(self) -> int:
        """How many columns come before the label, the side line included."""
        parts = [part for part in (self.address, self.offset, self.bytes) if part]
        return width_of(self.margin) + sum(parts) + self.gap * len(parts)

    @property
    def beyond_value(self) -> int:
        """Where in the label the notes begin."""
        return sum(column + 2 for column in (self.name, self.type, self.value) if column)

    def line(self, row: Row, side: Spans) -> Line:
        """The row between its side line and the right end."""
        left = pad((*side, *self._left_cells(row)), self.left)
        marks = _marks(row, self.glyphs)
        room = self.width - self.left - (width_of(marks) + 2 if marks else 0)
        label = self._label(row, room)
        if marks:
            label = (*label, Span("  "), *marks)
        return line(*left, *label)

    def _left_cells(self, row: Row) -> Iterator[Span]:
        if row.address is None:
            room = self.left - width_of(self.margin) - self.gap
            yield Span(_fit(row.place, room, self.glyphs), Style.QUIET)
            return
        yield Span(f"{row.address:#x}".ljust(self.address + self.gap), Style.ADDRESS)
        if self.offset:
            yield Span(row.offset.ljust(self.offset + self.gap), Style.OFFSET)
        if self.bytes:
            quiet = row.dead or not row.written
            yield Span(self._bytes(row).ljust(self.bytes + self.gap), Style.UNWRITTEN if quiet else Style.BYTES)

    def _bytes(self, row: Row) -> str:
        if row.folded_bytes:
            dots = self.glyphs.ellipsis
            text = f"{dots} {count(row.folded_bytes, 'byte')} {dots}"
            return text if len(text) <= self.bytes else f"{dots} {row.folded_bytes:,}"
        return row.bytes.hex(" ") if self.spaced else row.bytes.hex(" ", -4)

    def _label(self, row: Row, room: int) -> Spans:
        writer = row.writer if self.writer and room - self.writer - 2 >= _TEXT_AT_LEAST else ""
        text_room = room - self.writer - 2 if writer else room
        spans = self._text(row, text_room)
        if not writer:
            return spans
        return (*pad(spans, text_room + 2), span(_fit(writer, self.writer, self.glyphs), Style.QUIET))

    def _text(self, row: Row, room: int) -> Spans:
        candidates = list(self._candidates(row))
        fitting = (spans for spans in candidates if width_of(spans) <= room)
        return next(fitting, None) or cut(candidates[-1], room, self.glyphs.ellipsis)

    def _candidates(self, row: Row) -> Iterator[Spans]:
        """Ways to say the row's label, the best first."""
        label = row.label
        if not isinstance(label, Cells):
            for sentence in label.alternatives:
                if label.note:
                    yield (*sentence, Span("  "), span(label.note, Style.QUIET))
                yield sentence
            return
        kind = span(label.type, Style.TYPE)
        for value in label.values:
            aligned = self._aligned(label.name, kind, value)
            if label.note:
                yield (*pad(aligned, max(width_of(aligned) + 2, self.beyond_value)), span(label.note, Style.QUIET))
                yield (*aligned, Span("  "), span(label.note, Style.QUIET))
            yield aligned
        for value in label.values:
            yield _joined((label.name, (kind,), value), 2)
            yield _joined((label.name, (kind,), value), 1)
        for value in label.values:
            yield _joined((label.name, value), 1)

    def _aligned(self, name: Spans, kind: Span, value: Spans) -> Spans:
        shown = pad(name, max(self.name, width_of(name)) + 2)
        if kind.text or self.type:
            shown = pad((*shown, kind), max(self.name + 2 + self.type, width_of((*shown, kind))) + 2)
        return (*shown, *value)


def fit_columns(rows: Sequence[Row], width: int, word_size: int, glyphs: Glyphs, writers: bool | None) -> Columns:
    """Columns for all rows of a picture, but for names, types and values (see `fit_label`).

    `writers` None shows the writers where all else has room.
    """
    spaced = width >= _SPACED_BYTES_FROM
    columns = Columns(
        width=width,
        glyphs=glyphs,
        gap=2 if spaced else 1,
        address=max((len(f"{row.address:#x}") for row in rows if row.address is not None), default=0),
        offset=_widest((row.offset for row in rows), 12) if width >= _OFFSETS_FROM else 0,
        bytes=_bytes_width(word_size, spaced) if width >= _BYTES_FROM else 0,
        spaced=spaced,
        name=0,
        type=0,
        value=0,
    )
    return _with_writers(columns, rows, writers)


def fit_label(columns: Columns, rows: Sequence[Row]) -> Columns:
    """The columns with those of names, types and values as wide as these rows, which stand together, need."""
    cells = [row.label for row in rows if isinstance(row.label, Cells)]
    name_limit = _WIDE_NAME_LIMIT if columns.width >= _WIDE_FROM else _NAME_LIMIT
    return replace(
        columns,
        name=_widest((_text_of(cell.name) for cell in cells), name_limit),
        type=_widest((cell.type for cell in cells), _TYPE_LIMIT),
        value=_widest((_text_of(cell.values[0]) for cell in cells), _VALUE_LIMIT),
    )


def _with_writers(columns: Columns, rows: Sequence[Row], wanted: bool | None) -> Columns:
    widest = max((len(row.writer) for row in rows), default=0)
    room = columns.width - columns.left - 2
    if wanted is False or not widest or room < 24:
        return columns
    if wanted:
        return replace(columns, writer=min(widest, max(room // 2, 16)))
    fitted = fit_label(columns, rows)
    text = max((width_of(next(fitted._candidates(row))) for row in rows), default=0)
    return replace(columns, writer=widest) if text + widest + 2 <= room else columns


def _bytes_width(word_size: int, spaced: bool) -> int:
    return word_size * 3 - 1 if spaced else word_size * 2 + (word_size - 1) // 4


def _widest(texts: Iterable[str], limit: int) -> int:
    return max((len(text) for text in texts if len(text) <= limit), default=0)


def _text_of(spans: Spans) -> str:
    return "".join(part.text for part in spans)


def _joined(cells: Iterable[Spans], gap: int) -> Spans:
    joined: list[Span] = []
    for cell in cells:
        if joined and width_of(cell):
            joined.append(Span(" " * gap))
        joined.extend(part for part in cell if part.text)
    return tuple(joined)


def _fit(text: str, width: int, glyphs: Glyphs) -> str:
    return text if len(text) <= width else text[: max(width - len(glyphs.ellipsis), 0)] + glyphs.ellipsis


def _marks(row: Row, glyphs: Glyphs) -> Spans:
    return tuple(
        Span(f"{' ' if n else ''}{glyphs.pointed_at} {mark}", Style.MARKER) for n, mark in enumerate(row.marks)
    )
