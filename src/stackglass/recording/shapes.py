"""What an expression's operands are made of: numbers, pointers, arrays, records, functions, whatever they are called.

`shape_of` sees through typedefs, qualifiers, enums and references of the debug information's types.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from stackglass.debuginfo.types import (
    ArrayType,
    BaseType,
    EnumType,
    FunctionType,
    Member,
    PointerType,
    ReferenceType,
    StructType,
    Type,
    UnspecifiedType,
)
from stackglass.recording.arithmetic import Number
from stackglass.stack.numbers import BINARY128, DOUBLE_PAIR, X87_EXTENDED
from stackglass.stack.values import float_format


@dataclass(frozen=True, slots=True)
class PointerTo:
    """A pointer; `target` None is void."""

    target: Type | Shape | None
    size: int = 8

    @property
    def spelling(self) -> str:
        """The type as C writes it."""
        target = self.target
        if isinstance(target, Type):
            return PointerType(lambda: target).spelling
        pointed = "void" if target is None else target.spelling
        return f"{pointed}*" if pointed.endswith("*") else f"{pointed} *"


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """An array; `count` None where the type does not say."""

    element: Type | Shape
    count: int | None
    size: int | None
    spelling: str


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A member at `offset` bytes; a bit-field is `bits` (offset, width) of the `storage` bytes there.

    Where a virtual base lies is told by `place`, an expression, and the object.
    """

    name: str | None
    type: Type | Shape
    offset: int
    bits: tuple[int, int] | None = None
    storage: int = 0
    place: bytes | None = None
    is_virtual_base: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A struct, union or class; `members` are asked for when one is named. Bases are members without a name."""

    members: Callable[[], Sequence[MemberOf]]
    size: int | None
    spelling: str


@dataclass(frozen=True, slots=True)
class Code:
    """A function."""

    spelling: str
    size: None = None


@dataclass(frozen=True, slots=True)
class ReferenceTo:
    """A C++ reference: an address that is dereferenced wherever it is named."""

    target: Type
    size: int
    spelling: str


@dataclass(frozen=True, slots=True)
class Void:
    """No value at all."""

    spelling: Literal["void"] = "void"
    size: None = None


Shape = Number | PointerTo | ArrayOf | Record | Code | ReferenceTo | Void


def path_to(record: Record, name: str) -> tuple[MemberOf, ...]:
    """The member of that name, behind the anonymous members and bases that it is in; empty if there is none."""
    members = record.members()
    for member in members:
        if member.name == name:
            return (member,)
    for member in members:
        inner = shape_of(member.type) if not member.name else None
        found = path_to(inner, name) if isinstance(inner, Record) else ()
        if found:
            return (member, *found)
    return ()


def path_to_base(record: Record, base: Record) -> tuple[MemberOf, ...]:
    """The bases that lead from a class to one that it is derived from; empty if it is not."""
    for member in record.members():
        inner = shape_of(member.type) if not member.name else None
        if isinstance(inner, Record):
            if inner.spelling == base.spelling:
                return (member,)
            if further := path_to_base(inner, base):
                return (member, *further)
    return ()


def shape_of(type_: Type | Shape) -> Shape:
    """What a type of the debug information is made of; a shape is its own."""
    if not isinstance(type_, Type):
        return type_
    stripped = type_.strip()
    spelling, size = type_.spelling, stripped.size or None
    match stripped:
        case BaseType():
            return _number(stripped, spelling)
        case EnumType():
            return Number(spelling, stripped.size, "signed" if stripped.is_signed else "unsigned")
        case PointerType():
            return PointerTo(_pointed(stripped.target), stripped.size)
        case ReferenceType():
            return ReferenceTo(stripped.target, stripped.size, spelling)
        case ArrayType():
            return ArrayOf(stripped.target, stripped.count, size, spelling)
        case StructType():
            return Record(lambda: tuple(map(_member, stripped.members)), size, spelling)
        case FunctionType():
            return Code(spelling)
        case UnspecifiedType() if "nullptr" in stripped.name:
            return PointerTo(None)
        case _:
            return Void()


def _number(type_: BaseType, spelling: str) -> Shape:
    match type_.encoding:
        case "signed" | "signed char":
            return Number(spelling, type_.size, "signed")
        case "unsigned" | "unsigned char" | "utf" | "address":
            return Number(spelling, type_.size, "unsigned")
        case "bool":
            return Number(spelling, type_.size, "bool")
        case "float" if type_.size in (4, 8):
            return Number(spelling, type_.size, "float")
        case "float" if (wide := float_format(type_)) in (X87_EXTENDED, BINARY128, DOUBLE_PAIR):
            return Number(spelling, type_.size, "float", wide)
    return Record(tuple, type_.size, spelling)  # complex, or a float of another format: it can be named and sized


def _pointed(target: Type) -> Type | None:
    stripped = target.strip()
    return None if isinstance(stripped, UnspecifiedType) else target


def _member(member: Member) -> MemberOf:
    if member.is_virtual_base:
        return MemberOf(member.name, member.type, 0, place=member.place, is_virtual_base=True)
    if member.bits is None:
        return MemberOf(member.name, member.type, member.offset)
    first, width = member.bits
    start = first // 8
    return MemberOf(member.name, member.type, start, (first - start * 8, width), (first + width + 7) // 8 - start)
