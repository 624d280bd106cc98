"""Names for the kinds of numbers that must not be mixed up, and the half-open range."""

from __future__ import annotations

from typing import NamedTuple, NewType

Address = NewType("Address", int)
"""An address in the guest's address space, in bytes."""

Step = NewType("Step", int)
"""A count of executed instructions: step N is the state before the N-th instruction, from 0."""

DwarfRegister = NewType("DwarfRegister", int)
"""A register by its number in DWARF, as the psABI of the ISA assigns them."""


class AddressRange(NamedTuple):
    """The bytes from `low` up to, and not including, `high`."""

    low: int
    high: int

    @property
    def size(self) -> int:
        """How many bytes the range has."""
        return self.high - self.low

    def holds(self, address: int) -> bool:
        """Whether `address` is one of the range's bytes."""
        return self.low <= address < self.high

    def overlaps(self, other: AddressRange) -> bool:
        """Whether the two ranges share a byte."""
        return self.low < other.high and other.low < self.high
