"""How a value with parts is cut into rows: each row tells what is in its own bytes, and what they are a part of."""

from __future__ import annotations

from stackglass.model import Evidence, Field, Role, Slot
from stackglass.views.leaves import pieces_of

BASE = 0x1000


def slot(size: int, *fields: Field, address: int = BASE, offset: int = 0) -> Slot:
    return Slot(address, size, Role.LOCAL, bytes(size), Evidence.DEBUG_INFO, "it", "struct s", offset, fields=fields)


def rows(slot: Slot, word_size: int) -> list[tuple[int, int, list[str], list[str]]]:
    """(offset, size, what is in those bytes: parts in brackets, which values are told above them) of each piece."""
    return [
        (
            min(leaf.offset for leaf in piece.leaves),
            max(leaf.end for leaf in piece.leaves) - min(leaf.offset for leaf in piece.leaves),
            [f"({leaf.path})" if leaf.is_part else leaf.path for leaf in piece.leaves],
            [leaf.path for leaf in piece.ending],
        )
        for piece in pieces_of(slot, word_size)
    ]


def test_bit_fields_stand_in_the_rows_of_their_bytes() -> None:
    """unsigned a:3, b:5; int c:9; unsigned long long d:40; unsigned char e; c is in bytes 1 and 2, d in 2 to 7."""
    told = slot(
        12,
        Field("a", "unsigned int", 0, 1, "5", bits=(0, 3)),
        Field("b", "unsigned int", 0, 1, "17", bits=(3, 5)),
        Field("c", "int", 1, 2, "-3", bits=(0, 9)),
        Field("d", "unsigned long long", 2, 6, "7", bits=(1, 40)),
        Field("e", "unsigned char", 8, 1, "238"),
    )
    assert rows(told, 4) == [
        (0, 1, [".a", ".b"], []),
        (1, 3, [".c", "(.d)"], []),
        (4, 4, ["(.d)"], [".d"]),
        (8, 1, [".e"], []),
        (9, 3, [""], []),
    ]
    assert rows(told, 8)[1] == (1, 7, [".c", ".d"], [])


def test_a_member_of_several_words_is_told_once_above_its_bytes() -> None:
    told = slot(12, Field("x", "int", 0, 4, "1"), Field("y", "double", 4, 8, "2.5"))
    assert rows(told, 4) == [(0, 4, [".x"], []), (4, 4, ["(.y)"], []), (8, 4, ["(.y)"], [".y"])]
    assert [leaf.value for piece in pieces_of(told, 4) for leaf in piece.ending] == ["2.5"]


def test_members_of_a_union_stand_where_they_are_whole() -> None:
    elements = tuple(Field(f"[{number}]", "int", 4 * number, 4, str(number)) for number in range(2))
    told = slot(8, Field("d", "double", 0, 8, "2.5"), Field("i", "int [2]", 0, 8, "{0, 1}", fields=elements))
    assert rows(told, 4) == [(0, 4, [".i[0]", "(.d)"], []), (4, 4, [".i[1]", "(.d)"], [".d"])]


def test_a_slot_that_holds_a_part_of_a_member_says_so() -> None:
    told = slot(4, Field("y", "double", 0, 8, "2.5"), offset=4)
    assert rows(told, 4) == [(4, 4, ["(.y)"], [".y"])]
