"""Activation records whose calls have returned and that are kept: boxes of their own under those in use."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.model import Frame, Snapshot
from stackglass.views.glyphs import Glyphs
from stackglass.views.headings import title_of
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.rows import Block, Heading, Offsets
from stackglass.views.slots import SlotDrawing, joined
from stackglass.views.wording import count, line_of, name_of, ordinal

STATIC_LINK = "static link"
"""What the textbook machine's compiler calls the slot that leads to the record around a nested function's."""


def kept_blocks(snapshot: Snapshot, most: int, drawing: SlotDrawing) -> Iterator[Block]:
    """A box for each of the first `most` records that are kept, and a line for the others; `unfold` draws them all."""
    records = snapshot.kept_records
    shown = len(records) if drawing.unfold or len(records) == most + 1 else min(most, len(records))
    near = range(min(_NEAR, len(snapshot.frames)) if shown else 0)
    leading = [snapshot.frames[index] for index in near]
    for number, frame in enumerate(records[:shown]):
        yield _box(snapshot, frame, number, leading, drawing)
        rooms = rooms_block(frame, len(snapshot.frames) + number, drawing)
        if rooms is not None:
            yield rooms
        leading.append(frame)
    if shown < len(records):
        more = count(len(records) - shown, "more record")
        told = f"{drawing.glyphs.ellipsis} {more} kept: something may refer to them"
        yield Block(Heading((span(told, Style.FOLD),), dashed=True), boxed=False)


_NEAR = 8
"""Frames next to SP whose static links are looked at."""


def _box(snapshot: Snapshot, frame: Frame, number: int, leading: list[Frame], drawing: SlotDrawing) -> Block:
    offsets = Offsets("start", frame.low)
    slots = [(slot, ()) for slot in frame.slots] if drawing.unfold else joined(frame.slots)
    return Block(
        _heading(frame, drawing.glyphs),
        tuple(drawing.group(slot, frame, offsets, parts) for slot, parts in slots),
        family=len(snapshot.frames) + number,
        link=_why(frame, leading),
    )


def rooms_block(frame: Frame, family: int, drawing: SlotDrawing) -> Block | None:
    """The arrays of computed size, and what alloca handed out, that a record's call got from the heap."""
    if not frame.rooms:
        return None
    slots = [(slot, ()) for slot in frame.rooms] if drawing.unfold else joined(frame.rooms)
    groups = tuple(drawing.group(slot, frame, Offsets("", None), parts) for slot, parts in slots)
    title = (Span("more of the heap, for arrays of computed size and alloca", Style.QUIET),)
    size = sum(slot.size for slot in frame.rooms)
    heading = Heading(title, (), (Span(count(size, "byte"), Style.QUIET),), running=frame.index == 0, dashed=True)
    return Block(heading, groups, family=family)


def _why(frame: Frame, leading: list[Frame]) -> Spans:
    """What leads to the record, as far as a static link does."""
    for one in leading:
        links = (slot for slot in one.slots if slot.name == STATIC_LINK)
        if any(int.from_bytes(slot.bytes, "little") == frame.low for slot in links):
            return (
                Span("kept: ", Style.QUIET),
                span(f"the static link of {one.function} leads to it", Style.TARGET),
            )
    return (Span("kept: something may refer to it", Style.QUIET),)


def _heading(frame: Frame, glyphs: Glyphs) -> Heading:
    parts: list[Spans] = [(Span(f"returned at step {frame.returned_at:,}", Style.CONTROL),)]
    site = frame.call_site
    if site is not None:
        where = line_of(site.file, site.line)
        parts.append((Span("was called from ", Style.QUIET), span(", ".join(filter(None, (site.function, where))))))
    if frame.call_number is not None and frame.call_number > 1:
        parts.append((Span(f"its {ordinal(frame.call_number)} call", Style.QUIET),))
    right = (Span(count(frame.size, "byte"), Style.QUIET),)
    title = title_of(frame, Style.FUNCTION, glyphs) if frame.size else (span(name_of(frame), Style.FUNCTION),)
    return Heading(title, tuple(parts), right)
