"""Bytes between members don't count for whether a variable was written."""

from __future__ import annotations

from stackglass.debuginfo.types import ArrayType, BaseType, Member, StructType, Type
from stackglass.model import Field, Initialised
from stackglass.stack.members import runs_of_members, runs_of_value
from stackglass.stack.written import Written, extent_of

BASE = 0x1000
POINT = (Field("x", "int", 0, 4, "1"), Field("d", "double", 8, 8, "2.5"))


def runs(*ends: tuple[int, bool]) -> list[Written]:
    """Runs from BASE on that end at these offsets, written in the activation or not."""
    made: list[Written] = []
    low = 0
    for end, own in ends:
        made.append(Written(BASE + low, BASE + end, 7, 0x401000, own))
        low = end
    return made


def extent(written: list[Written], size: int, fields: tuple[Field, ...]) -> Initialised:
    return extent_of(runs_of_members(written, BASE, size, fields))


def test_a_struct_is_written_when_its_members_are() -> None:
    assert extent(runs((4, True), (8, False), (16, True)), 16, POINT) is Initialised.ALL
    assert extent(runs((4, True), (16, False)), 16, POINT) is Initialised.PART
    assert extent(runs((4, False), (8, True), (16, False)), 16, POINT) is Initialised.NONE


def test_members_of_members_and_elements_have_bytes_between_them_too() -> None:
    array = (Field("[0]", "struct p", 0, 16, None, fields=POINT), Field("[1]", "struct p", 16, 16, None, fields=POINT))
    whole = (Field("a", "struct p [2]", 0, 32, None, fields=array), Field("c", "char", 32, 1, "'c'"))
    written = runs((4, True), (8, False), (20, True), (24, False), (33, True), (40, False))
    assert extent(written, 40, whole) is Initialised.ALL


def test_elements_that_are_not_told_count() -> None:
    first = tuple(Field(f"[{n}]", "int", 4 * n, 4, "0") for n in range(2))
    assert extent(runs((8, True), (400, False)), 400, first) is Initialised.PART


def test_members_of_a_union_share_bytes() -> None:
    union = (Field("c", "char", 0, 1, "'c'"), Field("n", "long", 0, 8, "1"))
    assert extent(runs((1, True), (8, False)), 8, union) is Initialised.PART


def test_what_has_no_members_counts_whole() -> None:
    assert extent(runs((1, True), (8, False)), 8, ()) is Initialised.PART


LONG_DOUBLE = BaseType("long double", 16, "float", long_double="x87")
INT = BaseType("int", 4, "signed")


def of_value(written: list[Written], type_: Type) -> Initialised:
    return extent_of(runs_of_value(written, BASE, type_))


def test_bytes_that_pad_an_x87_number_do_not_count() -> None:
    assert of_value(runs((10, True), (16, False)), LONG_DOUBLE) is Initialised.ALL
    assert of_value(runs((8, True), (16, False)), LONG_DOUBLE) is Initialised.PART
    assert of_value(runs((10, False), (16, True)), LONG_DOUBLE) is Initialised.NONE
    float128 = BaseType("_Float128", 16, "float")
    assert of_value(runs((10, True), (16, False)), float128) is Initialised.PART


def test_nor_do_they_within_arrays_structs_and_complex_numbers() -> None:
    halves = runs((10, True), (16, False), (26, True), (32, False))
    assert of_value(halves, BaseType("complex long double", 32, "complex", long_double="x87")) is Initialised.ALL
    array = ArrayType(lambda: LONG_DOUBLE, 2)
    assert of_value(halves, array) is Initialised.ALL
    members = [Member("a", lambda: array, 0), Member("n", lambda: INT, 32)]
    struct = StructType("struct", "s", 48, lambda: members)
    written = runs((10, True), (16, False), (26, True), (32, False), (36, True))
    assert of_value(written, struct) is Initialised.ALL
    assert of_value(written[:3], struct) is Initialised.ALL
    assert of_value(runs((10, True), (36, False)), struct) is Initialised.PART
