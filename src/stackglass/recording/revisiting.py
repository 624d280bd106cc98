"""Going back to earlier steps for a picture of a later one, and to that again: so many times at most."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stackglass.stack.sources import Ran

if TYPE_CHECKING:
    from stackglass.recording.recording import Recording
    from stackglass.recording.replay import Replay

MOST_VISITS = 100
"""Earlier steps that one moment's picture may ask about."""


class EarlierRegisters:
    """The registers at steps before a moment's. Going there and back takes time, so only so many steps are visited."""

    def __init__(self, recording: Replay, step: int) -> None:
        self._recording = recording
        self._step = step
        self._seen: dict[int, Mapping[str, int]] = {}

    def __call__(self, step: int) -> Mapping[str, int] | None:
        if step not in self._seen:
            if len(self._seen) >= MOST_VISITS or not 0 <= step <= self._step:
                return None
            here = self._recording.step
            self._recording.seek(step)
            self._seen[step] = self._recording.registers()
            self._recording.seek(here)
        return self._seen[step]


def ran(recording: Recording, pcs: Collection[int], spans: Sequence[tuple[int, int]]) -> list[list[Ran]]:
    """Which of the instructions at `pcs` ran in each span of steps, in order. Only the latest spans are looked at."""
    here = recording.step
    found: list[list[Ran]] = [[] for _ in spans]
    first = max(len(spans) - MOST_VISITS, 0)
    for number, (since, until) in enumerate(spans[first:], first):
        found[number].extend(_ran(recording, pcs, since, until))
    recording.seek(here)
    return found


def _ran(recording: Recording, pcs: Collection[int], since: int, until: int) -> Iterator[Ran]:
    isa = recording.isa
    recording.seek(since)
    while recording.step < until:
        pc = recording.register(isa.pc)
        if pc in pcs:
            recording.advance()
            yield Ran(pc, recording.register(isa.stack_pointer))
        elif recording.run_to(pcs, before=until) is None:
            return
