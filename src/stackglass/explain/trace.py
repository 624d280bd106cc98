"""The steps that one activation made itself, with each call that it made as one event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stackglass.explain.decoding import LONGEST, Instruction, decode, unknown
from stackglass.explain.source import Source, read_code
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.recording.replay import pc

MOST_STEPS = 200_000
"""An activation's steps beyond this are not looked at one by one."""
_IN_A_RUT = 20_000
"""After so many steps without an instruction that wasn't among them before, the rest of a loop is skipped."""
_MOST_SKIPS = 200


@dataclass(frozen=True, slots=True)
class Event:
    """An instruction of the activation. A repeated one has all its rounds; a call has the row of what it called, and
    `after` is the step at which that is back (or the end, if it never is).

    With `skipped`, it stands for all the steps up to `after`: the rest of a loop that runs for long.
    """

    step: int
    after: int
    instruction: Instruction
    called: int | None = None
    skipped: bool = False
    length: int = 1
    """How many steps a call instruction takes itself: several where it is in a group."""

    @property
    def end(self) -> int:
        """The step after the instruction itself: for a call, the callee's first."""
        return self.step + self.length if self.called is not None else self.after


def trace(source: Source, row: int, start: int, end: int, most: int = MOST_STEPS) -> list[Event]:
    """The events of activation `row` in the steps [start, end), at most about `most`; it must be the running one at
    `start`. Stops where the activation ends."""
    return _Tracer(source, row, end).run(start, most)


class _Tracer:
    def __init__(self, source: Source, row: int, end: int) -> None:
        self._source = source
        self._isa: Isa = source.isa
        self._row = row
        self._end = min(end, max(source.last_step, source.calls.return_step(row) or 0))
        self._blocks: dict[int, tuple[Instruction, ...]] = {}
        self._skips = 0
        self._other_encoding = False

    def run(self, start: int, most: int) -> list[Event]:
        events: list[Event] = []
        source = self._source
        source.seek(start)
        seen: set[int] = set()
        fresh = 0
        while source.step < self._end and len(events) < most:
            address = pc(source)
            self._other_encoding = self._isa.in_other_encoding(source.registers())
            if address not in seen:
                seen.add(address)
                fresh = len(events)
            elif len(events) - fresh > _IN_A_RUT and self._skips < _MOST_SKIPS:
                seen = {event.instruction.pc for event in events[-_IN_A_RUT:]}
                events.append(self._skip(address, seen))
                fresh = len(events)
                continue
            events.extend(self._block_events(address))
        return events

    def _block_events(self, address: int) -> list[Event]:
        """The events from where the source stands to the next instruction after which control may be elsewhere."""
        source, step = self._source, self._source.step
        block = self._block(address)
        plain = block[:-1][: self._end - step]
        events = [Event(step + index, step + index + 1, each) for index, each in enumerate(plain)]
        source.advance(len(plain))
        if source.step < self._end:
            events.append(self._last(block[-1]))
        return events

    def _block(self, start: int) -> tuple[Instruction, ...]:
        """The instructions from an address on, up to one after which control may be elsewhere."""
        if start not in self._blocks:
            block = [self._decode(start)]
            while block[-1].known and block[-1].kind is InstructionKind.PLAIN and len(block) < 64:
                block.append(self._decode(block[-1].next_pc))
            self._blocks[start] = tuple(block)
        return self._blocks[start]

    def _decode(self, address: int) -> Instruction:
        code = read_code(self._source, address)
        return decode(self._isa, address, code, other_encoding=self._other_encoding)

    def _last(self, instruction: Instruction) -> Event:
        """The event of the instruction that the source stands at; goes on to where the activation is running again."""
        source, step = self._source, self._source.step
        if instruction.kind is InstructionKind.REPEATED:
            source.run_to({instruction.next_pc}, before=self._end)
            return Event(step, source.step, instruction)
        source.advance()
        length = source.step - step
        if not instruction.known:
            instruction = self._sized(instruction)
        called = self._callee(instruction, step)
        if called is not None:
            back = source.calls.return_step(called)
            source.seek(min(self._end, source.last_step if back is None else back))
            self._return_to_row()
        return Event(step, source.step, instruction, called, length=length)

    def _sized(self, instruction: Instruction) -> Instruction:
        """An instruction that the disassembler doesn't know, and that has run: where control is now tells its size."""
        size = pc(self._source) - instruction.pc
        if self._isa.instruction_size is not None or not 0 < size <= LONGEST:
            return instruction
        code = read_code(self._source, instruction.pc)[:size]
        return unknown(self._isa, instruction.pc, code, instruction.kind)

    def _callee(self, instruction: Instruction, step: int) -> int | None:
        """The row of the call that was just made: by a jump, too, where it left its return address before; a group may
        also have returned."""
        calls = self._source.calls
        row = calls.row_at(self._source.step)
        if row == self._row:
            return None
        is_of_ours = calls.parent(row) == self._row
        is_call = instruction.kind is InstructionKind.CALL or (instruction.kind is InstructionKind.GROUP and is_of_ours)
        return row if is_call or (is_of_ours and calls.call_step(row) == step) else None

    def _return_to_row(self) -> None:
        """Goes on until the activation itself runs again: what it called may have handed its frame on by a jump."""
        source = self._source
        while source.step < self._end:
            row = source.calls.row_at(source.step)
            if row == self._row:
                return
            back = source.calls.return_step(row)
            source.seek(self._end if back is None else min(self._end, back))

    def _skip(self, address: int, known: set[int]) -> Event:
        """Runs on to the activation's next instruction that is none of `known`."""
        source, step = self._source, self._source.step
        self._skips += 1
        function: Any = source.target.function_at(address)
        exits = self._code(function.low, function.high) - known if function is not None else set()
        while source.run_to(exits, before=self._end) is not None:
            if source.calls.row_at(source.step) == self._row:
                break
        return Event(step, source.step, self._decode(address), skipped=True)

    def _code(self, low: int, high: int) -> set[int]:
        """The addresses of a function's instructions."""
        found: set[int] = set()
        while low < high:
            found.add(low)
            low = self._decode(low).next_pc
        return found
