"""Room that a procedure hands out in its caller's frame without setting its stub apart: all that SP was lowered by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Recording, Role, Slot, explain
from stackglass import isa as isas
from stackglass.model import Initialised
from stackglass.model.explanation import PhaseName
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.explained import steps_of
from tests.needs import require

# first copies what it has saved to the lower end of the room, and takes it back from there; second moves SP down and
# takes it back from where it lies, in the room; third has nothing on the stack. work asks each for room.
HANDING_OUT = {
    "x86_64": """
main: push %rbp; mov %rsp, %rbp; call work; xor %eax, %eax; pop %rbp; ret
work: push %rbp; mov %rsp, %rbp; sub $16, %rsp; mov $48, %edi; call first; mov $32, %edi; call second
 mov $16, %edi; call third; nop; leave; ret
first: push %rbx; push %rbp; mov (%rsp), %rcx; mov 8(%rsp), %rdx; mov 16(%rsp), %rsi; lea 24(%rsp), %rax
 sub %rdi, %rax; lea -24(%rax), %rsp; mov %rcx, (%rsp); mov %rdx, 8(%rsp); mov %rsi, 16(%rsp); pop %rbp; pop %rbx; ret
second: push %rbp; mov %rsp, %rbp; push %rbx; mov 8(%rbp), %rdx; lea 16(%rbp), %rax; sub %rdi, %rax
 mov -8(%rbp), %rbx; mov (%rbp), %rbp; mov %rax, %rsp; jmp *%rdx
third: pop %rdx; sub %rdi, %rsp; mov %rsp, %rax; jmp *%rdx
""",
    "i386": """
main: push %ebp; mov %esp, %ebp; call work; xor %eax, %eax; pop %ebp; ret
work: push %ebp; mov %esp, %ebp; sub $8, %esp; push $48; call first; push $32; call second; push $16; call third
 nop; leave; ret
first: push %ebx; push %ebp; mov (%esp), %ecx; mov 4(%esp), %edx; lea 12(%esp), %eax; sub 12(%esp), %eax
 mov 8(%esp), %ebp; lea -12(%eax), %esp; mov %ecx, (%esp); mov %edx, 4(%esp); mov %ebp, 8(%esp)
 pop %ebp; pop %ebx; ret
second: push %ebp; mov %esp, %ebp; push %ebx; mov 4(%ebp), %edx; lea 8(%ebp), %eax; sub 8(%ebp), %eax
 mov -4(%ebp), %ebx; mov (%ebp), %ebp; mov %eax, %esp; jmp *%edx
third: pop %edx; sub (%esp), %esp; mov %esp, %eax; jmp *%edx
""",
    "arm": """
main: push {fp, lr}; bl work; mov r0, #0; pop {fp, pc}
work: push {fp, lr}; add fp, sp, #4; sub sp, sp, #8; mov r0, #48; bl first; mov r0, #32; bl second
 mov r0, #16; bl third; nop; sub sp, fp, #4; pop {fp, pc}
