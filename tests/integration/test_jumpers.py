"""A function reached by a jump whose jumper kept its frame: both frames are there, each with its own labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Recording, Role
from stackglass import isa as isas
from stackglass.views.lines import render_plain
from stackglass.views.text import picture
from tests.needs import require

PROGRAMS = Path(__file__).resolve().parents[1] / "programs" / "stacks"

# f saves what it has to, and jumps to g with its frame still there; g makes its own, calls h, and gives both back.
KEEPING = {
    "x86_64": """
main: push %rbp; mov %rsp, %rbp; call f; xor %eax, %eax; pop %rbp; ret
f: push %rbp; mov %rsp, %rbp; push %rbx; sub $8, %rsp; mov $7, %ebx; jmp g
g: push %r12; sub $24, %rsp; movq $5, 8(%rsp); call h; add $24, %rsp; pop %r12; add $8, %rsp; pop %rbx; leave; ret
h: ret
""",
    "i386": """
main: push %ebp; mov %esp, %ebp; call f; xor %eax, %eax; pop %ebp; ret
f: push %ebp; mov %esp, %ebp; push %ebx; sub $4, %esp; mov $7, %ebx; jmp g
g: push %esi; sub $12, %esp; movl $5, 4(%esp); call h; add $12, %esp; pop %esi; add $4, %esp; pop %ebx; leave; ret
h: ret
""",
    "arm": """
main: push {r4, lr}; bl f; mov r0, #0; pop {r4, pc}
f: push {r4, lr}; sub sp, sp, #8; mov r4, #7; b g
g: push {r5, r6}; sub sp, sp, #8; mov r3, #5; str r3, [sp, #4]; bl h; add sp, sp, #8; pop {r5, r6}
 add sp, sp, #8; pop {r4, pc}
h: bx lr
""",
    "aarch64": """
main: stp x29, x30, [sp, #-16]!; bl f; mov w0, #0; ldp x29, x30, [sp], #16; ret
f: stp x19, x30, [sp, #-32]!; mov x19, #7; b g
g: sub sp, sp, #32; str x20, [sp, #24]; mov x3, #5; str x3, [sp, #8]; bl h; ldr x20, [sp, #24]; add sp, sp, #32
 ldp x19, x30, [sp], #32; ret
h: ret
""",
    "riscv64": """
main: addi sp, sp, -16; sd ra, 8(sp); call f; ld ra, 8(sp); addi sp, sp, 16; li a0, 0; ret
f: addi sp, sp, -32; sd ra, 24(sp); sd s1, 16(sp); li s1, 7; tail g
g: addi sp, sp, -48; sd s2, 32(sp); li t0, 5; sd t0, 8(sp); call h; ld s2, 32(sp); addi sp, sp, 48
 ld s1, 16(sp); ld ra, 24(sp); addi sp, sp, 32; ret
h: ret
""",
    "powerpc": """
main: stwu 1, -16(1); mflr 0; stw 0, 20(1); bl f; lwz 0, 20(1); addi 1, 1, 16; mtlr 0; li 3, 0; blr
f: stwu 1, -32(1); mflr 0; stw 0, 36(1); stw 31, 28(1); li 31, 7; b g
g: stwu 1, -48(1); stw 30, 40(1); li 9, 5; stw 9, 8(1); bl h; lwz 30, 40(1); addi 1, 1, 48
 lwz 31, 28(1); lwz 0, 36(1); mtlr 0; addi 1, 1, 32; blr
h: blr
""",
}
SIZES = {
    "x86_64": (32, 32),
    "i386": (16, 16),
    "arm": (16, 16),
    "aarch64": (32, 32),
    "riscv64": (32, 48),
    "powerpc": (32, 48),
}
"""Bytes of f's frame and of g's."""


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[str], Recording]:
    def record(isa: str) -> Recording:
        require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
        functions = ("main", "f", "g", "h")
        kind = "%function" if isa == "arm" else "@function"
        source = "\n".join(line.replace("; ", "\n ") for line in KEEPING[isa].splitlines())
        for name in functions:
            source = source.replace(f"\n{name}: ", f"\n.type {name}, {kind}\n{name}: ")
        ends = [source.index(f".type {name}") for name in functions[1:]] + [len(source)]
        for name, end in reversed(list(zip(functions, ends, strict=True))):
            source = f"{source[:end]}\n.size {name}, .-{name}\n{source[end:]}"
        program = tmp_path / "keeping.s"
        program.write_text(f'.text\n.globl main\n{source}\n.section .note.GNU-stack,"",{kind[0]}progbits\n')
        return stackglass.record(program, isa=isa, static=True)

    return record


def roles(frame: Frame) -> list[tuple[Role, str | None]]:
    return [(slot.role, slot.register) for slot in frame.slots if slot.of_frame is None]


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_jumpers_frame_stays_a_frame(recorded: Callable[[str], Recording], isa: str) -> None:
    recording = recorded(isa)
    snapshot = recording.at("h")
    h, g, f, main = list(snapshot.frames)[:4]
    assert [frame.function for frame in (h, g, f, main)] == ["h", "g", "f", "main"]
    assert (f.size, g.size) == SIZES[isa]
    assert (f.low, g.low) == (g.high, h.high)
    assert g.jumper_stays and not f.jumper_stays
    assert g.call_site is None and f.call_site is not None and f.call_site.function == "main"
    assert {role for role, _ in roles(g)} <= {Role.SAVED_REGISTER, Role.TEMPORARY, Role.PADDING}
    assert Role.SAVED_REGISTER in dict(roles(g)) and Role.TEMPORARY in dict(roles(g))
    assert not any(slot.overwritten for frame in (f, g) for slot in frame.slots)
    saved = {register for role, register in roles(f) if role in (Role.SAVED_REGISTER, Role.SAVED_FRAME_POINTER)}
    assert saved & {"rbx", "ebx", "r4", "x19", "s1", "r31"}
    assert f.return_address.value == recording.calls.return_address(recording.calls.row_at(snapshot.step or 0) - 1)


@pytest.mark.parametrize("isa", [name for name in isas.emulated() if isas.get(name).return_register])
def test_where_it_returns_to_is_told(recorded: Callable[[str], Recording], isa: str) -> None:
    recording = recorded(isa)
    snapshot = recording.at("g:entry")
    assert snapshot.frames[0].jumper_stays
    rows = render_plain(picture(snapshot)).splitlines()
    (told,) = [row for row in rows if row.startswith(f"│ in {isas.get(isa).return_register} ")]
    assert "return address → back into main, keeping.s:" in told


@pytest.mark.parametrize("isa", isas.emulated())
def test_it_is_gone_when_who_was_jumped_to_has_given_it_back(recorded: Callable[[str], Recording], isa: str) -> None:
    recording = recorded(isa)
    snapshot = recording.at("g:return")
    assert [frame.function for frame in list(snapshot.frames)[:2]] == ["g", "main"]
    assert not snapshot.frames[0].jumper_stays


def test_a_program_starts_with_such_a_jump_on_powerpc(recorded: Callable[[str], Recording]) -> None:
    frames = list(recorded("powerpc").at("main").frames)
    start_main, start = frames[-2:]
    assert (start_main.function, start.function) == ("__libc_start_main", "_start")
    assert start.size == 16
    assert not any(slot.overwritten or slot.role is Role.ALLOCA for slot in start_main.slots)
