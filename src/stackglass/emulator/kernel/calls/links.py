"""Names: links, removing and renaming, folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.calls.opening import CURRENT_FOLDER, find_at
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.filesystem import Found
from stackglass.emulator.kernel.nodes import Kind, Node
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_REMOVE_FOLDER = 0x200
_NO_REPLACE = 1


@system_call("readlink(word path, word buffer, int size)")
def readlink(kernel: Kernel, path: int, buffer: int, size: int) -> int:
    """Where a link leads."""
    return readlinkat(kernel, CURRENT_FOLDER, path, buffer, size)


@system_call("readlinkat(int folder, word path, word buffer, int size)")
def readlinkat(kernel: Kernel, folder: int, path: int, buffer: int, size: int) -> int:
    """As readlink, relative to a folder."""
    node = find_at(kernel, folder, kernel.guest.string(path), follow=False).existing
    if size <= 0 or node.kind is not Kind.LINK:
        raise Failed(Errno.EINVAL)
    target = node.target.encode("utf-8", "surrogateescape")[:size]
    kernel.guest.write(buffer, target)
    return len(target)


@system_call("symlink(word target, word path)")
def symlink(kernel: Kernel, target: int, path: int) -> int:
    """Makes a link, in memory."""
    return symlinkat(kernel, target, CURRENT_FOLDER, path)


@system_call("symlinkat(word target, int folder, word path)")
def symlinkat(kernel: Kernel, target: int, folder: int, path: int) -> int:
    """As symlink, relative to a folder."""
    kernel.filesystem.make(_free(kernel, folder, path), Kind.LINK, 0o777, kernel.guest.string(target))
    return 0


@system_call("link(word old, word new)")
def link(kernel: Kernel, old: int, new: int) -> int:
    """A second name for a file, in memory."""
    return linkat(kernel, CURRENT_FOLDER, old, CURRENT_FOLDER, new, 0)


@system_call("linkat(int old_folder, word old, int new_folder, word new, int flags)")
def linkat(kernel: Kernel, old_folder: int, old: int, new_folder: int, new: int, flags: int) -> int:
    """As link, relative to folders."""
    found = find_at(kernel, old_folder, kernel.guest.string(old), follow=bool(flags & 0x400))
    if found.existing.kind is not Kind.FILE:
        raise Failed(Errno.EPERM)
    kernel.filesystem.link(found, _free(kernel, new_folder, new))
    return 0


@system_call("mkdir(word path, uint mode)")
def mkdir(kernel: Kernel, path: int, mode: int) -> int:
    """Makes a folder, in memory."""
    return mkdirat(kernel, CURRENT_FOLDER, path, mode)


@system_call("mkdirat(int folder, word path, uint mode)")
def mkdirat(kernel: Kernel, folder: int, path: int, mode: int) -> int:
    """As mkdir, relative to a folder."""
    kernel.filesystem.make(_free(kernel, folder, path), Kind.DIRECTORY, mode & ~kernel.process.file_mask)
    return 0


def _free(kernel: Kernel, folder: int, path: int) -> str:
    """The canonical path where something new may be made, or EEXIST."""
    found = find_at(kernel, folder, kernel.guest.string(path), follow=False)
    if found.node is not None:
        raise Failed(Errno.EEXIST)
    return found.path


@system_call("unlink(word path)")
def unlink(kernel: Kernel, path: int) -> int:
    """Removes a name, for the guest only."""
    return unlinkat(kernel, CURRENT_FOLDER, path, 0)


@system_call("rmdir(word path)")
def rmdir(kernel: Kernel, path: int) -> int:
    """Removes an empty folder, for the guest only."""
    return unlinkat(kernel, CURRENT_FOLDER, path, _REMOVE_FOLDER)


@system_call("unlinkat(int folder, word path, int flags)")
def unlinkat(kernel: Kernel, folder: int, path: int, flags: int) -> int:
    """As unlink or rmdir, relative to a folder."""
    found = find_at(kernel, folder, kernel.guest.string(path), follow=False)
    is_folder = found.existing.kind is Kind.DIRECTORY
    if is_folder != bool(flags & _REMOVE_FOLDER):
        raise Failed(Errno.EISDIR if is_folder else Errno.ENOTDIR)
    if is_folder and kernel.filesystem.names(found.path):
        raise Failed(Errno.ENOTEMPTY)
    kernel.filesystem.remove(found.path)
    kernel.descriptors.forget_unused()
    return 0


@system_call("rename(word old, word new)")
def rename(kernel: Kernel, old: int, new: int) -> int:
    """Renames, for the guest only."""
    return renameat2(kernel, CURRENT_FOLDER, old, CURRENT_FOLDER, new, 0)


@system_call("renameat(int old_folder, word old, int new_folder, word new)")
def renameat(kernel: Kernel, old_folder: int, old: int, new_folder: int, new: int) -> int:
    """As rename, relative to folders."""
    return renameat2(kernel, old_folder, old, new_folder, new, 0)


@system_call("renameat2(int old_folder, word old, int new_folder, word new, uint flags)")
def renameat2(kernel: Kernel, old_folder: int, old: int, new_folder: int, new: int, flags: int) -> int:
    """As rename, relative to folders, with flags (RENAME_NOREPLACE alone)."""
    if flags & ~_NO_REPLACE:
        raise Failed(Errno.EINVAL)
    source = find_at(kernel, old_folder, kernel.guest.string(old), follow=False)
    place = find_at(kernel, new_folder, kernel.guest.string(new), follow=False)
    if place.node is not None:
        if flags & _NO_REPLACE:
            raise Failed(Errno.EEXIST)
        if place.path == source.path:
            return 0
        _check_replaceable(kernel, source.existing, place)
    if f"{place.path}/".startswith(f"{source.path}/"):
        raise Failed(Errno.EINVAL)
    kernel.filesystem.move(source.path, place.path)
    kernel.descriptors.forget_unused()
    return 0


def _check_replaceable(kernel: Kernel, source: Node, place: Found) -> None:
    """EISDIR, ENOTDIR or ENOTEMPTY where a rename must not replace what is there."""
    is_folder = place.existing.kind is Kind.DIRECTORY
    if is_folder != (source.kind is Kind.DIRECTORY):
        raise Failed(Errno.EISDIR if is_folder else Errno.ENOTDIR)
    if is_folder and kernel.filesystem.names(place.path):
        raise Failed(Errno.ENOTEMPTY)
