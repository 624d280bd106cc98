"""What becomes of the program after a system call, and the two ways out of the middle of one."""

from __future__ import annotations

from dataclasses import dataclass

from stackglass.emulator.kernel.errno import Errno
from stackglass.model import FaultKind


@dataclass(frozen=True, slots=True)
class Continue:
    """The program goes on behind the system call."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The program ended by itself; `status` is 0 to 255."""

    status: int


@dataclass(frozen=True, slots=True)
class Killed:
    """A signal ended the program; `words` says which and why in a sentence."""

    number: int
    signal: str
    kind: FaultKind
    words: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The program asked for what this kernel cannot do truly, so it must not go on. `words` is the sentence."""

    words: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Whoever should have given input stopped the run instead (Ctrl-C). A replay stops there too."""

    words: str


Outcome = Continue | Exited | Killed | Unsupported | Interrupted
CONTINUE = Continue()


class Failed(Exception):
    """Leaves a system call with an error number as its answer."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.name)
        self.errno = errno


class Ended(Exception):
    """Leaves a system call because the program is at its end."""

    def __init__(self, outcome: Exited | Killed | Unsupported | Interrupted) -> None:
        super().__init__(repr(outcome))
        self.outcome = outcome
