"""Bytes of a frame that nobody names but that were written: by whom, and whether that ran on from a neighbour.

An array that is overrun leaves bytes above it that are no temporaries of the compiler's. What tells them is evidence
only: the call under which they were written, and, of two neighbours, that the same call, or the same instruction of
the function itself, wrote both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from stackglass.debuginfo.expressions import InMemory
from stackglass.debuginfo.types import ArrayType, BaseType, EnumType, PointerType
from stackglass.model import Role
from stackglass.stack.rooms import pointer_value
from stackglass.stack.sources import WriteRun
from stackglass.stack.variables import variables_of
from stackglass.stack.written import Written

if TYPE_CHECKING:
    from stackglass.stack.layout import Area, FrameLayout

_UNNAMED = frozenset((Role.TEMPORARY, Role.RED_ZONE))
_NAMED = frozenset((Role.LOCAL, Role.PARAMETER, Role.ALLOCA))
_PACE = 32
"""Bytes below a boundary in which the last stores of a loop are looked for; the pace shows in two of them."""
_PACE_RUNS = 2
_SCALARS = (BaseType, EnumType, PointerType)
_MOST_RUN_OVER = 8
"""Inner frames, at most, that an overrun is followed back through: in a recursion one function may have written all."""


class _Origin(NamedTuple):
    """What wrote a run of bytes: a call that the frame's activation made (its row), or an instruction of its own."""

    row: int | None
    pc: int | None


class Overrun(NamedTuple):
    """What a write that goes on may have begun in: a variable, its last byte's origin, and the instruction."""

    name: str
    origin: _Origin | None
    is_array: bool
    pc: int | None


def told(layout: FrameLayout, areas: Sequence[Area]) -> list[Area]:
    """The areas, from low addresses to high, with a note on those temporaries that another call wrote, or that the
    write of the variable below them ran on to."""
    if not layout.writes.recorded:
        return list(areas)
    found: list[Area] = []
    beyond = overrun_below(layout)
    named: Area | None = None
    at: int | None = layout.extent.low if beyond is not None else None
    before = beyond.origin if beyond is not None else None
    for area in areas:
        runs = layout.writes.runs(area.low, area.high)
        first, last = _origin(layout, runs[0]), _origin(layout, runs[-1])
        goes_on = at == area.low and first is not None
        runs_on = goes_on and beyond is not None and first == beyond.origin
        runs_on = runs_on and not _is_of_prologue(layout, first) and not _is_spill(layout, named, runs[0])
        name = _name_of(layout, area)
        if area.use.role in _NAMED and name is not None:
            named = area
            if runs_on and beyond is not None and area.use.role is Role.ALLOCA and _ran_on(layout, area.low):
                words = f"(overwritten beyond {beyond.name} by {_function_of(layout, runs[0])})"
                area = area._replace(use=replace(area.use, note=" ".join(filter(None, (area.use.note, words)))))
                beyond = beyond if first == last else Overrun(name, last, is_array=True, pc=runs[-1].pc)
            elif _is_array(area) or not (goes_on and first == before and (beyond is None or beyond.is_array)):
                is_array = area.use.type is None or not isinstance(area.use.type.strip(), _SCALARS)
                beyond = Overrun(name, last, is_array, runs[-1].pc) if last is not None else None
            elif runs_on and beyond is not None and beyond.pc == runs[0].pc and area.use.note is None:
                words = f"overwritten beyond {beyond.name} by {_function_of(layout, runs[0])}"
                area = area._replace(use=replace(area.use, note=words))
                beyond = beyond if first == last else None
        elif not runs_on or last != first:
            beyond = None
        if area.use.role in _UNNAMED and area.use.note is None:
            area = _noted(layout, area, runs[0], first, beyond.name if runs_on and beyond is not None else None)
        found.append(area)
        at, before = area.high, last
        beyond = None if beyond is None else beyond._replace(pc=runs[-1].pc)
    return found


def _name_of(layout: FrameLayout, area: Area) -> str | None:
    """The variable's name; of room that has none, what the innermost pointer to its beginning that is in view says."""
    if area.use.name is not None or area.use.role is not Role.ALLOCA:
        return area.use.name
    found = layout.variables.in_scope()
    name = next(
        (one.info.name for one in found if pointer_value(layout.variables, one, layout.writes) == area.low), None
    )
    return f"*{name}" if name else "room allocated below"


def _ran_on(layout: FrameLayout, place: int) -> bool:
    """Whether one loop of a callee wrote from below `place` on to above it: the same instruction, at the same pace."""
    above, below = layout.writes.runs(place, place + 1)[0], layout.writes.runs(place - _PACE, place)[-2:]
    origin = _origin(layout, above)
    if origin is None or origin.row is None or {run.pc for run in below} != {above.pc} or len(below) < _PACE_RUNS:
        return False
    steps = [run.step for run in (*below, above) if run.step is not None]
    return len(steps) == _PACE_RUNS + 1 and 0 < steps[1] - steps[0] == steps[2] - steps[1]


