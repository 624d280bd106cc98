"""Registers that point into the stack, at the rows that they point at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stackglass.model import Snapshot
from stackglass.views.rows import Block, Group, Row


def marked(blocks: Sequence[Block], snapshot: Snapshot) -> list[Block]:
    """The blocks with the stack pointer, the frame pointer and the running function's CFA marked where they point."""
    pointers = [snapshot.stack_pointer]
    if snapshot.frame_pointer is not None:
        pointers.append(snapshot.frame_pointer)
    cfa = snapshot.frames[0].cfa if len(snapshot.frames) else None
    if cfa is not None:
        pointers.append(("cfa", cfa))
    return [_marked_block(block, pointers) for block in blocks]


def _marked_block(block: Block, pointers: Sequence[tuple[str, int]]) -> Block:
    groups = tuple(
        Group(tuple(_marked_row(row, pointers) for row in group.rows), group.header) for group in block.groups
    )
    folded = [name for name, value in pointers if block.span is not None and block.span[0] <= value < block.span[1]]
    heading = replace(block.heading, marks=tuple(folded)) if folded else block.heading
    return replace(block, groups=groups, heading=heading)


def _marked_row(row: Row, pointers: Sequence[tuple[str, int]]) -> Row:
    marks = tuple(_marks(row, pointers))
    return replace(row, marks=marks) if marks else row


def _marks(row: Row, pointers: Sequence[tuple[str, int]]) -> Iterator[str]:
    if row.address is None:
        return
    for name, value in pointers:
        if row.address == value:
            yield name
        elif row.address < value < row.address + row.size:
            yield f"{name} ({value - row.address} bytes higher)"
