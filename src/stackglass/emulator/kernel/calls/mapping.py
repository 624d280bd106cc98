"""Memory: the heap's end and mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.emulator.kernel.addresses import LOWEST, FileMapping
from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.layers import FILE_LIMIT
from stackglass.emulator.kernel.nodes import Kind
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.kernel.registry import system_call
from stackglass.emulator.memory import PAGE, Mapping, round_up
from stackglass.model import RegionKind

if TYPE_CHECKING:
    from stackglass.emulator.kernel.kernel import Kernel

_READ, _WRITE, _EXECUTE = 1, 2, 4
_SHARED, _PRIVATE, _SHARED_VALIDATE, _TYPE = 1, 2, 3, 15
_FIXED, _ANONYMOUS, _HUGE, _FIXED_NO_REPLACE = 0x10, 0x20, 0x40000, 0x100000
_MAY_MOVE, _REMAP_FIXED = 1, 2
_DONT_NEED = 4
_ADVICE_WITHOUT_EFFECT = frozenset({0, 1, 2, 3, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25})
_COPIED_AT_ONCE = 1 << 20


def permissions_of(protection: int) -> str:
    """'rwx' for PROT_ bits. What may be written or run may be read, as the hardware has it."""
    readable = protection & (_READ | _WRITE | _EXECUTE)
    return f"{'r' if readable else '-'}{'w' if protection & _WRITE else '-'}{'x' if protection & _EXECUTE else '-'}"


@system_call("brk(word address)")
def brk(kernel: Kernel, address: int) -> int:
    """Moves the end of the heap, or tells where it is."""
    return kernel.space.set_heap_end(address)


@system_call("mmap(word address, word size, int protection, int flags, int fd, word offset)")
def mmap(kernel: Kernel, address: int, size: int, protection: int, flags: int, fd: int, offset: int) -> int:
    """Maps zeroed memory or a file's bytes. A file mapped shared for writing is refused: ENODEV."""
    if not size or offset % PAGE or flags & _TYPE not in (_SHARED, _PRIVATE, _SHARED_VALIDATE):
        raise Failed(Errno.EINVAL)
    if flags & _HUGE:
        raise Failed(Errno.ENOMEM)
    if size > kernel.space.highest:
        raise Failed(Errno.ENOMEM)
    file = None if flags & _ANONYMOUS else _file(kernel, fd, protection, flags)
    start = _start(kernel, address, round_up(size), flags)
    permissions = permissions_of(protection)
    if file is None:
        kernel.space.map(start, size, permissions, RegionKind.MMAP, None)
        return start
    path, data = file
    kernel.space.map(start, size, permissions, kind_of(permissions), path)
    kernel.memory.write(start, data[offset : offset + round_up(size)])
    kernel.space.add_file(FileMapping(start, round_up(size), offset, path, data))
    return start


@system_call("mmap2(word address, word size, int protection, int flags, int fd, word page)")
def mmap2(kernel: Kernel, address: int, size: int, protection: int, flags: int, fd: int, page: int) -> int:
    """As mmap, with the offset in pages of 4096 bytes, on 32-bit instruction sets."""
    return mmap(kernel, address, size, protection, flags, fd, page * 4096)


def _file(kernel: Kernel, fd: int, protection: int, flags: int) -> tuple[str, bytes]:
    """Path and bytes of the file to map."""
    file = kernel.descriptors.file(fd)
    if not file.readable:
        raise Failed(Errno.EACCES)
    if file.node.kind is not Kind.FILE:
        raise Failed(Errno.ENODEV)
    if flags & _TYPE != _PRIVATE and (protection & _WRITE or file.writable):
        kernel.missing("mmap of a file, shared and writable")
        raise Failed(Errno.ENODEV)
    if kernel.filesystem.current(file.node).size > FILE_LIMIT:
        raise Failed(Errno.ENOMEM)
    return file.path, kernel.filesystem.whole(file.node, file.path)


def _start(kernel: Kernel, address: int, size: int, flags: int) -> int:
    """Where a mapping goes."""
    if not flags & (_FIXED | _FIXED_NO_REPLACE):
        return kernel.space.place(size, address)
    if address % PAGE:
        raise Failed(Errno.EINVAL)
    if address < LOWEST:
        raise Failed(Errno.EPERM)
    if address + size > kernel.space.highest:
        raise Failed(Errno.ENOMEM)
    if flags & _FIXED_NO_REPLACE and kernel.space.is_used(address, size):
        raise Failed(Errno.EEXIST)
    return address


def kind_of(permissions: str) -> RegionKind:
    """What a part of a file mapped with such permissions is."""
    if "x" in permissions:
        return RegionKind.TEXT
    return RegionKind.DATA if "w" in permissions else RegionKind.RODATA


