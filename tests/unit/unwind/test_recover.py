"""A caller's registers, by each kind of rule."""

from __future__ import annotations

import pytest

from stackglass.errors import UnreadableMemory
from stackglass.isa import get
from stackglass.unwind.call_frames import FrameTable
from stackglass.unwind.recover import Caller, caller_of, cfa_of
from stackglass.unwind.rules import (
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
from tests.unit.unwind.stacks import TOP, memory

ISA = get("x86_64")
RBX, RBP, RSP, R12, RIP = 3, 6, 7, 12, 16
REGISTERS = {"rip": 0x401010, "rsp": TOP - 32, "rbp": TOP - 16, "rbx": 5, "r12": 12, "rax": 99, "fs_base": 0x7000}
READ = memory(
    TOP,
    0x401234,  # return address
    0x7FFFAAAA,  # saved rbp
    0x1111,  # saved rbx
    TOP - 8,  # a pointer into the stack
)


def row(registers: dict[int, RegisterRule], cfa: RegisterOffset | CfaExpression | None = None) -> Row:
    return Row(0x401000, 0x401040, cfa or RegisterOffset(RBP, 16), registers, 0)


def caller(registers: dict[int, RegisterRule], *, signal: bool = False) -> Caller:
    made = row(registers)
    table = FrameTable(made.start, made.end, (made,), RIP, signal)
    return caller_of(table, made, TOP, REGISTERS, READ, ISA)


def test_the_cfa_from_a_register() -> None:
    assert cfa_of(row({}), REGISTERS, READ, ISA) == TOP
    assert cfa_of(row({}, RegisterOffset(RSP, 32)), REGISTERS, READ, ISA) == TOP


def test_the_cfa_from_an_expression() -> None:
    deref_and_add = bytes([0x77, 0, 0x06, 0x23, 8])  # *(rsp + 0) + 8
    assert cfa_of(row({}, CfaExpression(deref_and_add)), REGISTERS, READ, ISA) == TOP


def test_a_cfa_that_cannot_be_told() -> None:
    with pytest.raises(LookupError, match="give no CFA"):
        cfa_of(Row(0, 1, None, {}, 0), REGISTERS, READ, ISA)
    with pytest.raises(LookupError, match="r13 is not known"):
        cfa_of(row({}, RegisterOffset(13, 0)), REGISTERS, READ, ISA)
    with pytest.raises((LookupError, UnreadableMemory)):
        cfa_of(row({}, CfaExpression(bytes([0x30, 0x06]))), REGISTERS, READ, ISA)


def test_saved_registers_are_read_from_their_slots() -> None:
    found = caller({RIP: SavedAt(-8), RBP: SavedAt(-16), RBX: SavedAt(-24)})
    assert found.registers["rip"] == 0x401234
    assert found.registers["rbp"] == 0x7FFFAAAA
    assert found.registers["rbx"] == 0x1111
    assert found.saved_at == {"rip": TOP - 8, "rbp": TOP - 16, "rbx": TOP - 24}
    assert found.registers["rsp"] == TOP


def test_what_a_call_preserves_keeps_its_value_and_the_rest_is_unknown() -> None:
    found = caller({RIP: SavedAt(-8)})
    assert (found.registers["r12"], found.registers["fs_base"]) == (12, 0x7000)
    assert "rax" not in found.registers


def test_a_signal_frame_keeps_everything() -> None:
    assert caller({RIP: SavedAt(-8)}, signal=True).registers["rax"] == 99


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (IsCfaPlus(-64), TOP - 64),
        (InRegister(R12), 12),
        (UNDEFINED, None),
        (SavedAtExpression(bytes([0x23, 0x08, 0x1C, 0x38, 0x1C])), None),  # nonsense: an empty stack
        (SavedAtExpression(bytes([0x48, 0x1C])), 0x1111),  # CFA - 24
        (IsExpression(bytes([0x48, 0x1C])), TOP - 24),
        (SavedAt(-4096), None),
    ],
)
def test_kinds_of_rules(rule: RegisterRule, value: int | None) -> None:
    assert caller({RIP: SavedAt(-8), RBX: rule}).registers.get("rbx") == value


def test_an_undefined_return_address_is_the_end() -> None:
    assert caller({RIP: UNDEFINED}).outermost
    assert not caller({RIP: SavedAt(-8)}).outermost


def test_a_signed_return_address() -> None:
    """The word on the stack has its signature in the bits above an address of user space."""
    isa = get("aarch64")
    back, x30 = 0x401234, 30
    for return_signed in (True, False):
        made = Row(0x401000, 0x401040, RegisterOffset(31, 16), {x30: SavedAt(-8)}, 0, return_signed=return_signed)
        read = memory(TOP, 0x2B << 48 | back)
        table = FrameTable(made.start, made.end, (made,), x30, False)
        found = caller_of(table, made, TOP, {"pc": 0x401010, "sp": TOP - 16}, read, isa)
        assert found.registers["pc"] == (back if return_signed else 0x2B << 48 | back)
