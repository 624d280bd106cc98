"""Signals: what the program asked for each, which are blocked or wait, and what one that is raised does.

A signal's default action is carried out. A handler of the program's own is not called: the run ends there, and says so.
Numbers are Linux's generic ones (include/uapi/asm-generic/signal.h).
"""

from __future__ import annotations

from typing import NamedTuple

from stackglass.emulator.kernel.clock import Clock
from stackglass.emulator.kernel.outcome import Ended, Killed, Unsupported
from stackglass.model import FaultKind

LAST = 64
DEFAULT, IGNORE = 0, 1
ABORT, KILL, PIPE, ALARM, STOP = 6, 9, 13, 14, 19

# fmt: off
_NAMES = (
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
)
# fmt: on
_IGNORED_BY_DEFAULT = frozenset({17, 18, 23, 28})
_STOPPING = frozenset({19, 20, 21, 22})

REAL, VIRTUAL, PROFILE = 0, 1, 2
_TIMER_SIGNALS = {REAL: ALARM, VIRTUAL: 26, PROFILE: 27}


def name_of(number: int) -> str:
    """'SIGSEGV', or 'SIG34' for a real-time signal."""
    return f"SIG{_NAMES[number - 1]}" if number <= len(_NAMES) else f"SIG{number}"


def number_of(name: str) -> int:
    """The number of a signal by the name that `name_of` gives it. ValueError for any other."""
    short = name.removeprefix("SIG")
    return _NAMES.index(short) + 1 if short in _NAMES else int(short)


def bit(number: int) -> int:
    """The signal's bit in a signal set."""
    return 1 << (number - 1)


class Action(NamedTuple):
    """What sigaction set: `handler` is an address, DEFAULT or IGNORE."""

    handler: int = DEFAULT
    flags: int = 0
    restorer: int = 0
    mask: int = 0


class AlternateStack(NamedTuple):
    """What sigaltstack set."""

    start: int = 0
    flags: int = 2
    """2 is SS_DISABLE."""
    size: int = 0


class Timer(NamedTuple):
    """A timer that will raise a signal: when next, and how long from then on; nanoseconds of its clock."""

    due: int
    interval: int


class SignalsState(NamedTuple):
    """All of it as a value."""

    actions: dict[int, Action]
    blocked: int
    pending: frozenset[int]
    alternate_stack: AlternateStack
    timers: dict[int, Timer]


class Signals:
    """The signals of the one process that there is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.actions: dict[int, Action] = {}
        self.blocked = 0
        self.pending: frozenset[int] = frozenset()
        self.alternate_stack = AlternateStack()
        self.timers: dict[int, Timer] = {}

    def state(self) -> SignalsState:
        """All of it as a value."""
        return SignalsState(dict(self.actions), self.blocked, self.pending, self.alternate_stack, dict(self.timers))

    def restore(self, state: SignalsState) -> None:
        """Puts it back."""
        self.actions, self.timers = dict(state.actions), dict(state.timers)
        self.blocked, self.pending, self.alternate_stack = state.blocked, state.pending, state.alternate_stack

    # ---- raising ----

    def raise_signal(self, number: int, why: str = "") -> None:
        """Raises a signal in the program. Ended if its action is to end it, or if it can't be carried out here."""
        if self.blocked & bit(number):
            self.pending |= {number}
            return
        self._act(number, why)

    def raise_fault(self, number: int, why: str) -> Killed | Unsupported:
        """What becomes of a program whose own instruction caused a signal: that can be neither blocked nor ignored."""
        handler = self.actions.get(number, Action()).handler
        if handler > IGNORE and not self.blocked & bit(number):
            return Unsupported(_handled(number, why))
        return killed(number, why)

    def block(self, mask: int) -> None:
        """Makes `mask` the blocked signals, and lets those through that waited for it."""
        self.blocked = mask & ~bit(KILL) & ~bit(STOP)
        for number in sorted(self.pending):
            if not self.blocked & bit(number):
                self.pending -= {number}
                self._act(number, "")

    def _act(self, number: int, why: str) -> None:
        handler = self.actions.get(number, Action()).handler
        if handler > IGNORE:
            raise Ended(Unsupported(_handled(number, why)))
        if handler == IGNORE or number in _IGNORED_BY_DEFAULT:
            return
        if number in _STOPPING:
            raise Ended(Unsupported(f"the program stopped itself by {name_of(number)}: nobody could wake it again"))
        raise Ended(killed(number, why))

    # ---- timers ----

    def _now(self, which: int) -> int:
        return self._clock.elapsed if which == REAL else self._clock.processor

    def set_timer(self, which: int, value: int, interval: int) -> tuple[int, int]:
        """Sets a timer by the nanoseconds from now, 0 to stop it; gives what `timer` gave before."""
        earlier = self.timer(which)
        self.timers.pop(which, None)
        if value:
            self.timers[which] = Timer(self._now(which) + value, interval)
        return earlier

    def timer(self, which: int) -> tuple[int, int]:
        """Nanoseconds until the timer is due, and its interval; zeros if it isn't set."""
        timer = self.timers.get(which)
        return (max(timer.due - self._now(which), 1), timer.interval) if timer else (0, 0)

    def check_timers(self) -> None:
        """Raises what is due. The kernel asks after each system call: a timer never interrupts a computation."""
        for which, timer in sorted(self.timers.items()):
            if timer.due <= self._now(which):
                del self.timers[which]
                if timer.interval:
                    self.timers[which] = Timer(self._now(which) + timer.interval, timer.interval)
                self.raise_signal(_TIMER_SIGNALS[which], "a timer ran out")

    def sleep(self, nanoseconds: int) -> None:
        """Lets time pass; a timer that runs out within it raises its signal then."""
        end = self._clock.elapsed + nanoseconds
        timer = self.timers.get(REAL)
        if timer is not None and timer.due <= end:
            self._clock.sleep(timer.due - self._clock.elapsed)
            self.check_timers()
            self._skip_rings(end)
        self._clock.sleep(end - self._clock.elapsed)

    def _skip_rings(self, end: int) -> None:
        """Sets the timer to its first ring after `end`: the program lived through one, so more change nothing."""
        timer = self.timers.get(REAL)
        if timer is not None and timer.due <= end:
            rings = (end - timer.due) // timer.interval + 1
            self.timers[REAL] = Timer(timer.due + rings * timer.interval, timer.interval)

    def wait(self, what: str) -> None:
        """Waits until a signal ends the program, as pause does. Without a timer that would be for ever."""
        while (timer := self.timers.get(REAL)) is not None:
            self.sleep(max(timer.due - self._clock.elapsed, 0))
            if not timer.interval:
                break
            if self.actions.get(ALARM, Action()).handler == IGNORE or self.blocked & bit(ALARM):
                break
        raise Ended(Unsupported(f"{what} waits for a signal that never comes"))


def killed(number: int, why: str = "") -> Killed:
    """The end by a signal's default action; `why` is the half sentence of what raised it."""
    name = name_of(number)
    if number == ABORT:
        return Killed(number, name, FaultKind.ABORT, f"the program aborted ({name})")
    reason = f": {why}" if why else ""
    return Killed(number, name, FaultKind.SIGNAL, f"the program was ended by {name}{reason}")


def _handled(number: int, why: str) -> str:
    reason = f" ({why})" if why else ""
    return f"{name_of(number)} was raised{reason}, for which the program has a handler: handlers are not called yet"