@system_call("munmap(word address, word size)")
def munmap(kernel: Kernel, address: int, size: int) -> int:
    """Unmaps."""
    if address % PAGE or not size or address + size > kernel.space.highest:
        raise Failed(Errno.EINVAL)
    kernel.memory.unmap(address, size)
    return 0


@system_call("mprotect(word address, word size, int protection)")
def mprotect(kernel: Kernel, address: int, size: int, protection: int) -> int:
    """Changes permissions."""
    if address % PAGE:
        raise Failed(Errno.EINVAL)
    if size:
        kernel.space.check_range(address, round_up(size))
        kernel.memory.protect(address, size, permissions_of(protection))
    return 0


@system_call("mremap(word old, word old_size, word new_size, word flags, word new)")
def mremap(kernel: Kernel, old: int, old_size: int, new_size: int, flags: int, new: int) -> int:
    """Resizes a mapping, and moves it if need be."""
    old_size, new_size = round_up(old_size), round_up(new_size)
    if old % PAGE or not new_size or flags & ~(_MAY_MOVE | _REMAP_FIXED) or not old_size:
        raise Failed(Errno.EINVAL)
    mapping = kernel.memory.mapping_at(old)
    if mapping is None or not kernel.memory.is_mapped(old, old_size):
        raise Failed(Errno.EFAULT)
    if flags & _REMAP_FIXED:
        if not flags & _MAY_MOVE or new % PAGE or (new < old + old_size and old < new + new_size):
            raise Failed(Errno.EINVAL)
        kernel.memory.unmap(new, new_size)
        return _move(kernel, mapping, old, old_size, new_size, _start(kernel, new, new_size, _FIXED))
    if new_size <= old_size:
        if new_size < old_size:
            kernel.memory.unmap(old + new_size, old_size - new_size)
        return old
    more = new_size - old_size
    end = old + old_size
    if mapping.end == end and end + more <= kernel.space.highest and not kernel.space.is_used(end, more):
        kernel.space.map(end, more, mapping.permissions, mapping.kind, mapping.name)
        return old
    if not flags & _MAY_MOVE:
        raise Failed(Errno.ENOMEM)
    return _move(kernel, mapping, old, old_size, new_size, kernel.space.place(new_size))


def _move(kernel: Kernel, mapping: Mapping, old: int, old_size: int, new_size: int, new: int) -> int:
    """Maps anew at `new`, takes the bytes along, and unmaps the old place."""
    kernel.space.map(new, new_size, mapping.permissions, mapping.kind, mapping.name)
    for at in range(0, min(old_size, new_size), _COPIED_AT_ONCE):
        piece = kernel.memory.read(old + at, min(_COPIED_AT_ONCE, min(old_size, new_size) - at))
        kernel.memory.write(new + at, piece)
    kernel.memory.unmap(old, old_size)
    return new


@system_call("madvise(word address, word size, int advice)")
def madvise(kernel: Kernel, address: int, size: int, advice: int) -> int:
    """MADV_DONTNEED zeroes; other advice has no effect."""
    if address % PAGE:
        raise Failed(Errno.EINVAL)
    if not size:
        return 0
    kernel.space.check_range(address, round_up(size))
    if advice == _DONT_NEED:
        _drop(kernel, address, round_up(size))
    elif advice not in _ADVICE_WITHOUT_EFFECT:
        raise Failed(Errno.EINVAL)
    return 0


def _drop(kernel: Kernel, address: int, size: int) -> None:
    """Gives pages back the bytes that they had when they were mapped: zeros, or the file's."""
    for mapping in kernel.space.mappings_in(address, size):
        start, end = max(address, mapping.start), min(address + size, mapping.end)
        file = kernel.space.file_at(start) if mapping.name else None
        for at in range(start, end, _COPIED_AT_ONCE):
            count = min(_COPIED_AT_ONCE, end - at)
            fresh = file.data[file.offset + at - file.start :][:count] if file else b""
            kernel.memory.write(at, fresh.ljust(count, b"\0"))


@system_call("msync(word address, word size, int flags)")
def msync(kernel: Kernel, address: int, size: int, flags: int) -> int:
    """Nothing is shared, so there is nothing to write."""
    kernel.space.check_range(address, round_up(size))
    return 0


@system_call("mlock(word address, word size)")
def mlock(kernel: Kernel, address: int, size: int) -> int:
    """Without effect: nothing is ever swapped out."""
    kernel.space.check_range(address, round_up(size))
    return 0


@system_call("munlock(word address, word size)")
def munlock(kernel: Kernel, address: int, size: int) -> int:
    """Without effect."""
    return mlock(kernel, address, size)
