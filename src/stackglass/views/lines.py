"""Lines of styled text, which every view hands out. A style says what a piece of text is, the palette how it looks."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Style(enum.Enum):
    """What a piece of text is, for the palette to colour."""

    PLAIN = "plain"
    QUIET = "quiet"
    RUNNING = "running"
    """The running function, and the border of its frame."""
    FUNCTION = "function"
    BORDER = "border"
    ADDRESS = "address"
    OFFSET = "offset"
    BYTES = "bytes"
    NAME = "name"
    TYPE = "type"
    VALUE = "value"
    TARGET = "target"
    """What a pointer, a saved register or a return address leads to."""
    CONTROL = "control"
    """What calls and returns live on: return addresses and saved registers."""
    UNWRITTEN = "unwritten"
    MARKER = "marker"
    FOLD = "fold"
    DEAD = "dead"
    FAULT = "fault"
    CHANGED = "changed"


class Span(NamedTuple):
    """Text in one style, free of control characters; every character is one column wide."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output, without its line end."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The line without styles or trailing blanks."""
        return "".join(span.text for span in self.spans).rstrip()


Spans = tuple[Span, ...]


def span(text: str, style: Style = Style.PLAIN) -> Span:
    """A span of `text`, whatever the program under study put into it (see `one_column`)."""
    return Span(one_column(text), style)


def line(*spans: Span) -> Line:
    """A line of these spans, the empty ones left out."""
    return Line(tuple(part for part in spans if part.text))


def width_of(spans: Iterable[Span]) -> int:
    """How many columns the spans take."""
    return sum(len(part.text) for part in spans)


def cut(spans: Sequence[Span], width: int, ellipsis: str) -> Spans:
    """The spans, ended by `ellipsis` where they would take more than `width` columns."""
    if width_of(spans) <= width:
        return tuple(spans)
    room = width - len(ellipsis)
    if room < 0:
        return ()
    kept: list[Span] = []
    for part in spans:
        text = part.text[:room]
        room -= len(text)
        if text:
            kept.append(Span(text, part.style))
    return (*kept, Span(ellipsis, kept[-1].style if kept else Style.PLAIN))


def pad(spans: Sequence[Span], width: int) -> Spans:
    """The spans, filled up with blanks to `width` columns."""
    missing = width - width_of(spans)
    return (*spans, Span(" " * missing)) if missing > 0 else tuple(spans)


def one_column(text: str) -> str:
    """`text` with control, combining and wide characters written as escapes, so that it can't upset a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_one_column(char) else char.encode("unicode_escape").decode() for char in text)


def _is_one_column(char: str) -> bool:
    from rich.cells import cell_len  # only here, for the rare text that isn't ASCII

    return char.isprintable() and cell_len(char) == 1


def render_plain(lines: Iterable[Line]) -> str:
    """The lines as text, each with its line end, without colour."""
    return "".join(f"{each.text}\n" for each in lines)
