"""Bytes to values, for every kind of type."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.debuginfo.types import (
    VOID,
    ArrayType,
    BaseType,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    PointerType,
    QualifiedType,
    ReferenceType,
    StaticMember,
    StructType,
    Type,
    Typedef,
    UnspecifiedType,
)
from stackglass.model import Pointee, PointeeKind, unplaced_bases
from stackglass.stack.reading import without
from stackglass.stack.values import UNKNOWN, Decoded, Decoder

INT = BaseType("int", 4, "signed")
UNSIGNED = BaseType("unsigned int", 4, "unsigned")
CHAR = BaseType("char", 1, "signed char")
UCHAR = BaseType("unsigned char", 1, "unsigned char")
DOUBLE = BaseType("double", 8, "float")
FLOAT = BaseType("float", 4, "float")
BOOL = BaseType("_Bool", 1, "bool")
INT128 = BaseType("__int128", 16, "signed")
LONG_DOUBLE = BaseType("long double", 16, "float", long_double="x87")
COMPLEX = BaseType("complex double", 16, "complex")
POINTER = PointerType(lambda: INT)


def find(address: int, type_: Type | None) -> Pointee | None:
    """A pointee that tells what was asked."""
    return Pointee(PointeeKind.DATA, address, None if type_ is None else type_.spelling)


DECODER = Decoder("little", find)


def decode(type_: Type, data: bytes) -> Decoded:
    return DECODER.decode(type_, data)


def struct_of(*members: Member | StaticMember, size: int, keyword: str = "struct", name: str = "point") -> StructType:
    return StructType(keyword, name, size, lambda: members)  # type: ignore[arg-type]


def member(name: str | None, type_: Type, offset: int, bits: tuple[int, int] | None = None) -> Member:
    return Member(name, lambda: type_, offset, bits)


@pytest.mark.parametrize(
    ("type_", "data", "value"),
    [
        (INT, struct.pack("<i", -3), "-3"),
        (UNSIGNED, struct.pack("<i", -3), "4294967293"),
        (INT128, (-(2**100)).to_bytes(16, "little", signed=True), str(-(2**100))),
        (CHAR, b"a", "'a'"),
        (CHAR, b"\xff", r"'\377'"),
        (UCHAR, b"a", "97"),
        (BOOL, b"\x01", "true"),
        (BOOL, b"\0", "false"),
        (BOOL, b"\x07", "7"),
        (DOUBLE, struct.pack("<d", 2.5), "2.5"),
        (FLOAT, struct.pack("<f", 0.1), "0.1"),
        (LONG_DOUBLE, bytes(7) + b"\xa0\x00\x40" + b"\xff" * 6, "2.5"),
        (COMPLEX, struct.pack("<dd", 1.0, -2.0), "1.0 - 2.0i"),
        (UnspecifiedType("decltype(nullptr)"), bytes(8), "nullptr"),
    ],
)
def test_scalars(type_: Type, data: bytes, value: str) -> None:
    assert decode(type_, data) == Decoded(value)


PAIR = BaseType("long double", 16, "float", long_double="pair")


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        (2.5, 0.0, "2.5"),
        (0.1, -5.551115123125783e-18, "0.1"),  # 0.1L as gcc for PowerPC has it: the double, and what it is off by
        (1.0, 2.0**-80, "1.00000000000000000000000082718061"),
        (-1.0, -(2.0**-80), "-1.00000000000000000000000082718061"),
        (float("-inf"), 0.0, "-inf"),
        (0.0, 0.0, "0.0"),
    ],
)
def test_a_pair_of_doubles_is_their_sum(first: float, second: float, value: str) -> None:
    decoded = Decoder("big", find).decode(PAIR, struct.pack(">dd", first, second)).value
    assert decoded == value


@given(st.integers(min_value=-(2**31), max_value=2**31 - 1))
def test_typedefs_and_qualifiers_change_nothing(number: int) -> None:
    wrapped = Typedef(lambda: QualifiedType(lambda: INT, "const"), "number")
    assert decode(wrapped, struct.pack("<i", number)).value == str(number)


def test_big_endian() -> None:
    assert Decoder("big", find).decode(INT, b"\0\0\0\x05").value == "5"


def test_too_few_bytes_say_nothing() -> None:
    assert decode(INT, b"abc") is UNKNOWN
    assert decode(VOID, b"") is UNKNOWN


def test_wide_characters_by_their_typedefs() -> None:
    wide = Typedef(lambda: INT, "wchar_t")
    assert decode(wide, struct.pack("<i", 233)).value == "L'é'"
    assert decode(Typedef(lambda: BaseType("int", 4, "signed"), "other"), struct.pack("<i", 233)).value == "233"


def test_enumerations() -> None:
    colour = EnumType("colour", 4, (("RED", 0), ("GREEN", 1)))
    scoped = EnumType("ns::Mode", 1, (("ON", 1), ("FAST", 2)), is_scoped=True, is_cplusplus=True)
    negative = EnumType("sign", 4, (("MINUS", -1), ("PLUS", 1)), is_signed=True)
    assert decode(colour, b"\1\0\0\0").value == "GREEN"
    assert decode(colour, b"\7\0\0\0").value == "7"
    assert decode(scoped, b"\3").value == "ns::Mode::ON | ns::Mode::FAST"
    assert decode(scoped, b"\4").value == "4"
    assert decode(negative, b"\xff" * 4).value == "MINUS"


def test_pointers_and_references_tell_what_they_lead_to() -> None:
    data = (0x7FFE10).to_bytes(8, "little")
    assert decode(POINTER, data) == Decoded("0x7ffe10", Pointee(PointeeKind.DATA, 0x7FFE10, "int"))
    assert decode(ReferenceType(lambda: DOUBLE), data).points_to == Pointee(PointeeKind.DATA, 0x7FFE10, "double")


def test_arrays() -> None:
    decoded = decode(ArrayType(lambda: INT, 3), struct.pack("<3i", 1, 2, 3))
    assert decoded.value == "{1, 2, 3}"
    assert [(field.name, field.offset, field.size, field.value) for field in decoded.fields] == [
        ("[0]", 0, 4, "1"),
        ("[1]", 4, 4, "2"),
        ("[2]", 8, 4, "3"),
    ]


def test_a_long_array_is_elided() -> None:
    decoded = decode(ArrayType(lambda: INT, 1000), bytes(4000))
    assert decoded.value == "{" + "0, " * 16 + "...}"
    assert len(decoded.fields) == 256


def test_arrays_of_arrays() -> None:
    rows = ArrayType(lambda: ArrayType(lambda: INT, 2), 2)
    assert decode(rows, struct.pack("<4i", 1, 2, 3, 4)).value == "{{1, 2}, {3, 4}}"


def test_text() -> None:
    assert decode(ArrayType(lambda: CHAR, 8), b"hi\0\xcc\xcc\xcc\xcc\xcc") == Decoded('"hi"')
    assert decode(ArrayType(lambda: UCHAR, 2), b"hi").value == "{104, 105}"


def test_an_array_without_a_length_has_no_value_to_show() -> None:
    assert decode(ArrayType(lambda: INT, None), b"") == Decoded("{}")


def test_structs() -> None:
    point = struct_of(member("x", INT, 0), member("y", DOUBLE, 8), StaticMember("count", lambda: INT), size=16)
    decoded = decode(point, struct.pack("<i4xd", 3, 0.5))
    assert decoded.value == "{.x = 3, .y = 0.5}"
    assert [(field.name, field.type, field.offset) for field in decoded.fields] == [("x", "int", 0), ("y", "double", 8)]


def test_unions_show_every_reading() -> None:
    number = struct_of(member("i", INT, 0), member("f", FLOAT, 0), size=4, keyword="union")
    assert decode(number, struct.pack("<f", 1.0)).value == "{.i = 1065353216, .f = 1.0}"


def test_anonymous_members_have_no_name() -> None:
    inner = struct_of(member("a", INT, 0), size=4)
    outer = struct_of(member(None, inner, 0), member("b", INT, 4), size=8)
    decoded = decode(outer, struct.pack("<2i", 1, 2))
    assert decoded.value == "{{.a = 1}, .b = 2}"
    assert decoded.fields[0].name == ""


def test_bit_fields() -> None:
    flags = struct_of(
        member("low", UNSIGNED, 0, (0, 3)),
        member("across", UNSIGNED, 0, (6, 5)),
        member("negative", INT, 0, (16, 4)),
        member("on", BOOL, 0, (20, 1)),
        size=4,
    )
    word = 5 | 0b10110 << 6 | 0xE << 16 | 1 << 20
    decoded = decode(flags, word.to_bytes(4, "little"))
    assert decoded.value == "{.low = 5, .across = 22, .negative = -2, .on = true}"
    assert [(field.offset, field.size) for field in decoded.fields] == [(0, 1), (0, 2), (2, 1), (2, 1)]


def test_base_classes_are_parts_by_their_type() -> None:
    base = StructType("class", "Shape", 4, lambda: (member("sides", INT, 0),), is_cplusplus=True)
    whole = StructType(
        "class",
        "Square",
        8,
        lambda: (Member(None, lambda: base, 0, is_base=True), member("side", INT, 4)),
        is_cplusplus=True,
    )
    decoded = decode(whole, struct.pack("<2i", 4, 7))
    assert decoded.fields[0].name == "Shape"
    assert decoded.value == "{.Shape = {.sides = 4}, .side = 7}"


def test_virtual_bases_are_not_where_the_type_says() -> None:
    """One that isn't placed has no bytes and no value."""
    base = StructType("class", "Shape", 4, lambda: (member("sides", INT, 0),), is_cplusplus=True)
    virtual = Member(None, lambda: base, 0, is_base=True, is_virtual_base=True)
    decoded = decode(struct_of(virtual, member("y", INT, 8), size=12), bytes(12))
    assert [(field.name, field.size, field.value) for field in decoded.fields] == [("Shape", 0, None), ("y", 4, "0")]
    assert unplaced_bases(decoded.fields) == ["Shape"]


