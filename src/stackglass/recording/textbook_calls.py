"""The call history of a textbook program, with the questions that every call history answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from stackglass.debuginfo.target import Target
from stackglass.model import Call
from stackglass.recording.history import CallHistory
from stackglass.textbook.activation import Activation
from stackglass.textbook.history import Rows
from stackglass.textbook.memory import TOP
from stackglass.textbook.program import Program


class TextbookCalls(CallHistory):
    """Row 0 is main. Without a stack, `own_lowest_sp` counts down from 2^32 what the active records take."""

    def __init__(self, rows: Rows, program: Program, target: Target) -> None:
        self._table = rows
        self._program = program
        self.target = target
        self._call_steps = memoryview(rows.steps())
        self._rows_of = {}
        self._jumps = {}
        self._by_entry: dict[int, list[int]] | None = None
        self._in_use: list[int] = []
        self._peaks: list[int] | None = None

    def __len__(self) -> int:
        return len(self._table)

    # ---- columns ----

    def call_step(self, row: int) -> int:
        """The step of the call instruction. 0 for main, which nobody called."""
        return self._table.step(row)

    def return_step(self, row: int) -> int | None:
        """The step after its RET, or None if it still runs at the end."""
        step = self._table.return_steps[row]
        return None if step < 0 else step

    def entry(self, row: int) -> int:
        """The address of its first instruction."""
        return self._table.entry(row)

    def call_pc(self, row: int) -> int | None:
        """The address of the call instruction, None for main."""
        return self._table.pc(row) if row else None

    def cfa(self, row: int) -> int:
        """The end of its frame: SP at the call, where frames are on a stack."""
        function = self._program.by_entry[self.entry(row)]
        if function.code is None:
            return self._table.stack_pointer(row)
        match self._program.strategy.activation:
            case Activation.STACK:
                return self._table.stack_pointer(row)
            case Activation.STATIC:
                return function.code.frame.address + function.frame_size
            case Activation.RECORDS:
                record = self._table.records[row]
                return record + function.frame_size if record else self._table.stack_pointer(row)

    def lowest_cfa(self, rows: Sequence[int]) -> int:
        """The lowest SP at the calls of these rows; of no rows, the stack's upper end."""
        return min(map(self._table.stack_pointers().__getitem__, rows), default=TOP)

    def return_address(self, row: int) -> int:
        """Where it returns to."""
        return self._table.back(row)

    def parent(self, row: int) -> int | None:
        """The caller's row."""
        parent = self._table.parent(row)
        return None if parent < 0 else parent

    def tail_of(self, row: int) -> int | None:
        """No call takes over another's frame."""
        return None

    def kept_bytes(self, row: int) -> int:
        """As above."""
        return 0

    @property
    def keeps_frames(self) -> bool:
        """As above."""
        return False

    def is_entered_by_return(self, row: int) -> bool:
        """RET begins no call, wherever it leads."""
        return False

    def entered_by_return(self) -> Iterator[int]:
        """As above."""
        return iter(())

    @property
    def is_one_stack(self) -> bool:
        """Programs have no other stack; where the frames of a moment are is a question for its activations."""
        return True

    def depth(self, row: int) -> int:
        """How many activations are below it."""
        return self._table.depth(row)

    def _size(self, row: int) -> int:
        return self._program.by_entry[self.entry(row)].frame_size

    def _used(self, row: int) -> int:
        """Bytes of all frames that are in use while a row's own is."""
        for at in range(len(self._in_use), row + 1):
            parent = self.parent(at)
            own = 0 if self._shares_its_frame(at) else self._size(at)
            self._in_use.append(own + (0 if parent is None else self._in_use[parent]))
        return self._in_use[row]

    def _shares_its_frame(self, row: int) -> bool:
        """Whether its function has one frame, and a caller is using that."""
        strategy = self._program.strategy
        if strategy.activation is not Activation.STATIC or not strategy.allow_recursion:
            return False
        above = self.parent(row)
        while above is not None and self.entry(above) != self.entry(row):
            above = self.parent(above)
        return above is not None

    def _is_on_stack(self) -> bool:
        return self._program.strategy.activation is Activation.STACK

    def own_lowest_sp(self, row: int) -> int:
        """The lowest SP while it ran itself."""
        if not self._is_on_stack():
            return TOP - self._used(row)
        lowered = self._table.lowest.get(row)
        return lowered[-1][1] if lowered else self._table.stack_pointer(row) - self._size(row)

    def lowest_sp_until(self, row: int, step: int) -> int:
        """The lowest SP while it ran itself, before `step`."""
        lowered = self._table.lowest.get(row, ())
        known = [stack_pointer for at, stack_pointer in lowered if at < step]
        return known[-1] if known else self._table.stack_pointer(row) - self._size(row)

    def _above(self, row: int) -> int:
        """Bytes that its callers' frames take."""
        return TOP - self._table.stack_pointer(row) if self._is_on_stack() else self._used(row) - self._size(row)

    def lowest_sp(self, row: int) -> int:
        """The lowest SP while it or anything that it called ran."""
        if self._peaks is None:
            peaks = [TOP - self.own_lowest_sp(at) for at in range(len(self))]
            for at in range(len(self) - 1, 0, -1):
                parent = self.parent(at)
                if parent is not None:
                    peaks[parent] = max(peaks[parent], peaks[at])
            self._peaks = peaks
        return TOP - self._peaks[row]

    def left_by(self, row: int) -> str:
        """'return', 'jump', or 'end' while it still runs."""
        if self.return_step(row) is None:
            return "end"
        return "jump" if row in self._table.left_by_jump else "return"

    # ---- questions ----

    def _calls_by_entry(self) -> dict[int, list[int]]:
        if self._by_entry is None:
            found: dict[int, list[int]] = defaultdict(list)
            for row in range(len(self)):
                found[self.entry(row)].append(row)
            self._by_entry = dict(found)
        return self._by_entry

    def rows_of(self, entries: Collection[int]) -> list[int]:
        """The rows of the functions that begin at one of these addresses."""
        key = frozenset(entries)
        if key not in self._rows_of:
            by_entry = self._calls_by_entry()
            self._rows_of[key] = sorted(row for entry in key for row in by_entry.get(entry, ()))
        return self._rows_of[key]

    def deepest_first(self, entries: Collection[int] | None, most: int | None) -> Sequence[int]:
        """The rows of calls of functions with these `entries` (of any if None), most bytes in use first."""
        rows: Sequence[int] = range(len(self)) if entries is None else self.rows_of(entries)
        if most == 1:
            return [min(rows, key=self.own_lowest_sp)] if rows else []
        return sorted(rows, key=self.own_lowest_sp)[:most]

    def entries(self) -> dict[int, list[int]]:
        """The addresses of functions that were called, with their rows."""
        return self._calls_by_entry()

    def call(self, row: int) -> Call:
        """The row as a value, without arguments and return value."""
        entry = self.entry(row)
        function = self.target.function_at(entry)
        return Call(
            row=row,
            function=function.name if function else None,
            number=self.number(row),
            library=function.library if function else True,
            parent=self.parent(row),
            depth=self.depth(row),
            call_step=self.call_step(row),
            return_step=self.return_step(row),
            call_site=self._call_site(row),
            entry=entry,
            cfa=self.cfa(row),
            frame_bytes=TOP - self.own_lowest_sp(row) - self._above(row),
            peak_bytes=TOP - self.lowest_sp(row) - self._above(row),
            tail_call=False,
            left_by=self.left_by(row),
        )
