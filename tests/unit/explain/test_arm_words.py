"""ARM's instructions in words, A32 and Thumb: each run in the emulator, told from the states before and after it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stackglass import isa as isas
from stackglass.explain.narration import instruction_at, narrate, step
from stackglass.explain.spots import Spot
from stackglass.explain.state import Trail
from stackglass.model import Role
from tests.unit.explain.bench import CODE, DATA, SP, Bench, local

ISA = isas.get("arm")
THUMB = 0x30
"""CPSR in user mode, with the bit that says Thumb."""
A, B = local("a", 12), local("b", 8)


def code(word: int) -> str:
    """An A32 instruction word, as the manual writes it, as bytes in hex."""
    return word.to_bytes(4, "little").hex()


def bench(*spots: Spot, **registers: int) -> Bench:
    return Bench(spots, ISA, **registers)


def told(at: Bench, word: int, part: str | None = None) -> str:
    return step(ISA, *at.run(code(word)), part=part).words


def last_of(at: Bench, words: Sequence[int]) -> str:
    """Several instructions; what the last one is told as."""
    trail, sentence = Trail(), ""
    for word in words:
        before, after = at.run(code(word))
        explained, trail = narrate(ISA, instruction_at(ISA, before), before, after, trail=trail)
        sentence = explained.words
    return sentence


def slot(offset: int, role: Role, register: str | None = None) -> Spot:
    name = f"saved {register}" if register else role.words
    return Spot(name, True, SP + offset, 4, None, None, role, register=register)


PLAIN = {
    0xE3A00003: "sets r0 to 3",
    0xE3E00000: "sets r0 to -1",
    0xE3010234: "sets r0 to 4660",
    0xE3404005: "puts 5 into the upper half of r4: 327935",
    0xE1A00001: "copies r1 (7) to r0",
    0xE1A00000: "does nothing",
    0xE0C10142: "subtracts r2 (5) shifted right by 2 with its sign kept, and the borrow, from r1 (7): r0 = 5",
    0xE0810002: "adds r2 (5) to r1 (7): r0 = 12",
    0xE0811002: "adds r2 (5) to r1: 7 becomes 12",
    0xE0810102: "adds r2 (5) shifted left by 2 to r1 (7): r0 = 27",
    0xE2910001: "adds 1 to r1 (7), and sets the flags: r0 = 8",
    0xE0410002: "subtracts r2 (5) from r1 (7): r0 = 2",
    0xE2610000: "puts r1 (7) into r0 with its sign changed: -7",
    0xE0610002: "subtracts r1 (7) from r2 (5): r0 = -2",
    0xE0000291: "multiplies r1 (7) by r2 (5): r0 = 35",
    0xE0203291: "multiplies r1 (7) by r2 (5) and adds r3 (100): r0 = 135",
    0xE0603291: "subtracts r1 (7) times r2 (5) from r3 (100): r0 = 65",
    0xE0854291: "multiplies r1 (7) by r2 (5), without sign: r5:r4 = 0x0:0x23",
    0xE1A00181: "shifts r1 (7) left by 3: r0 = 56",
    0xE1A000C1: "shifts r1 (7) right by 1, keeping its sign: r0 = 3",
    0xE2110003: "combines r1 (7) with 3, bit by bit, by and, and sets the flags: r0 = 3",
    0xE3C4000F: "clears the bits of 15 in r4 (255): r0 = 240",
    0xE7E400D1: "takes 5 bits of r1 (7) from bit 1 on: r0 = 3",
    0xE3510005: "compares r1 (7) with 5",
    0xE3710005: "compares r1 (7) with -5",
    0xE1110002: "looks whether r1 (7) and r2 (5) have a bit in common",
    0xE320F000: "does nothing",
    0xE59F0008: f"sets r0 to 0, which lies among the code, at {CODE + 16:#x}",
    0xE28F0008: f"puts an address, {CODE + 16:#x}, into r0",
}


@pytest.mark.parametrize("word", PLAIN, ids=hex)
def test_what_registers_do(word: int) -> None:
    assert told(bench(r1=7, r2=5, r3=100, r4=255), word) == PLAIN[word]


LOCALS = {
    0xE58D000C: f"puts r0 (9) into a (sp+12 = {SP + 12:#x}), an int",
    0xE50B0004: f"puts r0 (9) into a (fp-4 = {SP + 12:#x}), an int",
    0xE59D0008: "reads b (sp+8) into r0: 0",
    0xE28D100C: f"puts the address of a (sp+12) into r1: {SP + 12:#x}, &a",
    0xE1CD00F8: f"puts r0 (9) into b (sp+8 = {SP + 8:#x}), an int and r1 (7) into a (sp+12 = {SP + 12:#x}), an int",
    0xE1CD00D8: "reads b (sp+8) into r0 (0) and a (sp+12) into r1 (0)",
    0xE5DD0008: "reads byte 0 of b (sp+8) into r0, filled up with zeros: 0",
}


@pytest.mark.parametrize("word", LOCALS, ids=hex)
def test_what_locals_go_through(word: int) -> None:
    assert told(bench(A, B, r0=9, r1=7, fp=SP + 16), word) == LOCALS[word]


def test_memory_by_an_index_and_with_a_moving_base() -> None:
    at = bench(r1=DATA, r2=5, r0=9)
    assert told(at, 0xE7810102) == f"puts r0 (9) into the 4 bytes at {DATA + 20:#x}"
    assert told(at, 0xE7D100A2) == f"reads the 1 byte at {DATA + 2:#x} into r0, filled up with zeros: 0"
    assert told(at, 0xE4910004) == f"reads the 4 bytes at {DATA:#x} into r0: 0"  # and r1 moves on
    assert told(at, 0xE5B10008) == f"reads the 4 bytes at {DATA + 12:#x} into r0: 0"
    assert at.state().registers["r1"] == DATA + 12


def test_a_frame_made_and_taken_down() -> None:
    saved = (slot(-12, Role.SAVED_REGISTER, "r4"), slot(-8, Role.SAVED_FRAME_POINTER, "fp"))
    at = bench(*saved, slot(-4, Role.RETURN_ADDRESS), r4=3, fp=5, lr=CODE + 0x40)
    assert told(at, 0xE92D4810, "prologue") == (
        f"pushes the caller's r4 (3), the caller's fp (5) and the return address (lr, {CODE + 0x40:#x}) on the stack:"
        f" sp goes down by 12 to {SP - 12:#x}"
    )
    assert told(at, 0xE28DB008, "prologue") == (
        f"makes fp, the frame pointer, point at this frame ({SP - 4:#x}): from here on locals have fixed distances from"
        " it"
    )
    assert (
        told(at, 0xE24DD018, "prologue") == f"reserves 24 bytes of stack for this frame: sp goes down to {SP - 36:#x}"
    )
    assert told(at, 0xE24BD008, "epilogue") == f"gives back the locals, by fp: sp goes up by 24 to {SP - 12:#x}"
    assert told(at, 0xE8BD8810, "epilogue") == (
        f"takes back the caller's r4 (3), the caller's fp (5) and the return address ({CODE + 0x40:#x}, into pc), and"
        f" so returns: back in f+0x40; sp goes up by 12 to {SP:#x}"
    )


def test_a_register_pushed_to_keep_sp_aligned_is_nobodys() -> None:
    at = bench(slot(-4, Role.RETURN_ADDRESS), r3=5, lr=CODE + 0x40)
    assert told(at, 0xE92D4008, "prologue") == (
        f"pushes r3 (5) and the return address (lr, {CODE + 0x40:#x}) on the stack: sp goes down by 8 to {SP - 8:#x}"
    )
    assert told(at, 0xE8BD8008, "epilogue") == (
        f"pops 5 (into r3) and the return address ({CODE + 0x40:#x}, into pc) off the stack, and so returns: back in"
        f" f+0x40; sp goes up by 8 to {SP:#x}"
    )


def test_call_and_return() -> None:
    at = bench(r1=CODE + 0x20)
    at.names.functions = [(CODE, CODE + 0x10, "calculate"), (CODE + 0x20, CODE + 0x30, "add")]
    at.names.lines = {CODE + 3: 8}
    left = f"leaves the return address {CODE + 4:#x}, the instruction after this call, in lr,"
    assert told(at, 0xEB000006) == f"{left} and jumps to add"
    assert told(at, 0xE12FFF1E) == "returns to the address in lr: back in calculate, f.c:8"
    at = bench(r1=CODE + 0x20)
    at.names.functions = [(CODE, CODE + 0x10, "main"), (CODE + 0x20, CODE + 0x30, "square")]
    assert told(at, 0xE12FFF31) == f"{left} and jumps to where r1 points: square"


CONDITIONS = [
    ([0xE3500005, 0xBA000002], {"r0": 3}, "r0 (3) is less than 5, so jumps to {:#x}"),
    ([0xE3500005, 0xAA000002], {"r0": 3}, "r0 (3) is less than 5, so goes on"),
    ([0xE3500005, 0x8A000002], {"r0": 0xFFFFFFFF}, "r0 (4294967295) is greater than 5, so jumps to {:#x}"),
    ([0xE3500005, 0xB2800001], {"r0": 3}, "r0 (3) is less than 5, so adds 1 to r0: 3 becomes 4"),
    ([0xE3500005, 0xB2800001], {"r0": 7}, "r0 (7) is not less than 5, so does nothing"),
    ([0xE3500005, 0x18BD8010], {"r0": 5}, "r0 (5) is equal to 5, so does nothing"),
    ([0xE3500005, 0x11500001, 0x0A000002], {"r0": 5, "r1": 9}, "r0 (5) is equal to 5, so jumps to {:#x}"),
    ([0xE2500001, 0x1A000002], {"r0": 1}, "the result (0) is zero, so goes on"),
    ([0xE2510005, 0x2A000002], {"r1": 9}, "the 9 of before is not less than 5, so jumps to {:#x}"),
    ([0xE3100003, 0x0A000002], {"r0": 4}, "r0 (4) & 3 is zero, so jumps to {:#x}"),
    ([0xE3300001, 0x0A000002], {"r0": 1}, "r0 (1) is equal to 1, so jumps to {:#x}"),
]


@pytest.mark.parametrize(("words", "registers", "expected"), CONDITIONS)
def test_conditions_say_why(words: list[int], registers: dict[str, int], expected: str) -> None:
    last = CODE + 4 * (len(words) - 1)
    assert last_of(bench(**registers), words) == expected.format(last + 16)


def test_an_instruction_that_does_not_run_changes_nothing() -> None:
    at = bench(slot(0, Role.SAVED_REGISTER, "r4"), slot(4, Role.RETURN_ADDRESS), r0=5)
    at.run(code(0xE3500005))
    before, after = at.run(code(0x18BD8010))  # popne {r4, pc}
    assert step(ISA, before, after).changes == ()


FLOATS = {
    0xEE310B02: "adds d2 (1.5) to d1 (2.0): d0 = 3.5",
    0xEC510B11: "copies the two halves of d1 to r0 (0) and r1 (1073741824)",
    0xEEB41B42: "compares d1 (2.0) with d2 (1.5)",
}


@pytest.mark.parametrize("word", FLOATS, ids=hex)
def test_floating_point(word: int) -> None:
    assert told(bench(d1=0x4000000000000000, d2=0x3FF8000000000000), word) == FLOATS[word]


def test_an_integer_in_a_register_for_numbers() -> None:
    assert told(bench(d1=7), 0xEEB80BC1) == "converts the integer s2 (7) to floating point: d0 = 7.0"


def test_a_floating_point_comparison_counts_from_where_the_flags_get_it() -> None:
    """vcmp leaves its outcome in FPSCR: what looks at the flags before vmrs is about what was compared before."""
    numbers = {"d1": 0x4000000000000000, "d2": 0x3FF8000000000000}
    compare, floats, fetch, greater, at_least = 0xE3500005, 0xEEB41B42, 0xEEF1FA10, 0xCA000002, 0xAA000002
    assert last_of(bench(**numbers), [compare, floats, fetch, greater]).startswith(
        "d1 (2.0) is greater than d2 (1.5), so jumps to"
    )
    assert last_of(bench(**numbers), [compare, floats, at_least]) == "r0 (0) is less than 5, so goes on"


# ---- Thumb ----


def thumb(at: Bench, encoding: str, part: str | None = None) -> str:
    return step(ISA, *at.run(encoding), part=part).words


def test_thumbs_frame_pointer_is_r7() -> None:
    at = bench(local("a", 4), slot(-4, Role.RETURN_ADDRESS), cpsr=THUMB, r0=3, r3=SP)
    assert thumb(at, "00af", "prologue").startswith("makes r7, the frame pointer, point at this frame")
    assert thumb(at, "7860") == f"puts r0 (3) into a (r7+4 = {SP + 4:#x}), an int"
    assert thumb(at, "3b1d") == f"puts the address of a (r7+4) into r3: {SP + 4:#x}, &a"


def test_thumbs_return_addresses_have_a_bit_set() -> None:
    at = bench(cpsr=THUMB)
    at.names.functions = [(CODE, CODE + 0x10, "calculate"), (CODE + 0x20, CODE + 0x30, "add")]
    assert thumb(at, "00f00ef8") == (
        f"leaves the return address {CODE + 4:#x}, the instruction after this call, in lr, with bit 0 set to say that"
        " the caller is Thumb code, and jumps to add"
    )
    assert at.state().registers["lr"] == CODE + 5
    assert thumb(at, "7047").startswith("returns to the address in lr: back in calculate")


def test_thumb_compares_and_jumps_in_one() -> None:
    assert thumb(bench(cpsr=THUMB), "30b1") == f"r0 (0) is zero, so jumps to {CODE + 16:#x}"
    assert thumb(bench(cpsr=THUMB, r0=1), "30b1") == "r0 (1) is not zero, so goes on"


def test_a_call_from_thumb_code_to_arm_code_says_who_is_what() -> None:
    at = bench(cpsr=THUMB)
    at.names.functions = [(CODE, CODE + 0x10, "caller"), (CODE + 0x20, CODE + 0x30, "callee")]
    assert thumb(at, "00f00ee8") == (
        f"leaves the return address {CODE + 4:#x}, the instruction after this call, in lr, with bit 0 set to say that"
        " the caller is Thumb code, and jumps to callee, in ARM code (A32): the processor goes on in that"
    )
    back = bench()
    back.names.functions = at.names.functions
    assert told(back, 0xFA000006) == (
        f"leaves the return address {CODE + 4:#x}, the instruction after this call, in lr, and jumps to callee, in"
        " Thumb code: the processor goes on in that"
    )


def test_one_register_pushed_is_written_as_the_architecture_has_it() -> None:
    at = bench()
    assert instruction_at(ISA, at.run(code(0xE52DE004))[0]).text == "push {lr}"
    assert instruction_at(ISA, at.run(code(0x052DB004))[0]).text == "pusheq {fp}"
    assert instruction_at(ISA, at.run(code(0xE52DB008))[0]).text == "str fp, [sp, #-8]!"


@pytest.mark.parametrize(("word", "how"), {0xEEFD7AE7: "towards 0", 0xEEFD7A67: "as the control word says"}.items())
def test_a_conversion_says_how_it_rounds(word: int, how: str) -> None:
    assert f"to an integer, rounded {how}: s15 = " in told(bench(), word)
