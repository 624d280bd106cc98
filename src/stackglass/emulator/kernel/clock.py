"""Time as the guest sees it: counted from executed instructions, and moved on by sleeping. One step is a nanosecond."""

from __future__ import annotations

from collections.abc import Callable

SECOND = 1_000_000_000
NANOSECONDS_A_STEP = 1
EPOCH = 1_704_067_200
"""When every recording begins, in seconds since 1970: 2024-01-01 00:00:00 UTC."""
TICKS_A_SECOND = 100
_LONGEST_SLEEP = 1 << 62
"""146 years: the calendar stays within 64 bits of nanoseconds."""


class Clock:
    """`steps` tells how many instructions were executed."""

    def __init__(self, steps: Callable[[], int]) -> None:
        self._steps = steps
        self._slept = 0

    @property
    def processor(self) -> int:
        """Nanoseconds of processor time that the program used."""
        return self._steps() * NANOSECONDS_A_STEP

    @property
    def elapsed(self) -> int:
        """Nanoseconds since the program's start, sleep included."""
        return self.processor + self._slept

    @property
    def realtime(self) -> int:
        """Nanoseconds since 1970."""
        return EPOCH * SECOND + self.elapsed

    def sleep(self, nanoseconds: int) -> None:
        """Lets time pass without an instruction."""
        self._slept = min(self._slept + max(nanoseconds, 0), _LONGEST_SLEEP)

    def state(self) -> int:
        """How long the program slept."""
        return self._slept

    def restore(self, state: int) -> None:
        """Takes back what was slept since."""
        self._slept = state
