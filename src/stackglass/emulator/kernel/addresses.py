"""The guest's address space as the kernel manages it: the heap's end, and where the next mapping goes."""

from __future__ import annotations

from typing import NamedTuple

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.memory import PAGE, Mapping, Memory, round_up
from stackglass.model import RegionKind

LOWEST = 0x10000
"""Nothing is ever mapped below (vm.mmap_min_addr)."""


MOST_MAPPINGS = 65530
"""vm.max_map_count."""


class FileMapping(NamedTuple):
    """A part of a file that the program mapped, from `offset` in the file on; `data` is all of the file."""

    start: int
    size: int
    offset: int
    path: str
    data: bytes


class AddressSpaceState(NamedTuple):
    """What memory itself doesn't tell."""

    heap_end: int
    files: tuple[FileMapping, ...]


class AddressSpace:
    """`top` is where mappings start to grow down from, `highest` the end of user addresses, `limit` bytes in all."""

    def __init__(self, memory: Memory, *, heap_start: int, top: int, highest: int, limit: int) -> None:
        self.memory = memory
        self.heap_start = heap_start
        self.heap_end = heap_start
        self.top = top
        self.highest = highest
        self.limit = limit
        self.files: tuple[FileMapping, ...] = ()
        """In the order in which they were mapped, also those unmapped since: how the program's libraries got there."""

    def state(self) -> AddressSpaceState:
        """What memory itself doesn't tell."""
        return AddressSpaceState(self.heap_end, self.files)

    def restore(self, state: AddressSpaceState) -> None:
        """Puts that back; the mappings are the memory's."""
        self.heap_end, self.files = state.heap_end, state.files

    def set_heap_end(self, address: int) -> int:
        """Moves the end of the heap, if that can be; where it is then (brk never fails)."""
        old, new = round_up(self.heap_end), round_up(address)
        if address < self.heap_start or new > self.highest:
            return self.heap_end
        if new > old:
            if self.is_used(old, new - old):
                return self.heap_end
            try:
                self.map(old, new - old, "rw-", RegionKind.HEAP, "[heap]")
            except Failed:
                return self.heap_end
        elif new < old:
            self.memory.unmap(new, old - new)
        self.heap_end = address
        return address

    def place(self, size: int, hint: int = 0) -> int:
        """Where `size` bytes are free: at the page of the hint if it can be, else as high as possible. ENOMEM."""
        wanted = hint & -PAGE
        if wanted >= LOWEST and wanted + size <= self.highest and not self.is_used(wanted, size):
            return wanted
        try:
            address = self.memory.find_gap(size, self.top)
        except MemoryError:
            raise Failed(Errno.ENOMEM) from None
        if address < LOWEST:
            raise Failed(Errno.ENOMEM)
        return address

    def map(self, start: int, size: int, permissions: str, kind: RegionKind, name: str | None) -> None:
        """Maps zeroed memory. ENOMEM beyond the limit, or if the host has no more."""
        if not self.has_room(size):
            raise Failed(Errno.ENOMEM)
        try:
            self.memory.map(start, size, permissions, kind=kind, name=name)
        except (OSError, MemoryError):
            raise Failed(Errno.ENOMEM) from None

    def has_room(self, size: int) -> bool:
        """Whether `size` more bytes stay within the limit, and another mapping within theirs."""
        return (
            len(self.memory.mappings) < MOST_MAPPINGS
            and sum(mapping.size for mapping in self.memory.mappings) + size <= self.limit
        )

    def is_used(self, start: int, size: int) -> bool:
        """Whether any byte of the range is mapped."""
        return bool(self.mappings_in(start, size))

    def mappings_in(self, start: int, size: int) -> tuple[Mapping, ...]:
        """The mappings that share a byte with the range."""
        return tuple(one for one in self.memory.mappings if one.start < start + size and start < one.end)

    def check_range(self, start: int, size: int) -> None:
        """ENOMEM if the range leaves user addresses, or has a byte that isn't mapped."""
        if start + size > self.highest or not self.memory.is_mapped(start, size):
            raise Failed(Errno.ENOMEM)

    def add_file(self, mapping: FileMapping) -> None:
        """Notes that a part of a file was mapped."""
        self.files = (*self.files, mapping)

    def file_at(self, address: int) -> FileMapping | None:
        """The file that was mapped last over `address`, or None."""
        return next((one for one in reversed(self.files) if one.start <= address < one.start + one.size), None)
