"""SP where it is seldom: above its frame, at no address at all, and on a stack that the program made for itself."""

from __future__ import annotations

from pathlib import Path

import stackglass
from stackglass import Role, Snapshot
from tests.integration import chosen_steps
from tests.needs import require

PROGRAMS = Path(__file__).resolve().parents[1] / "programs" / "stacks"


def innermost(snapshot: Snapshot, count: int) -> list[str | None]:
    return [snapshot.frames.outline(index).function for index in range(count)]


def test_a_frame_that_sp_has_left_upwards_is_empty() -> None:
    require("gcc", "static libc")
    recording = stackglass.record(PROGRAMS / "mixed.c", cc="gcc", static=True)
    left = next(
        snapshot
        for step in range(recording.last_step)
        if (snapshot := recording.snapshot(step)).stack_pointer[1] > snapshot.frames[0].high
    )
    assert left.frames[0].function == "_start"  # it pops argc
    assert left.frames[0].slots == ()


def test_bytes_that_longjmp_leaves_are_in_frames_until_it_has_jumped() -> None:
    require("gcc", "static libc")
    recording = stackglass.record(PROGRAMS / "mixed.c", cc="gcc", static=True)
    calls, target = recording.calls, recording.target
    (row,) = calls.rows_of([function.low for function in target.functions_named("__longjmp")])
    jump = recording.snapshot((calls.return_step(row) or 0) - 1)
    assert jump.stack_pointer[1] > jump.frames[0].high
    slots = [slot for index in range(len(jump.frames)) for slot in jump.frames[index].slots]
    framed = {byte for slot in slots for byte in range(slot.address, slot.end)}
    assert all(framed.isdisjoint(range(run.address, run.address + run.size)) for run in jump.below_sp)


def test_a_lost_stack_pointer_leaves_what_the_frame_had() -> None:
    require("gcc")
    recording = stackglass.record(PROGRAMS / "lost_stack_pointer.s", cc="gcc")
    assert recording.fault is not None
    assert recording.fault.address == 0x41414139
    snapshot = recording.at("crash")
    assert innermost(snapshot, 2) == ["loses", "main"]
    roles = [slot.role for slot in snapshot.frames[0].slots]
    assert roles == [Role.RETURN_ADDRESS, Role.SAVED_FRAME_POINTER]
    assert not snapshot.below_sp


def test_on_a_stack_of_its_own_a_program_is_shown_there() -> None:
    require("gcc", "static libc")
    recording = stackglass.record(PROGRAMS / "own_stack.c", cc="gcc", static=True)
    assert recording.fault is None
    assert recording.output == b"0\n1\n2\n"
    snapshot = recording.at("work")
    assert snapshot.frames[0].function == "work"
    low, high = recording.stack_area
    assert not low <= snapshot.stack_pointer[1] < high
    assert all(not low <= slot.address < high for slot in snapshot.frames[0].slots)


def test_back_on_its_stack_a_program_is_shown_as_before() -> None:
    require("gcc", "static libc")
    recording = stackglass.record(PROGRAMS / "own_stack.c", cc="gcc", static=True)
    main = chosen_steps.main_call(recording)
    (resume,) = recording.target.functions_named("resume")
    for row in recording.calls.rows_of([resume.low]):
        step = (recording.calls.return_step(row) or 0) - 1
        assert step in main
        assert innermost(recording.snapshot(step), 2) == ["resume", "main"]
