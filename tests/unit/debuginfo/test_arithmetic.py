"""Numbers with a base type on the stack of an expression (DWARF 5, 2.5.1.4)."""

from __future__ import annotations

import math
import struct
from typing import cast

import pytest

from stackglass.debuginfo.arithmetic import Typed, binary, convert, from_bytes, reinterpret, to_bytes, unary
from stackglass.debuginfo.entries import Entry
from stackglass.errors import BadDebugInfo

FLOAT, SIGNED, UNSIGNED = 4, 5, 7


class BaseTypeEntry:
    """A base type with the two attributes that count."""

    def __init__(self, size: int, encoding: int) -> None:
        self.attributes = {"DW_AT_byte_size": size, "DW_AT_encoding": encoding}

    def number(self, name: str) -> int | None:
        return self.attributes.get(name)


def base(size: int, encoding: int) -> Entry:
    return cast(Entry, BaseTypeEntry(size, encoding))


INT, UINT, CHAR = base(4, SIGNED), base(4, UNSIGNED), base(1, SIGNED)
FLOAT4, FLOAT8, LONG_DOUBLE = base(4, FLOAT), base(8, FLOAT), base(16, FLOAT)


def typed(value: float, type_: Entry | None) -> Typed:
    return Typed(value, type_)


@pytest.mark.parametrize(
    ("content", "type_", "value"),
    [
        (b"\xff\xff\xff\xff", INT, -1),
        (b"\xff\xff\xff\xff", UINT, 0xFFFFFFFF),
        (b"\xff", CHAR, -1),
        (struct.pack("<f", 1.5), FLOAT4, 1.5),
        (struct.pack("<d", -2.25), FLOAT8, -2.25),
        (b"\x01\x02", None, 0x201),
    ],
)
def test_bytes_and_back(content: bytes, type_: Entry | None, value: float) -> None:
    number = from_bytes(content, type_, 8, "little")
    assert number.value == value
    assert to_bytes(number, len(content), "little") == content
    assert from_bytes(content[::-1], type_, 8, "big").value == value
    assert to_bytes(number, len(content), "big") == content[::-1]


@pytest.mark.parametrize(
    ("value", "type_", "result"),
    [
        (typed(300, None), CHAR, 44),
        (typed(-1, INT), UINT, 0xFFFFFFFF),
        (typed(7, INT), FLOAT8, 7.0),
        (typed(2.75, FLOAT8), INT, 2),
        (typed(-2.75, FLOAT8), INT, -2),
        (typed(0.1, FLOAT8), FLOAT4, struct.unpack("<f", struct.pack("<f", 0.1))[0]),
        (typed(-1, INT), None, (1 << 64) - 1),
        (typed(math.inf, FLOAT8), INT, 0),
        (typed(1e300, FLOAT8), FLOAT4, math.inf),
        (typed(-1e300, FLOAT8), FLOAT4, -math.inf),
    ],
)
def test_conversions(value: Typed, type_: Entry | None, result: float) -> None:
    assert convert(value, type_, 8).value == result


def test_reinterpretation_keeps_the_bits() -> None:
    assert reinterpret(typed(1.5, FLOAT4), UINT, 8, "little").value == 0x3FC00000
    assert reinterpret(typed(0x3FC00000, UINT), FLOAT4, 8, "little").value == 1.5


@pytest.mark.parametrize(
    ("name", "left", "right", "result"),
    [
        ("plus", typed(0x7FFFFFFF, INT), typed(1, INT), -0x80000000),
        ("minus", typed(1.5, FLOAT8), typed(0.25, FLOAT8), 1.25),
        ("mul", typed(1.5, FLOAT8), typed(2.0, FLOAT8), 3.0),
        ("div", typed(3.0, FLOAT8), typed(2.0, FLOAT8), 1.5),
        ("div", typed(-7, INT), typed(2, INT), -3),
        ("mod", typed(-7, INT), typed(2, INT), -1),
        ("lt", typed(-1, INT), typed(1, INT), 1),
        ("lt", typed(0xFFFFFFFF, UINT), typed(1, UINT), 0),
        ("ge", typed(1.5, FLOAT8), typed(1.25, FLOAT8), 1),
        ("shra", typed(-8, INT), typed(1, INT), -4),
        ("shr", typed(-8, INT), typed(1, INT), 0x7FFFFFFC),
        ("shl", typed(1, INT), typed(31, INT), -0x80000000),
    ],
)
def test_operations(name: str, left: Typed, right: Typed, result: float) -> None:
    assert binary(name, left, right, 8).value == result


def test_floats_divided_by_zero() -> None:
    zero = typed(0.0, FLOAT8)
    assert binary("div", typed(1.0, FLOAT8), zero, 8).value == math.inf
    assert binary("div", typed(-1.0, FLOAT8), zero, 8).value == -math.inf
    assert math.isnan(binary("div", zero, zero, 8).value)


def test_unary() -> None:
    assert unary("neg", typed(1.5, FLOAT8), 8).value == -1.5
    assert unary("abs", typed(-1.5, FLOAT8), 8).value == 1.5
    assert unary("not", typed(0, UINT), 8).value == 0xFFFFFFFF
    assert unary("neg", typed(-0x80000000, INT), 8).value == -0x80000000


def test_long_double_may_only_be_moved() -> None:
    number = from_bytes(bytes(range(16)), LONG_DOUBLE, 8, "little")
    assert to_bytes(number, 8, "little") == bytes(range(16))
    assert not number.is_plain
    for refused in (
        lambda: binary("plus", number, number, 8),
        lambda: unary("neg", number, 8),
        lambda: convert(number, INT, 8),
        lambda: number.address(8),
        lambda: unary("not", typed(1.5, FLOAT8), 8),
        lambda: binary("and", typed(1.5, FLOAT8), typed(1.5, FLOAT8), 8),
        lambda: to_bytes(typed(1.5, LONG_DOUBLE), 8, "little"),
        lambda: typed(1.5, FLOAT8).address(8),
    ):
        with pytest.raises(BadDebugInfo):
            refused()
