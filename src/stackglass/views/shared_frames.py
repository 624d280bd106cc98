"""Static frames that several calls of one function are in at once: drawn once, for the innermost of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from stackglass.model import Frame, Role, Snapshot
from stackglass.views.folding import Fold, Part
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.wording import count, name_of, ordinal, place_of

_MOST = 3

Sharers = Mapping[int, Sequence[int]]
"""For the innermost of the calls that are in one frame, the others' indexes, the outermost first."""


def sharers(snapshot: Snapshot) -> Sharers:
    """The calls that share a frame. Empty but where each function has one frame for all of its calls."""
    if not snapshot.fixed_frames:
        return {}
    innermost: dict[int, int] = {}
    found: dict[int, list[int]] = {}
    for index in range(len(snapshot.frames)):
        low = snapshot.frames.outline(index).low
        if low in innermost:
            found.setdefault(innermost[low], []).insert(0, index)
        else:
            innermost[low] = index
    return found


def drawn_once(parts: Sequence[Part], shared: Sharers) -> Iterator[Part]:
    """The parts of a picture without the calls whose frame an inner one is in."""
    taken = {index for others in shared.values() for index in others}
    for part in parts:
        if not isinstance(part, Fold):
            if part not in taken:
                yield part
            continue
        own = [outline for outline in part.outlines if outline.index not in taken]
        if own:
            yield part if len(own) == len(part.outlines) else replace(part, outlines=own)


def sharing_notes(snapshot: Snapshot, frame: Frame, shared: Sharers) -> Iterator[Spans]:
    """Who else is in a frame, and whose return address is lost by that."""
    others = shared.get(frame.index, ())
    shown = others if len(others) <= _MOST else others[: _MOST - 1]
    for index in shown:
        yield from _note(snapshot.frames[index])
    if len(shown) < len(others):
        more = count(len(others) - len(shown), "more call")
        yield (span(f"{more} of {name_of(frame)} in this one frame", Style.QUIET),)


def _note(frame: Frame) -> Iterator[Spans]:
    which = "a call" if frame.call_number is None else f"the {ordinal(frame.call_number)} call"
    site = frame.call_site
    told = f"{which} of {name_of(frame)}{', from ' + place_of(site) + ',' if site is not None else ''} is in here too"
    back = next((slot for slot in frame.slots if slot.role is Role.RETURN_ADDRESS), None)
    if back is None or not back.overwritten:
        yield (span(f"{told}, with the same variables", Style.QUIET),)
        return
    writer = back.written_by
    by = "" if writer is None else f" at step {writer.step:,}"
    yield (span(f"{told}:", Style.QUIET),)
    yield (Span("  "), Span(f"its return address is OVERWRITTEN{by}", Style.FAULT))
