"""Floating numbers in strings, and integers that become floats: the same ones as glibc's and gcc's."""

from __future__ import annotations

import ctypes
import platform
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackglass.textbook.library.floating import floating
from tests.unit.textbook.by_gcc import by_i386_gcc
from tests.unit.textbook.running import of, run

NUMBERS = st.floats(width=64).map(repr) | st.floats(width=64).map(float.hex) | st.decimals().map(str)
TEXTS = (
    NUMBERS | st.text("0123456789.eExXpP+-aAfF", max_size=12) | st.sampled_from(["infinit", "nan(1)", " \t+.5", "0x."])
)


@given(TEXTS, st.booleans())
@example("9" * 5000, False)
@example("0." + "0" * 5000 + "1e5001", True)
@example("1e" + "9" * 5000, False)
def test_numbers_of_strings(text: str, single: bool) -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("the C library here is not glibc")
    convert = getattr(ctypes.CDLL(None), "strtof" if single else "strtod")
    convert.restype = ctypes.c_float if single else ctypes.c_double
    buffer = ctypes.create_string_buffer(text.encode())
    end = ctypes.c_void_p()
    expected = convert(buffer, ctypes.byref(end))
    found = floating(text.encode(), single=single)
    assert (repr(found.value), found.size) == (repr(expected), (end.value or 0) - ctypes.addressof(buffer))


def test_numbers_in_strings_and_errno(tmp_path: Path) -> None:
    assert run(of("numbers_in_strings.c")).output == by_i386_gcc(of("numbers_in_strings.c"), tmp_path)


def test_floats_of_integers_are_rounded_once_while_compiling(tmp_path: Path) -> None:
    assert run(of("folded_floats.c")).output == by_i386_gcc(of("folded_floats.c"), tmp_path)
