"""Standard input, output and error."""

from __future__ import annotations

from collections.abc import Callable

STREAMS = {0: 1, 1: 2, 2: 3}
"""What stdin, stdout and stderr are as pointers: small numbers that no memory has."""


class StandardInput:
    """What was read so far is kept, so that a replay reads the same. `position` is how much the program has taken."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._data = bytearray()
        self._over = False
        self.position = 0
        self.at_end = False

    def _fill(self, end: int) -> None:
        while len(self._data) < end and not self._over:
            more = self._read(max(end - len(self._data), 1))
            self._data += more
            self._over = not more

    def peek(self, size: int) -> bytes:
        """Up to so many of the next characters; a line at a time, so that nobody waits in vain."""
        found = b""
        while len(found) < size:
            self._fill(self.position + len(found) + 1)
            letter = bytes(self._data[self.position + len(found) : self.position + len(found) + 1])
            if not letter:
                break
            found += letter
            if letter == b"\n":
                break
        return found

    def take(self, size: int) -> None:
        """Takes the next characters."""
        self.position += size

    def character(self) -> int:
        """The next character, or -1."""
        found = self.peek(1)
        self.at_end = not found
        self.take(len(found))
        return found[0] if found else -1

    def line(self, size: int) -> bytes:
        """Up to and with the next line's end, at most `size` characters."""
        found = self.peek(size)
        self.at_end = not found
        self.take(len(found))
        return found

    def put_back(self, letter: int) -> int:
        """ungetc."""
        if letter < 0 or not self.position:
            return -1
        self.position -= 1
        self._data[self.position] = letter & 255
        self.at_end = False
        return letter & 255


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
