"""Below SP: the red zone that the running function uses, and what activations that are gone have left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

from stackglass.errors import UnreadableMemory
from stackglass.model import AddressRange, DeadRun, Evidence, Role
from stackglass.stack.hidden import HIDDEN
from stackglass.stack.layout import Area, FrameLayout
from stackglass.stack.save_area import SAVED
from stackglass.stack.sources import Leaver, WriteHistory
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.unnamed import told
from stackglass.stack.uses import Use
from stackglass.stack.variables import body_rule
from stackglass.stack.written import has_returned

_WINDOW = 4096
"""Bytes that are looked at in one go on the way down."""


def red_zone(layout: FrameLayout) -> tuple[Area, ...]:
    """Frame 0's areas below SP, from low addresses to high: what it wrote there since its last call.

    A variable that has any such byte is one area; in the function's body one that is still to be written is, too: the
    place is its own by then. What nobody names has the role `red_zone`.
    """
    chain = layout.chain
    isa = chain.facts.isa
    stack_pointer = chain.moment.registers[isa.stack_pointer]
    zone = AddressRange(stack_pointer - isa.red_zone, stack_pointer)
    has_left = stack_pointer != layout.extent.low
    if not layout.writes.recorded or not isa.red_zone or layout.index or has_left:
        return ()
    fresh, in_body = _fresh(layout, zone), is_in_body(layout)
    variables = [
        claim
        for claim in layout.claims()
        if claim.owner.role in (Role.PARAMETER, Role.LOCAL)
        and claim.owner.variable is not None
        and (_has_any(claim, fresh) or (in_body and claim.owner.variable.in_scope))
    ]
    areas: list[Area] = []
    for piece in tile(*zone, [*variables, *_saved_arguments(layout, fresh), *fresh]):
        if piece.claim is not None:
            use = piece.claim.owner
            areas.append(Area(piece.low, piece.high, use, use.start + piece.offset, in_red_zone=True))
    return tuple(told(layout, areas))


def is_in_body(layout: FrameLayout) -> bool:
    """Whether the running function has made its frame and not begun to give it back, as far as that is known."""
    facts, function, pc = layout.chain.facts, layout.variables.function, layout.chain.look_up(layout.index)
    if function is None or pc < facts.body_address(function):
        return False
    table = facts.table_at(pc)
    return table is None or table.row_at(pc).cfa == body_rule(table)


def _fresh(layout: FrameLayout, zone: AddressRange) -> list[Claim[Use]]:
    """The runs of the zone that the running activation wrote since its last call, as claims of nobody in particular."""
    runs = layout.writes.runs(*zone)
    since = layout.chain.moment.last_return_step
    if since is None:  # then what it called and what has returned since is told by what that left in the zone
        moment, writes = layout.chain.moment, layout.chain.moment.writes
        left = [writes.left_by(run.low, run.step) for run in runs if writes and run.step is not None and not run.own]
        since = max((has_returned(moment, leaver) or 0 for leaver in left), default=0)
    use = Use(Role.RED_ZONE, Evidence.WRITES)
    return [Claim(run.low, run.high, use) for run in runs if run.own and run.step is not None and run.step >= since]


def _saved_arguments(layout: FrameLayout, fresh: Sequence[Claim[Use]]) -> list[Claim[Use]]:
    """What the zone has of argument registers that the function stored, and that are no parameters of the source's."""
    saved = [claim for claim in layout.claims() if (claim.owner.note or "").startswith((SAVED, HIDDEN))]
    return [claim._replace(owner=replace(claim.owner, role=Role.RED_ZONE)) for claim in saved if _has_any(claim, fresh)]


def _has_any(claim: Claim[Use], fresh: Sequence[Claim[Use]]) -> bool:
    return any(claim.low < run.high and run.low < claim.high for run in fresh)


class DeadRuns(Sequence[DeadRun]):
    """What lies below SP and is nobody's any more, from high addresses to low; found as far as somebody looks.

    Frames that lie apart are given back one by one: what is left of those comes first, the latest first.
    """

    def __init__(self, layout: FrameLayout, zone: Sequence[Area]) -> None:
        self._facts = layout.chain.facts
        self._memory = layout.chain.memory
        self._moment = layout.chain.moment
        self._writes = self._moment.writes
        self._high = layout.extent.low  # SP, unless that has left the frame
        self._used = [(area.low, area.high) for area in zone]
        # Where nobody has kept who wrote what is below, nothing is told of it.
        stack_pointer = self._moment.registers[self._facts.isa.stack_pointer]
        is_known = self._writes is not None and self._writes.covers(stack_pointer - 1)
        self._coming = self._find() if is_known else iter(())
        self._found: list[DeadRun] = []

    def __len__(self) -> int:
        self._look(None)
        return len(self._found)

    def __bool__(self) -> bool:
        self._look(1)
        return bool(self._found)

    def __iter__(self) -> Iterator[DeadRun]:
        index = 0
        while True:
            self._look(index + 1)
            if index >= len(self._found):
                return
            yield self._found[index]
            index += 1

    @overload
    def __getitem__(self, index: int) -> DeadRun: ...

    @overload
    def __getitem__(self, index: slice) -> list[DeadRun]: ...

    def __getitem__(self, index: int | slice) -> DeadRun | list[DeadRun]:
        stop = index.stop if isinstance(index, slice) else index + 1
        self._look(stop if stop is not None and stop > 0 else None)
        return self._found[index]

    def _look(self, count: int | None) -> None:
        while count is None or len(self._found) < count:
            run = next(self._coming, None)
            if run is None:
                return
            self._found.append(run)

    def _find(self) -> Iterator[DeadRun]:
        """Joins neighbours that the same activation left."""
        low = high = 0
        last: Leaver | None = None
        for start, end, leaver in self._pieces():
            if last is not None and end == low and leaver == last:
                low = start
                continue
            if last is not None:
                yield self._run(low, high, last)
            low, high, last = start, end, leaver
        if last is not None:
            yield self._run(low, high, last)

    def _pieces(self) -> Iterator[tuple[int, int, Leaver]]:
        yield from self._moment.given_back
        writes: WriteHistory | None = self._writes
        assert writes is not None
        top, bottom = self._high, writes.lowest_written
        while top > bottom:
            start = max(top - _WINDOW, bottom)
            for run in reversed(writes.runs(start, top)):
                if run.step is None:
                    continue
                for low, high in reversed(self._unused(run.low, run.high)):
                    yield low, high, writes.left_by(low, run.step)
            top = start

    def _unused(self, low: int, high: int) -> list[tuple[int, int]]:
        claims = [Claim(start, end, None) for start, end in self._used]
        return [(piece.low, piece.high) for piece in tile(low, high, claims) if piece.claim is None]

    def _run(self, low: int, high: int, leaver: Leaver) -> DeadRun:
        function = self._facts.function_at(leaver.entry) if leaver.entry is not None else None
        try:
            data = self._memory.read(low, high - low)
        except UnreadableMemory:
            data = bytes(high - low)
        returned_at = has_returned(self._moment, leaver)
        name = function.name if function is not None else None
        if name is None and leaver.entry is not None:
            name = f"code at {leaver.entry:#x}"
        library = function is not None and function.library
        return DeadRun(low, high - low, data, name, returned_at, library)
