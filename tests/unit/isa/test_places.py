"""Reading values at their places: split, in parts of registers, by reference, and rounded from 80 bits."""

from __future__ import annotations

import ctypes
import struct
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stackglass import isa as isas
from stackglass.isa.passing import Part, Place
from stackglass.isa.places import PlaceReader, in_registers, narrowed, on_stack, spelled

_REGISTERS = {"a0": 0x1817161514131211, "a7": 0x2827262524232221, "d0": 0x3837363534333231}
_STACK = bytes(range(0x40, 0x60))


def _memory(address: int, size: int) -> bytes | None:
    return _STACK[address - 1000 : address - 1000 + size] if 1000 <= address <= 1032 - size else None


READER = PlaceReader("little", _REGISTERS.get, _memory, 1008)


def test_a_split_value_is_put_together() -> None:
    place = Place((*in_registers(["a7"], 8, 8), Part(8, 4, stack_offset=0)), "")
    assert READER.value(place, 12) == bytes(range(0x21, 0x29)) + _STACK[8:12]
    assert place.registers == ("a7",)
    assert place.stack_offset == 0


def test_parts_of_one_register() -> None:
    place = Place((Part(0, 4, "d0", 32), Part(4, 4, "d0")), "")
    assert READER.value(place, 8) == bytes(range(0x35, 0x39)) + bytes(range(0x31, 0x35))
    assert place.registers == ("d0",)
    assert [spelled(part, isas.get("arm")) for part in place.parts] == ["s1", "s0"]


def test_padding_that_nobody_passes_is_zero() -> None:
    assert READER.value(Place((Part(0, 1, "a0"), Part(8, 8, "a7")), ""), 16) == b"\x11" + bytes(7) + bytes(
        range(0x21, 0x29)
    )


def test_by_reference() -> None:
    registers = {"a0": 1004}
    reader = PlaceReader("little", registers.get, _memory, 1008)
    place = Place(in_registers(["a0"], 8, 8), "", by_reference=True)
    assert reader.address(place) == 1004
    assert reader.value(place, 8) == _STACK[4:12]


@pytest.mark.parametrize("parts", [(), in_registers(["st0"], 8, 8), on_stack(8, 1 << 20)])
def test_what_cannot_be_read_is_none(parts: tuple[Part, ...]) -> None:
    assert READER.value(Place(parts, ""), 8) is None


_EXTENDED = st.integers(0, (1 << 80) - 1) | st.builds(
    lambda sign, exponent, top, low: sign << 79 | exponent << 64 | 1 << 63 | top << 11 | low,
    st.integers(0, 1),
    st.integers(16383 - 1100, 16383 + 1100),
    st.integers(0, (1 << 52) - 1),
    st.sampled_from((0, 1, 0x3FF, 0x400, 0x401, 0x7FF)),
)


@pytest.mark.skipif(sys.platform != "linux" or ctypes.sizeof(ctypes.c_longdouble) != 16, reason="no 80-bit long double")
@example(1 << 79)
@example(0x7FFF << 64 | 1 << 63)
@given(extended=_EXTENDED)
def test_an_80_bit_number_is_rounded_as_the_processor_does(extended: int) -> None:
    exponent, integer_bit = extended >> 64 & 0x7FFF, extended >> 63 & 1
    if bool(exponent) != bool(integer_bit):
        return  # no number of the format
    raw = extended.to_bytes(16, "little")
    value = ctypes.c_longdouble.from_buffer_copy(raw).value  # rounds to a double
    found = struct.unpack("<d", narrowed(extended, 8, "little"))[0]
    assert found == value or (found != found and value != value)
    assert narrowed(extended, 10, "little") == raw[:10]


@given(st.floats(width=32))
def test_a_float_that_went_through_80_bits_is_the_same(value: float) -> None:
    buffer = bytes(ctypes.c_longdouble(value))
    found = struct.unpack("<f", narrowed(int.from_bytes(buffer[:10], "little"), 4, "little"))[0]
    assert found == value or (found != found and value != value)
