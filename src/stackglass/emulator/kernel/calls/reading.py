"""Reading, writing and seeking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackglass.emulator.kernel import signals
from stackglass.emulator.kernel.descriptors import APPEND, OpenFile
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.guest import TRANSFER_LIMIT
from stackglass.emulator.kernel.nodes import Kind
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_SET, _CURRENT, _END = 0, 1, 2
_LARGEST_OFFSET = (1 << 63) - 1

Vector = Sequence[tuple[int, int]]


def _read(kernel: Kernel, number: int, vector: Vector, position: int | None) -> int:
    """Reads into the buffers of `vector`; at the file's own offset, which moves on, if there is no `position`."""
    file = kernel.descriptors.file(number)
    _check_position(file, position)
    vector = _limited(vector)
    wanted = sum(size for _, size in vector)
    _check_buffers(kernel, vector)
    offset = file.offset if position is None else position
    data = kernel.descriptors.read(file, offset, wanted)
    at = 0
    for address, size in vector:
        kernel.guest.write(address, data[at : at + size])
        at += size
    if position is None:
        kernel.descriptors.update(number, offset=offset + len(data))
    return len(data)


def _limited(vector: Vector) -> Vector:
    """The buffers as far as one call goes."""
    found, left = [], TRANSFER_LIMIT
    for address, size in vector:
        found.append((address, min(size, left)))
        left -= found[-1][1]
    return found


def _check_buffers(kernel: Kernel, vector: Vector) -> None:
    """EFAULT where no byte of a buffer may be written: nothing must be taken from a stream then."""
    for address, size in vector:
        if size and not kernel.memory.is_writable(address, 1):
            raise Failed(Errno.EFAULT)


def _write(kernel: Kernel, number: int, vector: Vector, position: int | None) -> int:
    """Writes the buffers of `vector`; at the file's own offset, which moves on, if there is no `position`."""
    file = kernel.descriptors.file(number)
    _check_position(file, position)
    data = b"".join(kernel.guest.read(address, size) for address, size in _limited(vector))
    offset = file.offset if position is None else position
    if file.flags & APPEND and file.node.kind is Kind.FILE:
        offset = kernel.filesystem.current(file.node).size
    if file.node.kind is Kind.FILE and offset + len(data) > kernel.space.limit:
        raise Failed(Errno.EFBIG)
    try:
        written = kernel.descriptors.write(file, offset, data)
    except Failed as failed:
        if failed.errno is Errno.EPIPE:
            kernel.signals.raise_signal(signals.PIPE, "it wrote to a pipe that nobody reads")
        raise
    if position is None:
        kernel.descriptors.update(number, offset=offset + written)
    return written


def _check_position(file: OpenFile, position: int | None) -> None:
    if position is None:
        return
    if position < 0:
        raise Failed(Errno.EINVAL)
    if not file.seekable:
        raise Failed(Errno.ESPIPE)


@system_call("read(int fd, word buffer, word size)")
def read(kernel: Kernel, fd: int, buffer: int, size: int) -> int:
    """Reads from a file, device, pipe or standard input."""
    return _read(kernel, fd, [(buffer, min(size, TRANSFER_LIMIT))], None)


@system_call("pread64(int fd, word buffer, word size, offset position)")
def pread64(kernel: Kernel, fd: int, buffer: int, size: int, position: int) -> int:
    """Reads at a position; the file's own offset stays."""
    return _read(kernel, fd, [(buffer, min(size, TRANSFER_LIMIT))], position)


@system_call("readv(int fd, word vector, int count)")
def readv(kernel: Kernel, fd: int, vector: int, count: int) -> int:
    """Reads into several buffers."""
    return _read(kernel, fd, kernel.guest.vector(vector, count), None)


@system_call("preadv(int fd, word vector, int count, word low, word high)")
def preadv(kernel: Kernel, fd: int, vector: int, count: int, low: int, high: int) -> int:
    """Reads into several buffers at a position."""
    return _read(kernel, fd, kernel.guest.vector(vector, count), _joined(kernel, low, high))


