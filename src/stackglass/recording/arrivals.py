"""From a WHERE to the step that it means, on a recording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from stackglass.errors import ExpressionError, LocationError, UnreadableMemory
from stackglass.recording import nearby
from stackglass.recording.deepest import deepest_step
from stackglass.recording.locations import (
    AddressArrival,
    AtStep,
    CallOf,
    Crash,
    Deepest,
    End,
    LineArrival,
    Where,
    parse,
)
from stackglass.recording.replay import Replay, body_step, entry_step, pc

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function
    from stackglass.recording.replay import Recorded

Condition = Callable[[], bool]
"""Whether the expression holds where the recording stands; raises ExpressionError where it cannot be told."""


class _Filter:
    """The condition of a search, and how it fared: `when` is its text."""

    def __init__(self, condition: Condition | None, when: str) -> None:
        self.condition = condition
        self.when = when
        self.asked = 0
        self.held = 0
        self.refusal: ExpressionError | UnreadableMemory | None = None
        self.answered = False

    def __call__(self) -> bool:
        """Whether the moment that the recording stands at counts. One where the expression has no value does not."""
        self.asked += 1
        if self.condition is None:
            return True
        try:
            answer = self.condition()
        except (ExpressionError, UnreadableMemory) as error:
            self.refusal = self.refusal or error
            return False
        self.answered = True
        self.held += answer
        return answer

    def complain(self, where: Where) -> LocationError:
        """Why no moment was found although `asked` of them were looked at. Raises what the condition raised, if it
        never had a value."""
        if self.refusal is not None and not self.answered:
            if isinstance(self.refusal, ExpressionError):
                raise self.refusal
            raise ExpressionError(f"'{self.when}' has no value at {where}: {self.refusal}")
        if not self.answered:
            return LocationError(f"`{where}` is reached only {nearby.times(self.asked)}")
        if self.asked == 1:
            holds = "is true" if self.held else "is not true"
            return LocationError(f"'{self.when}' {holds} at the only time that {where} is reached")
        holds = f"is true only {nearby.times(self.held)} in" if self.held else "is not true at any of"
        return LocationError(f"'{self.when}' {holds} the {self.asked:,} times that {where} is reached")


def resolve(recording: Recorded, where: str, *, when: str | None = None, library: bool = False) -> int:
    """The step that WHERE means, narrowed by the expression `when`; `library` counts its calls for 'deepest'.

    LocationError or ExpressionError if either does not parse, or the moment never comes.
    """
    moment = parse(where)
    if when is None:
        return find(recording, moment, library=library)
    # Parsing expressions takes a while to import: only who asks for them pays.
    from stackglass.recording.expressions import Expression
    from stackglass.recording.scope import MomentScope, ProgramNames

    expression, names = Expression(when, recording.target.isa.stack_pointer), ProgramNames(recording.target)
    condition = lambda: expression.is_true(MomentScope(recording.moment(), names))  # noqa: E731
    return find(recording, moment, condition=condition, when=when, library=library)


def find(
    replay: Replay, where: Where, *, condition: Condition | None = None, when: str = "", library: bool = False
) -> int:
    """The step of `where`; the recording stands there afterwards.

    With a `condition` (`when` is its text), only moments at which it holds count: FUNC#3 is then the third call of
    FUNC with a body that begins under it. LocationError if the moment never comes; its sentence says what is near.
    """
    chosen = _Filter(condition, when)
    match where:
        case CallOf():
            step = _call_step(replay, where, chosen)
        case LineArrival():
            step = _line_step(replay, where, chosen)
        case AddressArrival():
            step = _address_step(replay, where, chosen)
        case Deepest():
            step = _deepest_step(replay, None if condition is None else chosen, library=library)
        case AtStep() | Crash() | End():
            step = _fixed_step(replay, where)
    replay.seek(step)
    if isinstance(where, AtStep | Crash | End) and not chosen():
        raise _false(where, chosen)
    return step


def _deepest_step(replay: Replay, chosen: _Filter | None, *, library: bool) -> int:
    """As `deepest_step`; an expression that had a value nowhere is to blame itself."""
    try:
        return deepest_step(replay, chosen, library=library)
    except LocationError:
        if chosen is not None and chosen.refusal is not None and not chosen.answered:
            raise chosen.complain(Deepest()) from None
        raise


def _false(where: Where, chosen: _Filter) -> LocationError:
    return LocationError(f"'{chosen.when}' is false at {where}") if chosen.answered else chosen.complain(where)


def _fixed_step(replay: Replay, where: AtStep | Crash | End) -> int:
    last = replay.last_step
    if isinstance(where, AtStep):
        if where.step > last:
            raise LocationError(
                f"step {where.step} is beyond the end of the run, which has {last:,} steps",
                help=f"choose one from step:0 to step:{last}",
            )
        return where.step
    if isinstance(where, Crash) and replay.fault is None:
        status = "" if replay.exit_status is None else f": it exits with status {replay.exit_status}"
        raise LocationError(f"the program does not crash{status}", help="--at end shows its last step")
    return last


# Calls


def row_of_call(replay: Replay, where: CallOf) -> int:
    """The row of the call history that FUNC#n means. LocationError if there is no such call."""
    rows = _rows_of(replay, where)
    if where.number > len(rows):
        raise LocationError(
            f"`{where.function}` is called only {nearby.times(len(rows))}, so there is no call {where.number}"
        )
    return rows[where.number - 1]


def _rows_of(replay: Replay, where: CallOf) -> Sequence[int]:
    functions = matching_functions(replay, where.function)
    rows = replay.calls.rows_of(_entries_of(functions, where.function))
    if not rows:
        raise nearby.never_called(replay, where.function, functions)
    return rows


