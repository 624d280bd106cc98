"""A textbook machine that stands at a step, as the stack layer wants it: its activations, and who wrote what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from stackglass.model import AddressRange, FoundBy
from stackglass.recording.activations import Activations
from stackglass.recording.callees import callee_at
from stackglass.recording.textbook_calls import TextbookCalls
from stackglass.stack.sources import Activation, Leaver, WriteRun
from stackglass.textbook.activation import LINKS
from stackglass.textbook.activation import Activation as Strategy
from stackglass.textbook.history import Active
from stackglass.textbook.machine import Machine
from stackglass.textbook.memory import TOP
from stackglass.textbook.state import PC_BITS


class TextbookActivations(Activations):
    """The calls that are active where the machine stands, innermost first; each is made when it is asked for.

    They stay what they are when the machine goes elsewhere.
    """

    def __init__(self, machine: Machine, calls: TextbookCalls) -> None:
        super().__init__()
        self._machine = machine
        self._calls = calls
        self._active = tuple(machine.active)
        self._kept = frozenset(machine.services.records.kept)
        self._rooms = _rooms(machine)

    @property
    def is_one_stack(self) -> bool:
        """Whether frames lie one behind the other, or else apart from any stack: not where SP has been led astray."""
        if self._machine.program.strategy.activation is not Strategy.STACK:
            return True
        lowest = TOP - self._machine.memory.stack_size
        return lowest <= self._calls.lowest_cfa([active.row for active in self._active])

    def __len__(self) -> int:
        return len(self._active)

    def _at(self, index: int) -> Activation:
        active = self._active[-1 - index]
        row = active.row
        low, high = self._extent(active)
        return Activation(
            row=row,
            entry=active.entry,
            call_pc=self._calls.call_pc(row),
            return_address=active.back,
            cfa=high,
            call_step=self._calls.call_step(row) if row else None,
            found_by=FoundBy.TEXTBOOK,
            low=low,
            gave_back=active.record != 0 and active.record not in self._kept,
            rooms=self._rooms.get(row, ()),
        )

    def _extent(self, active: Active) -> tuple[int | None, int]:
        """(where its frame begins, if that is not where the next one ends; where it ends)."""
        program = self._machine.program
        function = program.by_entry[active.entry]
        if program.strategy.activation is Strategy.STACK:
            return None, self._calls.cfa(active.row)
        static = program.strategy.activation is Strategy.STATIC
        if function.code is None or not (static or active.record in self._kept):
            return TOP, TOP
        low = function.code.frame.address if static else active.record
        return low, low + function.frame_size


def _rooms(machine: Machine) -> dict[int, tuple[AddressRange, ...]]:
    """The room for arrays of computed size, and of alloca's, that each call has got from the heap, by its row."""
    found: dict[int, tuple[AddressRange, ...]] = defaultdict(tuple)
    for address, record in sorted(machine.services.records.kept.items()):
        if not record.links:
            found[record.row] += (AddressRange(address, address + record.size),)
    return found


def given_back(machine: Machine, calls: TextbookCalls) -> list[tuple[int, int, Leaver]]:
    """The activation records that were given back and are still as they were left, latest first."""
    return [
        (low, low + record.size, Leaver(calls.entry(record.row), calls.return_step(record.row)))
        for low, record in reversed(machine.services.heap.left.items())
    ]


def kept(machine: Machine, calls: TextbookCalls) -> list[Activation]:
    """The calls that have returned and whose records are kept: those that static links lead to, then the latest.

    Last come those of which only the room is kept that they got besides a record.
    """
    in_use = {one.record for one in machine.active}
    records = machine.services.records.kept
    left = {address: record.row for address, record in records.items() if record.links and address not in in_use}
    reached = [address for address in _static_chain(machine, calls) if address in left] if left else []
    others = sorted(left.keys() - set(reached), key=lambda address: -left[address])
    rooms = _rooms(machine)
    rows = [(left[address], address) for address in (*reached, *others)]
    told = {row for row, _ in rows}.union(one.row for one in machine.active)
    rows += [(row, 0) for row in sorted(rooms.keys() - told, reverse=True)]
    return [_kept(machine, calls, row, address)._replace(rooms=rooms.get(row, ())) for row, address in rows]


