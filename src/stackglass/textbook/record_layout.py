"""Where the members of a struct or union lie, as the System V ABI for i386 has it, and gcc with packed and aligned."""

from __future__ import annotations

from typing import NamedTuple

from stackglass.textbook.qualifiers import aligned_to
from stackglass.textbook.types import WORD, CType, Integer, Member, Record


class DeclaredMember(NamedTuple):
    """A member as it is declared: its type, with what its own `aligned` says, and the bits of a bit-field."""

    name: str | None
    type: CType
    bits: int | None = None
    packed: bool = False
    least: int = 1
    """What the declaration of this one member asks for, whatever its type says."""


def lay_out(record: Record, declared: list[DeclaredMember], *, least: int = 1) -> None:
    """Completes a struct or union with its members in order. It is aligned to `least` bytes, or more."""
    layout = _RecordLayout(record.kind == "union", least)
    record.shape.members = tuple(layout.add(one) for one in declared)
    record.shape.align = layout.align
    record.shape.size = -(-layout.end // layout.align) * layout.align


class _RecordLayout:
    """Where the next member goes. `_bit` counts bits from the record's start."""

    def __init__(self, is_union: bool, least: int) -> None:
        self._is_union = is_union
        self._bit = 0
        self.align = least
        self.end = 0

    def add(self, one: DeclaredMember) -> Member:
        if self._is_union:
            self._bit = 0
        member = self._plain(one) if one.bits is None else self._bit_field(one, one.bits)
        self.end = max(self.end, -(-self._bit // 8))
        return member

    def _go_to(self, multiple: int) -> None:
        """On to a multiple of so many bits."""
        self._bit = -(-self._bit // multiple) * multiple

    def _plain(self, one: DeclaredMember) -> Member:
        align = max(1 if one.packed else one.type.align, one.least)
        self._go_to(8 * align)
        offset = self._bit // 8
        self.align = max(self.align, align)
        self._bit += 8 * one.type.size
        return Member(one.name, one.type if align <= one.type.align else aligned_to(one.type, align), offset)

    def _bit_field(self, one: DeclaredMember, bits: int) -> Member:
        """A bit-field begins a new unit of its type where it would reach into the next one, if it is not packed."""
        unit = 8 * one.type.size
        boundary = unit if one.type.aligned is None else 8 * one.type.align
        packed = one.packed and bits > 0
        self._go_to(8 * one.least if one.least > 1 else 1)
        if not packed and (bits == 0 or -(-(self._bit % boundary + bits) // boundary) * boundary > unit):
            self._go_to(boundary)
        if one.name is not None:
            self.align = max(self.align, one.least, 1 if packed else one.type.align)
        first = self._bit
        self._bit += bits
        return _bit_member(one, first, bits, packed=packed)


def _bit_member(one: DeclaredMember, first: int, bits: int, *, packed: bool) -> Member:
    """The bit-field whose lowest bit is number `first` of the record."""
    assert isinstance(one.type, Integer)
    unit, word = 8 * one.type.size, 8 * WORD
    if packed or first % unit + bits > unit:
        return Member(one.name, one.type, first // 8, first % 8, bits, -(-(first % 8 + bits) // 8))
    if first % word + bits <= word < unit:
        return Member(one.name, one.type, first // word * WORD, first % word, bits)
    return Member(one.name, one.type, first // unit * one.type.size, first % unit, bits)
