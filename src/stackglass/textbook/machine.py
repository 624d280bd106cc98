"""The textbook machine: registers, memory and calls, and what runs a program on them.

    machine = Machine(program)
    machine.start(["f"])
    machine.run(1_000_000)          # to that step, or to the program's end

Functions run as Python (translation.py) as long as the goal is far; the last steps before it are done one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stackglass.isa.textbook_code import NUMBER, REGISTERS
from stackglass.model import FaultKind
from stackglass.textbook import memory as m
from stackglass.textbook import numbers
from stackglass.textbook.activation import Activation
from stackglass.textbook.history import Active
from stackglass.textbook.library.services import Services
from stackglass.textbook.long_instructions import LongInstructions
from stackglass.textbook.memory import TOP, Memory, SavedMemory
from stackglass.textbook.program import CODE, Function, Program
from stackglass.textbook.state import COMPARED, LIMIT, LOW_WORDS, ONE_STEP, PC_BITS, STEP
from stackglass.textbook.translation import Translated, Translation, translate_step
from stackglass.textbook.traps import Ended, Stop, Trap, Watched

DEFAULT_STACK_SIZE = 8 << 20
_FAR = 1 << 62


class Reason(Enum):
    """Why it stands still."""

    STEP = "step"
    ARRIVAL = "arrival"
    WRITE = "write"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SavedMachine:
    """All of a machine at a step."""

    registers: tuple[Any, ...]
    pc: int
    memory: SavedMemory
    active: tuple[Active, ...]
    rows: int
    library: Any
    astray: dict[int, int]


class _Entries(dict[int, tuple[Callable[[list[Any], int], int], int]]):
    """Where code can be entered: (function in Python, block). What isn't there yet is translated when asked for."""

    def __init__(self, find: Callable[[int], tuple[Callable[[list[Any], int], int], int]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, pc: int) -> tuple[Callable[[list[Any], int], int], int]:
        return self._find(pc)


class _Pause(Stop):
    """There is no entry at an address: it is where to stop, or code that has to be walked through step by step."""

    def __init__(self, pc: int) -> None:
        super().__init__(pc)
        self.pc = pc


class Machine(LongInstructions):
    """A program in the middle of its run. `ended` is why it is over: its end or a trap, None while it isn't."""

    def __init__(
        self,
        program: Program,
        *,
        stack_size: int = DEFAULT_STACK_SIZE,
        read_input: Callable[[int], bytes] = lambda size: b"",
        write_output: Callable[[int, bytes], None] = lambda stream, data: None,
        seed: int = 0,
    ) -> None:
        activation = program.strategy.activation
        logs_low = {Activation.STACK: 0, Activation.STATIC: program.frames_end, Activation.RECORDS: m.HEAP_LIMIT}
        image = program.image
        size = -(-stack_size // m.PAGE) * m.PAGE
        super().__init__(program, Memory(image, CODE, program.data_start, size, logs_low=logs_low[activation]))
        self.ended: Stop | None = None
        self.q: list[Any] = [0] * (LOW_WORDS + 5)
        self.q[NUMBER["D0"] : NUMBER["D0"] + 16] = [0.0] * 16
        self.pc = program.main.low
        self.services = Services(self, read_input, write_output, seed)
        self._names = self._namespace()
        self._translated: dict[tuple[int, frozenset[int], bool], Translated] = {}
        self._by_code: dict[object, Translated] = {}
        self._stops: frozenset[int] = frozenset()
        self._watching = False
        self.watched_step = 0
        """The step of the instruction that wrote where somebody watched."""
        self._steps: dict[int, Callable[[list[Any]], int]] = {}
        self._longest = max(len(one.instructions) for one in program.functions) + 1
        self._entry_sets: dict[object, _Entries] = {}
        self._share_views()

    def _namespace(self) -> dict[str, object]:
        """What the translated functions use."""
        memory = self.memory
        names: dict[str, object] = {
            name: getattr(memory, name)
            for name in (
                "S",
                "SB",
                "Sb",
                "SH",
                "Sh",
                "W",
                "X",
                "B",
                "unaligned",
                "protected",
                "load_long",
                "load_double",
                "load_single",
                "copy",
                "clear",
                "watch",
            )
        }
        names.update(
            Z=memoryview(b""),
            double_words=m.double_words,
            float_word=m.float_word,
            unpack_double=m.unpack_double,
            unpack_single=m.unpack_single,
            divided=numbers.divided,
            remainder=numbers.remainder,
            divide=numbers.divide,
            to_word=numbers.to_word,
            to_long=numbers.to_long,
            to_unsigned_word=numbers.to_unsigned_word,
            to_unsigned_long=numbers.to_unsigned_long,
            rounded=numbers.rounded,
            long_to_float=numbers.nearest_float,
            inf=math.inf,
            nan=math.nan,
            stack_low=-memory.stack_size,
            enter=self.enter,
            leave=self.leave,
            called=self.called,
            service=self.services.perform,
            new=self.new,
            give_back=self.give_back,
            room=self.room,
            lowered=self.lowered,
            save=self.save_arguments,
            generally=self._generally,
        )
        return names

    def _share_views(self) -> None:
        self.q[LOW_WORDS : LOW_WORDS + 5] = self.memory.low_views

    # ---- state ----

    @property
    def step(self) -> int:
        """How many instructions have run."""
        return int(self.q[STEP]) >> PC_BITS

    def register(self, name: str) -> int | float:
        """A register's value; words and long longs as signed numbers."""
        value: int | float = self.q[NUMBER[name]]
        return value

    def set_register(self, name: str, value: int | float) -> None:
        """Sets a register."""
        self.q[NUMBER[name]] = value

    def registers(self) -> dict[str, int]:
        """Every register by name, as the bits it holds. SP is told as 2^32 where it has wrapped to 0."""
        bits: dict[str, int] = {"PC": self.pc}
        for number, name in enumerate(REGISTERS):
            value = self.q[number]
            if isinstance(value, float):
                bits[name] = numbers.bits_of(value)
            else:
                bits[name] = int(value) & (0xFFFFFFFFFFFFFFFF if name[0] == "L" else 0xFFFFFFFF)
        bits["SP"] = bits["SP"] or TOP
        bits["FLAGS"] = self._flags()
        return bits

    def _flags(self) -> int:
        """What the comparison right before this instruction found; 0 where there is none."""
        before = self.program.before.get(self.pc)
        if before is None or not before.op.startswith("CMP"):
            return 0
        left, right = self.q[COMPARED], self.q[COMPARED + 1]
        return numbers.flags_of(left, right)

    @property
    def stack_pointer(self) -> int:
        """SP as an address up to 2^32."""
        return (int(self.q[NUMBER["SP"]]) % TOP) or TOP

    def start(self, arguments: Sequence[str]) -> None:
        """Puts the program's arguments into memory, and calls main."""
        data = [argument.encode("utf-8", "surrogateescape") + b"\0" for argument in arguments]
        self.set_register("R1", len(data))
        self.set_register("R2", self.services.heap.place_arguments(data))
        self.active = [Active(self.rows.add(0, 0, self.program.main.low, -1, TOP, 0, 0), self.program.main.low, 0)]

    def save(self) -> SavedMachine:
        """All of it."""
        return SavedMachine(
            tuple(self.q[:LIMIT]),
            self.pc,
            self.memory.save(),
            tuple(self.active),
            self.rows.count,
            self.services.save(),
            dict(self.astray),
        )

    def is_as(self, saved: SavedMachine) -> bool:
        """Whether all that decides what happens next is as it was then: steps, rows of calls and writers do not."""
        return (
            self.pc == saved.pc
            and tuple(self.q[:STEP]) == saved.registers[:STEP]
            and [one[1:] for one in self.active] == [one[1:] for one in saved.active]
            and not self.services.told_time
            and self.memory.is_as(saved.memory)
            and self.services.save() == saved.library
        )

    def restore(self, saved: SavedMachine) -> None:
        """Makes it what it was."""
        self.q[:LIMIT] = saved.registers
        self.pc = saved.pc
        self.memory.restore(saved.memory)
        self.active = list(saved.active)
        self.rows.count = saved.rows
        self.services.restore(saved.library)
        self.astray = dict(saved.astray)
        self.ended = None
        self._share_views()

    # ---- running ----

    def run(self, goal: int, stops: Collection[int] = ()) -> Reason:
        """Runs to step `goal`, to the program's end, or to the next arrival at one of `stops`."""
        self._stops = frozenset(stops)
        if self.ended is not None:
            return Reason.ENDED
        try:
            if self._stops and self.step < goal:
                self._one_step()
            return self._run(goal)
        except Watched as watched:
            self.watched_step = watched.writer >> PC_BITS
            return Reason.WRITE
        except Stop as stop:
            if isinstance(stop, Ended) and stop.status is None:
                stop.status = int(self.q[0]) & 0xFF
            self.ended = stop
            return Reason.ENDED

    def watch(self, low: int, high: int) -> None:
        """Lets writes into [low, high) end a run; where low is high, none do."""
        self._watching = low < high
        self.memory.watched = (low, high) if self._watching else None

    def _run(self, goal: int) -> Reason:
        while self.step < goal:
            if self.pc in self._stops:
                return Reason.ARRIVAL
            if goal - self.step <= self._longest or not self._fast(goal):
                self._one_step()
        return Reason.ARRIVAL if self.pc in self._stops else Reason.STEP

    def _fast(self, goal: int) -> bool:
        """Runs translated code as far as it goes; whether that was a step or more."""
        before = self.q[STEP]
        q = self.q
        q[LIMIT] = goal - self._longest << PC_BITS
        key = self._stops, self._watching
        entries = self._entry_sets.get(key)
        if entries is None:
            entries = self._entry_sets[key] = _Entries(self._find_entry)
        pc = self.pc
        try:
            while True:
                run, block = entries[pc]
                pc = run(q, block)
        except _Pause as pause:
            self.pc = pause.pc
        except (IndexError, ZeroDivisionError, Stop) as error:
            self._stand_at_fault(error)
        return bool(self.q[STEP] != before)

    def _find_entry(self, pc: int) -> tuple[Callable[[list[Any], int], int], int]:
        """The translated function to go on with, and its block. A pause where there is none, or where to stop."""
        if pc < 0:
            raise _Pause(-1 - pc)
        function = self.program.function_at(pc)
        if function is None:
            raise Trap(FaultKind.JUMP_TO_NOWHERE, f"control went to {pc % TOP:#x}, where no code is", pc % TOP)
        translated = self._translate(function)
        if pc not in translated.blocks:
            raise _Pause(pc)
        entries = self._entry_sets[self._stops, self._watching]
        for address, block in translated.blocks.items():
            entries[address] = translated.run, block
        return translated.run, translated.blocks[pc]

    def _translate(self, function: Function) -> Translated:
        here = frozenset(stop for stop in self._stops if function.low <= stop < function.high)
        key = function.low, here, self._watching
        if key not in self._translated:
            made = Translation(self.program, function, here, watch=self._watching).translate(self._names)
            self._translated[key] = made
            self._by_code[made.run.__code__] = made
        return self._translated[key]

    def _one_step(self) -> None:
        """Carries out the instruction at pc."""
        one = self.program.by_address.get(self.pc)
        if one is None:
            raise Trap(
                FaultKind.JUMP_TO_NOWHERE, f"control went to {self.pc % TOP:#x}, where no code is", self.pc % TOP
            )
        if self.pc not in self._steps:
            self._steps[self.pc] = translate_step(self.program, one, self._names)
        try:
            self.pc = self._steps[self.pc](self.q)
        except (IndexError, ZeroDivisionError) as error:
            raise self._trap_of(error) from None

    def _generally(self, q: list[Any], block: int, low: int) -> int:
        """FP is not what the function's code relies on: goes on step by step, up to where it can be entered again."""
        function = self.program.by_entry[low]
        translated = self._translate(function)
        address = next(at for at, number in translated.blocks.items() if number == block)
        if address in self._stops:
            return -1 - address
        self.pc = address
        entries = self._entry_sets[self._stops, self._watching]
        while True:
            self._one_step()
            if self.pc in entries or int(q[STEP]) >= int(q[LIMIT]):
                return self.pc if self.pc in entries else -1 - self.pc

    # ---- when it stops ----

    def _stand_at_fault(self, error: Exception) -> None:
        """Lets the machine stand before the instruction that could not be carried out; raises what says so."""
        place = self._place_of(error)
        if place is not None:
            pc, counted = place
            self.pc = pc
            self.q[STEP] = int(self.q[STEP]) + counted * ONE_STEP
        if isinstance(error, Stop):
            raise error
        raise self._trap_of(error) from None

    def _place_of(self, error: Exception) -> tuple[int, int] | None:
        """(address, steps since the last count) of the instruction that the translated code was at."""
        traceback, found = error.__traceback__, None
        while traceback is not None:
            translated = self._by_code.get(traceback.tb_frame.f_code)
            if translated is not None:
                found = translated.lines.get(traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    def _trap_of(self, error: Exception) -> Trap:
        from stackglass.textbook.faults import trap_of

        return trap_of(self, error)

    # ---- the heap ----

    def grow_heap(self, end: int) -> bool:
        """Maps more of low memory."""
        grown = self.memory.grow(end)
        self._share_views()
        return grown
