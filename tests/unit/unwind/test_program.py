"""Call-frame instructions, one by one: what each does to the rules."""

from __future__ import annotations

import pytest

from stackglass.errors import BadDebugInfo
from stackglass.isa import get
from stackglass.unwind.entries import read_fde
from stackglass.unwind.program import rows_of
from stackglass.unwind.rules import (
    SAME_VALUE,
    UNDEFINED,
    CfaExpression,
    InRegister,
    IsCfaPlus,
    IsExpression,
    RegisterOffset,
    RegisterRule,
    Row,
    SavedAt,
    SavedAtExpression,
)
from tests.unit.unwind.frames import cie, eh_frame, section, sleb, uleb

START = 0x401000
RBX, RBP, RSP, RIP = 3, 6, 7, 16


def rows(program: bytes, size: int = 0x40) -> tuple[Row, ...]:
    """The rows of a function with this program behind the standard beginning."""
    made = section(eh_frame((START, size, program)))
    return rows_of(made, read_fde(made, len(cie())))


def rule(program: bytes, register: int) -> RegisterRule | None:
    """The rule that the program leaves for a register."""
    return rows(program)[-1].registers.get(register)


def test_the_standard_prologue() -> None:
    pushed = bytes([0x41, 0x0E, 16, 0x86, 2])  # after 1 byte: CFA = rsp+16, rbp at CFA-16
    framed = bytes([0x43, 0x0D, RBP])  # after 3 more: CFA = rbp+16
    left = bytes([0x02, 20, 0x0C, RSP, 8])  # after 20 more: CFA = rsp+8
    made = rows(pushed + framed + left, 0x19)
    assert [(row.start - START, row.end - START, row.cfa) for row in made] == [
        (0, 1, RegisterOffset(RSP, 8)),
        (1, 4, RegisterOffset(RSP, 16)),
        (4, 24, RegisterOffset(RBP, 16)),
        (24, 25, RegisterOffset(RSP, 8)),
    ]
    assert made[0].registers == {RIP: SavedAt(-8)}
    assert made[2].registers == {RIP: SavedAt(-8), RBP: SavedAt(-16)}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (bytes([0x83, 3]), SavedAt(-24)),  # offset
        (bytes([0x05, RBX, 3]), SavedAt(-24)),  # offset_extended
        (bytes([0x11, RBX]) + sleb(3), SavedAt(-24)),  # offset_extended_sf
        (bytes([0x2F, RBX, 3]), SavedAt(24)),  # GNU_negative_offset_extended
        (bytes([0x07, RBX]), UNDEFINED),
        (bytes([0x08, RBX]), SAME_VALUE),
        (bytes([0x09, RBX, 12]), InRegister(12)),
        (bytes([0x14, RBX, 2]), IsCfaPlus(-16)),  # val_offset
        (bytes([0x15, RBX]) + sleb(-2), IsCfaPlus(16)),  # val_offset_sf
        (bytes([0x10, RBX, 2, 0x77, 8]), SavedAtExpression(b"\x77\x08")),
        (bytes([0x16, RBX, 2, 0x77, 8]), IsExpression(b"\x77\x08")),
        (bytes([0x83, 3, 0xC3]), None),  # offset, restore
        (bytes([0x83, 3, 0x06, RBX]), None),  # offset, restore_extended
        (bytes([0x0A, 0x83, 3, 0x0B]), None),  # remember_state, offset, restore_state
    ],
)
def test_rules_of_a_register(program: bytes, expected: RegisterRule | None) -> None:
    assert rule(program, RBX) == expected


