"""Places in a program's code, and who did something there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A code address with the function and the source line that it belongs to, where they are known."""

    pc: int
    function: str | None
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class CallSite(Position):
    """A call instruction, and the step at which it was executed (None where nobody recorded)."""

    step: int | None = None
    entry: int | None = None
    """The address of the calling function's first instruction, where it is known."""


@dataclass(frozen=True, slots=True)
class Writer(Position):
    """The instruction that last wrote a slot: its address, function and line, and the step it ran at."""

    step: int = 0
