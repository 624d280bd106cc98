"""Names of addresses, out of a snapshot written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from stackglass.debuginfo.symbols import Symbol
from stackglass.debuginfo.target import DataObject
from stackglass.errors import UnreadableMemory
from stackglass.explain.spots import SnapshotNames, quote
from stackglass.model import (
    Evidence,
    Field,
    FoundBy,
    Frame,
    FrameOutline,
    Location,
    Position,
    Region,
    RegionKind,
    ReturnAddress,
    Role,
    Slot,
    Snapshot,
    Variable,
)

TOP = 0x7FFE1000
TEXT = b"hello\n\0" + bytes(80)


@dataclass(frozen=True)
class _Frames:
    """frames of the test, innermost first."""

    frames: tuple[Frame, ...]

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Frame:
        return self.frames[index]

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)

    def outline(self, index: int) -> FrameOutline:
        frame = self.frames[index]
        return FrameOutline(index, frame.function, False, frame.low, frame.high, frame.pc)

    def parameters(self, index: int) -> tuple[Variable, ...]:
        return self.frames[index].parameters


@dataclass(frozen=True)
class _Function:
    name: str
    low: int


_COUNTER = Symbol("counter", 0x404000, 4, "object", True, ".data")


class _Code:
    """One function, `add` at 0x401000, and one variable, `counter` at 0x404000."""

    def function_at(self, pc: int) -> _Function | None:
        return _Function("add", 0x401000) if 0x401000 <= pc < 0x401020 else None

    def position(self, pc: int) -> Position:
        return Position(pc, "add", "call.c", 2)

    def data_at(self, address: int) -> DataObject | None:
        return DataObject("counter", address - 0x404000, _COUNTER) if 0x404000 <= address < 0x404004 else None


def _slot(address: int, size: int, role: Role, name: str | None = None, **more: object) -> Slot:
    return Slot(address, size, role, bytes(size), Evidence.DEBUG_INFO, name=name, **more)  # type: ignore[arg-type]


def _frame(index: int, function: str, low: int, high: int, slots: Sequence[Slot], **more: object) -> Frame:
    known = {
        "index": index,
        "function": function,
        "file": None,
        "line": None,
        "pc": 0x401004,
        "library": False,
        "cfa": high,
        "low": low,
        "high": high,
        "frame_pointer": None,
        "return_address": ReturnAddress(None, "none"),
        "call_site": None,
        "found_by": FoundBy.SHADOW_STACK,
        "parameters": (),
        "register_variables": (),
        "slots": tuple(slots),
    }
    return Frame(**{**known, **more})  # type: ignore[arg-type]


_POINT = (Field("x", "int", 0, 4, "1"), Field("y", "int", 4, 4, "2"))
_INNER = _frame(
    0,
    "add",
    TOP - 0x40,
    TOP - 0x20,
    [
        _slot(TOP - 0x28, 8, Role.RETURN_ADDRESS),
        _slot(TOP - 0x30, 8, Role.SAVED_REGISTER, register="rbx"),
        _slot(TOP - 0x34, 4, Role.PARAMETER, "a", type="int", value="3"),
        _slot(TOP - 0x40, 12, Role.PADDING),
        _slot(TOP - 0x48, 8, Role.LOCAL, "spare", type="long", value="9", in_red_zone=True),
    ],
    parameters=(Variable("a", "int", "3", "stack", came_in="edi"),),
)
_OUTER = _frame(
    1,
    "main",
    TOP - 0x20,
    TOP,
    [
        _slot(TOP - 0x08, 8, Role.RETURN_ADDRESS),
        _slot(TOP - 0x10, 8, Role.LOCAL, "p", type="struct point", value="{1, 2}", fields=_POINT),
        _slot(TOP - 0x18, 8, Role.TEMPORARY),
        _slot(TOP - 0x20, 8, Role.OUTGOING_ARGUMENT, "g", type="int", value="7"),
    ],
)


def _read(address: int, size: int) -> bytes:
    if not address >= 0x402000 or address + size > 0x402000 + len(TEXT):
        raise UnreadableMemory(address, size)
    return TEXT[address - 0x402000 :][:size]


@pytest.fixture
def names() -> SnapshotNames:
    regions = (
        Region(RegionKind.TEXT, 0x401000, 0x402000, "r-x", None),
        Region(RegionKind.RODATA, 0x402000, 0x403000, "r--", None),
        Region(RegionKind.DATA, 0x404000, 0x405000, "rw-", None),
        Region(RegionKind.STACK, TOP - 0x1000, TOP + 0x1000, "rw-", None),
    )
    snapshot = Snapshot(
        program="call.c",
        isa="x86_64",
        step=1,
        pc=0x401004,
        location=Location("add", "call.c", 2, None),
        registers={},
        stack_pointer=("rsp", TOP - 0x40),
        frame_pointer=("rbp", TOP),
        word_size=8,
        frames=_Frames((_INNER, _OUTER)),
        process_start=(),
        below_sp=(),
        regions=regions,
        fault=None,
    )
    return SnapshotNames(snapshot, _Code(), _read)


@pytest.mark.parametrize(
    ("offset", "size", "called", "value"),
    [
        (-0x34, 4, "a", "3"),
        (-0x28, 8, "return address", None),
        (-0x30, 8, "saved rbx", None),
        (-0x48, 8, "spare", "9"),
        (-0x10, 8, "p of main", "{1, 2}"),
        (-0x10, 4, "p.x of main", "1"),
        (-0x0C, 4, "p.y of main", "2"),
        (-0x0E, 2, "p.x of main", "1"),
        (-0x20, 8, "g", "7"),
    ],
)
def test_slots_have_names(names: SnapshotNames, offset: int, size: int, called: str, value: str | None) -> None:
    spot = names.spot(TOP + offset, size)
    assert spot is not None
    assert spot.named
    assert (spot.called, spot.value) == (called, value)


def test_a_parameter_knows_the_register_that_it_came_in(names: SnapshotNames) -> None:
    spot = names.spot(TOP - 0x34, 4)
    assert spot is not None
    assert spot.came_in == ("edi",)


@pytest.mark.parametrize("offset", [0, 4])
def test_half_an_argument_on_the_stack_is_not_all_of_it(names: SnapshotNames, offset: int) -> None:
    """It is the running function's own, whichever half is read: i386 and ARM take a long long a word at a time."""
    spot = names.spot(TOP - 0x20 + offset, 4)
    assert spot is not None
    assert (spot.called, spot.size, spot.offset, spot.owner) == ("g", 8, offset, None)


