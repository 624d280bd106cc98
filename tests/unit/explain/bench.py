"""Single instructions run in the emulator, with names for addresses as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from stackglass import isa as isas
from stackglass.errors import UnreadableMemory
from stackglass.explain.spots import Spot
from stackglass.isa import Isa
from stackglass.isa.words import NumberKind
from stackglass.model import Position, Role

import_module("unicorn.x86_const")
unicorn: Any = import_module("unicorn")  # the wheel's own type hints are half there
ISA = isas.get("x86_64")

CODE, STACK, DATA = 0x401000, 0x7FFE0000, 0x404000
SP = STACK + 0x800
PAGE = 0x1000


@dataclass
class Names:
    """Names that a test gives: spots by name, functions as (low, high, name), lines by address."""

    spots: list[Spot] = field(default_factory=list)
    functions: list[tuple[int, int, str]] = field(default_factory=lambda: [(CODE, CODE + 0x100, "f")])
    lines: Mapping[int, int] = field(default_factory=dict)
    called_from: str | None = "main"
    memory: Mapping[int, bytes] = field(default_factory=dict)

    def spot(self, address: int, size: int, number: NumberKind = "integer") -> Spot | None:
        found = next((s for s in self.spots if s.address <= address < s.address + s.size), None)
        if found is None:
            return None
        raw = self.memory.get(found.address)
        value = found.value
        if value is None and raw is not None:
            value = str(int.from_bytes(raw[: found.size], "little", signed=True))
        return replace(found, value=value, offset=address - found.address)

    def meaning(self, address: int) -> str | None:
        if CODE <= address < CODE + PAGE:
            function = self.function(address)
            return function[0] if function and not function[1] else ""
        spot = self.spot(address, 1)
        if spot is not None:
            return f"&{spot.name}" if spot.is_variable else ""
        return "" if STACK <= address < STACK + PAGE or DATA <= address < DATA + PAGE else None

    def function(self, pc: int) -> tuple[str, int] | None:
        return next(((name, pc - low) for low, high, name in self.functions if low <= pc < high), None)

    def position(self, pc: int) -> Position:
        function = self.function(pc)
        line = self.lines.get(pc)
        return Position(pc, function[0] if function else None, "f.c" if line else None, line)

    def jumper_stays(self) -> bool:
        return False

    def caller(self) -> str | None:
        return self.called_from


@dataclass(frozen=True)
class State:
    """A state of the emulator, copied."""

    step: int
    registers: Mapping[str, int]
    memory: Mapping[int, bytes]
    names: Names

    def read_memory(self, address: int, size: int) -> bytes:
        for start, content in self.memory.items():
            if start <= address and address + size <= start + len(content):
                return content[address - start : address - start + size]
        raise UnreadableMemory(address, size)


def local(name: str, offset: int, size: int = 4, kind: str = "int", role: Role = Role.LOCAL) -> Spot:
    """A variable at SP+offset."""
    return Spot(name, True, SP + offset, size, kind, None, role)


class Bench:
    """An emulator with a page of code, one of stack and one of data. SP stands in the middle of the stack."""

    def __init__(self, spots: Iterable[Spot] = (), isa: Isa = ISA, /, **registers: int) -> None:
        self.names = Names(list(spots))
        self.isa = isa
        self._engine = unicorn.Uc(isa.engine_arch, isa.engine_mode)
        for page in (CODE, STACK, DATA):
            self._engine.mem_map(page, PAGE)
        self._step = 0
        for number, value in isa.engine_setup if isa.thread_descriptors is None else ():
            self._engine.reg_write(number, value)
        for name, value in {**isa.start_registers, isa.stack_pointer: SP, isa.pc: CODE, **registers}.items():
            self._engine.reg_write(isa.register(name).engine, value)

    def put(self, address: int, raw: bytes) -> None:
        """Writes into memory."""
        self._engine.mem_write(address, raw)

    def state(self) -> State:
        """A copy of where it stands."""
        registers = {r.name: self._engine.reg_read(r.engine) for r in self.isa.registers if r.engine >= 0}
        registers.update(self._x87_stack() if "st0" in registers else {})
        memory = {page: bytes(self._engine.mem_read(page, PAGE)) for page in (CODE, STACK, DATA)}
        values = {
            spot.address: memory[spot.address & -PAGE][spot.address % PAGE : spot.address % PAGE + spot.size]
            for spot in self.names.spots
        }
        names = Names(self.names.spots, self.names.functions, self.names.lines, self.names.called_from, values)
        return State(self._step, registers, memory, names)

    def _x87_stack(self) -> dict[str, int]:
        """The x87 stack from its top on, which its status word tells: Unicorn's Python reads no more than 64 bits of
        those registers."""
        top = self._engine.reg_read(unicorn.x86_const.UC_X86_REG_FPSW) >> 11 & 7
        raw = [self._engine.reg_read(unicorn.x86_const.UC_X86_REG_FP0 + (top + n & 7)) for n in range(8)]
        return {f"st{n}": significand | exponent << 64 for n, (significand, exponent) in enumerate(raw)}

    @property
    def _pc(self) -> int:
        address: int = self._engine.reg_read(self.isa.register(self.isa.pc).engine)
        return address

    def run_on(self, until: int) -> State:
        """Runs on, with the code that is there, up to an address."""
        self._engine.ctl_flush_tb()
        self._engine.emu_start(self._pc, until)
        self._step += 1
        return self.state()

    def run(self, code: str) -> tuple[State, State]:
        """Runs one instruction, given in hex, where it stands."""
        pc = self._pc
        self.put(pc, bytes.fromhex(code))
        before = self.state()
        self._engine.ctl_flush_tb()
        self._engine.emu_start(pc | self.isa.in_other_encoding(before.registers), 0, count=1)
        self._step += 1
        return before, self.state()
