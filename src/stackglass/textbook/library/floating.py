"""Floating numbers in strings, rounded once (C11 7.22.1.3)."""

from __future__ import annotations

import math
import re
import sys
from fractions import Fraction
from typing import NamedTuple

from stackglass.textbook.numbers import nearest_float

_NUMBER = re.compile(
    rb"[ \t\n\r\v\f]*(?P<sign>[+-]?)(?:(?P<infinite>inf(?:inity)?)|(?P<nan>nan)(?:\([0-9a-z_]*\))?"
    rb"|0x(?=\.?[0-9a-f])(?P<hexadecimal>[0-9a-f]*\.?[0-9a-f]*)(?:p(?P<binary>[+-]?[0-9]+))?"
    rb"|(?=\.?[0-9])(?P<decimal>[0-9]*\.?[0-9]*)(?:e(?P<exponent>[+-]?[0-9]+))?)",
    re.IGNORECASE,
)
_FARTHEST = 20_000
"""Exponents beyond it are far outside what a double has room for."""
_MOST_DIGITS = 4_000
"""What lies in the middle of two doubles has fewer."""
_LEAST_FLOAT = 2.0**-126


class Parsed(NamedTuple):
    """The number that a string begins with, how many characters belong to it, and whether it is too large or too small
    to be told apart from others (ERANGE)."""

    value: float
    size: int
    is_out_of_range: bool = False


def floating(text: bytes, *, single: bool = False) -> Parsed:
    """A double, or a float, as strtod finds it; (0, 0) where there is none."""
    match = _NUMBER.match(text)
    if match is None:
        return Parsed(0.0, 0)
    sign = -1.0 if match["sign"] == b"-" else 1.0
    if match["infinite"] or match["nan"]:
        return Parsed(math.copysign(math.inf if match["infinite"] else math.nan, sign), match.end())
    value, is_out_of_range = _nearest(match, single)
    return Parsed(math.copysign(value, sign), match.end(), is_out_of_range)


def _nearest(match: re.Match[bytes], single: bool) -> tuple[float, bool]:
    """The nearest number of the type, and whether it is out of range. One that is too small is, if it is not exact."""
    is_hexadecimal = match["hexadecimal"] is not None
    whole, _, fraction = (match["hexadecimal"] if is_hexadecimal else match["decimal"]).partition(b".")
    significant = (whole + fraction).lstrip(b"0")
    if not significant.strip(b"0"):
        return 0.0, False
    exponent = _exponent((match["binary"] if is_hexadecimal else match["exponent"]) or b"")
    exponent -= (4 if is_hexadecimal else 1) * (len(fraction) - max(len(significant) - _MOST_DIGITS, 0))
    if len(significant) > _MOST_DIGITS:
        significant = significant[: _MOST_DIGITS - 1] + b"1"  # not in the middle of two numbers
    digits = int(significant, 16 if is_hexadecimal else 10)
    if abs(exponent) > _FARTHEST:
        return (math.inf if exponent > 0 else 0.0), True
    exact = digits * Fraction(2 if is_hexadecimal else 10) ** exponent
    try:
        value = nearest_float(exact) if single else float(exact)
    except OverflowError:
        value = math.inf
    is_small = value < (_LEAST_FLOAT if single else sys.float_info.min)
    return value, math.isinf(value) or (is_small and value != exact)


def _exponent(text: bytes) -> int:
    """An exponent, or one as far out."""
    size = int(text.lstrip(b"+-").lstrip(b"0")[:9] or b"0")
    return -size if text.startswith(b"-") else size
