"""The call history as values: one row a call."""

from __future__ import annotations

from dataclasses import dataclass

from stackglass.model.positions import CallSite
from stackglass.model.slots import Pointee, Variable


@dataclass(frozen=True, slots=True)
class Call:
    """One activation over time. `return_step` is the step after its return instruction, None while it still runs."""

    row: int
    function: str | None
    number: int
    """Which call of this function it is, from 1."""
    library: bool
    parent: int | None
    """The row of the caller, None for the program's entry."""
    depth: int
    """How many activations are below it on the call stack; 0 for the program's entry."""
    call_step: int
    return_step: int | None
    call_site: CallSite | None
    entry: int
    """Address of the function's first instruction."""
    cfa: int
    frame_bytes: int
    """The most bytes that the activation's own frame had."""
    peak_bytes: int
    """The most stack, in bytes below the CFA, that it and everything it called used."""
    tail_call: bool
    """Whether it took the place of its caller by a jump."""
    left_by: str
    """'return', 'tail call', 'jump' (longjmp, unwinding), or 'end' while it still runs."""
    arguments: tuple[Variable, ...] = ()
    return_value: str | None = None
    return_points_to: Pointee | None = None
    """What a pointer that it gave back led to when it had returned."""
