"""What it takes to find a moment: a run that can be asked for any step again, and its calls. `Recording` is one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from stackglass.isa import Isa
from stackglass.model import Call, Fault, Pointee, Position, Snapshot
from stackglass.stack.sources import Moment

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function, Target
    from stackglass.debuginfo.types import Type
    from stackglass.model.layout import Layout, Whereabouts
    from stackglass.recording.heap import HeapHistory
    from stackglass.recording.history import CallHistory
    from stackglass.recording.printed import Printed


class Code(Protocol):
    """The program's functions and lines; addresses are run-time addresses. `Target` is one."""

    def functions(self) -> Sequence[Function]: ...

    def functions_named(self, name: str) -> Sequence[Function]: ...

    def function_at(self, pc: int) -> Function | None: ...

    def is_nameless(self, pc: int) -> bool: ...

    def position(self, pc: int) -> Position: ...

    def inlined_addresses(self, name: str) -> Sequence[int]: ...

    def inlined_into(self, name: str) -> tuple[str, ...] | None: ...

    def body_address(self, function: Function) -> int: ...

    def statement_addresses(self, function: Function) -> Collection[int]: ...

    def line_addresses(self, file: str | None, line: int) -> Sequence[int]: ...


class Calls(Protocol):
    """The call history: rows in order of time; row 0 is the program's entry. `CallHistory` is one."""

    def __len__(self) -> int: ...

    def call_step(self, row: int) -> int: ...

    def return_step(self, row: int) -> int | None: ...

    def entry(self, row: int) -> int: ...

    def entries(self) -> Collection[int]: ...

    def cfa(self, row: int) -> int: ...

    def row_at(self, step: int) -> int: ...

    def rows_of(self, entries: Collection[int]) -> Sequence[int]: ...

    def call(self, row: int) -> Call: ...

    def deepest_first(self, entries: Collection[int] | None, most: int | None) -> Sequence[int]:
        """The rows of calls of functions with these `entries` (of any if None), lowest own SP first, at most `most`."""
        ...


class Replay(Protocol):
    """A recording that stands at a step and can be moved; see `Recording` for what each says."""

    @property
    def target(self) -> Code: ...

    @property
    def isa(self) -> Isa: ...

    @property
    def calls(self) -> Calls: ...

    @property
    def step(self) -> int: ...

    @property
    def last_step(self) -> int: ...

    @property
    def fault(self) -> Fault | None: ...

    @property
    def exit_status(self) -> int | None: ...

    def seek(self, step: int) -> None: ...

    def run_to(self, pcs: Collection[int], before: int | None = None) -> int | None: ...

    def advance(self, steps: int = 1) -> None: ...

    def register(self, name: str) -> int: ...

    def registers(self) -> Mapping[str, int]: ...

    def moment(self) -> Moment: ...

    def snapshot(self, step: int | None = None) -> Snapshot: ...


class OutputWrite(NamedTuple):
    """What runs at `step` writes the bytes [start, end) of what is written to a stream."""

    step: int
    start: int
    end: int


class Recorded(Replay, Protocol):
    """What commands and library users need of a recording. `Recording` and `TextbookRecording` are two."""

    program: str
    initial_stack_pointer: int
    unsupported_system_calls: Mapping[str, int]
    missed_paths: Sequence[str]

    @property
    def has_stack(self) -> bool:
        """Whether frames lie on a stack: static frames and linked records do not."""
        ...

    @property
    def writes_output_at_once(self) -> bool:
        """Whether what is printed is written to the stream at once, and not collected in memory first."""
        ...

    @property
    def target(self) -> Target: ...

    @property
    def calls(self) -> CallHistory: ...

    @property
    def output(self) -> bytes: ...

    @property
    def errors(self) -> bytes: ...

    def output_until(self, step: int, stream: int = 1) -> bytes: ...

    def led_astray(self) -> list[str]: ...

    def output_writes(self, stream: int) -> list[OutputWrite]: ...

    def run(self, max_steps: int, progress: Callable[[int], None] | None = None) -> None: ...

    def run_to_write(self, low: int, high: int, before: int | None = None) -> int | None: ...

    def read_memory(self, address: int, size: int) -> bytes: ...

    def pointee(self, address: int, type_: Type | None = None) -> Pointee | None: ...

    @property
    def stack_area(self) -> tuple[int, int]: ...

    def heap(self, step: int) -> HeapHistory: ...

    def heap_area(self) -> tuple[int, int]: ...

    def lowest_stack_pointer(self) -> int: ...

    def depth(self) -> int: ...

    def at(self, where: str | int, *, when: str | None = None, library: bool = False) -> Snapshot: ...

    def layout(self, at: str | int = "end", *, when: str | None = None, library: bool = False) -> Layout: ...

    def where(self, address: int, at: str | int = "deepest", *, when: str | None = None) -> Whereabouts: ...

    def printed_addresses(self, most: int | None = None) -> Printed: ...


def pc(replay: Replay) -> int:
    """The address of the instruction that is about to run."""
    return replay.register(replay.isa.pc)


def entry_step(replay: Replay, row: int) -> int:
    """The step at which the first instruction of a call is about to run."""
    return 0 if row == 0 else replay.calls.call_step(row) + 1


def body_step(replay: Replay, row: int, start: int) -> int | None:
    """The step at which the body of a call begins, where gdb's `break FUNC` stops; None if the call ends before."""
    function = replay.target.function_at(replay.calls.entry(row))
    if function is None:
        return start
    body = replay.target.body_address(function)
    replay.seek(start)
    step = start if pc(replay) == body else replay.run_to({body}, before=replay.calls.return_step(row))
    while step is not None and replay.calls.row_at(step) != row:
        step = replay.run_to({body}, before=replay.calls.return_step(row))
    return step
