"""Numbers as people write them on a command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.cli.requests import count, size
from stackglass.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("1000", 1000), ("1_000_000", 10**6), ("1,000", 1000), ("1e9", 10**9), ("1.5E3", 1500), ("2e+3", 2000)],
)
def test_a_count_of_steps(text: str, value: int) -> None:
    assert count(text) == value


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1e99", "0.5", "1e", "1.5", "inf", "9" * 30, "1 000"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        count(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("65536", 65536), ("0x10000", 65536), ("64K", 65536), ("64k", 65536), ("8MiB", 8 << 20), ("1G", 1 << 30)],
)
def test_a_size(text: str, value: int) -> None:
    assert size(text) == value


@pytest.mark.parametrize("text", ["", "M", "1.5M", "-1", "8T", "0x", "1e3", "9" * 30])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        size(text)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for read in (count, size):
        try:
            assert read(text) >= 0
        except UsageError as error:
            assert error.help
