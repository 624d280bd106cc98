"""Where the stack is, and its bytes, copied in one go: frames ask for many words, and one large read is cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackglass.errors import UnreadableMemory
from stackglass.isa import Isa
from stackglass.model import Region, RegionKind
from stackglass.stack.sources import Moment

_LARGEST_COPY = 1 << 26
_FARTHEST_OVERFLOW = 1 << 26
"""How far below the stack SP may have got in an overflow."""


@dataclass(frozen=True, slots=True)
class StackRegion:
    """The stack that the program was started on, [low, high), among the regions of its address space."""

    low: int
    high: int
    regions: Sequence[Region]

    @classmethod
    def of(cls, moment: Moment) -> StackRegion:
        """The region of the initial SP; all addresses if that is in none that is known."""
        top = moment.initial_stack_pointer
        found = next((one for one in moment.regions if one.start <= top - 1 < one.end), None)
        return cls(0, 1 << 64, ()) if found is None else cls(found.start, found.end, moment.regions)

    def holds(self, address: int) -> bool:
        """Whether the address lies on the stack; its upper end does, too."""
        return self.low <= address <= self.high

    def reaches(self, address: int) -> bool:
        """Whether SP may have got to the address by going down: on the stack, or beyond its end, into nothing."""
        if self.holds(address):
            return True
        return self.low - _FARTHEST_OVERFLOW <= address < self.low and not self.is_elsewhere(address)

    def is_elsewhere(self, address: int) -> bool:
        """Whether other memory is at the address, such as a stack that the program made for itself."""
        return not self.holds(address) and any(
            one.start <= address < one.end and one.kind is not RegionKind.GUARD for one in self.regions
        )


class StackMemory:
    """Memory as it was at a moment. What lies in the used part of the stack comes out of a copy."""

    def __init__(self, moment: Moment, isa: Isa) -> None:
        self._moment = moment
        self._order = isa.byte_order
        self._word_size = isa.word_size
        self._low = moment.registers[isa.stack_pointer] - isa.red_zone
        self._high = max(self._low, moment.initial_stack_pointer)
        self._copy: bytes | None = None

    def read(self, address: int, size: int) -> bytes:
        """Exactly `size` bytes at `address`. UnreadableMemory if they are not all mapped."""
        if self._low <= address and address + size <= self._high:
            copy = self._stack()
            if copy:
                return copy[address - self._low : address - self._low + size]
        return self._moment.read_memory(address, size)

    def word(self, address: int) -> int:
        """The word at `address`, unsigned. UnreadableMemory if it isn't mapped."""
        return int.from_bytes(self.read(address, self._word_size), self._order)

    def _stack(self) -> bytes:
        if self._copy is None:
            try:
                size = self._high - self._low
                self._copy = self._moment.read_memory(self._low, size) if size <= _LARGEST_COPY else b""
            except UnreadableMemory:
                self._copy = b""
        return self._copy
