"""What part of a variable an address in it is, against what a C compiler takes for the offset of that part."""

from __future__ import annotations

import pytest

from stackglass.debuginfo.types import ArrayType, BaseType, Member, StructType, Type, Typedef
from stackglass.stack.paths import Part, part_at

INT = BaseType("int", 4, "signed")
SHORT = BaseType("short", 2, "signed")
LONG = BaseType("long", 8, "signed")
DOUBLE = BaseType("double", 8, "float")


def struct(name: str | None, size: int, *members: Member, keyword: str = "struct") -> StructType:
    return StructType(keyword, name, size, lambda: members)  # type: ignore[arg-type]


def array(element: Type, count: int) -> ArrayType:
    return ArrayType(lambda: element, count)


INNER = struct("in", 12, Member("s", lambda: array(SHORT, 3), 0), Member("z", lambda: INT, 8))
HALVES = struct(None, 8, Member("lo", lambda: INT, 0), Member("hi", lambda: INT, 4))
UNION = struct(
    None,
    8,
    Member("l", lambda: LONG, 0),
    Member("d", lambda: DOUBLE, 0),
    Member(None, lambda: HALVES, 0),
    keyword="union",
)
POINT = struct(
    "pt",
    32,
    Member("x", lambda: INT, 0),
    Member("y", lambda: INT, 4),
    Member("in", lambda: Typedef(lambda: INNER, "inner"), 8),
    Member("u", lambda: UNION, 24),
)


@pytest.mark.parametrize(
    ("type_", "offset", "target", "part"),
    [
        (INT, 0, INT, Part("", 0)),
        (INT, 2, None, Part("", 2)),
        (POINT, 0, POINT, Part("", 0)),
        (POINT, 0, None, Part("", 0)),
        (POINT, 0, INT, Part(".x", 0)),
        (POINT, 4, None, Part(".y", 0)),
        (POINT, 6, None, Part(".y", 2)),
        (POINT, 8, None, Part(".in", 0)),
        (POINT, 8, INNER, Part(".in", 0)),
        (POINT, 8, SHORT, Part(".in", 0)),  # the first element is not told from its array
        (POINT, 12, SHORT, Part(".in.s[2]", 0)),
        (POINT, 14, None, Part(".in", 6)),  # between members
        (POINT, 24, DOUBLE, Part(".u.d", 0)),
        (POINT, 24, INT, Part(".u.lo", 0)),
        (POINT, 24, None, Part(".u", 0)),
        (POINT, 28, INT, Part(".u.hi", 0)),
        (POINT, 28, None, Part(".u", 4)),  # which member is not told
        (array(INT, 4), 0, INT, Part("", 0)),
        (array(INT, 4), 8, INT, Part("[2]", 0)),
        (array(INT, 4), 9, INT, Part("[2]", 1)),
        (array(INT, 4), 16, INT, Part("", 16)),  # behind its end
        (array(POINT, 2), 0, INT, Part("[0].x", 0)),
        (array(array(INT, 3), 2), 12, None, Part("[1]", 0)),
        (array(array(INT, 3), 2), 20, INT, Part("[1][2]", 0)),
        (array(POINT, 2), 32 + 12, SHORT, Part("[1].in.s[2]", 0)),
        (array(INT, 0), 0, INT, Part("", 0)),
    ],
)
def test_the_part_at_an_offset(type_: Type, offset: int, target: Type | None, part: Part) -> None:
    assert part_at(type_, offset, target) == part


def test_a_base_class_has_no_name_of_its_own_and_bit_fields_no_address() -> None:
    base = struct("b", 8, Member("i", lambda: INT, 0), Member("bits", lambda: INT, 4, bits=(32, 3)))
    derived = struct("d", 16, Member("b", lambda: base, 0, is_base=True), Member("l", lambda: LONG, 8))
    assert part_at(derived, 0, INT) == Part(".i", 0)
    assert part_at(derived, 4, INT) == Part("", 4)
    assert part_at(derived, 8, LONG) == Part(".l", 0)
