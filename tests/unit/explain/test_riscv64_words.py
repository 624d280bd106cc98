"""RISC-V's instructions in words: each run in the emulator, told from the states before and after it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stackglass import isa as isas
from stackglass.explain.decoding import decode
from stackglass.explain.narration import instruction_at, narrate, step
from stackglass.explain.spots import Spot
from stackglass.explain.state import Trail
from stackglass.model import Role
from tests.unit.explain.bench import CODE, DATA, SP, Bench, local

ISA = isas.get("riscv64")
A, B = local("a", 12), local("b", 8)


def code(word: int) -> str:
    """An instruction as the manual writes it, of 2 bytes or 4, as bytes in hex."""
    return word.to_bytes(4 if word & 3 == 3 else 2, "little").hex()


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
    0x4515: "sets a0 to 5",
    0x00500513: "sets a0 to 5",
    0x6541: "sets a0 to 65536, the upper part of a number or an address",
    0x852E: "copies a1 (7) to a0",
    0x00058513: "copies a1 (7) to a0",
    0x95B2: "adds a2 (5) to a1: 7 becomes 12",
    0x00C58533: "adds a2 (5) to a1 (7): a0 = 12",
    0x9DB1: "adds a2 (5) to a1, and keeps 4 bytes of the sum: 7 becomes 12",
    0x2585: "adds 1 to a1, and keeps 4 bytes of the sum: 7 becomes 8",
    0x40C58533: "subtracts a2 (5) from a1 (7): a0 = 2",
    0x40B00533: "puts a1 (7) into a0 with its sign changed: -7",
    0x058E: "shifts a1 left by 3: 7 becomes 56",
    0x4015D51B: "shifts a1 (7) right by 1, keeping its sign: a0 = 3",
    0x2581: "keeps the low 4 bytes of a1, widened with their sign: it stays 7",
    0x02C5C533: "divides a1 (7) by a2 (5), rounded towards 0: a0 = 1",
    0x02C5E533: "divides a1 (7) by a2 (5), and keeps the remainder: a0 = 2",
    0x00C5A533: "a1 (7) is not less than a2 (5): puts 0 into a0",
    0x00C5B533: "a1 (7) is not less than a2 (5): puts 0 into a0",
    0x0015B513: "a1 (7) is not zero: puts 0 into a0",
    0x00B03533: "a1 (7) is not zero: puts 1 into a0",
    0xD2058553: "converts the integer a1 (7) to floating point: fa0 = 7.0",
    0xF2058553: "copies a1 (7) to fa0: 0x7",
    0x0001: "does nothing",
}


@pytest.mark.parametrize("word", PLAIN, ids=hex)
def test_what_registers_do(word: int) -> None:
    assert told(bench(a1=7, a2=5), word) == PLAIN[word]


LOCALS = {
    0x00A12623: f"puts a0 (7) into a (sp+12 = {SP + 12:#x}), an int",
    0xC62A: f"puts a0 (7) into a (sp+12 = {SP + 12:#x}), an int",
    0x00012623: f"puts 0 into a (sp+12 = {SP + 12:#x}), an int",
    0xFEC42503: "reads b (s0-20) into a0, widened with its sign: 0",
    0x4532: "reads a (sp+12) into a0, widened with its sign: 0",
    0x0068: f"puts the address of a (sp+12) into a0: {SP + 12:#x}, &a",
    0xFF040513: f"puts the address of a (s0-16) into a0: {SP + 12:#x}, &a",
}


@pytest.mark.parametrize("word", LOCALS, ids=hex)
def test_what_locals_go_through(word: int) -> None:
    assert told(bench(A, B, a0=7, s0=SP + 28), word) == LOCALS[word]


def test_making_a_frame_and_taking_it_down() -> None:
    at = bench(slot(-8, Role.RETURN_ADDRESS), slot(-16, Role.SAVED_FRAME_POINTER, "s0"), ra=CODE + 0x40, s0=5)
    words = [told(at, word, "prologue") for word in (0x1101, 0xEC06, 0xE822, 0x1000)]
    assert words == [
        f"reserves 32 bytes of stack for this frame: sp goes down to {SP - 32:#x}",
        f"saves the return address (ra, {CODE + 0x40:#x}) in its slot (sp+24)",
        "saves the caller's s0 (5) in its slot (sp+16)",
        (
            f"makes s0, the frame pointer, point at this frame's upper end ({SP:#x}): from here on locals have fixed"
            " distances from it"
        ),
    ]
    words = [told(at, word, "epilogue") for word in (0x60E2, 0x6442, 0x6105)]
    assert words == [
        f"takes back the return address ({CODE + 0x40:#x}, into ra)",
        "takes back the caller's s0 (5)",
        f"gives back 32 bytes of stack: sp goes up to {SP:#x}",
    ]


def test_call_and_return() -> None:
    at = bench(a1=CODE + 0x20)
    at.names.functions = [(CODE, CODE + 0x10, "calculate"), (CODE + 0x20, CODE + 0x30, "add")]
    at.names.lines = {CODE + 3: 8}
    left = "leaves the return address {:#x}, the instruction after this call, in {}, and jumps to"
    assert told(at, 0x020000EF) == left.format(CODE + 4, "ra") + " add"
    assert told(at, 0x8082) == "returns to the address in ra: back in calculate, f.c:8"
    at = bench(a1=CODE + 0x20)
    at.names.functions = [(CODE, CODE + 0x10, "main"), (CODE + 0x20, CODE + 0x30, "square")]
    assert told(at, 0x9582) == left.format(CODE + 2, "ra") + " where a1 points: square"
    assert told(bench(), 0x010002EF).startswith(left.format(CODE + 4, "t0"))


def test_a_far_call_says_where_it_goes() -> None:
    at = bench()
    at.names.functions = [(CODE, CODE + 0x10, "main"), (CODE + 0x20, CODE + 0x30, "square")]
    assert told(at, 0x00000097) == f"puts {CODE:#x} into ra: an address near to what is wanted"
    assert told(at, 0x020080E7).endswith(f"in ra, and jumps to ra ({CODE:#x}, main) + 32: square")


def test_jumps_are_written_with_where_they_go() -> None:
    assert decode(ISA, CODE, bytes.fromhex(code(0x020000EF))).text == f"jal {CODE + 32:#x}"
    branch = decode(ISA, CODE, bytes.fromhex(code(0x00C5C463)))
    assert (branch.text, branch.target) == (f"blt a1, a2, {CODE + 8:#x}", CODE + 8)


CONDITIONS = [
    (0x00C5C463, {"a1": 3, "a2": 5}, "a1 (3) is less than a2 (5), so jumps to {:#x}"),
    (0x00C5D463, {"a1": 3, "a2": 5}, "a1 (3) is less than a2 (5), so goes on"),
    (0x00C5E463, {"a1": 3, "a2": -1}, "a1 (3) is less than a2 (0xffffffffffffffff), so jumps to {:#x}"),
    (0x00C58463, {"a1": 5, "a2": 5}, "a1 (5) is equal to a2 (5), so jumps to {:#x}"),
    (0xC581, {"a1": 0}, "a1 (0) is zero, so jumps to {:#x}"),
    (0xE581, {"a1": 0}, "a1 (0) is zero, so goes on"),
    (0x0005C463, {"a1": -2}, "a1 (-2) is negative, so jumps to {:#x}"),
    (0x00B05463, {"a1": -2}, "a1 (-2) is zero or negative, so jumps to {:#x}"),
]


@pytest.mark.parametrize(("word", "registers", "expected"), CONDITIONS)
def test_branches_say_why(word: int, registers: dict[str, int], expected: str) -> None:
    values = {name: value & (1 << 64) - 1 for name, value in registers.items()}
    assert told(bench(**values), word) == expected.format(CODE + 8)


def test_a_branch_to_the_next_instruction_says_what_holds() -> None:
    assert told(bench(a1=0), 0x00058263).startswith("a1 (0) is zero, so jumps to")


def test_floating_point_comparisons() -> None:
    at = bench(fa4=0x3FF8000000000000, fa5=0x4000000000000000)  # 1.5 and 2.0
    assert told(at, 0xA2F717D3) == "fa4 (1.5) is less than fa5 (2.0): puts 1 into a5"


def test_values_keep_their_origin() -> None:
    at = bench(A)
    at.put(A.address, (3).to_bytes(4, "little"))
    assert last_of(at, [0x4532, 0x85AA]) == "copies a's value 3 (in a0) to a1"


def test_a_store_on_condition_says_what_its_result_means() -> None:
    at = bench(a3=DATA, a4=9)
    told(at, 0x1006A7AF)  # lr.w a5, (a3)
    assert told(at, 0x18E6A7AF) == (  # sc.w a5, a4, (a3)
        f"puts a4 (9) into the 4 bytes at {DATA:#x} unless somebody else wrote there meanwhile: a5 = 0, and 0 means"
        " that it was stored"
    )


def test_atomic_access() -> None:
    at = bench(a3=DATA, a4=9)
    at.put(DATA, (3).to_bytes(4, "little"))
    assert told(at, 0x00E6A7AF) == (
        f"adds a4 (9) to the 4 bytes at {DATA:#x}, and keeps the old value in a5: 3 becomes 12"
    )


@pytest.mark.parametrize(
    ("word", "how"),
    {
        0xC2051553: "towards 0",
        0xC2050553: "to the nearest one, from halfway to the even one",
        0xC2052553: "down",
        0xC2053553: "up",
        0xC2054553: "to the nearest one, from halfway away from 0",
        0xC2057553: "as the control word says",
    }.items(),
)
def test_a_conversion_says_how_it_rounds(word: int, how: str) -> None:
    assert told(bench(), word) == f"converts fa0 (0.0) to an integer, rounded {how}: a0 = 0"
