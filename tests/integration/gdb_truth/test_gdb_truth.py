"""gdb on the program running natively, and we on our recording of it, say the same at hundreds of stops.

Function names, lines, call sites, CFAs, saved registers' places, variables' places and values; and the expressions of
--when give for every variable what gdb prints. gdb's made-up tail-call frames are left aside.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

import stackglass
from stackglass.recording.expressions import Expression
from stackglass.recording.scope import MomentScope, ProgramNames
from tests.integration.gdb_truth.compare import Comparison, IsWritten
from tests.integration.gdb_truth.truth import (
    BUILDS,
    FOREIGN_BUILDS,
    FOREIGN_SOURCES,
    SOURCES,
    Build,
    Json,
    arrivals,
    build,
    collect,
)

NOT_COMPARED: dict[Build, tuple[str, ...]] = {
    # In registers that recordings do not read: the x87 stack's on x86-64.
    Build("floats.c", "gcc", "2"): ("ld:", "ld is [None] (register number 33)"),
    # Wrong in gdb: it shows `sum`, in xmm3, as a number that no register has, while $xmm3 is right.
    Build("structs.c", "zig", "2", "i386"): ("sum is",),
    # Wrong in qemu's stub: it numbers the x87's registers as they physically are, and `sum` adds what is in st0.
    Build("struct_by_value.c", "gcc", "2", "i386"): ("sum is",),
    # Wrong in gcc, and so in gdb: what the call sites of main say of r0 is 8 bytes below what the code puts there.
    Build("arrays.c", "gcc", "2", "arm"): ("matrix is", "sum is"),
    Build("unions.c", "gcc", "2", "arm"): ("t is",),
    # Wrong in gcc, and so in gdb: behind the epilogue's first instruction it has held[0] at the CFA; it is 32 below.
    Build("alloca.c", "gcc", "2", "aarch64"): ("first is",),
    # Likewise: behind the loop it has held[0] at r31+24, where the prologue saved r26; it is at r31+8.
    Build("alloca.c", "gcc", "2", "powerpc"): ("first is",),
    # Counted from SP, which `leave` has moved: gdb counts from where it is then.
    Build("pointers.c", "gcc", "2", "i386"): ("the expression numbers[",),
    Build("structs.c", "gcc", "2", "i386"): ("triangle.area is 6.5, not", "triangle.weight is -7, not"),
    Build("unions.c", "gcc", "2", "i386"): (
        "t.kind is 2, not",
        "t.integer is 65, not",
        "t.real is 42.50000000000046, not",
    ),
    # Described twice by gcc in a copy of a function, once as it would have been passed: gdb takes that.
    Build("varargs.c", "gcc", "2", "riscv64"): ("count is", "count: ", "the expression count"),
    Build("varargs.c", "gcc", "2", "powerpc"): ("count is", "count: ", "the expression count"),
    Build("varargs.c", "thumb", "2", "arm"): ("count is", "count: ", "the expression count"),
    # An address on the stack, not compared as one: the array lies where the back chain was before it was made.
    Build("vla.c", "gcc", "0", "powerpc"): ("cells[1][2] is",),
    # Wrong in clang, and so in gdb: its rules lag behind in prologues, and tell of no epilogue.
    **{Build(source, "zig", "2", "powerpc"): ("CFA is",) for source in ("many_arguments.c", "structs.c")},
    # In a register all through its block, says gcc, although that is set later: what a library function left there.
    **{
        Build("varargs.c", "gcc", "2", isa): ("whole is", "count is", "count: ", "the expression count")
        for isa in ("i386", "arm", "aarch64")
    },
}
"""What differs and is known to: words of the sentences."""
FEWER = 16
"""Stops on another instruction set than the host's: each costs qemu and gdb some milliseconds."""
FEWEST = {"big_frame.c": 6}
"""Where each stop means to compare thousands of bytes."""


def test_there_are_programs_enough() -> None:
    assert len(SOURCES) >= 25
    assert len(FOREIGN_SOURCES) >= 12


@pytest.mark.parametrize("wanted", BUILDS, ids=str)
def test_every_stop_is_as_gdb_has_it(wanted: Build, tmp_path: Path) -> None:
    elf = build(wanted, tmp_path)
    stops = collect(elf, wanted)
    assert len(stops) >= (20 if wanted.level == "0" else 1)
    check(wanted, elf, stops)


