"""What PowerPC alone has: stores of many registers at once, out-of-line saving, and instructions of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Role, explain
from tests.explained import steps_of
from tests.needs import require


def recorded(folder: Path, source: str, flags: str, suffix: str = "c") -> stackglass.Recording:
    require("powerpc-linux-gnu-gcc", "static libc")
    path = folder / f"program.{suffix}"
    path.write_text(source)
    return stackglass.record(path, isa="powerpc", cflags=flags)


KEPT = """
__attribute__((noinline)) int leaf(int a, int b) { __asm__ volatile("" ::: "memory"); return a * b + 3; }
__attribute__((noinline)) int many(int a, int b, int c, int d)
{
    int e = leaf(a, b), f = leaf(c, d), g = leaf(a, c), h = leaf(b, d), i = leaf(a, d), j = leaf(b, c);
    int k = leaf(e, f), l = leaf(g, h), m = leaf(i, j), n = leaf(k, l), o = leaf(e, g), p = leaf(f, h);
    return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
}
int main(void) { return many(1, 2, 3, 4) & 1; }
"""


def test_every_register_that_stmw_saves_was_written_by_it(tmp_path: Path) -> None:
    """gcc's call-frame information leaves out r30, which is no less saved."""
    recording = recorded(tmp_path, KEPT, "-Os")
    moment = recording.at("leaf#6:entry")
    frame = moment.frames[1]
    assert frame.function == "many"
    kept = {slot.register: slot for slot in frame.slots if slot.role in (Role.SAVED_REGISTER, Role.SAVED_FRAME_POINTER)}
    kept.pop("r1")
    assert {"r29", "r30", "r31"} <= set(kept)
    assert len(kept) > 10
    assert {slot.written_by.function for slot in kept.values() if slot.written_by} == {"many"}
    writers = {slot.written_by and slot.written_by.pc for slot in kept.values()}
    assert len(writers) == 1 and None not in writers
    before = recording.at("many:entry").registers
    assert {name: before[name] for name in kept if name} == {
        name: int(slot.value or "", 16) for name, slot in kept.items() if name
    }


STORES = """
    .globl main
    .type main, @function
main:
    stwu 1, -64(1)
    lis 3, 0x1122
    ori 3, 3, 0x3344
    mr 4, 3
    addi 8, 1, 16
    stswi 3, 8, 7
    li 11, 6
    mtxer 11
    addi 12, 1, 32
    stswx 3, 0, 12
    mr 31, 31
    stmw 30, 48(1)
    li 3, 0
    addi 1, 1, 64
    blr
    .size main, .-main
"""


@pytest.mark.parametrize(("address", "size", "line"), [(16, 7, 10), (32, 6, 14), (48, 8, 16)])
def test_stores_of_several_words_are_in_the_history(address: int, size: int, line: int, tmp_path: Path) -> None:
    recording = recorded(tmp_path, STORES, "", "s")
    moment = recording.at("17")
    frame = moment.frames[0]
    low = moment.registers["r1"] + address
    slots = [slot for slot in frame.slots if low <= slot.address < low + size]
    assert sum(slot.size for slot in slots) == size
    assert {slot.written_by and slot.written_by.line for slot in slots} == {line}


STRINGS = """
    .globl main
    .type main, @function
main:
    stwu 1, -64(1)
    lis 3, 0x1122
    ori 3, 3, 0x3344
    addi 4, 3, 1
    addi 8, 1, 16
    stswi 3, 8, 7
    lswi 5, 8, 6
    li 11, 6
    mtxer 11
    addi 12, 1, 32
    stswx 3, 0, 12
    lswx 9, 0, 12
    eciwx 7, 0, 12
    li 3, 0
    addi 1, 1, 64
    blr
    .size main, .-main
"""


def test_string_instructions_are_told(tmp_path: Path) -> None:
    recording = recorded(tmp_path, STRINGS, "", "s")
    steps = {step.line: step for step in steps_of(explain.call(recording, "main")) if step.function == "main"}
    assert sorted(line for line in steps if line) == list(range(5, 21))
    assert all(step.pc % 4 == 0 and len(step.code) == 4 for step in steps.values())
    low = recording.at("9").registers["r1"] + 16
    assert steps[10].words == (
        f"puts r3 (287454020) into the 4 bytes at {low:#x} and r4 (287454021), its upper 3 bytes, into the 3 bytes at"
        f" {low + 4:#x}"
    )
    assert [(change.address, change.size) for change in steps[10].changes] == [(low, 7)]
    assert "r5 (287454020)" in steps[11].words and f"r6 ({0x11220000})" in steps[11].words
    assert "r3 and the registers behind it" in steps[15].words
    assert [(change.address, change.size) for change in steps[15].changes] == [(low + 16, 6)]
    assert {change.name for change in steps[16].changes} == {"r9", "r10"}
    assert steps[17].disassembly == ".long 0x7ce0626c"
    assert steps[17].words.startswith("is an instruction that the disassembler doesn't know")


def test_a_float_in_a_register_is_the_double_there(tmp_path: Path) -> None:
    source = """
__attribute__((noinline)) float twice(float f) { return f * 2; }
int main(int count, char **arguments) { return twice(count + 0.5f) > 4; }
"""
    frame = recorded(tmp_path, source, "-O1").at("twice:entry").frames[0]
    (f,) = frame.parameters
    assert (f.name, f.value, f.location) == ("f", "1.5", "register f1")


STRUCTS = """
typedef struct { unsigned char c[3]; } Three;
typedef struct { unsigned char c[6]; } Six;
typedef struct { int i; float f; } Pair;
typedef struct { int i[3]; } Large;
__attribute__((noinline)) Three three(int x) { Three r = { { x, x + 1, x + 2 } }; return r; }
__attribute__((noinline)) Six six(int x) { Six r = { { x, x + 1, x + 2, x + 3, x + 4, x + 5 } }; return r; }
__attribute__((noinline)) Pair pair(int x) { Pair r = { x, x * 2.0f }; return r; }
__attribute__((noinline)) Large large(int x) { Large r = { { x, x, x } }; return r; }
int main(void) { return three(1).c[0] + six(2).c[5] + pair(3).i + large(4).i[2]; }
"""
RETURNED = {
    "three": ("r3", "{.c = {1, 2, 3}}"),
    "six": ("r3 and r4", "{.c = {2, 3, 4, 5, 6, 7}}"),
    "pair": ("r3 and r4", "{.i = 3, .f = 6.0}"),
    "large": ("memory that r3 points at", "{.i = {4, 4, 4}}"),
}


@pytest.mark.parametrize("flag", ["-msvr4-struct-return", "-maix-struct-return", ""])
def test_small_structs_are_returned_where_the_program_s_attributes_say(flag: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, STRUCTS, flag)
    for function, (place, value) in RETURNED.items():
        explained = explain.call(recording, function)
        result = explained.result
        assert result is not None and result.value == value
        in_memory = "svr4" not in flag or function == "large"
        assert result.place == ("memory that r3 points at" if in_memory else place)
        assert ("aix-struct-return" in result.reason) == (in_memory and function != "large")
