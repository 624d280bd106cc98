"""Compilers' out-of-line code that saves and restores registers is a part of the function that goes there."""

from __future__ import annotations

import pytest

import stackglass
from stackglass import Role, explain
from stackglass import isa as isas
from stackglass.explain.decoded_calls import DecodedCalls
from stackglass.recording.recording import Recording
from tests.explained import check_order, check_step, steps_of
from tests.needs import require

SOURCE = """
__attribute__((noinline)) int leaf(int a, int b) { __asm__ volatile("" ::: "memory"); return a * b + 3; }
__attribute__((noinline)) double floats(double a, double b, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) { s += a * leaf(i, n); b = b * 1.5 + s; }
    return s + b + a;
}
__attribute__((noinline)) int many(int a, int b, int c, int d)
{
    int e = leaf(a, b), f = leaf(c, d), g = leaf(a, c), h = leaf(b, d), i = leaf(a, d), j = leaf(b, c);
    int k = leaf(e, f), l = leaf(g, h), m = leaf(i, j), n = leaf(k, l), o = leaf(e, g), p = leaf(f, h);
    return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
}
__attribute__((noinline)) int again(int n) { return n ? leaf(n, many(n, 2, 3, 4)) + again(n - 1) : floats(1, 2, 3); }
int main(void) { return again(2) & 1; }
"""
FLAGS = {"powerpc": "-Os", "riscv64": "-Os -msave-restore -fomit-frame-pointer"}
OWN = ("leaf", "floats", "many", "again", "main")


@pytest.fixture(scope="module", params=FLAGS)
def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    isa = request.param
    require(f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    source = tmp_path_factory.mktemp(isa) / "program.c"
    source.write_text(SOURCE)
    recording: Recording = stackglass.record(source, isa=isa, cflags=FLAGS[isa])
    return recording


def in_shared_code(recording: Recording) -> list[int]:
    """The steps at which the program, from main on, is in such code."""
    isa, target = recording.isa, recording.target
    (row,) = recording.calls.rows_of({target.functions_named("main")[0].low})
    found = []
    last = recording.calls.return_step(row) or recording.last_step
    for step in range(recording.calls.call_step(row) + 1, last):
        recording.seek(step)
        function = target.function_at(recording.registers()[isa.pc])
        if function is not None and isa.is_shared_code(function.symbol):
            found.append(step)
    return found


def registers_at(recording: Recording, moment: str) -> dict[str, int]:
    step = recording.at(moment).step
    assert step is not None
    recording.seek(step)
    return recording.registers()


def test_it_is_no_call_and_no_tail_call(recording: Recording) -> None:
    calls = DecodedCalls(recording).decoded(range(len(recording.calls)))
    own = [call for call in calls if not call.library]
    assert {call.function for call in own} == set(OWN)
    assert {call.left_by for call in own} == {"return"}
    assert [call.return_value for call in own if call.function == "many"] == ["11638", "5862"]
    assert not [call for call in calls if call.function and recording.isa.is_shared_code(call.function)]


def test_whoever_runs_it_is_the_running_function(recording: Recording) -> None:
    steps = in_shared_code(recording)
    assert len(steps) > 60
    for step in steps:
        moment = recording.at(f"step:{step}")
        functions = [frame.function for frame in moment.frames]
        assert functions[0] in OWN, step
        assert functions[: functions.index("main") + 1].count(functions[0]) <= 3
        assert moment.frames[0].cfa is not None
        assert moment.frames[0].line is not None
        frame = moment.frames[1]
        kept = [slot for slot in frame.slots if slot.role is Role.SAVED_REGISTER]
        assert frame.function != "again" or kept, step


def test_return_stands_before_its_return_instruction(recording: Recording) -> None:
    assert recording.at("many:return").frames[0].function == "many"
    before, after = (registers_at(recording, moment) for moment in ("many:entry", "many:return"))
    kept = recording.isa.callee_saved
    assert kept and [after[name] for name in kept] == [before[name] for name in kept]
    assert after[recording.isa.integer_results[0]] == 11638


def test_its_instructions_are_told_with_the_function_s(recording: Recording) -> None:
    explained = explain.call(recording, "many")
    check_order(explained)
    steps = steps_of(explained)
    shared = [step for step in steps if step.function and recording.isa.is_shared_code(step.function)]
    assert len(shared) > 10
    for step in shared:
        check_step(recording, step)
    assert any("saved" in step.words or "takes back" in step.words for step in shared)
