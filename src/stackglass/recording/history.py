"""The call history: who called whom, when, and how much stack it took. Rows are in order of the step of the call."""

from __future__ import annotations

import bisect
import ctypes
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

from stackglass.emulator.native import library as native
from stackglass.errors import UsageError
from stackglass.model import Call, CallSite
from stackglass.recording.arguments import numbers, whole_number

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Target
    from stackglass.emulator.engine import Engine


class _Field(Protocol):
    """A field of a structure, as ctypes has it."""

    @property
    def offset(self) -> int: ...


class CallHistory:
    """The calls of a recording. Row 0 is the program's entry. Complete once the recording is."""

    def __init__(self, engine: Engine, target: Target) -> None:
        self._engine = engine
        self.target = target
        self._rows = engine.rows
        self._length = len(self._rows)
        self._call_steps = memoryview(self._rows).cast("B").cast("Q")[0::8] if len(self._rows) else memoryview(b"")
        self._numbers: dict[int, list[int]] | None = None
        self._rows_of: dict[frozenset[int], list[int]] = {}
        self._jumps: dict[int, tuple[int, int]] = {}
        """For a row, where `_jump` leads and how many rows are above it."""
        self._entries_of: dict[str, frozenset[int]] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def _row(self, row: int) -> native.Row:
        """The row as it lies in the log. UsageError if there is none of that number."""
        try:
            if 0 <= row < self._length:
                return self._rows[row]
        except TypeError:
            pass
        raise UsageError(f"there is no call in row {row!r}: the history has rows 0 to {self._length - 1}")

    # ---- columns ----

    def call_step(self, row: int) -> int:
        """The step of the call instruction (or tail jump). 0 for row 0, which nobody called."""
        return int(self._row(row).call_step)

    def return_step(self, row: int) -> int | None:
        """The step after its returning instruction, or None if it still runs at the end."""
        return int(self._row(row).return_step) or None

    def entry(self, row: int) -> int:
        """The address of its first instruction."""
        return self._engine.instruction_pc(self._row(row).entry)

    def call_pc(self, row: int) -> int | None:
        """The address of the call instruction (or tail jump), None for row 0."""
        site = self._row(row).site
        return self._engine.instruction_pc(site) if site else None

    def cfa(self, row: int) -> int:
        """SP just before the call; for row 0 the initial SP."""
        return int(self._row(row).cfa)

    def return_address(self, row: int) -> int:
        """Where it returns to."""
        return int(self._row(row).return_address)

    def parent(self, row: int) -> int | None:
        """The caller's row; for a tail call, the row that waits for its return."""
        parent = self._row(row).parent
        return None if parent == native.NO_ROW else int(parent)

    def first_callee(self, row: int) -> int | None:
        """The row of the first call that it made; None if it made none."""
        first = row + 1  # rows are in order of their calls
        return first if first < len(self) and self.parent(first) == row else None

    def next_callee(self, row: int) -> int | None:
        """The row of the call that the same activation made next, or of the tail call that took this one's place."""
        returned, parent = self.return_step(row), self.parent(row)
        if returned is None or parent is None:
            return None
        after = bisect.bisect_left(self._call_steps, returned - 1, row + 1)  # a jump that ends it calls at that step
        return after if after < len(self) and self.parent(after) == parent else None

    def first_call_of(self, row: int) -> int | None:
        """The step of the first call that it made; None if it made none."""
        first = self.first_callee(row)
        return None if first is None else self.call_step(first)

    def is_entered_by_return(self, row: int) -> bool:
        """Whether a return instruction led to its first instruction, and no call or jump."""
        return self._engine.is_return(self._row(row).site)

    def returned_into(self, row: int) -> int | None:
        """Of a row that a return instruction led to, the row that this ended: its return address led to `row`.

        None where none ended: the return went to another stack.
        """
        ended = self.row_at(self.call_step(row))
        if self.return_step(ended) != self.call_step(row) + 1:
            return None
        while (parent := self.parent(ended)) is not None and parent != self.parent(row):
            ended = parent
        return ended

    def entered_by_return(self) -> Iterator[int]:
        """The rows that a return instruction led to, in order of time."""
        row = self._engine.row_entered_by_return(0)
        while row is not None:
            yield row
            row = self._engine.row_entered_by_return(row + 1)

    def tail_of(self, row: int) -> int | None:
        """The row whose frame a tail call took over."""
        replaced = self._row(row).tail_of
        return None if replaced == native.NO_ROW else int(replaced)

    def kept_bytes(self, row: int) -> int:
        """For a tail call, how many bytes of its jumper's frame lie above SP at its entry: not given back."""
        return int(self._row(row).kept_bytes)

    def taken_over_by(self, row: int) -> int | None:
        """The row of the tail call that took over this row's frame; None if none did."""
        if self.left_by(row) != "tail call":
            return None
        after = self.row_at(self.return_step(row) or 0)
        return after if self.tail_of(after) == row else None

    def depth(self, row: int) -> int:
        """How many activations are below it."""
        return int(self._row(row).depth)

    def lowest_sp(self, row: int) -> int:
        """The lowest SP while it or anything that it called ran."""
        return int(self._row(row).cfa - self._row(row).peak_bytes)

    def own_lowest_sp(self, row: int) -> int:
        """The lowest SP while it ran itself."""
        return int(self._row(row).cfa - self._row(row).frame_bytes)

    @cached_property
    def keeps_frames(self) -> bool:
        """Whether any jumper of the run left its frame on the stack (see `kept_bytes`)."""
        below = native.Row.kept_bytes.size & 0xFFFF  # bits of the same word that are not its own
        return any(word >> below for word in self._column(native.Row.kept_bytes, "I"))

    @cached_property
    def is_one_stack(self) -> bool:
        """Whether every call of the run was made on the stack whose writers are kept."""
        low, high = self._engine.stack
        cfas = self._column(native.Row.cfa, "Q")
        return low <= min(cfas, default=low) and max(cfas, default=low) <= high

    def _column(self, field: _Field, letter: Literal["I", "Q"]) -> list[int]:
        """A column of the log as numbers of `letter`'s size."""
        words = memoryview(self._rows).cast("B").cast(letter)
        return words[field.offset // words.itemsize :: ctypes.sizeof(native.Row) // words.itemsize].tolist()

    def left_by(self, row: int) -> str:
        """'return', 'tail call', 'jump', or 'end' while it still runs."""
        return native.LEFT_BY[self._row(row).left_by]

    # ---- questions ----

    def runs_at(self, row: int, step: int) -> bool:
        """Whether the activation is on the call stack at `step`."""
        started = row == 0 or self.call_step(row) < step
        return started and step < (self.return_step(row) or step + 1)

    def row_at(self, step: int) -> int:
        """The innermost activation at `step`."""
        whole_number(step, "a step")
        row = max(bisect.bisect_left(self._call_steps, step) - 1, 0)
        # Who called a row returns after it: the first that still runs is looked for as in a sorted list.
        while not self.runs_at(row, step):
            parent = self.parent(row)
            if parent is None:
                break
            far = self._jump(row)
            row = parent if self.runs_at(far, step) else far
        return row

    def _jump(self, row: int) -> int:
        """A caller of a caller ... of a row: such that following jumps and parents leads to any of them in about as
        many moves as its depth has binary digits (Myers 1983, a skew-binary stack). Row 0's is itself."""
        unknown: list[int] = []
        while row not in self._jumps:
            unknown.append(row)
            parent = self.parent(row)
            if parent is None:
                self._jumps[row] = row, 0
                break
            row = parent
        for child in reversed(unknown):
            parent = self.parent(child)
            if parent is None:
                continue
            near, depth = self._jumps[parent]
            far, near_depth = self._jumps[near]
            even = depth - near_depth == near_depth - self._jumps[far][1]
            self._jumps[child] = (far if even else parent), depth + 1
        return self._jumps[unknown[0] if unknown else row][0]

    def rows_of(self, entries: Collection[int]) -> list[int]:
        """The rows of the functions that begin at one of these addresses."""
        key = frozenset(numbers(entries, "the entries"))
        if key not in self._rows_of:
            self._rows_of[key] = self._engine.rows_of(self._numbers_of(key))
        return self._rows_of[key]

    def deepest_first(self, entries: Collection[int] | None, most: int | None) -> Sequence[int]:
        """The rows of calls of functions with these `entries` (of any if None), lowest own SP first, at most `most`."""
        if entries is not None:
            numbers(entries, "the entries")
        if most == 1:
            row = self._engine.deepest_row(None if entries is None else self._numbers_of(entries))
            return [] if row is None else [row]
        rows = range(len(self)) if entries is None else self.rows_of(entries)
        return sorted(rows, key=self._depth_key)[:most]

    def _depth_key(self, row: int) -> tuple[bool, int]:
        """What ran on a stack of the program's own making comes after the process's stack: those lie anywhere."""
        low, high = self._engine.stack
        lowest = self.own_lowest_sp(row)
        return not low <= lowest <= high, lowest

    def entries(self) -> dict[int, list[int]]:
        """Every address at which an instruction ran, with the instruction's numbers; a superset of the entries."""
        if self._numbers is None:
            self._numbers = self._engine.entry_numbers()
        return self._numbers

    def _numbers_of(self, entries: Collection[int]) -> list[int]:
        numbers = self.entries()
        return [number for entry in entries for number in numbers.get(entry, ())]

    def number(self, row: int) -> int:
        """Which call of its function it is, from 1."""
        rows = self.rows_of({self.entry(row)})
        return bisect.bisect_left(rows, row) + 1

    def call(self, row: int) -> Call:
        """The row as a value, without arguments and return value: those take a visit to its steps."""
        entry = self.entry(row)
        function = self.target.function_at(entry)
        data = self._row(row)
        return Call(
            row=row,
            function=function.name if function else None,
            number=self.number(row),
            library=function.library if function else not self.target.is_nameless(entry),
            parent=self.parent(row),
            depth=self.depth(row),
            call_step=self.call_step(row),
            return_step=self.return_step(row),
            call_site=self._call_site(row),
            entry=entry,
            cfa=self.cfa(row),
            frame_bytes=int(data.frame_bytes),
            peak_bytes=int(data.peak_bytes),
            tail_call=self.tail_of(row) is not None,
            left_by=self.left_by(row),
        )

    def is_made_by_own(self, row: int) -> bool:
        """Whether a call instruction of the program's own code made the call: not a jump, nor a return."""
        if self.tail_of(row) is not None or self.is_entered_by_return(row):
            return False
        pc = self.call_pc(row)
        function = None if pc is None else self.target.function_at(pc)
        return function is not None and not function.library

    def _call_site(self, row: int) -> CallSite | None:
        pc = self.call_pc(row)
        if pc is None:
            return None
        at = self.target.position(pc)
        caller = self.parent(row)
        entry = None if caller is None else self.entry(caller)
        return CallSite(pc, at.function, at.file, at.line, self.call_step(row), entry)
