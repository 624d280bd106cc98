"""Registers that point into the stack, at the rows that they point at; the CFA at the line between two frames."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from stackglass.model import Snapshot
from stackglass.views.rows import Block, Group, Row
from stackglass.views.wording import count

Pointers = Sequence[tuple[str, int]]


def marked(blocks: Sequence[Block], snapshot: Snapshot, grow_up: bool) -> list[Block]:
    """The blocks, from high addresses to low, with the stack pointer, the frame pointer and the CFA marked.

    The first two stand at the rows that they point at. The running function's CFA is no byte of its frame but where
    that ends: it stands at the heading above its rows, or, if the picture is turned over, at the one below them. Where
    frames are no parts of a stack it says nothing.
    """
    pointers = [snapshot.stack_pointer]
    if snapshot.frame_pointer is not None:
        pointers.append(snapshot.frame_pointer)
    held = {name for name, value in pointers if any(_holds(block, value) for block in blocks)}
    pointed = [_marked_block(block, pointers, held) for block in blocks]
    frame = snapshot.frames[0] if len(snapshot.frames) else None
    if frame is None or frame.cfa is None or snapshot.linked_frames:
        return pointed
    own = next((n for n, block in enumerate(pointed) if block.family == frame.index), None)
    if own is not None:
        at = own - 1 if grow_up and own else own
        pointed[at] = _with_marks(pointed[at], ("cfa",))
    return pointed


def _holds(block: Block, value: int) -> bool:
    """Whether a row of what is in use has the byte."""
    rows = (row for group in block.groups for row in group.rows if not row.dead and row.address is not None)
    return any(row.address <= value < row.address + row.size for row in rows if row.address is not None)


def _marked_block(block: Block, pointers: Pointers, held: Collection[str]) -> Block:
    """The block with marks; a dead row that stands for several pieces has none of what lies in use between them."""
    outside = [pointer for pointer in pointers if pointer[0] not in held]
    groups = tuple(
        Group(tuple(_marked_row(row, outside if row.dead else pointers) for row in group.rows), group.header)
        for group in block.groups
    )
    folded = tuple(
        name for name, value in pointers if block.span is not None and block.span[0] <= value < block.span[1]
    )
    return _with_marks(replace(block, groups=groups), folded)


def _with_marks(block: Block, marks: Sequence[str]) -> Block:
    heading = block.heading
    return replace(block, heading=replace(heading, marks=(*heading.marks, *marks))) if marks else block


def _marked_row(row: Row, pointers: Pointers) -> Row:
    marks = tuple(_marks(row, pointers))
    return replace(row, marks=marks) if marks else row


def _marks(row: Row, pointers: Pointers) -> Iterator[str]:
    if row.address is None:
        return
    for name, value in pointers:
        if row.address == value:
            yield name
        elif row.address < value < row.address + row.size:
            yield f"{name} ({count(value - row.address, 'byte')} higher)"
