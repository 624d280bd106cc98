"""What a file is: the stat family, access, and the size of file systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel import abi
from stackglass.emulator.kernel.calls.opening import CURRENT_FOLDER, find_at
from stackglass.emulator.kernel.clock import SECOND
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.filesystem import Found
from stackglass.emulator.kernel.nodes import Kind, Node
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.process import USER
from stackglass.emulator.kernel.registry import system_call
from stackglass.isa.linux import Layout

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

NO_FOLLOW, EMPTY_PATH, EFFECTIVE_IDS, FOLLOW = 0x100, 0x1000, 0x200, 0x400
_BLOCK_SIZE, _DISK_BLOCK = 4096, 512
_DEVICE = 0x801
_RAW_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 9)}
_TERMINAL_DEVICE = (136, 0)
_EXECUTE, _WRITE, _READ = 1, 2, 4
_STATX_BASIC = 0x7FF
_NOW, _LEAVE = 0x3FFFFFFF, 0x3FFFFFFE
"""UTIME_NOW and UTIME_OMIT."""
_TMPFS_MAGIC = 0x01021994


def _values(kernel: Kernel, node: Node) -> dict[str, int | bytes]:
    """The fields of struct stat and struct statx for a node."""
    node = kernel.filesystem.current(node)
    major, minor = _RAW_DEVICES.get(node.target, _TERMINAL_DEVICE) if node.kind is Kind.CHARACTER else (0, 0)
    return {
        "device": _DEVICE,
        "device_major": _DEVICE >> 8,
        "device_minor": _DEVICE & 0xFF,
        "number": kernel.inode(node.number),
        "number_low": node.number & 0xFFFFFFFF,
        "links": 2 if node.kind is Kind.DIRECTORY else kernel.filesystem.links_to(node),
        "mode": node.mode,
        "user": USER,
        "group": USER,
        "raw_device": major << 8 | minor,
        "raw_device_major": major,
        "raw_device_minor": minor,
        "size": node.size if node.kind is not Kind.DIRECTORY else _BLOCK_SIZE,
        "block_size": _BLOCK_SIZE,
        "blocks": -(-node.size // _DISK_BLOCK),
        "seconds": node.modified // SECOND,
        "nanoseconds": node.modified % SECOND,
        "mask": _STATX_BASIC,
    }


def node_at(kernel: Kernel, folder: int, path: int, flags: int) -> Node:
    """The node that a path, or with AT_EMPTY_PATH a descriptor, means."""
    name = kernel.guest.string(path) if path else ""
    if not name and flags & EMPTY_PATH:
        if folder == CURRENT_FOLDER:
            return kernel.filesystem.find(".", kernel.process.folder).existing
        return kernel.descriptors.file(folder).node
    found = find_at(kernel, folder, name, follow=not flags & NO_FOLLOW)
    if found.node is not None and found.node.kind is Kind.CHARACTER and found.path.startswith("/dev/std"):
        return kernel.descriptors.stream_node(found.node.target)
    return found.existing


def write_stat(kernel: Kernel, node: Node, buffer: int, layout: Layout) -> int:
    """Tells of a node in one of the layouts of struct stat."""
    kernel.guest.write(buffer, abi.pack(layout, kernel.isa.byte_order, _values(kernel, node)))
    return 0


@system_call("stat(word path, word buffer)")
def stat(kernel: Kernel, path: int, buffer: int) -> int:
    """Kind, size, times and permissions of a file."""
    return write_stat(kernel, node_at(kernel, CURRENT_FOLDER, path, 0), buffer, kernel.abi.stat)


@system_call("lstat(word path, word buffer)")
def lstat(kernel: Kernel, path: int, buffer: int) -> int:
    """As stat, of a link itself."""
    return write_stat(kernel, node_at(kernel, CURRENT_FOLDER, path, NO_FOLLOW), buffer, kernel.abi.stat)


@system_call("fstat(int fd, word buffer)")
def fstat(kernel: Kernel, fd: int, buffer: int) -> int:
    """As stat, of an open file."""
    return write_stat(kernel, kernel.descriptors.file(fd).node, buffer, kernel.abi.stat)


@system_call("newfstatat(int folder, word path, word buffer, int flags)")
def newfstatat(kernel: Kernel, folder: int, path: int, buffer: int, flags: int) -> int:
    """As stat, relative to a folder or of a descriptor."""
    return write_stat(kernel, node_at(kernel, folder, path, flags), buffer, kernel.abi.stat)


@system_call("statx(int folder, word path, uint flags, uint mask, word buffer)")
def statx(kernel: Kernel, folder: int, path: int, flags: int, mask: int, buffer: int) -> int:
    """As stat, in the layout that is the same everywhere."""
    node = node_at(kernel, folder, path, flags)
    kernel.guest.write(buffer, abi.pack(abi.STATX, kernel.isa.byte_order, _values(kernel, node)))
    return 0


@system_call("access(word path, int mode)")
def access(kernel: Kernel, path: int, mode: int) -> int:
    """Whether a file is there and may be read, written or run."""
    return faccessat2(kernel, CURRENT_FOLDER, path, mode, 0)


@system_call("faccessat(int folder, word path, int mode)")
def faccessat(kernel: Kernel, folder: int, path: int, mode: int) -> int:
    """As access, relative to a folder."""
    return faccessat2(kernel, folder, path, mode, 0)


@system_call("faccessat2(int folder, word path, int mode, int flags)")
def faccessat2(kernel: Kernel, folder: int, path: int, mode: int, flags: int) -> int:
    """As access, relative to a folder, with flags."""
    if mode & ~(_EXECUTE | _WRITE | _READ) or flags & ~(NO_FOLLOW | EMPTY_PATH | EFFECTIVE_IDS):
        raise Failed(Errno.EINVAL)
    node = node_at(kernel, folder, path, flags)
    if mode & ~(node.permissions >> 6):
        raise Failed(Errno.EACCES)
    return 0


@system_call("statfs(word path, word buffer)")
def statfs(kernel: Kernel, path: int, buffer: int) -> int:
    """The file system's size: as much as the guest may have of memory."""
    kernel.filesystem.find(kernel.guest.string(path), kernel.process.folder).existing  # noqa: B018
    return write_statfs(kernel, buffer, sizes=kernel.guest.long)


