"""A callee that saves registers for its caller, and returns with SP below them: they are its caller's saved ones."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Role
from stackglass import isa as isas
from tests.needs import require

# save keeps two registers for helped, which changes them and takes them back; main has set them before.
HELPED = {
    "x86_64": (
        (
            "main: push %rbx; push %r12; push %rax; mov $77, %ebx; mov $88, %r12d; call helped;"
            " xor %eax, %eax; pop %rcx;"
            " pop %r12; pop %rbx; ret"
        ),
        "helped: call save; mov $1, %ebx; mov $2, %r12d; taken: nop; pop %r12; pop %rbx; ret",
        "save: pop %rax; push %rbx; push %r12; jmp *%rax",
    ),
    "i386": (
        (
            "main: push %ebx; push %esi; mov $77, %ebx; mov $88, %esi; call helped; xor %eax, %eax;"
            " pop %esi; pop %ebx; ret"
        ),
        "helped: call save; mov $1, %ebx; mov $2, %esi; taken: nop; pop %esi; pop %ebx; ret",
        "save: pop %eax; push %ebx; push %esi; jmp *%eax",
    ),
    "arm": (
        "main: push {r4, r5, r6, lr}; mov r4, #77; mov r5, #88; bl helped; mov r0, #0; pop {r4, r5, r6, pc}",
        "helped: push {lr}; bl save; mov r4, #1; mov r5, #2; taken: nop; pop {r4, r5, pc}",
        "save: pop {ip}; push {r4, r5, ip}; bx lr",
    ),
    "aarch64": (
        (
            "main: stp x29, x30, [sp, #-32]!; stp x19, x20, [sp, #16]; mov x19, #77; mov x20, #88;"
            " bl helped; mov w0, #0;"
            " ldp x19, x20, [sp, #16]; ldp x29, x30, [sp], #32; ret"
        ),
        (
            "helped: str x30, [sp, #-16]!; bl save; mov x19, #1; mov x20, #2; taken: nop; ldp x19, x20, [sp], #16;"
            " ldr x30, [sp], #16; ret"
        ),
        "save: stp x19, x20, [sp, #-16]!; ret",
    ),
    "riscv64": (
        (
            "main: addi sp, sp, -32; sd ra, 24(sp); sd s1, 16(sp); sd s2, 8(sp); li s1, 77; li s2, 88; call helped;"
            " ld ra, 24(sp); ld s1, 16(sp); ld s2, 8(sp); addi sp, sp, 32; li a0, 0; ret"
        ),
        (
            "helped: addi sp, sp, -16; sd ra, 8(sp); call save; li s1, 1; li s2, 2; taken: nop;"
            " ld s1, 8(sp); ld s2, 0(sp);"
            " ld ra, 24(sp); addi sp, sp, 32; ret"
        ),
        "save: addi sp, sp, -16; sd s1, 8(sp); sd s2, 0(sp); ret",
    ),
}


def program(isa: str) -> str:
    sign = "%" if isa == "arm" else "@"
    lines = [".text", ".globl main", f'.section .note.GNU-stack, "", {sign}progbits', ".text"]
    for code in HELPED[isa]:
        name = code.partition(":")[0]
        lines += [f".type {name}, {sign}function", *code.replace(": ", ":\n").split("; "), f".size {name}, .-{name}"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("isa", list(HELPED))
def test_what_it_saves_is_its_callers(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    source = tmp_path / "helped.s"
    source.write_text(program(isa))
    recording = stackglass.record(source, isa=isa, static=True)
    assert recording.exit_status == 0
    line = source.read_text().splitlines().index("taken:") + 2
    frames = recording.at(f"{line}").frames
    helped, main = frames[0], frames[1]
    assert (helped.function, main.function) == ("helped", "main")
    saved = [slot for slot in helped.slots if slot.role in (Role.SAVED_REGISTER, Role.SAVED_FRAME_POINTER)]
    assert sorted(int.from_bytes(slot.bytes, isas.get(isa).byte_order) for slot in saved) == [77, 88]
    assert [slot for slot in helped.slots if slot.role is Role.ALLOCA] == []
    assert len([slot for slot in helped.slots if slot.role is Role.RETURN_ADDRESS]) == 1
    assert not any(slot.overwritten for slot in helped.slots)
