"""The layout of a process as text: the address space in proportion, then every region with what is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackglass.model.layout import Layout
from stackglass.views.address_space import FACTOR, overview
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.headings import fault_banner, wrapped
from stackglass.views.layout_table import LayoutTable
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, span, width_of
from stackglass.views.wording import line_of, short_file

NARROWEST = 40


@dataclass(frozen=True, slots=True)
class LayoutOptions:
    """How to draw. `symbols` lists all names and blocks rather than some; `library` the library's too."""

    width: int = 100
    symbols: bool = False
    library: bool = False
    glyphs: Glyphs = UNICODE


DEFAULT = LayoutOptions()


def layout_view(layout: Layout, options: LayoutOptions = DEFAULT) -> list[Line]:
    """The picture and the table, as lines of at most `options.width` columns (40 at least)."""
    options = replace(options, width=max(options.width, NARROWEST))
    return [
        *fault_banner(layout.fault, options.width, options.glyphs),
        *_masthead(layout, options),
        Line(),
        *overview(layout, options.width, options.glyphs),
        *_reading(options),
        *LayoutTable(layout, options.width, options.glyphs, whole=options.symbols, library=options.library).lines(),
    ]


def _masthead(layout: Layout, options: LayoutOptions) -> list[Line]:
    at = layout.location
    where = line_of(at.file, at.line)
    who = (at.function or f"code at {layout.pc:#x}") + (f", {where}" if where else "")
    left: Spans = (
        Span("the address space of ", Style.PLAIN),
        span(short_file(layout.program), Style.FUNCTION),
        span(f" in {who}"),
    )
    when = f"step {layout.step:,} of {layout.last_step:,}"
    left = cut(left, options.width, options.glyphs.ellipsis)
    free = options.width - width_of(left) - len(when)
    return [line(*left, Span(" " * free), Span(when, Style.QUIET)) if free >= 2 else line(*left)]


def _reading(options: LayoutOptions) -> list[Line]:
    words = f"high addresses on top; a part needs {FACTOR} times the size for one more line of height"
    return [line(span(text, Style.QUIET)) for text in wrapped(words, options.width)]
