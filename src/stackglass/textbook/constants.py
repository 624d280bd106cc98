"""C's literals, and arithmetic on constants."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from stackglass.textbook import types as t
from stackglass.textbook.numbers import nearest_float, rounded
from stackglass.textbook.refusals import refuse, wrong
from stackglass.textbook.tree import Number
from stackglass.textbook.types import CType, Floating, Integer

_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SIMPLE = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27, "0": 0}


def constant(coord: object, kind: str, text: str) -> Number:
    """A literal that isn't a string: pycparser's type and text of it."""
    if text.startswith(("L'", "u'", "U'")):
        raise refuse(coord, "a wide character", "use a plain one")
    if text.startswith("'"):
        return Number(t.INT, _character(coord, text))
    if kind in ("float", "double", "long double"):
        return _floating(kind, text)
    return _integer(coord, text)


def _character(coord: object, text: str) -> int:
    data = unescaped(text[1:-1])
    if not data:
        raise wrong(coord, "an empty character constant")
    value = 0
    for byte in data[-4:]:
        value = value << 8 | byte
    return t.CHAR.wrap(value) if len(data) == 1 else t.INT.wrap(value)


def _floating(kind: str, text: str) -> Number:
    digits = (
        text.rstrip("fFlL")
        if not text.lower().startswith("0x")
        else text.rstrip("lL").rstrip(
            "fF" if "p" in text.lower() and not text.lower().split("p")[1].strip("+-0123456789fl") else ""
        )
    )
    type_ = {"float": t.FLOAT, "double": t.DOUBLE, "long double": t.LDOUBLE}[kind]
    if digits.lower().startswith("0x"):
        return Number(type_, in_type(type_, float.fromhex(digits)))
    value = float(digits)
    ordinary = type_ == t.FLOAT and 1e-300 < value < 1e300
    return Number(type_, nearest_float(Fraction(digits)) if ordinary else in_type(type_, value))


def _integer(coord: object, text: str) -> Number:
    """C11 6.4.4.1: the first type of the list that the value fits into."""
    digits = text.rstrip("uUlL")
    suffix = text[len(digits) :].lower()
    base = 16 if digits[:2].lower() == "0x" else 2 if digits[:2].lower() == "0b" else 8 if digits[:1] == "0" else 10
    try:
        value = int(digits[2:] if base in (2, 16) else digits, base)
    except ValueError:
        raise wrong(coord, f"'{text}' is no number") from None
    candidates = [t.INT, t.UINT, t.LONG, t.ULONG, t.LLONG, t.ULLONG]
    if "ll" in suffix:
        candidates = candidates[4:]
    elif "l" in suffix:
        candidates = candidates[2:]
    if "u" in suffix:
        candidates = [one for one in candidates if not one.signed]
    elif base == 10:
        candidates = [one for one in candidates if one.signed]
    fitting = next((one for one in candidates if one.low <= value <= one.high), t.ULLONG)
    return Number(fitting, fitting.wrap(value))


def string(coord: object, text: str) -> bytes:
    """What a string literal says, without the zero at its end."""
    if text.startswith(("L", 'u"', "U")):
        raise refuse(coord, "a wide string", "use a plain one")
    pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    return b"".join(unescaped(piece) for piece in pieces)


def unescaped(text: str) -> bytes:
    """The bytes of a literal's inside."""
    data = bytearray()
    at = 0
    for match in _ESCAPE.finditer(text):
        data += text[at : match.start()].encode("utf-8", "surrogateescape")
        at = match.end()
        octal, hexadecimal, short, long, letter = match.groups()
        if octal or hexadecimal:
            data.append(int(octal, 8) & 255 if octal else int(hexadecimal, 16) & 255)
        elif short or long:
            data += chr(int(short or long, 16)).encode()
        else:
            data += bytes([_SIMPLE[letter]]) if letter in _SIMPLE else letter.encode()
    data += text[at:].encode("utf-8", "surrogateescape")
    return bytes(data)


def in_type(type_: CType, value: int | float) -> int | float:
    """A number as a type holds it (C11 6.3.1)."""
    if isinstance(type_, Floating):
        if type_.size == 4:
            return nearest_float(value) if isinstance(value, int) else rounded(value)
        return float(value)
    if isinstance(value, float):
        value = int(value != 0) if type_ == t.BOOL else _nearest(type_, value)
    return type_.wrap(value) if isinstance(type_, Integer) else value & 0xFFFFFFFF


def _nearest(type_: CType, value: float) -> int:
    """The integer of a type that comes nearest, as compilers fold what C leaves open; 0 for what is no number."""
    if math.isnan(value) or not isinstance(type_, Integer):
        return 0 if not math.isfinite(value) else int(value)
    return int(max(min(value, type_.high), type_.low))


def unary(op: str, type_: CType, value: int | float) -> Number:
    """'-' or '~' of a constant."""
    result = -value if op == "-" else ~int(value)
    return Number(type_, in_type(type_, result))


def binary(op: str, type_: CType, left: int | float, right: int | float) -> Number | None:
    """Arithmetic on constants of one type; None where it has no value."""
    if isinstance(type_, Floating):
        result = _float_arithmetic(op, float(left), float(right))
    else:
        result = _integer_arithmetic(op, type_, int(left), int(right))
    return None if result is None else Number(type_, in_type(type_, result))


def _float_arithmetic(op: str, left: float, right: float) -> float | None:
    if op == "/":
        return left / right if right else None
    result = {"+": left + right, "-": left - right, "*": left * right}[op]
    is_invalid = math.isnan(result) and not (math.isnan(left) or math.isnan(right))
    return -math.nan if is_invalid else result  # as x86 has it


def _integer_arithmetic(op: str, type_: CType, left: int, right: int) -> int | None:
    if op in "/%":
        if not right:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if op == "/" else left - quotient * right
    if op in ("<<", ">>"):
        if not 0 <= right < 8 * type_.size:
            return None
        return left << right if op == "<<" else left >> right
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "&": left & right,
        "|": left | right,
        "^": left ^ right,
    }[op]


def compare(op: str, left: int | float, right: int | float) -> bool:
    """A comparison of constants of one type."""
    return {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]
