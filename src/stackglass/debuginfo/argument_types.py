"""A C or C++ type as argument passing sees it: a scalar, or an aggregate with its members flattened."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.debuginfo.types import (
    ArrayType,
    BaseType,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    PointerType,
    ReferenceType,
    StructType,
    Type,
    UnspecifiedType,
)
from stackglass.isa.table import ArgumentType

_LARGEST_FLATTENED = 64
"""No ABI here passes more bytes than these in registers: what lies in them doesn't matter beyond."""
_WIDEST_ALIGNMENT = 16
_BYTE = ArgumentType("integer", 1, 1)
_EXTENDED = ("long double", "_Float64x", "__float80")
"""16-byte floating-point types that are the x87's 80 bits; the others are IEEE quads."""


def argument_type(type_: Type) -> ArgumentType:
    """What the ABI sees of a type. Alignments that DWARF leaves out are the natural ones."""
    stripped = type_.strip()
    align = type_.alignment or stripped.alignment
    if stripped.by_address:
        return ArgumentType("memory", stripped.size, align or 1)
    if isinstance(stripped, BaseType) and stripped.encoding == "complex":
        return _complex(stripped)
    scalar = _scalar(stripped)
    if scalar is not None:
        return scalar if align is None else ArgumentType(scalar.kind, scalar.size, align)
    members = tuple(_flat(stripped, 0)) if stripped.size <= _LARGEST_FLATTENED else ((0, _BYTE),)
    return ArgumentType("aggregate", stripped.size, align or _alignment(stripped), members)


def _complex(base: BaseType) -> ArgumentType:
    half = base.size // 2
    if half > 8 and "128" not in base.name:
        return ArgumentType("complex long double", base.size, half)
    part = ArgumentType("float", half, half) if "int" not in base.name else ArgumentType("integer", half, half)
    return ArgumentType("aggregate", base.size, half, ((0, part), (half, part)))


def _scalar(stripped: Type) -> ArgumentType | None:
    """A type that is passed as one value; None for structs, unions, arrays and pointers to member functions."""
    size = stripped.size
    if isinstance(stripped, BaseType):
        extended = size > 8 and stripped.encoding == "float" and stripped.name in _EXTENDED
        kind = "long double" if extended else "float" if stripped.encoding == "float" else "integer"
        return ArgumentType(kind, size, min(size, _WIDEST_ALIGNMENT))  # type: ignore[arg-type]
    if isinstance(stripped, MemberPointerType):
        return None if isinstance(stripped.target.strip(), FunctionType) else ArgumentType("integer", 8, 8)
    if isinstance(stripped, (PointerType, ReferenceType, EnumType)):
        return ArgumentType("integer", size, size)
    if isinstance(stripped, ArrayType) and stripped.is_vector:
        return ArgumentType("float", size, size)
    if isinstance(stripped, UnspecifiedType) and stripped.name != "void":
        return ArgumentType("integer", 8, 8)  # decltype(nullptr)
    return None


def _flat(stripped: Type, offset: int) -> Iterator[tuple[int, ArgumentType]]:
    """(offset, scalar) of everything in a type, nested members included."""
    if isinstance(stripped, MemberPointerType):
        yield from ((offset, ArgumentType("integer", 8, 8)), (offset + 8, ArgumentType("integer", 8, 8)))
    elif isinstance(stripped, ArrayType) and not stripped.is_vector:
        for index in range(stripped.count or 0):
            yield from _inner(stripped.element, offset + index * stripped.element.size)
    elif isinstance(stripped, StructType):
        for member in stripped.members:
            yield from _bit_field(member, offset) if member.bits else _inner(member.type, offset + member.offset)


def _inner(type_: Type, offset: int) -> Iterator[tuple[int, ArgumentType]]:
    stripped = type_.strip()
    if isinstance(stripped, BaseType) and stripped.encoding == "complex":
        half = stripped.size // 2
        kind = "long double" if half > 8 and "128" not in stripped.name else "float"
        part = ArgumentType(kind, half, half)  # type: ignore[arg-type]
        yield from ((offset, part), (offset + half, part))
        return
    scalar = _scalar(stripped)
    if scalar is None:
        yield from _flat(stripped, offset)
    else:
        yield offset, scalar


def _bit_field(member: Member, offset: int) -> Iterator[tuple[int, ArgumentType]]:
    """A byte of integer at each byte that the bit-field touches: no alignment is asked of it."""
    assert member.bits is not None
    first, width = member.bits
    for byte in range(first // 8, (first + width + 7) // 8):
        yield offset + byte, _BYTE


def _alignment(stripped: Type) -> int:
    """An aggregate's natural alignment: its strictest member's, as far as the size allows (not in a packed one)."""
    align = max(_strictest(stripped), 1)
    while stripped.size % align:
        align //= 2
    return align


def _strictest(type_: Type) -> int:
    stripped = type_.strip()
    if type_.alignment or stripped.alignment:
        return type_.alignment or stripped.alignment or 1
    if isinstance(stripped, StructType):
        return max((_strictest(member.type) for member in stripped.members), default=1)
    if isinstance(stripped, ArrayType) and not stripped.is_vector:
        return _strictest(stripped.element)
    if isinstance(stripped, MemberPointerType):
        return 8
    return min(max(stripped.size // (2 if _is_complex(stripped) else 1), 1), _WIDEST_ALIGNMENT)


def _is_complex(stripped: Type) -> bool:
    return isinstance(stripped, BaseType) and stripped.encoding == "complex"
