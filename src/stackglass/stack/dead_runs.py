"""Below SP: what activations that are gone have left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from stackglass.errors import UnreadableMemory
from stackglass.model import DeadRun
from stackglass.stack.pointees import Layouts
from stackglass.stack.sources import Leaver, WriteHistory
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.written import has_returned

_WINDOW = 4096
"""Bytes that are looked at in one go on the way down."""


class DeadRuns(Sequence[DeadRun]):
    """What lies below SP and is nobody's any more, from high addresses to low; found as far as somebody looks.

    Frames that lie apart are given back one by one: what is left of those comes first, the latest first.
    """

    def __init__(self, layouts: Layouts) -> None:
        chain = layouts.chain
        self._layouts = layouts
        self._facts = chain.facts
        self._memory = chain.memory
        self._moment = chain.moment
        self._writes = self._moment.writes
        self._high = chain.extent(0).low  # SP, unless that has left the frame
        # Where nobody has kept who wrote what is below, nothing is told of it.
        stack_pointer = self._moment.registers[self._facts.isa.stack_pointer]
        is_known = self._writes is not None and self._writes.covers(stack_pointer - 1)
        self._coming = self._find() if is_known else iter(())
        self._found: list[DeadRun] = []

    def __len__(self) -> int:
        self._look(None)
        return len(self._found)

    def __bool__(self) -> bool:
        self._look(1)
        return bool(self._found)

    def __iter__(self) -> Iterator[DeadRun]:
        index = 0
        while True:
            self._look(index + 1)
            if index >= len(self._found):
                return
            yield self._found[index]
            index += 1

    @overload
    def __getitem__(self, index: int) -> DeadRun: ...

    @overload
    def __getitem__(self, index: slice) -> list[DeadRun]: ...

    def __getitem__(self, index: int | slice) -> DeadRun | list[DeadRun]:
        stop = index.stop if isinstance(index, slice) else index + 1
        self._look(stop if stop is not None and stop > 0 else None)
        return self._found[index]

    def _look(self, count: int | None) -> None:
        while count is None or len(self._found) < count:
            run = next(self._coming, None)
            if run is None:
                return
            self._found.append(run)

    def _find(self) -> Iterator[DeadRun]:
        """Joins neighbours that the same activation left."""
        low = high = 0
        last: Leaver | None = None
        for start, end, leaver in self._pieces():
            if last is not None and end == low and leaver == last:
                low = start
                continue
            if last is not None:
                yield self._run(low, high, last)
            low, high, last = start, end, leaver
        if last is not None:
            yield self._run(low, high, last)

    def _pieces(self) -> Iterator[tuple[int, int, Leaver]]:
        yield from self._moment.given_back
        writes: WriteHistory | None = self._writes
        assert writes is not None
        top, bottom = self._high, writes.lowest_written
        while top > bottom:
            start = max(top - _WINDOW, bottom)
            for run in reversed(writes.runs(start, top)):
                if run.step is None:
                    continue
                for low, high in reversed(self._unused(run.low, run.high)):
                    yield low, high, writes.left_by(low, run.step)
            top = start

    def _unused(self, low: int, high: int) -> list[tuple[int, int]]:
        used = [Claim(area.low, area.high, None) for area in self._layouts.red_zone]
        return [(piece.low, piece.high) for piece in tile(low, high, used) if piece.claim is None]

    def _run(self, low: int, high: int, leaver: Leaver) -> DeadRun:
        function = self._facts.function_at(leaver.entry) if leaver.entry is not None else None
        try:
            data = self._memory.read(low, high - low)
        except UnreadableMemory:
            data = bytes(high - low)
        returned_at = has_returned(self._moment, leaver)
        name = function.name if function is not None else None
        if name is None and leaver.entry is not None:
            name = f"code at {leaver.entry:#x}"
        library = function is not None and function.library
        return DeadRun(low, high - low, data, name, returned_at, library, leaver.by_jump)
