"""scanf's formats (C11 7.21.6.2), and numbers in strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from stackglass.textbook.library.floating import floating

_DIRECTIVE = re.compile(
    rb"%(?P<skip>\*)?(?P<width>[0-9]+)?(?:(?P<allocates>m)(?=[sc\[])|(?P<length>hh|h|ll|l|q|j|z|t|L))?"
    rb"(?P<conversion>[diuoxXeEfFgGaAcspn%]|\[\^?\]?[^\]]*\])"
)
_SPACE = b" \t\n\r\v\f"
_INTEGER = {
    b"d": (rb"[+-]?[0-9]+", 10),
    b"u": (rb"[+-]?[0-9]+", 10),
    b"o": (rb"[+-]?[0-7]+", 8),
    b"x": (rb"[+-]?(?:0[xX])?[0-9a-fA-F]+", 16),
    b"X": (rb"[+-]?(?:0[xX])?[0-9a-fA-F]+", 16),
    b"p": (rb"[+-]?(?:0[xX])?[0-9a-fA-F]+", 16),
    b"i": (rb"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)", 0),
}
_FLOAT = (
    rb"(?i)[+-]?(?:infinity|inf(?!i)|nan"
    rb"|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]*)(?:p[+-]?[0-9]*)?"
    rb"|(?!0x)(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]*)?)"
)
"""What belongs to a number as it is read letter by letter: `1e` too, for digits may follow."""
_LARGEST = 4096


class Input(Protocol):
    """Characters to be read one by one."""

    def peek(self, size: int) -> bytes:
        """Up to so many of the next characters, none of them taken."""
        ...

    def take(self, size: int) -> None:
        """Takes the next characters."""
        ...


class Stored(NamedTuple):
    """A value that a directive gives: a whole number of `size` bytes, a float, or bytes, which may want a block of
    malloc's (POSIX's `%ms`)."""

    value: int | float | bytes
    size: int
    allocates: bool = False


def scan(format_: bytes, source: Input, store: Callable[[Stored], None]) -> int:
    """What scanf gives back: how many values were stored; -1 if the input ended before the first."""
    count, taken = 0, 0
    for part in _parts(format_):
        if isinstance(part, bytes):
            fits, size = _literal(part, source)
            taken += size
            if not fits:
                break
            continue
        outcome = _directive(part, source, taken)
        if outcome is None:
            return -1 if not count and not source.peek(1) else count
        stored, size = outcome
        taken += size
        if stored is not None and part["skip"] is None:
            store(stored)
            count += part["conversion"] != b"n"
    return count if count or source.peek(1) or not format_ else -1


def _parts(format_: bytes) -> Iterator[bytes | re.Match[bytes]]:
    at = 0
    for match in _DIRECTIVE.finditer(format_):
        if match.start() > at:
            yield format_[at : match.start()]
        yield match
        at = match.end()
    if at < len(format_):
        yield format_[at:]


def _skip_space(source: Input) -> int:
    taken = 0
    while (letter := source.peek(1)) and letter in _SPACE:
        source.take(1)
        taken += 1
    return taken


def _literal(text: bytes, source: Input) -> tuple[bool, int]:
    taken = 0
    for at in range(len(text)):
        letter = text[at : at + 1]
        if letter in _SPACE:
            taken += _skip_space(source)
        elif source.peek(1) == letter:
            source.take(1)
            taken += 1
        else:
            return False, taken
    return True, taken


def _directive(match: re.Match[bytes], source: Input, taken: int) -> tuple[Stored | None, int] | None:
    """(what it gives, characters taken); None where the input doesn't fit."""
    conversion, length = match["conversion"], match["length"] or b""
    if conversion == b"n":
        return Stored(taken, 4), 0
    spaces = 0 if conversion == b"c" or conversion[:1] == b"[" else _skip_space(source)
    if conversion == b"%":
        fits, size = _literal(b"%", source)
        return (None, spaces + size) if fits else None
    width = int(match["width"]) if match["width"] else None
    found = source.peek(_LARGEST if width is None else width)
    text = _matching(conversion, found, width)
    if not text:
        return None
    source.take(len(text))
    if conversion != b"c" and (width is None or len(text) < width):
        source.peek(1)  # what ended it has been looked at: it may be the input's end
    value = _value(conversion, length, text)
    return value._replace(allocates=match["allocates"] is not None), spaces + len(text)


def _matching(conversion: bytes, found: bytes, width: int | None) -> bytes:
    """The characters at the start of the input that belong to a directive."""
    if conversion == b"c":
        return found[: width or 1] if len(found) >= (width or 1) else b""
    if conversion == b"s":
        pattern = rb"[^ \t\n\r\v\f]+"
    elif conversion[:1] == b"[":
        pattern = _set(conversion)
    elif conversion in _INTEGER:
        pattern = _INTEGER[conversion][0]
    else:
        pattern = _FLOAT
    match = re.match(pattern, found)
    return match[0] if match is not None else b""


def _set(conversion: bytes) -> bytes:
    inside = conversion[1:-1]
    negated = inside[:1] == b"^"
    inside = inside[1:] if negated else inside
    quoted = inside.replace(b"\\", b"\\\\").replace(b"]", b"\\]").replace(b"[", b"\\[").replace(b"^", b"\\^")
    return b"[" + b"^" * negated + quoted + b"]+"


def _value(conversion: bytes, length: bytes, text: bytes) -> Stored:
    if conversion == b"c":
        return Stored(text, len(text))
    if conversion == b"s" or conversion[:1] == b"[":
        return Stored(text + b"\0", len(text) + 1)
    if conversion in _INTEGER:
        size = {b"hh": 1, b"h": 2, b"ll": 8, b"q": 8, b"j": 8}.get(length, 4)
        return Stored(integer(text, _INTEGER[conversion][1])[0], size)
    is_double = length in (b"l", b"L")
    return Stored(floating(text, single=not is_double).value, 8 if is_double else 4)


def integer(text: bytes, base: int) -> tuple[int, int]:
    """The number that a string begins with, and how many characters belong to it (strtol)."""
    digits = {16: rb"(?:0[xX](?=[0-9a-fA-F]))?", 0: rb"(?P<prefix>0[xX](?=[0-9a-fA-F])|0(?=[0-7]))?"}.get(base, rb"")
    match = re.match(rb"[ \t\n\r\v\f]*(?P<sign>[+-]?)" + digits, text)
    assert match is not None
    if base == 0:
        base = {b"": 10, b"0": 8}.get(match["prefix"] or b"", 16)
    value, at = 0, match.end()
    start = at
    while at < len(text):
        digit = _digit(text[at])
        if digit >= base:
            break
        value = value * base + digit
        at += 1
    if at == start and text[start - 1 : start] != b"0":
        return 0, 0
    return (-value if match["sign"] == b"-" else value), at


def _digit(letter: int) -> int:
    text = chr(letter)
    return int(text, 36) if text.isalnum() and text.isascii() else 99
