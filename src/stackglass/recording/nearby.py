"""What to say of a moment that never comes: what is near it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from stackglass.debuginfo.names import is_nested
from stackglass.errors import LocationError
from stackglass.recording.locations import LineArrival
from stackglass.recording.replay import Replay

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Function

_MOST_NAMES = 12
_LINES_LOOKED_AT = 200


def times(count: int) -> str:
    """'once', 'twice', '3 times'."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count:,} times")


def never_called(replay: Replay, name: str, functions: Sequence[Function]) -> LocationError:
    """What to say of a function without calls; `functions` are those of that name, if there are any."""
    into = replay.target.inlined_into(name)
    if into is not None:
        return LocationError(f"`{name}` is never called: {_inlined(into)}", help=_keeping_calls(name, into))
    called = called_functions(replay)
    sentence = f"`{name}` is never called"
    if not functions and not any(name == known for known in called):
        sentence = f"`{name}` is never called: the program has no function of that name"
    return LocationError(f"{sentence}; functions called: {_listed(called)}", help=_similar(replay, name, called))


def _inlined(into: Sequence[str]) -> str:
    """What became of the calls of a function."""
    if not into:
        return "the compiler inlined it, and left none of its code there"
    return f"the compiler inlined it into {_listed([f'`{one}`' for one in into])}"


def _keeping_calls(name: str, into: Sequence[str]) -> str:
    """How to see a function all the same that was inlined."""
    there = f"`show --at {name}` shows where its code begins there; " if into else ""
    return f"{there}compiled with -O0 or -fno-inline it is called"


def called_functions(replay: Replay) -> list[str]:
    """The program's own functions that are called, in the order of their first calls."""
    first: dict[str, int] = {}
    for function in replay.target.functions():
        if function.library or function.stub:
            continue
        rows = replay.calls.rows_of({function.low})
        if rows:
            name = _sayable(replay, function)
            first[name] = min(rows[0], first.get(name, rows[0]))
    return sorted(first, key=lambda name: first[name])


def _sayable(replay: Replay, function: Function) -> str:
    """A function's name; its symbol where nested functions share the name."""
    is_shared = is_nested(function.symbol) and len(replay.target.functions_named(function.name)) > 1
    return function.symbol if is_shared else function.name


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "none of the program's own"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _similar(replay: Replay, name: str, called: Sequence[str]) -> str:
    """What may have been meant. Where `name` is a function, only what is called is worth a try."""
    every = [] if replay.target.functions_named(name) else replay.target.functions()
    own = {f.name for f in every if not f.library and not f.stub} | set(called)
    close = difflib.get_close_matches(name, sorted(own), n=3, cutoff=0.5)
    close = [match for match in close if match != name]
    return f"did you mean {' or '.join(close)}?" if close else "`stackglass calls` lists the calls of a run"


def no_code_at(replay: Replay, where: LineArrival) -> LocationError:
    """What to say of a line that has no code at it or after it."""
    near = _last_lines(replay, where)
    if near:
        return LocationError(
            f"there is no code at {_place(where)} or after it; the last lines with code are "
            + ", ".join(map(str, near))
        )
    if where.file is None:
        return LocationError(
            f"there is no code at line {where.line}", help="lines need debug information: compile with -g"
        )
    return LocationError(f"no source file '{where.file}' with code is part of the program")


def _last_lines(replay: Replay, where: LineArrival) -> list[int]:
    """The last three lines with code of a file that has none at a line or after it; fewer if there are fewer."""
    has_code, has_none = 0, where.line  # a line stands for the next one that has code
    while has_none - has_code > 1:
        middle = (has_code + has_none) // 2
        if replay.target.line_addresses(where.file, middle):
            has_code = middle
        else:
            has_none = middle
    near: set[int] = set()
    for line in range(has_code, max(0, has_code - _LINES_LOOKED_AT), -1):
        near |= _code_lines(replay, replay.target.line_addresses(where.file, line))
        if len(near) >= 3:
            break
    return sorted(near)[-3:]


def _code_lines(replay: Replay, addresses: Collection[int]) -> set[int]:
    return {line for address in addresses if (line := replay.target.position(address).line) is not None}


def never_reached(replay: Replay, where: LineArrival, addresses: Collection[int]) -> LocationError:
    """What to say of a line with code that never runs."""
    names = {f.name: f for f in map(replay.target.function_at, addresses) if f is not None}
    called = [one for one in names if replay.calls.rows_of({f.low for f in replay.target.functions_named(one)})]
    name = next(iter((*called, *names)), None)
    if name is None:
        return LocationError(f"{_place(where)} is never reached")
    if not called:
        into = replay.target.inlined_into(name)
        if into is not None:
            own = f"it has code only in `{name}` itself, which is never called"
            words = f"{_place(where)} is never reached: {own}: {_inlined(into)}"
            return LocationError(words, help=_keeping_calls(name, into))
        return LocationError(
            f"{_place(where)} is never reached: it belongs to `{name}`, which is never called; "
            f"functions called: {_listed(called_functions(replay))}"
        )
    return LocationError(f"{_place(where)} is never reached, though `{name}`, which it belongs to, is called")


def _place(where: LineArrival) -> str:
    return f"line {where.line}" if where.file is None else f"{where.file}:{where.line}"
