"""Scalars as C writes them: characters, strings, floating-point numbers of every width, enumerators."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

ByteOrder = Literal["little", "big"]

_ESCAPES = {
    0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 27: "\\033", 0x5C: "\\\\",
}  # fmt: skip
_LONGEST_TEXT = 200
"""Characters of a string that are shown; what is cut is told by '...' behind it."""


class FloatFormat(NamedTuple):
    """A binary floating-point format: bits of the fraction and of the exponent; x87 writes the leading 1 out.

    `is_pair`: a number is the sum of two of this format, of which the first is that nearest to the sum.
    """

    fraction_bits: int
    exponent_bits: int
    explicit_one: bool = False
    is_pair: bool = False


X87_EXTENDED = FloatFormat(63, 15, explicit_one=True)
X87_BITS = 80
"""Of an x87 register: what it holds is always such a number."""
BINARY128 = FloatFormat(112, 15)
DOUBLE_PAIR = FloatFormat(52, 11, is_pair=True)
"""PowerPC's long double, big-endian: the first double has the higher bits."""
BFLOAT16 = FloatFormat(7, 8)


def character(code: int, prefix: str = "", quote: str = "'") -> str:
    """A character constant: 'a', '\\n', '\\377', L'é'."""
    return f"{prefix}{quote}{_escaped(code, quote, wide=bool(prefix))}{quote}"


def text(codes: Iterable[int], prefix: str = "") -> str:
    """A string constant of the characters up to the first NUL: "hello", u"hé"; a long one is cut."""
    shown: list[str] = []
    for code in codes:
        if code == 0:
            break
        if len(shown) == _LONGEST_TEXT:
            return f'{prefix}"{"".join(shown)}"...'
        shown.append(_escaped(code, '"', wide=bool(prefix)))
    return f'{prefix}"{"".join(shown)}"'


def _escaped(code: int, quote: str, *, wide: bool) -> str:
    if code == ord(quote):
        return "\\" + quote
    if code == 0 and quote == '"':
        return "\\000"
    if code in _ESCAPES:
        return _ESCAPES[code]
    if 32 <= code < 127 or (wide and 0xA0 <= code < 0x110000 and chr(code).isprintable()):
        return chr(code)
    return f"\\{code & 0xFF:03o}" if code < 256 else f"\\U{code & 0xFFFFFFFF:08x}"


def enumerator(value: int, enumerators: Sequence[tuple[str, int]]) -> str:
    """The enumerator of that value; flags joined by '|' if separate bits make it up; else the number."""
    for name, number in enumerators:
        if number == value:
            return name
    flags = [(name, number) for name, number in enumerators if number]
    covered = 0
    for _, number in flags:
        covered |= number
    if value <= 0 or value & ~covered or not _are_flags(flags):
        return str(value)
    return " | ".join(name for name, number in flags if number & value)


def _are_flags(flags: Sequence[tuple[str, int]]) -> bool:
    return all(number > 0 and number & (number - 1) == 0 for _, number in flags) and len(flags) == len(
        {number for _, number in flags}
    )


def floating(data: bytes, order: ByteOrder, format_: FloatFormat | None = None) -> str | None:
    """The shortest decimal that reads back as these bytes: '2.5', '1e+30', 'inf'. None for a width that isn't known.

    Widths of 2, 4 and 8 bytes are IEEE binary formats; any other width needs a `format_`.
    """
    if format_ is not None:
        return _shortest_of(int.from_bytes(data, order), format_)
    letter = {2: "e", 4: "f", 8: "d"}.get(len(data))
    if letter is None:
        return None
    layout = ("<" if order == "little" else ">") + letter
    value = struct.unpack(layout, data)[0]
    if letter == "d" or not math.isfinite(value):
        return _c_style(value)
    for digits in range(1, 10):
        shown = float(f"{value:.{digits}g}")
        try:
            if struct.pack(layout, shown) == data:
                return _c_style(shown)
        except OverflowError:
            continue
    return _c_style(value)


def from_x87(register: bytes, size: int, order: ByteOrder) -> bytes:
    """A floating-point variable of `size` bytes that is in an x87 register (10 bytes), as it would be in memory.

    A float or double is rounded to its width; a long double is the register's number and padding.
    """
    letter = {4: "f", 8: "d"}.get(size)
    if letter is None:
        return register.ljust(size, b"\0")[:size]
    unpacked = _unpacked(int.from_bytes(register, order), X87_EXTENDED)
    layout = ("<" if order == "little" else ">") + letter
    if isinstance(unpacked, str):
        return struct.pack(layout, float(unpacked))
    sign, magnitude = unpacked
    try:
        return struct.pack(layout, math.copysign(_narrow(magnitude, size), -1 if sign else 1))
    except OverflowError:
        return struct.pack(layout, -math.inf if sign else math.inf)


