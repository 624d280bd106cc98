"""Arguments and results as they were passed, on every instruction set: against what the source of a program passes."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

import stackglass
from stackglass.explain.convention import Passing, passing
from stackglass.explain.passing import arguments, result
from stackglass.model import Role
from stackglass.recording.replay import body_step, entry_step
from tests.needs import require
from tests.unit.isa.machines import MACHINES, Machine
from tests.unit.isa.signatures import support

_PROGRAM = """
struct mixed { double a; int b; };
struct alike { float a, b, c; };
struct words { int a[5]; };
struct two { long a, b; };
struct big { long long a; int b[6]; };
int many(int a, int b, int c, int d, int e, int f, int g, int h, int i, short j) { return a + j; }
long long wide(int a, long long b, int c, long long d, int e) { return b; }
double reals(float a, double b, float c) { return b; }
float single(float a) { return a; }
long double extended(char a, long double b) { return b; }
struct mixed mixed(struct mixed a, char b) { return a; }
struct alike alike(struct alike a, float b) { return a; }
struct big in_memory(struct big a, int b) { return a; }
int split(int a, int b, int c, struct words d, int e) { return e; }
int halves(int a, int b, int c, int d, int e, int f, int g, struct two h, int i) { return i; }
int late(long a, long b, long c, long d, long e, long f, long g, long h, struct big i, int j) { return j; }
int variadic(int a, double b, ...) { return a; }
double complex_(double _Complex a) { return 0; }
int main(void) {
  struct mixed m = {1.5, 7};
  struct alike f = {0.5f, 1.5f, 2.5f};
  struct words w = {{1, 2, 3, 4, 5}};
  struct two t = {-3, 4};
  struct big b = {-1, {1, 2, 3, 4, 5, 6}};
  many(1, 2, 3, 4, 5, 6, 7, 8, 9, -10);
  wide(1, -0x123456789aLL, 3, 0x42LL, 5);
  reals(0.5f, -2.25, 3.5f);
  single(0.75f);
  extended('x', 6.5L);
  mixed(m, 'y');
  alike(f, 8.5f);
  in_memory(b, 9);
  split(1, 2, 3, w, 5);
  halves(1, 2, 3, 4, 5, 6, 7, t, 9);
  late(1, 2, 3, 4, 5, 6, 7, 8, b, 10);
  variadic(1, 2.5, 3, 4.5, 5L);
  complex_(__builtin_complex(1.5, -2.0));
  return 0;
}
"""
_BIG = "{.a = -1, .b = {1, 2, 3, 4, 5, 6}}"
_VALUES = {
    "many": (["1", "2", "3", "4", "5", "6", "7", "8", "9", "-10"], "-9"),
    "wide": (["1", "-78187493530", "3", "66", "5"], "-78187493530"),
    "reals": (["0.5", "-2.25", "3.5"], "-2.25"),
    "single": (["0.75"], "0.75"),
    "extended": (["'x'", "6.5"], "6.5"),
    "mixed": (["{.a = 1.5, .b = 7}", "'y'"], "{.a = 1.5, .b = 7}"),
    "alike": (["{.a = 0.5, .b = 1.5, .c = 2.5}", "8.5"], "{.a = 0.5, .b = 1.5, .c = 2.5}"),
    "in_memory": ([_BIG, "9"], _BIG),
    "split": (["1", "2", "3", "{.a = {1, 2, 3, 4, 5}}", "5"], "5"),
    "halves": (["1", "2", "3", "4", "5", "6", "7", "{.a = -3, .b = 4}", "9"], "9"),
    "late": (["1", "2", "3", "4", "5", "6", "7", "8", _BIG, "10"], "10"),
    "variadic": (["1", "2.5"], "1"),
    "complex_": (["1.5 - 2.0i"], "0.0"),
}
"""The arguments and the result of each function's call."""

_CASES = [(machine, compiler) for machine in MACHINES for compiler in ("gcc", machine.other_compiler)]


