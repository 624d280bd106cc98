"""What a program printed, line by line, and under each line what its addresses are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from stackglass.model.layout import PrintedAddress, Whereabouts
from stackglass.views.glyphs import Glyphs
from stackglass.views.headings import wrapped
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, span
from stackglass.views.parts import NAMES
from stackglass.views.where_words import block_name, freed, region_name, told
from stackglass.views.wording import count


def printed_view(
    output: bytes, errors: bytes, printed: Sequence[PrintedAddress], left_out: int, width: int, glyphs: Glyphs
) -> list[Line]:
    """The lines of both streams that have an address in them; each address with its name and region.

    What was there when each was printed is told.
    """
    lines = [line(*cut(_TITLE, width, glyphs.ellipsis))]
    if not printed:
        return [*lines, line(Span("  no address", Style.QUIET))]
    for stream, group in itertools.groupby(printed, key=lambda one: one.stream):
        if stream == "stderr":
            lines.append(line(Span("on standard error:", Style.QUIET)))
        text = (output if stream == "stdout" else errors).decode("utf-8", "replace").split("\n")
        for number, numbers in itertools.groupby(group, key=lambda one: one.line):
            lines.append(_echo(text[number - 1], width, glyphs))
            for one in numbers:
                lines += _explained(one, width, glyphs)
    if left_out:
        lines.append(line(Span(f"{glyphs.ellipsis} {count(left_out, 'more number')} not looked at", Style.FOLD)))
    return lines


_TITLE: Spans = (
    Span("The addresses that the program printed", Style.FUNCTION),
    Span(": what was there at that moment", Style.QUIET),
)


def _echo(text: str, width: int, glyphs: Glyphs) -> Line:
    return line(*cut((span(f"  {text.rstrip()}", Style.VALUE),), width, glyphs.ellipsis))


def _explained(one: PrintedAddress, width: int, glyphs: Glyphs) -> Iterator[Line]:
    lead = f"    {glyphs.leads_to} "
    text, name = _words(one, glyphs)
    for index, part in enumerate(wrapped(text, max(width - len(lead), 20))):
        if index:
            yield line(Span(" " * len(lead)), span(part.strip()))
        else:
            yield line(Span(lead, Style.QUIET), span(part[: len(name)], Style.NAME), span(part[len(name) :]))


def _words(one: PrintedAddress, glyphs: Glyphs) -> tuple[str, str]:
    """What is said of an address, and the name that it begins with."""
    read = _reading(one, glyphs)
    when = f"; step {one.printed_at:,}"
    block = one.freed_block
    if block is not None:
        name = read + block_name(block, one.address - block.address)
        return f"{name}: from {block.function}, {freed(block)}; not mapped any more{when}", name
    if one.place is None:
        return f"{read}nothing is mapped there{when}", ""
    words = told(one.place, glyphs)
    name = read + words.name
    return f"{name}: {words.what} ({_region(one.place)}){when}", name


def _region(place: Whereabouts) -> str:
    found = place.region
    return f"{NAMES[found.region.kind]}, {found.section}" if found.of_program and found.section else region_name(place)


def _reading(one: PrintedAddress, glyphs: Glyphs) -> str:
    address = glyphs.address(one.address)
    if one.base == 16 and one.text.isdigit():  # which reads as a decimal number
        read = f"hexadecimal, {address}" if glyphs.decimal else f"0x{one.text}"
        low = f", the low 32 bits of {address}" if one.truncated and not glyphs.decimal else ""
        return f"{one.text} read as {read}{low}, "
    if one.truncated:
        return f"the low 32 bits of {address}, "
    return f"{address}, " if (one.base == 10) != glyphs.decimal else ""
