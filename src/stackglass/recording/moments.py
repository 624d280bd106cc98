"""A standing recording as the stack layer wants it: the shadow stack's activations, and who wrote the stack's bytes."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from stackglass.emulator.engine import WRITER_NUMBER, WRITER_NUMBER_BITS
from stackglass.emulator.memory import PAGE
from stackglass.emulator.native.library import ShadowFrame
from stackglass.recording.activations import Activations
from stackglass.recording.callees import callee_at
from stackglass.recording.history import CallHistory
from stackglass.recording.jumpers import Part, entry_stack_pointer, parts_of
from stackglass.recording.returns import overwriter
from stackglass.stack.sources import Activation, Entered, Leaver, TailJump, WriteRun

if TYPE_CHECKING:
    from stackglass.emulator.engine import Engine

WriterAt = Callable[[int, int], WriteRun | None]
"""Who had last written the byte at an address, as of a step; None where nobody recorded that."""

_MOST_TAIL_JUMPS = 64
"""Two functions that tail-call each other leave a trail without end; this much of it is told."""

_UNWRITTEN = bytes(8 * PAGE)
"""The table of a page that nobody wrote."""


class ShadowActivations(Activations):
    """The shadow stack at one step, innermost first. A copy: stays as it is when the recording moves on."""

    def __init__(self, engine: Engine, calls: CallHistory, writer_at: WriterAt) -> None:
        super().__init__()
        self._frames = engine.shadow_frames()
        self._engine = engine
        self._calls = calls
        self._writer_at = writer_at
        self._parts: dict[int, list[Part]] = {}
        """The parts of frames in which jumpers have left their own, by place from the innermost on."""
        for place in self._places_of_parts() if calls.keeps_frames else ():
            parts = self._parts_at(place)
            if len(parts) > 1:
                self._parts[place] = parts
        self._length = len(self._frames) + sum(len(parts) - 1 for parts in self._parts.values())

    def _places_of_parts(self) -> list[int]:
        size = ctypes.sizeof(ShadowFrame) // 4
        at = ShadowFrame.kept_bytes.offset // 4
        kept = memoryview(self._frames).cast("B").cast("I")[at::size].tolist()
        return [len(kept) - 1 - number for number, count in enumerate(kept) if count][::-1]

    def _parts_at(self, place: int) -> list[Part]:
        below = self._engine.read(self._engine.isa.stack_pointer) if place == 0 else int(self._frame(place - 1).cfa)
        pushed = self._engine.isa.cfa_minus_sp_at_entry
        return parts_of(self._calls, int(self._frame(place).row), pushed, below)

    def _frame(self, place: int) -> ShadowFrame:
        return self._frames[len(self._frames) - 1 - place]

    @property
    def is_one_stack(self) -> bool:
        """Whether they are all on the stack whose writers are kept."""
        if self._calls.is_one_stack:
            return True
        low, high = self._engine.stack
        cfas = memoryview(self._frames).cast("B").cast("Q")[:: ctypes.sizeof(ShadowFrame) // 8].tolist()
        return low <= min(cfas, default=low) and max(cfas, default=low) <= high

    def __len__(self) -> int:
        return self._length

    def _at(self, index: int) -> Activation:
        """The activation at an index that counts each part of a frame."""
        for place, parts in self._parts.items():
            if index < place:
                break
            if index < place + len(parts):
                return self._part(place, parts, index - place)
            index -= len(parts) - 1
        return self._activation(index, int(self._frame(index).row))

    def _part(self, place: int, parts: list[Part], number: int) -> Activation:
        """The activation of a part of a frame. Who was jumped to was not called, and returns for its jumpers too."""
        part = parts[number]
        is_outermost = number + 1 == len(parts)
        found = self._activation(place, part.row) if is_outermost else self._jumped_to(place, part)
        return found if not number else found._replace(lowest=parts[number - 1].entry_stack_pointer)

    def _jumped_to(self, place: int, part: Part) -> Activation:
        jumps = self._tail_jumps(part.row, part.first)
        pushed, frame = self._engine.isa.cfa_minus_sp_at_entry, self._frame(place)
        return Activation(
            row=part.row,
            entry=self._calls.entry(part.row),
            call_pc=None,
            return_address=None if pushed else int(frame.return_address) or None,
            cfa=None if pushed else part.entry_stack_pointer,
            call_step=self._calls.call_step(part.first),
            tail_jumps=jumps,
            caller_pc=(self._calls.call_pc(part.first) or 0) + 1,
            entry_stack_pointer=part.entry_stack_pointer,
            lowest=int(frame.own_lowest),
            is_below_jumper=True,
        )

    def _activation(self, place: int, row: int) -> Activation:
        frame = self._frame(place)
        first = self._first_of(row)
        jumps = self._tail_jumps(row, first)
        if place == len(self._frames) - 1 and not frame.return_address:
            outermost = Activation(row, self._calls.entry(row), None, None, None, None, jumps)
            return outermost._replace(lowest=int(frame.own_lowest))
        called = Activation(
            row=row,
            entry=self._calls.entry(row),
            call_pc=self._calls.call_pc(first),
            return_address=int(frame.return_address),
            cfa=int(frame.cfa),
            call_step=self._calls.call_step(first),
            tail_jumps=jumps,
            lowest=int(frame.own_lowest),
        )
        return self._entered(called, first) if self._calls.is_entered_by_return(first) else called

    def _entered(self, called: Activation, row: int) -> Activation:
        """What is true of an activation that a return instruction led to.

        On the stack of who returned, what lies above SP is the caller's: nothing was pushed. On a stack of its own it
        finds the return address that somebody has laid there for it.
        """
        calls, step = self._calls, self._calls.call_step(row)
        returned = calls.returned_into(row)
        if returned is None:
            pc = calls.call_pc(row) or 0
            entered = Entered(pc, step, calls.entry(calls.row_at(step)))
            return called._replace(call_pc=None, entered=entered, caller_pc=pc + 1)
        writer = overwriter(
            calls.target,
            calls,
            returned,
            self._engine.memory.read,
            lambda address: self._writer_at(address, step),
        )
        entered = Entered(
            pc=calls.call_pc(row) or 0,
            step=step,
            entry=calls.entry(calls.row_at(step)),
            writer=writer,
        )
        return called._replace(
            call_pc=None,
            return_address=None,
            cfa=None,
            entered=entered,
            caller_pc=calls.return_address(returned),
            entry_stack_pointer=calls.cfa(row) - self._engine.isa.cfa_minus_sp_at_entry,
        )

    def _first_of(self, row: int) -> int:
        """The call whose frame a chain of tail calls took over."""
        while (replaced := self._calls.tail_of(row)) is not None:
            row = replaced
        return row

    def _tail_jumps(self, row: int, first: int) -> tuple[TailJump, ...]:
        """The jumps that led from the row `first`, or into it, to `row`."""
        jumps: list[TailJump] = []
        while len(jumps) < _MOST_TAIL_JUMPS and (replaced := self._calls.tail_of(row)) is not None:
            jumps.append(
                TailJump(self._calls.call_pc(row) or 0, self._calls.call_step(row), self._calls.entry(replaced))
            )
            if row == first:
                break
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

    def callee_at(self, step: int, row: int) -> int | None:
        """The row of the call that the activation `row` had made, and that was on the call stack at `step`."""
        return callee_at(self._calls, step, row)

    def caller_at(self, step: int) -> int | None:
        """The address of the call instruction that led to the activation which ran at `step`."""
        return self._calls.call_pc(self._calls.row_at(step))

    def covers(self, address: int) -> bool:
        """Whether writes to `address` were recorded."""
        low, high = self._engine.stack
        return low <= address < high

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
        entry, cfa = self._calls.entry(row), self._calls.cfa(row)
        keeper = self._keeper(row, address)
        by_jump = self._calls.left_by(keeper) == "jump"
        return Leaver(entry, self._calls.return_step(keeper), cfa, by_jump=by_jump)

    def _keeper(self, row: int, address: int) -> int:
        """The latest of the tail calls that took a row's frame over and left the byte at `address` in it."""
        calls, pushed = self._calls, self._engine.isa.cfa_minus_sp_at_entry
        while (after := calls.taken_over_by(row)) is not None and calls.kept_bytes(after):
            if address < entry_stack_pointer(calls, after, pushed):
                break
            row = after
        return row


def _joined(runs: list[WriteRun]) -> list[WriteRun]:
    """Runs of one writer are one, also across the ends of pages and of the table."""
    joined = runs[:1]
    for run in runs[1:]:
        if run.step == joined[-1].step and run.pc == joined[-1].pc:
            joined[-1] = joined[-1]._replace(high=run.high)
        else:
            joined.append(run)
    return joined
