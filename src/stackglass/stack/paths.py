"""The part of a variable that an offset leads to, as C writes it: '.entries[1]'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackglass.debuginfo.types import ArrayType, Member, StructType, Type

Outer = tuple[Type, ...]
"""The types that one is looked at inside of: corrupt ones may be parts of themselves."""


class Part(NamedTuple):
    """`path` from the variable's name on, '' for the whole; `offset` in bytes into that part."""

    path: str
    offset: int


def part_at(type_: Type, offset: int, target: Type | None) -> Part:
    """The part of a variable of this type that begins `offset` bytes into it, or else the smallest that holds them.

    Where several begin there it is the one of type `target`, else the largest. An array's first element isn't told
    from the array: they have one address, and what points at the element is how C passes the array. What has no name,
    as an anonymous union or a base class, is told by what begins there inside it. Of the members of a union, none is
    told where nothing begins.
    """
    found = _whole_or_inside(type_, offset, target, ())
    return Part(found.path, found.offset)


class Whole(NamedTuple):
    """Something with a type of its own: `start` is where it begins, in bytes into the variable."""

    start: int
    type: Type


def whole_at(type_: Type, offset: int) -> Whole | None:
    """What `part_at` names where no pointer says what it leads to; None inside of something that has parts, where the
    byte belongs to no part or to several."""
    found = _whole_or_inside(type_, offset, None, ())
    has_parts = isinstance(found.type.strip(), StructType | ArrayType)
    return None if found.offset and has_parts else Whole(offset - found.offset, found.type)


class _Found(NamedTuple):
    path: str
    offset: int
    type: Type

    def of(self, member: str) -> _Found:
        return self._replace(path=member + self.path)


def _whole_or_inside(type_: Type, offset: int, target: Type | None, outer: Outer) -> _Found:
    """The part of something that has a name: itself, or what is told inside it."""
    begins = not offset and (target is None or not _begins_with(type_, target, outer))
    inside = None if begins else _inside(type_, offset, target, outer)
    return inside or _Found("", offset, type_)


def _inside(type_: Type, offset: int, target: Type | None, outer: Outer) -> _Found | None:
    """The member or element at that byte of a value of this type, and what is told of that; None if there is none."""
    type_ = type_.strip()
    if type_ in outer:
        return None
    match type_:
        case StructType():
            return _in_struct(type_, offset, target, outer)
        case ArrayType(is_vector=False):
            step = type_.stride or type_.element.size
            if not step or not 0 <= offset < type_.size:
                return None
            index, offset = divmod(offset, step)
            return _whole_or_inside(type_.element, offset, target, (*outer, type_)).of(f"[{index}]")
        case _:
            return None


def _in_struct(struct: StructType, offset: int, target: Type | None, outer: Outer) -> _Found | None:
    """By the only member with that byte; of several, as in a union, one with a value of type `target` there, else the
    largest that begins there or has something that does."""
    outer, holding = (*outer, struct), list(_holding(struct, offset))
    if target is not None and len(holding) > 1:
        leading = [one for one in holding if _leads_to(one.type, offset - one.offset, target, outer)]
        holding = leading[:1] or holding
    found = [part for one in holding if (part := _of_member(one, offset, target, outer)) is not None]
    if len(found) < 2:
        return next(iter(found), None)
    beginning = [one for one in found if not one.offset]
    return max(beginning, key=lambda one: one.type.strip().size, default=None)


def _of_member(member: Member, offset: int, target: Type | None, outer: Outer) -> _Found | None:
    offset -= member.offset
    if member.name and not member.is_base:
        return _whole_or_inside(member.type, offset, target, outer).of(f".{member.name}")
    if target is not None and not offset and _is(member.type, target):
        return None
    return _inside(member.type, offset, target, outer)


def _holding(struct: StructType, offset: int) -> Iterator[Member]:
    """The members with that byte. Where a virtual base lies is told by the table of virtual functions."""
    for member in struct.members:
        has_address = member.bits is None and not member.is_virtual_base
        if has_address and member.offset <= offset < member.offset + member.type.strip().size:
            yield member


def _is(type_: Type, target: Type) -> bool:
    return type_.strip().spelling == target.strip().spelling


def _begins_with(type_: Type, target: Type, outer: Outer) -> bool:
    """Whether a struct of this type, or of an array of this type, has a value of type `target` at its start."""
    type_ = type_.strip()
    if _is(type_, target) or type_ in outer:
        return False
    match type_:
        case StructType():
            plain = (one for one in type_.members if one.bits is None and not one.is_virtual_base)
            firsts = (one.type for one in plain if one.offset == 0)
            return any(_is(first, target) or _begins_with(first, target, (*outer, type_)) for first in firsts)
        case ArrayType(is_vector=False):
            return not _is(type_.element, target) and _begins_with(type_.element, target, (*outer, type_))
        case _:
            return False


def _leads_to(type_: Type, offset: int, target: Type, outer: Outer) -> bool:
    type_ = type_.strip()
    if type_ in outer:
        return False
    if not offset and (_is(type_, target) or _begins_with(type_, target, outer)):
        return True
    match type_:
        case StructType():
            outer, holding = (*outer, type_), _holding(type_, offset)
            return any(_leads_to(one.type, offset - one.offset, target, outer) for one in holding)
        case ArrayType() if type_.size > offset:
            step = type_.stride or type_.element.size
            return bool(step) and _leads_to(type_.element, offset % step, target, (*outer, type_))
        case _:
            return False
