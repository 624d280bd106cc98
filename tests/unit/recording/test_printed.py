"""Which numbers in a program's output may be addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.recording.printed import candidates


@pytest.mark.parametrize(
    ("output", "readings"),
    [
        (b"&x=0x7ffe10\n", [(0x7FFE10, 16)]),
        (b"0X401000.", [(0x401000, 16)]),
        (b"&main=   4200052\n", [(4200052, 10), (0x4200052, 16)]),
        (b"00401136 is main", [(401136, 10), (0x401136, 16)]),
        (b"7ffe10ab", [(0x7FFE10AB, 16)]),
        (b"0x401000-0x402000", [(0x401000, 16), (0x402000, 16)]),
        (b"(nil) 0x0 0x10 12 1234 3.14159265 1234567.5", []),
        (b"deadbeefs are words, so is x12345678", []),
        (b"99999999999999999999", [(99999999999999999999, 10)]),
    ],
)
def test_candidates(output: bytes, readings: list[tuple[int, int]]) -> None:
    assert [tuple(reading) for one in candidates(output) for reading in one.readings] == readings


@given(st.integers(0x10000, (1 << 64) - 1), st.sampled_from(["{:#x}", "{:#X}", "{:d}", "{:016x}", "{:#018x}"]))
def test_every_address_is_found_however_it_is_printed(address: int, layout: str) -> None:
    output = f"it is {layout.format(address)}, says printf\n".encode()
    assert address in [reading.value for one in candidates(output) for reading in one.readings]


@given(st.binary(max_size=200))
def test_any_output_will_do(output: bytes) -> None:
    for one in candidates(output):
        assert output[one.position : one.end] == one.text.encode()
