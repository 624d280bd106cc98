"""Variables in pieces, put together in either byte order."""

from __future__ import annotations

from typing import Literal

import pytest

from stackglass.debuginfo.places import InMemory, InRegister, OptimisedOut, Piece, SinglePlace
from stackglass.stack.pieces import joined

MEMORY = bytes.fromhex("00112233445566778899aabbccddeeff")
REGISTERS = {3: 0x01020304, 4: 0x05060708}
Order = Literal["little", "big"]


def read_in(order: Order) -> object:
    def read(place: SinglePlace, size: int) -> bytes | None:
        if isinstance(place, InMemory):
            return MEMORY[place.address : place.address + size]
        if isinstance(place, InRegister):
            return (REGISTERS[place.register] & ((1 << 8 * size) - 1)).to_bytes(size, order)
        return None

    return read


@pytest.mark.parametrize(
    ("order", "pieces", "size", "expected"),
    [
        # The first piece has the lowest address.
        ("little", [Piece(InRegister(3), 32), Piece(InRegister(4), 32)], 8, "0403020108070605"),
        ("big", [Piece(InRegister(3), 32), Piece(InRegister(4), 32)], 8, "0102030405060708"),
        # Of a register a smaller piece is the least significant bits.
        ("little", [Piece(InRegister(3), 16), Piece(InMemory(1), 16)], 4, "04031122"),
        ("big", [Piece(InRegister(3), 16), Piece(InMemory(1), 16)], 4, "03041122"),
        # Bits of memory count from its first byte: from the least significant one, or from the most significant.
        ("little", [Piece(InMemory(1), 4, 4), Piece(InMemory(2), 4)], 1, "21"),
        ("big", [Piece(InMemory(1), 4), Piece(InMemory(2), 4, 4)], 1, "12"),
        ("big", [Piece(InRegister(3), 4, 8), Piece(InRegister(4), 4)], 1, "38"),
    ],
)
def test_pieces_make_a_whole(order: Order, pieces: list[Piece], size: int, expected: str) -> None:
    assert joined(pieces, read_in(order), size, order) == (bytes.fromhex(expected), [])  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["little", "big"])
def test_what_is_nowhere_is_named_by_its_bytes(order: Order) -> None:
    pieces = [Piece(InMemory(0), 16), Piece(OptimisedOut("gone"), 8), Piece(InMemory(3), 8)]
    read = read_in(order)
    assert joined(pieces, read, 4, order) == (bytes.fromhex("00110033"), [2])  # type: ignore[arg-type]
    # Pieces that don't suffice leave the last bytes unknown; more than suffice are cut off behind.
    assert joined(pieces[:1], read, 4, order) == (bytes.fromhex("00110000"), [2, 3])  # type: ignore[arg-type]
    assert joined(pieces, read, 2, order) == (bytes.fromhex("0011"), [])  # type: ignore[arg-type]
