"""Calls explained: every change that a step makes is told, nothing else is, and the sentences are right to the byte."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass import explain
from stackglass.errors import LocationError
from stackglass.model.explanation import ExplainedCall, ExplainedStep, FoldedSteps, FoldKind, PhaseName
from stackglass.recording.recording import Recording
from tests.explained import check_order, check_step, own_calls, steps_of
from tests.needs import require


@cache
def _recorded(path: Path, **options: Any) -> Recording:
    require("gcc")
    recording: Recording = stackglass.record(path, **options)
    return recording


def _folded(explained: ExplainedCall, kind: FoldKind) -> list[FoldedSteps]:
    told = [told for phase in explained.phases for told in phase.told]
    return [each for each in told if isinstance(each, FoldedSteps) and each.kind is kind]


# ---- every change, and nothing else ----

_PROGRAMS = [
    ("alloca_vla.c", {}),
    ("arguments8.c", {"optimise": "2"}),
    ("asm_leaf.s", {}),
    ("canary.c", {"cflags": "-fstack-protector-all"}),
    ("floating.c", {}),
    ("longjmp.c", {}),
    ("qsort_callback.c", {}),
    ("recursion.c", {"optimise": "2"}),
    ("red_zone.c", {}),
    ("struct_array.c", {}),
    ("tail_call.c", {"optimise": "2"}),
    ("variadic.c", {}),
    ("exceptions.cpp", {}),
]


@pytest.mark.parametrize(("name", "options"), _PROGRAMS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_change_is_told_and_nothing_else(name: str, options: dict[str, str], examples: Path) -> None:
    require("g++" if name.endswith(".cpp") else "gcc")
    recording = _recorded(examples / name, **options)
    checked = 0
    for row in own_calls(recording):
        explained = explain.explain_row(recording, row)
        check_order(explained)
        for told in steps_of(explained):
            check_step(recording, told)
            checked += 1
    assert checked > 3


# ---- the walk that every textbook makes ----


@pytest.fixture(scope="module")
def call_c(examples_folder: Path) -> Recording:
    return _recorded(examples_folder / "call.c")


@pytest.fixture(scope="module")
def examples_folder() -> Path:
    return Path(__file__).resolve().parents[2] / "examples"


def _words(steps: list[ExplainedStep], disassembly: str) -> str:
    return next(step.words for step in steps if re.fullmatch(disassembly, step.disassembly))


def _registers(recording: Recording, step: int) -> Mapping[str, int]:
    recording.seek(step)
    return dict(recording.registers())


def test_calling_calculate(call_c: Recording) -> None:
    explained = explain.call(call_c, "calculate")
    assert (explained.caller, explained.number, explained.left_by) == ("main", 1, "return")
    (call,) = steps_of(explained, PhaseName.CALL)
    back = call.pc + len(call.code)
    words = f"pushes the return address {back:#x}, the instruction after this call, and jumps to calculate"
    assert call.words == words
    before = _registers(call_c, call.step)
    changes = {change.name: change for change in call.changes}
    assert changes["return address"].after == f"{back:#x}"
    assert changes["return address"].address == before["rsp"] - 8
    assert changes["rsp"].after == f"{before['rsp'] - 8:#x}"


def test_calculate_makes_its_frame(call_c: Recording) -> None:
    explained = explain.call(call_c, "calculate")
    steps = steps_of(explained, PhaseName.PROLOGUE)
    entry = _registers(call_c, explained.call_step + 1)
    frame = entry["rsp"] - 8
    assert _words(steps, "push rbp") == (
        f"saves the caller's rbp on the stack: rsp goes down by 8 to {frame:#x}, and {entry['rbp']:#x} is stored there"
    )
    assert _words(steps, "mov rbp, rsp") == (
        f"makes rbp point at this frame ({frame:#x}): from here on locals have fixed distances from it"
    )
    assert _words(steps, "sub rsp, 0x10") == f"reserves 16 bytes for locals: rsp goes down to {frame - 16:#x}"
    body = steps_of(explained, PhaseName.BODY)
    assert _words(body, r"mov dword ptr \[rbp - 4\], 3") == f"puts 3 into left (rbp-4 = {frame - 4:#x}), an int"
    assert _words(body, r"mov dword ptr \[rbp - 8\], 4") == f"puts 4 into right (rbp-8 = {frame - 8:#x}), an int"


def test_add_is_given_its_arguments(call_c: Recording) -> None:
    explained = explain.call(call_c, "add")
    assert [(a.name, a.type, a.value, a.place) for a in explained.arguments] == [
        ("a", "int", "3", "edi"),
        ("b", "int", "4", "esi"),
    ]
    for argument, register in zip(explained.arguments, ("rdi", "rsi"), strict=True):
        rule = f"integers and pointers go in rdi, rsi, rdx, rcx, r8, r9; {register} is the next (psABI 3.2.3)"
        assert argument.reason == rule
        step = next(step for step in steps_of(explained, PhaseName.ARGUMENTS) if step.step == argument.step)
        assert register in {change.name for change in step.changes}
    assert explained.result is not None
    assert (explained.result.value, explained.result.place) == ("7", "eax")
    loads = [step.words for step in steps_of(explained, PhaseName.ARGUMENTS)]
    assert any(words.startswith("argument 1 (a): ") and "left's value 3" in words for words in loads)
    assert any(words.startswith("argument 2 (b): ") and "right's value 4" in words for words in loads)


def test_add_keeps_its_values_in_the_red_zone(call_c: Recording) -> None:
    explained = explain.call(call_c, "add")
    frame = _registers(call_c, explained.call_step + 1)["rsp"] - 8
    stores = [step for step in steps_of(explained, PhaseName.PROLOGUE) if step.disassembly.endswith("edi")]
    (place,) = re.findall(r"rbp - (0x[0-9a-f]+)", stores[0].disassembly)
    offset = int(place, 16)
    assert stores[0].words == (
        f"stores a, which came in edi (3), in its slot, rbp-{offset} = {frame - offset:#x}, in the red zone below rsp"
    )
    assert _words(steps_of(explained, PhaseName.BODY), "add eax, edx").endswith(" becomes 7")


def test_add_returns(call_c: Recording) -> None:
    explained = explain.call(call_c, "add")
    entry = _registers(call_c, explained.call_step + 1)
    (epilogue,) = steps_of(explained, PhaseName.EPILOGUE)
    assert epilogue.words == f"takes back the caller's rbp, {entry['rbp']:#x}: rsp goes up by 8 to {entry['rsp']:#x}"
    (leaving,) = steps_of(explained, PhaseName.RETURN)
    assert leaving.words == "pops the return address into rip: back in calculate, call.c:20"
    after = _registers(call_c, explained.return_step or 0)
    assert after["rsp"] == _registers(call_c, explained.call_step)["rsp"]
    assert [change.after for change in leaving.changes] == [f"{after['rsp']:#x}", f"{after['rip']:#x}"]


def test_calculate_takes_its_frame_down(call_c: Recording) -> None:
    explained = explain.call(call_c, "calculate")
    entry = _registers(call_c, explained.call_step + 1)
    (leave,) = steps_of(explained, PhaseName.EPILOGUE)
    assert leave.words == (
        f"takes the frame down: rsp goes up to where rbp points, and the caller's rbp, {entry['rbp']:#x}, is popped"
        f" from there; rsp is now {entry['rsp']:#x}"
    )
    (after,) = steps_of(explained, PhaseName.AFTER)
    assert after.words.startswith("puts calculate's result 7 (in eax) into result (rbp-4 = ")


def test_what_calculate_calls_is_one_line(call_c: Recording) -> None:
    (add,) = _folded(explain.call(call_c, "calculate"), FoldKind.CALL)
    row = explain.call(call_c, "add")
    assert (add.step, add.end_step) == (row.call_step + 1, row.return_step)
    assert add.words == f"add(3, 4) runs for {add.end_step - add.step} steps and returns 7"
    assert (add.function, add.result) == ("add", "7")


def test_pictures_show_the_call(call_c: Recording) -> None:
    explained = explain.call(call_c, "calculate")
    titles = ["after the call", "after the prologue", "at its deepest", "after the return"]
    assert [picture.title for picture in explained.pictures] == titles
    innermost = [picture.snapshot.frames[0].function for picture in explained.pictures]
    assert innermost == ["calculate", "calculate", "add", "main"]
    steps = [picture.snapshot.step for picture in explained.pictures]
    assert steps[0] == explained.call_step + 1
    assert steps[-1] == explained.return_step


# ---- other calls ----

_LOOPS = """
int nested(int w, int h) {
    int sum = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            sum += x;
    return sum;
}
long many(int n) { long sum = 0; for (int i = 0; i < n; i++) sum += i; return sum; }
int main(void) { return nested(5, 6) == 60 && many(30000) == 449985000 ? 0 : 1; }
"""


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    source = tmp_path_factory.mktemp("loops") / "loops.c"
    source.write_text(_LOOPS)
    return _recorded(source)


def test_loops_are_folded_after_two_rounds(loops: Recording) -> None:
    explained = explain.call(loops, "nested")
    *inner, outer = _folded(explained, FoldKind.LOOP)
    assert [fold.times for fold in inner] == [3, 3]
    assert [fold.words for fold in inner] == [
        "the loop goes on like this: 3 more rounds; sum: 1 → 10, x: 2 → 5",
        "the loop goes on like this: 3 more rounds; sum: 11 → 20, x: 2 → 5",
    ]
    assert outer.times == 4
    assert outer.words.startswith("the loop goes on like this: 4 more rounds; sum: 20 → 60")
    conditions = [step.words for step in steps_of(explained, PhaseName.BODY) if step.disassembly.startswith("j")]
    assert conditions[-1] == "y (6) is not less than h (6), so goes on"
    check_order(explained)


def test_full_tells_all(loops: Recording) -> None:
    explained = explain.call(loops, "nested", full=True)
    assert not _folded(explained, FoldKind.LOOP)
    assert explained.return_step is not None
    inside = [step for step in steps_of(explained) if explained.call_step < step.step < explained.return_step]
    assert len(inside) == explained.return_step - explained.call_step - 1


def test_a_loop_of_many_rounds_is_skipped(loops: Recording) -> None:
    explained = explain.call(loops, "many")
    (fold,) = _folded(explained, FoldKind.LOOP)
    assert re.search(r"for [0-9,]+ steps; sum: 1 → 449985000, i: 2 → 30000", fold.words)
    assert explained.result is not None
    assert explained.result.value == "449985000"
    check_order(explained)


def test_a_variadic_call(examples: Path) -> None:
    explained = explain.call(_recorded(examples / "variadic.c"), "sum")
    loads = [step.words for step in steps_of(explained, PhaseName.ARGUMENTS)]
    assert sum(words.startswith("an argument without a name: ") for words in loads) == 7
    assert loads[-1] == "how many vector registers are used, at most: sets eax to 0"


def test_eight_arguments(examples: Path) -> None:
    explained = explain.call(_recorded(examples / "arguments8.c"), "weigh")
    places = [argument.place for argument in explained.arguments]
    assert places == ["edi", "esi", "edx", "ecx", "r8d", "r9d", "rsp at the call", "rsp+8 at the call"]
    assert explained.arguments[6].reason.startswith("the six integer argument registers are taken, so it goes on the")
    assert {argument.step for argument in explained.arguments} == {
        step.step for step in steps_of(explained, PhaseName.ARGUMENTS) if step.words.startswith("argument ")
    }
    assert (
        _words(steps_of(explained, PhaseName.BODY), r"mov edx, dword ptr \[rbp \+ 0x10\]")
        == "reads g (rbp+16) into edx: 7"
    )


def test_a_tail_call(examples: Path) -> None:
    explained = explain.call(_recorded(examples / "tail_call.c", optimise="2"), "land")
    (jump,) = steps_of(explained, PhaseName.CALL)
    assert jump.words == "jumps to land without a call: it takes over this frame's place, and returns to main itself"
    (leaving,) = steps_of(explained, PhaseName.RETURN)
    assert leaving.words.startswith("pops the return address into rip: back in main, tail_call.c:")


def test_a_changed_canary(examples: Path) -> None:
    explained = explain.call(_recorded(examples / "canary.c", cflags="-fstack-protector-all"), "greet")
    words = [step.words for step in steps_of(explained, PhaseName.BODY)]
    assert any(text.startswith("puts the canary into its slot (rbp-8), above the locals") for text in words)
    assert any(text.endswith("so it has been CHANGED") for text in words)
    assert explained.note is not None
    assert explained.note.startswith("it never returns")


def test_a_crash(examples: Path) -> None:
    recording = _recorded(examples / "runaway.c")
    calls = len(recording.calls.rows_of({recording.target.functions_named("sum_of_odd")[0].low}))
    explained = explain.call(recording, "sum_of_odd", calls)
    assert explained.left_by == "end"
    (fault,) = _folded(explained, FoldKind.LEFT_OUT)
    assert re.match("`(call|push|mov|sub) .*` is not carried out: stack overflow", fault.words)


_CLONES = """
#include <stdio.h>
static __attribute__((noinline)) int scale(int a, int unused, int k) { return a * k + printf("%d", a); }
int main(int argc, char **argv) { return scale(argc, 7, 3) + scale(argc + 1, 9, 3); }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_what_an_optimiser_takes_away_is_not_told_as_passed(compiler: str, tmp_path: Path) -> None:
    """Both compilers make `scale` take `a` alone, in edi: the ABI's rules for three arguments would tell lies."""
    require(compiler)
    source = tmp_path / "clones.c"
    source.write_text(_CLONES)
    explained = explain.call(_recorded(source, optimise="2", cc=compiler), "scale", 2)
    told = {argument.name: (argument.value, argument.place) for argument in explained.arguments}
    assert told == {"a": ("2", "edi"), "unused": (None, "nowhere"), "k": ("3", "nowhere")}
    assert explained.result is None


