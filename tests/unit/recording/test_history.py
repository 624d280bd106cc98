"""Looking up which activation runs at a step: the fast way against climbing from call to call."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import stackglass
from stackglass.recording.history import CallHistory
from tests.needs import require


def _climb(calls: CallHistory, step: int) -> int:
    row = max((each for each in range(len(calls)) if each == 0 or calls.call_step(each) < step), default=0)
    while not calls.runs_at(row, step):
        parent = calls.parent(row)
        if parent is None:
            return row
        row = parent
    return row


@pytest.mark.parametrize("name", ["recursion.c", "longjmp.c", "tail_call.c"])
def test_the_row_at_a_step_is_the_innermost_that_runs(name: str, examples: Path) -> None:
    require("gcc")
    recording = stackglass.record(examples / name, optimise="2")
    source = random.Random(4)
    for step in (0, 1, recording.last_step, *(source.randrange(recording.last_step) for _ in range(150))):
        assert recording.calls.row_at(step) == _climb(recording.calls, step)


def test_deep_recursion_is_looked_up_fast(examples: Path) -> None:
    """At 100,000 frames, from the far end of the recursion and just after its return."""
    require("gcc")
    recording = stackglass.record(examples / "deep.c")
    calls = recording.calls
    (first,) = calls.rows_of({recording.target.functions_named("down")[0].low})[:1]
    back = calls.return_step(first)
    assert back is not None
    assert calls.row_at(back) == calls.parent(first)
    assert calls.row_at(back - 1) == first
    assert calls.depth(calls.row_at(calls.call_step(first) + 500_000)) > 30_000
