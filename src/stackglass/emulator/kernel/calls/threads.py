"""Threads and other processes: there are none. What a C library's start asks for is noted, the rest refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from stackglass.emulator.kernel.clock import SECOND
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Ended, Failed, Unsupported
from stackglass.emulator.kernel.process import PROCESS
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_FUTEX_COMMAND = 0x7F
_WAIT, _WAKE, _REQUEUE, _COMPARE_REQUEUE, _WAKE_OP, _WAIT_BITS, _WAKE_BITS = 0, 1, 3, 4, 5, 9, 10
_REALTIME = 256


@system_call("set_tid_address(word address)")
def set_tid_address(kernel: Kernel, address: int) -> int:
    """The thread's number; the address is of use to other threads only."""
    return PROCESS


@system_call("set_robust_list(word head, word size)")
def set_robust_list(kernel: Kernel, head: int, size: int) -> int:
    """Noted; of use to other threads only."""
    kernel.change_process(robust_list=(head, size))
    return 0


@system_call("get_robust_list(int thread, word head, word size)")
def get_robust_list(kernel: Kernel, thread: int, head: int, size: int) -> int:
    """What set_robust_list noted."""
    address, length = kernel.process.robust_list
    kernel.guest.write_words(head, address)
    kernel.guest.write_words(size, length)
    return 0


@system_call("rseq(word area, uint size, int flags, uint signature)")
def rseq(kernel: Kernel, area: int, size: int, flags: int, signature: int) -> NoReturn:
    """ENOSYS, which glibc takes as an answer: its start asks, and does without."""
    raise Failed(Errno.ENOSYS)


@system_call("futex(word address, int operation, uint value, word timeout, word other, uint mask)")
def futex(kernel: Kernel, address: int, operation: int, value: int, timeout: int, other: int, mask: int) -> int:
    """Wakes nobody. To wait without end would be for ever: the run ends there."""
    return wait_or_wake(kernel, address, operation, value, timeout, kernel.guest.long)


def wait_or_wake(kernel: Kernel, address: int, operation: int, value: int, timeout: int, code: str) -> int:
    """What futex does; the members of the timeout have the `struct` code `code`."""
    command = operation & _FUTEX_COMMAND
    if command in (_WAKE, _WAKE_BITS, _WAKE_OP, _REQUEUE, _COMPARE_REQUEUE):
        kernel.guest.read(address, 4)
        return 0
    if command not in (_WAIT, _WAIT_BITS):
        kernel.missing(f"futex operation {command}")
        raise Failed(Errno.ENOSYS)
    if kernel.guest.unpack(address, "I")[0] != value:
        raise Failed(Errno.EAGAIN)
    if not timeout:
        raise Ended(Unsupported("the program waits for another thread, and there is none: it would wait for ever"))
    seconds, nanoseconds = kernel.guest.unpack(timeout, 2 * code)
    wanted = seconds * SECOND + nanoseconds
    _wait_until(kernel, wanted, is_absolute=command == _WAIT_BITS, is_calendar=bool(operation & _REALTIME))
    raise Failed(Errno.ETIMEDOUT)


def _wait_until(kernel: Kernel, wanted: int, *, is_absolute: bool, is_calendar: bool) -> None:
    now = kernel.clock.realtime if is_calendar else kernel.clock.elapsed
    kernel.signals.sleep(max(wanted - now, 0) if is_absolute else wanted)


@system_call("sched_yield()")
def sched_yield(kernel: Kernel) -> int:
    """There is nobody to yield to."""
    return 0


@system_call("sched_getaffinity(int process, word size, word mask)")
def sched_getaffinity(kernel: Kernel, process: int, size: int, mask: int) -> int:
    """One processor."""
    if process not in (0, PROCESS):
        raise Failed(Errno.ESRCH)
    if size < kernel.guest.word_size:
        raise Failed(Errno.EINVAL)
    kernel.guest.write_words(mask, 1)
    return kernel.guest.word_size


@system_call("membarrier(int command, uint flags, int processor)")
def membarrier(kernel: Kernel, command: int, flags: int, processor: int) -> int:
    """No other thread, so no barrier is needed: it offers no command."""
    if command:
        raise Failed(Errno.EINVAL)
    return 0


@system_call("wait4(int process, word status, int options, word usage)")
def wait4(kernel: Kernel, process: int, status: int, options: int, usage: int) -> NoReturn:
    """There are no children: ECHILD."""
    raise Failed(Errno.ECHILD)


@system_call("waitid(int kind, int process, word information, int options, word usage)")
def waitid(kernel: Kernel, kind: int, process: int, information: int, options: int, usage: int) -> NoReturn:
    """There are no children: ECHILD."""
    raise Failed(Errno.ECHILD)
