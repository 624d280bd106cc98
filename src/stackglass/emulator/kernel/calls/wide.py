"""What 32-bit instruction sets have beside the plain calls: 64-bit sizes and offsets, and the numbers of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.calls import identity, limits, mapping, reading, status, waiting
from stackglass.emulator.kernel.calls.opening import CURRENT_FOLDER
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel


@system_call("stat64(word path, word buffer)")
def stat64(kernel: Kernel, path: int, buffer: int) -> int:
    """As stat, with a 64-bit size."""
    return fstatat64(kernel, CURRENT_FOLDER, path, buffer, 0)


@system_call("lstat64(word path, word buffer)")
def lstat64(kernel: Kernel, path: int, buffer: int) -> int:
    """As lstat, with a 64-bit size."""
    return fstatat64(kernel, CURRENT_FOLDER, path, buffer, status.NO_FOLLOW)


@system_call("fstat64(int fd, word buffer)")
def fstat64(kernel: Kernel, fd: int, buffer: int) -> int:
    """As fstat, with a 64-bit size."""
    return status.write_stat(kernel, kernel.descriptors.file(fd).node, buffer, kernel.abi.stat64)


@system_call("fstatat64(int folder, word path, word buffer, int flags)")
def fstatat64(kernel: Kernel, folder: int, path: int, buffer: int, flags: int) -> int:
    """As newfstatat, with a 64-bit size."""
    return status.write_stat(kernel, status.node_at(kernel, folder, path, flags), buffer, kernel.abi.stat64)


@system_call("statfs64(word path, word size, word buffer)")
def statfs64(kernel: Kernel, path: int, size: int, buffer: int) -> int:
    """As statfs, with 64-bit sizes."""
    kernel.filesystem.find(kernel.guest.string(path), kernel.process.folder).existing  # noqa: B018
    return status.write_statfs(kernel, buffer, sizes="Q")


@system_call("fstatfs64(int fd, word size, word buffer)")
def fstatfs64(kernel: Kernel, fd: int, size: int, buffer: int) -> int:
    """As fstatfs, with 64-bit sizes."""
    kernel.descriptors.file(fd)
    return status.write_statfs(kernel, buffer, sizes="Q")


@system_call("_llseek(int fd, word high, word low, word result, int whence)")
def llseek(kernel: Kernel, fd: int, high: int, low: int, result: int, whence: int) -> int:
    """As lseek, with a 64-bit offset."""
    distance = high << 32 | low
    offset = reading.lseek(kernel, fd, distance - (1 << 64) if distance >> 63 else distance, whence)
    kernel.guest.write_packed(result, "Q", offset)
    return 0


@system_call("truncate64(word path, offset size)")
def truncate64(kernel: Kernel, path: int, size: int) -> int:
    """As truncate, with a 64-bit size."""
    return reading.truncate(kernel, path, size)


@system_call("ftruncate64(int fd, offset size)")
def ftruncate64(kernel: Kernel, fd: int, size: int) -> int:
    """As ftruncate, with a 64-bit size."""
    return reading.ftruncate(kernel, fd, size)


@system_call("fadvise64_64(int fd, offset start, offset size, int advice)")
def fadvise64_64(kernel: Kernel, fd: int, start: int, size: int, advice: int) -> int:
    """As fadvise64, with a 64-bit size."""
    return reading.fadvise64(kernel, fd, start, size, advice)


@system_call("arm_fadvise64_64(int fd, int advice, offset start, offset size)")
def arm_fadvise64_64(kernel: Kernel, fd: int, advice: int, start: int, size: int) -> int:
    """As fadvise64, with its arguments in an order that suits register pairs."""
    return reading.fadvise64(kernel, fd, start, size, advice)


@system_call("ugetrlimit(int resource, word buffer)")
def ugetrlimit(kernel: Kernel, resource: int, buffer: int) -> int:
    """Tells a limit."""
    return limits.getrlimit(kernel, resource, buffer)


@system_call("_newselect(int count, word read, word write, word except_, word timeout)")
def newselect(kernel: Kernel, count: int, read: int, write: int, except_: int, timeout: int) -> int:
    """As select."""
    return waiting.select(kernel, count, read, write, except_, timeout)


@system_call("old_select(word arguments)")
def old_select(kernel: Kernel, arguments: int) -> int:
    """What i386 calls select: its arguments lie in memory."""
    count, *others = kernel.guest.words(arguments, 5)
    return waiting.select(kernel, count, *others)


@system_call("old_mmap(word arguments)")
def old_mmap(kernel: Kernel, arguments: int) -> int:
    """What i386 calls mmap: its arguments lie in memory."""
    address, size, protection, flags, fd, offset = kernel.guest.words(arguments, 6)
    return mapping.mmap(kernel, address, size, protection, flags, fd, offset)


@system_call("cacheflush(word start, word end, word flags)")
def cacheflush(kernel: Kernel, start: int, end: int, flags: int) -> int:
    """Nothing is cached."""
    if end < start:
        raise Failed(Errno.EINVAL)
    return 0


@system_call("getuid32()")
def getuid32(kernel: Kernel) -> int:
    """Always 1000."""
    return identity.getuid(kernel)


@system_call("geteuid32()")
def geteuid32(kernel: Kernel) -> int:
    """Always 1000."""
    return identity.geteuid(kernel)


@system_call("getgid32()")
def getgid32(kernel: Kernel) -> int:
    """Always 1000."""
    return identity.getgid(kernel)


@system_call("getegid32()")
def getegid32(kernel: Kernel) -> int:
    """Always 1000."""
    return identity.getegid(kernel)


@system_call("getresuid32(word real, word effective, word saved)")
def getresuid32(kernel: Kernel, real: int, effective: int, saved: int) -> int:
    """Always 1000."""
    return identity.getresuid(kernel, real, effective, saved)


@system_call("getresgid32(word real, word effective, word saved)")
def getresgid32(kernel: Kernel, real: int, effective: int, saved: int) -> int:
    """Always 1000."""
    return identity.getresgid(kernel, real, effective, saved)


@system_call("getgroups32(int count, word list)")
def getgroups32(kernel: Kernel, count: int, list: int) -> int:
    """No groups beyond the program's own."""
    return identity.getgroups(kernel, count, list)


@system_call("chown32(word path, uint user, uint group)")
def chown32(kernel: Kernel, path: int, user: int, group: int) -> int:
    """As chown."""
    return status.chown(kernel, path, user, group)


@system_call("lchown32(word path, uint user, uint group)")
def lchown32(kernel: Kernel, path: int, user: int, group: int) -> int:
    """As lchown."""
    return status.lchown(kernel, path, user, group)


@system_call("fchown32(int fd, uint user, uint group)")
def fchown32(kernel: Kernel, fd: int, user: int, group: int) -> int:
    """As fchown."""
    return status.fchown(kernel, fd, user, group)
