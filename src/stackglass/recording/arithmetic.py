"""C's arithmetic: the number types, what converts to what, and what the operators give (C11 6.3.1, 6.5).

Integers are Python integers kept within their type; float and double are Python floats rounded to it; what is wider,
as long double mostly is, is an exact Fraction rounded to its significand (infinities and NaN are Python floats).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from stackglass.errors import ExpressionError
from stackglass.stack.numbers import X87_BITS, X87_EXTENDED, FloatFormat, exactly, nearest

Numeric = int | float | Fraction


@dataclass(frozen=True, slots=True)
class Number:
    """An arithmetic type: `size` in bytes; `wide` is the format of a floating type that is wider than double."""

    name: str
    size: int
    kind: Literal["signed", "unsigned", "bool", "float"]
    wide: FloatFormat | None = None

    @property
    def is_float(self) -> bool:
        """Whether it is a floating type."""
        return self.kind == "float"

    @property
    def value_size(self) -> int:
        """Bytes that hold the value: what the x87's ten leave of a long double is padding."""
        return X87_BITS // 8 if self.wide is X87_EXTENDED else self.size

    @property
    def spelling(self) -> str:
        """The type as C writes it."""
        return self.name


BOOL = Number("bool", 1, "bool")
INT = Number("int", 4, "signed")
UNSIGNED = Number("unsigned int", 4, "unsigned")
FLOAT = Number("float", 4, "float")
DOUBLE = Number("double", 8, "float")


def decode(data: bytes, number: Number, order: Literal["little", "big"]) -> Numeric:
    """The value that bytes in that order have as such a type."""
    if not number.is_float:
        return int.from_bytes(data, order, signed=number.kind == "signed")
    if number.wide is not None:
        return exactly(data[: number.value_size], order, number.wide)
    layout = ("<" if order == "little" else ">") + ("f" if number.size == 4 else "d")
    value: float = struct.unpack(layout, data)[0]
    return value


def convert(value: Numeric, number: Number) -> Numeric:
    """The value converted to a type, as a C cast converts it. ExpressionError where C leaves it undefined."""
    if number.is_float:
        return _to_float(value, number)
    if number.kind == "bool":
        return int(value != 0)
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(f"{value} has no value as {number.name}")
    return _wrapped(int(value), number)


def _wrapped(value: int, number: Number) -> int:
    bits = number.size * 8
    value &= (1 << bits) - 1
    return value - (1 << bits) if number.kind == "signed" and value >> (bits - 1) else value


def _to_float(value: Numeric, number: Number) -> Numeric:
    if isinstance(value, float) and not math.isfinite(value):
        return value
    if number.wide is not None:
        return nearest(Fraction(value), number.wide)
    try:
        if number.size == 8:
            return float(value)
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
        return rounded
    except OverflowError:
        return math.copysign(math.inf, value)


def promote(number: Number) -> Number:
    """The type that an operand has after the integer promotions (6.3.1.1)."""
    return INT if not number.is_float and number.size < 4 else number


def common_type(left: Number, right: Number) -> Number:
    """The type that both operands are converted to: the usual arithmetic conversions (6.3.1.8)."""
    left, right = promote(left), promote(right)
    if left.is_float or right.is_float:
        floats = [number for number in (left, right) if number.is_float]
        return max(floats, key=lambda number: (number.size, number.wide or (0,)))
    if left.size != right.size:
        return left if left.size > right.size else right
    return right if left.kind == "signed" else left


_COMPARISONS: dict[str, Callable[[Numeric, Numeric], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_BITWISE: dict[str, Callable[[int, int], int]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}


def is_comparison(operator: str) -> bool:
    """Whether the operator compares, and so gives an int that is 0 or 1."""
    return operator in _COMPARISONS


def compare(operator: str, left: Numeric, right: Numeric) -> int:
    """1 or 0 for a comparison of values of one type."""
    return int(_COMPARISONS[operator](left, right))


def binary(operator: str, left: tuple[Numeric, Number], right: tuple[Numeric, Number]) -> tuple[Numeric, Number]:
    """The value and the type of `left operator right` for arithmetic operands."""
    if operator in ("<<", ">>"):
        return _shift(operator, left, right)
    common = common_type(left[1], right[1])
    a, b = convert(left[0], common), convert(right[0], common)
    if is_comparison(operator):
        return compare(operator, a, b), INT
    if operator in _BITWISE or operator == "%":
        if common.is_float:
            raise ExpressionError(f"'{operator}' takes integers, not {common.name}")
        result: Numeric = _remainder(int(a), int(b)) if operator == "%" else _BITWISE[operator](int(a), int(b))
    else:
        result = _arithmetic(operator, a, b, common)
    return convert(result, common), common


def _shift(operator: str, left: tuple[Numeric, Number], right: tuple[Numeric, Number]) -> tuple[Numeric, Number]:
    number, amount = promote(left[1]), right[0]
    if number.is_float or right[1].is_float or not isinstance(left[0], int) or not isinstance(amount, int):
        raise ExpressionError(f"'{operator}' takes integers")
    if not 0 <= amount < number.size * 8:
        raise ExpressionError(f"a shift by {amount} is undefined for {number.name}")
    return convert(left[0] << amount if operator == "<<" else left[0] >> amount, number), number


def _arithmetic(operator: str, a: Numeric, b: Numeric, number: Number) -> Numeric:
    if operator == "/":
        return _float_quotient(a, b) if number.is_float else _quotient(int(a), int(b))
    try:
        if isinstance(a, float) != isinstance(b, float):  # an infinite long double with a finite one
            a, b = float(a), float(b)
        if operator == "+":
            return a + b
        return a - b if operator == "-" else a * b
    except OverflowError:
        return math.inf


def _quotient(a: int, b: int) -> int:
    """C's integer division truncates towards zero."""
    if b == 0:
        raise ExpressionError("it divides by zero")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a: int, b: int) -> int:
    return a - b * _quotient(a, b)


def _float_quotient(a: Numeric, b: Numeric) -> Numeric:
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
    if isinstance(a, float) or isinstance(b, float):
        return float(a) / float(b)
    return Fraction(a) / Fraction(b)


def unary(operator: str, value: Numeric, number: Number) -> tuple[Numeric, Number]:
    """The value and the type of `operator value` for an arithmetic operand."""
    if operator == "!":
        return int(value == 0), INT
    promoted = promote(number)
    if operator == "~":
        if not isinstance(value, int) or number.is_float:
            raise ExpressionError(f"'~' takes an integer, not {number.name}")
        return convert(~value, promoted), promoted
    return convert(-value if operator == "-" else value, promoted), promoted


def exact(digits: str) -> Numeric:
    """The value of a floating constant's digits, decimal or hexadecimal, before it is rounded to its type."""
    if digits[:2].lower() == "0x":
        return Fraction(float.fromhex(digits))
    exponent = re.search(r"[eE]([-+]?\d+)$", digits)
    if exponent is not None and (len(exponent[1]) > 6 or abs(int(exponent[1])) > 6000):  # beyond a long double's
        return 0 if exponent[1].startswith("-") else math.inf
    return Fraction(digits)
