"""Signals: what the program asked for each, which are blocked or wait, and what one that is raised does.

A signal's default action is carried out. A handler of the program's own is not called: the run ends there, and says so.
"""

from __future__ import annotations

import signal
from typing import NamedTuple

from stackglass.emulator.kernel.clock import Clock
from stackglass.emulator.kernel.outcome import Ended, Killed, Unsupported
from stackglass.model import FaultKind

LAST = 64
DEFAULT, IGNORE = 0, 1
KILL, STOP, ABORT, ALARM, PIPE = 9, 19, 6, 14, 13

_NAMES = {
    number: f"SIG{name}"
    for number, name in enumerate(
        (
            *("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN".split()),
            *("TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split()),
        ),
        start=1,
    )
}
