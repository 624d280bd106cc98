"""What fills a local as its initialiser says: part by part, or copied from an image and then the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from stackglass.textbook import types as t
from stackglass.textbook.initialisers import Part
from stackglass.textbook.operators import assigned, bit_field, moved, within
from stackglass.textbook.record_layout import DeclaredMember, lay_out
from stackglass.textbook.scope import Static
from stackglass.textbook.tree import (
    AddressOf,
    Assign,
    AtLabel,
    Expression,
    Initialise,
    Number,
    Place,
    Read,
)
from stackglass.textbook.types import Array, Pointer, Record, new_record

_FEW = 4
"""Up to so many parts are assigned one by one; more are copied from an image."""


def filled(place: Place, parts: Sequence[Part], image: Callable[[Sequence[Part]], Static]) -> Expression:
    """What fills a place as an initialiser's parts say. `image` gives data with the constant ones in it."""
    if place.type.is_scalar or (len(parts) == 1 and parts[0].type == place.type):
        return _assignment(place, parts[0])
    constant, rest = _by_constness(parts)
    if len(constant) <= _FEW or not any(_says_something(one) for one in constant):
        ordered = {id(one) for one in rest}
        wanted = [one for one in parts if id(one) in ordered or _says_something(one)]
        return Initialise(t.VOID, place, True, tuple(_assignment(place, one) for one in wanted))
    symbol = image(constant)
    whole = _as_bytes(place.type.size)
    copy = Assign(whole, moved(place, 0, whole), Read(whole, AtLabel(whole, symbol)))
    return Initialise(t.VOID, place, False, (copy, *(_assignment(place, one) for one in rest)))


def _by_constness(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """The parts that are constant, and those that aren't or that replace something of one that isn't."""
    constant: list[Part] = []
    rest: list[Part] = []
    end = 0
    for one in parts:
        is_first = one.offset >= end or not any(one.overlaps(earlier) for earlier in rest)
        if _is_constant(one) and is_first:
            constant.append(one)
        else:
            rest.append(one)
            end = max(end, one.end)
    return constant, rest


def _as_bytes(size: int) -> Record:
    """A type of so many bytes that is copied whole."""
    record = new_record("struct", None)
    lay_out(record, [DeclaredMember("bytes", Array(t.UCHAR, size))])
    return record


def _is_constant(part: Part) -> bool:
    value = part.value
    if part.member is not None:
        return False
    fixed = isinstance(value, AddressOf) and isinstance(value.place, AtLabel) and isinstance(part.type, Pointer)
    return isinstance(value, Number) or fixed


def _says_something(part: Part) -> bool:
    """Whether it makes a difference where all is zero: -0.0 does."""
    if not isinstance(part.value, Number):
        return True
    return bool(part.value.value) or math.copysign(1, part.value.value) < 0


def _assignment(place: Place, part: Part) -> Assign:
    if part.member is not None:
        where: Place = bit_field(place, part.offset - part.member.offset, part.member)
    elif part.offset == 0 and part.type == place.type:
        where = place
    else:
        where = within(place, part.offset, part.type)
    return Assign(part.type, where, assigned(part.coord, part.value, part.type))
