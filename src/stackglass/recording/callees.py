"""Which calls an activation had made at a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from stackglass.stack.sources import CallMade

if TYPE_CHECKING:
    from stackglass.recording.history import CallHistory

_MOST = 4096
"""Calls of one activation that are looked at one by one."""


class _Calls(Protocol):
    def row_at(self, step: int) -> int: ...

    def parent(self, row: int) -> int | None: ...


def callee_at(calls: _Calls, step: int, row: int) -> int | None:
    """The row of the call that the activation `row` had made, and that was on the call stack at `step`; None if none
    was."""
    at: int | None = calls.row_at(step)
    while at is not None and at > row:
        parent = calls.parent(at)
        if parent == row:
            return at
        at = parent
    return None


def calls_made(calls: CallHistory, row: int, step: int) -> Sequence[CallMade]:
    """The calls that the activation `row` had made and that had come back at `step`, in order; none if they are very
    many."""
    made: list[CallMade] = []
    at: int | None = calls.first_callee(row)
    while at is not None and calls.call_step(at) < step:
        returned = calls.return_step(at)
        if returned is None or returned > step or len(made) == _MOST:
            return made if len(made) < _MOST else ()
        if calls.tail_of(at) is None:
            made.append(CallMade(calls.entry(at), calls.call_pc(at) or 0, calls.call_step(at), calls.cfa(at), returned))
        elif made:  # it returned for who had jumped to it
            made[-1] = made[-1]._replace(returned_at=returned)
        at = calls.next_callee(at)
    return made
