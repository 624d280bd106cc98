"""A composite value cut into the pieces that get rows: members by their path, elements one by one or some to a row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from stackglass.model import Field, Pointee, Slot

_FEW_ELEMENTS = 8
_CHARACTERS = re.compile(r"(?<!signed )\bchar \[")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A piece of a slot's variable, `offset` bytes into the variable. With no path and no elements it is padding."""

    path: str
    type: str
    offset: int
    size: int
    value: str | None
    points_to: Pointee | None = None
    elements: tuple[Field, ...] = ()
    """Small elements of an array, which are told some to a row; their offsets are from the first one."""
    text: bool = False
    """Whether the bytes are characters."""
    start: int = 0
    """Where the whole text or value that this is a part of begins, in bytes into the variable."""
    is_part: bool = False
    """Whether the value is that of more bytes than these."""
    bits: int | None = None
    """The width of a bit-field: some bits of the first and the last byte may be another one's."""

    @property
    def end(self) -> int:
        """Just after its last byte, in bytes into the variable."""
        return self.offset + self.size

    @property
    def is_padding(self) -> bool:
        """Whether these bytes belong to no member."""
        return not self.path and not self.elements and not self.text

    @property
    def is_divisible(self) -> bool:
        """Whether some of its bytes say by themselves what they hold."""
        return self.is_padding or self.text or bool(self.elements) or self.value is None

    def between(self, low: int, high: int) -> Leaf:
        """Those of its bytes that lie in [low, high), offsets as in the variable; of the elements those that lie wholly
        in them."""
        start, end = max(self.offset, low), min(self.end, high)
        if (start, end) == (self.offset, self.end):
            return self
        first = self.offset - (self.elements[0].offset if self.elements else 0)
        kept = (one for one in self.elements if start <= first + one.offset and first + one.offset + one.size <= end)
        return replace(self, offset=start, size=end - start, elements=tuple(kept), is_part=not self.is_divisible)


class Piece(NamedTuple):
    """The bytes of one row: what they are, first what is whole in them; and the values of more bytes that end here."""

    leaves: tuple[Leaf, ...]
    ending: tuple[Leaf, ...] = ()
    is_shared: bool = False
    """Whether these bytes, or their neighbours in a value, are several things."""


def leaves_of(slot: Slot) -> list[Leaf]:
    """The leaves of the part of a variable that `slot` holds, by rising offset; empty if it has no parts.

    They may share bytes, and reach out of the slot.
    """
    low, high = slot.offset, slot.offset + slot.size
    if not slot.fields:
        return [Leaf("", "", low, slot.size, None, text=True)] if is_text(slot.type) and slot.size > 1 else []
    found = [leaf for leaf in _leaves(slot.fields, "", 0, high) if leaf.offset < high and low < leaf.end]
    return sorted(found, key=lambda leaf: (leaf.offset, -leaf.size))


def pieces_of(slot: Slot, word_size: int) -> list[Piece]:
    """Its leaves cut at the word boundaries of memory, with padding between them: they tile the slot, by rising
    offset."""
    low, high = slot.offset, slot.offset + slot.size
    found: list[Piece] = []
    at = low
    for cluster in _clusters(leaves_of(slot)):
        start, end = max(cluster[0].offset, low), min(max(leaf.end for leaf in cluster), high)
        if at < start:
            found += _cut([Leaf("", "", at, start - at, None)], at, start, slot, word_size)
        found += _cut(cluster, start, end, slot, word_size)
        at = end
    return found + (_cut([Leaf("", "", at, high - at, None)], at, high, slot, word_size) if at < high else [])


def _cut(cluster: Sequence[Leaf], low: int, high: int, slot: Slot, word_size: int) -> list[Piece]:
    """The bytes [low, high), which are those of leaves that share bytes."""
    cuts = word_cuts(slot.address + low - slot.offset, high - low, word_size)
    found = []
    for start, end in ((low + start, low + end) for start, end in cuts):
        parts = [leaf.between(start, end) for leaf in cluster if leaf.offset < end and start < leaf.end]
        ending = [
            leaf
            for leaf in cluster
            if start < min(leaf.end, high) <= end and not leaf.is_divisible and leaf.between(start, end).is_part
        ]
        found.append(Piece(tuple(sorted(parts, key=lambda part: part.is_part)), tuple(ending), len(cluster) > 1))
    return found


def word_cuts(address: int, size: int, word_size: int) -> list[tuple[int, int]]:
    """Where the `size` bytes at `address` are cut at word boundaries: (start, end) from 0 on."""
    cuts = [0]
    while cuts[-1] < size:
        cuts.append(min(cuts[-1] + word_size - (address + cuts[-1]) % word_size, size))
    return list(itertools.pairwise(cuts))


def is_array(slot: Slot) -> bool:
    """Whether the slot's variable has elements rather than members."""
    return is_text(slot.type) or (bool(slot.fields) and slot.fields[0].name.startswith("["))


def is_text(spelling: str | None) -> bool:
    """Whether a type is an array of characters."""
    return spelling is not None and spelling.count("[") == 1 and _CHARACTERS.search(spelling) is not None


def _leaves(fields: Sequence[Field], path: str, base: int, size: int) -> Iterator[Leaf]:
    """The leaves of a whole of `size` bytes that lies `base` bytes into the variable."""
    if _is_row_of_small_elements(fields):
        first, last = fields[0], fields[-1]
        length = last.offset + last.size - first.offset
        yield Leaf(path, "", base + first.offset, length, None, elements=tuple(fields))
    else:
        for field in fields:
            yield from _leaves_of_field(field, path, base)
    end = max(field.offset + field.size for field in fields)
    if fields[0].name.startswith("[") and end < size:
        yield Leaf(f"{path}[{len(fields)}..]", "", base + end, size - end, None, start=base + end)


def _leaves_of_field(field: Field, path: str, base: int) -> Iterator[Leaf]:
    if field.is_base:
        if field.fields:
            yield from _leaves(field.fields, path, base + field.offset, field.size)
        return
    dot = "" if field.name.startswith("[") or not field.name else "."
    here, start = f"{path}{dot}{field.name}", base + field.offset
    if field.fields:
        yield from _leaves(field.fields, here, start, field.size)
    elif field.size:
        told = Leaf(here, field.type, start, field.size, field.value, field.points_to, start=start)
        text, bits = is_text(field.type) and field.size > 1, None if field.bits is None else field.bits[1]
        yield replace(told, text=text, bits=bits)


def _is_row_of_small_elements(fields: Sequence[Field]) -> bool:
    first = fields[0]
    if not first.name.startswith("[") or any(field.fields or field.size != first.size for field in fields):
        return False
    return first.size == 1 or (len(fields) > _FEW_ELEMENTS and first.size < 8)


def _clusters(leaves: Sequence[Leaf]) -> list[list[Leaf]]:
    """Leaves that share bytes, with each other or by way of others, together."""
    clusters: list[list[Leaf]] = []
    for leaf in leaves:
        if clusters and leaf.offset < max(other.end for other in clusters[-1]):
            clusters[-1].append(leaf)
        else:
            clusters.append([leaf])
    return clusters
