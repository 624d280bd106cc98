"""Folders: listing them, and the working folder."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.nodes import Kind, join, number_of, parent
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel


@system_call("getdents64(int fd, word buffer, word size)")
def getdents64(kernel: Kernel, fd: int, buffer: int, size: int) -> int:
    """Lists a folder as it was when opened, '.' and '..' first, then by name."""
    file = kernel.descriptors.file(fd)
    if file.node.kind is not Kind.DIRECTORY:
        raise Failed(Errno.ENOTDIR)
    names = (".", "..", *file.names)
    found = bytearray()
    position = file.offset
    while position < len(names):
        entry = _entry(kernel, file.path, names[position], position + 1)
        if len(found) + len(entry) > size:
            break
        found += entry
        position += 1
    if not found and position < len(names):
        raise Failed(Errno.EINVAL)
    kernel.guest.write(buffer, bytes(found))
    kernel.descriptors.update(fd, offset=position)
    return len(found)


def _entry(kernel: Kernel, folder: str, name: str, following: int) -> bytes:
    """One struct linux_dirent64, padded to 8 bytes; `following` is the position after it."""
    path = {".": folder, "..": parent(folder)}.get(name) or join(folder, name)
    node = kernel.filesystem.node(path)
    kind = node.kind.directory_type if node else 0
    text = name.encode("utf-8", "surrogateescape")
    length = (19 + len(text) + 1 + 7) & ~7
    order = "<" if kernel.isa.byte_order == "little" else ">"
    head = struct.pack(f"{order}QqHB", kernel.inode(node.number if node else number_of(path)), following, length, kind)
    return (head + text).ljust(length, b"\0")


@system_call("getcwd(word buffer, word size)")
def getcwd(kernel: Kernel, buffer: int, size: int) -> int:
    """The working folder's path in the guest."""
    text = kernel.process.folder.encode("utf-8", "surrogateescape") + b"\0"
    if len(text) > size:
        raise Failed(Errno.ERANGE)
    kernel.guest.write(buffer, text)
    return len(text)


@system_call("chdir(word path)")
def chdir(kernel: Kernel, path: int) -> int:
    """Changes the working folder."""
    found = kernel.filesystem.find(kernel.guest.string(path), kernel.process.folder)
    if found.existing.kind is not Kind.DIRECTORY:
        raise Failed(Errno.ENOTDIR)
    kernel.change_process(folder=found.path)
    return 0


@system_call("fchdir(int fd)")
def fchdir(kernel: Kernel, fd: int) -> int:
    """Changes the working folder to an open one."""
    file = kernel.descriptors.file(fd)
    if file.node.kind is not Kind.DIRECTORY:
        raise Failed(Errno.ENOTDIR)
    kernel.change_process(folder=file.path)
    return 0
