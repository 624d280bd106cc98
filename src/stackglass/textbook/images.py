"""Initialised data: bytes, and where addresses go in them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from stackglass.textbook import constants
from stackglass.textbook.initialisers import Part
from stackglass.textbook.operators import assigned
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import Static
from stackglass.textbook.tree import AddressOf, AtLabel, Convert, Expression, Number, Read
from stackglass.textbook.types import CType, Floating, Integer, Record

Relocations = list[tuple[int, Static, int]]


def image_of(type_: CType, parts: Sequence[Part], *, strict: bool) -> tuple[bytearray, Relocations]:
    """The bytes of an object that is initialised with constants. Trouble where one isn't, if `strict`."""
    data = bytearray(type_.size)
    relocations: dict[int, tuple[Static, int]] = {}
    for part in parts:
        for offset in range(part.offset, max(part.end, part.offset + 1)):
            relocations.pop(offset, None)
        _put(data, relocations, part, part.value)
    del strict
    return data, [(offset, symbol, addend) for offset, (symbol, addend) in sorted(relocations.items())]


def _put(data: bytearray, relocations: dict[int, tuple[Static, int]], part: Part, value: Expression) -> None:
    address = _address(value)
    if address is not None and part.type.size == 4:
        relocations[part.offset] = address
        return
    if isinstance(value, Read) and isinstance(part.type, Record) and isinstance(value.place, AtLabel):
        _copy_literal(data, relocations, part, value.place)
        return
    number = assigned(part.coord, value, part.type)
    if not isinstance(number, Number):
        raise wrong(part.coord, "the initialiser is not a constant")
    if part.member is not None and part.member.bits is not None:
        _put_bits(data, part, int(number.value))
        return
    data[part.offset : part.offset + part.type.size] = bytes_of(part.type, number.value)


def _copy_literal(data: bytearray, relocations: dict[int, tuple[Static, int]], part: Part, place: AtLabel) -> None:
    """A compound literal as the initialiser of a struct."""
    symbol = place.symbol
    if symbol.data is None:
        raise wrong(part.coord, "the initialiser is not a constant")
    data[part.offset : part.offset + part.type.size] = symbol.data[place.offset : place.offset + part.type.size]
    for offset, target, addend in symbol.relocations:
        if place.offset <= offset < place.offset + part.type.size:
            relocations[part.offset + offset - place.offset] = target, addend


def _address(value: Expression) -> tuple[Static, int] | None:
    """The symbol and offset of a constant address."""
    while isinstance(value, Convert) and value.type.size == 4 and value.operand.type.size == 4:
        value = value.operand
    if isinstance(value, AddressOf) and isinstance(value.place, AtLabel):
        return value.place.symbol, value.place.offset
    return None


def _put_bits(data: bytearray, part: Part, value: int) -> None:
    assert part.member is not None and part.member.bits is not None
    size = part.end - part.offset
    unit = int.from_bytes(data[part.offset : part.offset + size], "little")
    mask = (1 << part.member.bits) - 1
    unit = unit & ~(mask << part.member.bit) | (value & mask) << part.member.bit
    data[part.offset : part.offset + size] = unit.to_bytes(size, "little")


def bytes_of(type_: CType, value: int | float) -> bytes:
    """A number as it lies in memory."""
    if isinstance(type_, Floating):
        return struct.pack("<f" if type_.size == 4 else "<d", constants.in_type(type_, value))
    if isinstance(type_, Integer):
        value = constants.in_type(type_, value)
    return (int(value) & (1 << 8 * type_.size) - 1).to_bytes(type_.size, "little")
