"""Scalars in C's words: the shortest decimals that read back, characters, flags."""

from __future__ import annotations

import math
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.stack.numbers import (
    BFLOAT16,
    BINARY128,
    X87_EXTENDED,
    character,
    enumerator,
    floating,
    from_x87,
    text,
)
from tests.needs import require

READ_BACK = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        long double number = strtold(words[i], 0);
        unsigned char bytes[16];
        memcpy(bytes, &number, 10);
        for (int k = 0; k < 10; k++)
            printf("%02x", bytes[k]);
        puts("");
    }
}
"""

COLOURS = (("RED", 0), ("GREEN", 1), ("BLUE", 2))
FLAGS = (("READ", 1), ("WRITE", 2), ("RUN", 4))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.1, "0.1"), (2.5, "2.5"), (3.0, "3.0"), (-0.0, "-0.0"), (1e30, "1e+30"), (math.inf, "inf")],
)
def test_doubles(value: float, shown: str) -> None:
    assert floating(struct.pack("<d", value), "little") == shown
    assert floating(struct.pack(">d", value), "big") == shown


@given(st.floats(width=32, allow_nan=False))
def test_floats_read_back_and_no_digit_is_wasted(value: float) -> None:
    data = struct.pack("<f", value)
    shown = floating(data, "little")
    assert shown is not None
    assert struct.pack("<f", float(shown)) == data
    assert len(shown) <= len(repr(value))


def test_a_float_is_not_shown_as_the_double_it_is() -> None:
    assert floating(struct.pack("<f", 0.1), "little") == "0.1"


def test_not_a_number() -> None:
    assert floating(struct.pack("<d", math.nan), "little") == "nan"
    assert floating(struct.pack("<Q", 0xFFF8 << 48), "little") == "-nan"


def x87(value: Fraction) -> bytes:
    """The 80 bits of a positive number that 64 bits of significand hold."""
    exponent = math.floor(math.log2(value))
    significand = value / Fraction(2) ** (exponent - 63)
    assert significand.denominator == 1
    return int(significand).to_bytes(8, "little") + (exponent + 16383).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (x87(Fraction(5, 2)), "2.5"),
        (x87(Fraction(1)), "1.0"),
        (x87(Fraction(2) ** 100), "1.2676506002282294015e+30"),
        (bytes(10), "0.0"),
        (bytes(7) + b"\x80\xff\x7f", "inf"),
        (bytes(7) + b"\xc0\xff\xff", "-nan"),
    ],
)
def test_long_doubles(data: bytes, shown: str) -> None:
    assert floating(data + b"garbage", "little", X87_EXTENDED) == shown


def test_quadruples_and_brain_floats() -> None:
    assert floating((0x3FFF << 112).to_bytes(16, "little"), "little", BINARY128) == "1.0"
    assert floating((0x3FFB999999999999999999999999999A).to_bytes(16, "little"), "little", BINARY128) == "0.1"
    assert floating(b"\x20\x40", "little", BFLOAT16) == "2.5"


def test_long_doubles_as_the_c_library_writes_them(tmp_path: Path) -> None:
    """Each of ours reads back to the same 80 bits with strtold."""
    require("gcc")
    source = tmp_path / "read.c"
    source.write_text(READ_BACK)
    subprocess.run(["gcc", "-w", "-o", tmp_path / "read", source], check=True)
    patterns = [(0x8000000000000000 | n * 0x123456789ABCDEF) & (2**64 - 1) | 1 << 63 for n in range(1, 40)]
    datas = [p.to_bytes(8, "little") + (16383 + 7 * n - 140).to_bytes(2, "little") for n, p in enumerate(patterns)]
    shown = [floating(data, "little", X87_EXTENDED) or "" for data in datas]
    read = subprocess.run([tmp_path / "read", *shown], check=True, capture_output=True, text=True).stdout.split()
    assert read == [data.hex() for data in datas]


def test_a_width_that_nobody_knows() -> None:
    assert floating(bytes(3), "little") is None


@pytest.mark.parametrize(
    ("code", "shown"),
    [(97, "'a'"), (0, r"'\0'"), (10, r"'\n'"), (39, r"'\''"), (34, "'\"'"), (92, r"'\\'"), (255, r"'\377'")],
)
def test_characters(code: int, shown: str) -> None:
    assert character(code) == shown


def test_wide_characters() -> None:
    assert character(0xE9, "L") == "L'é'"
    assert character(0x110000, "U") == r"U'\U00110000'"


def test_strings_end_at_the_first_nul() -> None:
    assert text(b"hello\0garbage") == '"hello"'
    assert text(b"full") == '"full"'
    assert text(b'say "hi"\n') == r'"say \"hi\"\n"'
    assert text([0x68, 0xE9], "u") == 'u"hé"'


def test_a_long_string_is_cut() -> None:
    assert text(b"x" * 1000) == '"' + "x" * 200 + '"...'


@pytest.mark.parametrize("value", [-1, 4, 5, 21845])
def test_a_number_that_no_enumerator_has(value: int) -> None:
    assert enumerator(value, COLOURS) == str(value)


def test_enumerators() -> None:
    assert [enumerator(number, COLOURS) for _, number in COLOURS] == [name for name, _ in COLOURS]


def test_flags_are_joined() -> None:
    assert enumerator(5, FLAGS) == "READ | RUN"
    assert enumerator(9, FLAGS) == "9"
    assert enumerator(0, FLAGS) == "0"
    assert enumerator(3, (*FLAGS, ("BOTH", 3))) == "BOTH"


def extended(value: float) -> bytes:
    """A finite number as an x87 register has it."""
    if not value:
        return struct.pack("<QH", 0, 0x8000 if math.copysign(1, value) < 0 else 0)
    mantissa, exponent = math.frexp(abs(value))
    return struct.pack("<QH", int(mantissa * 2**64), exponent - 1 + 16383 | (0x8000 if value < 0 else 0))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_in_x87_registers(value: float) -> None:
    assert from_x87(extended(value), 8, "little") == struct.pack("<d", value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_in_x87_registers_are_rounded(value: float) -> None:
    try:
        expected = struct.pack("<f", value)
    except OverflowError:
        expected = struct.pack("<f", math.copysign(math.inf, value))
    assert from_x87(extended(value), 4, "little") == expected


def test_x87_registers_that_hold_no_number() -> None:
    infinite = struct.pack("<QH", 1 << 63, 0xFFFF)
    assert from_x87(infinite, 8, "little") == struct.pack("<d", -math.inf)
    assert math.isnan(struct.unpack("<d", from_x87(struct.pack("<QH", 3 << 62, 0x7FFF), 8, "little"))[0])


@pytest.mark.parametrize("size", [12, 16])
def test_long_doubles_in_x87_registers(size: int) -> None:
    assert from_x87(extended(1.5), size, "little") == extended(1.5).ljust(size, b"\0")
