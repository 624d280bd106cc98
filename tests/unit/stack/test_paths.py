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
FLOAT = BaseType("float", 4, "float")
ANONYMOUS = struct(
    "an",
    16,
    Member("k", lambda: INT, 0),
    Member(
        None,
        lambda: struct(None, 4, Member("i", lambda: INT, 0), Member("f", lambda: FLOAT, 0), keyword="union"),
        4,
    ),
    Member(
        None,
        lambda: struct(
            None, 6, Member("p", lambda: SHORT, 0), Member("q", lambda: SHORT, 2), Member("r", lambda: SHORT, 4)
        ),
        8,
    ),
)
SIZES = struct(
    None,
    8,
    Member("c", lambda: BaseType("char", 1, "signed char"), 0),
    Member("s", lambda: array(SHORT, 2), 0),
    Member("l", lambda: LONG, 0),
    keyword="union",
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
        (POINT, 28, None, Part(".u.hi", 0)),
        (POINT, 28, SHORT, Part(".u.hi", 0)),
        (POINT, 27, None, Part(".u", 3)),  # which member is not told
        (ANONYMOUS, 0, None, Part("", 0)),
        (ANONYMOUS, 4, None, Part(".i", 0)),
        (ANONYMOUS, 4, FLOAT, Part(".f", 0)),
        (ANONYMOUS, 4, SHORT, Part(".i", 0)),
        (ANONYMOUS, 5, None, Part("", 5)),  # which member is not told
        (ANONYMOUS, 8, None, Part(".p", 0)),
        (ANONYMOUS, 10, None, Part(".q", 0)),
        (ANONYMOUS, 11, None, Part(".q", 1)),
        (ANONYMOUS, 14, None, Part("", 14)),  # between members
        (array(ANONYMOUS, 2), 20, None, Part("[1].i", 0)),
        (array(ANONYMOUS, 2), 24, SHORT, Part("[1].p", 0)),
        (SIZES, 0, None, Part("", 0)),
        (struct("s", 12, Member("i", lambda: INT, 0), Member(None, lambda: SIZES, 4)), 4, None, Part(".l", 0)),
        (SIZES, 2, None, Part(".s[1]", 0)),
        (SIZES, 4, None, Part(".l", 4)),
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


def test_a_second_base_class_begins_where_it_does() -> None:
    first, second = (struct(name, 8, Member(name + "i", lambda: LONG, 0)) for name in "ab")
    derived = struct(
        "d", 16, Member(None, lambda: first, 0, is_base=True), Member(None, lambda: second, 8, is_base=True)
    )
    assert part_at(derived, 8, None) == part_at(derived, 8, LONG) == Part(".bi", 0)
    assert part_at(derived, 8, second) == Part("", 8)
    assert part_at(derived, 0, first) == Part("", 0)


def test_where_a_virtual_base_lies_is_not_told_by_the_type() -> None:
    base = struct("b", 8, Member("i", lambda: LONG, 0))
    virtual = Member(None, lambda: base, 0, is_base=True, is_virtual_base=True)
    derived = struct("d", 24, virtual, Member("l", lambda: LONG, 8))
    assert [part_at(derived, offset, None) for offset in (3, 8, 16)] == [Part("", 3), Part(".l", 0), Part("", 16)]


def test_a_type_that_is_a_part_of_itself_is_not_looked_through_for_ever() -> None:
    endless: StructType = struct("e", 8, Member("a", lambda: endless, 0), Member("b", lambda: endless, 0))
    assert part_at(endless, 2, None) == Part("", 2)
    assert part_at(endless, 0, LONG) == Part("", 0)
