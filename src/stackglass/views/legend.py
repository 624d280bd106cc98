"""How to read the picture: one line above it, and under it the words that it uses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from stackglass.model import FoundBy, Snapshot
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Style, line, span
from stackglass.views.rows import Block, Cells

_WORDS = (
    ("return address", "return address", "where the caller goes on after the call"),
    ("saved ", "saved …", "a register as the caller had it, kept to be given back"),
    ("red zone", "red zone", "what a function may use below the stack pointer, until it calls"),
    ("padding", "padding", "bytes of no variable, not written by this call; most are there for alignment"),
    ("never written", "never written", "not by this call: earlier ones left what is there"),
    ("temporary", "temporary", "written by the compiler's code; no variable has it now"),
    ("canary", "canary", "a secret value; if it has changed, a buffer overran"),
    ("cfa", "cfa", "just above the frame: where the stack pointer was before the call"),
    ("dead", "dead", "no longer part of the stack; the next call writes over it"),
)
"""What to look for in the picture's words, the word to explain, and what it means."""
_TEXTBOOK = {"padding": "bytes of no variable, not written by this call: for temporaries, or to fill up a word"}
"""What it means on the textbook machine, where that is something else."""
_RECORDS = {"dead": "given back to the heap; the next call's record may be made there"}
"""What it means where frames are records on a heap."""


def reading_line(blocks: Sequence[Block], snapshot: Snapshot, grow_up: bool, width: int, glyphs: Glyphs) -> list[Line]:
    """Which way up the picture is, and what its offsets mean."""
    top, growth = ("Low", "above") if grow_up else ("High", "below")
    way = f"{top} addresses are on top: each call adds a frame {growth} its caller's."
    if snapshot.linked_frames:
        way = "Each frame is a record of its own, wherever it lies: its saved FP is the link to its caller's."
    if snapshot.fixed_frames:
        way = "Each function has one frame, laid out before the program starts; its saved FP is the caller's frame."
    offsets = [row.offset for block in blocks if block.family >= 0 for row in block.rows]
    example = next((each for sign in "-+" for each in offsets if sign in each), "")
    told = f" {_meaning(example)}" if example else ""
    order = " Bytes stand in memory order."
    text = way + told + order
    return [Line(), *(line(Span(each, Style.QUIET)) for each in textwrap.wrap(text, width))]


def _meaning(offset: str) -> str:
    """'rbp-4 is what the frame has in rbp, minus 4.'"""
    sign = "-" if "-" in offset else "+"
    base, _, distance = offset.rpartition(sign)
    origin = {"cfa": "the address just above the frame", "top": "the address just above the frame"}
    how = "minus" if sign == "-" else "plus"
    return f"{offset} is {origin.get(base, f'what the frame has in {base}')}, {how} {distance}."


def foot_lines(blocks: Sequence[Block], snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Line]:
    """The words of this picture that a newcomer may not know, one a line."""
    said = set(_texts(blocks))
    is_textbook = len(snapshot.frames) > 0 and snapshot.frames[0].found_by is FoundBy.TEXTBOOK
    if snapshot.linked_frames:
        said.discard("cfa")  # there it has nothing to do with the stack pointer
    own = (_TEXTBOOK if is_textbook else {}) | (_RECORDS if snapshot.linked_frames else {})
    words = ((key, word, own.get(key, meaning)) for key, word, meaning in _WORDS)
    used = [(word, meaning) for key, word, meaning in words if any(key in text for text in said)]
    widest = max((len(word) for word, _ in used), default=0)
    lines: list[Line] = []
    for word, meaning in used:
        told = f"{word.replace('…', glyphs.ellipsis):<{widest}}  {meaning}"
        wrapped = textwrap.wrap(told, width, subsequent_indent=" " * (widest + 2), break_on_hyphens=False)
        lines += [line(span(each, Style.QUIET)) for each in wrapped]
    return [Line(), *lines] if lines else []


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield "".join(part.text for part in block.heading.title)
        yield from block.heading.marks
        for row in block.rows:
            yield from row.marks
            yield row.offset.partition("-")[0]
            label = row.label
            if isinstance(label, Cells):
                yield label.state
            spans = (*label.name, *label.values[0]) if isinstance(label, Cells) else label.alternatives[0]
            yield "".join(part.text for part in spans)
