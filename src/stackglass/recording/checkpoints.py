"""Checkpoints: whole states of a machine at some steps, sharing the bytes that they have in common.

A page that a checkpoint doesn't hold is all zeros. There are never more than `MOST` checkpoints, nor (but for the
first) more than `MOST_BYTES` in them: when there would be, every second one goes and the distance between them doubles.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from stackglass.emulator.machine import Machine, MachineState
from stackglass.emulator.memory import PAGE, Mapping

MOST = 64
MOST_BYTES = 1 << 30
FIRST_DISTANCE = 2_000_000
"""Steps. A jump replays about half of it in the mean."""

_ZEROS = bytes(PAGE)
_WRITERS_PER_PAGE = 8 * PAGE
_NO_WRITERS = bytes(_WRITERS_PER_PAGE)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A machine's state at `step`. `pages` and `writers` are by page address."""

    step: int
    machine: MachineState
    mappings: tuple[Mapping, ...]
    pages: dict[int, bytes]
    writers: dict[int, bytes]
    new_bytes: int
    """What it holds that the checkpoint before it doesn't."""


class Checkpoints:
    """The checkpoints of one recording."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._taken: list[Checkpoint] = []
        self.distance = FIRST_DISTANCE
        self._first_sp = machine.engine.read(machine.isa.stack_pointer)
        """What the kernel put above it before the first step was written by nobody that the recorder knows of."""

    @property
    def steps(self) -> list[int]:
        """At which steps there is one."""
        return [checkpoint.step for checkpoint in self._taken]

    def take(self) -> None:
        """Keeps the machine's state. Its step must be above that of every checkpoint so far."""
        base = self._taken[-1] if self._taken else None
        memory = self._machine.engine.memory
        pages = dict(base.pages) if base else {}
        known = set(base.mappings) if base else set()
        for gone in known - set(memory.mappings):
            for page in range(gone.start, gone.end, PAGE):
                pages.pop(page, None)
        changed = 0
        for mapping in memory.mappings:
            if mapping not in known or "w" in mapping.permissions:
                changed += _collect(pages, mapping, self._lowest(mapping))
        writers = dict(base.writers) if base else {}
        changed += self._collect_writers(writers)
        state = self._machine.save()
        changed += len(state.engine.frames)
        self._taken.append(Checkpoint(self._machine.step, state, memory.mappings, pages, writers, changed))
        self._thin_out()

    def restore(self, step: int) -> None:
        """Puts the machine to the last checkpoint at or before `step`."""
        checkpoint = self._taken[bisect.bisect_right(self.steps, step) - 1]
        engine = self._machine.engine
        added = engine.memory.restore_mappings(checkpoint.mappings)
        for mapping in checkpoint.mappings:
            if mapping in added or "w" in mapping.permissions:
                changed = _put_back(checkpoint.pages, mapping, self._lowest(mapping))
                if changed and "x" in mapping.permissions:
                    engine.forget_code(mapping.start, mapping.end)
        self._put_back_writers(checkpoint.writers)
        self._machine.restore(checkpoint.machine)

    def nearest_before(self, step: int) -> int:
        """The step of the last checkpoint at or before `step`."""
        return self.steps[bisect.bisect_right(self.steps, step) - 1]

    def _lowest(self, mapping: Mapping) -> int:
        """No byte of the mapping under this address was ever written: most of a stack never is."""
        low, high = self._machine.engine.stack
        if low <= mapping.start and mapping.end <= high:
            return max(mapping.start, min(self._machine.engine.lowest_written, self._first_sp) & -PAGE)
        return mapping.start

    def _stack_pages(self) -> range:
        low, high = self._machine.engine.stack
        return range(max(low, self._machine.engine.lowest_written & -PAGE), high, PAGE)

    def _collect_writers(self, writers: dict[int, bytes]) -> int:
        changed = 0
        for page in self._stack_pages():
            now = self._machine.engine.writer_bytes(page, page + PAGE)
            if now != writers.get(page, _NO_WRITERS):
                writers[page] = now
                changed += len(now)
        return changed

    def _put_back_writers(self, writers: dict[int, bytes]) -> None:
        for page in self._stack_pages():
            wanted = writers.get(page, _NO_WRITERS)
            if self._machine.engine.writer_bytes(page, page + PAGE) != wanted:
                self._machine.engine.put_writers(page, wanted)

    def _thin_out(self) -> None:
        held = sum(checkpoint.new_bytes for checkpoint in self._taken[1:])
        if len(self._taken) <= MOST and (held <= MOST_BYTES or len(self._taken) < 4):
            return
        # The newest stays: the run goes on from it.
        self._taken = [*self._taken[:-1:2], self._taken[-1]]
        self.distance *= 2


def _collect(pages: dict[int, bytes], mapping: Mapping, lowest: int) -> int:
    """Brings `pages` up to date with a mapping. Gives how many bytes are new."""
    host, offset = mapping.block.host, mapping.block.start
    changed = 0
    for page in range(lowest, mapping.end, PAGE):
        now = host[page - offset : page - offset + PAGE]
        if now != pages.get(page, _ZEROS):
            pages[page] = now
            changed += PAGE
    return changed


def _put_back(pages: dict[int, bytes], mapping: Mapping, lowest: int) -> int:
    """Makes a mapping's bytes those of `pages`. Gives how many pages differed."""
    host, offset = mapping.block.host, mapping.block.start
    changed = 0
    for page in range(lowest, mapping.end, PAGE):
        wanted = pages.get(page, _ZEROS)
        if host[page - offset : page - offset + PAGE] != wanted:
            host[page - offset : page - offset + PAGE] = wanted
            changed += 1
    return changed
