"""A whole call in words: from the set-up of its arguments in the caller to the instruction after its return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stackglass.errors import LocationError
from stackglass.explain.convention import Passing, passing
from stackglass.explain.decoding import decode
from stackglass.explain.loops import find_loops
from stackglass.explain.passing import arguments, result
from stackglass.explain.phases import Parts, cut
from stackglass.explain.setup import Setup, setup_of
from stackglass.explain.source import Source, read_code
from stackglass.explain.telling import Teller
from stackglass.explain.trace import MOST_STEPS, Event, trace
from stackglass.model.explanation import ExplainedCall, FoldedSteps, FoldKind, Phase, PhaseName, Picture, Told
from stackglass.recording.deepest import instructive_step, lowest_step
from stackglass.recording.replay import body_step, entry_step, pc

_MOST_ROWS = 200_000
"""Calls below the explained one that are searched for the deepest."""
_MOST_AFTER = 3


def call(source: Source, function: str, number: int = 1, *, full: bool = False) -> ExplainedCall:
    """Explains call `number` (from 1) of `function`, named as in WHERE. With `full`, nothing is folded.

    LocationError if there is no such function, or if it isn't called so often.
    """
    return explain_row(source, _row_of(source, function, number), full=full)


def _row_of(source: Source, function: str, number: int) -> int:
    candidates = source.target.functions_named(function)
    if not candidates:
        raise LocationError(f"there is no function called '{function}'", help="`stackglass calls` lists those called")
    for each in candidates:
        rows = source.calls.rows_of({each.low})
        if rows:
            break
    else:
        raise LocationError(f"{function} is never called", help="`stackglass calls` lists the functions called")
    if not 1 <= number <= len(rows):
        times = "once" if len(rows) == 1 else f"{len(rows)} times"
        raise LocationError(f"{function} is called {times}, so there is no call {number}", help=f"try {function}#1")
    return rows[number - 1]


def explain_row(source: Source, row: int, *, full: bool = False) -> ExplainedCall:
    """Explains a row of the call history."""
    return _Explainer(source, row, full=full).explain()


class _Explainer:
    def __init__(self, source: Source, row: int, *, full: bool) -> None:
        self._source = source
        self._row = row
        self._full = full
        self._calls = source.calls
        self._rules: Passing | None = passing(source, row)
        function: Any = source.target.function_at(self._calls.entry(row))
        self._name: str = function.name if function is not None else f"{self._calls.entry(row):#x}"
        self._start = entry_step(source, row)
        back = self._calls.return_step(row)
        self._end = source.last_step if back is None else back
        self._left_by = self._calls.left_by(row)

    def explain(self) -> ExplainedCall:
        setup = setup_of(self._source, self._row, self._rules)
        body = body_step(self._source, self._row, self._start)
        events = trace(self._source, self._row, self._start, self._end)
        parts = cut(self._source, events, body, self._left_by)
        phases = [*self._before(setup), *self._inside(parts, events)]
        if self._left_by == "return":
            phases.append(self._after())
        known = self._rules
        return ExplainedCall(
            function=self._name,
            number=self._calls.number(self._row),
            caller=self._caller_name(),
            call_step=self._calls.call_step(self._row),
            return_step=self._calls.return_step(self._row),
            left_by=self._left_by,
            psabi=self._source.isa.psabi,
            arguments=arguments(self._source, self._row, known, setup.purposes) if known is not None else (),
            result=result(self._source, self._row, known) if known is not None else None,
            phases=tuple(phase for phase in phases if phase.told),
            pictures=tuple(self._pictures(parts)),
            unnamed_arguments=self._unnamed_arguments(),
            note=self._note(events),
        )

    def _unnamed_arguments(self) -> str | None:
        is_variadic = self._rules is not None and self._rules.is_variadic
        return self._source.isa.unnamed_arguments or None if is_variadic else None

    # ---- names ----

    def _caller_row(self) -> int | None:
        replaced = self._calls.tail_of(self._row)
        return self._calls.parent(self._row) if replaced is None else replaced

    def _caller_name(self) -> str | None:
        row = self._caller_row()
        function: Any = None if row is None else self._source.target.function_at(self._calls.entry(row))
        return function.name if function is not None else None

    def _note(self, events: Sequence[Event]) -> str | None:
        if len(events) >= MOST_STEPS:
            return f"only the first {len(events):,} of its own instructions were looked at"
        if self._left_by == "end":
            fault = self._source.fault
            return (
                f"it never returns: {fault.words}" if fault is not None else "it never returns: the program ends in it"
            )
        if self._left_by == "jump":
            return "it never returns: a jump out of it (longjmp, or an exception) leaves it"
        return None

    # ---- phases ----

    def _before(self, setup: Setup) -> list[Phase]:
        """The caller's part: the arguments, and the call instruction."""
        row = self._caller_row()
        if row is None:
            return []
        caller = self._caller_name() or "the caller"
        teller = Teller(self._source, full=self._full, purposes=setup.purposes)
        told = teller.tell(setup.events, "arguments")
        first = self._calls.call_step(self._row)
        events = trace(self._source, row, first, first + 1)
        jumps = self._calls.tail_of(self._row) is not None
        what = f"{caller} jumps to {self._name}" if jumps else f"{caller} calls {self._name}"
        return [
            Phase(PhaseName.ARGUMENTS, f"{caller} puts the arguments in place", told),
            Phase(PhaseName.CALL, what, teller.tell(events, "call")[:1]),
        ]

    def _inside(self, parts: Parts, events: Sequence[Event]) -> list[Phase]:
        teller = Teller(self._source, full=self._full)
        teller.knows_arguments(self._rules)
        prologue = teller.tell(parts.prologue, "prologue")
        body: tuple[Told, ...] = teller.tell(find_loops(parts.body), "body")
        if len(events) >= MOST_STEPS and events[-1].after < self._end:
            rest = events[-1].after
            words = f"{self._end - rest:,} more steps, which are not told one by one"
            body = (*body, FoldedSteps(FoldKind.LEFT_OUT, rest, self._end, events[-1].instruction.next_pc, words))
        body = (*body, *self._fault())
        epilogue = teller.tell(parts.epilogue, "epilogue")
        leaving = teller.tell([parts.leaving], self._left_by) if parts.leaving is not None else ()
        title = f"{self._name} returns" if self._left_by == "return" else f"{self._name} hands its frame on"
        return [
            Phase(PhaseName.PROLOGUE, f"{self._name} makes its frame", prologue),
            Phase(PhaseName.BODY, f"what {self._name} is there for", body),
            Phase(PhaseName.EPILOGUE, f"{self._name} takes its frame down", epilogue),
            Phase(PhaseName.RETURN, title, leaving),
        ]

    def _fault(self) -> tuple[FoldedSteps, ...]:
        """The instruction that could not be carried out, if the program ended in this call's own code."""
        source, fault = self._source, self._source.fault
        if self._left_by != "end" or fault is None or self._calls.row_at(source.last_step) != self._row:
            return ()
        source.seek(source.last_step)
        address = pc(source)
        instruction = decode(
            source.isa,
            address,
            read_code(source, address),
            other_encoding=source.isa.in_other_encoding(source.registers()),
        )
        words = f"`{instruction.text}` is not carried out: {fault.words}" if instruction.code else fault.words
        return (FoldedSteps(FoldKind.LEFT_OUT, source.last_step, source.last_step, address, words),)

    def _after(self) -> Phase:
        """The caller's first instruction after the return; while those only tidy the stack, the next ones too."""
        source = self._source
        parent = self._calls.parent(self._row)
        if parent is None or self._end >= source.last_step:
            return Phase(PhaseName.AFTER, "", ())
        events = trace(source, parent, self._end, min(self._end + _MOST_AFTER, source.last_step))
        count = 1
        while count < len(events) and _tidies(events[count - 1], source.isa.stack_pointer):
            count += 1
        teller = Teller(source, full=self._full)
        teller.knows_result(self._name, self._rules)
        function: Any = source.target.function_at(self._calls.entry(parent))
        where = function.name if function is not None else "the caller"
        told = tuple(each for each in teller.tell(events[:count], "after") if not isinstance(each, FoldedSteps))
        return Phase(PhaseName.AFTER, f"back in {where}", told)

    # ---- pictures ----

    def _pictures(self, parts: Parts) -> list[Picture]:
        source = self._source
        moments = [("after the call", self._start)]
        if parts.prologue:
            moments.append(("after the prologue", parts.prologue[-1].after))
        moments.append(("at its deepest", self._deepest()))
        if self._left_by == "return" and self._end <= source.last_step:  # behind the outermost there is nobody
            moments.append(("after the return", self._end))
        return [Picture(title, source.snapshot(step)) for title, step in moments]

    def _deepest(self) -> int:
        """The step at which SP is lowest in the calls of own functions within this one: the most instructive, if it is
        as low there."""
        own = {f.low for f in self._source.target.functions() if not f.library and not f.stub}
        lowest = self._row
        for row in range(self._row + 1, min(len(self._calls), self._row + _MOST_ROWS)):
            if self._calls.call_step(row) >= self._end:
                break
            deeper = self._calls.own_lowest_sp(row) < self._calls.own_lowest_sp(lowest)
            if deeper and self._calls.entry(row) in own:
                lowest = row
        step = instructive_step(self._source, lowest)
        if self._source.snapshot(step).linked_frames:
            return step  # SP has nothing to do with them
        self._source.seek(step)
        as_low = self._source.registers()[self._source.isa.stack_pointer] <= self._calls.own_lowest_sp(lowest)
        return step if as_low else lowest_step(self._source, lowest)


def _tidies(event: Event, stack_pointer: str) -> bool:
    """Whether an instruction only moves the stack pointer: it takes arguments off the stack."""
    operands = event.instruction.operands
    return bool(operands) and operands[0].register == stack_pointer
