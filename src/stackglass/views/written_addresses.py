"""The words of a picture with addresses written as they are asked for."""

from __future__ import annotations

from dataclasses import replace

from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Spans
from stackglass.views.rows import Block, Cells, Group, Heading, Row, Sentence


def with_addresses(block: Block, glyphs: Glyphs) -> Block:
    """The block; every hexadecimal number in its words is an address."""
    if not glyphs.decimal:
        return block
    return replace(
        block,
        heading=_heading(block.heading, glyphs),
        notes=tuple(_spans(note, glyphs) for note in block.notes),
        link=_spans(block.link, glyphs),
        rows_above=tuple(_row(row, glyphs) for row in block.rows_above),
        groups=tuple(_group(group, glyphs) for group in block.groups),
    )


def _spans(spans: Spans, glyphs: Glyphs) -> Spans:
    return tuple(Span(glyphs.value(part.text), part.style) for part in spans)


def _heading(heading: Heading, glyphs: Glyphs) -> Heading:
    parts = tuple(_spans(part, glyphs) for part in heading.parts)
    return replace(heading, title=_spans(heading.title, glyphs), parts=parts)


def _group(group: Group, glyphs: Glyphs) -> Group:
    header = None if group.header is None else _row(group.header, glyphs)
    return replace(group, header=header, rows=tuple(_row(row, glyphs) for row in group.rows))


def _row(row: Row, glyphs: Glyphs) -> Row:
    label = _sentence(row.label, glyphs) if isinstance(row.label, Sentence) else _cells(row.label, glyphs)
    return replace(row, label=label, place=glyphs.value(row.place), writer=glyphs.value(row.writer))


def _sentence(label: Sentence, glyphs: Glyphs) -> Sentence:
    return Sentence(tuple(_spans(one, glyphs) for one in label.alternatives), glyphs.value(label.note))


def _cells(label: Cells, glyphs: Glyphs) -> Cells:
    return replace(
        label,
        values=tuple(_spans(value, glyphs) for value in label.values),
        notes=tuple(glyphs.value(note) for note in label.notes),
    )
