"""Walking stacks made by hand: what is found, by which way, and what is said where nothing leads on."""

from __future__ import annotations

from collections.abc import Callable

from stackglass.errors import BadDebugInfo
from stackglass.isa import get
from stackglass.model import FoundBy
from stackglass.unwind.call_frames import CallFrames, FrameTable
from stackglass.unwind.walk import Walk, walk
from tests.unit.unwind.frames import SECTION, eh_frame
from tests.unit.unwind.stacks import TOP, memory

ISA = get("x86_64")
MAIN, F, LEAF, NO_RULES = 0x1000, 0x2000, 0x3000, 0x5000
FRAMED = bytes([0x0C, 6, 16, 0x86, 2])  # CFA = rbp+16, rbp at CFA-16
OUTERMOST = bytes([0x07, 16])  # the return address is undefined

TABLES = CallFrames(
    eh_frame((MAIN, 0x100, FRAMED + OUTERMOST), (F, 0x100, FRAMED), (LEAF, 0x10, b"")),
    SECTION,
    b"",
    0,
    word_size=8,
    byte_order="little",
)
CODE = range(MAIN, NO_RULES + 0x100)


def walked(
    registers: dict[str, int],
    read: Callable[[int, int], bytes],
    tables: Callable[[int], FrameTable | None] = TABLES.table_at,
) -> Walk:
    return walk(registers, read, tables, ISA, is_code=CODE.__contains__)


STACK = memory(
    TOP,
    0,  # main: return address, undefined
    0,  # main: saved rbp
    MAIN + 0x20,  # f: return address
    TOP - 16,  # f: saved rbp, main's frame
    77,  # f: a local
    F + 0x30,  # leaf: return address
)


def test_a_leaf_called_by_f_called_by_main() -> None:
    found = walked({"rip": LEAF, "rsp": TOP - 48, "rbp": TOP - 32, "rbx": 3}, STACK)
    assert [(frame.pc, frame.cfa, frame.found_by) for frame in found.frames] == [
        (LEAF, TOP - 40, FoundBy.CFI),
        (F + 0x30, TOP - 16, FoundBy.CFI),
        (MAIN + 0x20, TOP, FoundBy.CFI),
    ]
    assert [frame.look_up - frame.pc for frame in found.frames] == [0, -1, -1]
    assert found.frames[2].registers["rbp"] == TOP - 16
    assert found.frames[1].saved_at["rbp"] == TOP - 32
    assert found.frames[2].registers["rbx"] == 3
    assert found.stop.complete


def test_frame_pointers_lead_on_where_there_are_no_rules() -> None:
    read = memory(
        TOP,
        0,  # main: return address
        0,  # main: saved rbp
        MAIN + 0x20,  # an assembler routine: return address
        TOP - 16,  # its saved rbp
    )
    found = walked({"rip": NO_RULES + 9, "rsp": TOP - 32, "rbp": TOP - 32}, read)
    assert [(frame.pc, frame.found_by) for frame in found.frames] == [
        (NO_RULES + 9, FoundBy.FRAME_POINTER),
        (MAIN + 0x20, FoundBy.CFI),
    ]
    assert found.frames[0].cfa == TOP - 16


def test_the_end_says_what_was_tried() -> None:
    found = walked({"rip": NO_RULES, "rsp": TOP - 32, "rbp": 1}, STACK)
    assert len(found.frames) == 1
    assert found.frames[0].cfa is None
    assert not found.stop.complete
    assert [(attempt.way, attempt.why) for attempt in found.stop.attempts] == [
        (FoundBy.CFI, f"no call-frame information covers {NO_RULES:#x}"),
        (FoundBy.FRAME_POINTER, "rbp does not point into the stack above rsp"),
    ]


def test_a_smashed_return_address_is_not_followed() -> None:
    read = memory(TOP, 0x4141414141414141, 0x4141414141414141)
    found = walked({"rip": F + 4, "rsp": TOP - 16, "rbp": TOP - 16}, read)
    assert len(found.frames) == 1
    assert all("0x4141414141414141 is not in any code" in attempt.why for attempt in found.stop.attempts)


def test_rules_that_cannot_be_read_are_one_more_reason() -> None:
    def broken(pc: int) -> FrameTable | None:
        raise BadDebugInfo("the call-frame information at .eh_frame+0x8 is cut short")

    found = walked({"rip": F, "rsp": TOP - 48, "rbp": TOP + 8}, STACK, broken)
    assert [attempt.why for attempt in found.stop.attempts] == [
        "the call-frame information at .eh_frame+0x8 is cut short",
        f"the 8 bytes at {TOP + 8:#x} are not mapped",
    ]


def test_a_stack_that_leads_to_itself_ends() -> None:
    read = memory(TOP, F + 0x30, TOP - 16)
    found = walked({"rip": F + 4, "rsp": TOP - 16, "rbp": TOP - 16}, read)
    assert len(found.frames) < 5
    assert not found.stop.complete


def test_no_more_frames_than_asked_for() -> None:
    found = walk({"rip": LEAF, "rsp": TOP - 48, "rbp": TOP - 32}, STACK, TABLES.table_at, ISA, most=2)
    assert len(found.frames) == 2
    assert found.stop.words == "2 frames are as many as were asked for"