@system_call("write(int fd, word buffer, word size)")
def write(kernel: Kernel, fd: int, buffer: int, size: int) -> int:
    """Writes to a file, device, pipe or standard output; files live in memory, never on the host."""
    return _write(kernel, fd, [(buffer, min(size, TRANSFER_LIMIT))], None)


@system_call("pwrite64(int fd, word buffer, word size, offset position)")
def pwrite64(kernel: Kernel, fd: int, buffer: int, size: int, position: int) -> int:
    """Writes at a position; the file's own offset stays."""
    return _write(kernel, fd, [(buffer, min(size, TRANSFER_LIMIT))], position)


@system_call("writev(int fd, word vector, int count)")
def writev(kernel: Kernel, fd: int, vector: int, count: int) -> int:
    """Writes several buffers."""
    return _write(kernel, fd, kernel.guest.vector(vector, count), None)


@system_call("pwritev(int fd, word vector, int count, word low, word high)")
def pwritev(kernel: Kernel, fd: int, vector: int, count: int, low: int, high: int) -> int:
    """Writes several buffers at a position."""
    return _write(kernel, fd, kernel.guest.vector(vector, count), _joined(kernel, low, high))


def _joined(kernel: Kernel, low: int, high: int) -> int:
    """A position that comes in two words whatever their width (the high one counts for nothing at 64 bits)."""
    return low if kernel.guest.word_size == 8 else low | high << 32


@system_call("lseek(int fd, long distance, int whence)")
def lseek(kernel: Kernel, fd: int, distance: int, whence: int) -> int:
    """Moves a file's offset; streams and pipes have none."""
    file = kernel.descriptors.file(fd)
    if not file.seekable:
        raise Failed(Errno.ESPIPE)
    bases = {_SET: 0, _CURRENT: file.offset, _END: kernel.filesystem.current(file.node).size}
    if whence not in bases or not 0 <= bases[whence] + distance <= _LARGEST_OFFSET:
        raise Failed(Errno.EINVAL)
    kernel.descriptors.update(fd, offset=bases[whence] + distance)
    return bases[whence] + distance


@system_call("ftruncate(int fd, long size)")
def ftruncate(kernel: Kernel, fd: int, size: int) -> int:
    """Cuts or lengthens a file that is open for writing."""
    file = kernel.descriptors.file(fd)
    if size < 0 or not file.writable or file.node.kind is not Kind.FILE:
        raise Failed(Errno.EINVAL)
    if size > kernel.space.limit:
        raise Failed(Errno.EFBIG)
    kernel.filesystem.resize(file.node, size)
    return 0


@system_call("truncate(word path, long size)")
def truncate(kernel: Kernel, path: int, size: int) -> int:
    """Cuts or lengthens a file by its name."""
    found = kernel.filesystem.find(kernel.guest.string(path), kernel.process.folder)
    if found.existing.kind is not Kind.FILE:
        raise Failed(Errno.EISDIR if found.existing.kind is Kind.DIRECTORY else Errno.EINVAL)
    if not found.existing.writable:
        raise Failed(Errno.EACCES)
    if not 0 <= size <= kernel.space.limit:
        raise Failed(Errno.EINVAL if size < 0 else Errno.EFBIG)
    kernel.filesystem.resize(kernel.filesystem.writable(found), size)
    return 0


@system_call("fsync(int fd)")
def fsync(kernel: Kernel, fd: int) -> int:
    """Nothing is cached, so there is nothing to write."""
    kernel.descriptors.file(fd)
    return 0


@system_call("fdatasync(int fd)")
def fdatasync(kernel: Kernel, fd: int) -> int:
    """Nothing is cached, so there is nothing to write."""
    return fsync(kernel, fd)


@system_call("fadvise64(int fd, offset start, word size, int advice)")
def fadvise64(kernel: Kernel, fd: int, start: int, size: int, advice: int) -> int:
    """Without effect."""
    if not kernel.descriptors.file(fd).seekable:
        raise Failed(Errno.ESPIPE)
    if not 0 <= advice <= 5:
        raise Failed(Errno.EINVAL)
    return 0


@system_call("sync()")
def sync(kernel: Kernel) -> int:
    """Nothing is cached, so there is nothing to write."""
    return 0