def _entries_of(functions: Sequence[Function], name: str) -> set[int]:
    """Where the functions begin; for 'code at 0x401016' there."""
    nameless = re.fullmatch(r"code at (0x[0-9a-f]+)", name)
    return {int(nameless[1], 16)} if nameless else {function.low for function in functions}


def _call_step(replay: Replay, where: CallOf, chosen: _Filter) -> int:
    inlined = _inlined(replay, where)
    if inlined:
        return _inlined_step(replay, where, inlined, chosen)
    if chosen.condition is None:
        return _moment_of_call(replay, row_of_call(replay, where), where)
    found = 0
    for row in _rows_of(replay, where):
        try:
            replay.seek(_moment_of_call(replay, row, where))
        except LocationError:
            continue
        found += chosen()
        if found == where.number:
            return replay.step
    raise chosen.complain(where)


def _inlined(replay: Replay, where: CallOf) -> frozenset[int]:
    """Where the calls of a function begin that is only ever inlined; empty for one that is really called."""
    functions = matching_functions(replay, where.function)
    if replay.calls.rows_of({function.low for function in functions}):
        return frozenset()
    return frozenset(replay.target.inlined_addresses(where.function))


def _inlined_step(replay: Replay, where: CallOf, addresses: frozenset[int], chosen: _Filter) -> int:
    if where.moment == "return":
        raise LocationError(
            f"`{where.function}` is inlined wherever it is called, so it has no return instruction",
            help=f"--at {where.function} shows where its code begins; give a line for its end",
        )
    step = _nth_arrival(replay, addresses, where.number, chosen)
    if step is None:
        if chosen.asked:
            raise chosen.complain(where)
        raise LocationError(f"`{where.function}` is inlined wherever it is called, and none of that code ever runs")
    return step


def matching_functions(replay: Replay, name: str) -> list[Function]:
    """The functions that `name` means: plain, qualified, or with its parameters' types to tell overloads apart."""
    name = name.removeprefix("::")
    found = list(replay.target.functions_named(name))
    if found or "(" not in name:
        return found
    plain, _, parameters = name.removesuffix("const").rstrip().rpartition("(")
    wanted = _squeezed(parameters.rstrip(")"))
    return [f for f in replay.target.functions_named(plain) if _squeezed(_parameter_types(f)) == wanted]


def _parameter_types(function: Function) -> str:
    if function.subprogram is None:
        return "?"
    shown = (parameter for parameter in function.subprogram.parameters() if not parameter.artificial)
    return ",".join(parameter.type.spelling for parameter in shown)


def _squeezed(types: str) -> str:
    return "" if types.strip() == "void" else "".join(types.split())


def _moment_of_call(replay: Replay, row: int, where: CallOf) -> int:
    """The step of one moment of one call. LocationError if the call ends before it."""
    if where.moment == "return":
        return _return_step(replay, row, where)
    start = entry_step(replay, row)
    return start if where.moment == "entry" else _body_step(replay, row, start, where)


def _body_step(replay: Replay, row: int, start: int, where: CallOf) -> int:
    step = body_step(replay, row, start)
    if step is not None:
        return step
    return_step = replay.calls.return_step(row)
    if return_step is None and replay.fault is not None:
        what = f"the program stops there before the body of `{where.function}` begins: {replay.fault.words}"
    else:
        what = f"this call of `{where.function}` never gets to where its body begins"
    raise LocationError(
        what, help=f"--at '{CallOf(where.function, where.number, 'entry')}' shows its first instruction"
    )


def _return_step(replay: Replay, row: int, where: CallOf) -> int:
    call = replay.calls.call(row)
    if call.left_by == "return" and call.return_step is not None:
        return call.return_step - 1
    if call.left_by == "end":
        what = "the program ends" if replay.fault is None else f"the program stops: {replay.fault.words}"
        raise LocationError(
            f"this call of `{where.function}` never returns: it still runs when {what}",
            help="--at end shows where it stands then",
        )
    how = (
        "it hands its frame on by a tail call"
        if call.left_by == "tail call"
        else "control leaves it without a return instruction (longjmp or an exception)"
    )
    last = (call.return_step or replay.last_step) - 1
    raise LocationError(
        f"this call of `{where.function}` has no return instruction: {how}", help=f"--at step:{last} shows the jump"
    )


# Lines and addresses


def _line_step(replay: Replay, where: LineArrival, chosen: _Filter) -> int:
    addresses = frozenset(replay.target.line_addresses(where.file, where.line))
    if not addresses:
        raise nearby.no_code_at(replay, where)
    step = _nth_arrival(replay, addresses, where.arrival, chosen)
    if step is None:
        raise chosen.complain(where) if chosen.asked else nearby.never_reached(replay, where, addresses)
    return step


def _address_step(replay: Replay, where: AddressArrival, chosen: _Filter) -> int:
    step = _nth_arrival(replay, frozenset({where.address}), where.arrival, chosen)
    if step is None:
        if chosen.asked:
            raise chosen.complain(where)
        raise LocationError(f"no instruction at {where.address:#x} is ever run")
    return step


def _nth_arrival(replay: Replay, addresses: frozenset[int], number: int, chosen: _Filter) -> int | None:
    found = 0
    for step in arrivals(replay, addresses):
        found += chosen()
        if found == number:
            return step
    return None


def arrivals(replay: Replay, addresses: frozenset[int]) -> Iterator[int]:
    """The steps at which one of `addresses` is about to run; the recording stands at each as it is given."""
    replay.seek(0)
    step: int | None = 0 if pc(replay) in addresses else replay.run_to(addresses)
    while step is not None:
        yield step
        if replay.step != step:
            replay.seek(step)
        step = replay.run_to(addresses)
    if pc(replay) in addresses and replay.fault is not None:  # the instruction that the program stopped at
        yield replay.step
