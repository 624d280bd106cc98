"""ctype.h, in the "C" locale."""

from __future__ import annotations

from collections.abc import Callable

from stackglass.textbook.library.services import Services, service

_TESTS: dict[str, Callable[[str], bool]] = {
    "isalnum": str.isalnum,
    "isalpha": str.isalpha,
    "isblank": lambda c: c in " \t",
    "iscntrl": lambda c: c < " " or c == "\x7f",
    "isdigit": str.isdigit,
    "isgraph": lambda c: " " < c < "\x7f",
    "islower": str.islower,
    "isprint": lambda c: " " <= c < "\x7f",
    "ispunct": lambda c: " " < c < "\x7f" and not c.isalnum(),
    "isspace": lambda c: c in " \t\n\r\v\f",
    "isupper": str.isupper,
    "isxdigit": lambda c: c in "0123456789abcdefABCDEF",
    "isascii": lambda c: True,
}


def _test(test: Callable[[str], bool]) -> Callable[[Services, int], int]:
    return lambda services, letter: int(0 <= letter < 128 and test(chr(letter)))


for _name, _how in _TESTS.items():
    service(_name)(_test(_how))


@service("tolower")
def tolower(services: Services, letter: int) -> int:
    """A letter in lower case."""
    return letter + 32 if 65 <= letter <= 90 else letter


@service("toupper")
def toupper(services: Services, letter: int) -> int:
    """A letter in upper case."""
    return letter - 32 if 97 <= letter <= 122 else letter


@service("toascii")
def toascii(services: Services, letter: int) -> int:
    """The lowest 7 bits."""
    return letter & 127