first: push {r4, r5, fp, lr}; mov r1, sp; add r2, sp, #16; sub r2, r2, r0; sub r3, r2, #16; mov sp, r3
 ldr r4, [r1]; str r4, [r3]; ldr r4, [r1, #4]; str r4, [r3, #4]; ldr r4, [r1, #8]; str r4, [r3, #8]
 ldr r4, [r1, #12]; str r4, [r3, #12]; mov r0, r2; pop {r4, r5, fp, pc}
second: push {r4, fp, ip, lr}; mov r4, sp; add r1, sp, #16; sub r0, r1, r0; mov sp, r0
 ldr lr, [r4, #12]; ldr fp, [r4, #4]; ldr r4, [r4]; bx lr
third: sub sp, sp, r0; mov r0, sp; bx lr
""",
    "aarch64": """
main: stp x29, x30, [sp, #-16]!; mov x29, sp; bl work; mov w0, #0; ldp x29, x30, [sp], #16; ret
work: stp x29, x30, [sp, #-32]!; mov x29, sp; mov x0, #48; bl first; mov x0, #32; bl second
 mov x0, #16; bl third; nop; mov sp, x29; ldp x29, x30, [sp], #32; ret
first: stp x29, x30, [sp, #-32]!; str x19, [sp, #16]; mov x1, sp; add x2, sp, #32; sub x2, x2, x0; sub x3, x2, #32
 mov sp, x3; ldr x19, [x1]; str x19, [x3]; ldr x19, [x1, #8]; str x19, [x3, #8]; ldr x19, [x1, #16]
 str x19, [x3, #16]; mov x0, x2; ldr x19, [sp, #16]; ldp x29, x30, [sp], #32; ret
second: stp x29, x30, [sp, #-32]!; str x19, [sp, #16]; mov x19, sp; add x1, sp, #32; sub x0, x1, x0; mov sp, x0
 ldp x29, x30, [x19]; ldr x19, [x19, #16]; br x30
third: sub sp, sp, x0; mov x0, sp; ret
""",
    "riscv64": """
main: addi sp, sp, -16; sd ra, 8(sp); call work; ld ra, 8(sp); addi sp, sp, 16; li a0, 0; ret
work: addi sp, sp, -32; sd ra, 24(sp); sd s0, 16(sp); addi s0, sp, 32; li a0, 48; call first; li a0, 32; call second
 li a0, 16; call third; nop; addi sp, s0, -32; ld ra, 24(sp); ld s0, 16(sp); addi sp, sp, 32; ret
first: addi sp, sp, -32; sd ra, 24(sp); sd s0, 16(sp); sd s1, 8(sp); mv a1, sp; addi a2, sp, 32; sub a2, a2, a0
 addi a3, a2, -32; mv sp, a3; ld s1, 8(a1); sd s1, 8(a3); ld s1, 16(a1); sd s1, 16(a3); ld s1, 24(a1)
 sd s1, 24(a3); mv a0, a2; ld ra, 24(sp); ld s0, 16(sp); ld s1, 8(sp); addi sp, sp, 32; ret
second: addi sp, sp, -32; sd ra, 24(sp); sd s0, 16(sp); sd s1, 8(sp); mv s1, sp; addi a1, sp, 32; sub a0, a1, a0
 mv sp, a0; ld t3, 24(s1); ld s0, 16(s1); ld s1, 8(s1); jr t3
third: sub sp, sp, a0; mv a0, sp; ret
""",
    "powerpc": """
main: stwu 1, -16(1); mflr 0; stw 0, 20(1); bl work; lwz 0, 20(1); addi 1, 1, 16; mtlr 0; li 3, 0; blr
work: stwu 1, -32(1); mflr 0; stw 31, 28(1); stw 0, 36(1); mr 31, 1; li 3, 48; bl first; li 3, 32; bl second
 li 3, 16; bl third; nop; lwz 11, 0(1); lwz 0, 4(11); lwz 31, -4(11); mtlr 0; mr 1, 11; blr
first: stwu 1, -32(1); mflr 0; stw 30, 24(1); stw 31, 28(1); stw 0, 36(1); mr 5, 1; lwz 6, 0(1); lwz 7, 0(6)
 subf 8, 3, 6; addi 9, 8, -32; stw 7, 0(8); mr 1, 9; stw 8, 0(1); lwz 30, 24(5); stw 30, 24(1); lwz 31, 28(5)
 stw 31, 28(1); stw 0, 36(1); addi 3, 8, 8; lwz 30, 24(1); lwz 31, 28(1); lwz 0, 36(1); mtlr 0; addi 1, 1, 32; blr
second: stwu 1, -32(1); mflr 0; stw 30, 24(1); stw 0, 36(1); mr 30, 1; lwz 6, 0(1); lwz 7, 0(6); subf 8, 3, 6
 stw 7, 0(8); mr 1, 8; lwz 0, 36(30); mtctr 0; lwz 30, 24(30); bctr
third: neg 3, 3; lwz 4, 0(1); stwux 4, 1, 3; addi 3, 1, 8; blr
""",
}
WANTED = (48, 32, 16)
LEFT = {
    "x86_64": (24, 24, 8),
    "i386": (12, 12, 4),
    "arm": (16, 16, 0),
    "aarch64": (24, 24, 0),
    "riscv64": (24, 24, 0),
    "powerpc": (16, 8, 0),
}
"""Bytes that each call wrote in what became the room."""
every_isa = pytest.mark.parametrize("isa", isas.emulated())


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[str], Recording]:
    return lambda isa: assembled(tmp_path, HANDING_OUT[isa], isa)


def assembled(folder: Path, code: str, isa: str) -> Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = folder / "handing_out.s"
    program.write_text(written_out(code, "%" if isa == "arm" else "@"))
    return stackglass.record(program, isa=isa, static=True)


def written_out(code: str, sign: str) -> str:
    """Assembly of what is above: a function begins with its name, and ends where the next one begins."""

    def lines() -> Iterator[str]:
        yield ".text\n.globl main"
        name = ""
        for line in code.strip().splitlines():
            if not line.startswith(" "):
                if name:
                    yield f".size {name}, .-{name}"
                name = line.partition(":")[0]
                yield f".type {name}, {sign}function"
            yield line.replace("; ", "\n ")
        yield f'.size {name}, .-{name}\n.section .note.GNU-stack, "", {sign}progbits\n'

    return "\n".join(lines())


def calls_of(recording: Recording, *names: str) -> list[tuple[str, int, int, str]]:
    """(name, SP before the call, SP after it, how it was left) of the first call of each."""
    found = []
    for name in names:
        calls, stack_pointer = recording.calls, recording.isa.stack_pointer
        row = next(row for row in range(len(calls)) if calls.call(row).function == name)
        around: list[int] = []
        for step in (calls.call_step(row), calls.return_step(row) or 0):
            recording.seek(step)
            around.append(recording.registers()[stack_pointer])
        found.append((name, around[0], around[1], calls.left_by(row)))
    return found


def rooms(frame: Frame) -> list[Slot]:
    return [slot for slot in frame.slots if slot.role is Role.ALLOCA]


@every_isa
def test_all_that_a_call_lowered_sp_by_is_one_room(recorded: Callable[[str], Recording], isa: str) -> None:
    recording = recorded(isa)
    calls = calls_of(recording, "first", "second", "third")
    linkage = recording.isa.linkage.size if recording.isa.linkage else 0
    frame = at_end(recording).frames[0]
    assert [(slot.address, slot.end) for slot in rooms(frame)] == [
        (after + linkage, before + linkage) for _, before, after, _ in calls
    ]
    assert tuple(slot.size for slot in rooms(frame)) == WANTED
    told = [f"{left} as {name} left them" for (name, *_), left in zip(calls, LEFT[isa], strict=True)]
    assert [slot.note for slot in rooms(frame)] == [
        f"{size} bytes allocated at run time" + (f" ({words})" if left else "")
        for size, words, left in zip(WANTED, told, LEFT[isa], strict=True)
    ]
    assert [slot.initialised is Initialised.NONE for slot in rooms(frame)] == [not n for n in LEFT[isa]]


@every_isa
def test_a_jump_to_the_return_address_returns(recorded: Callable[[str], Recording], isa: str) -> None:
    recording = recorded(isa)
    assert {how for *_, how in calls_of(recording, "first", "second", "third")} == {"return"}
    (told,) = steps_of(explain.call(recording, "second"), PhaseName.RETURN)
    assert ": back in work, handing_out.s:" in told.words


@every_isa
def test_the_frame_goes_with_its_rooms(recorded: Callable[[str], Recording], isa: str) -> None:
    recording = recorded(isa)
    row = next(row for row in range(len(recording.calls)) if recording.calls.call(row).function == "work")
    assert not rooms(recording.at(f"step:{recording.calls.return_step(row)}").frames[0])


def at_end(recording: Recording) -> stackglass.Snapshot:
    """Right after third has returned."""
    row = next(row for row in range(len(recording.calls)) if recording.calls.call(row).function == "third")
    return recording.at(f"step:{recording.calls.return_step(row)}")


# headed puts two words, the size and a number, on top of the room: neither is of what was asked for.
HEADED = {
    "x86_64": """
main: push %rbp; mov %rsp, %rbp; call work; xor %eax, %eax; pop %rbp; ret
work: push %rbp; mov %rsp, %rbp; mov $32, %rdi; call headed; nop; leave; ret
headed: pop %rdx; push %rdi; push $0x5eed; sub %rdi, %rsp; mov %rsp, %rax; jmp *%rdx
""",
    "i386": """
main: push %ebp; mov %esp, %ebp; call work; xor %eax, %eax; pop %ebp; ret
work: push %ebp; mov %esp, %ebp; push $32; call headed; nop; leave; ret
headed: pop %edx; mov (%esp), %ecx; push %ecx; push $0x5eed; sub %ecx, %esp; mov %esp, %eax; jmp *%edx
""",
    "arm": """
main: push {fp, lr}; bl work; mov r0, #0; pop {fp, pc}
work: push {fp, lr}; add fp, sp, #4; mov r0, #32; bl headed; nop; sub sp, fp, #4; pop {fp, pc}
headed: mov r1, #0x5e; push {r0, r1}; sub sp, sp, r0; mov r0, sp; bx lr
""",
    "aarch64": """
main: stp x29, x30, [sp, #-16]!; mov x29, sp; bl work; mov w0, #0; ldp x29, x30, [sp], #16; ret
work: stp x29, x30, [sp, #-16]!; mov x29, sp; mov x0, #32; bl headed; nop; mov sp, x29; ldp x29, x30, [sp], #16; ret
headed: mov x1, #0x5eed; stp x0, x1, [sp, #-16]!; sub sp, sp, x0; mov x0, sp; ret
""",
    "riscv64": """
main: addi sp, sp, -16; sd ra, 8(sp); call work; ld ra, 8(sp); addi sp, sp, 16; li a0, 0; ret
work: addi sp, sp, -16; sd ra, 8(sp); sd s0, 0(sp); addi s0, sp, 16; li a0, 32; call headed; nop; addi sp, s0, -16
 ld ra, 8(sp); ld s0, 0(sp); addi sp, sp, 16; ret
headed: addi sp, sp, -16; li a1, 0x5e; sd a0, 0(sp); sd a1, 8(sp); sub sp, sp, a0; mv a0, sp; ret
""",
}


@pytest.mark.parametrize("isa", HEADED)
def test_what_a_callee_puts_above_the_size_asked_for_is_no_room(tmp_path: Path, isa: str) -> None:
    recording = assembled(tmp_path, HEADED[isa], isa)
    ((_, before, after, _),) = calls_of(recording, "headed")
    row = next(row for row in range(len(recording.calls)) if recording.calls.call(row).function == "headed")
    inside = recording.at(f"step:{(recording.calls.return_step(row) or 0) - 1}").frames[0]
    outside = recording.at(f"step:{recording.calls.return_step(row)}").frames[0]
    for frame in (inside, outside):
        assert [(slot.address, slot.end) for slot in rooms(frame)] == [(after, after + 32)]
    header = [slot for slot in outside.slots if after + 32 <= slot.address < before]
    assert sum(slot.size for slot in header) == 2 * recording.isa.word_size
    assert {(slot.role, slot.note) for slot in header} == {(Role.TEMPORARY, "left by headed's call")}


# The room begins right below SP as the caller had it, where the return address had been. What it was asked for comes in
# a register of the callee's choice; at SP is a small number, which is none of its business.
POPPING = {
    "x86_64": """
main: push %rbp; mov %rsp, %rbp; call work; xor %eax, %eax; pop %rbp; ret
work: push %rbp; mov %rsp, %rbp; sub $LOWER, %rsp; movq $1, (%rsp); mov $ASKED, %eax; mov $1, %edi; call popping
 nop; leave; ret
popping: pop %rcx; sub %rax, %rsp; mov %rsp, %rax; jmp *%rcx
""",
    "i386": """
main: push %ebp; mov %esp, %ebp; call work; xor %eax, %eax; pop %ebp; ret
work: push %ebp; mov %esp, %ebp; sub $LOWER, %esp; movl $1, (%esp); mov $ASKED, %eax; call popping
 nop; leave; ret
popping: pop %ecx; sub %eax, %esp; mov %esp, %eax; jmp *%ecx
""",
}


@pytest.mark.parametrize("asked", [1, 2, 3, 4])
@pytest.mark.parametrize("lower", [1, 2, 3, 4])
@pytest.mark.parametrize("isa", POPPING)
def test_where_a_callee_has_popped_the_return_address_is_room(tmp_path: Path, isa: str, lower: int, asked: int) -> None:
    word = isas.get(isa).word_size
    code = POPPING[isa].replace("LOWER", str(lower * word)).replace("ASKED", str(asked * word))
    recording = assembled(tmp_path, code, isa)
    ((_, before, after, _),) = calls_of(recording, "popping")
    row = next(row for row in range(len(recording.calls)) if recording.calls.call(row).function == "popping")
    (room,) = rooms(recording.at(f"step:{recording.calls.return_step(row)}").frames[0])
    assert (room.address, room.end) == (after, before) == (before - asked * word, before)


# release raises SP by what it is asked to, over what its caller had allocated.
RAISING = {
    "x86_64": """
main: push %rbp; mov %rsp, %rbp; call work; xor %eax, %eax; pop %rbp; ret
work: push %rbp; mov %rsp, %rbp; mov $48, %eax; sub %rax, %rsp; movq $7, (%rsp); mov $32, %edi
 call release; nop; leave; ret
release: pop %rdx; add %rdi, %rsp; nop; jmp *%rdx
""",
    "i386": """
main: push %ebp; mov %esp, %ebp; call work; xor %eax, %eax; pop %ebp; ret
work: push %ebp; mov %esp, %ebp; mov $48, %eax; sub %eax, %esp; movl $7, (%esp); mov $32, %eax
 call release; nop; leave; ret
release: pop %edx; add %eax, %esp; nop; jmp *%edx
""",
    "arm": """
main: push {fp, lr}; bl work; mov r0, #0; pop {fp, pc}
work: push {fp, lr}; add fp, sp, #4; mov r0, #48; sub sp, sp, r0; str r0, [sp]; mov r0, #32; bl release; nop
 sub sp, fp, #4; pop {fp, pc}
release: add sp, sp, r0; nop; bx lr
""",
    "aarch64": """
main: stp x29, x30, [sp, #-16]!; mov x29, sp; bl work; mov w0, #0; ldp x29, x30, [sp], #16; ret
work: stp x29, x30, [sp, #-16]!; mov x29, sp; mov x0, #48; sub sp, sp, x0; str x0, [sp]; mov x0, #32; bl release; nop
 mov sp, x29; ldp x29, x30, [sp], #16; ret
release: add sp, sp, x0; nop; ret
""",
    "riscv64": """
main: addi sp, sp, -16; sd ra, 8(sp); call work; ld ra, 8(sp); addi sp, sp, 16; li a0, 0; ret
work: addi sp, sp, -16; sd ra, 8(sp); sd s0, 0(sp); addi s0, sp, 16; li a0, 48; sub sp, sp, a0; sd a0, 0(sp); li a0, 32
 call release; nop; addi sp, s0, -16; ld ra, 8(sp); ld s0, 0(sp); addi sp, sp, 16; ret
release: add sp, sp, a0; nop; ret
""",
}


@pytest.mark.parametrize("isa", RAISING)
def test_what_a_callee_gives_back_is_told_before_it_returns(tmp_path: Path, isa: str) -> None:
    recording = assembled(tmp_path, RAISING[isa], isa)
    ((_, before, after, _),) = calls_of(recording, "release")
    assert after - before == 32
    row = next(row for row in range(len(recording.calls)) if recording.calls.call(row).function == "release")
    snapshot = recording.at(f"step:{(recording.calls.return_step(row) or 0) - 1}")
    work = snapshot.frames[1]
    assert snapshot.stack_pointer[1] == after
    assert [(slot.address, slot.end) for slot in rooms(work)] == [(after, after + 16)]
    below = [slot for slot in work.slots if slot.address < after]
    assert sum(slot.size for slot in below) == 32
    assert {slot.note for slot in below} == {"given back: the stack pointer is above it"}
    assert {slot.role for slot in below} == {Role.TEMPORARY, Role.PADDING}
    drawn = render_plain(picture(snapshot, PictureOptions(width=160)))
    assert f"is above this frame, in that of work: it is {after:#x}, 32 bytes above where this one ends" in drawn


# The size is pushed: popping takes it off the stack before it makes room, moving moves it down with the return address
# for work to take it off. work keeps the rooms' addresses.
PUSHED = """
main: call work; xor %eax, %eax; ret
work: push %ebp; mov %esp, %ebp; sub $16, %esp
 push $20; call moving; add $4, %esp; mov %eax, -4(%ebp); movl $0x11111111, 16(%eax)
 push $12; call popping; mov %eax, -8(%ebp); movl $0x22222222, 8(%eax)
 push $28; call jumping; mov %eax, -12(%ebp); movl $0x33333333, 24(%eax)
 push %eax; call leaf; add $4, %esp; leave; ret
moving: mov 4(%esp), %eax; mov (%esp), %ecx; mov 4(%esp), %edx; sub %eax, %esp; mov %ecx, (%esp); mov %edx, 4(%esp)
 lea 8(%esp), %eax; ret
popping: pop %ecx; pop %eax; sub %eax, %esp; mov %esp, %eax; push %ecx; ret
jumping: mov (%esp), %eax; mov 4(%esp), %ecx; add $8, %esp; sub %ecx, %esp; mov %eax, %edx; mov %esp, %eax; jmp *%edx
leaf: mov 4(%esp), %eax; ret
"""


def test_a_size_that_is_pushed_is_no_part_of_the_room(tmp_path: Path) -> None:
    recording = assembled(tmp_path, PUSHED, "i386")
    frame = recording.at("leaf").frames[1]
    assert frame.frame_pointer is not None
    words = [recording.read_memory(frame.frame_pointer - offset, 4) for offset in (4, 8, 12)]
    places = [int.from_bytes(word, "little") for word in words]
    assert [(slot.address, slot.size) for slot in rooms(frame)] == list(zip(places, (20, 12, 28), strict=True))
    below = next(slot for slot in frame.slots if slot.end == places[-1])
    assert (below.role, below.size) == (Role.TEMPORARY, 4)


def test_between_the_call_and_the_end_of_its_argument_the_room_is_the_same(tmp_path: Path) -> None:
    recording = assembled(tmp_path, PUSHED, "i386")
    (call,) = [row for row in range(len(recording.calls)) if recording.calls.call(row).function == "moving"]
    behind = recording.calls.return_step(call) or 0
    recording.seek(behind)
    place = recording.registers()["eax"]
    for step in (behind, behind + 1):
        (room,) = rooms(recording.at(f"step:{step}").frames[0])
        assert (room.address, room.size) == (place, 20)
