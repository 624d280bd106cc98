"""Which call an activation had made at a step."""

from __future__ import annotations

from typing import Protocol


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
