"""Activations whose frames stay on the stack although a jump led out of them: who they jumped to made its own below.

    CFA of the call      ->  +----------------+
                             | the jumper's   |  as its own code made it; who it jumped to gives it back with its own
    SP at the jump       ->  +----------------+
                             | the function's |  that was jumped to
                             +----------------+

The call history has one frame for both, since a return ends both. A picture tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from stackglass.stack.build import facts_of
from stackglass.unwind.rules import RegisterOffset

if TYPE_CHECKING:
    from stackglass.recording.history import CallHistory


class Part(NamedTuple):
    """A part of a frame: that of the function of `row`, the first of whose kind is `first` (others took its place)."""

    row: int
    first: int
    entry_stack_pointer: int


def entry_stack_pointer(calls: CallHistory, row: int, pushed: int) -> int:
    """SP at the first instruction of a row; `pushed` is what a call leaves on the stack."""
    return calls.cfa(row) - (pushed if calls.parent(row) is not None else 0) - calls.kept_bytes(row)


def parts_of(calls: CallHistory, row: int, pushed: int, stack_pointer: int) -> list[Part]:
    """The parts of the frame of `row`, innermost first; just one where no jumper has left its own.

    `pushed` is what a call leaves on the stack, `stack_pointer` where SP stands below the frame: a part that has been
    given back is none.
    """
    parts: list[Part] = []
    for first, latest in _levels(calls, row):
        entry = entry_stack_pointer(calls, first, pushed)
        if _ends_its_jumper(calls, first, pushed):
            continue
        if parts or entry >= stack_pointer or not calls.kept_bytes(first):
            parts.append(Part(latest if parts else row, first, entry))
    return parts


def _ends_its_jumper(calls: CallHistory, row: int, pushed: int) -> bool:
    """Whether a row's function counts its jumper's frame as its own, by its call-frame information: an epilogue that
    several functions share."""
    if not calls.kept_bytes(row):
        return False
    isa = calls.target.isa
    rules = facts_of(calls.target).row_at(calls.entry(row))
    cfa = None if rules is None else rules.cfa
    stack_pointer = isa.register(isa.stack_pointer).dwarf
    return isinstance(cfa, RegisterOffset) and cfa.register == stack_pointer and cfa.offset > pushed


def _levels(calls: CallHistory, row: int) -> Iterator[tuple[int, int]]:
    """(first, latest) row of each run of tail calls with the same place to begin, innermost first."""
    latest: int | None = row
    while latest is not None:
        first, kept = latest, calls.kept_bytes(latest)
        before = calls.tail_of(first)
        while before is not None and calls.kept_bytes(before) >= kept:
            if calls.kept_bytes(before) == kept:
                first = before
            before = calls.tail_of(before)
        yield first, latest
        latest = before