@pytest.fixture(scope="module")
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> stackglass.Recording:
    """A run of the program on one instruction set, without optimisation."""
    machine: Machine = request.param[0]
    compiler: str = request.param[1]
    require(compiler, *machine.needs)
    folder = tmp_path_factory.mktemp("passing")
    source, program = folder / "passing.c", folder / "passing"
    source.write_text(_with_support(machine))
    for command in machine.commands(compiler, str(source), str(program), "-g", "-O0", "-fno-omit-frame-pointer"):
        subprocess.run(command, check=True)
    return stackglass.record(str(program))


def _asked(*, by_debug_info: bool) -> list[Any]:
    """What is asked of whose programs, but for what a compiler passes, or describes, in its own way: docs/limits.md."""
    return [
        pytest.param((machine, compiler), function, id=f"{machine.name}-{compiler}-{function}")
        for machine, compiler in _CASES
        for function in _VALUES
        if compiler == "gcc"
        or not (
            (function == "complex_" and machine.is_complex_of_gcc)
            or (function == "late" and machine.name == "powerpc" and by_debug_info)
        )
    ]


every_call = pytest.mark.parametrize(("recorded", "function"), _asked(by_debug_info=False), indirect=["recorded"])
every_call_as_told = pytest.mark.parametrize(
    ("recorded", "function"), _asked(by_debug_info=True), indirect=["recorded"]
)


def _with_support(machine: Machine) -> str:
    begin, *rest = machine.assembly.splitlines()
    lines = [begin, ".globl _start", *(line for line in rest if line.startswith(("_start", ".att_syntax")))]
    assembly = "\n".join(f'"{line}\\n"' for line in lines)
    return f"{support(machine)}\n__asm__({assembly});\n{_PROGRAM}"


def _call(recording: stackglass.Recording, function: str) -> tuple[int, Passing]:
    (found,) = recording.target.functions_named(function)
    (row,) = recording.calls.rows_of({found.low})
    rules = passing(recording, row)
    assert rules is not None
    return row, rules


@every_call
def test_values_are_those_of_the_source(recorded: stackglass.Recording, function: str) -> None:
    row, rules = _call(recorded, function)
    expected, returned = _VALUES[function]
    assert [passed.value for passed in arguments(recorded, row, rules, {})] == expected
    back = result(recorded, row, rules)
    assert back is not None
    assert back.value == returned, back


@every_call_as_told
def test_parameters_are_known_from_the_first_instruction_on(recorded: stackglass.Recording, function: str) -> None:
    row, rules = _call(recorded, function)
    entry = entry_step(recorded, row)
    body = body_step(recorded, row, entry)
    assert body is not None
    for step in (entry, body):
        parameters = recorded.snapshot(step).frames[0].parameters
        for parameter, expected, place in zip(parameters, _VALUES[function][0], rules.places.arguments, strict=True):
            # gcc for RISC-V says of a struct that it is where a register points which it has overwritten by then.
            lost = step == body and place.by_reference and parameter.value is None
            assert lost or parameter.value == expected, (step - entry, parameter)


@every_call_as_told
def test_what_lies_on_the_stack_is_the_callers_outgoing_argument(recorded: stackglass.Recording, function: str) -> None:
    row, rules = _call(recorded, function)
    entry = entry_step(recorded, row)
    body = body_step(recorded, row, entry)
    assert body is not None
    callers = recorded.snapshot(body).frames[1]
    cfa = recorded.calls.cfa(row)
    outgoing = {slot.address - cfa: slot for slot in callers.slots if slot.role is Role.OUTGOING_ARGUMENT}
    for name, place in zip(rules.names, rules.places.arguments, strict=True):
        for offset, part in place.stack_parts:
            slot = outgoing[offset]
            assert slot.name == name
            assert slot.offset == part.offset
            if not part.offset and not place.by_reference:
                assert slot.value == _VALUES[function][0][rules.names.index(name)]
    copied = "a copy whose address is passed"
    named = [slot for slot in outgoing.values() if slot.name is not None and copied not in (slot.note or "")]
    assert len(named) == sum(len(place.stack_parts) for place in rules.places.arguments)
    pointer = rules.places.hidden_result_pointer
    if pointer is not None and pointer.stack_offset is not None:
        assert outgoing[pointer.stack_offset].note == "where the result goes"