_STACK_ARGUMENTS = """
struct three { long a, b, c; };
long first(struct three all) { return all.a; }
long double same(long double x) { return x; }
int main(void) { struct three all = {1, 2, 3}; first(all); same(2.5L); return 0; }
"""


def test_what_pads_an_argument_is_not_taken_for_it(tmp_path: Path) -> None:
    """The bytes that pad a long double lie where an earlier call's argument was: its setting-up isn't this call's."""
    source = tmp_path / "padded.c"
    source.write_text(_STACK_ARGUMENTS)
    explained = explain.call(_recorded(source), "same")
    steps = steps_of(explained, PhaseName.ARGUMENTS)
    assert [step.disassembly.split()[0] for step in steps] == ["lea", "fstp"]
    assert steps[-1].words.startswith("argument 1 (x): pops st(0) (2.5) off the x87 stack into")
    assert not [told for phase in explained.phases[:1] for told in phase.told if isinstance(told, FoldedSteps)]


_MEMBERS = """
struct flags { unsigned a : 3, b : 5; int c : 9; };
union number { int whole; float real; };
int mix(void) {
    struct flags f; f.a = 7; f.b = 31; f.a = 1; f.b = 9;
    union number n; n.whole = 3; n.real = 2.5f;
    return f.b + (int)n.real;
}
int main(void) { return mix(); }
"""


