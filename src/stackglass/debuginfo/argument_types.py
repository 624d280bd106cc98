"""A C or C++ type as argument passing sees it: a scalar, or an aggregate with its members flattened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

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
from stackglass.isa import Isa
from stackglass.isa.passing import ArgumentType

_LARGEST_FLATTENED = 64
"""No ABI here passes more bytes than these in registers: of a larger type, an array's first element tells enough."""
_WIDEST_ALIGNMENT = 16


def argument_type(type_: Type, isa: Isa) -> ArgumentType:
    """What the ABI sees of a type. Alignments that DWARF leaves out are the natural ones."""
    return _Reader(isa).read(type_)


@dataclass(frozen=True, slots=True)
class _Reader:
    isa: Isa

    def read(self, type_: Type) -> ArgumentType:
        stripped = type_.strip()
        asked = type_.alignment or stripped.alignment
        found = self._scalar(stripped) or self._complex(stripped) or self._aggregate(stripped)
        if asked is None or asked == found.align:
            return found
        return replace(found, align=asked, natural_align=found.align)

    def _aggregate(self, stripped: Type) -> ArgumentType:
        if stripped.by_address:
            return ArgumentType("memory", stripped.size, self._alignment(stripped))
        members = tuple(self._flat(stripped, 0, whole=stripped.size <= _LARGEST_FLATTENED))
        align = self._alignment(stripped)
        is_union = isinstance(stripped, StructType) and stripped.keyword == "union"
        holds = _holds_union(stripped)
        return ArgumentType("aggregate", stripped.size, align, members, holds_union=holds, is_union=is_union)

    def _scalar(self, stripped: Type) -> ArgumentType | None:
        """A type that is passed as one value; None for the others."""
        size = stripped.size
        if isinstance(stripped, BaseType) and not _is_complex(stripped):
            is_float = stripped.encoding == "float"
            return self._aligned(
                "long double" if stripped.long_double == "x87" else "float" if is_float else "integer", size
            )
        if isinstance(stripped, MemberPointerType):
            return None if isinstance(stripped.target.strip(), FunctionType) else self._aligned("pointer", size)
        if isinstance(stripped, (PointerType, ReferenceType)):
            return self._aligned("pointer", size)
        if isinstance(stripped, EnumType):
            return self._aligned("integer", size)
        if isinstance(stripped, ArrayType) and stripped.is_vector:
            return ArgumentType("vector", size, self.isa.alignments.get(("vector", size), size))
        if isinstance(stripped, UnspecifiedType) and stripped.name != "void":
            return self._aligned("pointer", self.isa.word_size)  # decltype(nullptr)
        return None

    def _aligned(self, kind: Literal["integer", "pointer", "float", "long double"], size: int) -> ArgumentType:
        return ArgumentType(kind, size, self.isa.alignments.get((kind, size), min(size, _WIDEST_ALIGNMENT)))

    def _complex(self, stripped: Type) -> ArgumentType | None:
        if not isinstance(stripped, BaseType) or not _is_complex(stripped):
            return None
        half = stripped.size // 2
        is_float = stripped.encoding == "complex"
        part = self._aligned(
            "long double" if stripped.long_double == "x87" else "float" if is_float else "integer", half
        )
        return ArgumentType("complex", stripped.size, part.align, ((0, part), (half, part)))

    def _flat(self, stripped: Type, offset: int, *, whole: bool) -> Iterator[tuple[int, ArgumentType]]:
        """(offset, scalar) of everything in a type, nested members included; not `whole`: of one element an array."""
        if isinstance(stripped, MemberPointerType):
            part = self._aligned("pointer", stripped.size // 2)
            yield from ((offset, part), (offset + part.size, part))
        elif isinstance(stripped, ArrayType) and not stripped.is_vector:
            count = stripped.count or 0
            for index in range(count if whole else min(count, 1)):
                yield from self._inner(stripped.element, offset + index * stripped.element.size, whole=whole)
        elif isinstance(stripped, StructType):
            for member in stripped.members:
                if member.bits:
                    yield _bit_field(member, offset)
                else:
                    yield from self._inner(member.type, offset + member.offset, whole=whole)

    def _inner(self, type_: Type, offset: int, *, whole: bool) -> Iterator[tuple[int, ArgumentType]]:
        stripped = type_.strip()
        scalar = self._scalar(stripped)
        if scalar is not None:
            yield offset, scalar
            return
        pair = self._complex(stripped)
        if pair is not None:
            yield from ((offset + start, part) for start, part in pair.members)
        else:
            align = type_.alignment or stripped.alignment or self._alignment(stripped)
            yield from ((at, part.within(align)) for at, part in self._flat(stripped, offset, whole=whole))

    def _alignment(self, stripped: Type) -> int:
        """An aggregate's natural alignment: its strictest member's, as far as the size allows (not in a packed one)."""
        align = max(self._strictest_inside(stripped), 1)
        while stripped.size % align:
            align //= 2
        return align

    def _strictest_inside(self, stripped: Type) -> int:
        if isinstance(stripped, StructType):
            return max((member.alignment or self._strictest(member.type) for member in stripped.members), default=1)
        if isinstance(stripped, ArrayType) and not stripped.is_vector:
            return self._strictest(stripped.element)
        return self.isa.word_size if isinstance(stripped, MemberPointerType) else 1

    def _strictest(self, type_: Type) -> int:
        stripped = type_.strip()
        asked = type_.alignment or stripped.alignment
        if asked:
            return asked
        scalar = self._scalar(stripped) or self._complex(stripped)
        return scalar.align if scalar is not None else self._strictest_inside(stripped)


def _holds_union(type_: Type) -> bool:
    stripped = type_.strip()
    if isinstance(stripped, ArrayType):
        return _holds_union(stripped.element)
    if not isinstance(stripped, StructType):
        return False
    return stripped.keyword == "union" or any(_holds_union(member.type) for member in stripped.members)


def _is_complex(type_: BaseType) -> bool:
    """Whether it is a complex number; of integers gcc has some too, no encoding for them, and few names."""
    return type_.encoding == "complex" or type_.name.startswith(("complex ", "_Complex ", "__unknown__"))


def _bit_field(member: Member, offset: int) -> tuple[int, ArgumentType]:
    """An integer of the bytes that the bit-field touches: no alignment is asked of it."""
    assert member.bits is not None
    first, width = member.bits
    start, end = first // 8, (first + width + 7) // 8
    return offset + start, ArgumentType("integer", end - start, 1)
