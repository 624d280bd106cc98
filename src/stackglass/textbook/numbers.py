"""Arithmetic of the textbook machine that Python does otherwise."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

from stackglass.isa.textbook import ABOVE, BELOW, EQUAL, GREATER, LESS
from stackglass.model import FaultKind
from stackglass.textbook.traps import Trap


def _too_large(what: str, least: int) -> Trap:
    """The one quotient that is larger than any number of the type whose least one is told."""
    type_ = "an int" if least == -1 << 31 else "a long long"
    return Trap(FaultKind.DIVISION_ERROR, f"{what} does not fit into {type_}")


def divided(left: int, right: int, least: int) -> int:
    """The quotient, towards zero. ZeroDivisionError; a Trap where no number of the type is the quotient."""
    if right == -1 and left == least:
        raise _too_large(f"{left} / {right}", least)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def remainder(left: int, right: int, least: int) -> int:
    """What a division towards zero leaves. ZeroDivisionError; a Trap where the quotient doesn't fit, as on x86."""
    if right == -1 and left == least:
        raise _too_large(f"{left} % {right}: the quotient", least)
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def divide(left: float, right: float) -> float:
    """IEEE 754's quotient."""
    try:
        return left / right
    except ZeroDivisionError:
        if left == 0 or math.isnan(left):
            return -math.nan  # as x86 has it
        return math.copysign(math.inf, left) * math.copysign(1.0, right)


def to_word(value: float) -> int:
    """A double as an int, towards zero; the least int where it is none: C leaves that open, and x86 has it so."""
    return int(value) if -2147483649 < value < 2147483648 else -(1 << 31)


def to_long(value: float) -> int:
    """A double as a long long, likewise."""
    return int(value) if -(2.0**63) <= value < 2.0**63 else -(1 << 63)


def to_unsigned_word(value: float) -> int:
    """A double as an unsigned int, modulo 2^32 as far as a long long can hold it; as the signed word of its bits."""
    return (to_long(value) + (1 << 31) & 0xFFFFFFFF) - (1 << 31)


def to_unsigned_long(value: float) -> int:
    """A double as an unsigned long long, as far as 64 bits can hold it; as the signed number of its bits."""
    if not value >= 2.0**63:
        return to_long(value)
    above = to_long(value - 2.0**63)
    return above - (1 << 63) if above >= 0 else 0


def rounded(value: float) -> float:
    """The nearest float."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def nearest_float(value: Fraction | int) -> float:
    """The nearest float of a number: not by way of the nearest double, which may lie just in the middle of two."""
    try:
        near = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    if near and near != value and math.isfinite(near):
        # What lies in the middle of two floats ends in zeros: a bit that says which side it is on is put there.
        bits = int.from_bytes(struct.pack("<d", near), "little")
        if not bits & 1:
            outward = (value > near) == (near > 0)
            near = float(struct.unpack("<d", (bits + (1 if outward else -1)).to_bytes(8, "little"))[0])
    return rounded(near)


def bits_of(value: float) -> int:
    """A double's bits as a number."""
    return int.from_bytes(struct.pack("<d", value), "little")


def bytes_of_argument(kind: int, value: int | float) -> bytes:
    """An unnamed argument in memory: 1 a word, 2 a long long, 3 a double."""
    if kind == 3:
        return struct.pack("<d", value)
    size = 4 if kind == 1 else 8
    return (int(value) & (1 << 8 * size) - 1).to_bytes(size, "little")


def flags_of(left: int | float, right: int | float) -> int:
    """What a comparison finds, in the bits of the register FLAGS: EQUAL, LESS, GREATER, BELOW, ABOVE."""
    found = EQUAL * (left == right) | LESS * (left < right) | GREATER * (left > right)
    if isinstance(left, float) or isinstance(right, float):
        return found
    a, b = left & 0xFFFFFFFFFFFFFFFF, right & 0xFFFFFFFFFFFFFFFF
    return found | BELOW * (a < b) | ABOVE * (a > b)
