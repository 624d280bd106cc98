"""A guest that runs: the engine, and the kernel that answers its system calls. Runs to a step, an arrival, the end."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from stackglass.emulator.engine import Engine, EngineState, StopInfo
from stackglass.emulator.kernel.outcome import Continue, Killed, Outcome, Unsupported
from stackglass.emulator.native import library as native


class Kernel(Protocol):
    """What carries out system calls."""

    def system_call(self) -> Outcome:
        """Carries out the one that the registers ask for, and leaves its result there."""
        ...

    def raise_fault(self, number: int, why: str) -> Killed | Unsupported:
        """What becomes of the program after a fault of its own instruction that raises signal `number`."""
        ...

    def state(self) -> object:
        """Everything that it remembers, as a value."""
        ...

    def restore(self, state: object) -> None:
        """Goes back to what `state` gave."""
        ...


class Reason(enum.Enum):
    """Why `Machine.run` came back."""

    STEP = "the step is reached"
    ARRIVAL = "a watched pc is about to run"
    WRITE = "the watched range was written"
    ENDED = "the program ended, by itself or not"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: by a system call (`outcome`), or because the engine could not go on (`stop`)."""

    outcome: Outcome | None = None
    stop: StopInfo | None = None


@dataclass(frozen=True, slots=True)
class MachineState:
    """Everything but memory at a step."""

    engine: EngineState
    kernel: object
    ended: Ended | None


class Machine:
    """One guest. `mappings_changed` is called after a system call that changed the address space."""

    def __init__(self, engine: Engine, kernel: Kernel, *, random: Callable[[int], bytes]) -> None:
        self.engine = engine
        self.kernel = kernel
        self.isa = engine.isa
        self.ended: Ended | None = None
        self.mappings_changed: Callable[[], None] = lambda: None
        self._random = random
        self._version = engine.memory.version

    @property
    def step(self) -> int:
        """Instructions executed so far."""
        return self.engine.step

    def run(self, stop_step: int, *, stop_here: bool = False, exactly: bool = True) -> Reason:
        """Runs to step `stop_step` at the latest, or, unless `exactly`, a few steps further.

        A watched pc at the current step counts if `stop_here`.
        """
        while self.ended is None:
            stop = self.engine.run(stop_step, stop_here=stop_here, exactly=exactly)
            if stop.reason == native.STOP_STEP:
                return Reason.STEP
            if stop.reason == native.STOP_ARRIVAL:
                return Reason.ARRIVAL
            if stop.reason == native.STOP_WRITE:
                return Reason.WRITE
            if stop.reason == native.STOP_FAULT:
                if (
                    stop.interrupt >= 0
                ):  # the engine may have pc behind the instruction, which counts as not carried out
                    self.engine.write(self.isa.pc, stop.pc)
                self.ended = Ended(stop=stop)
            elif stop.reason == native.STOP_SYSTEM_CALL:
                self._system_call(stop)
            else:
                self._emulate(stop)
            stop_here = True
        return Reason.ENDED

    def _system_call(self, stop: StopInfo) -> None:
        self.engine.write(self.isa.pc, stop.next_pc)
        outcome = self.kernel.system_call()
        if not isinstance(outcome, Continue):
            self.ended = Ended(outcome=outcome)
        if self.engine.memory.version != self._version:
            self._version = self.engine.memory.version
            self.mappings_changed()

    def _emulate(self, stop: StopInfo) -> None:
        """An instruction whose answer would come from the host."""
        code = self.engine.memory.read(stop.pc, stop.next_pc - stop.pc)
        answer = self.isa.emulated.get(code)
        if answer is None:
            self.ended = Ended(stop=stop)
            return
        answer(_Cpu(self.engine, self._random))
        self.engine.write(self.isa.pc, stop.next_pc)

    # ---- state ----

    def save(self) -> MachineState:
        """Everything but memory."""
        return MachineState(self.engine.save(), self.kernel.state(), self.ended)

    def restore(self, state: MachineState) -> None:
        """Goes back to `state`; memory has been put back before."""
        self.engine.restore(state.engine)
        self.kernel.restore(state.kernel)
        self.ended = state.ended
        self._version = self.engine.memory.version


class _Cpu:
    """isa.table.Cpu for an emulated instruction."""

    def __init__(self, engine: Engine, random: Callable[[int], bytes]) -> None:
        self.read = engine.read
        self.write = engine.write
        self.random = random
        self._engine = engine

    @property
    def step(self) -> int:
        return self._engine.step
