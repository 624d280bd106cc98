"""Which stack an address belongs to: the process's own, or one that a program has made for itself.

Coroutines, threads' libraries and exploits move SP to other memory: an array, a block of the heap, a mapping. A stack
is told by the memory that it lies in: the process's stack is its region; any other one is the variable that holds it,
where one does, and else its region. See docs/design/stacks.md.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import NamedTuple

from stackglass.model import AddressRange, Region, RegionKind, StackPlace
from stackglass.stack.facts import Facts

_STATIC = frozenset((RegionKind.DATA, RegionKind.BSS))

FARTHEST_OVERRUN = 1 << 40
"""No array on a stack is larger: an SP that is farther below was overwritten, not moved down."""


def is_within_reach(stack_pointer: int, low: int) -> bool:
    """Whether SP can have got below a stack that begins at `low` by what was allocated on it."""
    return low - FARTHEST_OVERRUN <= stack_pointer < low


class Regions:
    """A moment's regions, to be looked up by address."""

    def __init__(self, regions: Sequence[Region]) -> None:
        self._regions = sorted(regions, key=lambda region: region.start)
        self._starts = [region.start for region in self._regions]

    def at(self, address: int) -> Region | None:
        """The region that holds `address`, or None."""
        index = bisect.bisect_right(self._starts, address) - 1
        if index < 0 or address >= self._regions[index].end:
            return None
        return self._regions[index]

    def between(self, low: int, high: int) -> list[Region]:
        """The regions with a byte in [low, high)."""
        first = max(bisect.bisect_right(self._starts, low) - 1, 0)
        last = bisect.bisect_left(self._starts, high)
        return [region for region in self._regions[first:last] if region.end > low]


class _Stack(NamedTuple):
    """The memory of one stack. `name` is that of the variable or region; `own` if it is the process's."""

    area: AddressRange
    name: str
    own: bool


class Stacks:
    """The stacks of one moment. A value of SP is told by the byte below it: it may stand at a stack's upper end."""

    def __init__(self, regions: Regions, facts: Facts, initial_stack_pointer: int) -> None:
        self._regions = regions
        self._facts = facts
        region = regions.at(initial_stack_pointer - 1)
        known = region is not None and region.kind is RegionKind.STACK
        self._own = AddressRange(region.start, region.end) if region is not None and known else None
        self._known: dict[int, _Stack | None] = {}

    def is_own(self, stack_pointer: int) -> bool:
        """Whether SP at that value is on the process's own stack; always where its region isn't known."""
        return self._own is None or self._own.low <= stack_pointer <= self._own.high

    def area(self, stack_pointer: int) -> AddressRange | None:
        """The memory of the stack that SP is on at that value; None where nothing is mapped."""
        found = self._at(stack_pointer)
        return None if found is None else found.area

    def place(self, stack_pointer: int) -> StackPlace | None:
        """The stack in words; None for the process's own, and where nothing is mapped."""
        found = self._at(stack_pointer)
        return None if found is None or found.own else StackPlace(found.area.low, found.area.high, found.name)

    def are_one(self, one: int, other: int) -> bool:
        """Whether SP is on the same stack at these two values."""
        if self.is_own(one) and self.is_own(other):
            return True
        area = self.area(one)
        return area is not None and area == self.area(other)

    def has_run_over(self, stack_pointer: int, high: int) -> bool:
        """Whether SP has left the stack that `high` is on at its lower end, and there is nothing else on the way."""
        area = self.area(high)
        if area is None or not is_within_reach(stack_pointer, area.low) or self.area(stack_pointer) is not None:
            return False
        between = self._regions.between(stack_pointer, area.low)
        return all(region.kind is RegionKind.GUARD for region in between)

    def _at(self, stack_pointer: int) -> _Stack | None:
        if self._own is not None and self.is_own(stack_pointer):
            return _Stack(self._own, "the process's stack", True)
        if stack_pointer not in self._known:
            self._known[stack_pointer] = self._find(stack_pointer - 1)
        return self._known[stack_pointer]

    def _find(self, address: int) -> _Stack | None:
        region = self._regions.at(address)
        if region is None or region.kind is RegionKind.GUARD:
            return None
        name = region.name or region.kind.value
        if region.kind in _STATIC:
            data = self._facts.safely(lambda: self._facts.target.data_at(address), None)
            if data is not None and data.symbol.size:
                start = address - data.offset
                return _Stack(AddressRange(start, start + data.symbol.size), f"{data.name}, in {name}", False)
        return _Stack(AddressRange(region.start, region.end), name, False)
