"""The call history with arguments and return values: each call's own steps are visited for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackglass.explain.passing import result_of
from stackglass.model import Call, Variable
from stackglass.model.explanation import PassedValue
from stackglass.recording.replay import body_step, entry_step

if TYPE_CHECKING:
    from stackglass.recording.replay import Recorded


def _with_values(call: Call, arguments: tuple[Variable, ...], result: PassedValue | None) -> Call:
    if result is None:
        return replace(call, arguments=arguments)
    return replace(call, arguments=arguments, return_value=result.value, return_points_to=result.points_to)


class DecodedCalls:
    """As the recording's `calls`; `decoded` moves the recording, and tells what own functions were given and gave back.

    Arguments are as they were where the function's body began, or at its first instruction if it never got there.
    """

    def __init__(self, recording: Recorded, on_visit: Callable[[int, int], None] | None = None) -> None:
        """`on_visit` hears now and then how many calls, and of how many, have been visited."""
        self._recording = recording
        self._on_visit = on_visit

    def __len__(self) -> int:
        return len(self._recording.calls)

    def entry(self, row: int) -> int:
        """The address of the function's first instruction."""
        return self._recording.calls.entry(row)

    def parent(self, row: int) -> int | None:
        """The row of the caller, None for the program's entry."""
        return self._recording.calls.parent(row)

    def tail_of(self, row: int) -> int | None:
        """The row whose frame a tail call took over."""
        return self._recording.calls.tail_of(row)

    def is_made_by_own(self, row: int) -> bool:
        """Whether code of the program's own made the call."""
        return self._recording.calls.is_made_by_own(row)

    def call(self, row: int) -> Call:
        """The row as a value, without arguments and return value."""
        return self._recording.calls.call(row)

    def decoded(self, rows: Iterable[int]) -> list[Call]:
        """Rows as values, own functions' with arguments and return value. The recording is gone through twice, however
        many there are."""
        found = [self.call(row) for row in rows]
        own = sorted(call.row for call in found if not call.library)
        arguments = {row: self._arguments(row) for row in self._visits(own, 0)}
        returning = sorted(own, key=lambda row: self._recording.calls.return_step(row) or 0)
        results = {row: result_of(self._recording, row) for row in self._visits(returning, 1)}
        return [call if call.library else _with_values(call, arguments[call.row], results[call.row]) for call in found]

    def _visits(self, rows: Sequence[int], halves: int) -> Iterator[int]:
        for number, row in enumerate(rows):
            if self._on_visit is not None:
                self._on_visit((number + halves * len(rows)) // 2, len(rows))
            yield row

    def _arguments(self, row: int) -> tuple[Variable, ...]:
        start = entry_step(self._recording, row)
        step = body_step(self._recording, row, start)
        return self._recording.snapshot(start if step is None else step).frames.parameters(0)