def test_bytes_without_a_name(names: SnapshotNames) -> None:
    spot = names.spot(TOP - 0x40, 4)
    assert spot is not None
    assert not spot.named
    assert (spot.name, spot.role) == ("12 bytes", Role.PADDING)


def test_what_lies_below_the_red_zone_or_above_the_stack_is_nothing(names: SnapshotNames) -> None:
    assert names.spot(TOP - 0x50, 8) is None
    assert names.spot(TOP + 8, 8) is None


def test_a_global(names: SnapshotNames) -> None:
    spot = names.spot(0x404000, 4)
    assert spot is not None
    assert (spot.called, spot.size, spot.offset) == ("counter", 4, 0)


@pytest.mark.parametrize(
    ("address", "meaning"),
    [
        (0x401000, "add"),
        (0x401004, "add+0x4"),
        (0x401800, ""),
        (0x402000, '"hello\\n"'),
        (0x404000, "&counter"),
        (0x404002, "&counter+2"),
        (0x404800, ""),
        (TOP - 0x34, "&a"),
        (TOP - 0x10, "&p of main"),
        (TOP - 0x0C, "&p.y of main"),
        (TOP - 0x28, ""),
        (0x1234, None),
    ],
)
def test_what_addresses_mean(names: SnapshotNames, address: int, meaning: str | None) -> None:
    assert names.meaning(address) == meaning


def test_the_caller(names: SnapshotNames) -> None:
    assert names.caller() == "main"
    assert names.function(0x401004) == ("add", 4)
    assert names.function(0x500000) is None


def test_strings_are_quoted_as_in_c() -> None:
    assert quote(b'a"b\\\t\n') == '"a\\"b\\\\\\t\\n"'
