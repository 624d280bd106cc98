"""The part of a variable that an offset leads to, as C writes it: '.entries[1]'."""

from __future__ import annotations

from typing import NamedTuple

from stackglass.debuginfo.types import ArrayType, Member, StructType, Type


class Part(NamedTuple):
    """`path` from the variable's name on, '' for the whole; `offset` in bytes into that part."""

    path: str
    offset: int


def part_at(type_: Type, offset: int, target: Type | None) -> Part:
    """The part of a variable of this type that begins `offset` bytes into it, or else the smallest that holds them.

    Where several begin there it is the one of type `target`, else the largest. An array's first element isn't told
    from the array: they have one address, and what points at the element is how C passes the array.
    """
    path = ""
    while True:
        type_ = type_.strip()
        if not offset and (target is None or not _begins_with(type_, target)):
            return Part(path, offset)
        match type_:
            case StructType():
                member = _member(type_, offset, target)
                if member is None:
                    return Part(path, offset)
                path += f".{member.name}" if member.name and not member.is_base else ""
                type_, offset = member.type, offset - member.offset
            case ArrayType(is_vector=False):
                step = type_.stride or type_.element.size
                if not step or not 0 <= offset < type_.size:
                    return Part(path, offset)
                index, offset = divmod(offset, step)
                path += f"[{index}]"
                type_ = type_.element
            case _:
                return Part(path, offset)


def _is(type_: Type, target: Type) -> bool:
    return type_.strip().spelling == target.strip().spelling


def _begins_with(type_: Type, target: Type) -> bool:
    """Whether a struct of this type, or of an array of this type, has a value of type `target` at its start."""
    type_ = type_.strip()
    if _is(type_, target):
        return False
    match type_:
        case StructType():
            firsts = (member.type for member in type_.members if member.bits is None and member.offset == 0)
            return any(_is(first, target) or _begins_with(first, target) for first in firsts)
        case ArrayType(is_vector=False):
            return not _is(type_.element, target) and _begins_with(type_.element, target)
        case _:
            return False


def _member(struct: StructType, offset: int, target: Type | None) -> Member | None:
    """The member with that byte; of several, as in a union, the one with a value of type `target` there, else none."""
    holding = [
        member
        for member in struct.members
        if member.bits is None and member.offset <= offset < member.offset + member.type.size
    ]
    if len(holding) == 1:
        return holding[0]
    if target is None:
        return None
    return next((member for member in holding if _leads_to(member.type, offset - member.offset, target)), None)


def _leads_to(type_: Type, offset: int, target: Type) -> bool:
    type_ = type_.strip()
    if not offset and (_is(type_, target) or _begins_with(type_, target)):
        return True
    match type_:
        case StructType():
            member = _member(type_, offset, target)
            return member is not None and _leads_to(member.type, offset - member.offset, target)
        case ArrayType() if type_.size > offset:
            step = type_.stride or type_.element.size
            return bool(step) and _leads_to(type_.element, offset % step, target)
        case _:
            return False
