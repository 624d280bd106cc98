"""Build attributes that a linker has merged: section .gnu.attributes, of the layout of the ARM ABI's addendum.

    'A'  length  "gnu\\0"  1 (of the file)  length  tag value  tag value ...

Lengths are words that count themselves too. Tags and values are LEB128 numbers; an odd tag's value is a string.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

_OF_FILE = 1
_COMPATIBILITY = 32
"""A tag with both: a number, and a string."""


def gnu_attributes(section: bytes, byte_order: Literal["little", "big"]) -> Mapping[int, int]:
    """The numbers among the file's attributes, by tag; those that come before anything malformed."""
    found: dict[int, int] = {}
    if section[:1] != b"A":
        return found
    at = 1
    while at + 4 <= len(section):
        end = at + int.from_bytes(section[at : at + 4], byte_order)
        name, _, rest = section[at + 4 : end].partition(b"\0")
        if name == b"gnu" and rest[:1] == bytes([_OF_FILE]):
            size = int.from_bytes(rest[1:5], byte_order)
            found.update(_values(rest[5:size]))
        if end <= at:
            break
        at = end
    return found


def _values(data: bytes) -> Mapping[int, int]:
    found: dict[int, int] = {}
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        if tag % 2 == 0:
            found[tag], at = _number(data, at)
        if tag % 2 or tag == _COMPATIBILITY:
            at = data.find(b"\0", at) + 1 or len(data)
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number and where it ends."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
    return value, at
