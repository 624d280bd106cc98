"""What a row says, shortened to the room there is. No row loses its name, nor the word for what it is.

When there is little room, these go, in this order: the note's longer words ('parameter 1, came in edi' becomes
'param 1, edi'); a pointer's number, which its bytes tell too, and the value of what has rows of its own; the alignment;
the end of a long value; the type; where a parameter came from. docs/picture.md tells the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stackglass.views.lines import Span, Spans, Style, cut, pad, span, width_of
from stackglass.views.rows import NEVER_WRITTEN, Cells, Sentence

_GAP = 2
_VALUE_AT_LEAST, _VALUE_WITHOUT_TYPE = 20, 5
"""Columns that a value is cut to while there is a type (numbers stay whole, of others enough stays to know them), and
when there is none."""


@dataclass(frozen=True, slots=True)
class LabelWidths:
    """The widths of the columns inside the labels, 0 for one that no row needs."""

    name: int = 0
    type: int = 0
    value: int = 0

    @property
    def beyond_value(self) -> int:
        """Where in the label the notes begin."""
        return sum(column + _GAP for column in (self.name, self.type, self.value) if column)


def fitted_sentence(label: Sentence, room: int, ellipsis: str) -> Spans:
    """The fullest way to say it in `room` columns. What is in brackets at the end of its note may be left out."""
    notes = dict.fromkeys((label.note, label.note.partition(" (")[0])) if label.note else ()
    candidates = [
        spans
        for sentence in label.alternatives
        for spans in (*(_with_note(sentence, note) for note in notes), sentence)
    ]
    return _first_fitting(candidates, room) or cut(candidates[-1], room, ellipsis)


def fitted_cells(label: Cells, widths: LabelWidths, room: int, ellipsis: str) -> Spans:
    """Name, type, value and note in `room` columns."""
    return _first_fitting(_ways(label, widths, room, ellipsis), room) or cut(label.name, room, ellipsis)


def _first_fitting(candidates: Iterable[Spans], room: int) -> Spans | None:
    return next((spans for spans in candidates if width_of(spans) <= room), None)


def _ways(label: Cells, widths: LabelWidths, room: int, ellipsis: str) -> Iterator[Spans]:
    """Ways to say it, the best first."""
    notes = _notes(label)
    for type_ in (label.type, ""):
        told = [(value, note) for value in label.values for note in (notes[:-1] if len(label.notes) > 2 else notes)]
        for value, note in told:
            yield from _in_columns(label.name, type_, value, note, widths)
        for value, note in told:
            yield _joined((label.name, _typed(type_), value, _noted(note)))
        for note in notes:
            yield _cut_value((label.name, _typed(type_)), label.values, note, room, ellipsis, _VALUE_AT_LEAST)
    for gap in (_GAP, 1):
        yield _cut_value((label.name,), label.values, notes[-1], room, ellipsis, _VALUE_WITHOUT_TYPE, gap)
    yield _joined((label.name, _noted(notes[-1])), 1)
    if label.state:
        yield _joined((label.name, _noted(label.state)), 1)
    else:
        yield _cut_value((label.name,), label.values, "", room, ellipsis, 1, 1)


def _notes(label: Cells) -> tuple[str, ...]:
    """The notes with the state behind each."""
    if not label.state:
        return label.notes or ("",)
    full, *others = label.notes or ("",)
    told = [f"{full}, {label.state} by this call" if label.state == NEVER_WRITTEN else f"{full}, {label.state}"]
    told += [f"{note}, {label.state}" for note in (full, *others)]
    return tuple(dict.fromkeys(note.removeprefix(", ") for note in told))


def _in_columns(name: Spans, type_: str, value: Spans, note: str, widths: LabelWidths) -> Iterator[Spans]:
    shown = pad(name, max(widths.name, width_of(name)) + _GAP)
    if type_ or widths.type:
        shown = pad(
            (*shown, *_typed(type_)), max(widths.name + _GAP + widths.type, width_of(shown) + len(type_)) + _GAP
        )
    shown = (*shown, *value)
    if note:
        shown = pad(shown, width_of(shown) + _GAP) if value else shown  # the column before it ends with a gap
        yield (*pad(shown, widths.beyond_value), *_noted(note))
        yield (*shown, *_noted(note))
    else:
        yield shown


def _cut_value(
    before: Iterable[Spans], values: tuple[Spans, ...], note: str, room: int, ellipsis: str, least: int, gap: int = _GAP
) -> Spans:
    """The value, as short as it can be said, cut to what the others leave; too wide if that is less than `least`."""
    value = next((spans for spans in reversed(values) if width_of(spans)), ())
    free = room - width_of(_joined((*before, _noted(note)), gap)) - gap
    shown = cut(value, max(free, min(least, width_of(value))), ellipsis)
    return _joined((*before, shown, _noted(note)), gap)


def _typed(type_: str) -> Spans:
    return (span(type_, Style.TYPE),)


def _noted(note: str) -> Spans:
    return (span(note, Style.QUIET),)


def _with_note(spans: Spans, note: str) -> Spans:
    return (*spans, Span(" " * _GAP), *_noted(note))


def _joined(cells: Iterable[Spans], gap: int = _GAP) -> Spans:
    joined: list[Span] = []
    for cell in cells:
        if joined and width_of(cell):
            joined.append(Span(" " * gap))
        joined.extend(part for part in cell if part.text)
    return tuple(joined)
