"""All along the examples' runs the slots tile the frames: no byte twice, none left out, no two writers joined."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass import Frame, Recording, Role, Snapshot
from stackglass.model.snapshot import FrameSequence
from tests.integration import chosen_steps
from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".c", ".cpp", ".s", ".S"))

WHOLE = "recursion.c"
"""The C library's start-up and end are the same in all examples: their instructions are looked at in this one."""

WIDE = ("exceptions.cpp", "longjmp.c", "qsort_callback.c")
"""Here the library's calls among themselves matter, too: unwinding, jumping, calling back. Elsewhere those that the
program's own functions make."""

OTHERS = [
    ("stacks/mixed.c", {"optimise": "2"}),
    ("stacks/mixed.c", {"optimise": "2", "cflags": "-mindirect-branch=thunk -mfunction-return=thunk"}),
    ("stacks/mixed.c", {"optimise": "s", "cflags": "-mstackrealign -fomit-frame-pointer -fstack-protector-all"}),
    ("stacks/odd_prologues.s", {}),
    ("truth/alloca.c", {"optimise": "2"}),
    ("truth/exceptions.cpp", {"optimise": "2"}),
]
"""Programs of tests/programs with what they are built with: of these only the program's own steps."""

ARRIVALS = 16
"""So many of each of the program's own instructions are looked at: in short programs all."""

OUTERMOST = 12
"""Frames that are looked at now and then, when it isn't only the innermost two: a frame that waits hardly changes."""
ALL_FRAMES_EVERY = 16

DEAD_RUNS = 60
"""Runs below SP that are looked at, in every fourth step."""
DEAD_EVERY = 4


def steps_of(recording: Recording, name: str) -> list[int]:
    """Every step of the program's own functions; around calls and returns of the library's."""
    steps = {0, recording.last_step, *chosen_steps.own(recording, ARRIVALS)}
    main = chosen_steps.main_call(recording)
    rows = chosen_steps.first_calls(recording, among=main, by_own=name not in WIDE)
    steps.update(chosen_steps.edges(recording, rows))
    if name == WHOLE:
        steps.update(chosen_steps.instructions(recording, range(recording.last_step)))
    return sorted(step for step in steps if step <= recording.last_step)


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


def check_extents(frames: FrameSequence, stack_pointer: int) -> None:
    """Frames lie one upon the other; the innermost ends at SP, if SP hasn't left it upwards already."""
    outlines = [frames.outline(index) for index in range(min(OUTERMOST, len(frames)))]
    gap = frames[0].not_mapped  # where SP has run over the stack's end there are no bytes
    assert outlines[0].low - gap == min(stack_pointer, outlines[0].high)
    for inner, outer in itertools.pairwise(outlines):
        assert inner.high == outer.low <= outer.high, f"{outer} does not begin where {inner} ends"


def check_dead(snapshot: Snapshot) -> None:
    """What is dead lies below the innermost frame and its red zone, no byte twice."""
    taken = {byte for slot in snapshot.frames[0].slots if slot.in_red_zone for byte in range(slot.address, slot.end)}
    at = snapshot.frames[0].low
    for run in itertools.islice(snapshot.below_sp, DEAD_RUNS):
        assert run.address + run.size <= at
        assert taken.isdisjoint(range(run.address, run.address + run.size))
        at = run.address


def check(recording: Recording, steps: Sequence[int]) -> None:
    for number, step in enumerate(steps):
        snapshot = recording.snapshot(step)
        frames = snapshot.frames
        check_extents(frames, snapshot.stack_pointer[1])
        for index in range(min(len(frames), 2 if number % ALL_FRAMES_EVERY else OUTERMOST)):
            check_frame(frames[index], recording)
        check_writers(frames[0], step, recording)
        if number % DEAD_EVERY == 0:
            check_dead(snapshot)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_slots_tile_the_frames(example: Path) -> None:
    require("g++" if example.suffix == ".cpp" else "gcc")
    recording = stackglass.record(example)
    steps = steps_of(recording, example.name)
    assert len(steps) > 5
    check(recording, steps)


@pytest.mark.parametrize(("source", "options"), OTHERS, ids=str)
def test_the_slots_tile_unusual_frames(source: str, options: dict[str, Any]) -> None:
    require("g++" if source.endswith(".cpp") else "gcc")
    recording = stackglass.record(ROOT / "tests" / "programs" / source, cc="gcc", **options)
    check(recording, [*chosen_steps.own(recording, ARRIVALS), recording.last_step])
