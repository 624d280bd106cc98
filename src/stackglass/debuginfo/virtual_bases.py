"""Virtual base classes of an object: a type says only how the object's table of virtual functions leads to them.

The Itanium C++ ABI (2.4) gives an object each of its virtual bases once, whichever of its other bases have them too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from stackglass.debuginfo.types import ArrayType, Member, QualifiedType, StructType, Type, Typedef

FindBase = Callable[[bytes, int], int | None]
"""The address of a virtual base, by the expression for it and the address of the object that has it; None where the
object doesn't tell."""

_DEEPEST = 32
"""Levels of members and bases that are looked at; corrupt types may be parts of themselves."""


def placed(type_: Type, address: int, find: FindBase) -> Type:
    """The type of the object at `address` with its virtual bases, and those of its members, where they are in it.

    Of a base class with virtual bases only the part that is its own is left. A virtual base that isn't found, or
    doesn't lie in the object, stays what it was.
    """
    return _placed(type_, address, find, 0)


def has_virtual_bases(type_: Type) -> bool:
    """Whether an object of this type has a virtual base anywhere in it."""
    return _has_virtual_bases(type_, 0)


def _has_virtual_bases(type_: Type, depth: int) -> bool:
    plain = type_.strip()
    if depth > _DEEPEST:
        return False
    if isinstance(plain, ArrayType):
        return _has_virtual_bases(plain.element, depth + 1)
    if not isinstance(plain, StructType) or not plain.is_cplusplus or plain.keyword == "union":
        return False
    return any(member.is_virtual_base or _has_virtual_bases(member.type, depth + 1) for member in plain.members)


def _placed(type_: Type, address: int, find: FindBase, depth: int) -> Type:
    if depth > _DEEPEST or not has_virtual_bases(type_):
        return type_
    match type_:
        case StructType():
            return _whole(type_, address, find, depth)
        case ArrayType():  # where the first element has them, all have
            return type_.of(_placed(type_.element, address, find, depth + 1))
        case Typedef():
            return replace(type_, resolve=_constant(_placed(type_.target, address, find, depth + 1)))
        case QualifiedType():
            return QualifiedType(_constant(_placed(type_.target, address, find, depth + 1)), type_.qualifier)
        case _:
            return type_


def _whole(struct: StructType, address: int, find: FindBase, depth: int) -> StructType:
    """A complete object, virtual bases last."""
    seen = _Virtual(address, struct.size, find)
    seen.look(struct, address, depth)
    own = (_own_member(member, address, find, depth) for member in struct.members if not member.is_virtual_base)
    members = (*own, *seen.found.values())
    return replace(struct, read_members=lambda: (*members, *struct.static_members))


def _own_member(member: Member, address: int, find: FindBase, depth: int) -> Member:
    if member.is_base:
        return _with_type(member, _without_virtual_bases(member.type, depth + 1))
    at = address + member.offset
    return _with_type(member, _placed(member.type, at, find, depth + 1)) if member.bits is None else member


def _without_virtual_bases(type_: Type, depth: int) -> Type:
    """A base class as it lies in another object: what its virtual bases take up behind it in one of its own isn't
    there."""
    struct = type_.strip()
    if depth > _DEEPEST or not isinstance(struct, StructType) or not has_virtual_bases(struct):
        return type_
    members = tuple(
        _with_type(member, _without_virtual_bases(member.type, depth + 1)) if member.is_base else member
        for member in struct.members
        if not member.is_virtual_base
    )
    size = max((member.offset + member.type.strip().size for member in members), default=0)
    return replace(struct, read_members=lambda: (*members, *struct.static_members), size=min(size, struct.size))


@dataclass
class _Virtual:
    """The virtual bases of the complete object of `size` bytes at `start`, by their names."""

    start: int
    size: int
    find: FindBase
    found: dict[str, Member] = field(default_factory=dict)

    def look(self, struct: StructType, address: int | None, depth: int) -> None:
        """Adds those that a part of the object has; its address is None where that isn't known."""
        if depth > _DEEPEST:
            return
        for member in struct.members:
            base = member.type.strip()
            if not member.is_base or not isinstance(base, StructType):
                continue
            at = None if address is None else address + member.offset
            if member.is_virtual_base:
                if base.spelling in self.found:
                    continue
                at = self._address(member, base, address)
                self.found[base.spelling] = self._at(member, base, at, depth)
            self.look(base, at, depth + 1)

    def _address(self, member: Member, base: StructType, address: int | None) -> int | None:
        if address is None or member.place is None:
            return None
        at = self.find(member.place, address)
        size = _without_virtual_bases(base, 0).size
        return at if at is not None and self.start <= at and at + size <= self.start + self.size else None

    def _at(self, member: Member, base: StructType, at: int | None, depth: int) -> Member:
        typed = _with_type(member, _without_virtual_bases(base, depth + 1))
        return typed if at is None else replace(typed, offset=at - self.start, is_virtual_base=False)


def _with_type(member: Member, type_: Type) -> Member:
    return replace(member, resolve=_constant(type_))


def _constant(type_: Type) -> Callable[[], Type]:
    return lambda: type_
