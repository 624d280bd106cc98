"""poll and select: what is ready to be read or written. Standard input always is: reading waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.clock import SECOND
from stackglass.emulator.kernel.descriptors import OpenFile
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Ended, Failed, Unsupported
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_IN, _OUT, _INVALID = 1, 4, 0x20
_MOST = 1024


def _events(kernel: Kernel, number: int) -> int:
    """The poll events that a descriptor is ready for."""
    if number not in kernel.descriptors.numbers():
        return _INVALID
    file = kernel.descriptors.file(number)
    return (_IN if file.readable and _has_input(kernel, file) else 0) | (_OUT if file.writable else 0)


def _has_input(kernel: Kernel, file: OpenFile) -> bool:
    return not file.pipe or bool(kernel.streams.pipe_size(file.pipe))


def _pass_time(kernel: Kernel, nanoseconds: int | None) -> None:
    """Waits in vain. Without a timeout only a signal could end it."""
    if nanoseconds is None:
        raise Ended(Unsupported("the program waits for input that only it could write: it would wait for ever"))
    kernel.signals.sleep(nanoseconds)


@system_call("poll(word descriptors, uint count, int milliseconds)")
def poll(kernel: Kernel, descriptors: int, count: int, milliseconds: int) -> int:
    """Which of the descriptors are ready."""
    return poll_for(kernel, descriptors, count, milliseconds * 1_000_000 if milliseconds >= 0 else None)


@system_call("ppoll(word descriptors, uint count, word timeout, word mask, word size)")
def ppoll(kernel: Kernel, descriptors: int, count: int, timeout: int, mask: int, size: int) -> int:
    """As poll, with a timespec; the signal mask has no effect."""
    return poll_for(kernel, descriptors, count, timespec(kernel, timeout, kernel.guest.long))


def timespec(kernel: Kernel, address: int, code: str, fraction: int = 1) -> int | None:
    """The nanoseconds of a timespec, whose members have the `struct` code `code`; None if there is none.

    `fraction` is how many nanoseconds its second member counts by.
    """
    if not address:
        return None
    seconds, parts = kernel.guest.unpack(address, 2 * code)
    if seconds < 0 or parts < 0:
        raise Failed(Errno.EINVAL)
    return seconds * SECOND + parts * fraction


def poll_for(kernel: Kernel, descriptors: int, count: int, timeout: int | None) -> int:
    """Which of the descriptors are ready; `timeout` is in nanoseconds."""
    if count > _MOST:
        raise Failed(Errno.EINVAL)
    ready = 0
    for at in range(descriptors, descriptors + 8 * count, 8):
        number, wanted, _ = kernel.guest.unpack(at, "ihh")
        events = 0 if number < 0 else _events(kernel, number) & (wanted | _INVALID)
        kernel.guest.write_packed(at + 6, "h", events)
        ready += bool(events)
    if not ready:
        _pass_time(kernel, timeout)
    return ready


@system_call("select(int count, word read, word write, word except_, word timeout)")
def select(kernel: Kernel, count: int, read: int, write: int, except_: int, timeout: int) -> int:
    """As poll, by sets of descriptors."""
    return select_for(kernel, count, (read, write, except_), timespec(kernel, timeout, kernel.guest.long, 1000))


@system_call("pselect6(int count, word read, word write, word except_, word timeout, word mask)")
def pselect6(kernel: Kernel, count: int, read: int, write: int, except_: int, timeout: int, mask: int) -> int:
    """As select, with a timespec; the signal mask has no effect."""
    return select_for(kernel, count, (read, write, except_), timespec(kernel, timeout, kernel.guest.long))


def select_for(kernel: Kernel, count: int, sets: tuple[int, int, int], timeout: int | None) -> int:
    """Which descriptors of the sets are ready; `timeout` is in nanoseconds."""
    if not 0 <= count <= _MOST:
        raise Failed(Errno.EINVAL)
    words = -(-count // (8 * kernel.guest.word_size))
    wanted = [kernel.guest.bits(address, words) if address else 0 for address in sets]
    events = {number: _events(kernel, number) for number in range(count) if any(bits >> number & 1 for bits in wanted)}
    if _INVALID in events.values():
        raise Failed(Errno.EBADF)
    ready = 0
    for address, bits, event in zip(sets, wanted, (_IN, _OUT, 0), strict=True):
        answer = sum(1 << number for number in events if bits >> number & 1 and events[number] & event)
        ready += answer.bit_count()
        if address and words:
            kernel.guest.write_bits(address, words, answer)
    if not ready:
        _pass_time(kernel, timeout)
    return ready