def test_members_that_share_their_bytes(tmp_path: Path) -> None:
    source = tmp_path / "members.c"
    source.write_text(_MEMBERS)
    steps = steps_of(explain.call(_recorded(source), "mix"), PhaseName.BODY)
    stores = [step for step in steps if " into f.a and f.b (" in step.words and step.disassembly.startswith("mov byte")]
    assert [change.words for step in stores[2:] for change in step.changes] == ["f.a: 7 → 1", "f.b: 31 → 9"]
    assert all(change.name in ("f.a", "f.b") for step in stores for change in step.changes)
    whole = next(step for step in steps if step.words.startswith("puts 3 into n.whole ("))
    assert whole.changes[-1].after == "3"
    real = next(step for step in steps if step.disassembly.startswith("movss dword"))
    assert real.words.startswith("puts xmm0 (2.5) into n.real (rbp-8")
    assert (real.changes[-1].name, real.changes[-1].after) == ("n.real", "2.5")


_PUSHES = """
    .intel_syntax noprefix
    .globl main
    .type main, @function
main:
    push rbp
    mov rbp, rsp
    push 1
    push 2
    pop rax
    pop rcx
    movsx ecx, al
    pop rbp
    ret
    .size main, . - main
    .section .note.GNU-stack, "", @progbits
"""


