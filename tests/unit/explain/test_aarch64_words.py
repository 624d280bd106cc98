"""AArch64's instructions in words: each run in the emulator, told from the states before and after it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stackglass import isa as isas
from stackglass.explain.narration import instruction_at, narrate, step
from stackglass.explain.spots import Spot
from stackglass.explain.state import Trail
from stackglass.model import Role
from tests.unit.explain.bench import CODE, DATA, SP, Bench, local

ISA = isas.get("aarch64")
A, B = local("a", 12), local("b", 8)


def code(word: int) -> str:
    """An instruction word, as the manual writes it, as bytes in hex."""
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
    return Spot(name, True, SP + offset, 8, None, None, role, register=register)


PLAIN = {
    0x52800060: "sets w0 to 3",
    0x92800000: "sets x0 to -1",
    0x2A1F03E0: "sets w0 to 0",
    0x2A0103E0: "copies w1 (7) to w0",
    0x0B020020: "adds w2 (5) to w1 (7): w0 = 12",
    0x0B020021: "adds w2 (5) to w1: 7 becomes 12",
    0x0B020820: "adds w2 (5) shifted left by 2 to w1 (7): w0 = 27",
    0x8B22C820: "adds w2 (5), widened with its sign, shifted left by 2 to x1 (7): x0 = 27",
    0xCB020020: "subtracts x2 (5) from x1 (7): x0 = 2",
    0xCB820820: "subtracts x2 (5) shifted right by 2 with its sign kept from x1 (7): x0 = 6",
    0x1B027C20: "multiplies w1 (7) by w2 (5): w0 = 35",
    0x1B020C20: "multiplies w1 (7) by w2 (5) and adds w3 (100): w0 = 135",
    0x1B028C20: "subtracts w1 (7) times w2 (5) from w3 (100): w0 = 65",
    0x1AC20C20: "divides w1 (7) by w2 (5), rounded towards 0: w0 = 1",
    0x4B0103E0: "puts w1 (7) into w0 with its sign changed: -7",
    0x531D7020: "shifts w1 (7) left by 3: w0 = 56",
    0x13017C20: "shifts w1 (7) right by 1, keeping its sign: w0 = 3",
    0x53011420: "takes 5 bits of w1 (7) from bit 1 on: w0 = 3",
    0xF2A000A4: "puts 5 into x4, from bit 16 on: 255 becomes 327935",
    0x93407C20: "copies w1 (7) to x0, its low part widened with its sign: 7",
    0x7100143F: "compares w1 (7) with 5",
    0x6B02003F: "compares w1 (7) with w2 (5)",
    0x3100143F: "compares w1 (7) with -5",
    0xD503201F: "does nothing",
    0xD503245F: "marks a place that indirect calls may jump to (branch target identification); does nothing",
    0x1E620020: "converts the integer w1 (7) to floating point: d0 = 7.0",
    0x1E6E1000: "sets d0 to 1.0",
    0x4EA28420: "adds v2 to v1 part by part: v0 = 0x0",
}


@pytest.mark.parametrize("word", PLAIN, ids=hex)
def test_what_registers_do(word: int) -> None:
    assert told(bench(x1=7, x2=5, x3=100, x4=255), word) == PLAIN[word]


LOCALS = {
    0xB9000FE0: f"puts w0 (7) into a (sp+12 = {SP + 12:#x}), an int",
    0xB9000FFF: f"puts 0 into a (sp+12 = {SP + 12:#x}), an int",
    0xB9400BE0: "reads b (sp+8) into w0: 0",
    0x910033E1: f"puts the address of a (sp+12) into x1: {SP + 12:#x}, &a",
    0xB81FC3A0: f"puts w0 (7) into a (x29-4 = {SP + 12:#x}), an int",
    0x29017FFF: f"puts 0 into b (sp+8 = {SP + 8:#x}), an int and 0 into a (sp+12 = {SP + 12:#x}), an int",
    0x294107E0: "reads b (sp+8) into w0 (0) and a (sp+12) into w1 (0)",
}


@pytest.mark.parametrize("word", LOCALS, ids=hex)
def test_what_locals_go_through(word: int) -> None:
    assert told(bench(A, B, x0=7, x29=SP + 16), word) == LOCALS[word]


def test_memory_by_an_index_and_with_a_moving_base() -> None:
    at = bench(x1=DATA, x2=3, x0=9)
    assert told(at, 0xF8227820) == f"puts x0 (9) into the 8 bytes at {DATA + 24:#x}"
    assert told(at, 0xF8408420) == f"reads the 8 bytes at {DATA:#x} into x0: 0"  # and x1 moves on
    assert at.state().registers["x1"] == DATA + 8
    assert told(at, 0xF8408C20) == f"reads the 8 bytes at {DATA + 16:#x} into x0: 0"


def test_a_pair_saved_in_a_new_frame() -> None:
    at = bench(slot(-32, Role.SAVED_FRAME_POINTER, "x29"), slot(-24, Role.RETURN_ADDRESS), x29=5, x30=CODE + 0x40)
    assert told(at, 0xA9BE7BFD, "prologue") == (
        f"reserves 32 bytes of stack and saves the caller's x29 (5) and the return address (x30, {CODE + 0x40:#x})"
        f" at the bottom of them: sp goes down to {SP - 32:#x}"
    )
    assert told(at, 0x910003FD) == f"makes x29, the frame pointer, point at this frame: {SP - 32:#x}"
    assert told(at, 0xA8C27BFD, "epilogue") == (
        f"takes back the caller's x29 (5) and the return address ({CODE + 0x40:#x}, into x30), and gives back 32 bytes"
        f" of stack: sp goes up to {SP:#x}"
    )


def test_registers_saved_within_a_frame() -> None:
    at = bench(slot(16, Role.SAVED_REGISTER, "x19"), slot(24, Role.SAVED_REGISTER, "x20"), x19=1, x20=2)
    assert (
        told(at, 0xA90153F3) == "saves the caller's x19 (1) and the caller's x20 (2) in their slots (sp+16 and sp+24)"
    )
    assert told(at, 0xF9000BF3) == "saves the caller's x19 (1) in its slot (sp+16)"
    assert told(at, 0xF9400BF3) == "takes back the caller's x19 (1)"


def test_another_register_read_from_a_saved_ones_slot_is_not_the_callers() -> None:
    assert told(bench(slot(16, Role.SAVED_REGISTER, "x19")), 0xF9400BE5) == "reads saved x19 (sp+16) into x5: 0"


def test_call_and_return() -> None:
    at = bench(x1=CODE + 0x20)
    at.names.functions = [(CODE, CODE + 0x10, "calculate"), (CODE + 0x20, CODE + 0x30, "add")]
    at.names.lines = {CODE + 3: 8}
    left = f"leaves the return address {CODE + 4:#x}, the instruction after this call, in x30, and jumps to"
    assert told(at, 0x94000008) == f"{left} add"
    assert told(at, 0xD65F03C0) == "returns to the address in x30: back in calculate, f.c:8"
    at = bench(x1=CODE + 0x20)
    at.names.functions = [(CODE, CODE + 0x10, "main"), (CODE + 0x20, CODE + 0x30, "square")]
    assert told(at, 0xD63F0020) == f"{left} where x1 points: square"


CONDITIONS = [
    ([0x7100141F, 0x5400008B], {"x0": 3}, "w0 (3) is less than 5, so jumps to {:#x}"),
    ([0x7100141F, 0x5400008A], {"x0": 3}, "w0 (3) is less than 5, so goes on"),
    ([0x7100141F, 0x54000088], {"x0": 0xFFFFFFFF}, "w0 (4294967295) is greater than 5, so jumps to {:#x}"),
    ([0x71000400, 0x54000081], {"x0": 1}, "the result (0) is zero, so goes on"),
    ([0xF1004042, 0x54000082], {"x2": 20}, "the 20 of before is not less than 16, so jumps to {:#x}"),
    ([0x72000C1F, 0x54000080], {"x0": 16}, "w0 (16) & 15 is zero, so jumps to {:#x}"),
    ([0x34000080], {"x0": 0}, "w0 (0) is zero, so jumps to {:#x}"),
    ([0x35000080], {"x0": 0}, "w0 (0) is zero, so goes on"),
    ([0x37180080], {"x0": 8}, "bit 3 of w0 (8) is 1, so jumps to {:#x}"),
    ([0x36180080], {"x0": 8}, "bit 3 of w0 (8) is 1, so goes on"),
    ([0x7100141F, 0x9A82B020], {"x0": 3, "x1": 1, "x2": 2}, "w0 (3) is less than 5, so copies x1 (1) to x0"),
    ([0x7100141F, 0x1A9FA7E3], {"x0": 3}, "w0 (3) is less than 5: puts 1 into w3"),
    ([0x7100141F, 0x1A82A423], {"x0": 3, "x2": 2}, "w0 (3) is less than 5, so puts w2 (2) plus 1 into w3: 3"),
    ([0x7100141F, 0x7A431804], {"x0": 3}, "w0 (3) is not equal to 5, so compares w0 (3) with 3"),
    (
        [0x7100141F, 0x7A431804],
        {"x0": 5},
        "w0 (5) is equal to 5, so compares nothing: sets the flags NZCV to 4 instead",
    ),
    ([0x7100141F, 0x7A431804, 0x54000080], {"x0": 3}, "w0 (3) is equal to 3, so jumps to {:#x}"),
    ([0x7100141F, 0x7A431804, 0x54000080], {"x0": 5}, "the condition 'eq' of the flags holds, so jumps to {:#x}"),
]


@pytest.mark.parametrize(("words", "registers", "expected"), CONDITIONS)
def test_conditions_say_why(words: list[int], registers: dict[str, int], expected: str) -> None:
    last = CODE + 4 * (len(words) - 1)
    assert last_of(bench(**registers), words) == expected.format(last + 16)


def test_values_keep_their_origin_also_through_pairs() -> None:
    at = bench(A, B)
    at.put(SP + 8, (3).to_bytes(4, "little") + (4).to_bytes(4, "little"))
    assert last_of(at, [0x294107E0, 0x0B010000]) == "adds a's value 4 (in w1) to w0: 3 becomes 7"


def test_exclusive_access() -> None:
    at = bench(x1=DATA, x0=9)
    assert told(at, 0x885F7C20) == (
        f"reads the 4 bytes at {DATA:#x} into w0, and notes whether anybody else writes there: 0"
    )
    said = told(at, 0x88027C20)
    assert said.startswith(
        f"puts w0 (0) into the 4 bytes at {DATA:#x} unless somebody else wrote there meanwhile: w2 = "
    )
    assert said.endswith(", and 0 means that it was stored")


def test_an_integer_in_a_register_for_numbers() -> None:
    at = bench(Spot("l", True, SP + 24, 8, "long", None, Role.LOCAL))
    at.put(SP + 24, (3).to_bytes(8, "little"))
    assert told(at, 0xFD400FE0) == "reads l (sp+24) into d0: 0x3"
    assert told(at, 0x5E61D800) == "converts the integer d0 (3) to floating point: d0 = 3.0"


def test_the_canary() -> None:
    at = bench(Spot("__stack_chk_guard", True, DATA, 8, None, None, None), x0=DATA)
    at.put(DATA, (0x1122334455667788).to_bytes(8, "little"))
    assert told(at, 0xF9400001) == ("reads the canary, the stack protector's secret word, into x1: 0x1122334455667788")


def test_carries_and_exclusive_stores() -> None:
    assert last_of(bench(x1=5), [0xDA0103E3]).startswith(
        "subtracts x1 (5), and the borrow, from 0: x3 = -"
    )  # ngc x3, x1
    put = last_of(bench(), [0x885F7FE6, 0x88077FE6])  # ldxr w6, [sp]; stxr w7, w6, [sp]
    assert put.endswith("w7 = 0, and 0 means that it was stored")
    both = last_of(bench(), [0xC87F17E4, 0xC82617E4])  # ldxp x4, x5, [sp]; stxp w6, x4, x5, [sp]
    assert both.endswith("w6 = 0, and 0 means that they were stored")


def lanes(words: Sequence[int] | int, *, bits: int = 32, vector: Sequence[int] = (1, 22, -3, 4), **more: int) -> str:
    """What is told of the last of some instructions, when v1 holds a vector of elements."""
    value = sum((each & (1 << bits) - 1) << bits * index for index, each in enumerate(vector))
    return last_of(bench(v1=value, **more), [words] if isinstance(words, int) else words)


ELEMENTS = {
    0x0E0C3C26: "copies v1.s[1] (22) to w6",  # mov w6, v1.s[1]
    0x0E143C26: "copies v1.s[2] (-3) to w6",
    0x4E183C29: "copies v1.d[1] (0x4fffffffd) to x9",  # mov x9, v1.d[1]
    0x4E122C27: "copies v1.h[4] (-3) to x7: -3",  # smov x7, v1.h[4]
    0x0E123C28: "copies v1.h[4] (65533) to w8: 65533",  # umov w8, v1.h[4]
    0x0E113C28: "copies v1.b[8] (253) to w8: 253",  # umov w8, v1.b[8]
    0x4E181C62: "copies x3 (77) to v2.d[1]",  # mov v2.d[1], x3
    0x6E042422: "copies v1.s[1] (0x16) to v2.s[0]",  # mov v2.s[0], v1.s[1]
    0x5E0C0424: "copies v1.s[1] (0x16) to s4",  # mov s4, v1.s[1]
    0x4E180423: "fills every part of v3 with v1.d[1] (0x4fffffffd): 0x4fffffffd00000004fffffffd",  # dup v3.2d, v1.d[1]
    0x9EAE002A: "copies v1.d[1] (0x4fffffffd) to x10: 0x4fffffffd",  # fmov x10, v1.d[1]
    0x9EAF0066: "copies x3 (77) to v6.d[1]: 0x4d",  # fmov v6.d[1], x3
}


@pytest.mark.parametrize("word", ELEMENTS)
def test_elements_of_vectors_are_told_with_their_values(word: int) -> None:
    assert lanes(word, x3=77) == ELEMENTS[word]


def test_an_element_of_a_floating_point_instruction_is_a_number() -> None:
    halves = (0x3FC00000, 0x40200000, 0, 0)  # 1.5 and 2.5
    # fmul s0, s1, v1.s[1]
    assert lanes(0x5FA19020, vector=halves) == "multiplies s1 (1.5) by v1.s[1] (2.5): s0 = 3.75"


def test_what_writes_an_element_changes_its_register() -> None:
    written = {word: instruction_at(ISA, bench().run(code(word))[0]).writes for word in (0x4E181C62, 0x9EAF0066)}
    assert written == {0x4E181C62: {"v2"}, 0x9EAF0066: {"v6"}}


def test_a_part_of_a_vector_is_not_the_variable_that_was_read_into_all_of_it() -> None:
    whole = Spot("v", True, SP + 16, 16, "int32x4_t", None, Role.LOCAL)
    load = 0x3DC007E1  # ldr q1, [sp, #16]
    at = bench(whole)
    at.put(SP + 16, (22).to_bytes(16, "little"))
    assert last_of(at, [load, 0x1E260026]) == "copies s1 (0x16) to w6: 22"  # fmov w6, s1
    at = bench(whole, x3=77)
    at.put(SP + 16, (22).to_bytes(16, "little"))
    # mov v1.d[1], x3; mov v0.16b, v1.16b
    assert last_of(at, [load, 0x4E181C61, 0x4EA11C20]) == "copies v1 (0x4d0000000000000016) to v0"


@pytest.mark.parametrize(
    ("word", "text"),
    {
        0xB81FE420: "str w0, [x1], #-2",
        0xF85F0420: "ldr x0, [x1], #-0x10",
        0xB8004420: "str w0, [x1], #4",
        0xF81F0C20: "str x0, [x1, #-0x10]!",
    }.items(),
)
def test_a_step_back_is_written_with_its_sign(word: int, text: str) -> None:
    assert instruction_at(ISA, bench(x1=DATA + 64).run(code(word))[0]).text == text
