"""What lies at an address: a slot of a frame, a part of one, a global variable, a function."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from stackglass.errors import UnreadableMemory
from stackglass.explain.members import member_of
from stackglass.isa.words import NumberKind
from stackglass.model import Frame, Position, Region, RegionKind, Role, Slot, Snapshot
from stackglass.stack.sources import ReadMemory

if TYPE_CHECKING:
    from stackglass.debuginfo.target import DataObject

_LONGEST_STRING = 60
_PRINTABLE = frozenset((*range(32, 127), *b"\t\n\r"))


@dataclass(frozen=True, slots=True)
class Spot:
    """Bytes that have a name or a role. `value` is what they hold, as C would write it, where the whole spot is known.

    `offset` is how far the address that was asked for lies behind `address`; `owner` is the function whose frame it
    is in, None for the running one and for what isn't on the stack.
    """

    name: str
    named: bool
    address: int
    size: int
    type: str | None
    value: str | None
    role: Role | None
    offset: int = 0
    owner: str | None = None
    register: str | None = None
    """The register whose value is saved there."""
    came_in: tuple[str, ...] = ()
    """Of a parameter, the registers that it was passed in, as parts of the width that counts."""
    slot: Slot | None = None
    shared: tuple[tuple[str, str | None], ...] = ()
    """(name, value) of the bit-fields that the bytes belong to."""

    @property
    def is_variable(self) -> bool:
        """Whether it is a variable of the program, not a return address or the like."""
        is_block = self.role is Role.ALLOCA and self.slot is not None and self.slot.name is None
        return self.named and not is_block and self.role in (None, Role.LOCAL, Role.PARAMETER, Role.ALLOCA)

    @property
    def holds_address(self) -> bool:
        """Whether what it holds is an address, by its type or its role."""
        is_pointer = self.type is not None and (self.value or "").startswith("0x")
        return is_pointer or self.role in (Role.RETURN_ADDRESS, Role.SAVED_FRAME_POINTER)

    @property
    def whole(self) -> tuple[str, int]:
        """The variable that it is a part of, and how far into that the address asked for lies.

        The first element or member of something is that element: a pointer to it is not told as one to the whole.
        """
        slot, address = self.slot, self.address + self.offset
        if slot is None or slot.name is None or (address != slot.address and not self.offset):
            return self.called, self.offset
        owner = f" of {self.owner}" if self.owner else ""
        return f"{slot.name}{owner}", address - (slot.address - slot.offset)

    @property
    def called(self) -> str:
        """Its name with the function that it belongs to: 'x of main'."""
        return f"{self.name} of {self.owner}" if self.owner else self.name


class Names(Protocol):
    """What is known of addresses in one state of the process."""

    def spot(self, address: int, size: int, number: NumberKind = "integer") -> Spot | None:
        """What the `size` bytes at `address` are or are part of; None if they have neither name nor role.

        Of a union's members it is the one that is a number of that kind.
        """
        ...

    def meaning(self, address: int) -> str | None:
        """What an address leads to ('&x of main', 'add', '"hello"'); '' if it is mapped but nothing more is known, None
        if it is no address of this process."""
        ...

    def function(self, pc: int) -> tuple[str, int] | None:
        """The function that `pc` lies in and the distance from its start."""
        ...

    def position(self, pc: int) -> Position:
        """The function and line of `pc`."""
        ...

    def caller(self) -> str | None:
        """The function that the running one returns to."""
        ...

    def jumper_stays(self) -> bool:
        """Whether the running function was jumped to, and the frame of whose code did that stays above its own."""
        ...


class CodeNames(Protocol):
    """Names that don't change while the program runs. `debuginfo.target.Target` is one."""

    def function_at(self, pc: int) -> Any: ...

    def position(self, pc: int) -> Position: ...

    def data_at(self, address: int) -> DataObject | None: ...


