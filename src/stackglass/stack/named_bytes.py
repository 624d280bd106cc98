"""The bytes that an address inside a slot names, those of a member or an element say, and who wrote just these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stackglass.model import AddressRange, Field, Initialised, Role, Slot, Writer
from stackglass.stack.layout import Area, FrameLayout
from stackglass.stack.members import runs_of_members, runs_of_value
from stackglass.stack.paths import Whole, whole_at
from stackglass.stack.written import FrameWrites, Written, extent_of

_DIVISIBLE = frozenset((Role.ALLOCA, Role.TEMPORARY, Role.PADDING, Role.RED_ZONE))
"""Without a variable's name, these may hold any number of things."""


class NamedBytes(NamedTuple):
    """Some bytes of a frame, and runs of them with one writer each; what lies between members is in none."""

    range: AddressRange
    runs: Sequence[Written]
    writes: FrameWrites

    @property
    def initialised(self) -> Initialised:
        """How many of them were written in the activation."""
        return extent_of(self.runs)

    @property
    def written_by(self) -> Writer | None:
        """Who wrote any of them last in the activation; if nobody has, who had before it."""
        own = [run for run in self.runs if run.own]
        return self.writes.last_writer(own or self.runs)


def named_bytes(layout: FrameLayout, area: Area, slot: Slot, address: int) -> NamedBytes:
    """About the bytes of a slot that `address` names: of a variable those of the part that is there, or the one byte
    where that is in no part; of what has no name the one byte, but all where it begins. `area` is the slot's."""
    type_ = area.use.type if slot.name is not None else None
    part = None if type_ is None else whole_at(type_, area.offset + address - area.low)
    if part is not None:
        start = area.low - area.offset + part.start
        return _of_part(layout, area, AddressRange(start, start + part.type.strip().size), part, slot.fields)
    is_one = type_ is None and (area.use.role not in _DIVISIBLE or address == area.low)
    return _told(layout, area, AddressRange(area.low, area.high) if is_one else AddressRange(address, address + 1))


def _of_part(layout: FrameLayout, area: Area, whole: AddressRange, part: Whole, fields: Sequence[Field]) -> NamedBytes:
    """About a part of a variable, as much of it as lies in the area."""
    inside = AddressRange(max(whole.low, area.low), min(whole.high, area.high))
    told = _told(layout, area, inside)
    runs = runs_of_value(told.runs, whole.low, part.type)
    return told._replace(runs=runs_of_members(runs, whole.low, whole.size, _fields(fields, 0, part.start, whole.size)))


def _told(layout: FrameLayout, area: Area, inside: AddressRange) -> NamedBytes:
    runs: Sequence[Written] = layout.writes.runs(*inside)
    since = area.use.since
    if since is not None:
        runs = [run._replace(own=run.own or (run.step is not None and run.step >= since)) for run in runs]
    return NamedBytes(inside, runs, layout.writes)


def _fields(fields: Sequence[Field], base: int, start: int, size: int) -> Sequence[Field]:
    """The fields of the part of so many bytes that begins `start` bytes into the variable; none if it has none."""
    if (base, bool(fields)) == (start, True) and max(one.offset + one.size for one in fields) <= size:
        return fields
    inside = next((one for one in fields if base + one.offset <= start < base + one.offset + one.size), None)
    return () if inside is None else _fields(inside.fields, base + inside.offset, start, size)
