"""A recording: a deterministic run that can be asked for any of its steps again."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackglass.emulator.machine import Machine, Reason
from stackglass.emulator.memory import Mapping as MemoryMapping
from stackglass.errors import UsageError
from stackglass.isa import Isa
from stackglass.model import Fault, FaultKind, Region, StartItem
from stackglass.recording.arguments import numbers, whole_number
from stackglass.recording.asking import Answers
from stackglass.recording.callees import calls_made
from stackglass.recording.checkpoints import Checkpoints
from stackglass.recording.faults import fault_of
from stackglass.recording.history import CallHistory
from stackglass.recording.moments import RecordedWrites, ShadowActivations
from stackglass.recording.replay import OutputWrite
from stackglass.recording.revisiting import EarlierRegisters, ran
from stackglass.stack.sources import Moment, WriteRun

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Target

SLICE = 4_000_000
"""Steps between two looks at the keyboard."""
LONGEST_BLOCK = 4096
"""No run that may stop inexactly goes on for as many steps behind its goal."""


class Recording(Answers):
    """A program's run in the emulator.

    `step` is where it stands; `seek`, `advance` and `run_to` move it; step N is the state before the N-th instruction,
    so that `last_step` is the last state there is.

    Made by `stackglass.record`. Not to be shared between threads.
    """

    has_stack = True
    writes_output_at_once = False

    def __init__(
        self,
        machine: Machine,
        target: Target,
        *,
        program: str,
        process_start: Sequence[StartItem],
        initial_stack_pointer: int,
        regions: Callable[[], Sequence[Region]],
        unsupported: Callable[[], tuple[Mapping[str, int], Sequence[str]]] = lambda: ({}, ()),
        heap: Callable[[], tuple[int, int]] = lambda: (0, 0),
    ) -> None:
        self.program = program
        self.target = target
        self.isa: Isa = machine.isa
        self.process_start = process_start
        self.initial_stack_pointer = initial_stack_pointer
        self.fault: Fault | None = None
        self.exit_status: int | None = None
        self.last_step = 0
        self._machine = machine
        self._regions = regions
        self._unsupported = unsupported
        self._heap = heap
        self._known_regions: tuple[tuple[MemoryMapping, ...], tuple[Region, ...]] = ((), ())
        self._checkpoints = Checkpoints(machine)
        self._calls: CallHistory | None = None
        self._output: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self._output_marks: list[tuple[int, int, int]] = []
        self.unsupported_system_calls: Mapping[str, int] = {}
        """System calls that the program made and that are not carried out, by name: how often."""
        self.missed_paths: Sequence[str] = ()
        """Files that the program asked for and that it was not shown."""

    # ---- making it ----

    def run(self, max_steps: int, progress: Callable[[int], None] | None = None) -> None:
        """Records to the program's end, or to `max_steps`, or until the user interrupts. Once."""
        self._checkpoints.take()
        next_checkpoint = self._checkpoints.distance
        fault: tuple[FaultKind, str] | None = None
        try:
            while True:
                goal = min(next_checkpoint, self._machine.step + SLICE)
                near_the_end = goal + LONGEST_BLOCK >= max_steps
                if near_the_end:
                    goal = max_steps
                if self._machine.run(goal, stop_here=True, exactly=near_the_end) is Reason.ENDED:
                    break
                if self._machine.step >= max_steps:
                    words = f"stopped after {max_steps:,} steps, the budget; --max-steps raises it"
                    fault = FaultKind.BUDGET, words
                    break
                if self._machine.step >= next_checkpoint:
                    self._checkpoints.take()
                    next_checkpoint = self._machine.step + self._checkpoints.distance
                if progress:
                    progress(self._machine.step)
        except KeyboardInterrupt:
            fault = FaultKind.INTERRUPTED, f"interrupted after {self._machine.step:,} steps"
        self._finish(fault)

    def _finish(self, fault: tuple[FaultKind, str] | None) -> None:
        machine = self._machine
        machine.engine.flush_log()
        self.last_step = machine.step
        self._calls = CallHistory(machine.engine, self.target)
        unsupported, missed = self._unsupported()
        self.unsupported_system_calls, self.missed_paths = dict(unsupported), tuple(missed)
        if fault:
            self.fault = Fault(fault[0], None, None, fault[1], machine.step)
        elif machine.ended:
            self.fault = fault_of(machine, machine.ended, self._calls, self.target)
            self.exit_status = getattr(machine.ended.outcome, "status", None)
            self._add_culprit()

    def _add_culprit(self) -> None:
        """Says in the fault's words who gave a register back overwritten, if the program crashed of that."""
        from stackglass.recording.culprits import blame

        culprit = None if self.fault is None else blame(self)
        if culprit is not None and self.fault is not None:
            self.fault = replace(self.fault, words=f"{self.fault.words}; {culprit}")
        self.seek(self.last_step)

    def keep_output(self, stream: int, data: bytes) -> None:
        """Takes what the program writes to its standard output (1) or error (2), while it is being recorded."""
        self._output.setdefault(stream, bytearray()).extend(data)
        self._output_marks.append((self._machine.step, stream, len(self._output[stream])))

    # ---- what it was ----

    @property
    def output(self) -> bytes:
        """What the program wrote to its standard output."""
        return bytes(self._output[1])

    @property
    def errors(self) -> bytes:
        """What the program wrote to its standard error."""
        return bytes(self._output[2])

    def output_until(self, step: int, stream: int = 1) -> bytes:
        """What it had written to a stream before `step`."""
        if stream not in (1, 2):
            raise UsageError(f"a program's output is stream 1 or 2, not {stream!r}")
        before = bisect.bisect_right(self._output_marks, (whole_number(step, "a step"), 3, 0))
        length = next((mark[2] for mark in reversed(self._output_marks[:before]) if mark[1] == stream), 0)
        return bytes(self._output.get(stream, b"")[:length])

    def output_writes(self, stream: int) -> list[OutputWrite]:
        """The system calls that wrote to a stream, in order of time."""
        found: list[OutputWrite] = []
        end = 0
        for behind, of, length in self._output_marks:
            if of != stream:
                continue
            if found and found[-1].step == behind - 1:
                found[-1] = found[-1]._replace(end=length)
            else:
                found.append(OutputWrite(behind - 1, end, length))
            end = length
        return found

    @property
    def is_complete(self) -> bool:
        """Whether the run is over: what happens from then on is a replay."""
        return self._calls is not None

    @property
    def calls(self) -> CallHistory:
        """The call history."""
        if self._calls is None:
            raise UsageError("the program has not been recorded yet")
        return self._calls

    # ---- moving ----

    @property
    def step(self) -> int:
        """The step at which it stands."""
        return self._machine.step

    def seek(self, step: int) -> None:
        """Goes to a step, 0 to `last_step`. UsageError beyond."""
        step = whole_number(step, "a step", None)
        if not 0 <= step <= self.last_step:
            raise UsageError(
                f"there is no step {step}: the recording has steps 0 to {self.last_step}",
                help=f"step:{self.last_step} is the last one",
            )
        if step < self.step or self._checkpoints.nearest_before(step) > self.step:
            self._checkpoints.restore(step)
        self._run_on(step)

    def advance(self, steps: int = 1) -> None:
        """Goes on by some steps; to the end if there are fewer."""
        steps = whole_number(steps, "the number of steps")
        self.seek(min(self.step + steps, self.last_step))

    def run_to(self, pcs: Collection[int], before: int | None = None) -> int | None:
        """Runs on to the next arrival at any of `pcs`; where it stands doesn't count. Gives the step, or None if the
        end, or step `before`, came first: there it stands then."""
        goal = self._goal(before)
        engine = self._machine.engine
        engine.watch_pcs(numbers(pcs, "the addresses"))
        try:
            reason = self._machine.run(goal) if self.step < goal else Reason.STEP
        finally:
            engine.watch_pcs(())
        return self.step if reason is Reason.ARRIVAL and self.step < goal else None

    def run_to_write(self, low: int, high: int, before: int | None = None) -> int | None:
        """Runs on until an instruction has written into [low, high). Gives the step of that instruction, and stands
        behind it; None if the end, or step `before`, came first."""
        goal = self._goal(before)
        low = whole_number(low, "an address")
        high = whole_number(high, "the end of the range", low)
        engine = self._machine.engine
        engine.watch_writes(low, high)
        try:
            reason = self._machine.run(goal, stop_here=True) if self.step < goal else Reason.STEP
        finally:
            engine.watch_writes(0, 0)
        return self.step - 1 if reason is Reason.WRITE else None

    def _goal(self, before: int | None) -> int:
        return self.last_step if before is None else min(whole_number(before, "a step"), self.last_step)

    def _run_on(self, step: int) -> None:
        if self.step < step:
            self._machine.run(step, stop_here=True)

    # ---- looking ----

    def registers(self) -> dict[str, int]:
        """Every register by its full-width name, where it stands."""
        return self._machine.engine.registers()

    def register(self, name: str) -> int:
        """One register by its full-width name, where it stands."""
        return self._machine.engine.read(name)

    def read_memory(self, address: int, size: int) -> bytes:
        """Memory where it stands. UnreadableMemory for what isn't mapped."""
        at, count = whole_number(address, "an address"), whole_number(size, "a size")
        return self._machine.engine.memory.read(at, count)

    @property
    def stack_area(self) -> tuple[int, int]:
        """Where the stack may lie: the range whose writers are known."""
        return self._machine.engine.stack

    def heap_area(self) -> tuple[int, int]:
        """Where brk's area begins and ends, where it stands."""
        return self._heap()

    def lowest_stack_pointer(self) -> int:
        """The lowest SP up to where it stands."""
        engine = self._machine.engine
        engine.save()  # brings the running activation's frame up to date
        frames = engine.shadow_frames()
        lowest = [min(int(frame.lowest), int(frame.own_lowest)) for frame in frames]
        # Who hands its frame on by a tail call tells its caller how deep it was; the outermost has none.
        row = int(frames[0].row) if len(frames) else None
        while row is not None and (row := self.calls.tail_of(row)) is not None:
            lowest.append(self.calls.lowest_sp(row))
        return min(lowest, default=self.initial_stack_pointer)

    def depth(self) -> int:
        """How many activations are on the call stack where it stands."""
        return len(self._machine.engine.shadow_frames())

    def moment(self) -> Moment:
        """Where it stands, as the stack layer takes it. Memory is read when it is asked for: at that step."""
        engine = self._machine.engine
        step = self.step

        def go_back() -> None:
            if self.step != step:
                self.seek(step)

        def read(address: int, size: int) -> bytes:
            go_back()
            return engine.memory.read(address, size)

        activations = ShadowActivations(engine, self.calls, self.writer_at)
        return Moment(
            program=self.program,
            step=step,
            last_step=self.last_step,
            registers=engine.registers(),
            read_memory=read,
            activations=activations,
            writes=RecordedWrites(engine, self.calls, go_back),
            regions=self._regions_now(),
            initial_stack_pointer=self.initial_stack_pointer,
            process_start=self.process_start,
            fault=self.fault if self.fault and self.fault.step == step else None,
            call_numbers=self.calls.number,
            first_call=self.calls.first_call_of,
            calls_made=lambda row: calls_made(self.calls, row, step),
            registers_at=EarlierRegisters(self, step),
            ran=lambda pcs, spans: ran(self, pcs, spans),
            is_one_stack=activations.is_one_stack,
        )

    def led_astray(self) -> list[str]:
        """What to say of returns that took an overwritten return address to the start of a function."""
        from stackglass.recording.astray import led_astray

        return led_astray(self)

    def writer_at(self, address: int, step: int) -> WriteRun | None:
        """Who had last written the byte at an address of the stack, as of a step; None outside the stack."""
        here = self.step
        self.seek(step)
        writes = RecordedWrites(self._machine.engine, self.calls, lambda: None)
        run = writes.runs(address, address + 1)[0] if writes.covers(address) else None
        self.seek(here)
        return run

    def _regions_now(self) -> tuple[Region, ...]:
        mappings = self._machine.engine.memory.mappings
        if mappings != self._known_regions[0]:
            self._known_regions = mappings, tuple(self._regions())
        return self._known_regions[1]