def test_restore_gives_back_the_initial_rule() -> None:
    assert rule(bytes([0x07, RIP, 0xC0 | RIP]), RIP) == SavedAt(-8)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (bytes([0x0E, 48]), RegisterOffset(RSP, 48)),
        (bytes([0x0D, RBP]), RegisterOffset(RBP, 8)),
        (bytes([0x12, RBP]) + sleb(-3), RegisterOffset(RBP, 24)),
        (bytes([0x13]) + sleb(-4), RegisterOffset(RSP, 32)),
        (bytes([0x0F, 3, 0x76, 0x78, 0x06]), CfaExpression(b"\x76\x78\x06")),
        (bytes([0x0A, 0x0C, RBP, 99, 0x0B]), RegisterOffset(RSP, 8)),
    ],
)
def test_rules_of_the_cfa(program: bytes, expected: RegisterOffset | CfaExpression) -> None:
    assert rows(program)[-1].cfa == expected


@pytest.mark.parametrize(
    "advance",
    [
        bytes([0x40 | 0x10]),
        bytes([0x02, 0x10]),
        bytes([0x03, 0x10, 0]),
        bytes([0x04, 0x10, 0, 0, 0]),
        bytes([0x1D, 0x10, 0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_ways_to_advance(advance: bytes) -> None:
    assert [row.start - START for row in rows(advance + bytes([0x0E, 16]))] == [0, 0x10]


def test_arguments_pushed_for_a_call() -> None:
    assert [row.args_size for row in rows(bytes([0x41, 0x2E, 16, 0x41, 0x2E, 0]))] == [0, 16, 0]


def test_rows_end_with_the_function() -> None:
    made = rows(bytes([0x02, 0x30, 0x0E, 16, 0x02, 0x30, 0x0E, 24]), 0x40)
    assert [(row.start - START, row.end - START) for row in made] == [(0, 0x30), (0x30, 0x40)]


def test_a_register_alone_begins_a_rule_with_no_offset() -> None:
    # As GNU as begins RISC-V's CIEs.
    made = section(eh_frame((START, 8, bytes([0x42, 0x0E, 48])), initial=bytes([0x0D, 2])))
    found = rows_of(made, read_fde(made, len(cie(bytes([0x0D, 2])))))
    assert [row.cfa for row in found] == [RegisterOffset(2, 0), RegisterOffset(2, 48)]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (bytes([0x3F]), "not known, 0x3f"),
        (bytes([0x0B]), "didn't remember"),
        (bytes([0x0F, 1, 0x30, 0x0E, 8]), "no such part"),
        (bytes([0x02]), "cut short"),
        (bytes([0x10, RBX]) + uleb(1000), "cut short"),
    ],
)
def test_programs_that_make_no_sense(program: bytes, words: str) -> None:
    padding = b"" if words == "cut short" else bytes(8)
    with pytest.raises(BadDebugInfo, match=words):
        made = section(eh_frame((START, 0x40, padding + program)))
        at = len(cie())
        fde = read_fde(made, at)
        end = made.data.rindex(program) + len(program)
        rows_of(section(made.data[:end]), type(fde)(fde.offset, fde.cie, fde.start, fde.end, (fde.program[0], end)))


def signed(program: bytes) -> list[tuple[int, bool]]:
    """Where each row begins, and whether the return address is signed there, by AArch64's instructions."""
    made = section(eh_frame((START, 0x40, program)))
    found = rows_of(made, read_fde(made, len(cie())), get("aarch64").frame_instructions)
    return [(row.start - START, row.return_signed) for row in found]


def test_aarch64_signs_return_addresses() -> None:
    """DWARF for the Arm 64-bit Architecture, 4.5: negate_ra_state, which remember_state keeps too."""
    assert signed(bytes([0x44, 0x2D, 0x48, 0x2D])) == [(0, False), (4, True), (12, False)]
    assert signed(bytes([0x44, 0x2D, 0x0A, 0x44, 0x2D, 0x44, 0x0B])) == [(0, False), (4, True), (8, False), (12, True)]
    assert signed(bytes([0x44, 0x2C])) == [(0, False), (4, True)]


def test_elsewhere_that_instruction_is_not_known() -> None:
    with pytest.raises(BadDebugInfo, match="not known, 0x2d"):
        rows(bytes([0x41, 0x2D]))
    assert not get("x86_64").frame_instructions