@pytest.mark.parametrize("wanted", FOREIGN_BUILDS, ids=str)
def test_other_instruction_sets_are_as_gdb_and_qemu_have_them(wanted: Build, tmp_path: Path) -> None:
    elf = build(wanted, tmp_path)
    most = FEWEST.get(wanted.source, FEWER)
    stops = collect(elf, wanted, stops=most, hits=1, places=most)
    assert len(stops) >= (most // 2 if wanted.level == "0" else 1)
    check(wanted, elf, stops)


def check(wanted: Build, elf: Path, stops: list[Json]) -> None:
    """AssertionError with all differences, if there are any."""
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
        known = [each for each in found if any(words in each for words in NOT_COMPARED.get(wanted, ()))]
        found = [each for each in found if each not in known]
        checked += comparison.checked + len(known)
        function = stop["frames"][0]["function"]
        wrong += [f"step {recording.step}, {function}, {stop['pc']:#x}#{stop['hit']}: {each}" for each in found]
    assert not wrong, "\n".join([f"{len(wrong)} differences", *wrong[:40]])
    assert checked >= (2 if wanted.level == "0" else 1) * len(stops)


def is_in_body(recording: stackglass.Recording, stop: Json, wanted: Build) -> bool:
    """Whether the running function has made its frame, and has not begun to give it back."""
    function = recording.target.function_at(stop["pc"])
    if function is None or stop["pc"] < recording.target.body_address(function):
        return False
    if not wanted.is_clang:
        return True
    if wanted.level == "0":
        physical = next(frame for frame in stop["frames"] if frame["kind"] == "normal")
        saved = physical["saved"].get(wanted.frame_pointer)
        return stop["fp"] - physical["cfa"] in (saved, 0)
    # clang counts from SP, which must stand where it stands in the body: gdb looks at no more than that.
    calls, row = recording.calls, recording.calls.row_at(recording.step)
    return recording.registers()[recording.isa.stack_pointer] == calls.own_lowest_sp(row)


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
    if hides_inlined_calls(comparison.stop):
        return []
    scope = MomentScope(recording.moment(), names)
    compared = [each for each in visible(innermost) if not comparison.is_beyond_gdb(each["name"])]
    return [difference for variable in compared for difference in _evaluated(variable, comparison, scope)]


def hides_inlined_calls(stop: Json) -> bool:
    """Whether gdb doesn't count an inlined call yet, since its first instruction has not run."""
    physical = next(frame for frame in stop["frames"] if frame["kind"] == "normal")
    return bool(stop["frames"].index(physical) != len(physical["inlined"]))


def visible(frame: Json) -> list[Json]:
    """The variables that a name in an expression means: of each name the innermost, and the second of what gcc
    describes twice, in a copy of a function."""
    found: dict[str, Json] = {}
    for variable in frame["variables"]:
        name, depth = variable["name"], variable["depth"]
        if name is not None and found.get(name, variable)["depth"] == depth:
            found[name] = variable
    return [variable for variable in found.values() if variable["place"] in ("memory", "register")]


def _evaluated(variable: Json, comparison: Comparison, scope: MomentScope) -> list[str]:
    wrong = []
    for path, kind, number, *words in variable.get("leaves", ()):
        if kind == "other" or ("[" in path and not path.startswith("[")):
            continue
        text = f"&({variable['name']}{path})" if kind == "reference" else f"{variable['name']}{path}"
        try:
            if is_on_stack(variable) and not comparison.is_written(
                0, *_extent(variable, path, kind, comparison, scope)
            ):
                continue
            result = Expression(text).evaluate(scope)
        except stackglass.StackglassError as error:
            # Where only a part of a variable is known, gdb makes up the rest; what a callee left is no value either.
            is_left_over = is_on_stack(variable) and "has not written it" in str(error)
            if not is_left_over and not (path and variable["place"] == "register"):
                wrong.append(f"{text}: {error}")
            continue
        comparison.checked += 1
        shown = hex(int(result.value)) if kind in ("pointer", "reference") else _shown(kind, result.value, words)
        if not comparison.same(kind, number, words, shown, 4 if result.type == "float" else 8):
            wrong.append(f"the expression {text} is {shown}, not {number}")
    return wrong


def is_on_stack(variable: Json) -> bool:
    """Whether it lies in the frame, so that it has a value only once it has been written."""
    return variable["place"] == "memory" and not variable["static"]


def _extent(variable: Json, path: str, kind: str, comparison: Comparison, scope: MomentScope) -> tuple[int, int]:
    """The bytes that a leaf rests on; the whole variable's for a bit-field, which has no address."""
    start, size = variable["address"] - comparison.gdb_sp + comparison.our_sp, variable["size"]
    if path and kind != "reference":
        text = f"{variable['name']}{path}"
        with contextlib.suppress(stackglass.errors.ExpressionError):
            start, size = (int(Expression(f"{ask}({text})").evaluate(scope).value) for ask in ("&", "sizeof "))
    return start, start + size


def _shown(kind: str, value: object, words: list[str]) -> str:
    if kind == "bool":
        return "true" if value else "false"
    return repr(float(value)) if kind == "float" else str(value)  # type: ignore[arg-type]
