"""Duplicating descriptors, their flags, and pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.calls.opening import CLOSE_ON_EXEC
from stackglass.emulator.kernel.descriptors import APPEND, NON_BLOCKING, READ_ONLY, WRITE_ONLY, OpenFile
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.nodes import Kind, Node, number_of
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_DUPLICATE, _GET_FLAGS, _SET_FLAGS, _GET_STATUS, _SET_STATUS = 0, 1, 2, 3, 4
_GET_LOCK, _SET_LOCK, _SET_LOCK_WAIT = 5, 6, 7
_DUPLICATE_CLOSE_ON_EXEC = 1030
_UNLOCKED = 2
_CHANGEABLE = APPEND | NON_BLOCKING


@system_call("dup(int fd)")
def dup(kernel: Kernel, fd: int) -> int:
    """Duplicates a descriptor."""
    kernel.descriptors.file(fd)
    return kernel.descriptors.duplicate(fd, kernel.descriptors.lowest_free())


@system_call("dup2(int old, int new)")
def dup2(kernel: Kernel, old: int, new: int) -> int:
    """Duplicates a descriptor to a given number."""
    if old == new:
        kernel.descriptors.file(old)
        return new
    return kernel.descriptors.duplicate(old, new)


@system_call("dup3(int old, int new, int flags)")
def dup3(kernel: Kernel, old: int, new: int, flags: int) -> int:
    """Duplicates a descriptor to a given number, with flags."""
    if old == new or flags & ~CLOSE_ON_EXEC:
        raise Failed(Errno.EINVAL)
    return kernel.descriptors.duplicate(old, new, close_on_exec=bool(flags & CLOSE_ON_EXEC))


@system_call("fcntl(int fd, int command, word argument)")
def fcntl(kernel: Kernel, fd: int, command: int, argument: int) -> int:
    """Duplicates, flags and locks; nobody else is there to hold a lock."""
    file = kernel.descriptors.file(fd)
    if command in (_DUPLICATE, _DUPLICATE_CLOSE_ON_EXEC):
        number = kernel.descriptors.lowest_free(argument)
        return kernel.descriptors.duplicate(fd, number, close_on_exec=command == _DUPLICATE_CLOSE_ON_EXEC)
    if command == _GET_FLAGS:
        return int(kernel.descriptors.descriptor(fd).close_on_exec)
    if command == _SET_FLAGS:
        kernel.descriptors.set_close_on_exec(fd, bool(argument & 1))
        return 0
    if command == _GET_STATUS:
        return file.flags
    if command == _SET_STATUS:
        kernel.descriptors.update(fd, flags=file.flags & ~_CHANGEABLE | argument & _CHANGEABLE)
        return 0
    if command == _GET_LOCK:
        kernel.guest.write_packed(argument, "h", _UNLOCKED)
        return 0
    if command in (_SET_LOCK, _SET_LOCK_WAIT):
        return 0
    kernel.missing(f"fcntl command {command}")
    raise Failed(Errno.EINVAL)


@system_call("fcntl64(int fd, int command, word argument)")
def fcntl64(kernel: Kernel, fd: int, command: int, argument: int) -> int:
    """As fcntl, on 32-bit instruction sets."""
    return fcntl(kernel, fd, command, argument)


@system_call("flock(int fd, int operation)")
def flock(kernel: Kernel, fd: int, operation: int) -> int:
    """Always gets the lock: there is no other process."""
    kernel.descriptors.file(fd)
    return 0


@system_call("pipe(word ends)")
def pipe(kernel: Kernel, ends: int) -> int:
    """A pipe of the program to itself."""
    return pipe2(kernel, ends, 0)


@system_call("pipe2(word ends, int flags)")
def pipe2(kernel: Kernel, ends: int, flags: int) -> int:
    """A pipe of the program to itself, with flags."""
    if flags & ~(CLOSE_ON_EXEC | NON_BLOCKING):
        raise Failed(Errno.EINVAL)
    kernel.guest.write_packed(ends, "ii", 0, 0)
    number = kernel.streams.make_pipe()
    node = Node(Kind.FIFO, number_of(f"pipe:[{number}]"), 0o600)
    numbers = [
        kernel.descriptors.add(
            OpenFile(node, f"pipe:[{number}]", access | flags & NON_BLOCKING, pipe=number),
            close_on_exec=bool(flags & CLOSE_ON_EXEC),
        )
        for access in (READ_ONLY, WRITE_ONLY)
    ]
    kernel.guest.write_packed(ends, "ii", *numbers)
    return 0
