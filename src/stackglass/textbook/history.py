"""The calls of a textbook program: one row each, in order of time, and those that are on the call stack."""

from __future__ import annotations

from array import array
from typing import NamedTuple

COLUMNS = 7


class Active(NamedTuple):
    """A call that has not returned: its row, its function's first instruction, where it will go back to.

    `record` is the address of its activation record, 0 until it has one of its own.
    """

    row: int
    entry: int
    back: int
    record: int = 0


class Rows:
    """The columns. A replay writes none: rows are counted on, and are there already."""

    def __init__(self) -> None:
        self._cells = array("q")
        self.return_steps = array("q")
        self.records = array("q")
        """Where each call's activation record is, 0 for none."""
        self.lowest: dict[int, list[tuple[int, int]]] = {}
        """For calls that moved SP below their frame: (step, SP) of each new low."""
        self.left_by_jump: set[int] = set()
        self.count = 0

    def __len__(self) -> int:
        return len(self.return_steps)

    def add(self, step: int, pc: int, entry: int, parent: int, stack_pointer: int, depth: int, back: int) -> int:
        """A call; gives its row."""
        row = self.count
        self.count += 1
        if row == len(self.return_steps):
            self._cells.extend((step, pc, entry, parent, stack_pointer, depth, back))
            self.return_steps.append(-1)
            self.records.append(0)
        return row

    def returned(self, row: int, step: int) -> None:
        """The call is over; `step` is the state behind its return."""
        self.return_steps[row] = step

    def lowered(self, row: int, step: int, stack_pointer: int) -> None:
        """SP is moved down to below the frame of the running call."""
        known = self.lowest.setdefault(row, [])
        if not known or (step > known[-1][0] and stack_pointer < known[-1][1]):
            known.append((step, stack_pointer))

    def step(self, row: int) -> int:
        """The step of the call instruction."""
        return self._cells[COLUMNS * row]

    def pc(self, row: int) -> int:
        """Its address."""
        return self._cells[COLUMNS * row + 1]

    def entry(self, row: int) -> int:
        """The function's first instruction."""
        return self._cells[COLUMNS * row + 2]

    def parent(self, row: int) -> int:
        """The caller's row; -1 for the first."""
        return self._cells[COLUMNS * row + 3]

    def stack_pointer(self, row: int) -> int:
        """SP at the call, as an address up to 2^32."""
        return self._cells[COLUMNS * row + 4]

    def depth(self, row: int) -> int:
        """How many calls were active before it."""
        return self._cells[COLUMNS * row + 5]

    def back(self, row: int) -> int:
        """Where it will go back to."""
        return self._cells[COLUMNS * row + 6]

    def stack_pointers(self) -> array[int]:
        """SP at all calls."""
        return self._cells[4::COLUMNS]

    def steps(self) -> array[int]:
        """The steps of all call instructions."""
        return self._cells[::COLUMNS]
