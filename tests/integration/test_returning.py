"""Returns in all their forms: which instruction of a function is told as its return, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from stackglass.model.explanation import ExplainedCall, PhaseName
from tests.explained import steps_of
from tests.needs import require

FRAME = """
    .text
    {encoding}
    .global leaf
    .type leaf, %function
leaf:
    {leaf}
    .size leaf, .-leaf
    {usual}
    .global main
    .type main, %function
main:
    {main}
    .size main, .-main
    .section .note.GNU-stack,"",%progbits
"""
CALLERS = {
    "x86_64": "call leaf; xor %eax, %eax; ret",
    "i386": "call leaf; xor %eax, %eax; ret",
    "aarch64": "stp x29, x30, [sp, #-16]!; bl leaf; mov w0, #0; ldp x29, x30, [sp], #16; ret",
    "riscv64": "addi sp, sp, -16; sd ra, 8(sp); call leaf; li a0, 0; ld ra, 8(sp); addi sp, sp, 16; ret",
    "powerpc": "stwu 1, -16(1); mflr 0; stw 0, 20(1); bl leaf; li 3, 0; lwz 0, 20(1); mtlr 0; addi 1, 1, 16; blr",
    "arm": "push {{r4, lr}}; mov r0, #1; {call} leaf; mov r0, #0; pop {{r4, pc}}",
}


def called(folder: Path, isa: str, leaf: str, *, thumb: bool = False) -> ExplainedCall:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    head = ".syntax unified\n.arch armv7-a\n" if isa == "arm" else ""
    main = CALLERS[isa].format(call="blx" if thumb else "bl") if isa == "arm" else CALLERS[isa]
    lines = {"encoding": ".thumb" if thumb else "", "usual": ".arm" if thumb else "", "leaf": leaf, "main": main}
    separated = {name: code.replace("; ", "\n    ") for name, code in lines.items()}
    (folder / "back.s").write_text(head + FRAME.format(**separated))
    return explain.call(stackglass.record(folder / "back.s", isa=isa), "leaf")


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ("str lr, [sp, #-8]!; ldr pc, [sp], #8", "takes back the return address (*, into pc), and so returns: "),
        ("sub sp, sp, #16; str lr, [sp, #-4]!; ldr pc, [sp], #20", "takes back the return address (*, into pc), and"),
        ("push {r4, lr}; ldm sp!, {r4, pc}", "takes back the caller's r4 (*) and the return address (*, into pc), and"),
        ("push {r4, lr}; cmp r0, #1; popeq {r4, pc}; b leaf", "r0 (1) is equal to 1, so takes back the caller's r4 (*"),
        ("push {lr}; cmp r0, #1; ldreq pc, [sp], #4; b leaf", "r0 (1) is equal to 1, so takes back the return address"),
        (
            "mov ip, sp; push {r4, fp, ip, lr, pc}; sub fp, ip, #4; ldmdb fp, {r4, fp, sp, pc}",
            "takes back the caller's r4 (*), the caller's fp (*), the caller's sp (*) and the return address (*",
        ),
        ("cmp r0, #2; bxne lr; b leaf", "r0 (1) is not equal to 2, so returns to the address in lr: back in main"),
        ("push {r3, lr}; pop {r2, r3}; bx r3", "returns to the address in r3: back in main"),
        ("mov r3, lr; mov pc, r3", "returns to the address in r3: back in main"),
        ("mov r3, lr; push {lr}; add sp, sp, #4; ldr pc, [sp, #-4]", "reads the 4 bytes at sp-4 into pc (*), and so"),
    ],
)
def test_a_return_of_arm_code_is_told_as_one(leaf: str, words: str, tmp_path: Path) -> None:
    _is_told(called(tmp_path, "arm", leaf), words)


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ("str.w lr, [sp, #-8]!; ldr.w pc, [sp], #8", "takes back the return address (*, into pc), and so returns: "),
        (
            "push {r4, lr}; cmp r0, #1; it eq; popeq {r4, pc}; b leaf",
            "r0 (1) is equal to 1, so takes back the caller's",
        ),
        ("push {r4, lr}; pop {r4}; pop {r1}; bx r1", "returns to the address in r1: back in main"),
    ],
)
def test_a_return_of_thumb_code_is_told_as_one(leaf: str, words: str, tmp_path: Path) -> None:
    _is_told(called(tmp_path, "arm", leaf, thumb=True), words)


@pytest.mark.parametrize(
    ("isa", "leaf", "words"),
    [
        ("x86_64", "pop %rcx; jmp *%rcx", "returns to the address in rcx: back in main"),
        ("i386", "pop %ecx; jmp *%ecx", "returns to the address in ecx: back in main"),
        ("aarch64", "mov x9, x30; br x9", "returns to the address in x9: back in main"),
        ("riscv64", "mv t1, ra; jr t1", "returns to the address in t1: back in main"),
        ("powerpc", "mflr 0; mtctr 0; bctr", "returns to the address in ctr: back in main"),
    ],
)
def test_a_jump_back_to_the_caller_is_told_as_a_return(isa: str, leaf: str, words: str, tmp_path: Path) -> None:
    _is_told(called(tmp_path, isa, leaf), words)


def test_a_return_whose_condition_does_not_hold_takes_no_frame_down(tmp_path: Path) -> None:
    told = called(tmp_path, "arm", "push {r4, lr}; cmp r0, #2; popeq {r4, pc}; pop {r4, pc}")
    assert [one.disassembly for one in steps_of(told, PhaseName.RETURN)] == ["pop {r4, pc}"]
    assert not steps_of(told, PhaseName.EPILOGUE)
    (skipped,) = [one for one in steps_of(told) if one.disassembly == "popeq {r4, pc}"]
    assert skipped.words == "r0 (1) is not equal to 2, so does nothing"


def _is_told(told: ExplainedCall, words: str) -> None:
    """The last instruction, and no other one, is the return, in words with '*' for numbers."""
    (back,) = steps_of(told, PhaseName.RETURN)
    at = 0
    for piece in words.split("*"):
        found = back.words.find(piece, at)
        assert found == 0 if at == 0 else found >= 0, back.words
        at = found + len(piece)
    assert "back in main" in back.words
    assert "itself" not in back.words
    assert [phase.title for phase in told.phases if phase.name is PhaseName.RETURN] == ["leaf returns"]
