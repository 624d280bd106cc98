"""Bytes of a frame that nobody names but that were written: by whom, and whether that ran on from a neighbour.

An array that is overrun leaves bytes above it that are no temporaries of the compiler's. What tells them is evidence
only: the call under which they were written, and, of two neighbours, that the same call, or the same instruction of
the function itself, wrote both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from stackglass.debuginfo.types import ArrayType
from stackglass.model import Role
from stackglass.stack.written import Written

if TYPE_CHECKING:
    from stackglass.stack.layout import Area, FrameLayout

_UNNAMED = frozenset((Role.TEMPORARY, Role.RED_ZONE))
_NAMED = frozenset((Role.LOCAL, Role.PARAMETER, Role.ALLOCA))


class _Origin(NamedTuple):
    """What wrote a run of bytes: a call that the frame's activation made (its row), or an instruction of its own."""

    row: int | None
    pc: int | None


def told(layout: FrameLayout, areas: Sequence[Area]) -> list[Area]:
    """The areas, from low addresses to high, with a note on those temporaries that another call wrote, or that the
    write of the variable below them ran on to."""
    if not layout.writes.recorded:
        return list(areas)
    found: list[Area] = []
    beyond: tuple[str, _Origin] | None = None
    named: Area | None = None
    at: int | None = None
    for area in areas:
        runs = layout.writes.runs(area.low, area.high)
        first, last = _origin(layout, runs[0]), _origin(layout, runs[-1])
        runs_on = beyond is not None and at == area.low and first is not None and first == beyond[1]
        runs_on = runs_on and not _is_of_prologue(layout, first) and not _is_spill(layout, named, runs[0])
        if area.use.role in _NAMED and area.use.name is not None:
            named = area
            beyond = (area.use.name, last) if last is not None else None
        elif not runs_on or last != first:
            beyond = None
        if area.use.role in _UNNAMED and area.use.note is None:
            area = _noted(layout, area, runs[0], first, beyond[0] if runs_on and beyond is not None else None)
        found.append(area)
        at = area.high
    return found


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


def _writer(layout: FrameLayout, run: Written) -> str:
    """'strcpy, called from vuln', or 'fill' where it was the frame's function itself."""
    facts, writes = layout.chain.facts, layout.chain.moment.writes
    assert run.pc is not None and run.step is not None
    name = facts.position(run.pc).function or f"code at {run.pc:#x}"
    caller = writes.caller_at(run.step) if writes is not None and layout.callee_at(run.step) is not None else None
    if caller is None:
        return name
    return f"{name}, called from {facts.position(caller).function or f'code at {caller:#x}'}"
