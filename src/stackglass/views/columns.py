"""Where the columns of a picture stand, and how a row is fitted between them.

What is quiet goes first when there is little room: the writers, the blanks between bytes, then (under 72 columns) the
bytes, and (under 52) the offsets. What a row says is shortened in the order of `labels`. No row is ever wrapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from stackglass.views.glyphs import Glyphs
from stackglass.views.labels import LabelWidths, fitted_cells, fitted_sentence
from stackglass.views.lines import Line, Span, Spans, Style, line, pad, span, width_of
from stackglass.views.rows import Cells, Row, Sentence
from stackglass.views.wording import count

_SPACED_BYTES_FROM = 96
_BYTES_FROM = 72
_OFFSETS_FROM = 52
_TEXT_AT_LEAST = 16
_NAME_LIMIT, _WIDE_NAME_LIMIT = 18, 26
_WIDE_FROM = 140
_TYPE_LIMIT, _WIDE_TYPE_LIMIT = 20, 26
_VALUE_LIMIT = 24
_BOUNDLESS = 1 << 20


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
    widths: LabelWidths = field(default_factory=LabelWidths)
    writer: int = 0
    margin: Spans = field(default=(Span("  "),))

    @property
    def left(self) -> int:
        """How many columns come before the label, the side line included."""
        parts = [part for part in (self.address, self.offset, self.bytes) if part]
        return width_of(self.margin) + sum(parts) + self.gap * len(parts)

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
        yield Span(self.glyphs.address(row.address).ljust(self.address + self.gap), Style.ADDRESS)
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
        if isinstance(row.label, Sentence):
            return fitted_sentence(row.label, room, self.glyphs.ellipsis)
        return fitted_cells(row.label, self.widths, room, self.glyphs.ellipsis)


def fit_columns(rows: Sequence[Row], width: int, word_size: int, glyphs: Glyphs, writers: bool | None) -> Columns:
    """Columns for all rows of a picture, but for names, types and values (see `fit_label`).

    `writers` None shows the writers where all else has room.
    """
    spaced = width >= _SPACED_BYTES_FROM
    columns = Columns(
        width=width,
        glyphs=glyphs,
        gap=2 if spaced else 1,
        address=max((len(glyphs.address(row.address)) for row in rows if row.address is not None), default=0),
        offset=max((len(row.offset) for row in rows), default=0) if width >= _OFFSETS_FROM else 0,
        bytes=_bytes_width(word_size, spaced) if width >= _BYTES_FROM else 0,
        spaced=spaced,
    )
    return _with_writers(columns, rows, writers)


def fit_label(columns: Columns, rows: Sequence[Row]) -> Columns:
    """The columns with those of names, types and values as wide as these rows, which stand together, need."""
    cells = [row.label for row in rows if isinstance(row.label, Cells)]
    name_limit = _WIDE_NAME_LIMIT if columns.width >= _WIDE_FROM else _NAME_LIMIT
    type_limit = _WIDE_TYPE_LIMIT if columns.width >= _WIDE_FROM else _TYPE_LIMIT
    widths = LabelWidths(
        name=_widest((_text_of(cell.name) for cell in cells), name_limit),
        type=_widest((cell.type for cell in cells), type_limit),
        value=_widest((_text_of(cell.values[0]) for cell in cells), _VALUE_LIMIT),
    )
    return replace(columns, widths=widths)


def _with_writers(columns: Columns, rows: Sequence[Row], wanted: bool | None) -> Columns:
    widest = max((len(row.writer) for row in rows), default=0)
    room = columns.width - columns.left - 2
    if wanted is False or not widest or room < 24:
        return columns
    if wanted:
        return replace(columns, writer=min(widest, max(room // 2, 16)))
    fitted = fit_label(columns, rows)
    text = max((width_of(fitted._text(row, _BOUNDLESS)) for row in rows), default=0)
    return replace(columns, writer=widest) if text + widest + 2 <= room else columns


def _bytes_width(word_size: int, spaced: bool) -> int:
    return word_size * 3 - 1 if spaced else word_size * 2 + (word_size - 1) // 4


def _widest(texts: Iterable[str], limit: int) -> int:
    return max((len(text) for text in texts if len(text) <= limit), default=0)


def _text_of(spans: Spans) -> str:
    return "".join(part.text for part in spans)


def _fit(text: str, width: int, glyphs: Glyphs) -> str:
    return text if len(text) <= width else text[: max(width - len(glyphs.ellipsis), 0)] + glyphs.ellipsis


def _marks(row: Row, glyphs: Glyphs) -> Spans:
    return tuple(
        Span(f"{' ' if n else ''}{glyphs.pointed_at} {mark}", Style.MARKER) for n, mark in enumerate(row.marks)
    )
