"""At every step of every example, the recorder's shadow stack and a walk by call-frame information must agree.

Where there are rules, that is, and but for the places below, whose rules are known to be wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import stackglass
from stackglass import Recording
from stackglass.errors import UnreadableMemory
from tests.integration.call_frames import CallFrameTables
from tests.needs import require

EXAMPLES = sorted(
    path
    for path in (Path(__file__).resolve().parents[2] / "examples").iterdir()
    if path.suffix in (".c", ".cpp", ".s", ".S")
)

EXEMPT = {
    "_start": "the rules say that rip is undefined there, and nobody called it",
    "__longjmp": "sets rsp, rbp and the others one by one, and its rules go on describing the frame that it leaves",
    "_Unwind_Resume": "its last instructions put the registers of another frame in place",
    "_Unwind_RaiseException": "its last instructions put the registers of another frame in place",
    "_Unwind_Resume_or_Rethrow": "its last instructions put the registers of another frame in place",
}
"""Functions in which the rules are not looked at, with the reason."""

ALL_STEPS = 60_000
"""A longer recording is looked at in every step of the program's own functions, and in a sample of the library's."""
DEPTH = 24
"""How many frames of a deep recursion are compared at each step; all of them would take the square of their number."""


def steps_of(recording: Recording) -> Iterator[int]:
    if recording.last_step <= ALL_STEPS:
        yield from range(recording.last_step)
        return
    calls = recording.calls
    own = [row for row in range(len(calls)) if not calls.call(row).library] if len(calls) < 20_000 else []
    chosen = {calls.call_step(row) + after for row in own for after in range(12)}
    yield from sorted(chosen | set(range(0, recording.last_step, recording.last_step // 3000)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_shadow_stack_matches_the_call_frame_information(example: Path) -> None:
    require("gcc")
    recording = stackglass.record(example, static=True)
    tables = CallFrameTables(recording.target.modules[0].image.data)
    wrong: list[str] = []
    compared = 0
    for step in steps_of(recording):
        recording.seek(step)
        activations = recording.moment().activations[: DEPTH + 1]
        registers = recording.registers()
        function = recording.target.function_at(registers["rip"])
        if function is not None and function.name in EXEMPT:
            continue
        try:
            walked = tables.walk(registers, recording.read_memory, limit=DEPTH)
        except UnreadableMemory as error:
            wrong.append(f"step {step}: {error}")
            continue
        expected = [registers["rip"], *(one.return_address for one in activations if one.return_address)]
        for frame, activation, pc in itertools.zip_longest(walked, activations[: len(walked)], expected[: len(walked)]):
            compared += 1
            if activation is None or pc != frame.pc or (activation.cfa is not None and activation.cfa != frame.cfa):
                wrong.append(f"step {step} at {registers['rip']:#x} in {function.name if function else '?'}: {frame}")
                break
    assert not wrong, f"{len(wrong)} of {recording.last_step} steps:\n" + "\n".join(wrong[:20])
    assert compared or example.suffix in (".s", ".S")
