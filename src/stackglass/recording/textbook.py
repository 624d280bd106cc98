"""A recording of the textbook machine: the same seam as an emulator's, for the same questions."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stackglass import isa as isas
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.target import Target
from stackglass.errors import UsageError
from stackglass.isa import Isa
from stackglass.model import Fault, FaultKind, Region, RegionKind, StartItem
from stackglass.recording.asking import Answers
from stackglass.recording.replay import OutputWrite, entry_step
from stackglass.recording.revisiting import EarlierRegisters
from stackglass.recording.textbook_calls import TextbookCalls
from stackglass.recording.textbook_moments import TextbookActivations, TextbookWrites, given_back, kept
from stackglass.recording.textbook_rounds import round_of
from stackglass.stack.sources import Moment
from stackglass.textbook.activation import Activation
from stackglass.textbook.elf import elf_of
from stackglass.textbook.machine import Machine, Reason, SavedMachine
from stackglass.textbook.memory import TOP
from stackglass.textbook.program import CODE, Program
from stackglass.textbook.traps import Ended, Trap

if TYPE_CHECKING:
    from stackglass.recording.making import Options

_FIRST_DISTANCE = 2_000_000
_MOST_CHECKPOINTS = 24
_SLICE = 4_000_000
_FIRST_LOOK = 100_000
"""The step at which one looks for an endless loop first; then at four times as many, and so on."""


class TextbookRecording(Answers):
    """A program's run on the textbook machine; what each member says is said of `Recording`'s."""

    unsupported_system_calls: Mapping[str, int] = {}
    missed_paths: Sequence[str] = ()
    writes_output_at_once = True

    def __init__(self, program: Program, options: Options) -> None:
        self.compiled = program
        self.program = str(program.source)
        self.isa: Isa = isas.get("textbook")
        self.target = Target(self.isa, frozenset((str(program.source.resolve()),)))
        self.target.add(Image.parse(elf_of(program), self.program), 0)
        self.process_start: Sequence[StartItem] = ()
        self.initial_stack_pointer = TOP
        self.fault: Fault | None = None
        self.exit_status: int | None = None
        self.last_step = 0
        self._stdin = options.stdin
        self._on_output = options.on_output
        self._machine = Machine(
            program, stack_size=options.stack_size, read_input=self._read, write_output=self._write, seed=options.seed
        )
        self._machine.start([f"/{program.source.stem}", *options.arguments])
        self._checkpoints: list[tuple[int, SavedMachine]] = []
        self._distance = _FIRST_DISTANCE
        self._is_behind_main = False
        self._calls: TextbookCalls | None = None
        self._output: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self._output_marks: list[tuple[int, int, int]] = []

    @property
    def has_stack(self) -> bool:
        """Whether frames lie on a stack."""
        return self.compiled.strategy.activation is Activation.STACK

    # ---- making it ----

    def _read(self, size: int) -> bytes:
        if callable(self._stdin):
            return self._stdin(size)
        given, self._stdin = self._stdin[:size], self._stdin[size:]
        return given

    def _write(self, stream: int, data: bytes) -> None:
        if self.is_complete:
            return
        self._output[stream].extend(data)
        self._output_marks.append((self._machine.services.step, stream, len(self._output[stream])))
        if self._on_output:
            self._on_output(stream, data)

    def run(self, max_steps: int, progress: Callable[[int], None] | None = None) -> None:
        """Records to the program's end, or to `max_steps`, or until the user interrupts. Once."""
        machine = self._machine
        self._take()
        stopped: tuple[FaultKind, str] | None = None
        look = _FIRST_LOOK
        try:
            while machine.run(min(max_steps, look, machine.step + min(_SLICE, self._distance))) is not Reason.ENDED:
                if machine.step >= max_steps:
                    words = f"stopped after {max_steps:,} steps, the budget; --max-steps raises it"
                    stopped = FaultKind.BUDGET, words
                    break
                if machine.step >= look:
                    look *= 4
                    steps = round_of(machine)
                    if steps is not None:
                        stopped = FaultKind.BUDGET, self._round_in_words(steps)
                        break
                if machine.step >= self._checkpoints[-1][0] + self._distance:
                    self._take()
                if progress:
                    progress(machine.step)
        except KeyboardInterrupt:
            stopped = FaultKind.INTERRUPTED, f"interrupted after {machine.step:,} steps"
        self._finish(stopped)

    def _take(self) -> None:
        """Keeps the machine's state; every second one goes when there are too many."""
        self._checkpoints.append((self._machine.step, self._machine.save()))
        if len(self._checkpoints) > _MOST_CHECKPOINTS:
            self._checkpoints = [*self._checkpoints[:-1:2], self._checkpoints[-1]]
            self._distance *= 2

    def _finish(self, stopped: tuple[FaultKind, str] | None) -> None:
        machine = self._machine
        self.last_step = machine.step
        self._calls = TextbookCalls(machine.rows, self.compiled, self.target)
        ended = machine.ended
        if stopped:
            self.fault = Fault(stopped[0], None, None, stopped[1], machine.step)
        elif isinstance(ended, Trap):
            self.fault = Fault(ended.kind, None, ended.address, self._in_words(ended), machine.step)
        elif isinstance(ended, Ended):
            self.exit_status = ended.status

    def _round_in_words(self, steps: int) -> str:
        every = f"every {steps:,} steps" if steps > 1 else "at every step"
        return f"stopped in an endless loop: {every} all registers and all of memory are as before: {self._place()}"

    def _in_words(self, trap: Trap) -> str:
        """What happened, and where."""
        return f"{trap.words}: {self._place()}"

    def _place(self) -> str:
        """Where it stands in the program's own code."""
        pc = self._machine.pc
        if self.target.is_library(pc) and len(self._machine.active) > 1:
            pc = self._machine.active[-1].back - 1
        at = self.target.position(pc)
        place = f"{Path(at.file).name}:{at.line}" if at.file is not None else f"address {pc}"
        return f"{place}, in {at.function}" if at.function is not None else place

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
        before = bisect.bisect_left(self._output_marks, (step, 0, 0))
        length = next((mark[2] for mark in reversed(self._output_marks[:before]) if mark[1] == stream), 0)
        return bytes(self._output[stream][:length])

    def output_writes(self, stream: int) -> list[OutputWrite]:
        """What wrote to a stream, in order of time."""
        found: list[OutputWrite] = []
        end = 0
        for step, of, length in self._output_marks:
            if of == stream:
                found.append(OutputWrite(step, end, length))
                end = length
        return found

    @property
    def is_complete(self) -> bool:
        """Whether the run is over: what happens from then on is a replay."""
        return self._calls is not None

    @property
    def calls(self) -> TextbookCalls:
        """The call history."""
        if self._calls is None:
            raise UsageError("the program has not been recorded yet")
        return self._calls

    # ---- moving ----

    @property
    def step(self) -> int:
        """The step at which it stands."""
        return self._machine.step + self._is_behind_main

    def seek(self, step: int) -> None:
        """Goes to a step, 0 to `last_step`; where main has returned to one more, at which nothing runs any more.
        UsageError beyond."""
        self._is_behind_main = step == self.last_step + 1 == self.calls.return_step(0)
        step -= self._is_behind_main
        if not 0 <= step <= self.last_step:
            raise UsageError(
                f"there is no step {step}: the recording has steps 0 to {self.last_step}",
                help=f"step:{self.last_step} is the last one",
            )
        at = bisect.bisect_right(self._checkpoints, step, key=lambda one: one[0]) - 1
        if step < self._machine.step or self._checkpoints[at][0] > self._machine.step:
            self._machine.restore(self._checkpoints[at][1])
        if self._machine.step < step:
            self._machine.run(step)

    def advance(self, steps: int = 1) -> None:
        """Goes on by some steps; to the end if there are fewer."""
        self.seek(min(self.step + steps, max(self.last_step, self.calls.return_step(0) or 0)))

    def run_to(self, pcs: Collection[int], before: int | None = None) -> int | None:
        """Runs on to the next arrival at any of `pcs`; where it stands doesn't count. None if there is none before."""
        goal = self.last_step if before is None else min(before, self.last_step)
        if self.step >= goal:
            return None
        reason = self._machine.run(goal, pcs)
        return self.step if reason is Reason.ARRIVAL and self.step < goal else None

    def run_to_write(self, low: int, high: int, before: int | None = None) -> int | None:
        """Runs on until an instruction has written into [low, high). Gives its step, and stands behind it."""
        goal = self.last_step if before is None else min(before, self.last_step)
        machine = self._machine
        machine.watch(low, high)
        start = self.step
        try:
            reason = machine.run(goal) if start < goal else Reason.STEP
        finally:
            machine.watch(0, 0)
        if reason is not Reason.WRITE:
            return None
        step = machine.watched_step
        machine.restore(self._checkpoints[bisect.bisect_right(self._checkpoints, step, key=lambda one: one[0]) - 1][1])
        self.seek(min(step + 1, self.last_step))
        return step

    # ---- looking ----

    def registers(self) -> dict[str, int]:
        """Every register by name, where it stands."""
        registers = self._machine.registers()
        return {**registers, self.isa.pc: self.calls.return_address(0)} if self._is_behind_main else registers

    def register(self, name: str) -> int:
        """One register by its name, where it stands."""
        return self.registers()[name]

    @property
    def stack_area(self) -> tuple[int, int]:
        """Where the stack may lie."""
        return self._machine.memory.bottom, TOP

    def heap_area(self) -> tuple[int, int]:
        """Where the heap begins and ends, where it stands."""
        return self._machine.services.heap.start, self._machine.memory.low_end

    def lowest_stack_pointer(self) -> int:
        """The lowest SP up to where it stands."""
        if not self.has_stack:
            return TOP
        calls = self.calls
        begun = range(bisect.bisect_left(range(len(calls)), self.step, key=lambda row: entry_step(self, row)))
        return min((calls.lowest_sp_until(row, self.step) for row in begun), default=TOP)

    def depth(self) -> int:
        """How many activations are on the call stack where it stands."""
        return len(self._machine.active)

    def read_memory(self, address: int, size: int) -> bytes:
        """Memory where it stands. UnreadableMemory for what isn't mapped."""
        return self._machine.memory.read(address, size)

    def led_astray(self) -> list[str]:
        """Nothing: its calls are told by instructions, and a return is never one."""
        return []

    def moment(self) -> Moment:
        """Where it stands, as the stack layer takes it."""
        step = self.step

        def go_back() -> None:
            if self.step != step:
                self.seek(step)

        def read(address: int, size: int) -> bytes:
            go_back()
            return self._machine.memory.read(address, size)

        active = TextbookActivations(self._machine, self.calls)
        return Moment(
            program=self.program,
            step=step,
            last_step=self.last_step,
            registers=self.registers(),
            read_memory=read,
            activations=active,
            is_one_stack=active.is_one_stack,
            writes=TextbookWrites(self._machine, self.calls, go_back),
            regions=self._regions(),
            initial_stack_pointer=TOP,
            process_start=(),
            fault=self.fault if self.fault and self.fault.step == step else None,
            call_numbers=self.calls.number,
            registers_at=EarlierRegisters(self, step),
            given_back=given_back(self._machine, self.calls),
            fixed_frames=self.compiled.strategy.activation is Activation.STATIC,
            kept=kept(self._machine, self.calls),
        )

    def _regions(self) -> tuple[Region, ...]:
        program, machine = self.compiled, self._machine
        heap = machine.services.heap
        file = self.program
        found = [
            Region(RegionKind.TEXT, CODE, program.code_end, "r-x", file),
            Region(RegionKind.RODATA, program.code_end, program.data_start, "r--", file),
            Region(RegionKind.DATA, program.data_start, program.frames_end, "rw-", file),
            Region(RegionKind.DATA, program.frames_end, program.bss_start, "rw-", file),
            Region(RegionKind.BSS, program.bss_start, program.data_end, "rw-", file),
            Region(RegionKind.ARGUMENTS, program.data_end, heap.start, "rw-", "[arguments]"),
            Region(RegionKind.HEAP, heap.start, machine.memory.low_end, "rw-", "[heap]"),
            Region(RegionKind.STACK, machine.memory.bottom, TOP, "rw-", "[stack]"),
        ]
        if not self.has_stack:
            found.pop()
        return tuple(region for region in found if region.start < region.end)
