"""printf's formats: the same text as glibc's."""

from __future__ import annotations

import ctypes
import platform
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.textbook.library.formatting import formatted

FLAGS = st.lists(st.sampled_from("-+ #0"), max_size=3).map("".join)
WIDTHS = st.sampled_from(["", "1", "4", "8", "10", "24"])
PRECISIONS = st.sampled_from(["", ".", ".0", ".1", ".3", ".9"])
BITS = {"hh": 32, "h": 32, "": 32, "ll": 64}
FLOATS = st.floats(-1e12, 1e12) | st.sampled_from([float("inf"), float("-inf"), float("nan"), 0.0, -0.0, 1e300, 31.5])


class _Given:
    """One argument."""

    def __init__(self, value: int | float) -> None:
        self._value = value

    def word(self) -> int:
        number = int(self._value) & 0xFFFFFFFF
        return number - (1 << 32) if number >> 31 else number

    def long(self) -> int:
        return int(self._value)

    def double(self) -> float:
        return float(self._value)


def here(format_: str, value: int | float) -> bytes:
    return formatted(format_.encode(), _Given(value), lambda address, most: b"text"[:most], lambda where, count: None)


def by_glibc(format_: str, value: ctypes._SimpleCData[int] | ctypes._SimpleCData[float]) -> bytes:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("the C library here is not glibc")
    buffer = ctypes.create_string_buffer(1024)
    ctypes.CDLL(None).snprintf(buffer, ctypes.c_size_t(1024), format_.encode(), value)
    return buffer.value


@given(
    FLAGS,
    WIDTHS,
    PRECISIONS,
    st.sampled_from(sorted(BITS)),
    st.sampled_from("diuoxX"),
    st.integers(-(1 << 63), (1 << 63) - 1),
)
def test_integers(flags: str, width: str, precision: str, length: str, conversion: str, value: int) -> None:
    format_ = f"[%{flags}{width}{precision}{length}{conversion}]"
    argument = ctypes.c_int64(value) if BITS[length] == 64 else ctypes.c_int32(value)
    assert here(format_, value) == by_glibc(format_, argument)


@given(FLAGS, WIDTHS, PRECISIONS, st.sampled_from(["hx", "hX", "x", "X", "p"]), st.integers(0, 0xFFF))
def test_small_hexadecimal_numbers(flags: str, width: str, precision: str, conversion: str, value: int) -> None:
    format_ = f"[%{flags}{width}{precision}{conversion}]"
    assert here(format_, value) == by_glibc(format_, ctypes.c_int64(value))


@given(FLAGS, WIDTHS, PRECISIONS, st.sampled_from("fFeEgGaA"), FLOATS)
def test_floating_numbers(flags: str, width: str, precision: str, conversion: str, value: float) -> None:
    format_ = f"[%{flags}{width}{precision}{conversion}]"
    assert here(format_, value) == by_glibc(format_, ctypes.c_double(value))


def test_zeros_before_a_letter() -> None:
    assert here("%010x", 0xA0) == b"00000000a0"
    assert here("%08X", 255) == b"000000FF"
    assert here("%04hhx", 255) == b"00ff"
    assert here("%010p", 0xBEEF) == b"0x0000beef"
    assert here("%010f", float("inf")) == b"       inf"
    assert here("%.1a", struct.unpack("<d", struct.pack("<Q", 0x3FFFF80000000000))[0]) == b"0x2.0p+0"
