"""The guest's memory as a system call sees it: words, strings and structures at addresses that the guest gave.

An address that the guest may not read or write is EFAULT, as from the real kernel, and nothing is written.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from stackglass.emulator.kernel.errno import Errno
from stackglass.emulator.kernel.outcome import Failed
from stackglass.emulator.memory import Memory
from stackglass.errors import UnreadableMemory
from stackglass.isa import Isa

PATH_LIMIT = 4096
VECTOR_LIMIT = 1024
_SIGNALS = 64
TRANSFER_LIMIT = 1 << 26
"""More bytes are never moved by one call. Linux has a limit too (MAX_RW_COUNT, 2 GiB): programs must call again."""


class Guest:
    """Reads and writes for one guest, in its byte order and word size."""

    def __init__(self, isa: Isa, memory: Memory) -> None:
        self.memory = memory
        self.word_size = isa.word_size
        self.order = isa.byte_order
        self._prefix = "<" if isa.byte_order == "little" else ">"
        self._word = "Q" if isa.word_size == 8 else "I"
        self.long = self._word.lower()
        """The `struct` code of C's long."""

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes, or EFAULT."""
        if not size:
            return b""
        if not self.memory.is_mapped(address, size):
            raise Failed(Errno.EFAULT)
        return self.memory.read(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Writes where the guest itself may write, or EFAULT."""
        if data and not self.memory.is_writable(address, len(data)):
            raise Failed(Errno.EFAULT)
        self.memory.write(address, data)

    def string(self, address: int) -> str:
        """A path or name up to its NUL; ENAMETOOLONG if it has no end within 4096 bytes."""
        try:
            text = self.memory.read_string(address, PATH_LIMIT)
        except UnreadableMemory:
            raise Failed(Errno.EFAULT) from None
        if len(text) >= PATH_LIMIT:
            raise Failed(Errno.ENAMETOOLONG)
        return text.decode("utf-8", "surrogateescape")

    def words(self, address: int, count: int) -> tuple[int, ...]:
        """`count` unsigned words."""
        return self.unpack(address, self._word * count)

    def longs(self, address: int, count: int) -> tuple[int, ...]:
        """`count` signed words, such as the two of a timespec."""
        return self.unpack(address, self.long * count)

    def write_words(self, address: int, *values: int) -> None:
        """Unsigned words, one after another."""
        self.write_packed(address, self._word * len(values), *values)

    def write_longs(self, address: int, *values: int) -> None:
        """Signed words, one after another."""
        self.write_packed(address, self.long * len(values), *values)

    def unpack(self, address: int, codes: str) -> tuple[int, ...]:
        """What lies at `address` by `struct` codes, without implicit padding."""
        form = struct.Struct(self._prefix + codes)
        return form.unpack(self.read(address, form.size))

    def write_packed(self, address: int, codes: str, *values: int | bytes) -> None:
        """Writes `values` by `struct` codes, without implicit padding."""
        self.write(address, struct.pack(self._prefix + codes, *values))

    def bits(self, address: int, words: int) -> int:
        """A set of small numbers as C keeps it in `words` longs, the lowest numbers in the first: as one number."""
        values = self.words(address, words) if words else ()
        return sum(value << (at * 8 * self.word_size) for at, value in enumerate(values))

    def write_bits(self, address: int, words: int, bits: int) -> None:
        """Writes such a set."""
        width = 8 * self.word_size
        self.write_words(address, *(bits >> at * width & (1 << width) - 1 for at in range(words)))

    def signal_set(self, address: int) -> int:
        """A sigset_t of the kernel's: 64 signals, number 1 in the lowest bit."""
        return self.bits(address, _SIGNALS // (8 * self.word_size))

    def write_signal_set(self, address: int, signals: int) -> None:
        """Writes one."""
        self.write_bits(address, _SIGNALS // (8 * self.word_size), signals)

    def vector(self, address: int, count: int) -> Sequence[tuple[int, int]]:
        """An array of struct iovec as (address, size) pairs; EINVAL for more than 1024 or too much in all."""
        if not 0 <= count <= VECTOR_LIMIT:
            raise Failed(Errno.EINVAL)
        words = self.words(address, 2 * count) if count else ()
        if any(size >> (8 * self.word_size - 1) for size in words[1::2]):
            raise Failed(Errno.EINVAL)
        return list(zip(words[::2], words[1::2], strict=True))
