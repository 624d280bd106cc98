"""Why a program of the textbook machine stops before its end."""

from __future__ import annotations

from stackglass.model import FaultKind


class Stop(Exception):
    """The machine does not go on."""


class Trap(Stop):
    """An instruction that can't be carried out, and why. `address` is what it wanted, where it wanted memory."""

    def __init__(self, kind: FaultKind, words: str, address: int | None = None) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words
        self.address = address


class Ended(Stop):
    """The program is over; `status` is its exit status, None as long as that is in R0."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class Watched(Stop):
    """An instruction wrote where somebody watches; `writer` is its word in the table of writers."""

    def __init__(self, writer: int) -> None:
        super().__init__(writer)
        self.writer = writer
