"""The attributes that a linker leaves in a program."""

from __future__ import annotations

import random

from stackglass.debuginfo.gnu_attributes import gnu_attributes

ATTRIBUTES = bytes([1, 0, 0, 0, 12, 4, 5, 12, 1, 5, 120, 0])  # of the file, 12 bytes: tag 4 is 5, 12 is 1, 5 is "x"
SECTION = b"A" + (4 + 4 + len(ATTRIBUTES)).to_bytes(4, "big") + b"gnu\0" + ATTRIBUTES


def test_numbers_by_their_tags() -> None:
    assert gnu_attributes(SECTION, "big") == {4: 5, 12: 1}


def test_another_vendors_attributes_are_passed_over() -> None:
    other = b"A" + (4 + 6 + 2).to_bytes(4, "big") + b"other\0" + bytes(2)
    assert gnu_attributes(other + SECTION[1:], "big") == {4: 5, 12: 1}


def test_whatever_bytes_there_are_something_comes_out() -> None:
    source = random.Random(5)
    for size in range(len(SECTION)):
        gnu_attributes(SECTION[:size], "big")
    for _ in range(2_000):
        gnu_attributes(b"A" + source.randbytes(source.randrange(60)), source.choice(["little", "big"]))
        changed = bytearray(SECTION)
        changed[source.randrange(len(changed))] = source.randrange(256)
        gnu_attributes(bytes(changed), "big")
