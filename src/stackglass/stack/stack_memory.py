"""The bytes of the stack, copied in one go: frames ask for many words, and one large read is cheaper."""

from __future__ import annotations

from collections.abc import Callable

from stackglass.errors import UnreadableMemory
from stackglass.isa import Isa
from stackglass.model import AddressRange
from stackglass.stack.sources import Moment

_LARGEST_COPY = 1 << 26


class NotedReads:
    """Reads memory, and remembers which ranges."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        self.ranges: list[AddressRange] = []

    def __call__(self, address: int, size: int) -> bytes:
        self.ranges.append(AddressRange(address, address + size))
        return self._read(address, size)


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

    def known(self, address: int, size: int) -> bytes | None:
        """The same; None if they are not all mapped."""
        try:
            return self.read(address, size)
        except UnreadableMemory:
            return None

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
