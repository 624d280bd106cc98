"""How registers, immediates and raw bytes are written for people."""

from __future__ import annotations

import math
import struct

from stackglass.isa.words import NumberKind
from stackglass.stack.numbers import character

_SMALL = 1 << 31
"""A word of at least this size is written in hex: it's rather an address or a bit pattern than a count."""
_NEAR_END = 1 << 20


EXTENDED_BITS = 80
EXTENDED_MASK = (1 << EXTENDED_BITS) - 1
_LEAST_NORMAL: dict[NumberKind, float] = {"single": 2.0**-126, "double": 2.0**-1022}
"""What is nearer to 0 is no number that anybody computed, but an integer or other bits in a register for numbers."""


def signed(value: int, bits: int) -> int:
    """The low `bits` of `value` as a signed number."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def is_small_negative(value: int, bits: int) -> bool:
    """Whether it is a small negative number, if it isn't an address: only the textbook machine has memory there."""
    return -_NEAR_END <= signed(value, bits) < 0


def integer(value: int, size: int, *, unsigned: bool = False) -> str:
    """`size` bytes as a number: decimal, but for what only looks well in hex."""
    bits = size * 8
    number = value & ((1 << bits) - 1) if unsigned else signed(value, bits)
    return str(number) if -_SMALL <= number < 2 * _SMALL else f"{value & ((1 << bits) - 1):#x}"


_SMALL_TYPES = frozenset(("signed char", "unsigned char", "short", "unsigned short", "short int", "short unsigned int"))


def of_type(type_: str | None, value: int, size: int) -> str | None:
    """One or two bytes of a basic type, as C would write them; None for any other type."""
    name = " ".join(word for word in (type_ or "").split() if word not in ("const", "volatile"))
    if name == "char" and size == 1:
        return character(value)
    if name in ("_Bool", "bool") and value <= 1:
        return "true" if value else "false"
    return integer(value, size, unsigned="unsigned" in name) if name in _SMALL_TYPES else None


def floating(raw: bytes, byte_order: str) -> str:
    """A float (4 bytes) or double (8 bytes) as C's %g would write it, but exact where that is short."""
    (number,) = struct.unpack(("<" if byte_order == "little" else ">") + ("f" if len(raw) == 4 else "d"), raw)
    if math.isnan(number) or math.isinf(number):
        return str(number)
    return repr(number if len(raw) == 8 else _shortest(number))


def _shortest(number: float) -> float:
    """The number with the fewest digits that is stored as the same float."""
    stored = struct.pack("f", number)
    short = (float(f"{number:.{digits}g}") for digits in range(1, 10))
    return next((each for each in short if struct.pack("f", each) == stored), number)


def extended(value: int) -> str:
    """An x87 register's 80 bits, or a long double's, as a number: with the digits that a double has."""
    if 0 < value & (1 << 64) - 1 < 1 << 63:
        return f"{value & EXTENDED_MASK:#x}"  # no number since the 80287, or one that nobody computed, it is so small
    return repr(_extended_float(value))


def _extended_float(value: int) -> float:
    """Its value, as near as a double comes to it. Intel SDM volume 1, 4.2.2."""
    mantissa, exponent, sign = value & (1 << 64) - 1, value >> 64 & 0x7FFF, -1.0 if value >> 79 & 1 else 1.0
    if exponent == 0x7FFF:
        return math.nan if mantissa << 1 & (1 << 64) - 1 else sign * math.inf
    try:
        return sign * math.ldexp(mantissa, exponent - 16383 - 63)
    except OverflowError:
        return sign * math.inf


def as_kind(value: int, size: int, kind: NumberKind, byte_order: str, *, unsigned: bool = False) -> str:
    """The low bytes of `value`, a register or memory read as one number, as `kind`; `size` counts for integers."""
    if kind in ("single", "double"):
        width = 4 if kind == "single" else 8
        bits = value & ((1 << width * 8) - 1)
        if 0 < abs(as_float(bits, kind)) < _LEAST_NORMAL[kind]:
            return f"{bits:#x}"
        raw = bits.to_bytes(width, "little")
        return floating(raw if byte_order == "little" else raw[::-1], byte_order)
    if kind == "extended":
        return extended(value & EXTENDED_MASK)
    if kind == "bytes" or size > 8:
        return f"{value & ((1 << size * 8) - 1):#x}"
    return integer(value, size, unsigned=unsigned)


def as_float(value: int, kind: NumberKind) -> float:
    """The low bytes of `value`, read as 'single', 'double' or 'extended'."""
    if kind == "extended":
        return _extended_float(value & EXTENDED_MASK)
    width, code = (4, "<f") if kind == "single" else (8, "<d")
    (number,) = struct.unpack(code, (value & ((1 << width * 8) - 1)).to_bytes(width, "little"))
    return float(number)


def is_nan(value: int, kind: NumberKind) -> bool:
    """Whether the low bytes of `value`, read as `kind`, are no number."""
    return kind in ("single", "double", "extended") and math.isnan(as_float(value, kind))


def dump(raw: bytes) -> str:
    """Bytes in memory order: '[51 e9 00]'; long runs are cut."""
    text = raw[:16].hex(" ")
    return f"[{text}{' …' if len(raw) > 16 else ''}]"


def count(number: int, noun: str) -> str:
    """'1 byte', '3 bytes', '1,000 bytes'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def article(text: str) -> str:
    """'an int', 'a char'; 'a struct point'."""
    vowel = text[:1] in tuple("aeiouAEIO") and not text.startswith(("uint", "union", "use"))
    return f"{'an' if vowel else 'a'} {text}"