@system_call("fstatfs(int fd, word buffer)")
def fstatfs(kernel: Kernel, fd: int, buffer: int) -> int:
    """As statfs, of an open file."""
    kernel.descriptors.file(fd)
    return write_statfs(kernel, buffer, sizes=kernel.guest.long)


def write_statfs(kernel: Kernel, buffer: int, *, sizes: str) -> int:
    """struct statfs, in which five sizes have the `struct` code `sizes`; the rest are longs."""
    blocks, long = kernel.space.limit // _BLOCK_SIZE, kernel.guest.long
    codes = f"{2 * long}{5 * sizes}ii{3 * long}{4 * long}"
    sizes_ = (blocks, blocks, blocks, 0, 0)
    kernel.guest.write_packed(buffer, codes, _TMPFS_MAGIC, _BLOCK_SIZE, *sizes_, 0, 0, 255, _BLOCK_SIZE, *[0] * 5)
    return 0


@system_call("chmod(word path, uint mode)")
def chmod(kernel: Kernel, path: int, mode: int) -> int:
    """Changes permissions, for the guest only."""
    return fchmodat(kernel, CURRENT_FOLDER, path, mode)


@system_call("fchmodat(int folder, word path, uint mode)")
def fchmodat(kernel: Kernel, folder: int, path: int, mode: int) -> int:
    """As chmod, relative to a folder."""
    kernel.filesystem.change(find_at(kernel, folder, kernel.guest.string(path)), permissions=mode)
    return 0


@system_call("fchmod(int fd, uint mode)")
def fchmod(kernel: Kernel, fd: int, mode: int) -> int:
    """As chmod, of an open file."""
    kernel.filesystem.change(_open_file(kernel, fd), permissions=mode)
    return 0


def _open_file(kernel: Kernel, fd: int) -> Found:
    """An open file as something that can be changed; EROFS for one whose name is gone and that was never written."""
    file = kernel.descriptors.file(fd)
    return Found(file.path, kernel.filesystem.current(file.node))


@system_call("chown(word path, uint user, uint group)")
def chown(kernel: Kernel, path: int, user: int, group: int) -> int:
    """EPERM for any owner but the program."""
    return fchownat(kernel, CURRENT_FOLDER, path, user, group, 0)


@system_call("lchown(word path, uint user, uint group)")
def lchown(kernel: Kernel, path: int, user: int, group: int) -> int:
    """EPERM for any owner but the program."""
    return fchownat(kernel, CURRENT_FOLDER, path, user, group, NO_FOLLOW)


@system_call("fchown(int fd, uint user, uint group)")
def fchown(kernel: Kernel, fd: int, user: int, group: int) -> int:
    """EPERM for any owner but the program."""
    kernel.descriptors.file(fd)
    return _check_owner(user, group)


@system_call("fchownat(int folder, word path, uint user, uint group, int flags)")
def fchownat(kernel: Kernel, folder: int, path: int, user: int, group: int, flags: int) -> int:
    """EPERM for any owner but the program."""
    node_at(kernel, folder, path, flags)
    return _check_owner(user, group)


def _check_owner(user: int, group: int) -> int:
    if not {user, group} <= {USER, 0xFFFFFFFF}:
        raise Failed(Errno.EPERM)
    return 0


@system_call("utimensat(int folder, word path, word times, int flags)")
def utimensat(kernel: Kernel, folder: int, path: int, times: int, flags: int) -> int:
    """Sets a file's time of change, for the guest only."""
    return set_times(kernel, folder, path, times, flags, kernel.guest.long)


def set_times(kernel: Kernel, folder: int, path: int, times: int, flags: int, code: str) -> int:
    """What utimensat does; the members of its timespecs have the `struct` code `code`."""
    if path:
        found = find_at(kernel, folder, kernel.guest.string(path), follow=not flags & NO_FOLLOW)
    else:
        found = _open_file(kernel, folder)
    seconds, nanoseconds = kernel.guest.unpack(times, 4 * code)[2:] if times else (0, _NOW)
    if nanoseconds not in (_NOW, _LEAVE) and not 0 <= nanoseconds < SECOND:
        raise Failed(Errno.EINVAL)
    moment = kernel.clock.realtime if nanoseconds == _NOW else seconds * SECOND + nanoseconds
    if nanoseconds != _LEAVE:
        kernel.filesystem.change(found, modified=moment)
    return 0


@system_call("umask(uint mask)")
def umask(kernel: Kernel, mask: int) -> int:
    """The permissions that new files don't get."""
    earlier = kernel.process.file_mask
    kernel.change_process(file_mask=mask & 0o777)
    return earlier
