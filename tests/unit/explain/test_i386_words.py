"""i386's instructions in words, where they are not x86-64's: each run in the emulator, told from before and after."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stackglass import isa as isas
from stackglass.explain.narration import instruction_at, narrate, step
from stackglass.explain.spots import Spot
from stackglass.explain.state import Trail
from stackglass.model import Role
from tests.unit.explain.bench import CODE, DATA, SP, Bench

ISA = isas.get("i386")


def bench(*spots: Spot, **registers: int) -> Bench:
    return Bench(spots, ISA, **registers)


def told(at: Bench, code: str, part: str | None = None) -> str:
    return step(ISA, *at.run(code), part=part).words


def last_of(at: Bench, codes: Sequence[str]) -> str:
    """Several instructions; what the last one is told as."""
    trail, sentence = Trail(), ""
    for code in codes:
        before, after = at.run(code)
        explained, trail = narrate(ISA, instruction_at(ISA, before), before, after, trail=trail)
        sentence = explained.words
    return sentence


def slot(offset: int, role: Role, register: str | None = None) -> Spot:
    name = f"saved {register}" if register else role.words
    return Spot(name, True, SP + offset, 4, None, None, role, register=register)


PLAIN = {
    "b803000000": "sets eax to 3",
    "0fbec3": "copies bl (-3) to eax, widened with its sign: -3",
    "f7e3": "multiplies eax (7) by ebx (4294967293): the product is edx:eax, 0x6:0xffffffeb",
    "99": "fills edx with the sign of eax (7), for the division to come: edx = 0",
    "f3ab": "has no round to do: the count in ecx is 0",
    "e304": "the count, 0, is 0, so jumps to 0x401006",
}


@pytest.mark.parametrize("code", PLAIN)
def test_what_registers_do(code: str) -> None:
    assert told(bench(eax=7, ebx=0xFFFFFFFD, ecx=0), code) == PLAIN[code]


def test_small_negative_numbers_are_no_addresses() -> None:
    assert told(bench(eax=0xFFFFFFFF), "89c2") == "copies eax (-1) to edx"


def test_making_a_frame_and_taking_it_down() -> None:
    at = bench(slot(-4, Role.SAVED_FRAME_POINTER, "ebp"), ebp=SP + 0x40)
    assert [told(at, code, "prologue") for code in ("55", "89e5", "83ec10")] == [
        f"saves the caller's ebp on the stack: esp goes down by 4 to {SP - 4:#x}, and {SP + 0x40:#x} is stored there",
        f"makes ebp point at this frame ({SP - 4:#x}): from here on locals have fixed distances from it",
        f"reserves 16 bytes for locals: esp goes down to {SP - 20:#x}",
    ]
    assert told(at, "c9", "epilogue") == (
        f"takes the frame down: esp goes up to where ebp points, and the caller's ebp, {SP + 0x40:#x}, is popped from"
        f" there; esp is now {SP:#x}"
    )


def test_arguments_go_on_the_stack() -> None:
    argument = Spot("b", True, SP - 4, 4, "int", None, Role.OUTGOING_ARGUMENT)
    other = Spot("a", True, SP - 8, 4, "int", None, Role.OUTGOING_ARGUMENT)
    at = bench(argument, other, eax=7)
    assert told(at, "50") == f"pushes eax (7) as b: esp goes down by 4 to {SP - 4:#x}"
    assert told(at, "6a03") == f"pushes 3 as a: esp goes down by 4 to {SP - 8:#x}"


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (8, "takes the arguments off the stack again: esp goes up by 8 to"),
        (4, "takes the arguments off the stack again: esp goes up by 8 to"),  # with 4 bytes to keep it aligned
        (0, "gives back 8 bytes of stack: esp goes up to"),
        (12, "gives back 8 bytes of stack: esp goes up to"),
    ],
)
def test_arguments_come_off_the_stack_again(taken: int, words: str) -> None:
    before, after = bench().run("83c408")
    trail = Trail(arguments=taken)
    explained, trail = narrate(ISA, instruction_at(ISA, before), before, after, trail=trail, part="epilogue")
    assert explained.words == f"{words} {SP + 8:#x}"
    assert not trail.arguments


def test_a_callee_that_takes_its_arguments_off() -> None:
    at = bench()
    at.put(SP, (CODE + 0x20).to_bytes(4, "little"))
    at.names.functions = [(CODE, CODE + 0x10, "f"), (CODE + 0x18, CODE + 0x30, "main")]
    assert told(at, "c20400") == "pops the return address into eip and 4 more bytes: back in main+0x8"
    assert at.state().registers["esp"] == SP + 8


def test_finding_out_where_the_code_is() -> None:
    at = bench(slot(0, Role.RETURN_ADDRESS))
    at.put(SP, (CODE + 0x40).to_bytes(4, "little"))
    assert told(at, "8b1c24") == (
        f"reads its own return address into ebx: {CODE + 0x40:#x}; position-independent code finds its data by that"
    )


# ---- the x87 stack ----


def double(value: str) -> bytes:
    return bytes.fromhex({"2": "0000000000000040", "1.5": "000000000000f83f", "0.5": "000000000000e03f"}[value])


X87 = {
    "dd4308": f"loads 1.5 (the 8 bytes at {DATA + 8:#x}) onto the x87 stack: st(0) = 1.5",
    "d9c1": "loads st(1) (2.0) onto the x87 stack: st(0) = 2.0",
    "d8c1": "adds st(1) (2.0) to st(0) (0.5): st(0) = 2.5",
    "dcc1": "adds st(0) (0.5) to st(1) (2.0): st(1) = 2.5",
    "dec1": "adds st(0) (0.5) to st(1) (2.0), and pops the x87 stack: st(0) = 2.5",
    "dee9": "subtracts st(0) (0.5) from st(1) (2.0), and pops the x87 stack: st(0) = 1.5",
    "dee1": "subtracts st(1) (2.0) from st(0) (0.5), and pops the x87 stack: st(0) = -1.5",
    "def9": "divides st(1) (2.0) by st(0) (0.5), and pops the x87 stack: st(0) = 4.0",
    "def1": "divides st(0) (0.5) by st(1) (2.0), and pops the x87 stack: st(0) = 0.25",
    "dc6308": f"subtracts 1.5 (the 8 bytes at {DATA + 8:#x}) from st(0) (0.5): st(0) = -1.0",
    "dc6b08": f"subtracts st(0) (0.5) from 1.5 (the 8 bytes at {DATA + 8:#x}): st(0) = 1.0",
    "dcec": "subtracts st(0) (0.5) from st(4) (0.0): st(4) = -0.5",
    "d9c9": "swaps st(0) (0.5) and st(1) (2.0)",
    "d9e0": "changes the sign of st(0) (0.5): st(0) = -0.5",
    "d9e8": "loads a constant onto the x87 stack: st(0) = 1.0",
    "dd5b10": f"pops st(0) (0.5) off the x87 stack into the 8 bytes at {DATA + 16:#x}",
    "ddd9": "copies st(0) (0.5) to st(1), and pops the x87 stack: st(0) = 0.5",
    "ddd8": "pops st(0) (0.5) off the x87 stack",
    "db5b10": f"pops st(0) (0.5) off the x87 stack into the 4 bytes at {DATA + 16:#x}, as an integer: 0",
}


@pytest.mark.parametrize("code", X87)
def test_the_x87_stack(code: str) -> None:
    at = bench(ebx=DATA)
    at.put(DATA, double("2") + double("1.5") + double("0.5"))
    told(at, "dd03")  # fld qword ptr [ebx]
    told(at, "dd4310")  # fld qword ptr [ebx + 16]
    assert told(at, code) == X87[code]


def test_x87_comparisons_say_why() -> None:
    at = bench(ebx=DATA)
    at.put(DATA, double("2") + double("1.5"))
    words = last_of(at, ["dd03", "dd4308", "dfe9", "7210"])
    assert words.startswith("st(0) (1.5) is less than st(1) (2.0), so jumps to")
