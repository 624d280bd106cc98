"""Instructions in words: each run in the emulator, told from the states before and after it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stackglass.explain.narration import instruction_at, narrate, step
from stackglass.explain.spots import Spot
from stackglass.explain.state import Trail
from stackglass.model import Role
from stackglass.model.explanation import ChangeKind, ExplainedStep
from tests.unit.explain.bench import CODE, DATA, ISA, SP, Bench, local

FRAME = {"rbp": SP + 0x40}
A, B = local("a", 0x3C), local("b", 0x38)
"""Two ints, at rbp-4 and rbp-8."""


def spot(name: str, offset: int, role: Role) -> Spot:
    return Spot(name, True, SP + offset, 8, None, None, role)


def told(bench: Bench, code: str, part: str | None = None) -> ExplainedStep:
    return step(ISA, *bench.run(code), part=part)


def series(bench: Bench, codes: Sequence[str]) -> list[ExplainedStep]:
    """Several instructions, told one after the other."""
    trail, steps = Trail(), []
    for code in codes:
        before, after = bench.run(code)
        explained, trail = narrate(ISA, instruction_at(ISA, before), before, after, trail=trail)
        steps.append(explained)
    return steps


PLAIN = {
    "f30f1efa": "marks a place that indirect calls may jump to (control-flow enforcement); does nothing",
    "90": "does nothing",
    "b803000000": "sets eax to 3",
    "31c0": "sets eax to 0 (anything combined so with itself is 0)",
    "89c7": "copies eax (7) to edi",
    "01d8": "adds ebx (5) to eax: 7 becomes 12",
    "29d8": "subtracts ebx (5) from eax: 7 becomes 2",
    "0fafc3": "multiplies eax by ebx (5): 7 becomes 35",
    "6bc30a": "multiplies ebx (5) by 10: eax = 50",
    "f7d8": "changes the sign of eax: 7 becomes -7",
    "d1e0": "shifts eax left by 1: 7 becomes 14",
    "c1f802": "shifts eax right by 2, keeping its sign: 7 becomes 1",
    "99": "fills edx with the sign of eax (7), for the division to come: edx = 0",
    "4898": "widens eax (7) to rax with its sign: 7",
    "0fbec3": "copies bl (5) to eax, widened with its sign: 5",
    "0fb6c3": "copies bl (5) to eax, filled up with zeros: 5",
    "488d0458": "computes rax (7) + rbx (5) * 2: rax = 17 (lea reads no memory)",
    "39d8": "compares eax (7) with ebx (5)",
    "85c0": "looks whether eax (7) is zero or negative",
    "fc": "makes string instructions go upwards",
    "f20f2ac3": "converts the integer ebx (5) to floating point: xmm0 = 5.0",
    "0fa2": "asks the processor what it can do (leaf 7); the answer is in rax, rbx, rcx and rdx",
}


@pytest.mark.parametrize("code", PLAIN)
def test_what_registers_do(code: str) -> None:
    assert told(Bench(rax=7, rbx=5), code).words == PLAIN[code]


def test_division_tells_quotient_and_remainder() -> None:
    assert told(Bench(rax=17, rbx=5), "f7fb").words == (
        "divides edx:eax (its low half is 17) by ebx (5): quotient 3 in eax, remainder 2 in edx"
    )


LOCALS = {
    "c745fc03000000": f"puts 3 into a (rbp-4 = {SP + 0x3C:#x}), an int",
    "8945fc": f"puts eax (7) into a (rbp-4 = {SP + 0x3C:#x}), an int",
    "8b45f8": "reads b (rbp-8) into eax: 0",
    "0345f8": "adds b's value 0 to eax: it stays 7",
    "8345fc05": "adds 5 to a (rbp-4): 0 becomes 5",
    "837dfc02": "compares a's value 0 with 2",
    "488d45fc": f"puts the address of a (rbp-4) into rax: {SP + 0x3C:#x}, &a",
    "c645fd01": f"puts 1 into byte 1 of a (rbp-3 = {SP + 0x3D:#x})",
    "48c745f800000000": f"puts 0 into the 8 bytes from b on (rbp-8 = {SP + 0x38:#x})",
    "48c745e800000000": f"puts 0 into the 8 bytes at rbp-24 = {SP + 0x28:#x}",
}


@pytest.mark.parametrize("code", LOCALS)
def test_what_locals_go_through(code: str) -> None:
    assert told(Bench([A, B], rax=7, **FRAME), code).words == LOCALS[code]


def test_a_global_is_told_by_its_name() -> None:
    bench = Bench([Spot("counter", True, DATA, 4, "int", None, None)], rbx=DATA)
    assert told(bench, "830301").words == f"adds 1 to counter ({DATA:#x}): 0 becomes 1"


def test_making_a_frame() -> None:
    bench = Bench([spot("saved rbp", -8, Role.SAVED_FRAME_POINTER)], rbp=SP + 0x40)
    words = [told(bench, code, "prologue").words for code in ("55", "4889e5", "4883ec10")]
    assert words == [
        f"saves the caller's rbp on the stack: rsp goes down by 8 to {SP - 8:#x}, and {SP + 0x40:#x} is stored there",
        f"makes rbp point at this frame ({SP - 8:#x}): from here on locals have fixed distances from it",
        f"reserves 16 bytes for locals: rsp goes down to {SP - 24:#x}",
    ]


def test_taking_a_frame_down() -> None:
    bench = Bench([spot("saved rbp", 8, Role.SAVED_FRAME_POINTER)], rbp=SP + 8)
    bench.put(SP + 8, (SP + 0x60).to_bytes(8, "little"))
    assert told(bench, "c9", "epilogue").words == (
        f"takes the frame down: rsp goes up to where rbp points, and the caller's rbp, {SP + 0x60:#x}, is popped from"
        f" there; rsp is now {SP + 16:#x}"
    )


def test_pop_takes_back_what_was_saved() -> None:
    bench = Bench([spot("saved rbp", 0, Role.SAVED_FRAME_POINTER), spot("saved rbx", 8, Role.SAVED_REGISTER)])
    bench.put(SP, (SP + 0x60).to_bytes(8, "little") + (9).to_bytes(8, "little"))
    assert told(bench, "5d").words == f"takes back the caller's rbp, {SP + 0x60:#x}: rsp goes up by 8 to {SP + 8:#x}"
    assert told(bench, "5b").words == f"takes back the caller's rbx, 9: rsp goes up by 8 to {SP + 16:#x}"


def test_call_and_return() -> None:
    bench = Bench()
    bench.names.functions = [(CODE, CODE + 0x10, "calculate"), (CODE + 0x20, CODE + 0x30, "add")]
    bench.names.lines = {CODE + 4: 8, CODE + 5: 9}
    assert told(bench, "e81b000000").words == (
        f"pushes the return address {CODE + 5:#x}, the instruction after this call, and jumps to add"
    )
    assert told(bench, "c3").words == "pops the return address into rip: back in calculate, f.c:8"


def test_calls_through_registers_and_memory() -> None:
    bench = Bench(rdx=CODE + 0x20, rbx=DATA)
    bench.names.functions = [(CODE, CODE + 0x10, "main"), (CODE + 0x20, CODE + 0x30, "square")]
    bench.put(DATA, (CODE + 0x20).to_bytes(8, "little"))
    pushed = "pushes the return address {:#x}, the instruction after this call, and jumps to where"
    assert told(bench, "ffd2").words == f"{pushed.format(CODE + 2)} rdx points: square"
    bench = Bench(rbx=DATA)
    bench.names.functions = [(CODE, CODE + 0x10, "main"), (CODE + 0x20, CODE + 0x30, "square")]
    bench.put(DATA, (CODE + 0x20).to_bytes(8, "little"))
    assert told(bench, "ff13").words == f"{pushed.format(CODE + 2)} the 8 bytes at {DATA:#x} points: square"


def test_a_tail_jump_leaves_the_frame_to_another() -> None:
    bench = Bench()
    bench.names.functions = [(CODE, CODE + 0x10, "f"), (CODE + 0x20, CODE + 0x30, "g")]
    words = told(bench, "eb1e").words
    assert words == "jumps to g without a call: it takes over this frame's place, and returns to main itself"


JUMPS = [
    (["837dfc02", "7c10"], 3, "a (3) is not less than 2, so goes on"),
    (["837dfc02", "7c10"], 1, "a (1) is less than 2, so jumps to {:#x}"),
    (["837dfc02", "7e10"], 2, "a (2) is less than or equal to 2, so jumps to {:#x}"),
    (["837dfc02", "7f10"], 2, "a (2) is less than or equal to 2, so goes on"),
    (["837dfc02", "7410"], 2, "a (2) is equal to 2, so jumps to {:#x}"),
    (["837dfc02", "7510"], 2, "a (2) is equal to 2, so goes on"),
    (["837dfc02", "7710"], -1, "a (4294967295) is greater than 2, so jumps to {:#x}"),
    (["8b45fc", "85c0", "7810"], -5, "a (-5) is negative, so jumps to {:#x}"),
    (["8b45fc", "85c0", "7410"], 0, "a (0) is zero, so jumps to {:#x}"),
    (["8b45fc", "a801", "7410"], 6, "al (6) & 1 is zero, so jumps to {:#x}"),
    (["836dfc01", "7510"], 1, "the result (0) is zero, so goes on"),
]


@pytest.mark.parametrize(("codes", "value", "expected"), JUMPS)
def test_conditional_jumps_say_why(codes: list[str], value: int, expected: str) -> None:
    bench = Bench([A], **FRAME)
    bench.put(A.address, value.to_bytes(4, "little", signed=True))
    last = series(bench, codes)[-1]
    assert last.words == expected.format(last.pc + 0x12)


def test_a_jump_without_a_comparison_tells_the_flags() -> None:
    assert (
        told(Bench(eflags=0x242), "7410").words == f"the condition 'e' of the flags holds, so jumps to {CODE + 18:#x}"
    )


def test_floating_point_comparisons() -> None:
    bench = Bench(xmm0=0x4000000000000000, xmm1=0x3FF8000000000000)  # 2.0 and 1.5
    assert series(bench, ["660f2ec1", "7710"])[1].words.startswith("xmm0 (2.0) is greater than xmm1 (1.5), so jumps")
    bench = Bench(xmm0=0x7FF8000000000000, xmm1=0x3FF8000000000000)
    assert series(bench, ["660f2ec1", "7610"])[1].words.startswith(
        "xmm0 (nan) and xmm1 (1.5) cannot be compared, for one of them is no number, so jumps"
    )


def test_values_keep_their_origin() -> None:
    bench = Bench([A, B], **FRAME)
    bench.put(A.address, (3).to_bytes(4, "little"))
    words = [each.words for each in series(bench, ["8b45fc", "89c7", "8345fc01", "89c6"])]
    assert words[1] == "copies a's value 3 (in eax) to edi"
    assert words[3] == "copies eax (3) to esi"  # a is 4 by now


CANARY = {
    "64488b042528000000": "reads the canary, the stack protector's secret word, into rax: 0x1122334455667788",
    "64482b042528000000": "compares the canary with the original: the difference is 0, so it is unchanged",
}


@pytest.mark.parametrize("code", CANARY)
def test_the_canary(code: str) -> None:
    bench = Bench(fs_base=DATA, rax=0x1122334455667788)
    bench.put(DATA + 0x28, (0x1122334455667788).to_bytes(8, "little"))
    assert told(bench, code).words == CANARY[code]


def test_the_canary_goes_into_its_slot() -> None:
    bench = Bench([spot("canary", 0x38, Role.CANARY)], rax=5, **FRAME)
    words = told(bench, "488945f8").words
    assert words == "puts the canary into its slot (rbp-8), above the locals: an overrun of a buffer changes it first"


def test_rounding_the_stack_pointer() -> None:
    assert told(Bench(rsp=SP + 8), "4883e4f0").words == f"rounds rsp down to a multiple of 16, by 8 bytes to {SP:#x}"
    assert told(Bench(), "4883e4f0").words == "rounds rsp down to a multiple of 16, which it is already"


def test_repeated_instructions_are_counted() -> None:
    bench = Bench(rdi=DATA, rcx=5, rax=0x41)
    before, _ = bench.run("90")
    before = bench.state()
    bench.put(before.registers["rip"], bytes.fromhex("f3aa"))
    before = bench.state()
    after = bench.run_on(before.registers["rip"] + 2)
    explained, _ = narrate(ISA, instruction_at(ISA, before), before, after, times=5)
    assert explained.words == f"fills 5 bytes from {DATA:#x} on with al (65), 1 at a time: 5 rounds"
    assert explained.times == 5


DOWNWARDS = {
    "f348ab": f"fills 24 bytes from {DATA + 0x10:#x} on, the highest first, with rax (65), 8 at a time: 3 rounds",
    "f3a5": f"copies 12 bytes from {DATA + 0x38:#x} on to {DATA + 0x18:#x} on, the highest first, 4 at a time:"
    " 3 rounds",
    "f3ad": f"reads 12 bytes from {DATA + 0x38:#x} on into eax, highest first, 4 at a time: 3 rounds, 0 stays",
    "f2ae": f"looks for al (65) from {DATA + 0x20:#x} downwards: 3 rounds",
    "f3a7": f"compares what lies at {DATA + 0x40:#x} with what lies at {DATA + 0x20:#x}, and so downwards: 3 rounds",
}


@pytest.mark.parametrize("code", DOWNWARDS)
def test_string_instructions_go_downwards_where_the_direction_flag_says_so(code: str) -> None:
    bench = Bench(rax=65, rcx=3, rsi=DATA + 0x40, rdi=DATA + 0x20, eflags=0x602)
    bench.put(CODE, bytes.fromhex(code))
    before = bench.state()
    after = bench.run_on(CODE + len(code) // 2)
    explained, _ = narrate(ISA, instruction_at(ISA, before), before, after, times=3)
    assert explained.words == DOWNWARDS[code]


DOWNWARDS_ONCE = {
    "48ab": f"puts rax (65) into the 8 bytes at {DATA + 0x20:#x}, and moves rdi down",
    "48a5": f"copies 8 bytes from the 8 bytes at {DATA + 0x40:#x} to the 8 bytes at {DATA + 0x20:#x}, and moves rsi and"
    " rdi down",
}


@pytest.mark.parametrize("code", DOWNWARDS_ONCE)
def test_without_a_prefix_they_move_down_once(code: str) -> None:
    bench = Bench(rax=65, rsi=DATA + 0x40, rdi=DATA + 0x20, eflags=0x602)
    assert told(bench, code).words == DOWNWARDS_ONCE[code]


def test_what_has_no_row_is_told_by_its_changes() -> None:
    explained = told(Bench(xmm0=3, xmm1=5), "660ff6c1")
    assert explained.words == "psadbw: xmm0: 0x3 → 0x2"


def test_changes_name_registers_slots_and_flags() -> None:
    bench = Bench([A], rax=7, **FRAME)
    (change,) = told(bench, "8945fc").changes
    assert (change.kind, change.name, change.before, change.after) == (ChangeKind.SLOT, "a", "0", "7")
    assert (change.address, change.size, change.words) == (A.address, 4, "a: 0 → 7")
    changes = {change.name: change for change in told(bench, "29c0").changes}
    assert changes["rax"].words == "rax: 7 → 0"
    assert changes["eflags"].words == "flags: PF ZF set"


def test_what_stays_as_it_is_is_no_change() -> None:
    assert told(Bench([A], **FRAME), "c745fc00000000").changes == ()