def test_the_deepest_picture_is_drawn_where_the_stack_is_deepest(tmp_path: Path) -> None:
    source = tmp_path / "pushes.s"
    source.write_text(_PUSHES)
    recording = _recorded(source)
    explained = explain.call(recording, "main")
    (picture,) = (each for each in explained.pictures if each.title == "at its deepest")
    lowest = min(_registers(recording, step.step)["rsp"] for step in steps_of(explained)[1:])
    assert picture.snapshot.registers["rsp"] == lowest
    assert _words(steps_of(explained), "movsx ecx, al") == "copies al (2) to ecx, widened with its sign: 2"


def test_calls_that_never_happen(call_c: Recording) -> None:
    with pytest.raises(LocationError, match="there is no function called 'subtract'"):
        explain.call(call_c, "subtract")
    with pytest.raises(LocationError, match="add is called once, so there is no call 2"):
        explain.call(call_c, "add", 2)


UNKNOWN = """
    .globl main
    .type main, @function
main:
    mov $1, %eax
    .byte 0x0f, 0x1b, 0xc0
    mov $2, %ecx
    xor %eax, %eax
    ret
    .size main, .-main
"""


def test_behind_an_instruction_that_the_disassembler_does_not_know_the_next_one_is_told(tmp_path: Path) -> None:
    """No disassembler says how long it is, but where the program went on does."""
    require("gcc")
    (tmp_path / "unknown.s").write_text(UNKNOWN)
    recording = stackglass.record(tmp_path / "unknown.s")
    told = [step for step in steps_of(explain.call(recording, "main")) if step.function == "main"]
    unknown = told[1]
    assert (unknown.disassembly, unknown.code) == ("(bad)", bytes.fromhex("0f1bc0"))
    assert unknown.words == "is an instruction that the disassembler doesn't know; no register changes"
    assert [step.disassembly for step in told] == ["mov eax, 1", "(bad)", "mov ecx, 2", "xor eax, eax", "ret"]
