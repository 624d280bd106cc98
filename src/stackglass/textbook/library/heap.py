"""malloc and free: blocks behind the program's data, upwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackglass.model import FaultKind
from stackglass.textbook.memory import PAGE
from stackglass.textbook.traps import Trap

if TYPE_CHECKING:
    from stackglass.textbook.machine import Machine

_GRAIN = 8


_PATIENCE = 1 << 20
"""Bytes of freed blocks that are left lying about before one looks for what they are good for together."""


class Heap:
    """Blocks by address, and what was freed, by size: the same size is handed out again, latest first.

    For other sizes a run of freed blocks side by side becomes the pool that new ones are cut from, when many bytes lie
    about or there is no other room.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.start = -(-machine.program.data_end // PAGE) * PAGE
        self._end = self.start
        self.blocks: dict[int, int] = {}
        self._free: dict[int, list[int]] = {}
        self._free_bytes = 0
        self._patience = _PATIENCE
        self._pool = 0, 0
        """What new blocks are cut from: [low, high)."""
        self.left: dict[int, Any] = {}
        """What was said of room that was given back, until it is handed out again; the latest last."""
        self._freed_at: dict[int, str] = {}
        """When and where `free` was last called for an address; only what a fault tells needs it."""

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

    def allocate(self, size: int, alignment: int = _GRAIN) -> int:
        """A block of at least `size` bytes; 0 where there is no room."""
        if alignment > _GRAIN:
            return self._aligned(size, alignment)
        rounded = -(-max(size, 1) // _GRAIN) * _GRAIN
        where = self._freed(rounded) or self._cut(rounded)
        if not where and self._free_bytes > self._patience:
            where = self._cut(rounded) if self._make_pool(rounded) else 0
            self._patience = max(_PATIENCE, 2 * self._free_bytes)
        if not where:
            before = self._end
            where = self._reserve(rounded)
            if not where:
                self._end = before
                where = self._cut(rounded) if self._make_pool(rounded) else 0
        if where:
            self.blocks[where] = size
        return where

    def _aligned(self, size: int, alignment: int) -> int:
        """A block at a multiple of more than all others are, behind all others."""
        before = self._end
        self._end = -(-before // alignment) * alignment
        where = self._reserve(size)
        if not where:
            self._end = before
            return 0
        if where > before:
            self.give_back(before, where - before)
        self.blocks[where] = size
        return where

    def _freed(self, size: int) -> int:
        """A block of just this size that was freed; 0 if there is none."""
        free = self._free.get(size)
        if not free:
            return 0
        where = free.pop()
        self._free_bytes -= size
        self.left.pop(where, None)
        return where

    def _cut(self, size: int) -> int:
        """A block out of the pool; 0 if that has not so much."""
        low, high = self._pool
        if high - low < size:
            return 0
        self._pool = low + size, high
        return low

    def _make_pool(self, size: int) -> bool:
        """Makes the longest run of freed blocks the pool, what is left of the old one being a block again. Whether it
        has `size` bytes."""
        low, high = self._pool
        if low < high:
            self.give_back(low, high - low)
            self._pool = 0, 0
        blocks = sorted((address, size) for size, found in self._free.items() for address in found)
        low = high = longest_low = longest_high = 0
        for address, block_size in blocks:
            low, high = (low, high + block_size) if address == high else (address, address + block_size)
            if high - low > longest_high - longest_low:
                longest_low, longest_high = low, high
        if longest_high - longest_low < size:
            return False
        self._free = {}
        for address, block_size in blocks:
            if longest_low <= address < longest_high:
                self._free_bytes -= block_size
                self.left.pop(address, None)
            else:
                self._free.setdefault(block_size, []).append(address)
        self._pool = longest_low, longest_high
        return True

    def take(self, size: int) -> int:
        """Room for what is no block of malloc's; 0 where there is none."""
        where = self.allocate(size)
        self.blocks.pop(where, None)
        return where

    def give_back(self, address: int, size: int, left: object = None) -> None:
        """Takes room back. `left` says whose it was, if somebody will ask."""
        if left is not None:
            self.left[address] = left
        rounded = -(-max(size, 1) // _GRAIN) * _GRAIN
        self._free.setdefault(rounded, []).append(address)
        self._free_bytes += rounded

    def free(self, address: int) -> None:
        """Gives a block back. A Trap for what isn't one."""
        if not address:
            return
        size = self.blocks.pop(address, None)
        if size is None:
            before = self._freed_at.get(address)
            which = "which is no block of malloc's" if before is None else f"which was freed already, {before}"
            raise Trap(FaultKind.ABORT, f"free of {address:#x}, {which}", address)
        self._freed_at[address] = self._moment()
        self.give_back(address, size)

    def _moment(self) -> str:
        """'at step 12, a.c:3': the running call of the library."""
        machine = self._machine
        step, call = machine.services.step, machine.program.before.get(machine.active[-1].back)
        where = f", {Path(call.file).name}:{call.line}" if call is not None and call.file else ""
        return f"at step {step:,}{where}"

    def save(self) -> Any:
        """All of it."""
        free = {size: list(blocks) for size, blocks in self._free.items()}
        room = self._free_bytes, self._patience, self._pool
        return self.start, self._end, dict(self.blocks), free, dict(self.left), room

    def restore(self, saved: Any) -> None:
        """Makes it what it was."""
        self.start, self._end, blocks, free, left, room = saved
        self._free_bytes, self._patience, self._pool = room
        self.left = dict(left)
        self.blocks = dict(blocks)
        self._free = {size: list(found) for size, found in free.items()}
