"""The deepest moment of a run: which call it is, and at which of its steps there is most to see."""

from __future__ import annotations

from collections.abc import Callable

from stackglass.errors import LocationError
from stackglass.model import Role
from stackglass.recording.replay import Replay, body_step, entry_step, pc

_FIRST_WINDOW = 256
_STEPS_LOOKED_AT = 20_000
_EPILOGUE_STEPS = 64


def deepest_step(replay: Replay, condition: Callable[[], bool] | None, *, library: bool) -> int:
    """The step to show of the call of an own function (of any, with `library`) in which SP got lowest.

    With a condition, the deepest call at whose moment it holds. LocationError if there is no such call.
    """
    entries = None if library else own_entries(replay)
    for row in replay.calls.deepest_first(entries, most=None if condition else 1):
        step = instructive_step(replay, row)
        replay.seek(step)
        if condition is None or condition():
            return step
    if condition is not None and (len(replay.calls) and entries != set()):
        raise LocationError("the expression is true at no call's last statement", help="narrow another WHERE by it")
    raise LocationError(
        "none of the program's own functions is ever called", help="--library counts the library's functions too"
    )


def own_entries(replay: Replay) -> set[int]:
    """The addresses of the program's own functions."""
    named = {f.low for f in replay.target.functions() if not f.library and not f.stub}
    return named or {entry for entry in replay.calls.entries() if replay.target.is_nameless(entry)}


def instructive_step(replay: Replay, row: int) -> int:
    """The step of call `row` at which there is most to see: its last statement before the epilogue.

    Where that statement still writes a variable of the frame, the first instruction of the epilogue instead: the
    frame is whole there, and everything in it has been written. A call that no statement of its body is reached in
    is shown where it ends; one without line information, where SP was lowest.
    """
    function = replay.target.function_at(replay.calls.entry(row))
    statements: frozenset[int] = (
        frozenset() if function is None else frozenset(replay.target.statement_addresses(function))
    )
    end = _last_step_in(replay, row)
    start = entry_step(replay, row)
    if not statements:
        return _lowest_sp_step(replay, row, start, end)
    body = body_step(replay, row, start)
    if body is None:
        return end
    found = _last_arrivals(replay, row, statements, body, end)
    if not found:
        return body
    chosen = found[-1]
    if len(found) > 1 and replay.calls.call(row).left_by == "return" and _is_epilogue(replay, found[-1], end):
        chosen = found[-1] if _writes_variables(replay, found[-2], found[-1]) else found[-2]
    return _at_full_size(replay, row, statements, (body, end), chosen)


def _at_full_size(replay: Replay, row: int, statements: frozenset[int], steps: tuple[int, int], chosen: int) -> int:
    """The chosen step; where the frame had been larger, the last statement at which SP was lowest.

    An array in an inner block, or an alloca in a loop, may be gone by the last statement. Of a long call the last and
    the first steps are looked at.
    """
    call, (body, end) = replay.calls.call(row), steps
    at_choice = _stack_pointer_at(replay, chosen)
    if at_choice <= call.cfa - call.frame_bytes:
        return chosen
    for low, high in ((max(body, end - _STEPS_LOOKED_AT), end), (body, min(body + _STEPS_LOOKED_AT, end))):
        arrivals = [
            step for step in _arrivals_within(replay, statements, low, high) if replay.calls.row_at(step) == row
        ]
        lowest = min(((_stack_pointer_at(replay, step), -step) for step in arrivals), default=(at_choice, -chosen))
        if lowest[0] < at_choice:
            return -lowest[1]
    return chosen


def _stack_pointer_at(replay: Replay, step: int) -> int:
    replay.seek(step)
    return replay.registers()[replay.isa.stack_pointer]


def _last_step_in(replay: Replay, row: int) -> int:
    """The last step at which the call is on the call stack: before its return instruction, if it returns."""
    return_step = replay.calls.return_step(row)
    return replay.last_step if return_step is None else return_step - 1


def _last_arrivals(replay: Replay, row: int, statements: frozenset[int], body: int, end: int) -> list[int]:
    """The steps from `body` to `end` at which the call itself is about to begin a statement: at least the last two."""
    window = _FIRST_WINDOW
    while True:
        low = max(body, end - window)
        found = [step for step in _arrivals_within(replay, statements, low, end) if replay.calls.row_at(step) == row]
        if len(found) > 1 or low == body:
            return found
        window *= 8


def _arrivals_within(replay: Replay, addresses: frozenset[int], low: int, high: int) -> list[int]:
    replay.seek(low)
    found = [low] if pc(replay) in addresses else []
    while (step := replay.run_to(addresses, before=high + 1)) is not None:
        found.append(step)
    return found


def _is_epilogue(replay: Replay, step: int, end: int) -> bool:
    """Whether nothing but giving the frame back happens from `step` to the return instruction at `end`.

    The result, if there is one, stands in its register then already.
    """
    if end - step > _EPILOGUE_STEPS:
        return False
    results = (*replay.isa.integer_results, *replay.isa.float_results)
    replay.seek(step)
    before = [replay.registers().get(name) for name in results[:1] + results[-2:-1]]
    replay.seek(end)
    return before == [replay.registers().get(name) for name in results[:1] + results[-2:-1]]


def _writes_variables(replay: Replay, start: int, end: int) -> bool:
    """Whether a variable of the running frame is written between the two steps."""
    return _variables(replay, start) != _variables(replay, end)


def _variables(replay: Replay, step: int) -> dict[tuple[str | None, int, int], bytes]:
    frame = replay.snapshot(step).frames[0]
    return {(slot.name, slot.address, slot.size): slot.bytes for slot in frame.slots if slot.role is Role.LOCAL}


def lowest_step(replay: Replay, row: int) -> int:
    """The last step at which call `row` itself runs with SP at its lowest, among the first of its steps."""
    return _lowest_sp_step(replay, row, entry_step(replay, row), _last_step_in(replay, row))


def _lowest_sp_step(replay: Replay, row: int, start: int, end: int) -> int:
    """The last step at which the call itself runs with SP at its lowest, among the first of its steps."""
    lowest, chosen = None, start
    replay.seek(start)
    while replay.step <= end and replay.step - start < _STEPS_LOOKED_AT:
        if replay.calls.row_at(replay.step) == row:
            stack_pointer = replay.registers()[replay.isa.stack_pointer]
            if lowest is None or stack_pointer <= lowest:
                lowest, chosen = stack_pointer, replay.step
        if replay.step == end:
            break
        replay.advance()
    return chosen
