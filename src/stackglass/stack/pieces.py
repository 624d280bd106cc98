"""Putting a variable together that DWARF has in pieces (DWARF 5, 2.6.1.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from stackglass.debuginfo.places import InMemory, Piece, SinglePlace


def joined(
    pieces: Sequence[Piece],
    read: Callable[[SinglePlace, int], bytes | None],
    size: int,
    order: Literal["little", "big"],
) -> tuple[bytes, list[int]]:
    """The `size` bytes of a variable in memory order, and the numbers of those that aren't known, which are 0.

    `read` gives so many bytes of a place, or None. The first piece has the lowest address: the least significant bits
    on a little-endian machine, the most significant ones on a big-endian one.
    """
    bits = unknown = at = 0
    for piece in pieces:
        mask = (1 << piece.bits) - 1
        data = read(piece.place, -(-(piece.bit_offset + piece.bits) // 8))
        value = 0 if data is None else _bits_of(piece, data, order) & mask
        missing = mask if data is None else 0
        if order == "little":
            bits, unknown = bits | value << at, unknown | missing << at
        else:
            bits, unknown = bits << piece.bits | value, unknown << piece.bits | missing
        at += piece.bits
    whole = (1 << 8 * size) - 1
    beyond = 8 * size - at
    if order == "big":
        bits, unknown = (bits << beyond, unknown << beyond) if beyond > 0 else (bits >> -beyond, unknown >> -beyond)
        unknown |= (1 << max(beyond, 0)) - 1
    elif beyond > 0:
        unknown |= whole >> at << at
    missing_bytes = [byte for byte, gone in enumerate((unknown & whole).to_bytes(size, order)) if gone]
    return (bits & whole).to_bytes(size, order), missing_bytes


def _bits_of(piece: Piece, data: bytes, order: Literal["little", "big"]) -> int:
    """The bits of a piece, and above them others. What lies in memory counts from its first byte on, a register or a
    value from its least significant bit on."""
    number = int.from_bytes(data, order)
    if order == "little" or not isinstance(piece.place, InMemory):
        return number >> piece.bit_offset
    return number >> 8 * len(data) - piece.bit_offset - piece.bits
