"""A recording written by hand: a list of what runs, for tests of what looks for moments in recordings.

    trace = Trace(FUNCTIONS)
    with trace.call("main"):
        trace.run("main", 0, 1, 2)       # the instructions at main's offsets 0, 1 and 2
        with trace.call("f"): ...

Each instruction takes one byte of address space; a call's last instruction is its return.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stackglass import isa
from stackglass.model import Call, Fault, FaultKind, Frame, Position, Role, Snapshot

STACK_TOP = 0x8000


@dataclass(frozen=True)
class Function:
    """A function of the hand-written program: `lines` are (offset, line) of its statements, `body` an offset.

    `inlined` are (offset, name) of where inlined calls begin in it. A `nameless` one is of a stripped program.
    """

    name: str
    low: int
    high: int
    body: int = 0
    lines: tuple[tuple[int, int], ...] = ()
    library: bool = False
    stub: bool = False
    subprogram: Any = None
    inlined: tuple[tuple[int, str], ...] = ()
    symbol: str = ""
    nameless: bool = False


@dataclass
class Row:
    """A call as it happens."""

    function: Function
    parent: int | None
    call_step: int
    cfa: int
    frame_bytes: int = 8
    return_step: int | None = None
    left_by: str = "end"


class Code:
    """The functions of the program; one source, called main.c."""

    def __init__(self, functions: Sequence[Function]) -> None:
        self._functions = list(functions)

    def functions(self) -> list[Function]:
        return self._functions

    def functions_named(self, name: str) -> list[Function]:
        return [f for f in self._functions if name in (f.name, f.name.rpartition("::")[2])]

    def inlined_addresses(self, name: str) -> list[int]:
        return [f.low + offset for f in self._functions for offset, inlined in f.inlined if inlined == name]

    def inlined_into(self, name: str) -> tuple[str, ...] | None:
        found = tuple(f.name for f in self._functions if any(inlined == name for _, inlined in f.inlined))
        return found or None

    def is_nameless(self, pc: int) -> bool:
        function = self.function_at(pc)
        return function is not None and function.nameless

    def function_at(self, pc: int) -> Function | None:
        return next((f for f in self._functions if f.low <= pc < f.high), None)

    def position(self, pc: int) -> Position:
        function = self.function_at(pc)
        lines = [line for offset, line in function.lines if function.low + offset <= pc] if function else []
        return Position(pc, function.name if function else None, "main.c", lines[-1] if lines else None)

    def body_address(self, function: Function) -> int:
        return function.low + function.body

    def statement_addresses(self, function: Function) -> list[int]:
        return [function.low + offset for offset, _ in function.lines]

    def line_addresses(self, file: str | None, line: int) -> list[int]:
        if file not in (None, "main.c"):
            return []
        known = [(f.low + offset, at) for f in self._functions for offset, at in f.lines if at >= line]
        nearest = min((at for _, at in known), default=None)
        return [address for address, at in known if at == nearest]


class Calls:
    """The call history of a trace."""

    def __init__(self, rows: list[Row], owners: list[int]) -> None:
        self._rows = rows
        self._owners = owners

    def __len__(self) -> int:
        return len(self._rows)

    def call_step(self, row: int) -> int:
        return self._rows[row].call_step

    def return_step(self, row: int) -> int | None:
        return self._rows[row].return_step

    def entries(self) -> set[int]:
        return {self.entry(row) for row in range(len(self))}

    def entry(self, row: int) -> int:
        return self._rows[row].function.low

    def cfa(self, row: int) -> int:
        return self._rows[row].cfa

    def row_at(self, step: int) -> int:
        return self._owners[min(step, len(self._owners) - 1)]

    def rows_of(self, entries: Collection[int]) -> list[int]:
        return [i for i, row in enumerate(self._rows) if row.function.low in entries]

    def deepest_first(self, entries: Collection[int] | None, most: int | None) -> list[int]:
        rows = [i for i, row in enumerate(self._rows) if entries is None or row.function.low in entries]
        return sorted(rows, key=lambda i: self._rows[i].cfa - self._rows[i].frame_bytes)[:most]

    def call(self, row: int) -> Call:
        r = self._rows[row]
        return Call(
            row=row,
            function=r.function.name,
            number=1,
            library=r.function.library,
            parent=r.parent,
            depth=0,
            call_step=r.call_step,
            return_step=r.return_step,
            call_site=None,
            entry=r.function.low,
            cfa=r.cfa,
            frame_bytes=r.frame_bytes,
            peak_bytes=r.frame_bytes,
            tail_call=False,
            left_by=r.left_by,
        )


class Slot(NamedTuple):
    name: str
    address: int
    size: int
    bytes: bytes
    role: Role = Role.LOCAL


@dataclass
class Trace:
    """What runs, and the recording of it: it satisfies `recording.replay.Replay`."""

    functions: Sequence[Function]
    fault: Fault | None = None
    exit_status: int | None = 0
    steps: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    locals_: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    standing: int = 0
    _running: list[int] = field(default_factory=list)
    _result: int = 0
    _local: int = 0

    # writing it

    @contextlib.contextmanager
    def call(self, name: str, *, frame_bytes: int = 8, left_by: str = "return") -> Iterator[None]:
        """A call from the last instruction that ran; what runs inside belongs to it."""
        function = next(f for f in self.functions if f.name == name)
        parent = self._running[-1] if self._running else None
        cfa = self.rows[parent].cfa - self.rows[parent].frame_bytes if parent is not None else STACK_TOP
        self.rows.append(Row(function, parent, len(self.steps) - 1, cfa, frame_bytes))
        self._running.append(len(self.rows) - 1)
        yield
        row = self.rows[self._running.pop()]
        row.left_by = left_by
        row.return_step = None if left_by == "end" else len(self.steps)

    def run(self, *offsets: int, result: int | None = None, local: int | None = None) -> None:
        """Instructions of the running function; the last leaves `result` in rax and `local` in the one variable."""
        row = self._running[-1]
        for offset in offsets:
            self.steps.append(self.rows[row].function.low + offset)
            self.owners.append(row)
            self.results.append(self._result)
            self.locals_.append(self._local)
        self._result = self._result if result is None else result
        self._local = self._local if local is None else local

    def crash(self, words: str) -> None:
        """The last instruction that ran is where the program stops."""
        self.fault = Fault(FaultKind.STACK_OVERFLOW, "SIGSEGV", None, words)
        self.exit_status = None

    # asking it

    @property
    def isa(self) -> isa.Isa:
        return isa.get("x86_64")

    @property
    def target(self) -> Any:
        return Code(self.functions)

    @property
    def calls(self) -> Calls:
        return Calls(self.rows, self.owners)

    @property
    def last_step(self) -> int:
        return len(self.steps) - 1

    @property
    def step(self) -> int:
        return self.standing

    def seek(self, step: int) -> None:
        assert 0 <= step <= self.last_step
        self.standing = step

    def run_to(self, pcs: Collection[int], before: int | None = None) -> int | None:
        for step in range(self.standing + 1, len(self.steps)):
            if before is not None and step >= before:
                self.standing = before
                return None
            if self.steps[step] in pcs:
                self.standing = step
                return step
        self.standing = self.last_step
        return None

    def advance(self, steps: int = 1) -> None:
        self.standing += steps

    def register(self, name: str) -> int:
        return self.registers()[name]

    def registers(self) -> Mapping[str, int]:
        row = self.rows[self.owners[self.standing]]
        return {
            "rip": self.steps[self.standing],
            "rsp": row.cfa - row.frame_bytes,
            "rax": self.results[self.standing],
        }

    def moment(self) -> Any:
        raise NotImplementedError

    def snapshot(self, step: int | None = None) -> Snapshot:
        assert step is not None
        slots = (Slot("x", 0x100, 4, self.locals_[step].to_bytes(4, "little")),)
        frame: Frame = _Frame(slots)  # type: ignore[assignment]
        return _Snapshot([frame])  # type: ignore[return-value]


class _Frame(NamedTuple):
    slots: tuple[Slot, ...]


class _Snapshot(NamedTuple):
    frames: list[Any]