class SnapshotNames:
    """Names out of a snapshot: its frames' slots, and the program's functions and variables."""

    def __init__(self, snapshot: Snapshot, code: CodeNames, read_memory: ReadMemory) -> None:
        self._snapshot = snapshot
        self._code = code
        self._read_memory = read_memory

    def function(self, pc: int) -> tuple[str, int] | None:
        function = self._code.function_at(pc)
        return (function.name, pc - function.low) if function else None

    def position(self, pc: int) -> Position:
        return self._code.position(pc)

    def caller(self) -> str | None:
        frames, at = self._snapshot.frames, 0
        while at < len(frames) and frames[at].jumper_stays:
            at += 1  # it returns for its jumpers too
        return frames.outline(at + 1).function if at + 1 < len(frames) else None

    def jumper_stays(self) -> bool:
        return self._snapshot.frames[0].jumper_stays

    def spot(self, address: int, size: int, number: NumberKind = "integer") -> Spot | None:
        frame = self._frame_at(address)
        if frame is not None:
            slots = (*frame.slots, *frame.rooms)
            slot = next((slot for slot in slots if slot.address <= address < slot.end), None)
            return _slot_spot(frame, slot, address, size, number) if slot else None
        data = self._code.data_at(address)
        if data is None:
            return None
        size = data.symbol.size
        return Spot(data.name, True, address - data.offset, size, None, None, None, data.offset)

    def meaning(self, address: int) -> str | None:
        region = next((region for region in self._snapshot.regions if region.start <= address < region.end), None)
        if region is None or (region.kind is RegionKind.VDSO and "x" not in region.permissions):
            return None  # what the kernel put there for itself is at addresses that small negative numbers look like
        if region.kind is RegionKind.TEXT:
            function = self.function(address)
            return "" if function is None else f"{function[0]}+{function[1]:#x}" if function[1] else function[0]
        if region.kind is RegionKind.STACK or self._record_at(address) is not None:
            spot = self.spot(address, 1)
            return f"&{_with_offset(*spot.whole)}" if spot is not None and spot.is_variable else ""
        data = self._code.data_at(address)
        if data is not None:
            return f"&{_with_offset(data.name, data.offset)}"
        return self._string(address) if region.kind is RegionKind.RODATA else ""

    def _string(self, address: int) -> str:
        """The text at an address in C's notation, or '' if there is none."""
        try:
            raw = self._read_memory(address, _LONGEST_STRING)
        except UnreadableMemory:
            return ""
        text = raw.split(b"\0")[0]
        if not text or not all(byte in _PRINTABLE for byte in text) or len(text) == len(raw):
            return ""
        return quote(text)

    def _frame_at(self, address: int) -> Frame | None:
        """The frame whose bytes, or red zone, hold the address."""
        frames = self._snapshot.frames
        if not len(frames):
            return None
        if self._snapshot.linked_frames:
            return self._record_at(address)
        low = self._snapshot.stack_pointer[1]
        if address < low:
            innermost = frames[0]
            red_zone = any(slot.in_red_zone and slot.address <= address < slot.end for slot in innermost.slots)
            return innermost if red_zone else None
        index = bisect.bisect_right(_Highs(self._snapshot), address)
        return frames[index] if index < len(frames) and frames.outline(index).low <= address else None

    def _record_at(self, address: int) -> Frame | None:
        """The same where each frame lies by itself: of a call that runs, the innermost one, or one that is kept."""
        if not self._snapshot.linked_frames or not any(region.start <= address < region.end for region in self._heaps):
            return None
        frames = self._snapshot.frames
        for index in range(len(frames)):
            outline = frames.outline(index)
            if outline.low <= address < outline.high:
                return frames[index]
        with_rooms = (*(frames[index] for index in range(min(len(frames), _NEAR))), *self._snapshot.kept_records)
        for frame in with_rooms:
            if frame.low <= address < frame.high or any(slot.address <= address < slot.end for slot in frame.rooms):
                return frame
        return None

    @property
    def _heaps(self) -> Iterator[Region]:
        """Where frames that lie by themselves may be."""
        return (one for one in self._snapshot.regions if one.kind in (RegionKind.HEAP, RegionKind.DATA))


_NEAR = 8
"""Frames next to SP whose rooms elsewhere are looked through."""


class _Highs(Sequence[int]):
    """The upper ends of the frames, innermost first: they ascend."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._frames = snapshot.frames

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: Any) -> Any:
        return self._frames.outline(index).high


def _with_offset(name: str, offset: int) -> str:
    return f"{name}+{offset}" if offset else name


def quote(text: bytes) -> str:
    """Printable bytes as a C string literal."""
    escapes = {ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r", ord('"'): '\\"', ord("\\"): "\\\\"}
    return '"' + "".join(escapes.get(byte, chr(byte)) for byte in text) + '"'


def _slot_spot(frame: Frame, slot: Slot, address: int, size: int, number: NumberKind) -> Spot:
    known = replace(
        _part_of(slot, address, size, number) or _whole_of(slot, address),
        owner=None if 0 in (frame.index, slot.of_frame) else frame.function,
        slot=slot,
        came_in=_came_in(frame, slot),
    )
    if slot.role is Role.OUTGOING_ARGUMENT and frame.index == 1:
        # It is the running function's own parameter.
        return replace(known, owner=None)
    return known


def _whole_of(slot: Slot, address: int) -> Spot:
    """The slot's variable, as far as the slot goes: it may hold only the last bytes of one."""
    name = slot.name or _role_name(slot)
    start = slot.address - slot.offset
    words = name or f"{slot.size} bytes"
    whole = Spot(words, bool(name), start, slot.end - start, slot.type, slot.value, slot.role, address - start)
    return replace(whole, register=slot.register)


def _part_of(slot: Slot, address: int, size: int, number: NumberKind) -> Spot | None:
    """The smallest member or element of a slot that holds all the bytes."""
    part = member_of(slot, address, size, number)
    if part is None:
        return None
    offset = address - part.address
    return Spot(part.name, True, part.address, part.size, part.type, part.value, slot.role, offset, shared=part.shared)


def _came_in(frame: Frame, slot: Slot) -> tuple[str, ...]:
    """The registers that the parameter in a slot was passed in."""
    if slot.role is not Role.PARAMETER or frame.index:
        return ()
    parameter = next((each for each in frame.parameters if each.name == slot.name), None)
    return tuple((parameter.came_in or "").split(", ")) if parameter is not None else ()


def _role_name(slot: Slot) -> str | None:
    if slot.role is Role.SAVED_REGISTER or slot.role is Role.SAVED_FRAME_POINTER:
        return f"saved {slot.register}" if slot.register else slot.role.words
    unnamed = (Role.TEMPORARY, Role.PADDING, Role.RED_ZONE, Role.DEAD)
    return None if slot.role in unnamed else slot.role.words
