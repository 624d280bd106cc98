"""A standing recording as the stack layer wants it: the shadow stack's activations, and who wrote the stack's bytes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from stackglass.emulator.engine import WRITER_NUMBER, WRITER_NUMBER_BITS
from stackglass.emulator.memory import PAGE
from stackglass.emulator.native.library import ShadowFrame
from stackglass.recording.history import CallHistory
from stackglass.stack.sources import Activation, Leaver, TailJump, WriteRun

if TYPE_CHECKING:
    from stackglass.emulator.engine import Engine

_MOST_TAIL_JUMPS = 64
"""Two functions that tail-call each other leave a trail without end; this much of it is told."""

_UNWRITTEN = bytes(8 * PAGE)
"""The table of a page that nobody wrote."""


class ShadowActivations(Sequence[Activation]):
    """The shadow stack at one step, innermost first. A copy: stays as it is when the recording moves on."""

    def __init__(self, engine: Engine, calls: CallHistory) -> None:
        self._frames = engine.shadow_frames()
        self._calls = calls
        self._known: dict[int, Activation] = {}

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> Activation: ...

    @overload
    def __getitem__(self, index: slice) -> list[Activation]: ...

    def __getitem__(self, index: int | slice) -> Activation | list[Activation]:
        if isinstance(index, slice):
            return [self._activation(at) for at in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        if at not in self._known:
            self._known[at] = self._activation(at)
        return self._known[at]

    def _activation(self, index: int) -> Activation:
        frame: ShadowFrame = self._frames[len(self._frames) - 1 - index]
        row = int(frame.row)
        if index == len(self) - 1 and not frame.return_address:
            return Activation(row, self._calls.entry(row), None, None, None, None, self._tail_jumps(row))
        first = self._first_of(row)
        return Activation(
            row=row,
            entry=self._calls.entry(row),
            call_pc=self._calls.call_pc(first),
            return_address=int(frame.return_address),
            cfa=int(frame.cfa),
            call_step=self._calls.call_step(first),
            tail_jumps=self._tail_jumps(row),
        )

    def _first_of(self, row: int) -> int:
        """The call whose frame a chain of tail calls took over."""
        while (replaced := self._calls.tail_of(row)) is not None:
            row = replaced
        return row

    def _tail_jumps(self, row: int) -> tuple[TailJump, ...]:
        jumps: list[TailJump] = []
        while len(jumps) < _MOST_TAIL_JUMPS and (replaced := self._calls.tail_of(row)) is not None:
            jumps.append(
                TailJump(self._calls.call_pc(row) or 0, self._calls.call_step(row), self._calls.entry(replaced))
            )
            row = replaced
        return tuple(jumps)


class RecordedWrites:
    """stack.sources.WriteHistory over the recorder's table of last writers, as of the step where the engine stands.

    The table is read page by page, when it is asked for; `go_back` brings the engine to that step again.
    """

    def __init__(self, engine: Engine, calls: CallHistory, go_back: Callable[[], None]) -> None:
        self._engine = engine
        self._calls = calls
        self._go_back = go_back
        low, self._high = engine.stack
        self._low = max(low, engine.lowest_written)
        self._pages: dict[int, Sequence[int] | None] = {}

    @property
    def lowest_written(self) -> int:
        """No byte of the stack below this address was ever written."""
        return self._low

    def runs(self, low: int, high: int) -> list[WriteRun]:
        """Runs from low addresses to high that tile [low, high)."""
        first, last = max(low, self._low), min(high, self._high)
        if first >= last:
            return [WriteRun(low, high, None, None)] if low < high else []
        runs = [WriteRun(low, first, None, None)] if low < first else []
        at = first
        for writer, size in self._writers(first, last):
            runs.append(self._run(at, at + size, writer))
            at += size
        if last < high:
            runs.append(WriteRun(last, high, None, None))
        return _joined(runs)

    def _writers(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Writers with how many bytes each wrote, from `low` on; one may come again at the start of a page."""
        for page in range(low & -PAGE, high, PAGE):
            start, end = max(low - page, 0), min(high - page, PAGE)
            writers = self._page(page)
            if writers is None:
                yield 0, end - start
            else:
                yield from ((writer, len(list(same))) for writer, same in itertools.groupby(writers[start:end]))

    def _page(self, page: int) -> Sequence[int] | None:
        """The writers of a page's bytes; None if it was not written yet: after a deep recursion most of them."""
        if page not in self._pages:
            self._go_back()
            table = self._engine.writer_bytes(page, page + PAGE)
            self._pages[page] = None if table == _UNWRITTEN else memoryview(table).cast("Q")
        return self._pages[page]

    def _run(self, low: int, high: int, writer: int) -> WriteRun:
        if not writer:
            return WriteRun(low, high, None, None)
        pc = self._engine.instruction_pc(writer & WRITER_NUMBER)
        return WriteRun(low, high, writer >> WRITER_NUMBER_BITS, pc)

    def left_by(self, address: int, step: int) -> Leaver:
        """Whose frame held `address` when it was written at `step`."""
        # What a call instruction pushes belongs to the frame that it makes: as of the step after it.
        row: int | None = self._calls.row_at(step + 1)
        if row is None or self._calls.call_step(row) != step or row == 0:
            row = self._calls.row_at(step)
        while row is not None and address >= self._calls.cfa(row):
            row = self._calls.parent(row)
        if row is None:
            return Leaver(None, None)
        return Leaver(self._calls.entry(row), self._calls.return_step(row))


def _joined(runs: list[WriteRun]) -> list[WriteRun]:
    """Runs of one writer are one, also across the ends of pages and of the table."""
    joined = runs[:1]
    for run in runs[1:]:
        if run.step == joined[-1].step and run.pc == joined[-1].pc:
            joined[-1] = joined[-1]._replace(high=run.high)
        else:
            joined.append(run)
    return joined