def _static_chain(machine: Machine, calls: TextbookCalls) -> Iterator[int]:
    """The records that static links lead to, from the running function's outwards, each once."""
    records, seen = machine.services.records.kept, set[int]()
    for active in reversed(machine.active):
        row, record = active.row, active.record
        while record in records and _is_nested(machine, calls, row):
            record = int.from_bytes(machine.memory.read(record + LINKS, 4), "little")
            if record not in records or record in seen:
                break
            seen.add(record)
            row = records[record].row
            yield record


def _is_nested(machine: Machine, calls: TextbookCalls, row: int) -> bool:
    code = machine.program.by_entry[calls.entry(row)].code
    return code is not None and code.outer is not None


def _kept(machine: Machine, calls: TextbookCalls, row: int, low: int) -> Activation:
    function = machine.program.by_entry[calls.entry(row)]
    low, high = (low, low + function.frame_size) if low else (TOP, TOP)
    return Activation(
        row=row,
        entry=function.low,
        call_pc=calls.call_pc(row),
        return_address=calls.return_address(row),
        cfa=high,
        call_step=calls.call_step(row),
        found_by=FoundBy.TEXTBOOK,
        low=low,
        left_at=function.epilogue,
        returned_at=calls.return_step(row),
    )


class TextbookWrites:
    """stack.sources.WriteHistory over the machine's tables, as of the step where it stands.

    `go_back` brings the machine to that step again.
    """

    def __init__(self, machine: Machine, calls: TextbookCalls, go_back: Callable[[], None]) -> None:
        self._machine = machine
        self._calls = calls
        self._go_back = go_back
        self._known: dict[int, int] = {}
        self._lowest = machine.memory.lowest_near(machine.stack_pointer)

    @property
    def lowest_written(self) -> int:
        """No byte of the stack below this address was ever written."""
        return self._lowest

    def runs(self, low: int, high: int) -> list[WriteRun]:
        """Runs from low addresses to high that tile [low, high)."""
        runs: list[WriteRun] = []
        for address, writer in zip(range(low, high), self._writers(low, high), strict=True):
            if runs and runs[-1].step == _step(writer) and runs[-1].pc == _pc(writer):
                runs[-1] = runs[-1]._replace(high=address + 1)
            else:
                runs.append(WriteRun(address, address + 1, _step(writer), _pc(writer)))
        return runs

    def _writers(self, low: int, high: int) -> Iterable[int]:
        missing = [address for address in range(low, high) if address not in self._known]
        if missing:
            self._go_back()
            memory = self._machine.memory
            for address in missing:
                self._known[address] = memory.writer(address)
        return (self._known[address] for address in range(low, high))

    def callee_at(self, step: int, row: int) -> int | None:
        """The row of the call that the activation `row` had made, and that was on the call stack at `step`."""
        return callee_at(self._calls, step, row)

    def caller_at(self, step: int) -> int | None:
        """The address of the call instruction that led to the activation which ran at `step`."""
        return self._calls.call_pc(self._calls.row_at(step))

    def covers(self, address: int) -> bool:
        """Writes are recorded wherever frames lie."""
        return self._machine.memory.keeps_account(address)

    def left_by(self, address: int, step: int) -> Leaver:
        """Whose frame held `address` when it was written at `step`."""
        row: int | None = self._calls.row_at(step)
        while row is not None and not self._held(row, address):
            row = self._calls.parent(row)
        if row is None:
            return Leaver(None, None)
        return Leaver(self._calls.entry(row), self._calls.return_step(row), row=row)

    def _held(self, row: int, address: int) -> bool:
        high = self._calls.cfa(row)
        if self._machine.program.strategy.activation is Strategy.STACK:
            return address < high
        function = self._machine.program.by_entry[self._calls.entry(row)]
        return high - function.frame_size <= address < high


def _step(writer: int) -> int | None:
    return writer >> PC_BITS if writer else None


def _pc(writer: int) -> int | None:
    return writer & (1 << PC_BITS) - 1 if writer else None