def from_double(register: bytes, size: int, order: ByteOrder) -> bytes:
    """A floating-point variable of `size` bytes that a register holds as a double (8 bytes), as it would be in memory.

    What has no format of that size is taken for the register's least significant bytes.
    """
    if size != 4:
        return register[:size] if order == "little" else register[-size:]
    mark = "<" if order == "little" else ">"
    (value,) = struct.unpack(f"{mark}d", register)
    try:
        return struct.pack(f"{mark}f", value)
    except OverflowError:
        return struct.pack(f"{mark}f", math.copysign(math.inf, value))


def _narrow(value: Fraction, size: int) -> float:
    """The float or double nearest to a magnitude. OverflowError if that is infinite."""
    return float(nearest(value, FloatFormat(23, 8)) if size == 4 and value else value)


def exactly(data: bytes, order: ByteOrder, format_: FloatFormat) -> Fraction | float:
    """The value of a number of such a format; a float where it is infinite or none."""
    unpacked = _unpacked(int.from_bytes(data, order), format_)
    if isinstance(unpacked, str):
        return float(unpacked)
    sign, magnitude = unpacked
    return -magnitude if sign else magnitude


def _c_style(value: float) -> str:
    if math.isnan(value):
        return "-nan" if math.copysign(1, value) < 0 else "nan"
    return repr(value)


def _shortest_of(bits: int, format_: FloatFormat) -> str:
    """As `floating`, for formats that Python's own floats can't hold."""
    unpacked = _unpacked(bits, format_)
    if isinstance(unpacked, str):
        return unpacked
    sign, value = unpacked
    if not value:
        return f"{sign}0.0"
    significant_bits = (format_.fraction_bits + 1) * (1 + format_.is_pair)
    digits_enough = math.ceil(significant_bits * math.log10(2)) + 1
    for digits in range(1, digits_enough + 1):
        mantissa, exponent = _rounded(value, digits)
        if nearest(Fraction(mantissa) * Fraction(10) ** exponent, format_) == value:
            return sign + _decimal(mantissa, exponent)
    return sign + _decimal(*_rounded(value, digits_enough))


def _unpacked(bits: int, format_: FloatFormat) -> tuple[str, Fraction] | str:
    """Sign and exact magnitude; 'inf' or 'nan' where there is none."""
    if format_.is_pair:
        return _unpacked_pair(bits, format_._replace(is_pair=False))
    width = format_.fraction_bits + format_.explicit_one
    significand = bits & ((1 << width) - 1)
    exponent = bits >> width & ((1 << format_.exponent_bits) - 1)
    sign = "-" if bits >> (width + format_.exponent_bits) & 1 else ""
    fraction = significand & ((1 << format_.fraction_bits) - 1)
    if exponent == (1 << format_.exponent_bits) - 1:
        return sign + ("nan" if fraction else "inf")
    if not format_.explicit_one and exponent:
        significand |= 1 << format_.fraction_bits
    scale = max(exponent, 1) - ((1 << (format_.exponent_bits - 1)) - 1) - format_.fraction_bits
    return sign, Fraction(significand) * Fraction(2) ** scale


def _unpacked_pair(bits: int, half: FloatFormat) -> tuple[str, Fraction] | str:
    """Of the sum of two numbers: where the first is not finite, or is 0, the second does not count."""
    width = 1 + half.exponent_bits + half.fraction_bits
    first, second = _unpacked(bits >> width, half), _unpacked(bits & (1 << width) - 1, half)
    if isinstance(first, str) or not first[1] or isinstance(second, str):
        return first
    total = sum((-magnitude if sign else magnitude for sign, magnitude in (first, second)), Fraction(0))
    return "-" if total < 0 else "", abs(total)


def _rounded(value: Fraction, digits: int) -> tuple[int, int]:
    """`value` to so many significant digits: (mantissa, exponent of ten)."""
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    exponent = math.floor(bits * math.log10(2)) - digits
    while True:
        mantissa = round(value / Fraction(10) ** exponent)
        if mantissa < 10 ** (digits - 1):
            exponent -= 1
        elif mantissa > 10**digits:
            exponent += 1
        else:
            return mantissa, exponent


def nearest(value: Fraction, format_: FloatFormat) -> Fraction:
    """The number of the format that is nearest to `value`, as if exponents had no upper end; ties to even."""
    if value < 0:
        return -nearest(-value, format_)
    if format_.is_pair:
        half = format_._replace(is_pair=False)
        first = nearest(value, half)
        rest = value - first
        return first + (nearest(rest, half) if rest else rest)
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - 1
    if Fraction(2) ** (exponent + 1) <= value:
        exponent += 1
    scale = max(exponent, 2 - (1 << (format_.exponent_bits - 1))) - format_.fraction_bits
    unit = Fraction(2) ** scale
    return round(value / unit) * unit


def _decimal(mantissa: int, exponent: int) -> str:
    """Digits with a point or an exponent, as Python's repr places them."""
    digits = str(mantissa).rstrip("0")
    exponent += len(str(mantissa)) - len(digits)
    point = len(digits) + exponent
    if -4 < point <= 16:
        if point <= 0:
            return "0." + "0" * -point + digits
        padded = digits.ljust(point, "0")
        return f"{padded[:point]}.{padded[point:] or '0'}"
    rest = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{rest}e{point - 1:+03d}"
