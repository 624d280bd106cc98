"""The textbook machine's memory: low memory (code, data, heap) and, at the top, the stack; and who wrote it last."""

from __future__ import annotations

import math
import mmap
import struct
from array import array
from dataclasses import dataclass

from stackglass.errors import UnreadableMemory
from stackglass.model import FaultKind
from stackglass.textbook.traps import Trap, Watched

TOP = 1 << 32
PAGE = 4096
HEAP_LIMIT = 64 << 20
"""Bytes of low memory at most."""
_CHUNK = 1 << 16
_ZEROS = bytes(2 * _CHUNK)

_double, _single, _words, _word, _int = (
    struct.Struct("<d"),
    struct.Struct("<f"),
    struct.Struct("<ii"),
    struct.Struct("<i"),
    struct.Struct("<q"),
)


@dataclass(frozen=True, slots=True)
class SavedMemory:
    """Memory as it was at a step."""

    low: bytes
    stack: bytes
    writers: bytes
    low_writers: bytes
    bytes_: dict[int, int]


def _zeros(size: int) -> mmap.mmap:
    """Bytes that cost nothing until somebody writes them: shared ones would, as soon as they are read. At least a page:
    there is none of nothing."""
    return mmap.mmap(-1, max(size, PAGE), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


class Memory:
    """`low_end` is where mapped low memory ends; `bottom` the lowest address the stack can have.

    The views are indexed by address >> 2 (words), by address >> 1 (halves) and by address; addresses of the stack are
    negative: they count from 2^32 down.
    """

    def __init__(self, image: bytes, start: int, data_start: int, stack_size: int, *, logs_low: int) -> None:
        self.code_start = start
        self.data_start = data_start
        self._low = bytearray(start) + bytearray(image)
        self.low_end = self._page_up(len(self._low))
        self._low += bytes(self.low_end - len(self._low))
        self._low_capacity = _zeros(HEAP_LIMIT)
        self._low_capacity[: self.low_end] = self._low
        del self._low
        self._all_low = memoryview(self._low_capacity)
        self.stack_size = stack_size
        self.bottom = TOP - stack_size
        self._stack = _zeros(stack_size)
        self.SB = memoryview(self._stack)
        self.S, self.Sb = self.SB.cast("i"), self.SB.cast("b")
        self.SH, self.Sh = self.SB.cast("H"), self.SB.cast("h")
        self._writers = _zeros(2 * stack_size)
        self.W = memoryview(self._writers).cast("Q")
        self._low_writers = _zeros(2 * logs_low)
        self.X = memoryview(self._low_writers).cast("Q")
        self._logs_low = logs_low
        self.B: dict[int, int] = {}
        self.watched: tuple[int, int] | None = None
        self._view()

    @staticmethod
    def _page_up(address: int) -> int:
        return -(-address // PAGE) * PAGE

    def _view(self) -> None:
        self.LB = self._all_low[: self.low_end]
        self.L, self.Lb = self.LB.cast("i"), self.LB.cast("b")
        self.LH, self.Lh = self.LB.cast("H"), self.LB.cast("h")

    @property
    def low_views(self) -> list[memoryview]:
        """The views of low memory, which grow with the heap."""
        return [self.L, self.LB, self.Lb, self.LH, self.Lh]

    def grow(self, end: int) -> bool:
        """Maps low memory up to `end`; whether there is so much."""
        if end > HEAP_LIMIT:
            return False
        if end > self.low_end:  # views are dear, and most of what is asked for fits into the last page
            self.low_end = self._page_up(end)
            self._view()
        return True

    # ---- as the program's instructions see it ----

    def check(self, address: int, size: int, *, write: bool) -> int:
        """The address as a signed number, where `size` bytes from it are mapped (and may be written); else an
        IndexError that has the first address that isn't, and `write`."""
        signed = address - TOP if address >= TOP >> 1 else address
        low, high = (-self.stack_size, 0)
        if signed >= 0:
            low, high = (self.data_start if write else self.code_start), self.low_end
        if low <= signed and signed + size <= high:
            return signed
        missing = high if low <= signed < high else signed
        raise IndexError(missing + TOP if signed < 0 else missing, write)

    def read_bytes(self, address: int, size: int) -> bytes:
        """Bytes, for an instruction."""
        at = self.check(address, size, write=False)
        return bytes(self.LB[at : at + size] if at >= 0 else self.SB[at + self.stack_size :][:size])

    def write_bytes(self, address: int, data: bytes, writer: int) -> None:
        """Bytes that an instruction writes, all of them by the one `writer`."""
        if not data:
            return
        at = self.check(address, len(data), write=True)
        if at >= 0:
            self.LB[at : at + len(data)] = data
        else:
            self.SB[at + self.stack_size : at + self.stack_size + len(data)] = data
        self._log(at, len(data), writer)
        self.watch(at, len(data), writer)

    def _log(self, at: int, size: int, writer: int) -> None:
        if at >= 0 and at >= self._logs_low:
            return
        table, base = (self.W, self.stack_size >> 2) if at < 0 else (self.X, 0)
        first, last = at + 3 >> 2, at + size >> 2
        for byte in range(at, min(4 * first, at + size)):
            self.B[byte] = writer
        if first < last:
            table[base + first : base + last] = array("Q", [writer]) * (last - first)
        for byte in range(max(4 * last, 4 * first), at + size):
            self.B[byte] = writer

    def watch(self, address: int, size: int, writer: int) -> None:
        """Tells who watches that bytes were written."""
        if self.watched is not None:
            low = address % TOP
            if low < self.watched[1] and low + size > self.watched[0]:
                raise Watched(writer)

    def unaligned(self, address: int) -> None:
        """Traps: a word's address is a multiple of 4, a half's one of 2."""
        try:
            self.check(address, 4, write=False)
        except IndexError:
            raise IndexError from None  # whether it is read or written, the instruction tells
        words = f"an address that is no multiple of the size: {address % TOP:#x}"
        raise Trap(FaultKind.TRAP, words, address % TOP)

    def protected(self, address: int) -> None:
        """Traps: nothing writes to code and constants."""
        raise IndexError(address % TOP, True)

    def load_long(self, address: int) -> int:
        """A long long."""
        return int(_int.unpack(self.read_bytes(address, 8))[0])

    def load_double(self, address: int) -> float:
        """A double."""
        return float(_double.unpack(self.read_bytes(address, 8))[0])

    def load_single(self, address: int) -> float:
        """A float."""
        return float(_single.unpack(self.read_bytes(address, 4))[0])

    def copy(self, source: int, destination: int, size: int, writer: int) -> None:
        """COPY."""
        self.write_bytes(destination, self.read_bytes(source, size), writer)

    def clear(self, destination: int, size: int, writer: int) -> None:
        """CLEAR."""
        self.write_bytes(destination, bytes(size), writer)

    # ---- as others see it ----

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes. UnreadableMemory for what isn't mapped."""
        if size < 0 or address < 0 or address + size > TOP:
            raise UnreadableMemory(address, size)
        if size == 0:
            return b""
        try:
            return self.read_bytes(address, size)
        except IndexError:
            raise UnreadableMemory(address, size) from None

    def writer(self, address: int) -> int:
        """The word of who wrote a byte last; 0 if nobody did, or if nobody keeps account there."""
        at = address - TOP if address >= TOP >> 1 else address
        if at < 0:
            word = self.W[at >> 2] if at >= -self.stack_size else 0
        else:
            word = self.X[at >> 2] if at < self._logs_low else 0
        return max(word, self.B.get(at, 0))

    def keeps_account(self, address: int) -> bool:
        """Whether writers are kept for an address."""
        return address >= self.bottom or address < self._logs_low

    # ---- going back ----

    def save(self) -> SavedMemory:
        """All of it that is in use."""
        used = self.stack_in_use()
        low_writers = self._low_writers[: 2 * min(self._logs_low, self.low_end)]
        return SavedMemory(
            bytes(self.LB),
            bytes(self._stack[-used:] if used else b""),
            bytes(self._writers[-2 * used :] if used else b""),
            bytes(low_writers),
            dict(self.B),
        )

    def is_as(self, saved: SavedMemory) -> bool:
        """Whether every byte is as it was then."""
        used = len(saved.stack)
        return (
            self.low_end == len(saved.low)
            and saved.low == self.LB
            and self.SB[self.stack_size - used :] == saved.stack
            and self.stack_in_use() == used
        )

    def stack_in_use(self) -> int:
        """How many bytes from the top down were ever written."""
        at = 0
        while at < self.stack_size and self._writers[2 * at : 2 * (at + _CHUNK)] == _ZEROS:
            at += _CHUNK
        lowest = min(self.B, default=0)  # those of the stack are negative
        return min(max(self.stack_size - at, -min(lowest, 0)), self.stack_size)

    def lowest_near(self, address: int) -> int:
        """The lowest address that was written, looking down from `address` as far as something was."""
        at = max(min(address, TOP) - self.bottom, 0)
        while at > 0:
            start = max(at - _CHUNK, 0)
            if self._writers[2 * start : 2 * at] == _ZEROS[: 2 * (at - start)]:
                break
            at = start
        lowest = min(self.B, default=0)
        return min(self.bottom + at, TOP + min(lowest, 0))

    def restore(self, saved: SavedMemory) -> None:
        """Makes it what it was."""
        end = self.low_end
        self.low_end = len(saved.low)
        self._all_low[: self.low_end] = saved.low
        if end > self.low_end:
            self._all_low[self.low_end : end] = bytes(end - self.low_end)
        self._view()
        used = self.stack_in_use()
        for table, data, size in ((self._stack, saved.stack, used), (self._writers, saved.writers, 2 * used)):
            end_of_zeros = len(table) - len(data)
            if size > len(data):
                memoryview(table)[len(table) - size : end_of_zeros] = bytes(size - len(data))
            memoryview(table)[end_of_zeros:] = data
        memoryview(self._low_writers)[: len(saved.low_writers)] = saved.low_writers
        rest = min(len(self._low_writers), 2 * end)
        if rest > len(saved.low_writers):
            memoryview(self._low_writers)[len(saved.low_writers) : rest] = bytes(rest - len(saved.low_writers))
        self.B.clear()
        self.B.update(saved.bytes_)


def double_words(value: float) -> tuple[int, int]:
    """A double as two words."""
    low, high = _words.unpack(_double.pack(value))
    return low, high


def float_word(value: float) -> int:
    """A float as a word; what is too large for one is infinite."""
    try:
        return int(_word.unpack(_single.pack(value))[0])
    except OverflowError:
        return int(_word.unpack(_single.pack(math.copysign(math.inf, value)))[0])


unpack_double = _double.unpack_from
unpack_single = _single.unpack_from
