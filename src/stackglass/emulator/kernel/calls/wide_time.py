"""The calls that 32-bit instruction sets have for time in 64 bits: as those without the ending, with wider seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.calls import status, threads, time, waiting
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_WIDE = "q"


@system_call("clock_gettime64(int clock, word buffer)")
def clock_gettime64(kernel: Kernel, clock: int, buffer: int) -> int:
    """As clock_gettime."""
    return time.write_now(kernel, clock, buffer, _WIDE)


@system_call("clock_getres_time64(int clock, word buffer)")
def clock_getres_time64(kernel: Kernel, clock: int, buffer: int) -> int:
    """As clock_getres."""
    return time.write_resolution(kernel, clock, buffer, _WIDE)


@system_call("clock_nanosleep_time64(int clock, int flags, word wanted, word left)")
def clock_nanosleep_time64(kernel: Kernel, clock: int, flags: int, wanted: int, left: int) -> int:
    """As clock_nanosleep."""
    return time.sleep_by(kernel, clock, flags, wanted, _WIDE)


@system_call("futex_time64(word address, int operation, uint value, word timeout, word other, uint mask)")
def futex_time64(kernel: Kernel, address: int, operation: int, value: int, timeout: int, other: int, mask: int) -> int:
    """As futex."""
    return threads.wait_or_wake(kernel, address, operation, value, timeout, _WIDE)


@system_call("ppoll_time64(word descriptors, uint count, word timeout, word mask, word size)")
def ppoll_time64(kernel: Kernel, descriptors: int, count: int, timeout: int, mask: int, size: int) -> int:
    """As ppoll."""
    return waiting.poll_for(kernel, descriptors, count, waiting.timespec(kernel, timeout, _WIDE))


@system_call("pselect6_time64(int count, word read, word write, word except_, word timeout, word mask)")
def pselect6_time64(kernel: Kernel, count: int, read: int, write: int, except_: int, timeout: int, mask: int) -> int:
    """As pselect6."""
    return waiting.select_for(kernel, count, (read, write, except_), waiting.timespec(kernel, timeout, _WIDE))


@system_call("utimensat_time64(int folder, word path, word times, int flags)")
def utimensat_time64(kernel: Kernel, folder: int, path: int, times: int, flags: int) -> int:
    """As utimensat."""
    return status.set_times(kernel, folder, path, times, flags, _WIDE)
