"""Thumb code on ARM: by gcc's flag and by zig's own target, with its own frame pointer, and calls to and from A32."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Role, explain
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.explained import steps_of
from tests.needs import require


@pytest.mark.parametrize("compiler", [None, "zig"])
def test_its_frame_pointer_is_r7(compiler: str | None, examples: Path) -> None:
    require("zig" if compiler else "arm-linux-gnueabi-gcc")
    recording = stackglass.record(examples / "recursion.c", isa="arm", cc=compiler, cflags="-mthumb")
    snapshot = recording.at("f#2")
    assert snapshot.registers["cpsr"] >> 5 & 1
    assert snapshot.frame_pointer is not None and snapshot.frame_pointer[0] == "r7"
    called, caller = snapshot.frames[0], snapshot.frames[1]
    assert (called.frame_pointer_register, called.frame_pointer) == ("r7", snapshot.registers["r7"])
    (saved,) = [slot for slot in called.slots if slot.role is Role.SAVED_FRAME_POINTER]
    assert (saved.register, int(saved.value or "0", 16)) == ("r7", caller.frame_pointer)
    assert saved.points_to is not None and saved.points_to.name == "f's frame"


MIXED = """
__attribute__((target("thumb"), noinline)) int inner(int n) { int local = n * 2; return local; }
__attribute__((target("arm"), noinline)) int outer(int n) { int local = inner(n + 1); return local + 1; }
int main(void) { return outer(3) == 9 ? 0 : 1; }
"""


def test_each_frame_has_the_frame_pointer_of_its_own_code(tmp_path: Path) -> None:
    require("arm-linux-gnueabi-gcc")
    (tmp_path / "mixed.c").write_text(MIXED)
    recording = stackglass.record(tmp_path / "mixed.c", isa="arm", cflags="-marm")
    assert recording.exit_status == 0
    registers = [frame.frame_pointer_register for frame in recording.at("inner").frames if not frame.library]
    assert registers == ["r7", "fp", "fp"]


ASSEMBLED = """
    .syntax unified
    .thumb
    .global main
    .thumb_func
    .type main, %function
main:
    push {r7, lr}
    bl first
    movs r0, #0
    pop {r7, pc}
    .size main, .-main
    .thumb_func
    .type first, %function
first:
    push {r7, lr}
    bl second
    pop {r7, pc}
    .size first, .-first
    .thumb_func
    .type second, %function
second:
    adds r0, #2
    bx lr
    .size second, .-second
    .section .note.GNU-stack, "", %progbits
"""


def test_assembled_functions_go_by_their_own_names(tmp_path: Path) -> None:
    """The assembler's debug information has each of them begin one byte late: it keeps the bit for Thumb."""
    require("arm-linux-gnueabi-gcc")
    (tmp_path / "assembled.s").write_text(ASSEMBLED)
    recording = stackglass.record(tmp_path / "assembled.s", isa="arm", cflags="-march=armv7-a")
    calls = recording.calls
    assert [calls.call(row).function for row in range(len(calls)) if not calls.call(row).library] == [
        "main",
        "first",
        "second",
    ]
    snapshot = recording.at("second:entry")
    assert [frame.function for frame in snapshot.frames if not frame.library] == ["second", "first", "main"]
    assert recording.at("first:return").frames[0].function == "first"


FROM_A32 = """
    .syntax unified
    .arch armv7-a
    .arm
    .global main
    .type main, %function
main:
    push {fp, lr}
    add fp, sp, #4
    mov r7, #0
    bl leaf
    mov r0, #0
    pop {fp, pc}
    .size main, .-main
    .thumb
    .thumb_func
    .type leaf, %function
leaf:
    push {r7, lr}
    nop
    pop {r7, pc}
    .size leaf, .-leaf
"""


def test_r7_of_a_caller_with_another_frame_pointer_ends_no_chain(tmp_path: Path) -> None:
    require("arm-linux-gnueabi-gcc")
    (tmp_path / "mixed.s").write_text(FROM_A32)
    recording = stackglass.record(tmp_path / "mixed.s", isa="arm")
    drawn = render_plain(picture(recording.at("leaf:return"), PictureOptions(width=140)))
    (line,) = [line for line in drawn.splitlines() if "saved r7" in line]
    assert "saved r7 = 0x0: main does not use it as a frame pointer" in line


PLACES = """
    .syntax unified
    .arch armv7-a
    .thumb
    .global main
    .thumb_func
    .type main, %function
main:
    nop
    adr r0, data
    movs r2, #1
    tbb [pc, r2]
bytes:
    .byte (first - bytes) / 2
    .byte (second - bytes) / 2
first:
    nop
second:
    tbh [pc, r2, lsl #1]
halves:
    .short (first - halves) / 2
    .short (last - halves) / 2
last:
    movs r0, #0
    bx lr
    .align 2
data:
    .word 1
    .size main, .-main
"""


def test_addresses_from_pc_are_those_of_thumb(tmp_path: Path) -> None:
    """adr rounds pc down to a multiple of 4; the tables of tbb and tbh begin right behind them."""
    require("arm-linux-gnueabi-gcc")
    (tmp_path / "places.s").write_text(PLACES)
    recording = stackglass.record(tmp_path / "places.s", isa="arm")
    explained = explain.call(recording, "main")
    steps = {
        step.disassembly.split()[0]: step for phase in explained.phases for step in steps_of(explained, phase.name)
    }
    recording.seek(steps["adr"].end_step)
    data = recording.registers()["r0"]
    assert steps["adr"].words.startswith(f"puts an address, {data:#x}")
    assert f"the 1 byte at {steps['tbb'].pc + 5:#x}" in steps["tbb"].words
    assert f"the 2 bytes at {steps['tbh'].pc + 6:#x}" in steps["tbh"].words


GROUP_ENDS_WITH_A_RETURN = """
    .syntax unified
    .arch armv7-a
    .thumb
    .global leaf
    .type leaf, %function
leaf:
    push {r4, lr}
    cmp r0, #1
    it eq
    popeq {r4, pc}
    pop {r4, pc}
    .size leaf, .-leaf
    .arm
    .global main
    .type main, %function
main:
    push {r4, lr}
    mov r0, #1
    blx leaf
    mov r0, #2
    blx leaf
    mov r0, #0
    pop {r4, pc}
    .size main, .-main
"""


@pytest.mark.parametrize("flags", ["-Wl,-z,noexecstack", "-Wl,-z,execstack"])
def test_code_that_a_group_returns_to_can_be_stopped_in(flags: str, tmp_path: Path) -> None:
    """The engine left out of what it translates next that it can be stopped there: recording it never ended."""
    require("arm-linux-gnueabi-gcc", "static libc")
    (tmp_path / "group.s").write_text(GROUP_ENDS_WITH_A_RETURN)
    recording = stackglass.record(tmp_path / "group.s", isa="arm", cflags=flags)
    assert recording.fault is None
    assert recording.exit_status == 0
    first = recording.at("leaf").step
    assert first is not None
    recording.seek(first)
    forward = []
    for _ in range(16):
        forward.append((recording.step, recording.registers()["pc"]))
        recording.advance()
    for step, pc in reversed(forward):
        recording.seek(step)
        assert (recording.step, recording.registers()["pc"]) == (step, pc)
        recording.seek(first)
