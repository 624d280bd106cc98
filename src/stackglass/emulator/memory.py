"""The guest's memory: mappings over host memory that the engine runs on directly.

Reading is a copy out of host memory. Every write that is made for the guest, by the loader or a system call, goes
through `Memory.write`, so that last writers stay true.
"""

from __future__ import annotations

import bisect
import ctypes
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from stackglass.errors import UnreadableMemory
from stackglass.model import RegionKind

PAGE = 4096


class Block:
    """Host memory, zeroed, that stands for the guest's memory from `start` on. Lives as long as a mapping names it."""

    __slots__ = ("_keep", "host", "host_address", "start")

    def __init__(self, start: int, size: int) -> None:
        self.start = start
        self.host = mmap.mmap(-1, size)
        self._keep = (ctypes.c_char * size).from_buffer(self.host)
        self.host_address = ctypes.addressof(self._keep)


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """The guest's [start, end) with one set of permissions ('rwx', '-' for what is missing). Compared by identity."""

    start: int
    end: int
    permissions: str
    kind: RegionKind
    name: str | None
    block: Block

    @property
    def size(self) -> int:
        """Bytes, a multiple of the page size."""
        return self.end - self.start

    def host_offset(self, address: int) -> int:
        """Where the byte at `address` lies in the block."""
        return address - self.block.start


class Backing(Protocol):
    """What has to know of mappings and writes: the engine and the recorder."""

    def attach(self, mapping: Mapping) -> None:
        """The mapping is there from now on."""
        ...

    def detach(self, mapping: Mapping) -> None:
        """The mapping is there no more."""
        ...

    def note_write(self, address: int, size: int) -> None:
        """Bytes were written other than by an instruction."""
        ...


def round_up(size: int) -> int:
    """`size` in whole pages, in bytes."""
    return (size + PAGE - 1) & -PAGE


