"""The heap's end and mappings: what the guest gets, and what it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackglass.emulator.kernel import World
from stackglass.emulator.kernel.errno import Errno
from stackglass.model import RegionKind
from tests.unit.emulator.kernel.small_machine import HEAP, ISA, SCRATCH, SmallMachine

READ, WRITE, EXECUTE = 1, 2, 4
SHARED, PRIVATE, FIXED, ANONYMOUS, NO_REPLACE = 1, 2, 0x10, 0x20, 0x100000
BOTH = READ | WRITE
GIB = 1 << 30


@pytest.fixture
def machine() -> SmallMachine:
    return SmallMachine()


def anonymous(machine: SmallMachine, size: int, address: int = 0, protection: int = BOTH, flags: int = 0) -> int:
    return machine.call("mmap", address, size, protection, PRIVATE | ANONYMOUS | flags, -1, 0)


def test_the_heap_grows_and_shrinks_by_the_byte(machine: SmallMachine) -> None:
    assert machine.call("brk", 0) == HEAP
    assert machine.call("brk", HEAP + 10) == HEAP + 10
    mapping = machine.memory.mapping_at(HEAP)
    assert mapping is not None
    assert (mapping.size, mapping.permissions, mapping.kind, mapping.name) == (4096, "rw-", RegionKind.HEAP, "[heap]")
    assert machine.call("brk", HEAP + 4097) == HEAP + 4097
    machine.memory.write(HEAP, b"kept")
    machine.memory.write(HEAP + 4096, b"lost")
    assert machine.call("brk", HEAP + 1) == HEAP + 1
    assert not machine.memory.is_mapped(HEAP + 4096, 1)
    assert machine.call("brk", HEAP + 5000) == HEAP + 5000
    assert machine.memory.read(HEAP, 4) + machine.memory.read(HEAP + 4096, 4) == b"kept\0\0\0\0"


def test_the_heap_stops_where_something_else_is(machine: SmallMachine) -> None:
    assert machine.call("brk", HEAP - 1) == HEAP
    assert machine.call("brk", SCRATCH + 1) == HEAP
    assert machine.call("brk", 1 << 60) == HEAP
    assert machine.call("brk", HEAP + 5 * GIB) == HEAP
    assert machine.call("brk", SCRATCH) == SCRATCH


def test_mappings_grow_down_from_the_top(machine: SmallMachine) -> None:
    first, second = anonymous(machine, 5000), anonymous(machine, 4096)
    assert (first, second) == (ISA.mmap_top - 8192, ISA.mmap_top - 12288)
    assert machine.call("munmap", first, 8192) == 0
    assert anonymous(machine, 8192) == first, "the highest gap that is large enough"
    assert anonymous(machine, 4096) == second - 4096


def test_a_hint_is_followed_where_it_can_be(machine: SmallMachine) -> None:
    assert anonymous(machine, 4096, 0x30000000) == 0x30000000
    assert anonymous(machine, 4096, 0x30000000) == ISA.mmap_top - 4096
    assert anonymous(machine, 4096, 0x40000123) == 0x40000000
    assert anonymous(machine, 4096, 0x1000) == ISA.mmap_top - 8192


def test_fixed_mappings(machine: SmallMachine) -> None:
    at = anonymous(machine, 12288)
    machine.memory.write(at, b"a" * 12288)
    assert anonymous(machine, 4096, at + 4096, flags=FIXED) == at + 4096
    assert machine.memory.read(at + 4095, 4098) == b"a" + bytes(4096) + b"a"
    flags = PRIVATE | ANONYMOUS | NO_REPLACE
    assert machine.error("mmap", at, 4096, BOTH, flags, -1, 0) is Errno.EEXIST
    flags = PRIVATE | ANONYMOUS | FIXED
    assert machine.error("mmap", 0, 4096, BOTH, flags, -1, 0) is Errno.EPERM
    assert machine.error("mmap", at + 1, 4096, BOTH, flags, -1, 0) is Errno.EINVAL
    assert machine.error("mmap", ISA.stack_top, 4096, BOTH, flags, -1, 0) is Errno.ENOMEM


def test_what_mmap_refuses(machine: SmallMachine) -> None:
    assert machine.error("mmap", 0, 0, BOTH, PRIVATE | ANONYMOUS, -1, 0) is Errno.EINVAL
    assert machine.error("mmap", 0, 4096, BOTH, ANONYMOUS, -1, 0) is Errno.EINVAL
    assert machine.error("mmap", 0, 4096, BOTH, PRIVATE, 77, 0) is Errno.EBADF
    assert machine.error("mmap", 0, 4096, BOTH, PRIVATE, 0, 0) is Errno.ENODEV
    assert machine.error("mmap", 0, 4096, BOTH, PRIVATE, 1, 0) is Errno.EACCES
    assert machine.error("mmap", 0, 1 << 62, BOTH, PRIVATE | ANONYMOUS, -1, 0) is Errno.ENOMEM
    assert machine.error("mmap", 0, 5 * GIB, 0, PRIVATE | ANONYMOUS, -1, 0) is Errno.ENOMEM
    assert machine.error("mmap", 0, (1 << 64) - 1, BOTH, PRIVATE | ANONYMOUS, -1, 0) is Errno.ENOMEM


def test_permissions(machine: SmallMachine) -> None:
    at = anonymous(machine, 3 * 4096, protection=0)
    assert machine.call("mprotect", at + 4096, 4096, READ | EXECUTE) == 0
    mappings = [one for one in machine.memory.mappings if at <= one.start < at + 3 * 4096]
    assert [one.permissions for one in mappings] == ["---", "r-x", "---"]
    assert machine.error("mprotect", at + 1, 4096, READ) is Errno.EINVAL
    assert machine.error("mprotect", at, 1 << 40, READ) is Errno.ENOMEM


def test_files_are_mapped_as_they_are(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20
    (tmp_path / "file").write_bytes(data)
    machine = SmallMachine(World(root=tmp_path))
    descriptor = machine.open("file")
    at = machine.call("mmap", 0, 8192, READ | EXECUTE, PRIVATE, descriptor, 4096)
    assert machine.memory.read(at, 8192) == data[4096:].ljust(8192, b"\0")
    short = machine.call("mmap", 0, 10, READ, PRIVATE, descriptor, 0)
    assert machine.memory.read(short, 4096) == data[:4096], "the rest of the page is the file's too"
    mapping = machine.memory.mapping_at(at)
    assert mapping is not None
    assert (mapping.kind, mapping.name, mapping.permissions) == (RegionKind.TEXT, "/file", "r-x")
    noted, _ = machine.kernel.space.files
    assert (noted.start, noted.size, noted.offset, noted.path, noted.data) == (at, 8192, 4096, "/file", data)
    assert machine.error("mmap", 0, 4096, BOTH, SHARED, descriptor, 0) is Errno.ENODEV
    assert machine.kernel.unsupported == {"mmap of a file, shared and writable": 1}
    assert machine.error("mmap", 0, 4096, READ, PRIVATE, descriptor, 100) is Errno.EINVAL
    machine.memory.write(at, b"changed")
    assert machine.call("madvise", at, 4096, 4) == 0
    assert machine.memory.read(at, 4096) == data[4096:].ljust(4096, b"\0")


def test_remapping(machine: SmallMachine) -> None:
    at = anonymous(machine, 8192)
    machine.memory.write(at, b"head")
    machine.memory.write(at + 4096, b"tail")
    assert machine.call("mremap", at, 8192, 4096, 0, 0) == at
    assert not machine.memory.is_mapped(at + 4096, 1)
    assert machine.call("mremap", at, 4096, 8192, 0, 0) == at, "grows where there is room"
    assert anonymous(machine, 4096, at + 8192, flags=NO_REPLACE) == at + 8192
    moved = machine.call("mremap", at, 8192, 1 << 20, 1, 0)
    assert moved != at
    assert machine.memory.read(moved, 4) == b"head"
    assert machine.memory.read(moved + 4096, 4) == bytes(4)
    assert not machine.memory.is_mapped(at, 1)
    target = anonymous(machine, 8192)
    assert machine.call("mremap", moved, 1 << 20, 4096, 3, target) == target
    assert machine.memory.read(target, 4) == b"head"
    assert machine.error("mremap", moved, 4096, 8192, 1, 0) is Errno.EFAULT
    assert machine.error("mremap", target, 4096, 0, 1, 0) is Errno.EINVAL


def test_growing_a_mapping_in_a_narrow_place(machine: SmallMachine) -> None:
    low = anonymous(machine, 4096, 0x30000000)
    anonymous(machine, 4096, 0x30001000)
    assert machine.error("mremap", low, 4096, 8192, 0, 0) is Errno.ENOMEM


def test_advice(machine: SmallMachine) -> None:
    at = anonymous(machine, 8192)
    machine.memory.write(at, b"x" * 8192)
    assert machine.call("madvise", at, 4096, 4) == 0
    assert machine.memory.read(at, 8192) == bytes(4096) + b"x" * 4096
    assert machine.call("madvise", at, 8192, 14) == 0
    assert machine.error("madvise", at, 8192, 9999) is Errno.EINVAL
    assert machine.error("madvise", at, 1 << 30, 4) is Errno.ENOMEM
