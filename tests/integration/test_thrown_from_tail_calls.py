"""Jumps out of functions that took the place of their callers' callees: exceptions and longjmp from behind tail calls.

Who catches goes on in its own frame, as call-frame information has it at every step of the program's own functions.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

import stackglass
from stackglass import Recording
from stackglass import isa as isas
from tests.integration import chosen_steps, test_shadow_stack
from tests.integration.call_frames import CallFrameTables
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "thrown_from_tail_calls.cpp"
EXPECTED = re.findall(r"expect-left: (\w+) (.+)", PROGRAM.read_text())
OUTPUT = re.findall(r"expect-output: (.*)", PROGRAM.read_text())
THUMB = "-mthumb -march=armv7-a -msoft-float"

BUILDS = [
    *((isa, optimise, "", "g++") for isa in isas.emulated() for optimise in "02"),
    *(("arm", optimise, THUMB, "g++") for optimise in "02"),
    *(("x86_64", optimise, "", "clang++") for optimise in "02"),
]

every_build = pytest.mark.parametrize("build", BUILDS, ids=" ".join)
Build = tuple[str, str, str, str]


@functools.cache
def recorded(build: Build) -> Recording:
    isa, optimise, flags, compiler = build
    cross = isa != "x86_64"
    require(f"{isas.get(isa).gnu_triplet}-{compiler}" if cross else compiler, "static libc")
    cc = None if cross else compiler
    return stackglass.record(PROGRAM, isa=isa, optimise=optimise, cflags=flags, static=True, cc=cc)


def name_of(function: str | None) -> str:
    """A function's name without its class and parameters; a thunk has none."""
    found = re.fullmatch(r"(?:\w+::)?(\w+)(?:\(.*)?", function or "")
    return "" if found is None or found[1].startswith("_ZT") else found[1]


@every_build
def test_what_is_left_has_not_returned(build: Build) -> None:
    recording = recorded(build)
    assert recording.output.decode().splitlines() == OUTPUT
    calls, told = recording.calls, {name for name, _ in EXPECTED}
    named = [(name_of(calls.call(row).function), calls.left_by(row)) for row in range(len(calls))]
    assert [(name, how) for name, how in named if name in told] == EXPECTED


@every_build
def test_the_frames_are_those_of_the_call_frame_information(build: Build) -> None:
    recording = recorded(build)
    test_shadow_stack.check(recording, PROGRAM, list(chosen_steps.own(recording, 40)))


def catches(recording: Recording) -> list[int]:
    """The steps at which a handler begins: before the first instruction of what it calls."""
    calls, target = recording.calls, recording.target
    rows = calls.rows_of([one.low for one in target.functions_named("__cxa_begin_catch")])
    return [calls.call_step(row) + 1 for row in rows]


@every_build
def test_each_handler_is_called_by_the_function_that_has_it(build: Build) -> None:
    recording = recorded(build)
    tables = CallFrameTables(recording.target.modules[0].image.data, recording.isa)
    callers = []
    for step in catches(recording):
        recording.seek(step)
        frames = recording.snapshot().frames
        walked = tables.walk(recording.registers(), recording.read_memory)
        known = [(one.pc, one.cfa) for one in frames if one.cfa is not None]
        assert known[: len(walked)] == [(one.pc, one.cfa) for one in walked][: len(known)]
        callers.append(name_of(frames[1].function))
    handlers = ["main", "main", "main", "rethrows", "main", "nests", "nests", "to_itself", "to_itself", "catches"]
    assert callers == [*handlers, "by_its_base"]


@every_build
def test_its_calls_stand_under_it(build: Build) -> None:
    recording = recorded(build)
    calls = recording.calls
    for step in catches(recording):
        row = calls.row_at(step)
        parent = calls.parent(row)
        assert parent is not None
        recording.seek(step)
        assert calls.entry(parent) == recording.moment().activations[1].entry


@every_build
def test_its_variables_are_what_they_were(build: Build) -> None:
    recording = recorded(build)
    kept = {"nests": ("sum", "300"), "catches": ("kept", "2"), "by_its_base": ("kept", "14")}
    seen: set[str] = set()
    for step in catches(recording):
        recording.seek(step)
        frame = recording.snapshot().frames[1]
        name = name_of(frame.function)
        if name in kept.keys() - seen:
            seen.add(name)
            variable, value = kept[name]
            assert [slot.value for slot in frame.slots if slot.name == variable] == [value]
    assert seen == kept.keys()
