"""A function that never returns may change registers that it should save: what its callers had there is not that."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from tests.needs import require

STOP = {
    "x86_64": "sub $8, %rsp; mov $9, %ebx; mov $3, %edi; call halt; nop",
    "arm": "push {r3, lr}; mov r4, #9; mov r0, #3; bl halt; nop",
    "aarch64": "str x30, [sp, #-16]!; mov x19, #9; mov w0, #3; bl halt; nop",
    "riscv64": "addi sp, sp, -16; sd ra, 8(sp); li s0, 9; li a0, 3; call halt; nop",
    "powerpc": "stwu 1, -16(1); mflr 0; stw 0, 20(1); li 29, 9; li 3, 3; bl halt; nop",
}
CHANGED = {"x86_64": "rbx", "arm": "r4", "aarch64": "x19", "riscv64": "s0", "powerpc": "r29"}
"""Where gcc keeps the parameter."""
SOURCE = """
#include <stdlib.h>
int stop(void);
volatile int last;
__attribute__((noipa)) void halt(int status) { last = status; exit(status); }
__attribute__((noipa)) int keep(int kept) { int got = stop(); return got + kept; }
int main(int argc, char **argv) { return keep(argc + 40); }
"""


@pytest.mark.parametrize("isa", list(STOP))
def test_what_the_caller_had_in_the_register_is_told(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    sign = "%" if isa == "arm" else "@"
    code = f".text\\n.globl stop\\n.type stop, {sign}function\\nstop: {STOP[isa]}\\n.size stop, .-stop"
    (tmp_path / "kept.c").write_text(SOURCE + f'__asm__("{code}");\n')
    recording = stackglass.record(tmp_path / "kept.c", isa=isa, optimise="2", static=True)
    assert recording.exit_status == 3
    snapshot = recording.at("halt:entry")
    keep = snapshot.frames[2]
    assert keep.function == "keep"
    (kept,) = keep.parameters
    assert kept.value == "41", kept
    assert snapshot.registers[CHANGED[isa]] == 9
