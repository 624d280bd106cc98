"""Opening and closing files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.descriptors import ACCESS_MODE, APPEND, NON_BLOCKING, READ_ONLY, WRITE_ONLY, OpenFile
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.filesystem import Found
from stackglass.emulator.kernel.nodes import Kind, Node
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call
from stackglass.emulator.kernel.streams import STREAMS

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

CREATE, EXCLUSIVE, TRUNCATE, CLOSE_ON_EXEC = 0o100, 0o200, 0o1000, 0o2000000
CURRENT_FOLDER = -100
"""AT_FDCWD."""
_KEPT_FLAGS = ACCESS_MODE | APPEND | NON_BLOCKING


def find_at(kernel: Kernel, folder_fd: int, path: str, *, follow: bool = True) -> Found:
    """Where a path leads that is relative to an open folder, as the ...at calls take it."""
    folder = kernel.process.folder
    if folder_fd != CURRENT_FOLDER and not path.startswith("/"):
        file = kernel.descriptors.file(folder_fd)
        if file.node.kind is not Kind.DIRECTORY:
            raise Failed(Errno.ENOTDIR)
        folder = file.path
    try:
        return kernel.filesystem.find(path, folder, follow=follow)
    except Failed as failure:  # a folder on the way isn't there
        if failure.errno is Errno.ENOENT and path:
            kernel.miss(path, path)
        raise


@system_call("open(word path, int flags, uint mode)")
def open_(kernel: Kernel, path: int, flags: int, mode: int) -> int:
    """Opens a file that the guest may see, or makes one in memory."""
    return openat(kernel, CURRENT_FOLDER, path, flags, mode)


@system_call("creat(word path, uint mode)")
def creat(kernel: Kernel, path: int, mode: int) -> int:
    """Makes a file in memory, or empties it."""
    return openat(kernel, CURRENT_FOLDER, path, CREATE | TRUNCATE | 1, mode)


@system_call("openat(int folder, word path, int flags, uint mode)")
def openat(kernel: Kernel, folder: int, path: int, flags: int, mode: int) -> int:
    """Opens a file that the guest may see, or makes one in memory."""
    name = kernel.guest.string(path)
    bits = kernel.abi.open_flags
    mode &= ~kernel.process.file_mask
    if flags & bits.temporary_file:
        node, at = kernel.filesystem.make_nameless(mode), ""
    else:
        follow = not flags & bits.no_follow and flags & (CREATE | EXCLUSIVE) != CREATE | EXCLUSIVE
        found = find_at(kernel, folder, name, follow=follow)
        node = _make(kernel, found, name, flags, mode) if found.node is None else _existing(kernel, found, flags)
        at = found.path
    names = kernel.filesystem.names(at) if node.kind is Kind.DIRECTORY else ()
    file = OpenFile(node, at, flags & _KEPT_FLAGS, names=names)
    return kernel.descriptors.add(file, close_on_exec=bool(flags & CLOSE_ON_EXEC))


def _make(kernel: Kernel, found: Found, name: str, flags: int, mode: int) -> Node:
    """The file that O_CREAT makes where nothing is."""
    if not flags & CREATE:
        kernel.miss(found.path, name)
        raise Failed(Errno.ENOENT)
    if name.endswith("/"):
        raise Failed(Errno.EISDIR)
    return kernel.filesystem.make(found.path, Kind.FILE, mode)


def _existing(kernel: Kernel, found: Found, flags: int) -> Node:
    """What there is, copied up for writing and emptied as the flags say."""
    node, wants_write = found.existing, flags & ACCESS_MODE != READ_ONLY
    if node.kind is Kind.CHARACTER and node.target in STREAMS:
        return kernel.descriptors.stream_node(node.target)
    _check_kind(kernel, node, flags, wants_write=wants_write)
    if not ((node.readable or flags & ACCESS_MODE == WRITE_ONLY) and (node.writable or not wants_write)):
        raise Failed(Errno.EACCES)
    if node.kind is not Kind.FILE:
        return node
    if not wants_write:
        kernel.filesystem.read(node, found.path, 0, 0)
        return node
    node = kernel.filesystem.writable(found)
    if flags & TRUNCATE:
        kernel.filesystem.resize(node, 0)
    return node


def _check_kind(kernel: Kernel, node: Node, flags: int, *, wants_write: bool) -> None:
    """EEXIST, ELOOP, ENOTDIR, EISDIR or ENXIO where the flags don't go with what is there."""
    if flags & (CREATE | EXCLUSIVE) == CREATE | EXCLUSIVE:
        raise Failed(Errno.EEXIST)
    if node.kind is Kind.LINK:
        raise Failed(Errno.ELOOP)
    if flags & kernel.abi.open_flags.directory and node.kind is not Kind.DIRECTORY:
        raise Failed(Errno.ENOTDIR)
    if node.kind is Kind.DIRECTORY and (wants_write or flags & CREATE):
        raise Failed(Errno.EISDIR)
    if node.kind in (Kind.FIFO, Kind.SOCKET, Kind.BLOCK) or (node.kind is Kind.CHARACTER and not node.target):
        raise Failed(Errno.ENXIO)


@system_call("close(int fd)")
def close(kernel: Kernel, fd: int) -> int:
    """Closes a descriptor."""
    kernel.descriptors.close(fd)
    return 0


@system_call("close_range(uint first, uint last, uint flags)")
def close_range(kernel: Kernel, first: int, last: int, flags: int) -> int:
    """Closes a range of descriptors."""
    if first > last or flags & ~4:
        raise Failed(Errno.EINVAL)
    for number in kernel.descriptors.numbers():
        if first <= number <= last:
            if flags & 4:
                kernel.descriptors.set_close_on_exec(number, True)
            else:
                kernel.descriptors.close(number)
    return 0
