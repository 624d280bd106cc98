"""malloc and free: blocks behind the program's data, upwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stackglass.model import FaultKind
from stackglass.textbook.memory import PAGE
from stackglass.textbook.traps import Trap

if TYPE_CHECKING:
    from stackglass.textbook.machine import Machine

_GRAIN = 8


class Heap:
    """Blocks by address, and what was freed, by size: the same size is handed out again, latest first."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.start = -(-machine.program.data_end // PAGE) * PAGE
        self._end = self.start
        self.blocks: dict[int, int] = {}
        self._free: dict[int, list[int]] = {}
        self.left: dict[int, Any] = {}
        """What was said of room that was given back, until it is handed out again; the latest last."""

    @property
    def end(self) -> int:
        """The address behind the highest block."""
        return self._end

    def place_arguments(self, arguments: Sequence[bytes]) -> int:
        """Lays argv and its strings out before the heap begins; gives argv's address."""
        memory = self._machine.memory
        table = self._reserve(4 * (len(arguments) + 1))
        for number, data in enumerate(arguments):
            where = self._reserve(len(data))
            memory.write_bytes(where, data, 0)
            memory.write_bytes(table + 4 * number, where.to_bytes(4, "little"), 0)
        memory.B.clear()
        self.start = self._end = -(-self._end // PAGE) * PAGE
        return table

    def _reserve(self, size: int) -> int:
        where = self._end
        self._end += -(-max(size, 1) // _GRAIN) * _GRAIN
        return where if self._machine.grow_heap(self._end) else 0

    def allocate(self, size: int) -> int:
        """A block of at least `size` bytes; 0 where there is no room."""
        rounded = -(-max(size, 1) // _GRAIN) * _GRAIN
        free = self._free.get(rounded)
        if free:
            where = free.pop()
            self.left.pop(where, None)
        else:
            before = self._end
            where = self._reserve(rounded)
            if not where:
                self._end = before
                return 0
        self.blocks[where] = size
        return where

    def take(self, size: int) -> int:
        """Room for what is no block of malloc's; 0 where there is none."""
        where = self.allocate(size)
        self.blocks.pop(where, None)
        return where

    def give_back(self, address: int, size: int, left: object = None) -> None:
        """Takes room back. `left` says whose it was, if somebody will ask."""
        if left is not None:
            self.left[address] = left
        self._free.setdefault(-(-max(size, 1) // _GRAIN) * _GRAIN, []).append(address)

    def free(self, address: int) -> None:
        """Gives a block back. A Trap for what isn't one."""
        if not address:
            return
        size = self.blocks.pop(address, None)
        if size is None:
            words = f"free of {address:#x}, which is no block of malloc's (or was freed before)"
            raise Trap(FaultKind.ABORT, words, address)
        self.give_back(address, size)

    def save(self) -> Any:
        """All of it."""
        free = {size: list(blocks) for size, blocks in self._free.items()}
        return self.start, self._end, dict(self.blocks), free, dict(self.left)

    def restore(self, saved: Any) -> None:
        """Makes it what it was."""
        self.start, self._end, blocks, free, left = saved
        self.left = dict(left)
        self.blocks = dict(blocks)
        self._free = {size: list(found) for size, found in free.items()}
