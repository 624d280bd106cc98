"""Which call is the deepest, and which of its steps shows most."""

from __future__ import annotations

import pytest

from stackglass.errors import LocationError
from stackglass.recording.arrivals import find
from stackglass.recording.locations import Deepest
from tests.unit.recording.traces import Function, Trace

MAIN = Function("main", 0x100, 0x120, body=2, lines=((0, 10), (2, 11), (5, 13), (6, 14)))
LEAF = Function("leaf", 0x200, 0x220, body=1, lines=((0, 1), (1, 2), (4, 3), (8, 4)))
PRINT = Function("print", 0x300, 0x320, library=True)


def deepest(trace: Trace, *, library: bool = False) -> int:
    """The offset of the instruction at the deepest moment."""
    step = find(trace, Deepest(), library=library)
    function = trace.target.function_at(trace.steps[step])
    return int(trace.steps[step] - function.low)


def leaf_call(*, result: int | None, local: int | None) -> Trace:
    """main calls leaf: its statement at offset 4 makes `result` and writes `local`; the epilogue begins at 8."""
    trace = Trace([MAIN, LEAF])
    with trace.call("main"):
        trace.run(0, 1, 2)
        with trace.call("leaf", frame_bytes=48):
            trace.run(0, 1, 2, 3, local=1)
            trace.run(4, 5, result=result, local=local)
            trace.run(8, 9)
        trace.run(5, 6, 7)
    return trace


def test_a_leaf_that_returns_an_expression_is_shown_before_it() -> None:
    assert deepest(leaf_call(result=7, local=None)) == 4


def test_a_last_statement_that_writes_a_variable_is_shown_when_it_has() -> None:
    assert deepest(leaf_call(result=7, local=2)) == 8


def test_library_frames_do_not_count_unless_asked() -> None:
    trace = Trace([MAIN, LEAF, PRINT])
    with trace.call("main"):
        trace.run(0, 1, 2)
        with trace.call("leaf"):
            trace.run(0, 1, 4, 8, 9)
        trace.run(5)
        with trace.call("print", frame_bytes=4000):
            trace.run(0, 1, 2)
        trace.run(6, 7)
    find(trace, Deepest())
    assert trace.rows[trace.owners[trace.step]].function is LEAF
    find(trace, Deepest(), library=True)
    assert trace.rows[trace.owners[trace.step]].function is PRINT


def test_a_loop_is_shown_at_its_last_turn() -> None:
    trace = Trace([LEAF])
    with trace.call("leaf"):
        trace.run(0, 1)
        for _ in range(3000):
            trace.run(4, 5, 1, 2)
        trace.run(8, 9)
    assert deepest(trace) == 1
    assert trace.step == trace.last_step - 3


def test_a_call_that_crashes_is_shown_at_the_statement_that_crashed() -> None:
    trace = Trace([LEAF])
    with trace.call("leaf", left_by="end"):
        trace.run(0, 1, 2, 4, 5)
    trace.crash("null pointer")
    assert deepest(trace) == 4


def test_a_call_that_crashes_in_its_prologue_is_shown_there() -> None:
    trace = Trace([LEAF])
    with trace.call("leaf", left_by="end"):
        trace.run(0)
    trace.crash("stack overflow")
    assert deepest(trace) == 0


def test_a_statement_that_a_callback_interrupts_belongs_to_its_own_call() -> None:
    """The same function runs again inside (through the library), less deep in bytes: its arrivals don't count."""
    trace = Trace([LEAF, PRINT])
    with trace.call("leaf", frame_bytes=500):
        trace.run(0, 1, 2)
        with trace.call("print", frame_bytes=0):
            trace.run(0)
        trace.run(4)
        trace.run(8, 9)
    assert deepest(trace) == 4


def test_a_program_without_own_calls_says_so() -> None:
    trace = Trace([PRINT])
    with trace.call("print"):
        trace.run(0)
    with pytest.raises(LocationError, match="none of the program's own functions") as caught:
        find(trace, Deepest())
    assert "--library" in caught.value.help


def test_in_a_stripped_program_every_nameless_call_is_its_own() -> None:
    stripped = Function("?", 0x500, 0x520, library=True, nameless=True)
    trace = Trace([PRINT, stripped])
    with trace.call("?", frame_bytes=64):
        trace.run(0, 1)
        with trace.call("print", frame_bytes=400):
            trace.run(0)
        trace.run(2)
    find(trace, Deepest())
    assert trace.rows[trace.owners[trace.step]].function is stripped


def test_a_condition_chooses_among_the_calls_by_depth() -> None:
    trace = Trace([MAIN, LEAF])
    with trace.call("main", frame_bytes=64):
        trace.run(0, 1, 2)
        for size in (32, 48, 16):
            with trace.call("leaf", frame_bytes=size):
                trace.run(0, 1, 4, 8, 9)
        trace.run(6, 7)
    rows = []

    def second() -> bool:
        rows.append(trace.owners[trace.step])
        return len(rows) == 2

    find(trace, Deepest(), condition=second, when="it")
    assert rows == [2, 1]
