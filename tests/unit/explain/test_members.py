"""Members by their bytes: of unions and bit-fields."""

from __future__ import annotations

import pytest

from stackglass.explain.members import Member, member_of
from stackglass.isa.words import NumberKind
from stackglass.model import Evidence, Field, Role, Slot

START = 0x1000
BITS = (
    Field("a", "unsigned int", 0, 1, "1", bits=(0, 3)),
    Field("b", "unsigned int", 0, 1, "9", bits=(3, 5)),
    Field("c", "int", 1, 2, "-2", bits=(0, 9)),
)
NUMBER = (Field("whole", "int", 0, 4, "3"), Field("real", "const float", 0, 4, "2.5"))
SLOT = Slot(
    START,
    16,
    Role.LOCAL,
    bytes(16),
    Evidence.DEBUG_INFO,
    name="s",
    type="struct all",
    fields=(
        Field("bits", "struct bits", 0, 4, None, fields=BITS),
        Field("number", "union number", 4, 4, None, fields=NUMBER),
        Field("wide", "double", 8, 8, "1.5"),
    ),
)


def found(offset: int, size: int, number: NumberKind = "integer") -> Member:
    member = member_of(SLOT, START + offset, size, number)
    assert member is not None
    return member


@pytest.mark.parametrize(
    ("offset", "size", "name"),
    [
        (0, 1, "s.bits.a and s.bits.b"),
        (1, 1, "s.bits.c"),
        (0, 2, "s.bits.a, s.bits.b and s.bits.c"),
        (0, 4, "s.bits"),
        (4, 4, "s.number.whole"),
        (4, 2, "s.number.whole"),
        (8, 8, "s.wide"),
    ],
)
def test_the_smallest_member_that_holds_the_bytes(offset: int, size: int, name: str) -> None:
    assert found(offset, size).name == name


def test_bit_fields_that_share_bytes_are_told_each_with_its_value() -> None:
    assert found(0, 1).shared == (("s.bits.a", "1"), ("s.bits.b", "9"))
    assert (found(0, 1).type, found(0, 1).value) == (None, None)


def test_of_a_union_the_member_that_fits_the_instruction() -> None:
    assert found(4, 4, "single").name == "s.number.real"
    assert found(4, 4, "bytes").name == "s.number.whole"
    assert found(4, 4, "double").name == "s.number.whole"  # none fits: the first


def test_bytes_across_members_are_the_variables() -> None:
    assert member_of(SLOT, START + 2, 4, "integer") is None