def test_pointers_to_members() -> None:
    owner = struct_of(member("x", INT, 0), member("y", INT, 4), size=8)
    data_pointer = MemberPointerType(lambda: INT, lambda: owner)
    assert decode(data_pointer, (4).to_bytes(8, "little")).value == "&struct point::y"
    assert decode(data_pointer, b"\xff" * 8).value == "nullptr"
    function_pointer = MemberPointerType(lambda: FunctionType(lambda: (VOID, ())), lambda: owner, 16)
    assert decode(function_pointer, bytes(16)).value == "nullptr"
    assert decode(function_pointer, struct.pack("<QQ", 17, 0)).value == "virtual function at offset 16"
    assert decode(function_pointer, struct.pack("<QQ", 0x401000, 0)).value == "0x401000"


def test_a_type_that_holds_itself_comes_to_an_end() -> None:
    endless: StructType = StructType("struct", "endless", 4, lambda: (member("again", endless, 0),))
    assert decode(endless, bytes(4)).value is not None


TWO = struct_of(member("a", INT, 0), member("b", INT, 4), size=8, name="pair")
NODE = struct_of(member("v", INT, 0), member("two", TWO, 4), member("name", ArrayType(lambda: CHAR, 4), 12), size=16)


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ((), '{.v = 1, .two = {.a = 2, .b = 3}, .name = "ab"}'),
        (range(4, 16), "{.v = 1, .two = ?, .name = ?}"),
        ((4, 5), '{.v = 1, .two = {.a = ?, .b = 3}, .name = "ab"}'),
        ((0, 4, 8, 15), None),
    ],
)
def test_what_is_not_known_of_a_struct_is_a_question_mark(missing: Sequence[int], value: str | None) -> None:
    whole = decode(NODE, bytes.fromhex("010000000200000003000000") + b"ab\0\0")
    assert (without(whole, missing) if missing else whole).value == value