def _is_array(area: Area) -> bool:
    """Whether it is something that writes go through from one end to the other: an array, or room made at run time."""
    type_ = area.use.type
    return area.use.role is Role.ALLOCA or (type_ is not None and isinstance(type_.strip(), ArrayType))


def overrun_below(layout: FrameLayout) -> Overrun | None:
    """The array of an inner frame whose overrun goes on into this one: all bytes from its end up to the frame were
    written by one function, called from one place."""
    chain, low, history = layout.chain, layout.extent.low, layout.chain.moment.writes
    if not layout.index or history is None or not history.covers(low - 1) or not layout.extent.size:
        return None
    wanted = {_made_by(layout, run) for run in history.runs(low - 1, low + 1)}
    if len(wanted) != 1 or None in wanted:
        return None
    checked = low
    for index in reversed(range(max(layout.index - _MOST_RUN_OVER, 0), layout.index)):
        extent = chain.extent(index)
        arrays = [
            (one.place.address, one)
            for one in variables_of(chain, index).in_scope()
            if isinstance(one.place, InMemory) and isinstance(one.type.strip(), ArrayType) and one.size
            if extent.low <= one.place.address < extent.high
        ]
        start, array = max(arrays, key=lambda found: found[0], default=(extent.low, None))
        end = start if array is None else start + array.size - 1
        if {_made_by(layout, run) for run in history.runs(end, checked)} - wanted:
            return None
        checked = end
        if array is not None:
            function = chain.facts.function_at(chain.look_up(index))
            name = f"{array.info.name} in {function.name}" if function is not None else array.info.name
            first = layout.writes.runs(low, low + 1)[0]
            return Overrun(name, _origin(layout, first), is_array=True, pc=history.runs(low - 1, low)[0].pc)
    return None


def _made_by(layout: FrameLayout, run: WriteRun) -> tuple[int, int | None] | None:
    """The function that wrote a run, and from where that was called."""
    history, facts = layout.chain.moment.writes, layout.chain.facts
    function = facts.function_at(run.pc) if run.pc is not None else None
    if function is None or history is None or run.step is None:
        return None
    return function.low, history.caller_at(run.step)


def _origin(layout: FrameLayout, run: Written) -> _Origin | None:
    if not run.own or run.step is None or run.pc is None:
        return None
    row = layout.callee_at(run.step)
    return _Origin(row, None) if row is not None else _Origin(None, run.pc)


def _is_of_prologue(layout: FrameLayout, origin: _Origin | None) -> bool:
    """Whether the function itself wrote them before its body: it lays down whole registers, and a parameter that came
    in one may be smaller."""
    function = layout.variables.function
    if origin is None or origin.pc is None or function is None:
        return False
    return function.low <= origin.pc < layout.chain.facts.body_address(function)


def _is_spill(layout: FrameLayout, named: Area | None, run: Written) -> bool:
    """Whether one store of a whole register, to a place in the frame, wrote them and the end of the variable below:
    compilers keep a narrower variable so. An array is never kept in a register."""
    if named is None or run.pc is None or named.use.type is None or isinstance(named.use.type.strip(), ArrayType):
        return False
    facts, word = layout.chain.facts, layout.chain.facts.isa.word_size
    bases = (facts.isa.stack_pointer, facts.frame_pointer_at(run.pc))
    stores = facts.stores_at(run.pc, layout.chain.memory.read)
    laid_down = bool(stores) and all(store.base in bases and store.size <= word for store in stores)
    below = layout.writes.runs(named.low, named.high)[-1]
    return laid_down and (below.step, below.pc) == (run.step, run.pc)


def _noted(layout: FrameLayout, area: Area, run: Written, origin: _Origin | None, beyond: str | None) -> Area:
    if origin is None or run.pc is None or (beyond is None and origin.row is None):
        return area
    by = _writer(layout, run)
    note = f"beyond {beyond}: written by {by}" if beyond is not None else f"written by {by}"
    return area._replace(use=replace(area.use, note=note))


def _function_of(layout: FrameLayout, run: Written) -> str:
    return layout.chain.facts.position(run.pc or 0).function or f"code at {run.pc or 0:#x}"


def _writer(layout: FrameLayout, run: Written) -> str:
    """'strcpy, called from vuln', or 'fill' where it was the frame's function itself."""
    facts, writes = layout.chain.facts, layout.chain.moment.writes
    assert run.pc is not None and run.step is not None
    name = _function_of(layout, run)
    caller = writes.caller_at(run.step) if writes is not None and layout.callee_at(run.step) is not None else None
    if caller is None:
        return name
    return f"{name}, called from {facts.position(caller).function or f'code at {caller:#x}'}"
