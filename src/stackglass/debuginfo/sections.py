"""The parts of an ELF file: segments, which are mapped, and sections, which have names (gABI, chapters 4 and 5)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from stackglass.errors import BadDebugInfo

_COMPRESSED, _THREAD_LOCAL, _EXECUTABLE, _ALLOCATED, _WRITABLE = 0x800, 0x400, 0x4, 0x2, 0x1


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the file that is mapped: `file_size` bytes at `file_offset`, then zeros up to `memory_size`."""

    address: int
    file_offset: int
    file_size: int
    memory_size: int
    permissions: str
    """As 'r-x'."""
    alignment: int = 1

    @property
    def end(self) -> int:
        """The address just above its last byte in memory."""
        return self.address + self.memory_size


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of the file; `address` is 0 where it isn't loaded. `kind` is 'progbits', 'nobits', 'symtab' …"""

    name: str
    address: int
    size: int
    file_offset: int
    flags: int
    kind: str
    link: int = 0
    entry_size: int = 0

    @property
    def is_executable(self) -> bool:
        """Whether it holds instructions."""
        return bool(self.flags & _EXECUTABLE)

    @property
    def is_loaded(self) -> bool:
        """Whether it is part of the process."""
        return bool(self.flags & _ALLOCATED)

    @property
    def is_writable(self) -> bool:
        """Whether its bytes are meant to be written when the program runs."""
        return bool(self.flags & _WRITABLE)

    @property
    def has_memory(self) -> bool:
        """Whether it has bytes of its own in memory: .tbss has an address, but none there."""
        return self.is_loaded and self.size > 0 and not (self.flags & _THREAD_LOCAL and self.kind == "nobits")

    @property
    def is_compressed(self) -> bool:
        """Whether its bytes in the file begin with a compression header (gABI, 'Section Compression')."""
        return bool(self.flags & _COMPRESSED) or self.name.startswith(".zdebug_")


def decompressed(section: Section, stored: bytes, byte_order: str, address_size: int) -> bytes:
    """What the bytes that a compressed section has in the file stand for. BadDebugInfo if they stand for nothing."""
    if section.name.startswith(".zdebug_"):
        if stored[:4] != b"ZLIB" or len(stored) < 12:
            return stored
        return _inflate(stored[12:], int.from_bytes(stored[4:12], "big"), section)
    layout = ("<" if byte_order == "little" else ">") + ("III" if address_size == 4 else "IIQQ")
    if len(stored) < struct.calcsize(layout):
        raise BadDebugInfo(f"section {section.name} is too short for its compression header", section=section.name)
    method, *_, size, _alignment = struct.unpack_from(layout, stored)
    if method != 1:
        raise BadDebugInfo(
            f"section {section.name} is compressed by a method that isn't zlib (number {method})",
            section=section.name,
            help="build with -gz=zlib or without -gz",
        )
    return _inflate(stored[struct.calcsize(layout) :], size, section)


def _inflate(compressed: bytes, size: int, section: Section) -> bytes:
    """`size` bytes out of zlib's. A size that zlib cannot reach (1032 to 1 at best) is refused beforehand."""
    problem = f"section {section.name} does not decompress to the {size} bytes that it promises"
    if size > len(compressed) * 1040 + 64:
        raise BadDebugInfo(problem, section=section.name)
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(compressed, size) if size else b""
        more = stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error as error:
        raise BadDebugInfo(f"{problem}: {error}", section=section.name) from None
    if len(plain) != size or more:
        raise BadDebugInfo(problem, section=section.name)
    return plain
