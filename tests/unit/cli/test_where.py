"""Addresses as people write them."""

from __future__ import annotations

import pytest

from stackglass.cli.where import address_of
from stackglass.errors import AddressError


@pytest.mark.parametrize(("text", "address"), [("0x401136", 0x401136), ("0XFF", 255), ("4198710", 4198710)])
def test_addresses(text: str, address: int) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "main", "7ffe10", "0x", "0x40 1136", "-1", "0xzz", "1e6", "٣"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(AddressError, match="is no address"):
        address_of(text)
