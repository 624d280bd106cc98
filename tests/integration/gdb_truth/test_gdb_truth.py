"""gdb on the program running natively, and we on our recording of it, say the same at hundreds of stops.

Function names, lines, call sites, CFAs, saved registers' places, variables' places and values; and the expressions of
--when give for every variable what gdb prints. gdb's made-up tail-call frames are left aside.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass.recording.expressions import Expression
from stackglass.recording.scope import MomentScope, ProgramNames
from tests.integration.gdb_truth.compare import Comparison, IsWritten
from tests.integration.gdb_truth.truth import BUILDS, SOURCES, Build, Json, arrivals, build, collect


def test_there_are_programs_enough() -> None:
    assert len(SOURCES) >= 25


@pytest.mark.parametrize("wanted", BUILDS, ids=str)
def test_every_stop_is_as_gdb_has_it(wanted: Build, tmp_path: Path) -> None:
    elf = build(wanted, tmp_path)
    stops = collect(elf, wanted.source)
    assert len(stops) >= 8
    recording = stackglass.record(elf)
    names = ProgramNames(recording.target)
    wrong: list[str] = []
    checked = 0
    for stop in arrivals(recording, stops):
        comparison = Comparison(
            stop,
            recording.snapshot(),
            written_in(recording),
            in_body=is_in_body(recording, stop, wanted),
            lowest_sp=recording.calls.own_lowest_sp(recording.calls.row_at(recording.step)),
        )
        found = [*comparison.differences(), *expressions_that_differ(comparison, recording, names)]
        checked += comparison.checked
        function = stop["frames"][0]["function"]
        wrong += [f"step {recording.step}, {function}, {stop['pc']:#x}#{stop['hit']}: {each}" for each in found]
    assert not wrong, "\n".join([f"{len(wrong)} differences", *wrong[:40]])
    assert checked > 3 * len(stops)


def is_in_body(recording: stackglass.Recording, stop: Json, wanted: Build) -> bool:
    """Whether the running function has made its frame, and has not begun to give it back."""
    function = recording.target.function_at(stop["pc"])
    if function is None or stop["pc"] < recording.target.body_address(function):
        return False
    physical = next(frame for frame in stop["frames"] if frame["kind"] == "normal")
    return wanted.level != "0" or bool(stop["fp"] == physical["cfa"] - 16)


def written_in(recording: stackglass.Recording) -> IsWritten:
    """Whether bytes were written since the call of a frame's activation."""
    moment = recording.moment()
    activations = moment.activations

    def is_written(index: int, low: int, high: int) -> bool:
        since = activations[index].call_step or 0
        assert moment.writes is not None
        return all(run.step is not None and run.step >= since for run in moment.writes.runs(low, high))

    return is_written


def expressions_that_differ(comparison: Comparison, recording: stackglass.Recording, names: ProgramNames) -> list[str]:
    """The innermost frame's variables as expressions."""
    innermost = comparison.stop["frames"][0]
    if not innermost["own"] or innermost["kind"] == "tail call" or not comparison.in_body:
        return []
    scope = MomentScope(recording.moment(), names)
    return [each for variable in visible(innermost) for each in _evaluated(variable, comparison, scope)]


def visible(frame: Json) -> list[Json]:
    """The variables that a name in an expression means: of each name the innermost."""
    found: dict[str, Json] = {}
    for variable in frame["variables"]:
        if variable["name"] is not None:
            found.setdefault(variable["name"], variable)
    return [variable for variable in found.values() if variable["place"] in ("memory", "register")]


def _evaluated(variable: Json, comparison: Comparison, scope: MomentScope) -> list[str]:
    wrong = []
    for path, kind, number, *words in variable.get("leaves", ()):
        if kind == "other" or ("[" in path and not path.startswith("[")):
            continue
        text = f"&({variable['name']}{path})" if kind == "reference" else f"{variable['name']}{path}"
        try:
            result = Expression(text).evaluate(scope)
        except stackglass.StackglassError as error:
            wrong.append(f"{text}: {error}")
            continue
        if (
            variable["place"] == "memory"
            and not variable["static"]
            and not _is_written(variable, path, comparison, scope)
        ):
            continue
        comparison.checked += 1
        shown = hex(int(result.value)) if kind in ("pointer", "reference") else _shown(kind, result.value, words)
        if not comparison.same(kind, number, words, shown, 4 if result.type == "float" else 8):
            wrong.append(f"the expression {text} is {shown}, not {number}")
    return wrong


def _is_written(variable: Json, path: str, comparison: Comparison, scope: MomentScope) -> bool:
    """Whether the bytes that an expression is about were written in the innermost activation; all, for a bit-field."""
    start, size = variable["address"] - comparison.gdb_sp + comparison.our_sp, variable["size"]
    whole = Expression(f"{variable['name']}{path}").evaluate(scope)
    if whole.address is not None and path:
        start, size = whole.address, int(Expression(f"sizeof({variable['name']}{path})").evaluate(scope).value)  # type: ignore[arg-type]
    return comparison.is_written(0, start, start + size)


def _shown(kind: str, value: object, words: list[str]) -> str:
    if kind == "bool":
        return "true" if value else "false"
    return repr(float(value)) if kind == "float" else str(value)  # type: ignore[arg-type]