class Memory:
    """The mappings of one guest, and its bytes."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._mappings: list[Mapping] = []
        self._ends: list[int] = []
        self.version = 0
        """Counts changes of the mappings."""

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """All mappings, from low addresses to high."""
        return tuple(self._mappings)

    # ---- mapping ----

    def map(self, start: int, size: int, permissions: str, *, kind: RegionKind, name: str | None) -> None:
        """Maps zeroed memory at the page-aligned `start`, in place of whatever was there."""
        size = round_up(size)
        if start % PAGE or size <= 0:
            raise ValueError(f"cannot map {size} bytes at {start:#x}")
        self.unmap(start, size)
        self._insert(Mapping(start, start + size, permissions, kind, name, Block(start, size)))

    def unmap(self, start: int, size: int) -> None:
        """Unmaps whatever is mapped in the range."""
        self._carve(start, start + round_up(size), None)

    def protect(self, start: int, size: int, permissions: str) -> None:
        """Gives what is mapped in the range new permissions."""
        self._carve(start, start + round_up(size), permissions)

    def relabel(self, start: int, size: int, *, kind: RegionKind, name: str | None) -> None:
        """Says anew what the mappings that lie wholly in the range are for."""
        for mapping in list(self._overlapping(start, start + round_up(size))):
            if start <= mapping.start and mapping.end <= start + round_up(size):
                at = self._mappings.index(mapping)
                self._mappings[at] = replace(mapping, kind=kind, name=name)
                self.version += 1

    def _insert(self, mapping: Mapping) -> None:
        at = bisect.bisect_right(self._ends, mapping.start)
        self._mappings.insert(at, mapping)
        self._ends.insert(at, mapping.end)
        self._backing.attach(mapping)
        self.version += 1

    def _remove(self, mapping: Mapping) -> None:
        at = self._mappings.index(mapping)
        del self._mappings[at], self._ends[at]
        self._backing.detach(mapping)
        self.version += 1

    def _carve(self, low: int, high: int, permissions: str | None) -> None:
        """Takes [low, high) out of the mappings, or gives it other permissions."""
        for mapping in list(self._overlapping(low, high)):
            if permissions == mapping.permissions:
                continue
            self._remove(mapping)
            start, end = max(low, mapping.start), min(high, mapping.end)
            pieces = [(mapping.start, start, mapping.permissions), (end, mapping.end, mapping.permissions)]
            if permissions is not None:
                pieces.append((start, end, permissions))
            for piece_start, piece_end, piece_permissions in pieces:
                if piece_start < piece_end:
                    self._insert(replace(mapping, start=piece_start, end=piece_end, permissions=piece_permissions))

    def _overlapping(self, low: int, high: int) -> Iterator[Mapping]:
        for at in range(bisect.bisect_right(self._ends, low), len(self._mappings)):
            if self._mappings[at].start >= high:
                return
            yield self._mappings[at]

    # ---- questions ----

    def mapping_at(self, address: int) -> Mapping | None:
        """The mapping that holds `address`, or None."""
        return next(self._overlapping(address, address + 1), None)

    def is_mapped(self, start: int, size: int) -> bool:
        """Whether every byte of the range is mapped."""
        return self._covered(start, size, "")

    def is_writable(self, start: int, size: int) -> bool:
        """Whether every byte of the range is mapped, and may be written by the guest."""
        return self._covered(start, size, "w")

    def _covered(self, start: int, size: int, permission: str) -> bool:
        at = start
        for mapping in self._overlapping(start, start + max(size, 1)):
            if mapping.start > at or permission not in mapping.permissions or mapping.kind is RegionKind.GUARD:
                return False
            at = mapping.end
        return at >= start + max(size, 1)

    def find_gap(self, size: int, below: int) -> int:
        """The highest page-aligned start of a free range of `size` bytes that ends at or under `below`."""
        size = round_up(size)
        top = below & -PAGE
        for mapping in reversed(self._mappings):
            if mapping.start >= top:
                continue
            if mapping.end + size <= top:
                break
            top = mapping.start
        if top < size:
            raise MemoryError(f"no free range of {size} bytes under {below:#x}")
        return top - size

    # ---- bytes ----

    def read(self, address: int, size: int) -> bytes:
        """The bytes [address, address + size). UnreadableMemory unless all are mapped."""
        pieces = []
        at, end = address, address + size
        for mapping in self._overlapping(address, end):
            if mapping.start > at or mapping.kind is RegionKind.GUARD:  # a guard keeps addresses free, and has no bytes
                break
            upto = min(end, mapping.end)
            offset = at - mapping.block.start
            pieces.append(mapping.block.host[offset : offset + upto - at])
            at = upto
        if at < end:
            raise UnreadableMemory(address, size)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def write(self, address: int, data: bytes) -> None:
        """Puts `data` there, whatever the permissions are. UnreadableMemory unless all of it is mapped."""
        if not data:
            return
        if not self.is_mapped(address, len(data)):
            raise UnreadableMemory(address, len(data))
        self._backing.note_write(address, len(data))
        self.poke(address, data)

    def poke(self, address: int, data: bytes) -> None:
        """Like `write`, but nobody is told: for putting a checkpoint's bytes back."""
        at, end = address, address + len(data)
        for mapping in self._overlapping(address, end):
            upto = min(end, mapping.end)
            offset = at - mapping.block.start
            mapping.block.host[offset : offset + upto - at] = data[at - address : upto - address]
            at = upto

    def read_string(self, address: int, limit: int = 4096) -> bytes:
        """The bytes up to the first NUL, at most `limit`. UnreadableMemory if neither comes before unmapped memory."""
        found = bytearray()
        while len(found) < limit:
            at = address + len(found)
            piece = self.read(at, min(PAGE - at % PAGE, limit - len(found)))
            head, nul, _ = piece.partition(b"\0")
            found += head
            if nul:
                break
        return bytes(found)

    # ---- checkpoints ----

    def restore_mappings(self, wanted: tuple[Mapping, ...]) -> set[Mapping]:
        """Makes `wanted` the mappings. Gives those that were not there before: their bytes are not what they were."""
        wanted_set, present = set(wanted), set(self._mappings)
        if wanted_set == present:
            return set()
        for mapping in present - wanted_set:
            self._remove(mapping)
        added = wanted_set - present
        for mapping in sorted(added, key=lambda mapping: mapping.start):
            self._insert(mapping)
        return added
