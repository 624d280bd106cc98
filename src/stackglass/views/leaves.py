"""A composite value cut into the pieces that get rows: members by their path, elements one by one or some to a row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
    beside: tuple[Leaf, ...] = ()
    """Other leaves in some of the same bytes: bit-fields, members of a union."""
    elements: tuple[Field, ...] = ()
    """Small elements of an array, which are told some to a row; their offsets are from the first one."""
    text: bool = False
    """Whether the bytes are characters."""
    start: int = 0
    """Where the whole text or value that this is a part of begins, in bytes into the variable."""

    @property
    def end(self) -> int:
        """Just after its last byte, in bytes into the variable."""
        return self.offset + self.size

    @property
    def is_padding(self) -> bool:
        """Whether these bytes belong to no member."""
        return not self.path and not self.elements and not self.text


def leaves_of(slot: Slot) -> list[Leaf]:
    """The leaves of the part of a variable that `slot` holds, tiling it, by rising offset; empty if it has no parts."""
    low, high = slot.offset, slot.offset + slot.size
    if not slot.fields:
        return [Leaf("", "", low, slot.size, None, text=True)] if is_text(slot.type) and slot.size > 1 else []
    leaves = _leaves(slot.fields, "", 0, high)
    found = [leaf for leaf in leaves if leaf.offset < high and low < leaf.end]
    return list(_filled(_clustered(found), low, high))


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
    if field.name == field.type:  # a base class: its members are the object's own
        if field.fields:
            yield from _leaves(field.fields, path, base + field.offset, field.size)
        return
    dot = "" if field.name.startswith("[") or not field.name else "."
    here, start = f"{path}{dot}{field.name}", base + field.offset
    if field.fields:
        yield from _leaves(field.fields, here, start, field.size)
    elif field.size:
        text = is_text(field.type) and field.size > 1
        yield Leaf(here, field.type, start, field.size, field.value, field.points_to, text=text, start=start)


def _is_row_of_small_elements(fields: Sequence[Field]) -> bool:
    first = fields[0]
    if not first.name.startswith("[") or any(field.fields or field.size != first.size for field in fields):
        return False
    return first.size == 1 or (len(fields) > _FEW_ELEMENTS and first.size < 8)


def _clustered(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Leaves that share bytes joined into one, the largest first, the others beside it."""
    clusters: list[list[Leaf]] = []
    for leaf in sorted(leaves, key=lambda leaf: (leaf.offset, -leaf.size)):
        if clusters and leaf.offset < max(other.end for other in clusters[-1]):
            clusters[-1].append(leaf)
        else:
            clusters.append([leaf])
    return [_joined(cluster) for cluster in clusters]


def _joined(cluster: Sequence[Leaf]) -> Leaf:
    first, *others = cluster
    if not others:
        return first
    return replace(first, size=max(leaf.end for leaf in cluster) - first.offset, beside=tuple(others))


def _filled(leaves: Sequence[Leaf], low: int, high: int) -> Iterator[Leaf]:
    """The leaves cut to [low, high), with padding between them."""
    at = low
    for leaf in leaves:
        if leaf.offset > at:
            yield Leaf("", "", at, leaf.offset - at, None)
        start, end = max(leaf.offset, low), min(leaf.end, high)
        yield _part(leaf, start, end)
        at = end
    if at < high:
        yield Leaf("", "", at, high - at, None)


def _part(leaf: Leaf, start: int, end: int) -> Leaf:
    """The bytes [start, end) of the leaf, offsets as in the variable; elements only those that lie wholly in them."""
    if (start, end) == (leaf.offset, leaf.end):
        return leaf
    first = leaf.elements[0].offset if leaf.elements else 0
    kept = (
        element
        for element in leaf.elements
        if start <= leaf.offset + element.offset - first and leaf.offset + element.offset - first + element.size <= end
    )
    beside = tuple(other for other in leaf.beside if start <= other.offset < end)
    return replace(leaf, offset=start, size=end - start, elements=tuple(kept), beside=beside)


def words_of(leaf: Leaf, address: int, word_size: int) -> list[Leaf]:
    """The leaf, which lies at `address`, cut at the word boundaries of memory, by rising offset."""
    cuts = [leaf.offset]
    while cuts[-1] < leaf.end:
        here = address + cuts[-1] - leaf.offset
        cuts.append(min(cuts[-1] + word_size - here % word_size, leaf.end))
    return [_part(leaf, start, end) for start, end in itertools.pairwise(cuts)]
