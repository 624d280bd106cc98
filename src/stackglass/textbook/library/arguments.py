"""The arguments of a '...', wherever they are."""

from __future__ import annotations

import struct
from typing import Any, Protocol

from stackglass.isa.textbook_code import NUMBER
from stackglass.textbook.memory import Memory


class Arguments(Protocol):
    """Gives them one by one."""

    def word(self) -> int:
        """The next one, as a signed word."""
        ...

    def long(self) -> int:
        """The next one, as a signed long long."""
        ...

    def double(self) -> float:
        """The next one, as a double."""
        ...


class InRegisters:
    """As a caller passes them: VA tells the kind of each; `first` the first register of each kind that has one."""

    def __init__(self, q: list[Any], first: dict[str, int]) -> None:
        self._q = q
        self._next = dict(first)
        self._kinds = int(q[NUMBER["VA"]]) & 0xFFFFFFFF

    def _take(self) -> int | float:
        letter = " RLD"[self._kinds & 3]
        self._kinds >>= 2
        if letter == " ":
            return 0
        number = self._next[letter]
        self._next[letter] += 1
        value: int | float = self._q[NUMBER[f"{letter}{number}"]]
        return value

    def word(self) -> int:
        """The next one; its low word, where it is longer."""
        value = self._take()
        value = int(value) if isinstance(value, int) else int.from_bytes(struct.pack("<d", value)[:4], "little")
        return (value + (1 << 31) & 0xFFFFFFFF) - (1 << 31)

    def long(self) -> int:
        """The next one."""
        value = self._take()
        return value if isinstance(value, int) else struct.unpack("<q", struct.pack("<d", value))[0]

    def double(self) -> float:
        """The next one; the number that its bits are, where it is none."""
        value = self._take()
        return value if isinstance(value, float) else struct.unpack("<d", struct.pack("<q", value))[0]


class InMemory:
    """As a va_list has them."""

    def __init__(self, memory: Memory, address: int) -> None:
        self._memory = memory
        self._address = address

    def _take(self, size: int) -> bytes:
        data = self._memory.read_bytes(self._address, size)
        self._address += size
        return data

    def word(self) -> int:
        """The next word."""
        return int.from_bytes(self._take(4), "little", signed=True)

    def long(self) -> int:
        """The next two words."""
        return int.from_bytes(self._take(8), "little", signed=True)

    def double(self) -> float:
        """The next two words as a double."""
        return float(struct.unpack("<d", self._take(8))[0])
