"""Crashes are told by what led to them: who overwrote what, and with which signal a program would have died."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Recording, Role, Slot, explain
from stackglass import isa as isas
from stackglass.model import FaultKind
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.explained import steps_of
from tests.needs import require

OWN_SAVED_POINTER = """
void careless(long value) {
    long *frame = __builtin_frame_address(0);
    frame[0] = value;
    frame = 0;
}
int victim(long value) {
    int kept = 3;
    careless(value);
    return kept;
}
int main(void) { return victim(0x1111); }
"""

OVERRUN = """
void fill(int length) {
    char bytes[8];
    while (length--) bytes[length] = 'A';
}
int victim(int length) {
    int kept = 7;
    fill(length);
    return kept;
}
int main(void) { return victim(16); }
"""


def recorded(folder: Path, source: str, name: str = "crashing.c") -> Recording:
    require("gcc", "static libc")
    (folder / name).write_text(source)
    return stackglass.record(folder / name)


def slot_of(frame: Frame, role: Role) -> Slot:
    (slot,) = [slot for slot in frame.slots if slot.role is role]
    return slot


def test_a_saved_register_that_its_own_function_overwrites_is_marked(tmp_path: Path) -> None:
    recording = recorded(tmp_path, OWN_SAVED_POINTER)
    assert not slot_of(recording.at("careless").frames[0], Role.SAVED_FRAME_POINTER).overwritten
    frame = recording.at("5").frames[0]
    slot = slot_of(frame, Role.SAVED_FRAME_POINTER)
    assert slot.overwritten
    assert slot.written_by is not None and slot.written_by.line == 4
    assert not slot_of(frame, Role.RETURN_ADDRESS).overwritten


@pytest.mark.parametrize(
    ("source", "value", "by"), [(OWN_SAVED_POINTER, "0x1111", "careless"), (OVERRUN, "0x4141414141414141", "fill")]
)
def test_the_crash_of_a_caller_is_blamed_on_who_overwrote_its_register(
    tmp_path: Path, source: str, value: str, by: str
) -> None:
    fault = recorded(tmp_path, source).fault
    assert fault is not None
    assert f"rbp holds {value}, which {by}'s `" in fault.words
    assert f"gave back from a slot that had been overwritten by {by}, crashing.c:4, at step " in fault.words


def test_a_register_that_is_given_back_as_it_was_is_not_blamed(tmp_path: Path) -> None:
    fault = recorded(tmp_path, "void f(void) {}\nint main(void) { int *p = 0; f(); return *p; }\n").fault
    assert fault is not None and "gave back" not in fault.words


SMASHED = """
#include <string.h>
__attribute__((noinline)) void hit(int length) {
    char bytes[8];
    memset(bytes, 'A', length);
    __asm__ volatile("" :: "r"(bytes) : "memory");
}
__attribute__((noinline)) int next(int n) { volatile int kept = n; return kept; }
__attribute__((noinline)) int user(int n) { volatile char room[n]; room[0] = n; hit(LENGTH); return next(3); }
int main(void) { volatile int n = 20; return user(n); }
"""


@pytest.mark.parametrize(("isa", "length"), [("x86_64", 12), ("i386", 20), ("arm", 12), ("riscv64", 12)])
def test_a_frame_pointer_that_came_back_overwritten_is_told_after_other_calls_too(
    isa: str, length: int, tmp_path: Path
) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = tmp_path / "smashed.c"
    source = SMASHED.replace("LENGTH", str(length))
    if isa == "i386":  # it keeps what the array of variable length has moved SP from in a register that is struck, too
        source = source.replace("room[n]", "room[24]")
    program.write_text(source)
    recording = stackglass.record(program, isa=isa, static=True, cflags="-fno-stack-protector")
    fault, pointer = recording.fault, isas.get(isa).frame_pointer
    assert fault is not None and fault.words.startswith("wild pointer: user, smashed.c:9 reads "), fault
    assert f"; {pointer} holds 0x" in fault.words
    assert re.search(
        "gave back from a slot that had been overwritten by [a-z_0-9]*memset[a-z_0-9]*, at step ", fault.words
    )
    before, snapshot = recording.at("hit").frames[1], recording.at("next")
    called, caller = snapshot.frames[0], snapshot.frames[1]
    assert (caller.frame_pointer, caller.lost_frame_pointer) == (None, before.frame_pointer)
    assert before.lost_frame_pointer is None
    drawn = render_plain(picture(snapshot, PictureOptions(width=140)))
    assert f"saved {pointer} = {slot_of(called, Role.SAVED_FRAME_POINTER).value}: user's own is lost" in drawn
    crashed = recording.at("crash").frames[0]
    assert crashed.not_mapped == 0 and crashed.size < 200
    told = [step.words for step in steps_of(explain.call(recording, "user"))]
    assert not [words for words in told if re.search(" by [0-9]{7,}", words) or "gives back the locals" in words]


@pytest.mark.parametrize(
    ("instructions", "signal"),
    [
        ("mov $0x4141414141414141, %rbp; mov (%rbp), %rax", "SIGBUS"),
        ("mov $0x4141414141414141, %rbp; mov $1, %ecx; mov (%rbp, %rcx, 2), %rax", "SIGBUS"),
        ("mov $0x4141414141414141, %rbp; leave", "SIGBUS"),
        ("mov $0x4141414141414141, %rsp; push %rax", "SIGBUS"),
        ("mov $0x4141414141414141, %rbx; mov (%rbx), %rax", "SIGSEGV"),
        ("mov $0x4141414141414141, %rbp; xor %ecx, %ecx; mov (%rcx, %rbp), %rax", "SIGSEGV"),
        ("mov $0xffff800000000000, %rbp; mov (%rbp), %rax", "SIGSEGV"),
        ("mov $0x0000414141414140, %rbp; mov (%rbp), %rax", "SIGSEGV"),
    ],
)
def test_an_impossible_address_raises_the_signal_that_it_raises_natively(
    tmp_path: Path, instructions: str, signal: str
) -> None:
    source = f'.globl main\nmain:\n{instructions}\nret\n.section .note.GNU-stack,"",@progbits\n'
    recording = recorded(tmp_path, source, "crashing.s")
    assert recording.fault is not None
    assert recording.fault.signal == signal
    program = tmp_path / "natively"
    subprocess.run(["gcc", "-static", str(tmp_path / "crashing.s"), "-o", str(program)], check=True)
    assert subprocess.run([str(program)], check=False).returncode == -(7 if signal == "SIGBUS" else 11)


def test_an_array_larger_than_the_stack_is_a_stack_overflow(tmp_path: Path) -> None:
    source = "int f(long n) { char b[n]; b[0] = 1; return b[0]; }\nint main(void) { return f(100000000); }\n"
    fault = recorded(tmp_path, source).fault
    assert fault is not None and fault.kind is FaultKind.STACK_OVERFLOW
    assert fault.words.startswith("stack overflow: f, crashing.c:1 needs a frame of 100,000,")


def test_bytes_beyond_an_array_are_told_as_what_they_are(tmp_path: Path) -> None:
    source = """
    #include <string.h>
    void own(void) {
        char bytes[16];
        for (int i = 0; i < 20; i++) bytes[i] = 'A';
        bytes[0] = 'B';
    }
    void callee(const char *text) {
        char bytes[16];
        int after = 1;
        strcpy(bytes, text);
        after++;
    }
    int main(void) { own(); callee("0123456789abcdefgh"); return 0; }
    """
    recording = recorded(tmp_path, source)
    own, callee = recording.at("6").frames[0], recording.at("12").frames[0]
    beyond_own = [slot for slot in own.slots if slot.note == "beyond bytes: written by own"]
    assert [(slot.size, slot.bytes, slot.role) for slot in beyond_own] == [(1, b"A", Role.RED_ZONE)] * 4
    beyond = [slot for slot in callee.slots if slot.note and slot.note.startswith("beyond bytes: written by __strcpy")]
    assert b"".join(slot.bytes for slot in reversed(beyond)) == b"gh\0"
    assert all(slot.note and slot.note.endswith(", called from callee") for slot in beyond)


def test_what_a_callee_wrote_into_its_caller_s_frame_is_told(tmp_path: Path) -> None:
    source = """
    struct big { long parts[5]; };
    struct big make(long x) { struct big made = {{x}}; return made; }
    long first(struct big given) { return given.parts[0]; }
    int main(void) { return first(make(0)); }
    """
    frame = recorded(tmp_path, source).at("first").frames[1]
    notes = {slot.note for slot in frame.slots if slot.role is Role.TEMPORARY}
    assert notes == {"written by make, called from main"}


def test_code_that_is_reached_by_no_known_path_allocates_nothing(tmp_path: Path) -> None:
    source = """
        .globl main
        .type main, @function
