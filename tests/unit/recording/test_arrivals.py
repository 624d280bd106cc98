"""From WHERE to step, on recordings written by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackglass.errors import ExpressionError, LocationError
from stackglass.recording.arrivals import find
from stackglass.recording.locations import parse
from tests.unit.recording.traces import Function, Trace

START = Function("_start", 0x10, 0x20, library=True)
MAIN = Function("main", 0x100, 0x120, body=2, lines=((0, 10), (2, 11), (3, 12), (5, 13), (6, 14)))
FACT = Function("fact", 0x200, 0x220, body=1, lines=((0, 1), (1, 2), (2, 3), (4, 4)))
PRINT = Function("print", 0x300, 0x320, library=True)
UNUSED = Function("helper", 0x400, 0x420, body=1, lines=((0, 30), (1, 31)))


def recursion(depth: int = 3) -> Trace:
    """_start, main, and fact(depth) down to fact(1); print is called at the bottom."""
    trace = Trace([START, MAIN, FACT, PRINT, UNUSED])

    def fact(n: int) -> None:
        with trace.call("fact", frame_bytes=16):
            trace.run(0, 1, 2)
            if n > 1:
                trace.run(3)
                fact(n - 1)
            else:
                trace.run(3)
                with trace.call("print", frame_bytes=400):
                    trace.run(0, 1)
            trace.run(4, 5)

    with trace.call("_start"):
        trace.run(0)
        with trace.call("main", frame_bytes=32):
            trace.run(0, 1, 2, 3)
            fact(depth)
            trace.run(5, 6)
        trace.run(1)
    return trace


def at(
    trace: Trace, where: str, condition: Callable[[], bool] | None = None, *, library: bool = False
) -> tuple[str, int]:
    """The function and the offset of the instruction that is about to run there."""
    step = find(trace, parse(where), condition=condition, when="it", library=library)
    assert trace.step == step
    function = trace.target.function_at(trace.steps[step])
    return function.name, trace.steps[step] - function.low


def activation(trace: Trace) -> int:
    """Which call of its function the trace stands in, from 1."""
    row = trace.owners[trace.step]
    return trace.calls.rows_of({trace.rows[row].function.low}).index(row) + 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_function_is_shown_where_its_body_begins_in_the_call_asked_for(number: int) -> None:
    trace = recursion()
    assert at(trace, f"fact#{number}") == ("fact", 1)
    assert activation(trace) == number


def test_entry_is_the_first_instruction_and_return_the_last() -> None:
    trace = recursion()
    assert at(trace, "fact#2:entry") == ("fact", 0)
    assert activation(trace) == 2
    assert at(trace, "fact#2:return") == ("fact", 5)
    assert activation(trace) == 2
    assert at(trace, "_start:entry") == ("_start", 0)


def test_the_outer_call_returns_after_the_inner_one() -> None:
    trace = recursion()
    outer, inner = (find(trace, parse(f"fact#{n}:return")) for n in (1, 3))
    assert outer > inner


def test_a_body_that_recursion_reaches_first_is_not_the_outer_calls() -> None:
    """A prologue that calls (as for profiling) may get to the same address in an inner activation."""
    trace = Trace([FACT])
    with trace.call("fact"):
        trace.run(0)
        with trace.call("fact"):
            trace.run(0, 1, 5)
        trace.run(1, 5)
    at(trace, "fact#1")
    assert activation(trace) == 1
    at(trace, "fact#2")
    assert activation(trace) == 2


def test_lines_are_counted_by_arrivals() -> None:
    trace = recursion()
    assert at(trace, "3") == ("fact", 2)
    assert activation(trace) == 1
    assert at(trace, "main.c:3#3") == ("fact", 2)
    assert activation(trace) == 3


def test_a_line_of_the_first_instruction_of_the_run_counts() -> None:
    trace = Trace([MAIN])
    with trace.call("main"):
        trace.run(0, 1, 0)
    assert find(trace, parse("10")) == 0
    assert find(trace, parse("10#2")) == 2
    assert find(trace, parse("0x100#2")) == 2


def test_a_line_without_code_means_the_next_that_has_some() -> None:
    assert at(recursion(), "5") == ("main", 0)


def test_steps_crash_and_end() -> None:
    trace = recursion()
    assert find(trace, parse("step:4")) == 4
    assert find(trace, parse("end")) == trace.last_step
    trace.crash("stack overflow in fact")
    assert find(trace, parse("crash")) == trace.last_step


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("fib", "`fib` is never called: the program has no function of that name; functions called: main, fact"),
        ("helper", "`helper` is never called; functions called: main, fact"),
        ("fact#4", "`fact` is called only 3 times, so there is no call 4"),
        ("main#2", "`main` is called only once, so there is no call 2"),
        ("99", "there is no code at line 99 or after it"),
        ("other.c:3", "no source file 'other.c'"),
        ("30", "line 30 is never reached: it belongs to `helper`, which is never called; functions called: main, fact"),
        ("12#2", "`12#2` is reached only once"),
        ("3#4", "`3#4` is reached only 3 times"),
        ("step:100000", "beyond the end of the run"),
        ("crash", "the program does not crash: it exits with status 0"),
        ("0x999", "no instruction at 0x999 is ever run"),
    ],
)
def test_a_moment_that_never_comes_says_what_is_near(where: str, sentence: str) -> None:
    with pytest.raises(LocationError) as caught:
        at(recursion(), where)
    assert sentence in str(caught.value)


def test_a_function_that_is_only_inlined_is_shown_where_its_code_begins() -> None:
    function = Function("main", 0x100, 0x120, body=1, lines=((0, 10), (3, 11)), inlined=((3, "square"), (5, "cube")))
    trace = Trace([function, FACT])
    with trace.call("main"):
        trace.run(0, 1, 2, 3, 4, 3, 4)
    assert at(trace, "square") == ("main", 3)
    assert find(trace, parse("square#2")) == 5
    with pytest.raises(LocationError, match="`square#3` is reached only twice"):
        at(trace, "square#3")
    with pytest.raises(LocationError, match="it has no return instruction"):
        at(trace, "square:return")
    with pytest.raises(LocationError, match="none of that code ever runs"):
        at(trace, "cube")


def test_a_misspelt_function_is_guessed() -> None:
    with pytest.raises(LocationError) as caught:
        at(recursion(), "facct")
    assert caught.value.help == "did you mean fact?"


def test_a_function_that_crashes_in_its_prologue_has_no_body() -> None:
    trace = Trace([FACT])
    with trace.call("fact", left_by="end"):
        trace.run(0)
    trace.crash("stack overflow in fact")
    with pytest.raises(LocationError, match="before the body of `fact` begins: stack overflow in fact") as caught:
        at(trace, "fact")
    assert "fact:entry" in caught.value.help
    with pytest.raises(LocationError, match="never returns: it still runs when the program stops: stack overflow"):
        at(trace, "fact:return")


@pytest.mark.parametrize(("left_by", "words"), [("tail call", "a tail call"), ("jump", "longjmp or an exception")])
def test_a_call_without_a_return_instruction_says_how_it_was_left(left_by: str, words: str) -> None:
    trace = Trace([MAIN, FACT])
    with trace.call("main"):
        trace.run(0, 1, 2)
        with trace.call("fact", left_by=left_by):
            trace.run(0, 1, 2)
        trace.run(3)
    with pytest.raises(LocationError, match=words) as caught:
        at(trace, "fact:return")
    assert caught.value.help == "--at step:5 shows the jump"


def test_a_condition_narrows_what_is_counted() -> None:
    trace = recursion(5)
    held = lambda: activation(trace) in (2, 4)  # noqa: E731
    assert at(trace, "fact", held) == ("fact", 1)
    assert activation(trace) == 2
    at(trace, "fact#2", held)
    assert activation(trace) == 4
    at(trace, "3#2", held)
    assert activation(trace) == 4
    at(trace, "fact:return", held)
    assert activation(trace) == 2


def test_a_condition_that_is_never_true_says_how_often_it_was_asked() -> None:
    with pytest.raises(LocationError, match="'it' is not true at any of the 3 times that fact is reached"):
        at(recursion(), "fact", lambda: False)
    with pytest.raises(LocationError, match="'it' is not true at the only time that main is reached"):
        at(recursion(), "main", lambda: False)
    with pytest.raises(LocationError, match="'it' is false at end"):
        at(recursion(), "end", lambda: False)


def test_a_condition_without_a_value_is_told_unless_it_has_one_elsewhere() -> None:
    trace = recursion()

    def only_in_the_second() -> bool:
        if activation(trace) != 2:
            raise ExpressionError("no variable is called x")
        return True

    def never() -> bool:
        raise ExpressionError("no variable is called x")

    at(trace, "fact", only_in_the_second)
    assert activation(trace) == 2
    with pytest.raises(ExpressionError, match="no variable is called x"):
        at(trace, "fact", never)
    with pytest.raises(ExpressionError, match="no variable is called x"):
        at(trace, "end", never)
