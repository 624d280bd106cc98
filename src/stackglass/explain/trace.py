"""The steps that one activation made itself, with each call that it made as one event."""

from __future__ import annotations

from dataclasses import dataclass

from stackglass.explain.decoding import Instruction, decode
from stackglass.explain.source import Source, read_code
from stackglass.isa import Isa
from stackglass.isa.table import InstructionKind
from stackglass.recording.replay import pc

MOST_STEPS = 200_000
"""An activation's steps beyond this are not looked at one by one."""


@dataclass(frozen=True, slots=True)
class Event:
    """An instruction of the activation. A repeated one has all its rounds; a call has the row of what it called, and
    `after` is the step at which that is back (or the end, if it never is)."""

    step: int
    after: int
    instruction: Instruction
    called: int | None = None

    @property
    def end(self) -> int:
        """The step after the instruction itself: for a call, the callee's first."""
        return self.step + 1 if self.called is not None else self.after


def trace(replay: Source, row: int, start: int, end: int, most: int = MOST_STEPS) -> list[Event]:
    """The events of activation `row` in the steps [start, end), at most about `most`; it must be the running one at
    `start`. Stops where the activation ends."""
    return _Tracer(replay, row, end).run(start, most)


class _Tracer:
    def __init__(self, replay: Source, row: int, end: int) -> None:
        self._replay = replay
        self._isa: Isa = replay.isa
        self._row = row
        self._end = min(end, replay.last_step)
        self._blocks: dict[int, tuple[Instruction, ...]] = {}

    def run(self, start: int, most: int) -> list[Event]:
        events: list[Event] = []
        replay = self._replay
        replay.seek(start)
        while replay.step < self._end and len(events) < most:
            step = replay.step
            block = self._block(pc(replay))
            plain = block[:-1][: self._end - step]
            events.extend(Event(step + index, step + index + 1, each) for index, each in enumerate(plain))
            replay.advance(len(plain))
            if replay.step < self._end:
                events.append(self._last(block[-1]))
        return events

    def _block(self, start: int) -> tuple[Instruction, ...]:
        """The instructions from an address on, up to one after which control may be elsewhere."""
        if start not in self._blocks:
            block = [self._decode(start)]
            while block[-1].kind is InstructionKind.PLAIN and len(block) < 64:
                block.append(self._decode(block[-1].next_pc))
            self._blocks[start] = tuple(block)
        return self._blocks[start]

    def _decode(self, address: int) -> Instruction:
        return decode(self._isa, address, read_code(self._replay, address))

    def _last(self, instruction: Instruction) -> Event:
        """The event of the instruction that the replay stands at; goes on to where the activation is running again."""
        replay, step = self._replay, self._replay.step
        if instruction.kind is InstructionKind.REPEATED:
            replay.run_to({instruction.next_pc}, before=self._end)
            return Event(step, replay.step, instruction)
        replay.advance()
        called = self._callee() if instruction.kind is InstructionKind.CALL else None
        if called is not None:
            back = replay.calls.return_step(called)
            replay.seek(min(self._end, replay.last_step if back is None else back))
            self._return_from_tail_calls()
        return Event(step, replay.step, instruction, called)

    def _callee(self) -> int | None:
        row = self._replay.calls.row_at(self._replay.step)
        return row if row != self._row else None

    def _return_from_tail_calls(self) -> None:
        """Goes on until the activation itself runs again: what it called may have handed its frame on by a jump."""
        replay = self._replay
        while replay.step < self._end:
            row = replay.calls.row_at(replay.step)
            if row == self._row:
                return
            back = replay.calls.return_step(row)
            replay.seek(self._end if back is None else min(self._end, back))