main:   pushq $there
        ret
there:  lea -256(%rsp), %rsp
        call leaf
        add $256, %rsp
        xor %eax, %eax
        ret
        .size main, . - main
        .type leaf, @function
leaf:   ret
        .size leaf, . - leaf
        .section .note.GNU-stack, "", @progbits
"""
    frame = recorded(tmp_path, source, "crashing.s").at("leaf").frames[1]
    assert (frame.function, {slot.role for slot in frame.slots} & {Role.ALLOCA}) == ("main", set())


def test_a_variadic_function_s_save_area_is_no_padding(tmp_path: Path) -> None:
    source = """
    #include <stdarg.h>
    int whole(int count, ...) {
        va_list list;
        va_start(list, count);
        int sum = 0;
        while (count--) sum += va_arg(list, int);
        va_end(list);
        return sum;
    }
    double real(int count, ...) {
        va_list list;
        va_start(list, count);
        return va_arg(list, double);
    }
    int main(void) { return whole(2, 1, 2) + (int)real(1, 2.5); }
    """
    recording = recorded(tmp_path, source)
    notes = [slot.note for slot in recording.at("7").frames[0].slots]
    assert "room for xmm0 to xmm7 of '...', not used" in notes
    assert [note for note in notes if note and note.startswith("saved for")] == [
        f"saved for '...': {name}" for name in ("r9", "r8", "rcx", "rdx", "rsi")
    ]
    notes = [slot.note for slot in recording.at("14").frames[0].slots]
    assert [f"saved for '...': xmm{number}" in notes for number in range(8)] == [True] * 8


def test_a_register_variable_is_gone_when_its_register_was_given_back(tmp_path: Path) -> None:
    source = """
    int next(int x) { return x + 1; }
    int f(int a) {
        register int kept = a * 3;
        kept = next(kept);
        return kept + 1;
    }
    int main(void) { return f(2); }
    """
    recording = recorded(tmp_path, source)

    def kept(where: str) -> tuple[str | None, str]:
        (variable,) = [one for one in recording.at(where).frames[0].register_variables if one.name == "kept"]
        return variable.value, variable.location

    assert kept("f:entry") == (None, "not created yet")
    assert kept("6") == ("7", "register rbx")
    assert kept("f:return") == (None, "gone: its register has been given back")


def test_hidden_pointers_are_told(tmp_path: Path) -> None:
    require("g++")
    source = """
    #include <string>
    struct Large { long parts[5]; };
    Large make(int x) { Large made = {{x}}; return made; }
    long take(std::string text, int x) { return text.size() + make(x).parts[0]; }
    int main() {
        int z = 7;
        auto captured = [&z](int x) { return x + z; };
        void (*data)(void) = (void (*)(void))&z;
        return take("hi", 4) + captured(1) + (data == nullptr);
    }
    """
    recording = recorded(tmp_path, source, "hidden.cpp")
    notes = {slot.note for where in ("make", "take") for slot in recording.at(where).frames[0].slots}
    lambda_frame = recording.at("8").frames[0]
    if lambda_frame.function == "main":  # the line is main's first; the lambda's body comes with the call
        lambda_frame = recording.at("8#2").frames[0]
    (captured,) = [one for one in lambda_frame.register_variables if one.name == "z"]
    assert captured.initialised.value == "all"
    assert "hidden pointer: where the result goes, came in rdi" in notes
    assert "hidden pointer: to text, came in rdi" in notes
    (variable,) = [one for one in recording.at("10").frames[0].slots if one.name == "data"]
    assert variable.points_to is not None and variable.points_to.name == "z in main"


OVERWRITTEN_RETURN = """
__attribute__((noinline)) void fill(char *d, int n) { for (int i = 0; i < n; i++) d[i] = 'A' + i % 26; }
__attribute__((noinline)) int victim(int n) { int guard = 0x11223344; char b[8]; fill(b, n); return guard + b[0]; }
__attribute__((noinline)) int outer(int n) { volatile int keep = 42; int r = victim(n); return r + keep; }
int main(int argc, char **argv) { return outer(argc > 1 ? 64 : 10) & 1; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_arguments_of_a_frame_that_a_callee_returned_past_are_those_behind_the_call(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = tmp_path / "past.c"
    program.write_text(OVERWRITTEN_RETURN)
    recording = stackglass.record(program, ["x"], isa=isa, static=True, optimise="2", cflags="-fno-stack-protector")
    assert recording.fault is not None and recording.fault.kind is FaultKind.JUMP_TO_NOWHERE
    frame = recording.at("crash").frames[0]
    waiting = next(one for one in recording.at("fill").frames if one.function == frame.function)
    assert frame.function in ("outer", "main") and frame.parameters
    for parameter, before in zip(frame.parameters, waiting.parameters, strict=True):
        assert parameter.value in (None, before.value), parameter
    if isa != "i386":  # its code has left n to the callee
        assert None not in [parameter.value for parameter in frame.parameters]


BREAKPOINT = """
int main(void) {
    volatile int x = 1;
    __asm__ volatile("INSTRUCTION");
    return x;
}
"""


@pytest.mark.parametrize(
    ("isa", "instruction", "spelled"),
    [
        ("x86_64", "int3", "int3"),
        ("i386", "int3", "int3"),
        ("arm", "bkpt", "bkpt"),
        ("aarch64", "brk #1", "brk"),
        ("riscv64", "ebreak", "c.ebreak"),
        ("riscv64", ".option norvc; ebreak", "ebreak"),
        ("powerpc", "trap", "trap"),
        ("powerpc", "twlgei 1, 0", "twi"),
        ("powerpc", "twge 1, 1", "tw"),
    ],
)
def test_a_breakpoint_instruction_is_told_and_stopped_at(
    isa: str, instruction: str, spelled: str, tmp_path: Path
) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = tmp_path / "breaking.c"
    program.write_text(BREAKPOINT.replace("INSTRUCTION", instruction))
    recording = stackglass.record(program, isa=isa, static=True)
    fault = recording.fault
    assert fault is not None
    assert (fault.kind, fault.signal) == (FaultKind.TRAP, "SIGTRAP")
    assert fault.words == "breakpoint instruction: main, breaking.c:4"
    for _ in range(2):
        snapshot = recording.at("crash")
        assert snapshot.frames[0].line == 4
        instruction_there = snapshot.location.instruction
        assert instruction_there is not None and instruction_there.split()[0] == spelled
        recording.at("main")


KEPT_ELSEWHERE = """
    .text
    .globl hit
    .type hit, @function
hit:
    push %ebx
    movl $0xb1414140, (%esp)
    pop %ebx
    ret
    .size hit, .-hit
    .globl main
    .type main, @function
main:
    push %ebx
    mov %esp, %ebx
    sub $64, %esp
    call hit
    mov %ebx, %esp
    push $5
    pop %ebx
    ret
    .size main, .-main
    .section .note.GNU-stack,"",@progbits
"""


def test_a_stack_pointer_that_was_kept_in_a_register_may_be_lost_too(tmp_path: Path) -> None:
    """Nothing was allocated: the address is one where the stack might have grown to."""
    require("i686-linux-gnu-gcc", "static libc")
    (tmp_path / "kept.s").write_text(KEPT_ELSEWHERE)
    fault = stackglass.record(tmp_path / "kept.s", isa="i386").fault
    assert fault is not None
    assert (fault.kind, fault.address) == (FaultKind.UNMAPPED_WRITE, 0xB141413C)
