"""Clocks, sleeping and timers. A step is a nanosecond; sleeping lets that much time pass at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.clock import EPOCH, SECOND, TICKS_A_SECOND
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call
from stackglass.emulator.kernel.signals import REAL

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_REALTIME = frozenset({0, 5, 8, 11})
"""CLOCK_REALTIME, its coarse and alarm versions, and CLOCK_TAI."""
_MONOTONIC = frozenset({1, 4, 6, 7, 9})
_PROCESSOR = frozenset({2, 3})
_ABSOLUTE = 1
_TIMERS = 3


def _now(kernel: Kernel, clock: int) -> int:
    """Nanoseconds on a clock. EINVAL if there is no such clock."""
    if clock in _REALTIME:
        return kernel.clock.realtime
    if clock in _MONOTONIC:
        return kernel.clock.elapsed
    if clock in _PROCESSOR or clock < 0:
        return kernel.clock.processor
    raise Failed(Errno.EINVAL)


@system_call("clock_gettime(int clock, word buffer)")
def clock_gettime(kernel: Kernel, clock: int, buffer: int) -> int:
    """Time counted in steps; the calendar's begins at 2024-01-01 00:00:00 UTC."""
    return write_now(kernel, clock, buffer, kernel.guest.long)


def write_now(kernel: Kernel, clock: int, buffer: int, code: str) -> int:
    """The time as a timespec whose members have the `struct` code `code`."""
    now = _now(kernel, clock)
    kernel.guest.write_packed(buffer, 2 * code, now // SECOND, now % SECOND)
    return 0


@system_call("clock_getres(int clock, word buffer)")
def clock_getres(kernel: Kernel, clock: int, buffer: int) -> int:
    """One nanosecond."""
    return write_resolution(kernel, clock, buffer, kernel.guest.long)


def write_resolution(kernel: Kernel, clock: int, buffer: int, code: str) -> int:
    """The resolution as such a timespec."""
    _now(kernel, clock)
    if buffer:
        kernel.guest.write_packed(buffer, 2 * code, 0, 1)
    return 0


@system_call("gettimeofday(word buffer, word zone)")
def gettimeofday(kernel: Kernel, buffer: int, zone: int) -> int:
    """As clock_gettime, in microseconds."""
    now = kernel.clock.realtime
    if buffer:
        kernel.guest.write_longs(buffer, now // SECOND, now % SECOND // 1000)
    if zone:
        kernel.guest.write_packed(zone, "ii", 0, 0)
    return 0


@system_call("time(word buffer)")
def time(kernel: Kernel, buffer: int) -> int:
    """Seconds since 1970."""
    now = kernel.clock.realtime // SECOND
    if buffer:
        kernel.guest.write_longs(buffer, now)
    return now


@system_call("times(word buffer)")
def times(kernel: Kernel, buffer: int) -> int:
    """Processor time, in hundredths of a second."""
    if buffer:
        kernel.guest.write_longs(buffer, kernel.clock.processor * TICKS_A_SECOND // SECOND, 0, 0, 0)
    return (EPOCH * SECOND + kernel.clock.elapsed) * TICKS_A_SECOND // SECOND


@system_call("nanosleep(word wanted, word left)")
def nanosleep(kernel: Kernel, wanted: int, left: int) -> int:
    """Lets the time pass at once."""
    kernel.signals.sleep(_duration(kernel, wanted, kernel.guest.long))
    return 0


@system_call("clock_nanosleep(int clock, int flags, word wanted, word left)")
def clock_nanosleep(kernel: Kernel, clock: int, flags: int, wanted: int, left: int) -> int:
    """Lets the time pass at once."""
    return sleep_by(kernel, clock, flags, wanted, kernel.guest.long)


def sleep_by(kernel: Kernel, clock: int, flags: int, wanted: int, code: str) -> int:
    """Sleeps for, or until, such a timespec."""
    duration = _duration(kernel, wanted, code)
    now = _now(kernel, clock)
    kernel.signals.sleep(max(duration - now, 0) if flags & _ABSOLUTE else duration)
    return 0


def _duration(kernel: Kernel, address: int, code: str) -> int:
    seconds, nanoseconds = kernel.guest.unpack(address, 2 * code)
    if seconds < 0 or not 0 <= nanoseconds < SECOND:
        raise Failed(Errno.EINVAL)
    return seconds * SECOND + nanoseconds


@system_call("alarm(uint seconds)")
def alarm(kernel: Kernel, seconds: int) -> int:
    """SIGALRM after that time, at the next system call. A handler for it is not called: the run ends there."""
    left, _ = kernel.signals.set_timer(REAL, seconds * SECOND, 0)
    return -(-left // SECOND)


@system_call("setitimer(int which, word new, word old)")
def setitimer(kernel: Kernel, which: int, new: int, old: int) -> int:
    """As alarm, with an interval; also by processor time."""
    if not 0 <= which < _TIMERS:
        raise Failed(Errno.EINVAL)
    words = kernel.guest.longs(new, 4) if new else (0, 0, 0, 0)
    if any(second < 0 or not 0 <= micro < 1_000_000 for second, micro in (words[:2], words[2:])):
        raise Failed(Errno.EINVAL)
    interval, value = (second * SECOND + micro * 1000 for second, micro in (words[:2], words[2:]))
    earlier = kernel.signals.set_timer(which, value, interval)
    if old:
        _write_timer(kernel, old, earlier)
    return 0


@system_call("getitimer(int which, word buffer)")
def getitimer(kernel: Kernel, which: int, buffer: int) -> int:
    """What is left of a timer."""
    if not 0 <= which < _TIMERS:
        raise Failed(Errno.EINVAL)
    _write_timer(kernel, buffer, kernel.signals.timer(which))
    return 0


def _write_timer(kernel: Kernel, buffer: int, timer: tuple[int, int]) -> None:
    left, interval = timer
    parts = (interval // SECOND, interval % SECOND // 1000, left // SECOND, left % SECOND // 1000)
    kernel.guest.write_longs(buffer, *parts)
