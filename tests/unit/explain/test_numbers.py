"""Numbers as people write them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.explain import numbers


@pytest.mark.parametrize(
    ("value", "size", "text"),
    [
        (7, 4, "7"),
        (0xFFFFFFFF, 4, "-1"),
        (0xFF, 1, "-1"),
        (0xFFFFFFFFFFFFFFFF, 8, "-1"),
        (0x7FFFFFFFE568, 8, "0x7fffffffe568"),
        (4_000_000_000, 8, "4000000000"),
    ],
)
def test_integers(value: int, size: int, text: str) -> None:
    assert numbers.integer(value, size) == text


def test_integers_without_sign() -> None:
    assert numbers.integer(0xFFFFFFFF, 4, unsigned=True) == "4294967295"


@given(st.floats(width=64))
def test_doubles_are_written_exactly(number: float) -> None:
    raw = struct.pack("<d", number)
    again = struct.pack("<d", float(numbers.floating(raw, "little")))
    assert again == raw or number != number


@given(st.floats(width=32))
def test_floats_are_written_exactly_and_shortly(number: float) -> None:
    raw = struct.pack("<f", number)
    text = numbers.floating(raw, "little")
    assert struct.pack("<f", float(text)) == raw or number != number
    assert numbers.floating(raw[::-1], "big") == text


def test_short_floats() -> None:
    assert numbers.floating(struct.pack("<f", 0.1), "little") == "0.1"
    assert numbers.floating(struct.pack("<f", 3.0), "little") == "3.0"


def test_what_is_no_number() -> None:
    assert numbers.is_nan(0x7FC00000, "single")
    assert numbers.is_nan(0x7FF8000000000000, "double")
    assert not numbers.is_nan(0x3FF0000000000000, "double")
    assert not numbers.is_nan(0x7FF8000000000000, "integer")


def test_bytes_are_cut() -> None:
    assert numbers.dump(b"\x01\xab") == "[01 ab]"
    assert numbers.dump(bytes(20)).endswith("00 …]")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "an int"),
        ("char [8]", "a char [8]"),
        ("unsigned int", "an unsigned int"),
        ("uint32_t", "a uint32_t"),
        ("union value", "a union value"),
        ("enum colour", "an enum colour"),
    ],
)
def test_articles(kind: str, text: str) -> None:
    assert numbers.article(kind) == text


def test_counts() -> None:
    assert numbers.count(1, "step") == "1 step"
    assert numbers.count(1234, "step") == "1,234 steps"


def test_bits_that_are_hardly_a_number_are_told_as_bits() -> None:
    assert numbers.as_kind(3, 8, "double", "little") == "0x3"
    assert numbers.as_kind(0, 8, "double", "little") == "0.0"
    assert numbers.as_kind(1 << 52, 8, "double", "little") == "2.2250738585072014e-308"


EXTENDED = {
    0x3FFF8000000000000000: "1.0",
    0xC000A000000000000000: "-2.5",
    0: "0.0",
    1 << 79: "-0.0",
    0x7FFF8000000000000000: "inf",
    0xFFFF8000000000000000: "-inf",
    0x7FFFC000000000000000: "nan",
    0x4000C90FDAA22168C235: "3.141592653589793",
    0x7FFE8000000000000000: "inf",  # no double is so large
    0x0000000000000000007B: "0x7b",  # an integer, or what is as small as one
}


@pytest.mark.parametrize("bits", EXTENDED, ids=hex)
def test_the_x87s_numbers(bits: int) -> None:
    assert numbers.extended(bits) == EXTENDED[bits]
