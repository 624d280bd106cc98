"""Activation records on the heap, and when they are given back.

A record that nothing can refer to goes when its function returns (FREE). For the others nothing tells when the last
pointer into one is gone, so they are looked through now and then: one that its call has left goes when no register, no
global, no block of malloc's, no record in use and none that is kept has a word which leads into it. What may be an
address counts as one. Links do not, but for the static one: a call that has returned does not follow them any more.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from stackglass.isa.textbook_code import REGISTERS
from stackglass.model import FaultKind
from stackglass.textbook.activation import LINKS
from stackglass.textbook.traps import Trap

if TYPE_CHECKING:
    from stackglass.textbook.library.heap import Heap
    from stackglass.textbook.machine import Machine

_PATIENCE = 256 << 10
"""Bytes of records that are made before those which are kept are looked through."""


class Record(NamedTuple):
    """What is known of a record: its bytes, and the row of the call that it was made for.

    `links` are the bytes of return address and dynamic link at its start: 0 for room that a call got while it ran.
    """

    size: int
    row: int
    links: int


class Records:
    """The records that are there, by address. The heap has those given back whose room was not handed out again."""

    def __init__(self, machine: Machine, heap: Heap) -> None:
        self._machine = machine
        self._heap = heap
        self.kept: dict[int, Record] = {}
        self._bytes = 0
        self._limit = min(_PATIENCE, machine.memory.stack_size)

    def new(self, size: int, row: int, links: int = LINKS) -> int:
        """A record for the call of that row. A Trap where there is no room: in the heap, or in as many bytes as a stack
        has, for the records of calls in progress."""
        if self._bytes + size > self._limit:
            in_use = self._look_through()
            if in_use + size > self._machine.memory.stack_size:
                raise Trap(FaultKind.STACK_OVERFLOW, self._overflow())
        where = self._heap.take(size)
        if not where:
            self._look_through()
            where = self._heap.take(size)
        if not where:
            raise Trap(FaultKind.STACK_OVERFLOW, "no room for another activation record: all of the heap is in use")
        self.kept[where] = Record(size, row, links)
        self._bytes += size
        return where

    def give_back(self, address: int) -> None:
        """Takes a record back. A Trap for what is none."""
        record = self.kept.pop(address, None)
        if record is None:
            words = f"the frame pointer led to {address:#x}, where no activation record is: it was overwritten"
            raise Trap(FaultKind.TRAP, words, address)
        self._bytes -= record.size
        self._heap.give_back(address, record.size, record if record.links else None)

    def _overflow(self) -> str:
        most = self._machine.memory.stack_size
        calls = sum(one.record in self.kept for one in self._machine.active)
        return (
            f"no room for another activation record: those of the {calls:,} calls in progress take up all of the "
            f"{most:,} bytes that a stack would have (--stack-size)"
        )

    # ---- those that calls have left ----

    def _look_through(self) -> int:
        """Gives back what nothing refers to; the next time is when there is twice as much as now, or when the records
        of calls in progress have become as large as a stack. Returns the bytes of these."""
        in_use = {one.record for one in self._machine.active if one.record in self.kept}
        left = sorted(address for address in self.kept if address not in in_use)
        if left:
            reached = self._reached(left, in_use)
            for address in left:
                if address not in reached:
                    self.give_back(address)
        rows = {one.row for one in self._machine.active}
        used = sum(record.size for record in self.kept.values() if record.row in rows)
        room = max(self._machine.memory.stack_size - used, 0)
        self._limit = min(max(_PATIENCE, 2 * self._bytes), self._bytes + room)
        return used

    def _reached(self, left: list[int], in_use: set[int]) -> set[int]:
        """Those of `left` (sorted) that something leads to."""
        reached: set[int] = set()
        waiting = [self._leading_into(left, words) for words in self._roots(in_use)]
        while waiting:
            for address in waiting.pop() - reached:
                reached.add(address)
                record = self.kept[address]
                links = record.links
                words = self._words(address + links, record.size - links)
                waiting.append(self._leading_into(left, words))
        return reached

    def _roots(self, in_use: set[int]) -> Iterator[list[int]]:
        """The words that count from the start."""
        machine = self._machine
        yield [value for value in machine.q[: len(REGISTERS)] if isinstance(value, int)]
        yield [machine.services.token]
        yield self._words(machine.program.data_start, self._heap.start - machine.program.data_start)
        for address, size in self._heap.blocks.items():
            yield self._words(address, size)
        for address in in_use:
            yield self._words(address, self.kept[address].size)

    def _words(self, address: int, size: int) -> list[int]:
        return self._machine.memory.L[address >> 2 : address + size >> 2].tolist()

    def _leading_into(self, left: list[int], words: list[int]) -> set[int]:
        """The records of `left` that words point into, or right behind: a pointer may stand there on its way back."""
        first, last = left[0], left[-1] + self.kept[left[-1]].size
        found = set()
        for word in words:
            if first <= word <= last:
                at = bisect.bisect_right(left, word) - 1
                if word <= left[at] + self.kept[left[at]].size:
                    found.add(left[at])
                if at and word == left[at] and left[at - 1] + self.kept[left[at - 1]].size == word:
                    found.add(left[at - 1])
        return found

    # ---- going back ----

    def save(self) -> Any:
        """All of it."""
        return dict(self.kept), self._bytes, self._limit

    def restore(self, saved: Any) -> None:
        """Makes it what it was."""
        kept, self._bytes, self._limit = saved
        self.kept = dict(kept)
