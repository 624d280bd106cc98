"""Who wrote the bytes of a frame, and whether that was in this activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stackglass.model import Initialised, Writer
from stackglass.stack.facts import Facts
from stackglass.stack.sources import Activation, Leaver, Moment, WriteRun


class Written(NamedTuple):
    """A run of bytes with one last writer. `own` if they were written since the activation began, for it."""

    low: int
    high: int
    step: int | None
    pc: int | None
    own: bool


class FrameWrites:
    """The writes as one activation sees them. Without a history every byte counts as written, by nobody known."""

    def __init__(self, moment: Moment, activation: Activation, high: int, facts: Facts) -> None:
        """`high` is the frame's upper end: a history may be of some stacks only. A frame for which a stack has no room
        ends where that begins."""
        call_step = activation.call_step
        self._moment = moment
        writes = moment.writes
        self._writes = writes if writes is not None and (writes.covers(high - 1) or writes.covers(high)) else None
        self._call_step = call_step or 0
        self._is_kept = activation.left_at is not None
        self._facts = facts

    @property
    def recorded(self) -> bool:
        """Whether there is a history."""
        return self._writes is not None

    def runs(self, low: int, high: int) -> list[Written]:
        """Runs from low addresses to high that tile [low, high)."""
        if self._writes is None:
            return [Written(low, high, None, None, True)] if low < high else []
        return [Written(*run, own=self._is_own(run)) for run in self._writes.runs(low, high)]

    def _is_own(self, run: WriteRun) -> bool:
        """Written since the activation began, and not by a callee into a frame of its own that is gone by now."""
        if run.step is None or run.step < self._call_step or self._writes is None:
            return False
        if self._is_kept:  # it has returned itself, and nobody else has had its bytes since
            return True
        if self._moment.fixed_frames:  # the frame of a later call is this one, and so are its variables
            return True
        return has_returned(self._moment, self._writes.left_by(run.low, run.step)) is None

    def shared_writer(self, runs: Sequence[Written], row: int | None) -> tuple[int, int] | None:
        """The row of the later call that last wrote any of these runs into a frame which it has in common with the
        activation `row`, and the step; None where that was the activation itself."""
        latest = max((run for run in runs if run.own), key=lambda run: run.step or 0, default=None)
        if not self._moment.fixed_frames or self._writes is None or latest is None or latest.step is None:
            return None
        writer = self._writes.left_by(latest.low, latest.step).row
        return None if writer is None or row is None or writer <= row else (writer, latest.step)

    def began(self, run: Written) -> bool:
        """Whether the activation had begun when it was written, by whomever."""
        return run.step is not None and run.step >= self._call_step

    def initialised(self, low: int, high: int) -> Initialised:
        """How many of the bytes [low, high) were written in this activation."""
        return extent_of(self.runs(low, high))

    def writer(self, low: int, high: int) -> Writer | None:
        """Who last wrote any of the bytes [low, high); None if nobody did or nobody recorded."""
        return self.last_writer(self.runs(low, high))

    def last_writer(self, runs: Sequence[Written]) -> Writer | None:
        """The latest writer of these runs."""
        latest = max((run for run in runs if run.step is not None), key=lambda run: run.step or 0, default=None)
        if latest is None or latest.pc is None or latest.step is None:
            return None
        position = self._facts.position(latest.pc)
        return Writer(latest.pc, position.function, position.file, position.line, latest.step)


def has_returned(moment: Moment, leaver: Leaver) -> int | None:
    """The step at which an activation had returned; None while it runs at the moment: histories know the future."""
    if leaver.returned_at is None or (moment.step is not None and leaver.returned_at > moment.step):
        return None
    return leaver.returned_at


def extent_of(runs: Sequence[Written]) -> Initialised:
    """How many of the bytes of these runs were written in the activation."""
    own = {run.own for run in runs}
    if own == {True}:
        return Initialised.ALL
    return Initialised.PART if True in own else Initialised.NONE
