"""Folding: library frames, long recursions, limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackglass.model import Frame, FrameOutline, FrameSequence, Variable
from stackglass.views.folding import Fold, parts_of
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.builders import Frames, frame, returns, stack
from tests.unit.views import stacks


def frames_of(*functions: str) -> Frames:
    """Frames of these functions, innermost first; a name in brackets is a library function."""
    sketches = [
        frame(name.strip("()"), "a.c:1", [returns()], library=name.startswith("(")) for name in reversed(functions)
    ]
    frames = stack(sketches).frames
    assert isinstance(frames, Frames)
    return frames


def drawn_indexes(frames: Frames, **options: object) -> list[int | tuple[int, int]]:
    """Frames drawn, and (first, last) of those folded."""
    settings = {"library": False, "unfold": False, "limit": None, **options}
    parts = parts_of(frames, **settings)  # type: ignore[arg-type]
    return [(part.outlines[0].index, part.outlines[-1].index) if isinstance(part, Fold) else part for part in parts]


def test_library_frames_fold_together_but_never_the_running_one() -> None:
    frames = frames_of("(abort)", "(raise)", "f", "main", "(__libc_start_main)", "(_start)")
    assert drawn_indexes(frames) == [0, (1, 1), 2, 3, (4, 5)]
    assert drawn_indexes(frames, library=True) == [0, 1, 2, 3, 4, 5]


def test_a_long_recursion_keeps_its_ends() -> None:
    frames = frames_of(*["down"] * 20, "main")
    assert drawn_indexes(frames) == [0, 1, 2, (3, 17), 18, 19, 20]
    assert drawn_indexes(frames, unfold=True) == list(range(21))


def test_a_short_recursion_is_drawn_in_full() -> None:
    assert drawn_indexes(frames_of(*["fact"] * 7, "main")) == list(range(8))


def test_functions_that_call_each_other_fold_too() -> None:
    frames = frames_of(*["even", "odd"] * 10, "main")
    assert drawn_indexes(frames) == [0, 1, 2, (3, 17), 18, 19, 20]


def test_a_recursion_after_other_calls_folds() -> None:
    frames = frames_of("leaf", "walk", *["down"] * 12, "main")
    assert drawn_indexes(frames) == [0, 1, 2, 3, 4, (5, 11), 12, 13, 14]


def test_a_limit_keeps_the_innermost_of_the_program_s_own() -> None:
    assert drawn_indexes(frames_of(*"abcdefgh"), limit=3) == [0, 1, 2, (3, 7)]
    through_qsort = frames_of("compare", "(msort)", "(qsort)", "main", "(__libc_start_main)", "(_start)")
    assert drawn_indexes(through_qsort, limit=2) == [0, (1, 2), 3, (4, 5)]
    assert drawn_indexes(through_qsort, limit=1) == [0, (1, 5)]
    assert drawn_indexes(through_qsort, limit=9) == [0, (1, 2), 3, (4, 5)]
    assert drawn_indexes(through_qsort, limit=2, library=True) == [0, 1, (2, 5)]
    assert drawn_indexes(through_qsort, limit=2, unfold=True) == [0, 1, (2, 5)]
    assert drawn_indexes(frames_of(*["down"] * 20, "main"), limit=20) == [*range(20), (20, 20)]
    assert drawn_indexes(frames_of(*"abc"), limit=3) == [0, 1, 2]
    assert drawn_indexes(frames_of(*"abcdefgh"), innermost=2) == [0, 1, (2, 7)]


def test_a_deep_recursion_is_drawn_without_decoding_it() -> None:
    shallow = stacks.recursion(10)
    deep = DeepFrames(shallow.frames, 100_000)
    snapshot = replace(shallow, frames=deep)
    text = render_plain(picture(snapshot, PictureOptions(width=100)))
    assert "… 99,995 more frames of down(), 32 bytes each …" in text
    assert deep.decoded < 100
    assert len(text.splitlines()) < 60


class DeepFrames:
    """The frames of a stack with the innermost repeated until there are `times` of it."""

    def __init__(self, frames: FrameSequence, times: int) -> None:
        self._frames = frames
        self._extra = times - sum(each.function == "down" for each in frames)
        self.decoded = 0

    def __len__(self) -> int:
        return len(self._frames) + self._extra

    def __getitem__(self, index: int) -> Frame:
        self.decoded += 1
        return self._frames[max(index - self._extra, 0)]

    def __iter__(self) -> Iterator[Frame]:
        raise AssertionError("a deep stack is iterated over")

    def outline(self, index: int) -> FrameOutline:
        """As of the innermost frame, moved down the stack."""
        base = self._frames.outline(max(index - self._extra, 0))
        down = 32 * max(self._extra - index, 0)
        return replace(base, index=index, low=base.low - down, high=base.high - down)

    def parameters(self, index: int) -> tuple[Variable, ...]:
        return self[index].parameters


def test_sizes_that_differ_are_told_as_a_range() -> None:
    sketches = [frame("main", "a.c:1", [returns()])]
    sketches += [frame("down", "a.c:1", [returns()] * (1 + n % 2)) for n in range(20)]
    text = render_plain(picture(stack(sketches), PictureOptions(width=120)))
    assert "8 to 16 bytes each" in text
