"""How to read the picture: one line above it, and under it the words that it uses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from stackglass.model import Snapshot
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Style, line
from stackglass.views.rows import Block, Cells

_WORDS = (
    ("return address", "where the caller goes on after the call"),
    ("saved ", "a register's value as the caller had it, kept to be given back"),
    ("red zone", "bytes below the stack pointer that a function which calls nothing more may use"),
    ("padding", "bytes nobody uses, there for alignment"),
    ("temporary", "written by the compiler's code or by an earlier use, not a variable now"),
    ("canary", "a random value; if it has changed, a buffer overran"),
    ("cfa", "the address just above a frame: the stack pointer before the call"),
    ("dead", "no longer part of the stack; the next call will write over it"),
)


def reading_line(blocks: Sequence[Block], snapshot: Snapshot, grow_up: bool, width: int, glyphs: Glyphs) -> list[Line]:
    """Which way up the picture is, and what its offsets mean."""
    way = (
        "Low addresses are on top: calls add frames above."
        if grow_up
        else "High addresses are on top: calls add frames below."
    )
    example = next((row.offset for block in blocks for row in block.rows if "-" in row.offset), "")
    told = f" {example} is {_bytes_below(example)}." if example else ""
    order = " Bytes stand in memory order."
    text = way + told + order
    return [Line(), *(line(Span(each, Style.QUIET)) for each in textwrap.wrap(text, width))]


def _bytes_below(offset: str) -> str:
    base, _, distance = offset.rpartition("-")
    unit = "byte" if distance == "1" else "bytes"
    return f"{distance} {unit} below {'the frame' + chr(39) + 's ' + base if base != 'cfa' else 'the frame' + chr(39) + 's top (cfa)'}"


def foot_lines(blocks: Sequence[Block], width: int) -> list[Line]:
    """The words of this picture that a newcomer may not know."""
    said = set(_texts(blocks))
    used = [f"{word.strip()}: {meaning}" for word, meaning in _WORDS if any(word in text for text in said)]
    if not used:
        return []
    lines: list[str] = []
    for entry in used:
        joined = f"{lines[-1]}; {entry}" if lines else entry
        if lines and len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(entry)
    return [Line(), *(line(Span(text[:width], Style.QUIET)) for text in lines)]


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield "".join(part.text for part in block.heading.title)
        for row in block.rows:
            yield row.offset.partition("-")[0]
            label = row.label
            spans = label.name if isinstance(label, Cells) else label.alternatives[0]
            yield "".join(part.text for part in spans)
