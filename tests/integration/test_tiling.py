"""All along the examples' runs the slots tile the frames: no byte twice, none left out, no two writers joined."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Recording, Role, Snapshot
from tests.needs import require

EXAMPLES = sorted(
    path
    for path in (Path(__file__).resolve().parents[2] / "examples").iterdir()
    if path.suffix in (".c", ".cpp", ".s", ".S") and path.name not in ("deep.c", "runaway.c")
)
"""Not the two deep recursions: a picture of them takes seconds, and shows the same frame over and over."""

WHOLE = "recursion.c"
"""The C library's start-up is the same in all examples: it is looked at in this one. Elsewhere main's call is."""

MOST_STEPS = 250
"""Of a longer run, so many steps, evenly: a step costs some milliseconds."""

DEPTH = 12
"""Frames that are looked at in each step, from either end."""

TOO_DEEP = 200
"""Of a deeper recursion only the innermost: the registers of the outermost take a walk through all the others."""


def steps_of(recording: Recording, *, whole: bool) -> Iterator[int]:
    main = recording.target.functions_named("main")
    rows = recording.calls.rows_of([function.low for function in main if not function.library])
    first = 0 if whole or not rows else recording.calls.call_step(rows[0])
    last = recording.calls.return_step(rows[0]) if rows and not whole else None
    steps = range(first, (last or recording.last_step) + 1)
    stride = max(len(steps) // MOST_STEPS, 1)
    yield from steps[::stride]
    yield recording.last_step


def frames_of(snapshot: Snapshot) -> Iterator[Frame]:
    count = len(snapshot.frames)
    outermost = range(max(count - DEPTH, 0), count if count < TOO_DEEP else 0)
    for index in sorted({*range(min(DEPTH, count)), *outermost}):
        yield snapshot.frames[index]


def check_frame(frame: Frame, recording: Recording) -> None:
    at = frame.high
    for slot in frame.slots:
        assert len(slot.bytes) == slot.size
        assert slot.bytes == recording.read_memory(slot.address, slot.size)
        if slot.in_red_zone:
            continue
        assert slot.end == at, f"{slot} does not begin where the one above ends, {at:#x}"
        at = slot.address
    assert at == frame.low


def check_writers(frame: Frame, snapshot_step: int, recording: Recording) -> None:
    """A slot without a name never joins bytes of different writers; a writer is before the moment."""
    writes = recording.moment().writes
    assert writes is not None
    for slot in frame.slots:
        if slot.written_by is not None:
            assert slot.written_by.step < snapshot_step
        if slot.role in (Role.TEMPORARY, Role.PADDING):
            assert len(writes.runs(slot.address, slot.end)) == 1 or slot.role is Role.PADDING


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_slots_tile_the_frames_at_every_step(example: Path) -> None:
    require("gcc")
    recording = stackglass.record(example)
    for step in steps_of(recording, whole=example.name == WHOLE):
        snapshot = recording.snapshot(step)
        above = None
        for frame in frames_of(snapshot):
            assert frame.low <= frame.high
            if above is not None and frame.index == above.index + 1:
                assert frame.low == above.high, step
            check_frame(frame, recording)
            above = frame
        assert snapshot.frames[0].low == snapshot.stack_pointer[1]
        check_writers(snapshot.frames[0], step, recording)
        at = snapshot.frames[0].low
        for run in snapshot.below_sp:
            assert run.address + run.size <= at
            at = run.address
