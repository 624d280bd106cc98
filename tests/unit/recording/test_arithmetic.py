"""C's arithmetic, against what a C compiler says and by its properties."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass import isa as isas
from stackglass.errors import ExpressionError
from stackglass.recording.arithmetic import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT,
    UNSIGNED,
    Number,
    binary,
    common_type,
    convert,
    decode,
    exact,
    unary,
)
from stackglass.recording.data_model import DataModel
from stackglass.stack.numbers import BINARY128

UNSIGNED_CHAR = Number("unsigned char", 1, "unsigned")
MODEL = DataModel.of(isas.get("x86_64"))
CHAR, LONG, UNSIGNED_LONG, LONG_DOUBLE = MODEL.char, MODEL.long, MODEL.unsigned_long, MODEL.long_double
SHORT = Number("short", 2, "signed")
QUADRUPLE = Number("long double", 16, "float", BINARY128)
INTEGERS = [CHAR, UNSIGNED_CHAR, SHORT, INT, UNSIGNED, LONG, UNSIGNED_LONG]


@pytest.mark.parametrize(
    ("left", "right", "common"),
    [
        (CHAR, SHORT, INT),
        (UNSIGNED_CHAR, UNSIGNED_CHAR, INT),
        (BOOL, BOOL, INT),
        (INT, UNSIGNED, UNSIGNED),
        (UNSIGNED, LONG, LONG),
        (LONG, UNSIGNED_LONG, UNSIGNED_LONG),
        (UNSIGNED_LONG, FLOAT, FLOAT),
        (FLOAT, DOUBLE, DOUBLE),
        (DOUBLE, LONG_DOUBLE, LONG_DOUBLE),
    ],
)
def test_the_usual_arithmetic_conversions(left: Number, right: Number, common: Number) -> None:
    assert common_type(left, right) == common
    assert common_type(right, left) == common


@pytest.mark.parametrize(
    ("operator", "left", "right", "value"),
    [
        ("/", (-7, INT), (2, INT), -3),
        ("%", (-7, INT), (2, INT), -1),
        ("%", (7, INT), (-2, INT), 1),
        ("<", (-1, INT), (1, UNSIGNED), 0),
        ("<", (-1, INT), (1, LONG), 1),
        ("+", (2147483647, INT), (1, INT), -2147483648),
        ("*", (65536, UNSIGNED), (65536, UNSIGNED), 0),
        ("-", (0, UNSIGNED_LONG), (1, INT), 2**64 - 1),
        (">>", (-8, INT), (1, INT), -4),
        ("<<", (1, INT), (31, INT), -2147483648),
        ("&", (0xF0, UNSIGNED_CHAR), (0x3C, CHAR), 0x30),
        ("/", (1, INT), (3.0, FLOAT), struct.unpack("<f", struct.pack("<f", 1 / 3))[0]),
        ("+", (0.1, DOUBLE), (0.2, DOUBLE), 0.30000000000000004),
        ("==", (0.1, DOUBLE), (convert(0.1, FLOAT), FLOAT), 0),
        ("/", (1.0, DOUBLE), (0, INT), math.inf),
    ],
)
def test_operators_give_what_c_gives(
    operator: str, left: tuple[int, Number], right: tuple[int, Number], value: float
) -> None:
    assert binary(operator, left, right)[0] == value


def test_a_narrow_operand_of_a_unary_operator_is_promoted() -> None:
    assert unary("~", 0, UNSIGNED_CHAR) == (-1, INT)
    assert unary("-", 1, UNSIGNED) == (2**32 - 1, UNSIGNED)
    assert unary("!", 0.0, DOUBLE) == (1, INT)


@pytest.mark.parametrize(
    ("operator", "left", "right"),
    [
        ("/", (1, INT), (0, INT)),
        ("%", (1, INT), (0, INT)),
        ("<<", (1, INT), (32, INT)),
        (">>", (1, INT), (-1, INT)),
        ("%", (1.0, DOUBLE), (1, INT)),
        ("&", (1, INT), (1.0, FLOAT)),
        ("<<", (1.0, FLOAT), (1, INT)),
    ],
)
def test_what_c_leaves_undefined_is_refused(operator: str, left: tuple[int, Number], right: tuple[int, Number]) -> None:
    with pytest.raises(ExpressionError):
        binary(operator, left, right)


@given(st.integers(-(2**70), 2**70), st.sampled_from(INTEGERS))
def test_conversion_to_an_integer_keeps_its_low_bits(value: int, number: Number) -> None:
    converted = convert(value, number)
    assert isinstance(converted, int)
    assert (converted - value) % (1 << number.size * 8) == 0
    assert decode((converted % (1 << number.size * 8)).to_bytes(number.size, "little"), number, "little") == converted


@given(st.floats(allow_nan=False))
def test_a_double_survives_as_a_long_double(value: float) -> None:
    assert convert(value, LONG_DOUBLE) == value


def test_a_long_double_is_exact() -> None:
    tenth = bytes.fromhex("cdcccccccccccccc fb3f")  # 0.1L as gcc writes it
    assert decode(tenth + bytes(6), LONG_DOUBLE, "little") == convert(exact("0.1"), LONG_DOUBLE)
    assert decode(tenth + bytes(6), LONG_DOUBLE, "little") != Fraction(0.1)
    minus_one = bytes.fromhex("0000000000000080 ffbf")
    assert decode(minus_one + bytes(6), LONG_DOUBLE, "little") == -1
    assert decode(bytes.fromhex("0000000000000080 ff7f") + bytes(6), LONG_DOUBLE, "little") == math.inf
    assert decode(bytes(16), LONG_DOUBLE, "little") == 0


def test_a_quadruple_is_exact() -> None:
    tenth = bytes.fromhex("9a999999999999999999999999 99fb3f".replace(" ", ""))  # 0.1L as gcc for AArch64 writes it
    assert decode(tenth, QUADRUPLE, "little") == convert(exact("0.1"), QUADRUPLE)
    assert decode(tenth, QUADRUPLE, "little") != convert(exact("0.1"), LONG_DOUBLE)
    assert decode(bytes(14) + b"\xff\xbf", QUADRUPLE, "little") == -1
    assert common_type(QUADRUPLE, LONG_DOUBLE) == QUADRUPLE


@given(st.integers(1, 2**80), st.integers(1, 2**80))
def test_long_doubles_round_to_the_nearest_of_64_bits(numerator: int, denominator: int) -> None:
    value = Fraction(numerator, denominator)
    rounded = convert(value, LONG_DOUBLE)
    assert isinstance(rounded, Fraction)
    odd = rounded.numerator // (rounded.numerator & -rounded.numerator)
    assert odd.bit_length() <= 64
    assert abs(rounded - value) <= value / 2**64


@pytest.mark.parametrize(
    ("digits", "value"),
    [("1.5", 1.5), ("1e3", 1000), (".5", 0.5), ("2.", 2), ("0x1.8p1", 3), ("1e-9999999", 0), ("1e9999999", math.inf)],
)
def test_floating_constants(digits: str, value: float) -> None:
    assert exact(digits) == value


def test_infinity_and_nan_are_no_integers() -> None:
    with pytest.raises(ExpressionError):
        convert(math.inf, INT)
    assert convert(1e300, FLOAT) == math.inf
    assert convert(-1.9, INT) == -1
    assert convert(0.25, BOOL) == 1
