"""Jumps as the call history has them: those that had left a return address before, and those within a helper."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from stackglass.model.explanation import ExplainedCall, FoldedSteps, FoldKind, PhaseName
from tests.explained import check_order, steps_of
from tests.needs import require

BY_HAND = {
    "x86_64": "lea 1f(%rip), %rax; push %rax; jmp callee; 1: ret",
    "i386": "push $1f; jmp callee; 1: ret",
    "arm": "push {r4, lr}; mov lr, pc; b callee; pop {r4, pc}",
    "aarch64": "stp x29, x30, [sp, -16]!; adr x30, 1f; b callee; 1: ldp x29, x30, [sp], 16; ret",
    "riscv64": "addi sp, sp, -16; sd ra, 8(sp); lla ra, 1f; j callee; 1: ld ra, 8(sp); addi sp, sp, 16; ret",
    "powerpc": "stwu 1, -16(1); mflr 0; stw 0, 20(1); lis 12, 1f@ha; addi 12, 12, 1f@l; mtlr 12; b callee;"
    " 1: lwz 0, 20(1); mtlr 0; addi 1, 1, 16; blr",
}
SOURCE = """
__attribute__((noinline)) int callee(void) {{ return 7; }}
__asm__(".text; .globl byhand; .type byhand, %function; byhand: {code}; .size byhand, .-byhand");
extern int byhand(void);
int main(void) {{ return byhand() - 7; }}
"""


def compiler(isa: str) -> str:
    return "gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc"


def told_of(folder: Path, isa: str, source: str, function: str, flags: str = "-O1") -> ExplainedCall:
    require(compiler(isa), "static libc")
    (folder / "jumps.c").write_text(source)
    told = explain.call(stackglass.record(folder / "jumps.c", isa=isa, cflags=flags), function, full=True)
    check_order(told)
    return told


def calls_in(told: ExplainedCall) -> list[str | None]:
    inside = (one for phase in told.phases if phase.name is PhaseName.BODY for one in phase.told)
    return [one.function for one in inside if isinstance(one, FoldedSteps) and one.kind is FoldKind.CALL]


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_jump_that_left_its_return_address_is_told_as_a_call(isa: str, tmp_path: Path) -> None:
    told = told_of(tmp_path, isa, SOURCE.format(code=BY_HAND[isa]), "byhand")
    assert calls_in(told) == ["callee"]
    (jump,) = [one for one in steps_of(told) if "as a call" in one.words]
    assert "callee, as a call: " in jump.words or "to callee" in jump.words
    assert "returns to" not in jump.words
    assert "(byhand+0x" in jump.words
    assert {one.function for one in steps_of(told)} == {"byhand", "main"}


POINTER = """
__attribute__((noinline)) int add(int a, int b) { return a + b; }
__attribute__((noinline)) int apply(int (*f)(int, int), int a) { return f(a, 4) + 1; }
int main(void) { return apply(add, 3) - 8; }
"""


def test_the_indirect_call_of_armv4t_is_told_as_a_call(tmp_path: Path) -> None:
    """It has no blx: gcc makes `mov lr, pc; bx r3`."""
    told = told_of(tmp_path, "arm", POINTER, "apply", "-O0 -march=armv4t -marm")
    assert calls_in(told) == ["add"]
    (jump,) = [one for one in steps_of(told) if one.disassembly.startswith("bx r3")]
    assert jump.words.startswith("jumps to where r3 points, add, as a call: lr has the return address already, 0x")


SAVING = """
__attribute__((noinline)) int leaf(int a, int b) { return a * 3 + b; }
__attribute__((noinline)) int work(int a, int b, int c, int d) {
    int x = leaf(a, b), y = leaf(c, d), z = leaf(x, y);
    int w = leaf(z, a) + leaf(y, b) + leaf(x, c);
    return x + y + z + w + a + b + c + d;
}
int main(void) { return work(1, 2, 3, 4) - 200; }
"""


def test_jumps_within_a_helper_that_comes_back_keep_the_frame(tmp_path: Path) -> None:
    """__riscv_save_8 falls on through __riscv_save_6 and so on, and returns to work by t0."""
    told = told_of(tmp_path, "riscv64", SAVING, "work", "-Os -msave-restore -fomit-frame-pointer")
    jumps = [one for one in steps_of(told) if one.disassembly.split()[0] in ("j", "c.j")]
    saving = [one.words for one in jumps if (one.function or "").startswith("__riscv_save")]
    assert saving
    assert all(words.startswith("goes on at __riscv_save") for words in saving), saving
    (leaving,) = [one.words for one in jumps if one.function == "work"]
    assert "__riscv_restore" in leaving
    assert leaving.endswith("returns to main itself")
    (room,) = [one.words for one in steps_of(told) if "addi16sp" in one.disassembly]
    assert room.startswith("reserves 112 bytes of stack for this frame")
