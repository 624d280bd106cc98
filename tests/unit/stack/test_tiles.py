"""The tiler: whatever is claimed, every byte has one owner, and it is the strongest that claims it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from stackglass.stack.tiles import Claim, Piece, tile

ADDRESSES = st.integers(min_value=0, max_value=60)


@st.composite
def claims(draw: st.DrawFn) -> list[Claim[int]]:
    extents = draw(st.lists(st.tuples(ADDRESSES, st.integers(min_value=-3, max_value=30)), max_size=12))
    return [Claim(low, low + size, number) for number, (low, size) in enumerate(extents)]


@given(ADDRESSES, st.integers(min_value=0, max_value=50), claims())
def test_every_byte_has_its_strongest_owner(low: int, size: int, made: list[Claim[int]]) -> None:
    pieces = tile(low, low + size, made)
    assert [piece.low for piece in pieces] == [low, *(piece.high for piece in pieces)][: len(pieces)]
    assert sum(piece.high - piece.low for piece in pieces) == size
    assert all(piece.low < piece.high for piece in pieces)
    for piece in pieces:
        for address in range(piece.low, piece.high):
            strongest = next((claim for claim in made if claim.low <= address < claim.high), None)
            assert piece.claim == strongest
            assert strongest is None or piece.low - piece.offset == strongest.low


@given(ADDRESSES, st.integers(min_value=0, max_value=50), claims())
def test_pieces_are_as_long_as_they_can_be(low: int, size: int, made: list[Claim[int]]) -> None:
    pieces = tile(low, low + size, made)
    assert all(one.claim != other.claim for one, other in itertools.pairwise(pieces))


def test_a_weaker_claim_keeps_what_is_left_of_it() -> None:
    saved = Claim(8, 16, "saved rbx")
    buffer = Claim(0, 24, "buf")
    assert tile(0, 32, [saved, buffer]) == [
        Piece(0, 8, buffer),
        Piece(8, 16, saved),
        Piece(16, 24, buffer),
        Piece(24, 32, None),
    ]
    assert [piece.offset for piece in tile(4, 32, [saved, buffer])] == [4, 0, 16, 0]
