"""Loops are found in the order in which instructions ran."""

from __future__ import annotations

from stackglass.explain.decoding import decode
from stackglass.explain.loops import Loop, Node, events_of, find_loops
from stackglass.explain.trace import Event
from tests.unit.explain.bench import ISA

_NOP, _JUMP, _RETURN = b"\x90", b"\xeb\x00", b"\xc3"


def run(path: str) -> list[Event]:
    """Events from letters in the order they ran: the letter is the address, upper case a jump, '.' the return."""
    events = []
    for step, letter in enumerate(path):
        code = _RETURN if letter == "." else _JUMP if letter.isupper() else _NOP
        address = 0x100 if letter == "." else ord(letter.lower())
        events.append(Event(step, step + 1, decode(ISA, address, code)))
    return events


def drawn(nodes: list[Node]) -> str:
    """Nodes as letters again: '[ab|ab]' is a loop of two rounds."""
    return "".join(
        f"[{'|'.join(drawn(each) for each in node.rounds)}]" if isinstance(node, Loop) else _letter(node)
        for node in nodes
    )


def _letter(event: Event) -> str:
    pc = event.instruction.pc
    return "." if pc == 0x100 else chr(pc).upper() if event.instruction.kind.name == "JUMP" else chr(pc)


def outline(path: str) -> str:
    return drawn(find_loops(run(path)))


def test_straight_code_has_none() -> None:
    assert outline("abc.") == "abc."


def test_a_jump_forward_is_none() -> None:
    assert outline("aBde.") == "aBde."


def test_a_loop_that_tests_at_its_end() -> None:
    assert outline("abCbCbCd.") == "a[bC|bC|bC]d."


def test_a_loop_that_is_entered_at_its_test() -> None:
    """for (...) at -O0: the first jump goes to the test, which jumps back to the body."""
    assert outline("AdEbcdEbcdEf.") == "AdE[bcdE|bcdE]f."


def test_loops_within_loops() -> None:
    assert outline("abcDcDfGbcDcDcDfGh.") == "a[b[cD|cD]fG|b[cD|cD|cD]fG]h."


def test_an_inner_loop_without_a_second_round_is_straight_code() -> None:
    assert outline("abcDfGbcDfG.") == "a[bcDfG|bcDfG]."


def test_leaving_by_a_break_closes_the_loop() -> None:
    assert outline("abCDbCDbCf.") == "a[bCD|bCD|bC]f."


def test_nothing_is_lost() -> None:
    path = "AdEbcdEbcdEfGadHbcdEbCf."
    assert [event.step for event in events_of(find_loops(run(path)))] == list(range(len(path)))
