"""Wrong arguments of the Python API: each ends in one clear sentence, never in an error from the depths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stackglass
from tests.needs import require

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "call.c"


@pytest.fixture(scope="module")
def recording() -> Any:
    require("gcc")
    return stackglass.record(EXAMPLE)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda it: it.at(None), "a string, not None"),
        (lambda it: it.at(1.5), "a string, not 1.5"),
        (lambda it: it.at("add", when=5), "the expression that narrows a moment is a string, not 5"),
        (lambda it: it.at(-1), "a step is at least 0, not -1"),
        (lambda it: it.snapshot("x"), "a step is a whole number, not 'x'"),
        (lambda it: it.seek(1.5), "a step is a whole number, not 1.5"),
        (lambda it: it.advance(-5), "the number of steps is at least 0, not -5"),
        (lambda it: it.run_to(5), "the addresses are a list of whole numbers, not 5"),
        (lambda it: it.run_to(["x"]), "one of the addresses is a whole number, not 'x'"),
        (lambda it: it.run_to_write(16, 8), "the end of the range is at least 16, not 8"),
        (lambda it: it.read_memory(it.registers()["rsp"], -8), "a size is at least 0, not -8"),
        (lambda it: it.read_memory("x", 8), "an address is a whole number, not 'x'"),
        (lambda it: it.output_until(5, 3), "a program's output is stream 1 or 2, not 3"),
        (lambda it: it.calls.call(10**6), "there is no call in row 1000000: the history has rows 0 to "),
        (lambda it: it.calls.call(-1), "there is no call in row -1"),
        (lambda it: it.calls.cfa("x"), "there is no call in row 'x'"),
        (lambda it: it.calls.row_at(-1), "a step is at least 0, not -1"),
        (lambda it: it.calls.rows_of(5), "the entries are a list of whole numbers, not 5"),
    ],
)
def test_a_question_that_makes_no_sense(recording: Any, ask: Callable[[Any], object], sentence: str) -> None:
    with pytest.raises(stackglass.StackglassError) as raised:
        ask(recording)
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"args": [5]}, "the program's arguments are strings, and 5 is none"),
        ({"args": "5"}, "the program's arguments are a list of strings, not '5'"),
        ({"args": ["a\0b"]}, "the program's arguments can't have a zero byte in them"),
        ({"max_steps": "x"}, "max_steps is a whole number, not 'x'"),
        ({"max_steps": -1}, "max_steps is at least 0, not -1"),
        ({"stdin": "5"}, "standard input is bytes, or a function that gives some, not '5'"),
        ({"environment": ["a"]}, "the environment is a mapping of strings to strings, not ['a']"),
        ({"environment": {"a": 1}}, "the environment's names and values are strings, and 1 is none"),
        ({"seed": "x"}, "the seed is a whole number, not 'x'"),
        ({"stack_size": 1.5}, "the size of the stack is a whole number, not 1.5"),
        ({"terminals": 5}, "the streams that are terminals are a list of whole numbers, not 5"),
        ({"optimise": 2}, "the option 'optimise' is a string, not 2"),
        ({"sources": "a.c"}, "the sources are a list of paths, not 'a.c'"),
        ({"root": 5}, "the root is a path, as a string or a Path, and not 5"),
        ({"options": {}}, "options are a stackglass.Options, not {}"),
        ({"progress": 5}, "progress is a function that is told the step, not 5"),
        ({"on_output": 5}, "the option 'on_output' is a function, not 5"),
    ],
)
def test_an_option_of_the_wrong_kind(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(stackglass.StackglassError) as raised:
        stackglass.record(EXAMPLE, **wrong)
    assert sentence in str(raised.value)


@pytest.mark.parametrize("program", [b"call.c", None, 5])
def test_a_program_that_is_no_path(program: Any) -> None:
    with pytest.raises(stackglass.StackglassError, match="the program is a path, as a string or a Path, and not "):
        stackglass.record(program)
