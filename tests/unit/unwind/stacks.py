"""Stacks made by hand: words with a comment each, read as memory."""

from __future__ import annotations

from collections.abc import Callable

from stackglass.errors import UnreadableMemory

TOP = 0x7FFF0000


def memory(top: int, *words: int) -> Callable[[int, int], bytes]:
    """A `read_memory` over words, the first at `top` - 8, each next one below it."""
    data = b"".join(word.to_bytes(8, "little") for word in reversed(words))
    low = top - len(data)

    def read(address: int, size: int) -> bytes:
        if not low <= address <= address + size <= top:
            raise UnreadableMemory(address, size)
        return data[address - low : address - low + size]

    return read
