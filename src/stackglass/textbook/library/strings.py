"""string.h."""

from __future__ import annotations

from stackglass.textbook.library.services import Services, service


def _order(left: bytes, right: bytes) -> int:
    return (left > right) - (left < right)


def _compared(left: bytes, right: bytes) -> int:
    """The difference of the first bytes that differ, as the C library gives it."""
    for a, b in zip(left + b"\0", right + b"\0", strict=False):
        if a != b:
            return a - b
    return 0


@service("memcpy", "memmove")
def memcpy(services: Services, to: int, source: int, size: int) -> int:
    """Copies bytes."""
    if size:
        services.write(to, services.memory.read_bytes(source, size))
    return to


@service("mempcpy")
def mempcpy(services: Services, to: int, source: int, size: int) -> int:
    """Copies bytes; gives what is behind the copy."""
    memcpy(services, to, source, size)
    return to + size


@service("memset")
def memset(services: Services, to: int, value: int, size: int) -> int:
    """Fills bytes."""
    if size:
        services.memory.check(to, size, write=True)
        services.write(to, bytes([value & 255]) * size)
    return to


@service("bzero")
def bzero(services: Services, to: int, size: int) -> None:
    """Clears bytes."""
    memset(services, to, 0, size)


@service("memcmp")
def memcmp(services: Services, left: int, right: int, size: int) -> int:
    """Compares bytes."""
    if not size:
        return 0
    return _order(services.memory.read_bytes(left, size), services.memory.read_bytes(right, size))


@service("memchr")
def memchr(services: Services, where: int, value: int, size: int) -> int:
    """Where a byte is."""
    for at in range(size):
        if services.memory.read_bytes(where + at, 1)[0] == value & 255:
            return where + at
    return 0


@service("strlen")
def strlen(services: Services, text: int) -> int:
    """How long a string is."""
    return len(services.text(text))


@service("strnlen")
def strnlen(services: Services, text: int, most: int) -> int:
    """How long a string is, at most."""
    return len(services.text(text, most))


@service("strcpy")
def strcpy(services: Services, to: int, source: int) -> int:
    """Copies a string."""
    services.write(to, services.text(source) + b"\0")
    return to


@service("stpcpy")
def stpcpy(services: Services, to: int, source: int) -> int:
    """Copies a string; gives its end."""
    text = services.text(source)
    services.write(to, text + b"\0")
    return to + len(text)


@service("strncpy")
def strncpy(services: Services, to: int, source: int, size: int) -> int:
    """Copies a string into a field of a fixed size."""
    services.write(to, services.text(source, size).ljust(size, b"\0"))
    return to


@service("strcat")
def strcat(services: Services, to: int, source: int) -> int:
    """Adds a string to another."""
    services.write(to + len(services.text(to)), services.text(source) + b"\0")
    return to


@service("strncat")
def strncat(services: Services, to: int, source: int, size: int) -> int:
    """Adds the beginning of a string to another."""
    services.write(to + len(services.text(to)), services.text(source, size) + b"\0")
    return to


@service("strcmp", "strcoll")
def strcmp(services: Services, left: int, right: int) -> int:
    """Compares strings: below 0, 0, above 0."""
    return _compared(services.text(left), services.text(right))


@service("strncmp")
def strncmp(services: Services, left: int, right: int, size: int) -> int:
    """Compares the beginnings of strings."""
    return _compared(services.text(left, size), services.text(right, size))


@service("strcasecmp")
def strcasecmp(services: Services, left: int, right: int) -> int:
    """Compares strings, capitals being small letters."""
    return _compared(services.text(left).lower(), services.text(right).lower())


@service("strncasecmp")
def strncasecmp(services: Services, left: int, right: int, size: int) -> int:
    """Compares the beginnings of strings, capitals being small letters."""
    return _compared(services.text(left, size).lower(), services.text(right, size).lower())


@service("strchr")
def strchr(services: Services, text: int, letter: int) -> int:
    """Where a character first is."""
    at = (services.text(text) + b"\0").find(letter & 255)
    return text + at if at >= 0 else 0


@service("strrchr")
def strrchr(services: Services, text: int, letter: int) -> int:
    """Where a character last is."""
    at = (services.text(text) + b"\0").rfind(letter & 255)
    return text + at if at >= 0 else 0


@service("strstr")
def strstr(services: Services, text: int, part: int) -> int:
    """Where a string is in another."""
    at = services.text(text).find(services.text(part))
    return text + at if at >= 0 else 0


def _span(text: bytes, letters: bytes, wanted: bool) -> int:
    return next((at for at, letter in enumerate(text) if (letter in letters) != wanted), len(text))


@service("strspn")
def strspn(services: Services, text: int, letters: int) -> int:
    """How many characters at the beginning are of a set."""
    return _span(services.text(text), services.text(letters), True)


@service("strcspn")
def strcspn(services: Services, text: int, letters: int) -> int:
    """How many characters at the beginning are not of a set."""
    return _span(services.text(text), services.text(letters), False)


@service("strpbrk")
def strpbrk(services: Services, text: int, letters: int) -> int:
    """Where the first character of a set is."""
    found = services.text(text)
    at = _span(found, services.text(letters), False)
    return text + at if at < len(found) else 0


@service("strtok")
def strtok(services: Services, text: int, letters: int) -> int:
    """The next word of a string."""
    found, services.token = _token(services, text or services.token, letters)
    return found


@service("strtok_r")
def strtok_r(services: Services, text: int, letters: int, where: int) -> int:
    """The next word of a string; where to go on is kept by the caller."""
    start = text or int.from_bytes(services.memory.read_bytes(where, 4), "little")
    found, following = _token(services, start, letters)
    services.write_word(where, following)
    return found


def _token(services: Services, start: int, letters: int) -> tuple[int, int]:
    if not start:
        return 0, 0
    separators = services.text(letters)
    text = services.text(start)
    first = _span(text, separators, True)
    if first == len(text):
        return 0, start + first
    size = _span(text[first:], separators, False)
    end = start + first + size
    if first + size < len(text):
        services.write(end, b"\0")
        return start + first, end + 1
    return start + first, end


@service("strdup")
def strdup(services: Services, text: int) -> int:
    """A copy on the heap."""
    return _copy(services, services.text(text))


@service("strndup")
def strndup(services: Services, text: int, size: int) -> int:
    """A copy of the beginning on the heap."""
    return _copy(services, services.text(text, size))


def _copy(services: Services, text: bytes) -> int:
    where = services.heap.allocate(len(text) + 1)
    if where:
        services.write(where, text + b"\0")
    return where


_ERRORS = {
    0: b"Success",
    2: b"No such file or directory",
    9: b"Bad file descriptor",
    12: b"Cannot allocate memory",
    22: b"Invalid argument",
    33: b"Numerical argument out of domain",
    34: b"Numerical result out of range",
}


@service("strerror")
def strerror(services: Services, number: int) -> int:
    """What an error number means: no block of malloc's, as the string is the library's own."""
    words = error_words(number)
    where = services.heap.take(len(words) + 1)
    if where:
        services.write(where, words + b"\0")
    return where


def error_words(number: int) -> bytes:
    """What an error number means."""
    return _ERRORS.get(number, b"Unknown error %d" % number)
