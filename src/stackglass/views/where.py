"""What is at one address at one moment, as a few lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.model.layout import Whereabouts
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.headings import wrapped
from stackglass.views.lines import Line, Span, Style, line, span
from stackglass.views.where_words import Told, region_name, told
from stackglass.views.wording import line_of, size_of

_LABEL = 9


def where_view(where: Whereabouts, width: int, glyphs: Glyphs = UNICODE) -> list[Line]:
    """The address with its name; then the details, and the region that it lies in."""
    words = told(where, glyphs)
    region = where.region.region
    extent = f"{glyphs.address(region.start)}-{glyphs.address(region.end)}"
    extent += f", {size_of(region.end - region.start)}, {region.permissions}"
    return [
        *_headline(glyphs.address(where.address), words, width),
        *(row for detail in words.details for row in _row("", detail, width)),
        *_row("region", f"{region_name(where)}: {extent}", width),
        *_row("moment", _moment(where), width),
        *(_row("", f"the run ends there: {glyphs.value(where.fault.words)}", width) if where.fault else ()),
    ]


def _headline(address: str, words: Told, width: int) -> Iterator[Line]:
    address += "  "
    text = f"{words.name}: {words.what}"
    first, *rest = wrapped(text, max(width - len(address), 20))
    head, tail = first[: len(words.name)], first[len(words.name) :]
    yield line(span(address, Style.ADDRESS), span(head, Style.NAME), span(tail))
    for more in rest:
        yield line(Span(" " * len(address)), span(more.strip()))


def _row(label: str, text: str, width: int) -> Iterator[Line]:
    for index, part in enumerate(wrapped(text, max(width - _LABEL - 2, 20))):
        shown = label if index == 0 else ""
        yield line(Span(f"  {shown:<{_LABEL}}", Style.QUIET), span(part.strip()))


def _moment(where: Whereabouts) -> str:
    at = where.location
    place = line_of(at.file, at.line)
    running = f"{at.function or 'code of no function'}{', ' + place if place else ''}"
    return f"step {where.step:,} of {where.last_step:,}: {running}"
