"""Returns that led to a function's start: into a function that nobody called, by a return address that had changed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from stackglass.model import Position
from stackglass.recording.returns import overwriter

if TYPE_CHECKING:
    from stackglass.recording.recording import Recording

_MOST_LOOKED_AT = 20


def led_astray(recording: Recording) -> list[str]:
    """What to say of the first returns of the run that took an overwritten return address to a function's start.

    Goes to their steps to find out who had overwritten it, and back again. Of very many only some are looked at.
    """
    here = recording.step
    rows = itertools.islice(recording.calls.entered_by_return(), _MOST_LOOKED_AT)
    told = [words for row in rows if (words := _words(recording, row)) is not None]
    recording.seek(here)
    return told


def _words(recording: Recording, row: int) -> str | None:
    calls, target = recording.calls, recording.target
    returned = calls.returned_into(row)
    if returned is None:
        return None
    step = calls.call_step(row)
    writer = overwriter(
        target, calls, returned, recording.read_memory, lambda address: recording.writer_at(address, step)
    )
    if writer is None or writer.step is None or writer.pc is None:
        return None
    into, of = (calls.call(one).function or f"code at {calls.entry(one):#x}" for one in (row, returned))
    by = place_words(target.position(writer.pc))
    return (
        f"{of} returned into {into}, which nobody had called, at step {calls.call_step(row):,}: "
        f"its return address had been overwritten by {by}, at step {writer.step:,}"
    )


def place_words(at: Position) -> str:
    """'f, call.c:8', or 'code at 0x401016' where no function is known."""
    name = at.function or f"code at {at.pc:#x}"
    return f"{name}, {at.file.rpartition('/')[2]}:{at.line}" if at.file and at.line else name
