"""Frames that are records of their own: what leads from each to its caller's, drawn between the two."""

from __future__ import annotations

from stackglass.model import Frame, Role, Snapshot
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.slot_words import FrameOwners, number_of


def dynamic_link(snapshot: Snapshot, frame: Frame, owners: FrameOwners, glyphs: Glyphs, *, grow_up: bool) -> Spans:
    """'▲ dynamic link: main's record, at 0x2000', told by what the record holds; nothing for the outermost frame."""
    if frame.call_site is None:
        return ()
    arrow = Span(f"{glyphs.grows_down if grow_up else glyphs.grows_up} ", Style.CONTROL)
    link = next((slot for slot in frame.slots if slot.role is Role.SAVED_FRAME_POINTER), None)
    value = None if link is None else number_of(link)
    if value is None:
        return (arrow, Span("no dynamic link yet" if frame.size else "no dynamic link: it has no record", Style.QUIET))
    kind = "frame" if snapshot.fixed_frames else "record"
    owner = owners.record_at(value, frame.index)
    if owner is None:
        return (arrow, Span(f"dynamic link: {glyphs.address(value)}, where no {kind} is in use", Style.FAULT))
    told = f"{owner}'s {kind}, at {glyphs.address(value)}"
    if value == frame.low:
        return (arrow, Span(f"dynamic link: {told}: this one itself, so that no way leads back", Style.FAULT))
    return (arrow, Span("dynamic link: ", Style.QUIET), span(told, Style.TARGET))


def folded_links(frames: int, glyphs: Glyphs, *, grow_up: bool) -> Spans:
    """The same for records that are folded."""
    arrow = glyphs.grows_down if grow_up else glyphs.grows_up
    words = "dynamic link" if frames == 1 else f"{frames:,} dynamic links, from one record to the next"
    return (Span(f"{arrow} ", Style.CONTROL), Span(words, Style.QUIET))
