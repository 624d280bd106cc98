"""The numbers on the stack of a DWARF expression: untyped integers, or values of a base type (DWARF 5, 2.5.1.4)."""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackglass.debuginfo.reading import bad

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry

_DW_ATE_FLOAT = 0x04
_SIGNED = (0x05, 0x06)
_FLOATS = {2: "e", 4: "f", 8: "d"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A number of a base type, or, `type` None, of the untyped kind that addresses have.

    `opaque` holds the bytes of a type that Python has no number for (long double): it may be moved and no more.
    """

    value: int | float
    type: Entry | None = None
    opaque: bytes | None = None

    @classmethod
    def address_sized(cls, value: int, size: int) -> Typed:
        """An untyped number: as many bits as an address, unsigned."""
        return cls(value & ((1 << 8 * size) - 1))

    @property
    def is_plain(self) -> bool:
        """Whether it is an untyped integer."""
        return self.type is None and self.opaque is None

    def address(self, size: int) -> int:
        """It as an address."""
        if self.opaque is not None or isinstance(self.value, float):
            raise bad(".debug_info", None, "an expression uses a floating-point number as an address")
        return self.value & ((1 << 8 * size) - 1)


def from_bytes(content: bytes, type_: Entry | None, size: int, byte_order: str) -> Typed:
    """What `content` is worth in the base type `type_`."""
    order = "<" if byte_order == "little" else ">"
    if type_ is not None and type_.number("DW_AT_encoding") == _DW_ATE_FLOAT:
        layout = _FLOATS.get(len(content))
        if layout is None:
            return Typed(0, type_, content)
        return Typed(struct.unpack(order + layout, content)[0], type_)
    value = int.from_bytes(content, "little" if byte_order == "little" else "big")
    return _fitted(value, type_, size)


def to_bytes(value: Typed, size: int, byte_order: str) -> bytes:
    """The bytes that it has in memory."""
    if value.opaque is not None:
        return value.opaque
    width = _size(value.type, size)
    if isinstance(value.value, float):
        layout = _FLOATS.get(width)
        if layout is None:
            raise bad(".debug_info", None, f"an expression yields a floating-point number of {width} bytes")
        layout = ("<" if byte_order == "little" else ">") + layout
        try:
            return struct.pack(layout, value.value)
        except OverflowError:
            return struct.pack(layout, math.copysign(math.inf, value.value))
    bits = value.value & ((1 << 8 * width) - 1)
    return bits.to_bytes(width, "little" if byte_order == "little" else "big")


def convert(value: Typed, type_: Entry | None, size: int) -> Typed:
    """The same number in another type, as C converts it."""
    if value.opaque is not None:
        raise bad(".debug_info", None, "an expression computes with a floating-point type that isn't supported")
    if type_ is not None and type_.number("DW_AT_encoding") == _DW_ATE_FLOAT:
        number = float(value.value)
        if _size(type_, size) == 4:
            number = struct.unpack("<f", to_bytes(Typed(number, type_), size, "little"))[0]
        return Typed(number, type_)
    if isinstance(value.value, float) and value.value - value.value != 0:  # infinite or not a number
        return _fitted(0, type_, size)
    return _fitted(int(value.value), type_, size)


def reinterpret(value: Typed, type_: Entry | None, size: int, byte_order: str) -> Typed:
    """The same bits in another type of the same size."""
    return from_bytes(to_bytes(value, size, byte_order), type_, size, byte_order)


def unary(name: str, value: Typed, size: int) -> Typed:
    """abs, neg or not."""
    if value.opaque is not None:
        raise bad(".debug_info", None, "an expression computes with a floating-point type that isn't supported")
    number = _signed(value, size)
    if isinstance(number, float):
        if name == "not":
            raise bad(".debug_info", None, "an expression inverts the bits of a floating-point number")
        return Typed(abs(number) if name == "abs" else -number, value.type)
    result = {"abs": abs(number), "neg": -number, "not": ~number}[name]
    return _fitted(result, value.type, size)


def binary(name: str, left: Typed, right: Typed, size: int) -> Typed:
    """An operation of two numbers of the same type; comparisons yield an untyped 0 or 1."""
    if left.opaque is not None or right.opaque is not None:
        raise bad(".debug_info", None, "an expression computes with a floating-point type that isn't supported")
    if name in _COMPARISONS:
        return Typed(int(_COMPARISONS[name](_signed(left, size), _signed(right, size))))
    if isinstance(left.value, float) or isinstance(right.value, float):
        return Typed(_float_result(name, float(left.value), float(right.value)), left.type)
    return _fitted(_integer_result(name, left, right, size), left.type, size)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
    "ne": operator.ne,
}
_PLAIN: dict[str, Callable[[int, int], int]] = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "plus": operator.add,
    "minus": operator.sub,
    "mul": operator.mul,
}


def _integer_result(name: str, left: Typed, right: Typed, size: int) -> int:
    first, second = int(left.value), int(right.value)
    if name in _PLAIN:
        return _PLAIN[name](first, second)
    bits = 8 * _size(left.type, size)
    if name in ("shl", "shr", "shra"):
        count = second & ((1 << 64) - 1)
        if name == "shl":
            return first << count if count < bits else 0
        if name == "shr":
            return (first & ((1 << bits) - 1)) >> min(count, bits)
        return int(_signed(left, size)) >> min(count, bits)
    if second == 0:
        raise bad(".debug_info", None, "an expression divides by 0")
    if name == "mod":  # of untyped numbers unsigned, 2.5.1.4
        return first - second * _truncated(first, second)
    return _truncated(int(_signed(left, size)), int(_signed(right, size)))


def _truncated(first: int, second: int) -> int:
    quotient = abs(first) // abs(second)
    return quotient if (first < 0) == (second < 0) else -quotient


def _float_result(name: str, first: float, second: float) -> float:
    if name not in ("plus", "minus", "mul", "div"):
        raise bad(".debug_info", None, f"an expression applies {name} to floating-point numbers")
    if name == "div":
        if second == 0:
            return float("nan") if first == 0 or first != first else float("inf") * (1 if first > 0 else -1)
        return first / second
    return {"plus": first + second, "minus": first - second, "mul": first * second}[name]


def _signed(value: Typed, size: int) -> int | float:
    """Untyped numbers are compared, divided and negated as signed ones (2.5.1.4)."""
    if isinstance(value.value, float) or value.type is not None:
        return value.value
    bits = 8 * size
    return value.value - (1 << bits) if value.value >> (bits - 1) else value.value


def _fitted(value: int, type_: Entry | None, size: int) -> Typed:
    bits = 8 * _size(type_, size)
    value &= (1 << bits) - 1
    if type_ is not None and type_.number("DW_AT_encoding") in _SIGNED and value >> (bits - 1):
        value -= 1 << bits
    return Typed(value, type_)


def _size(type_: Entry | None, size: int) -> int:
    if type_ is None:
        return size
    return min(type_.number("DW_AT_byte_size") or size, 64)
