"""printf's formats (C11 7.21.6.1)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from stackglass.model import FaultKind
from stackglass.textbook.library.arguments import Arguments
from stackglass.textbook.traps import Trap

_DIRECTIVE = re.compile(
    rb"%(?P<flags>[-+ #0']*)(?P<width>\*|[0-9]+)?(?:\.(?P<precision>\*|-?[0-9]*))?(?P<length>hh|h|ll|l|q|j|z|t|L)?"
    rb"(?P<conversion>[a-zA-Z%])"
)
_NUMBERED = re.compile(rb"%[0-9]+\$")
_LONG_LONG = (b"ll", b"q", b"j")
_BITS = {b"hh": 8, b"h": 16}
_LARGEST = 1 << 20
"""No width and no precision counts beyond this."""


def formatted(
    format_: bytes,
    arguments: Arguments,
    read_string: Callable[[int, int | None], bytes],
    store_count: Callable[[int, int], None],
) -> bytes:
    """What printf writes. `read_string` gives the string at an address, at most so many bytes of it.

    Arguments that a format takes by their numbers (`%2$d`) are POSIX's, not C's: a Trap.
    """
    numbered = _NUMBERED.search(format_)
    if numbered is not None:
        words = f"the format has arguments by their numbers ({numbered[0].decode()}): write them in order"
        raise Trap(FaultKind.UNSUPPORTED, words)
    output = bytearray()
    at = 0
    for match in _DIRECTIVE.finditer(format_):
        output += format_[at : match.start()]
        at = match.end()
        written = len(output)

        def store(where: int, count: int = written) -> None:
            store_count(where, count)

        output += _directive(match, arguments, read_string, store)
    return bytes(output + format_[at:])


def _directive(
    match: re.Match[bytes],
    arguments: Arguments,
    read_string: Callable[[int, int | None], bytes],
    store_count: Callable[[int], None],
) -> bytes:
    flags = match["flags"].decode()
    width = _number(match["width"], arguments) or 0
    precision = None if match["precision"] is None else _number(match["precision"], arguments) or 0
    if width < 0:
        flags, width = flags + "-", -width
    if precision is not None and precision < 0:
        precision = None
    width = min(width, _LARGEST)
    precision = None if precision is None else min(precision, _LARGEST)
    conversion = match["conversion"].decode()
    if conversion == "%":
        return b"%"
    if conversion == "n":
        store_count(arguments.word() & 0xFFFFFFFF)
        return b""
    if conversion in "diuoxX":
        return _padded(_integer(conversion, flags, precision, match["length"], arguments), width, flags, precision)
    if conversion in "fFeEgGaA":
        value = arguments.double()
        filling = flags if math.isfinite(value) else flags.replace("0", "")
        return _padded(_floating(conversion, flags, precision, value), width, filling, None)
    if conversion == "c":
        return _padded(bytes([arguments.word() & 255]), width, flags.replace("0", ""), None)
    if conversion == "s":
        address = arguments.word() & 0xFFFFFFFF
        text = read_string(address, precision) if address else b"(null)"[:precision]
        return _padded(text, width, flags.replace("0", ""), None)
    if conversion == "p":
        address = arguments.word() & 0xFFFFFFFF
        if not address:
            return _padded(b"(nil)", width, flags.replace("0", ""), None)
        return _padded(_digits("x", flags + "#", precision, address, _plus(flags)), width, flags, precision)
    return match[0]


def _number(text: bytes | None, arguments: Arguments) -> int | None:
    if text is None:
        return None
    return arguments.word() if text == b"*" else int(text or b"0")


def _integer(conversion: str, flags: str, precision: int | None, length: bytes | None, arguments: Arguments) -> bytes:
    bits = 64 if length in _LONG_LONG else 32
    value = arguments.long() if bits == 64 else arguments.word()
    bits = _BITS.get(length or b"", bits)
    value &= (1 << bits) - 1
    if conversion in "di" and value >> bits - 1:
        value -= 1 << bits
    sign = "" if conversion not in "di" else "-" if value < 0 else _plus(flags)
    return _digits(conversion, flags, precision, abs(value), sign)


def _digits(conversion: str, flags: str, precision: int | None, value: int, sign: str) -> bytes:
    """A number without sign, behind its sign and what '#' puts before it."""
    text = format(value, conversion if conversion in "oxX" else "d")
    if precision is not None:
        text = text.rjust(precision, "0") if precision or value else ""
    if "#" in flags and conversion == "o" and not text.startswith("0"):
        text = "0" + text
    if "#" in flags and conversion in "xX" and value:
        sign += "0" + conversion
    return (sign + text).encode()


def _plus(flags: str) -> str:
    """What stands before a number that is not negative."""
    return "+" if "+" in flags else " " if " " in flags else ""


def _floating(conversion: str, flags: str, precision: int | None, value: float) -> bytes:
    sign = _plus(flags)
    before = "-" if math.copysign(1, value) < 0 else sign
    if not math.isfinite(value):
        text = before + ("nan" if math.isnan(value) else "inf")
        return (text.upper() if conversion.isupper() else text).encode()
    if conversion in "aA":
        text = before + _hexadecimal(abs(value), precision, alternative="#" in flags)
        return (text.upper() if conversion == "A" else text).encode()
    alternative = "#" if "#" in flags else ""
    return (f"%{alternative}{sign}.{6 if precision is None else precision}{conversion}" % value).encode()


def _hexadecimal(value: float, precision: int | None, *, alternative: bool) -> str:
    """A number that is not negative; rounded to even, as far as it has more digits."""
    mantissa, exponent = value.hex().split("p")
    whole, _, digits = mantissa.removeprefix("0x").partition(".")
    digits = digits.rstrip("0")
    if precision is not None and len(digits) > precision:
        kept, unit = divmod(int(whole + digits, 16), 16 ** (len(digits) - precision))
        kept += 2 * unit + kept % 2 > 16 ** (len(digits) - precision)
        text = format(kept, f"0{precision + 1}x")
        whole, digits = text[: len(text) - precision], text[len(text) - precision :]
    digits = digits.ljust(precision or 0, "0")
    return f"0x{whole}{'.' if digits or alternative else ''}{digits}p{exponent}"


def _padded(text: bytes, width: int, flags: str, precision: int | None) -> bytes:
    if len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" not in flags or precision is not None:
        return text.rjust(width)
    head = re.match(rb"[-+ ]?(?:0[xX])?", text)
    prefix = head[0] if head is not None else b""
    return prefix + text[len(prefix) :].rjust(width - len(prefix), b"0")
