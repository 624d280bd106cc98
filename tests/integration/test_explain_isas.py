"""Calls explained on other instruction sets than x86-64: what is told is what happened, and reads as it should."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass import explain
from stackglass.model.explanation import ExplainedCall, ExplainedStep, FoldedSteps, FoldKind, PhaseName
from stackglass.recording.recording import Recording
from tests import sentences
from tests.explained import check_order, check_step, own_calls, steps_of
from tests.needs import require
from tests.sentences import Claim, State

_COMPILERS = {
    "aarch64": "aarch64-linux-gnu-gcc",
    "arm": "arm-linux-gnueabi-gcc",
    "i386": "i686-linux-gnu-gcc",
    "powerpc": "powerpc-linux-gnu-gcc",
    "riscv64": "riscv64-linux-gnu-gcc",
    "thumb": "arm-linux-gnueabi-gcc",
}
_VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "thumb": ("arm", {"cflags": "-mthumb -march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=softfp"})
}
"""What isn't called as its instruction set is: that, and the options that make it."""
_PROTECTED = {"thumb": "-mthumb -march=armv7-a -msoft-float -fstack-protector-all"}
_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@cache
def _recorded(name: str, isa: str, **options: Any) -> Recording:
    require(_COMPILERS[isa])
    return _record(_EXAMPLES / name, isa, **options)


def _record(source: Path, isa: str, **options: Any) -> Recording:
    isa, more = _VARIANTS.get(isa, (isa, {}))
    return stackglass.record(source, isa=isa, **{**more, **options})


_PROGRAMS = [
    ("alloca_vla.c", {}),
    ("arguments8.c", {}),
    ("arguments8.c", {"optimise": "2"}),
    ("call.c", {}),
    ("floating.c", {}),
    ("longjmp.c", {}),
    ("qsort_callback.c", {}),
    ("recursion.c", {"optimise": "2"}),
    ("static_locals.c", {}),
    ("struct_array.c", {}),
    ("tail_call.c", {"optimise": "2"}),
    ("variadic.c", {}),
]
_LIBRARY = ("printf", "memcpy", "strlen")
_SENTENCES_CHECKED = 0.75


