"""What explaining a call needs of a recording, and one of its states kept for comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from stackglass.debuginfo.types import Type
from stackglass.errors import UnreadableMemory
from stackglass.explain.changes import touched
from stackglass.explain.decoding import LONGEST, Instruction
from stackglass.explain.operands import effective_address
from stackglass.explain.spots import CodeNames, SnapshotNames
from stackglass.isa.instructions import InstructionKind
from stackglass.model import AddressRange, Pointee
from stackglass.recording import replay


class Code(replay.Code, CodeNames, Protocol):
    """The program's functions, lines and variables. `Target` is one."""


class Calls(replay.Calls, Protocol):
    """The call history with who called whom. `CallHistory` is one."""

    def parent(self, row: int) -> int | None: ...

    def tail_of(self, row: int) -> int | None: ...

    def left_by(self, row: int) -> str: ...

    def number(self, row: int) -> int: ...

    def own_lowest_sp(self, row: int) -> int: ...


class Source(replay.Replay, Protocol):
    """A recording that can be explained. `Recording` is one."""

    @property
    def target(self) -> Code: ...

    @property
    def calls(self) -> Calls: ...

    def read_memory(self, address: int, size: int) -> bytes: ...

    def pointee(self, address: int, type_: Type | None = None) -> Pointee | None: ...


class RecordedState:
    """The step at which a recording stands. What `keep` was told of stays readable when the recording moves on; the
    rest is read by going back to the step."""

    def __init__(self, source: Source) -> None:
        self.step = source.step
        self.registers: Mapping[str, int] = dict(source.registers())
        self._source = source
        self._snapshot = source.snapshot()
        self.names = SnapshotNames(self._snapshot, source.target, source.read_memory)
        self._kept: list[tuple[int, bytes]] = []

    def read_memory(self, address: int, size: int) -> bytes:
        """Exactly `size` bytes as they were at this step."""
        for start, content in self._kept:
            if start <= address and address + size <= start + len(content):
                return content[address - start : address - start + size]
        if self._source.step != self.step:
            self._source.seek(self.step)
        return self._source.read_memory(address, size)

    def keep(self, instruction: Instruction, times: int) -> list[AddressRange]:
        """Keeps what the instruction may read or write; gives the memory that it may write."""
        isa = self._source.isa
        pointer = self.registers[isa.stack_pointer]
        system_call = instruction.kind is InstructionKind.SYSTEM_CALL
        ranges = self._live_stack() if system_call else touched(isa, instruction, self, times)
        self._keep_memory([*ranges, AddressRange(pointer, pointer + isa.word_size)])
        for operand in instruction.all_operands:
            if operand.kind == "memory":
                address = effective_address(isa, instruction, operand, self)
                self.names.spot(address, max(operand.size, 1))
        self.names.spot(pointer, isa.word_size)
        return ranges

    def _live_stack(self) -> list[AddressRange]:
        """The whole stack from SP up: the kernel may write anywhere in it."""
        frames = self._snapshot.frames
        top = frames.outline(len(frames) - 1).high if len(frames) else 0
        return [AddressRange(self.registers[self._source.isa.stack_pointer], top)] if top else []

    def _keep_memory(self, ranges: Iterable[AddressRange]) -> None:
        if self._source.step != self.step:
            self._source.seek(self.step)
        for low, high in ranges:
            for start, end in _readable(self._source, low, high):
                self._kept.append((start, self._source.read_memory(start, end - start)))


def _readable(source: Source, low: int, high: int) -> Iterable[tuple[int, int]]:
    """The parts of a range that can be read, page by page."""
    page = source.isa.page_size
    while low < high:
        end = min(high, (low & -page) + page)
        try:
            source.read_memory(low, end - low)
            yield low, end
        except UnreadableMemory:
            pass
        low = end


def read_code(source: Source, address: int) -> bytes:
    """The bytes of code at an address: LONGEST of them, or as many as are mapped."""
    for size in range(LONGEST, 0, -1):
        try:
            return source.read_memory(address, size)
        except UnreadableMemory:
            continue
    return b""
