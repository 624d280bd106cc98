"""The address space as one tall box, high addresses on top, each part as high as the logarithm of its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stackglass.model import RegionKind
from stackglass.model.layout import HeapUse, Layout, StackUse
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, pad, span, width_of
from stackglass.views.parts import Part, parts_of
from stackglass.views.wording import count, size_of

_BITS_A_LINE = 6
FACTOR = 1 << _BITS_A_LINE
"""How many times larger a part has to be for another line of height."""
_WIDEST = 100
_STYLES = {
    RegionKind.TEXT: Style.FUNCTION,
    RegionKind.STACK: Style.RUNNING,
    RegionKind.HEAP: Style.VALUE,
    RegionKind.GUARD: Style.FAULT,
}


@dataclass(frozen=True, slots=True)
class _Band:
    """A part in the picture, or (`part` None) a range where nothing is mapped. Notes are told under its name."""

    start: int
    end: int
    part: Part | None
    notes: tuple[Spans, ...] = ()

    @property
    def height(self) -> int:
        """Lines: one for each factor of FACTOR in its size, and no fewer than it has to say."""
        return max(1, -(-(self.end - self.start).bit_length() // _BITS_A_LINE), 1 + len(self.notes))


def overview(layout: Layout, width: int, glyphs: Glyphs) -> list[Line]:
    """The box, with the addresses of its borders to its left."""
    bands = list(_bands(layout, glyphs))
    addresses = len(glyphs.address(bands[-1].end))
    box = min(width, _WIDEST) - addresses - 1
    lines = [_border(bands[-1].end, addresses, glyphs.top, box, glyphs)]
    for index, band in enumerate(reversed(bands)):
        for content in _contents(band, box - 4, glyphs):
            lines.append(_row(content, band, addresses, box, glyphs))
        corner = glyphs.foot if index == len(bands) - 1 else glyphs.joint
        lines.append(_border(band.start, addresses, corner, box, glyphs))
    return lines


def _bands(layout: Layout, glyphs: Glyphs) -> Iterator[_Band]:
    """From low addresses to high, without gaps between them."""
    at = 0
    for part in parts_of(layout.regions):
        if at < part.start:
            notes: tuple[Spans, ...] = pointer_notes(layout.stack, at, part.start, glyphs)
            notes += ((Span("address 0 is NULL: never mapped", Style.QUIET),),) if at == 0 else ()
            yield _Band(at, part.start, None, notes)
        notes = pointer_notes(layout.stack, part.start, part.end, glyphs)
        yield _Band(part.start, part.end, part, (*_notes(part, layout, glyphs), *notes))
        at = part.end


def _notes(part: Part, layout: Layout, glyphs: Glyphs) -> Iterator[Spans]:
    if part.kind is RegionKind.STACK:
        yield stack_note(layout.stack, glyphs)
    elif part.kind is RegionKind.HEAP and part.start <= layout.heap.start < part.end:
        yield from heap_notes(layout.heap, glyphs)
    elif part.kind is RegionKind.HEAP:
        yield (Span("mapped by the allocator", Style.QUIET),)
    elif part.shared_object:
        yield (Span("shared object: text, data and BSS", Style.QUIET),)
    elif part.sections:
        yield (span(" ".join(part.sections), Style.QUIET),)


def stack_note(stack: StackUse, glyphs: Glyphs) -> Spans:
    """How far the stack has grown."""
    used = "" if stack.is_elsewhere else f"{size_of(stack.start - stack.now)} in {count(stack.frames, 'frame')}, "
    most = size_of(stack.start - stack.lowest)
    return (Span(f"{glyphs.grows_down} grows down", Style.MARKER), Span(f": {used}at most {most} so far"))


def pointer_notes(stack: StackUse, start: int, end: int, glyphs: Glyphs) -> tuple[Spans, ...]:
    """The arrow of SP, in the range that it points into."""
    if not start <= stack.now < end:
        return ()
    pointer = f"{glyphs.pointed_at} {stack.stack_pointer}"
    return ((Span(pointer, Style.MARKER), Span(f" {glyphs.address(stack.now)}", Style.ADDRESS)),)


def heap_notes(heap: HeapUse, glyphs: Glyphs) -> Iterator[Spans]:
    """How far the heap has grown."""
    yield (
        Span(f"{glyphs.grows_up} grows up", Style.MARKER),
        Span(f": {size_of(heap.end - heap.start)} so far, up to {glyphs.address(heap.end)}"),
    )


def _contents(band: _Band, room: int, glyphs: Glyphs) -> list[Spans]:
    """A band's lines: what grows towards a neighbour is told next to it."""
    lines = [_title(band, room, glyphs), *(cut(note, room, glyphs.ellipsis) for note in band.notes)]
    blank: list[Spans] = [()] * (band.height - len(lines))
    upwards = band.part is not None and band.part.kind is RegionKind.HEAP
    return [*reversed(lines[1:]), *blank, lines[0]] if upwards else [*lines, *blank]


def _title(band: _Band, room: int, glyphs: Glyphs) -> Spans:
    size = size_of(band.end - band.start)
    if band.part is None:
        name: Spans = (Span("nothing", Style.QUIET),)
        right: Spans = (Span(f"{size:>10}", Style.QUIET),)
    else:
        style = Style.TARGET if band.part.shared_object else _STYLES.get(band.part.kind, Style.NAME)
        name = (span(band.part.name, style),)
        right = (Span(f"{band.part.permissions}  {size:>10}", Style.QUIET),)
    left = cut(name, room - width_of(right) - 2, glyphs.ellipsis)
    return (*pad(left, room - width_of(right)), *right)


def _row(content: Spans, band: _Band, addresses: int, box: int, glyphs: Glyphs) -> Line:
    side = glyphs.side if band.part is not None else glyphs.dashed_side
    edge = Span(side, Style.BORDER)
    return line(Span(" " * (addresses + 1)), edge, Span(" "), *pad(content, box - 4), Span(" "), edge)


def _border(address: int, addresses: int, corner: str, box: int, glyphs: Glyphs) -> Line:
    right = {glyphs.top: glyphs.top_right, glyphs.foot: glyphs.foot_right}.get(corner, glyphs.joint_right)
    return line(
        Span(f"{glyphs.address(address)} ".rjust(addresses + 1), Style.ADDRESS),
        Span(f"{corner}{glyphs.rule * (box - 2)}{right}", Style.BORDER),
    )