@pytest.mark.parametrize("isa", _COMPILERS)
@pytest.mark.parametrize(("name", "options"), _PROGRAMS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_change_is_told_and_every_sentence_is_true(name: str, options: dict[str, str], isa: str) -> None:
    recording = _recorded(name, isa, **options)
    told = checked = bare = 0
    for row in own_calls(recording):
        explained = explain.explain_row(recording, row)
        check_order(explained)
        for step in steps_of(explained):
            check_step(recording, step)
            checked += sentences.check(_claim(recording, step))
            bare += step.words.startswith(f"{step.disassembly.split()[0].removeprefix('c.')}: ")
            told += 1
    assert told > 3
    assert not bare
    assert checked > told * _SENTENCES_CHECKED


def _claim(recording: Recording, step: Any) -> Claim:
    def state(at: int) -> State:
        def memory(address: int, size: int) -> int:
            recording.seek(at)
            return int.from_bytes(recording.read_memory(address, size), recording.isa.byte_order)

        recording.seek(at)
        return State(dict(recording.registers()), memory)

    return Claim(recording.isa, step, state(step.step), state(step.end_step))


@pytest.mark.parametrize("isa", _COMPILERS)
def test_the_library_is_told_in_words_too(isa: str) -> None:
    recording = _recorded("call.c", isa)
    told = 0
    for name in _LIBRARY:
        for function in recording.target.functions_named(name)[:1]:
            for row in recording.calls.rows_of({function.low})[:1]:
                for step in steps_of(explain.explain_row(recording, row)):
                    assert not step.words.startswith(f"{step.disassembly.split()[0].removeprefix('c.')}: "), step
                    sentences.check(_claim(recording, step))
                    told += 1
    assert told > 30


# ---- the walk that every textbook makes, word by word ----


def _walk(explained: ExplainedCall) -> list[str]:
    """The call from its set-up to the instruction after its return, a line an instruction."""
    return [
        f"{phase.name.value}: {step.disassembly}: {step.words}"
        for phase in explained.phases
        for step in steps_of(explained, phase.name)
    ]


def _registers(recording: Recording, step: int) -> dict[str, int]:
    recording.seek(step)
    return dict(recording.registers())


def test_calculate_on_aarch64() -> None:
    recording = _recorded("call.c", "aarch64")
    explained = explain.call(recording, "calculate")
    before, inside = (_registers(recording, explained.call_step + after) for after in (0, 1))
    sp, x29 = before["sp"], before["x29"]
    back, add = inside["x30"], recording.target.functions_named("add")[0].low
    called = next(step for step in steps_of(explained, PhaseName.BODY) if step.disassembly.startswith("bl "))
    assert _walk(explained) == [
        (
            f"call: bl #{inside['pc']:#x}: leaves the return address {back:#x}, the instruction after this call, in"
            " x30, and jumps to calculate"
        ),
        (
            f"prologue: stp x29, x30, [sp, #-0x20]!: reserves 32 bytes of stack and saves the caller's x29 ({x29:#x})"
            f" and the return address (x30, {back:#x}, main+0xc) at the bottom of them: sp goes down to {sp - 32:#x}"
        ),
        f"prologue: mov x29, sp: makes x29, the frame pointer, point at this frame: {sp - 32:#x}",
        "body: mov w0, #3: sets w0 to 3",
        f"body: str w0, [sp, #0x1c]: puts w0 (3) into left (sp+28 = {sp - 4:#x}), an int",
        "body: mov w0, #4: sets w0 to 4",
        f"body: str w0, [sp, #0x18]: puts w0 (4) into right (sp+24 = {sp - 8:#x}), an int",
        "body: ldr w1, [sp, #0x18]: reads right (sp+24) into w1: 4",
        "body: ldr w0, [sp, #0x1c]: reads left (sp+28) into w0: 3",
        (
            f"body: bl #{add:#x}: leaves the return address {called.pc + 4:#x}, the instruction after this call, in"
            " x30, and jumps to add"
        ),
        (
            f"epilogue: ldp x29, x30, [sp], #0x20: takes back the caller's x29 ({x29:#x}) and the return address"
            f" ({back:#x}, main+0xc, into x30), and gives back 32 bytes of stack: sp goes up to {sp:#x}"
        ),
        "return: ret: returns to the address in x30: back in main, call.c:24",
        f"after: str w0, [sp, #0x1c]: puts calculate's result 7 (in w0) into result (sp+28 = {sp + 28:#x}), an int",
    ]


def test_calculate_on_riscv64() -> None:
    recording = _recorded("call.c", "riscv64")
    explained = explain.call(recording, "calculate")
    before, inside = (_registers(recording, explained.call_step + after) for after in (0, 1))
    sp, s0 = before["sp"], before["s0"]
    back, add = inside["ra"], recording.target.functions_named("add")[0].low
    called = next(step for step in steps_of(explained, PhaseName.BODY) if step.disassembly.startswith("jal "))
    assert _walk(explained) == [
        (
            f"call: jal {inside['pc']:#x}: leaves the return address {back:#x}, the instruction after this call, in ra,"
            " and jumps to calculate"
        ),
        f"prologue: c.addi sp, -0x20: reserves 32 bytes of stack for this frame: sp goes down to {sp - 32:#x}",
        f"prologue: c.sdsp ra, 0x18(sp): saves the return address (ra, {back:#x}, main+0xc) in its slot (sp+24)",
        f"prologue: c.sdsp s0, 0x10(sp): saves the caller's s0 ({s0:#x}) in its slot (sp+16)",
        (
            f"prologue: c.addi4spn s0, sp, 0x20: makes s0, the frame pointer, point at this frame's upper end"
            f" ({sp:#x}): from here on locals have fixed distances from it"
        ),
        "body: c.li a5, 3: sets a5 to 3",
        f"body: sw a5, -0x14(s0): puts a5 (3) into left (s0-20 = {sp - 20:#x}), an int",
        "body: c.li a5, 4: sets a5 to 4",
        f"body: sw a5, -0x18(s0): puts a5 (4) into right (s0-24 = {sp - 24:#x}), an int",
        "body: lw a4, -0x18(s0): reads right (s0-24) into a4, widened with its sign: 4",
        "body: lw a5, -0x14(s0): reads left (s0-20) into a5, widened with its sign: 3",
        "body: c.mv a1, a4: copies right's value 4 (in a4) to a1",
        "body: c.mv a0, a5: copies left's value 3 (in a5) to a0",
        (
            f"body: jal {add:#x}: leaves the return address {called.pc + 4:#x}, the instruction after this call, in ra,"
            " and jumps to add"
        ),
        "body: c.mv a5, a0: copies add's result 7 (in a0) to a5",
        "body: c.mv a0, a5: copies add's result 7 (in a5) to a0",
        f"epilogue: c.ldsp ra, 0x18(sp): takes back the return address ({back:#x}, main+0xc, into ra)",
        f"epilogue: c.ldsp s0, 0x10(sp): takes back the caller's s0 ({s0:#x})",
        f"epilogue: c.addi16sp sp, 0x20: gives back 32 bytes of stack: sp goes up to {sp:#x}",
        "return: c.jr ra: returns to the address in ra: back in main, call.c:24",
        "after: c.mv a5, a0: copies calculate's result 7 (in a0) to a5",
    ]


def test_calculate_on_arm() -> None:
    recording = _recorded("call.c", "arm")
    explained = explain.call(recording, "calculate")
    before, inside = (_registers(recording, explained.call_step + after) for after in (0, 1))
    sp, fp, back = before["sp"], before["fp"], inside["lr"]
    add = recording.target.functions_named("add")[0].low
    called = next(step for step in steps_of(explained, PhaseName.BODY) if step.disassembly.startswith("bl "))
    assert _walk(explained) == [
        (
            f"call: bl #{inside['pc']:#x}: leaves the return address {back:#x}, the instruction after this call, in lr,"
            " and jumps to calculate"
        ),
        (
            f"prologue: push {{fp, lr}}: pushes the caller's fp ({fp:#x}) and the return address (lr, {back:#x},"
            f" main+0x10) on the stack: sp goes down by 8 to {sp - 8:#x}"
        ),
        (
            f"prologue: add fp, sp, #4: makes fp, the frame pointer, point at this frame ({sp - 4:#x}): from here on"
            " locals have fixed distances from it"
        ),
        f"prologue: sub sp, sp, #8: reserves 8 bytes of stack for this frame: sp goes down to {sp - 16:#x}",
        "body: mov r3, #3: sets r3 to 3",
        f"body: str r3, [fp, #-8]: puts r3 (3) into left (fp-8 = {sp - 12:#x}), an int",
        "body: mov r3, #4: sets r3 to 4",
        f"body: str r3, [fp, #-0xc]: puts r3 (4) into right (fp-12 = {sp - 16:#x}), an int",
        "body: ldr r1, [fp, #-0xc]: reads right (fp-12) into r1: 4",
        "body: ldr r0, [fp, #-8]: reads left (fp-8) into r0: 3",
        (
            f"body: bl #{add:#x}: leaves the return address {called.pc + 4:#x}, the instruction after this call, in lr,"
            " and jumps to add"
        ),
        "body: mov r3, r0: copies add's result 7 (in r0) to r3",
        "body: mov r0, r3: copies add's result 7 (in r3) to r0",
        f"epilogue: sub sp, fp, #4: gives back the locals, by fp: sp goes up by 8 to {sp - 8:#x}",
        (
            f"return: pop {{fp, pc}}: takes back the caller's fp ({fp:#x}) and the return address ({back:#x},"
            f" main+0x10, into pc), and so returns: back in main, call.c:24; sp goes up by 8 to {sp:#x}"
        ),
        f"after: str r0, [fp, #-8]: puts calculate's result 7 (in r0) into result (fp-8 = {fp - 8:#x}), an int",
    ]


def test_add_on_i386() -> None:
    recording = _recorded("call.c", "i386")
    explained = explain.call(recording, "add")
    before, inside = (_registers(recording, explained.call_step + after) for after in (0, 1))
    esp, ebp, back = before["esp"], before["ebp"], explained.phases[1].told[0]
    thunk = next(step for step in steps_of(explained, PhaseName.PROLOGUE) if step.disassembly.startswith("call "))
    table = next(change.after for step in steps_of(explained) for change in step.changes if change.name == "eax")
    assert isinstance(back, ExplainedStep)
    assert _walk(explained)[:8] == [
        (
            "arguments: push dword ptr [ebp - 8]: argument 2 (b): pushes right's value 4 as b (argument 2 of the call"
            f" to come): esp goes down by 4 to {esp + 4:#x}"
        ),
        (
            "arguments: push dword ptr [ebp - 4]: argument 1 (a): pushes left's value 3 as a (argument 1 of the call to"
            f" come): esp goes down by 4 to {esp:#x}"
        ),
        (
            f"call: call {inside['eip']:#x}: pushes the return address {back.pc + 5:#x}, the instruction after this"
            " call, and jumps to add"
        ),
        (
            f"prologue: push ebp: saves the caller's ebp on the stack: esp goes down by 4 to {esp - 8:#x}, and {ebp:#x}"
            " is stored there"
        ),
        (
            f"prologue: mov ebp, esp: makes ebp point at this frame ({esp - 8:#x}): from here on locals have fixed"
            " distances from it"
        ),
        f"prologue: sub esp, 0x10: reserves 16 bytes for locals: esp goes down to {esp - 24:#x}",
        (
            f"prologue: {thunk.disassembly}: pushes the return address {thunk.pc + 5:#x}, the instruction after this"
            " call, and jumps to __x86.get_pc_thunk.ax"
        ),
        (
            f"prologue: add eax, {int(table, 16) - thunk.pc - 5:#x}: adds {int(table, 16) - thunk.pc - 5} to eax:"
            f" {thunk.pc + 5:#x}, add+0xb becomes {table}, &_GLOBAL_OFFSET_TABLE_"
        ),
    ]
    assert _walk(explained)[8:-1] == [
        "body: mov edx, dword ptr [ebp + 8]: reads a (ebp+8) into edx: 3",
        "body: mov eax, dword ptr [ebp + 0xc]: reads b (ebp+12) into eax: 4",
        "body: add eax, edx: adds a's value 3 (in edx) to eax: 4 becomes 7",
        f"body: mov dword ptr [ebp - 4], eax: puts eax (7) into sum (ebp-4 = {esp - 12:#x}), an int",
        "body: mov eax, dword ptr [ebp - 4]: reads sum (ebp-4) into eax: 7",
        (
            f"epilogue: leave: takes the frame down: esp goes up to where ebp points, and the caller's ebp, {ebp:#x},"
            f" is popped from there; esp is now {esp - 4:#x}"
        ),
        "return: ret: pops the return address into eip: back in calculate, call.c:20",
        f"after: add esp, 8: takes the arguments off the stack again: esp goes up by 8 to {esp + 8:#x}",
    ]


def test_calculate_in_thumb() -> None:
    recording = _recorded("call.c", "thumb")
    explained = explain.call(recording, "calculate")
    before, inside = (_registers(recording, explained.call_step + after) for after in (0, 1))
    sp, r7, back = before["sp"], before["r7"], inside["lr"]
    walk = _walk(explained)
    assert back & 1
    assert walk[:4] == [
        (
            f"call: bl #{inside['pc']:#x}: leaves the return address {back - 1:#x}, the instruction after this call, in"
            " lr, with bit 0 set to say that the caller is Thumb code, and jumps to calculate"
        ),
        (
            f"prologue: push {{r7, lr}}: pushes the caller's r7 ({r7:#x}) and the return address (lr, {back:#x},"
            f" main+0xb) on the stack: sp goes down by 8 to {sp - 8:#x}"
        ),
        f"prologue: sub sp, #8: reserves 8 bytes of stack for this frame: sp goes down to {sp - 16:#x}",
        (
            f"prologue: add r7, sp, #0: makes r7, the frame pointer, point at this frame ({sp - 16:#x}, &right): from"
            " here on locals have fixed distances from it"
        ),
    ]
    assert walk[-4:-1] == [
        f"epilogue: adds r7, #8: moves r7, the frame pointer, up over the locals: {sp - 8:#x}",
        f"epilogue: mov sp, r7: gives back the locals, by r7: sp goes up by 8 to {sp - 8:#x}",
        (
            f"return: pop {{r7, pc}}: takes back the caller's r7 ({r7:#x}) and the return address ({back - 1:#x},"
            f" main+0xa, into pc), and so returns: back in main, call.c:24; sp goes up by 8 to {sp:#x}"
        ),
    ]


@pytest.mark.parametrize("isa", _COMPILERS)
def test_the_canary_is_told_from_its_word_to_its_check(isa: str) -> None:
    explained = explain.call(_recorded("canary.c", isa, cflags=_PROTECTED.get(isa, "-fstack-protector-all")), "greet")
    words = [step.words for step in steps_of(explained)]
    assert any(text.startswith("reads the canary, the stack protector's secret word, into") for text in words)
    assert any(text.startswith("puts the canary into its slot (") for text in words)
    assert any(re.match("compares the canary with the original: .* CHANGED", text) for text in words)


# ---- groups of instructions that depend on one condition ----

_GROUPS = """
__attribute__((noinline)) int pick(int n, int a, int b) { return n > 3 ? a + 1 : b * 2; }
__attribute__((noinline)) int larger(int *n, int a) { if (a > 3) { *n = a; return 7; } return 0; }
int main(void) { int n = 0; return pick(2, 8, 5) + pick(4, 8, 5) + larger(&n, 2) + larger(&n, 9); }
"""


def test_a_group_of_thumbs_is_told_as_one(tmp_path: Path) -> None:
    require(_COMPILERS["thumb"])
    source = tmp_path / "groups.c"
    source.write_text(_GROUPS)
    recording = _record(source, "thumb", optimise="2")
    told = []
    for row in own_calls(recording):
        explained = explain.explain_row(recording, row)
        check_order(explained)
        for step in steps_of(explained):
            check_step(recording, step)
        told += [step.words for step in steps_of(explained) if step.disassembly.startswith("it")]
    assert "n (2) is less than or equal to 3, so shifts b's value 5 (in r2) left by 1: r0 = 10" in told
    assert "n (4) is greater than 3, so adds 1 to a's value 8 (in r1): r0 = 9" in told
    assert any(re.match(r"a \(9\) is greater than 3, so `.*` and `.*` run: r0: .* → 7", words) for words in told), told


# ---- loops whose conditions need no flags ----

_LOOP = "int sum(int n) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; } int main(void) { return sum(9); }"


@pytest.mark.parametrize("isa", _COMPILERS)
def test_a_folded_loop_ends_with_the_condition_that_ended_it(isa: str, tmp_path: Path) -> None:
    require(_COMPILERS[isa])
    source = tmp_path / "loop.c"
    source.write_text(_LOOP)
    explained = explain.call(_record(source, isa), "sum")
    folds = (told for phase in explained.phases for told in phase.told if isinstance(told, FoldedSteps))
    (fold,) = (each for each in folds if each.kind is FoldKind.LOOP)
    start, _, changes = fold.words.partition("; ")
    assert start == "the loop goes on like this: 7 more rounds"
    assert sorted(changes.split(", ")) == ["i: 2 → 9", "s: 1 → 36"]
    conditions = [step.words for step in steps_of(explained, PhaseName.BODY) if ", so " in step.words]
    assert conditions[-1] == "i (9) is not less than n (9), so goes on"


# ---- room of constant size ----

_CONSTANT = """
__attribute__((noinline)) void touch(char *p, int n) { for (int i = 0; i < n; i++) ((volatile char *)p)[i] = 1; }
__attribute__((noinline)) int work(int n)
{
    char *first = __builtin_alloca(n);
    touch(first, n);
    char *second = __builtin_alloca(20);
    touch(second, 20);
    return first[0] + second[0];
}
int main(void) { return work(13) & 127; }
"""


@pytest.mark.parametrize("isa", _COMPILERS)
def test_a_constant_that_is_taken_off_sp_in_the_body_is_told_alike(isa: str, tmp_path: Path) -> None:
    require(_COMPILERS[isa])
    source = tmp_path / "constant.c"
    source.write_text(_CONSTANT)
    recording = _record(source, isa, optimise="2")
    steps = steps_of(explain.call(recording, "work"), PhaseName.BODY)
    for step in steps:
        check_step(recording, step)
    told = [step.words for step in steps if "room, or alignment, for what comes next" in step.words]
    assert told
    assert all(re.match(r"moves \w+ down by \d+ to 0x\w+: room", words) for words in told), told
