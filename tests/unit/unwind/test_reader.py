"""The cursor reads numbers as DWARF writes them, and fails in one way only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.errors import BadDebugInfo
from tests.unit.unwind.frames import SECTION, section, sleb, uleb


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_unsigned_leb128(value: int) -> None:
    assert section(uleb(value)).cursor(0).uleb() == value


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_signed_leb128(value: int) -> None:
    cursor = section(sleb(value)).cursor(0)
    assert cursor.sleb() == value
    assert cursor.at_end


def test_a_number_without_an_end() -> None:
    with pytest.raises(BadDebugInfo, match="without an end"):
        section(b"\x80" * 20).cursor(0).uleb()


def test_pointers_by_their_encoding() -> None:
    data = bytes(8) + (-8 & 0xFFFFFFFF).to_bytes(4, "little")
    assert section(data).cursor(8).pointer(0x1B) == SECTION + 8 - 8
    assert section((0x1234).to_bytes(8, "little"), bias=0x400000).cursor(0).pointer(0x00) == 0x401234
    assert section(b"\xff\xff").cursor(0).pointer_value(0x0A) == -1
    assert section(b"\xff\xff").cursor(0).pointer_value(0x02) == 0xFFFF
    assert section(uleb(300)).cursor(0).pointer_value(0x01) == 300
    assert section(sleb(-300)).cursor(0).pointer_value(0x09) == -300


@pytest.mark.parametrize("encoding", [0x05, 0x3B, 0x50])
def test_encodings_that_are_not_known(encoding: int) -> None:
    with pytest.raises(BadDebugInfo, match="encoding that is not known"):
        section(bytes(16)).cursor(0).pointer(encoding)


def test_what_goes_beyond_the_end_names_the_place() -> None:
    with pytest.raises(BadDebugInfo, match=r"\.eh_frame\+0x2 is cut short") as caught:
        section(b"abcd").cursor(2).unsigned(4)
    assert (caught.value.section, caught.value.offset) == (".eh_frame", 2)
    with pytest.raises(BadDebugInfo, match="outside of the section"):
        section(b"abcd").cursor(5)
    with pytest.raises(BadDebugInfo, match="string without an end"):
        section(b"abcd").cursor(0).text()
