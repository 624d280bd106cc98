"""Which frames a picture draws and which it folds: library frames, long recursions, what a limit leaves out.

Only outlines are looked at, so that a call stack a hundred thousand frames deep costs no decoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stackglass.model import FrameOutline, FrameSequence
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Style, span
from stackglass.views.rows import Heading
from stackglass.views.wording import count, name_of

_LONGEST_CYCLE = 4
_KEPT_INSIDE, _KEPT_OUTSIDE = 3, 2
_FOLDED_AT_LEAST = 3
_NAMES_LISTED = 6


@dataclass(frozen=True, slots=True)
class Fold:
    """Frames [inner, outer) by index, told in one line. `library` frames are named one by one."""

    outlines: Sequence[FrameOutline]
    library: bool = False
    cycle: int = 0
    """After how many frames a recursion repeats; 0 where the frames are folded for another reason."""

    @property
    def low(self) -> int:
        """The lowest address of the folded frames."""
        return self.outlines[0].low

    @property
    def high(self) -> int:
        """Just above their highest address."""
        return self.outlines[-1].high


Part = int | Fold
"""A frame to draw, by its index, or frames to fold."""


def parts_of(
    frames: FrameSequence, *, library: bool, unfold: bool, limit: int | None, innermost: int | None = None
) -> list[Part]:
    """What to draw, innermost first. The running function is never folded."""
    if unfold and limit is None and innermost is None:
        return list(range(len(frames)))
    outlines = [frames.outline(index) for index in range(len(frames))]
    if innermost is not None and innermost < len(outlines):
        return [*range(innermost), Fold(outlines[innermost:])]
    if limit is not None:
        return list(_limited(outlines, limit, library=library or unfold))
    parts: list[Part] = []
    for run in _runs(outlines, library):
        is_library = not library and outlines[run[0]].library and run[0] != 0
        if is_library:
            parts.append(Fold([outlines[index] for index in run], library=True))
        else:
            parts.extend(_recursions(outlines, run))
    return parts


def _limited(outlines: Sequence[FrameOutline], limit: int, *, library: bool) -> Iterator[Part]:
    """The `limit` innermost frames, library frames aside if they are folded; one fold for all outside them."""
    drawn = 0
    for run in _runs(outlines, library):
        for index in run:
            if drawn == limit:
                rest = outlines[index:]
                yield Fold(rest, library=not library and all(outline.library for outline in rest))
                return
            if _folds(outlines, index, library):
                yield Fold([outlines[index] for index in run], library=True)
                break
            yield index
            drawn += 1


def _runs(outlines: Sequence[FrameOutline], library: bool) -> Iterator[range]:
    """Neighbouring frames of the same sort, library or the program's own. Frame 0 counts as the program's own."""
    start = 0
    for index in range(1, len(outlines) + 1):
        if index == len(outlines) or _folds(outlines, index, library) != _folds(outlines, start, library):
            yield range(start, index)
            start = index


def _folds(outlines: Sequence[FrameOutline], index: int, library: bool) -> bool:
    return not library and index != 0 and outlines[index].library


def _recursions(outlines: Sequence[FrameOutline], run: range) -> Iterator[Part]:
    at = run.start
    while at < run.stop:
        cycle, end = _repeat(outlines, at, run.stop)
        inner, outer = at + max(_KEPT_INSIDE, cycle), end - max(_KEPT_OUTSIDE, cycle)
        if outer - inner < _FOLDED_AT_LEAST:
            yield at
            at += 1
            continue
        yield from range(at, inner)
        yield Fold(outlines[inner:outer], cycle=cycle)
        yield from range(outer, end)
        at = end


def _repeat(outlines: Sequence[FrameOutline], start: int, stop: int) -> tuple[int, int]:
    """The cycle that covers most frames from `start` on, and where it ends."""
    best = (1, start + 1)
    for cycle in range(1, _LONGEST_CYCLE + 1):
        end = start + cycle
        while end < stop and outlines[end].function == outlines[end - cycle].function:
            end += 1
        if end - start >= 2 * cycle and end > best[1]:
            best = (cycle, end)
    return best


def fold_heading(fold: Fold, glyphs: Glyphs, grow_up: bool) -> Heading:
    """The line for folded frames, the names in the order in which the frames would be drawn."""
    size = sum(outline.high - outline.low for outline in fold.outlines)
    if fold.library:
        names = [name_of(outline) for outline in fold.outlines]
        ordered = names if grow_up else names[::-1]
        shown = ordered if len(ordered) <= _NAMES_LISTED else [*ordered[:3], glyphs.ellipsis, *ordered[-2:]]
        text = f"{glyphs.ellipsis} {', '.join(shown)}"
        tail = f" ({count(len(names), 'library frame')}, {count(size, 'byte')})"
    elif fold.cycle:
        text, tail = _recursion_words(fold, glyphs), f", {count(size, 'byte')} in all"
    else:
        text, tail = f"{glyphs.ellipsis} {count(len(fold.outlines), 'more frame')}", f", {count(size, 'byte')}"
    return Heading((span(text, Style.FOLD), Span(tail, Style.FOLD)), dashed=True)


def _recursion_words(fold: Fold, glyphs: Glyphs) -> str:
    cycle = fold.outlines[: fold.cycle]
    names = " and ".join(f"{name_of(outline)}()" for outline in reversed(cycle))
    sizes = {outline.high - outline.low for outline in fold.outlines}
    each = f"{min(sizes):,}" if len(sizes) == 1 else f"{min(sizes):,} to {max(sizes):,}"
    unit = "byte" if sizes == {1} else "bytes"
    return (
        f"{glyphs.ellipsis} {count(len(fold.outlines), 'more frame')} of {names}, {each} {unit} each {glyphs.ellipsis}"
    )
