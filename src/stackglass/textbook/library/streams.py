"""Standard input, output and error."""

from __future__ import annotations

from collections.abc import Callable

STREAMS = {0: 1, 1: 2, 2: 3}
"""What stdin, stdout and stderr are as pointers: small numbers that no memory has."""


class StandardInput:
    """What was read so far is kept, so that a replay reads the same. `position` is how much the program has taken,
    `returned` what it has put back, the next one last."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._data = bytearray()
        self._over = False
        self.position = 0
        self.returned: tuple[int, ...] = ()
        self.at_end = False

    def _fill(self, end: int) -> None:
        while len(self._data) < end and not self._over:
            more = self._read(max(end - len(self._data), 1))
            self._data += more
            self._over = not more

    def peek(self, size: int) -> bytes:
        """Up to so many of the next characters; a line at a time, so that nobody waits in vain. Who looks for one and
        finds none is at the end."""
        found = bytearray()
        while len(found) < size and (letter := self._letter(len(found))):
            found += letter
            if letter == b"\n":
                break
        self.at_end = not found
        return bytes(found)

    def _letter(self, number: int) -> bytes:
        """The next character but `number`; nothing at the input's end."""
        if number < len(self.returned):
            return bytes([self.returned[-1 - number]])
        at = self.position + number - len(self.returned)
        self._fill(at + 1)
        return bytes(self._data[at : at + 1])

    def take(self, size: int) -> None:
        """Takes the next characters."""
        again = min(size, len(self.returned))
        self.returned = self.returned[: len(self.returned) - again]
        self.position += size - again

    def character(self) -> int:
        """The next character, or -1."""
        found = self.peek(1)
        self.take(len(found))
        return found[0] if found else -1

    def line(self, size: int) -> bytes:
        """Up to and with the next line's end, at most `size` characters."""
        found = self.peek(size)
        self.take(len(found))
        return found

    def put_back(self, letter: int) -> int:
        """ungetc."""
        if letter < 0:
            return -1
        self.returned += (letter & 255,)
        self.at_end = False
        return letter & 255

    def save(self) -> tuple[int, tuple[int, ...], bool]:
        """Where it is."""
        return self.position, self.returned, self.at_end

    def restore(self, saved: tuple[int, tuple[int, ...], bool]) -> None:
        """Goes back to there."""
        self.position, self.returned, self.at_end = saved


class TextInput:
    """The characters of a string, for sscanf."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0

    def peek(self, size: int) -> bytes:
        """Up to so many of the next characters."""
        return self._text[self._at : self._at + size]

    def take(self, size: int) -> None:
        """Takes the next characters."""
        self._at += size
