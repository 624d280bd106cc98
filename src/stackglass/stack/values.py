"""Bytes to values, by type, as C and C++ would write them.

What a pointer leads to is asked of a callback, so that nothing here needs to know where memory comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from stackglass.debuginfo.types import (
    ArrayType,
    BaseType,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    PointerType,
    QualifiedType,
    ReferenceType,
    StructType,
    Type,
    Typedef,
    UnspecifiedType,
)
from stackglass.model import Field, Pointee
from stackglass.stack.numbers import (
    BFLOAT16,
    BINARY128,
    DOUBLE_PAIR,
    X87_EXTENDED,
    ByteOrder,
    FloatFormat,
    character,
    enumerator,
    floating,
    text,
)

FindPointee = Callable[[int, Type | None], Pointee | None]
"""What lies at an address, given the type that a pointer says is there (None where it doesn't say)."""

_MOST_SHOWN = 16
"""Elements or members that a value spells out; the rest is '...'."""
_MOST_FIELDS = 256
_DEEPEST = 8
"""Levels of nesting that are decoded; nobody reads deeper, and corrupt types may nest without end."""


class Decoded(NamedTuple):
    """A value in words, what it points to, and its parts."""

    value: str | None
    points_to: Pointee | None = None
    fields: tuple[Field, ...] = ()


UNKNOWN = Decoded(None)


class Decoder:
    """Decodes bytes in memory order. `find_pointee` says what pointers lead to."""

    def __init__(
        self, byte_order: ByteOrder, find_pointee: FindPointee, *, virtual_in_adjustment: bool = False
    ) -> None:
        """`virtual_in_adjustment` as in `Isa`."""
        self._virtual_in_adjustment = virtual_in_adjustment
        self._order = byte_order
        self._find_pointee = find_pointee

    def decode(self, type_: Type, data: bytes, depth: int = 0) -> Decoded:
        """The value of type `type_` that `data` begins with; UNKNOWN if the bytes don't suffice or say nothing."""
        plain = type_.strip()
        if len(data) < plain.size or depth > _DEEPEST:
            return UNKNOWN
        data = data[: plain.size] if plain.size else data
        match plain:
            case PointerType() | ReferenceType():
                return self._pointer(plain, data)
            case ArrayType():
                return self._array(plain, data, depth)
            case StructType():
                return self._struct(plain, data, depth)
            case MemberPointerType():
                return self._member_pointer(plain, data)
            case EnumType():
                return Decoded(self._enum(plain, self._integer(data, signed=plain.is_signed)))
            case UnspecifiedType() if data:
                return Decoded("nullptr" if not any(data) else None)
            case BaseType() if data:
                return Decoded(self._base(plain, data, prefix_of(type_)))
        return UNKNOWN

    def _integer(self, data: bytes, *, signed: bool) -> int:
        return int.from_bytes(data, self._order, signed=signed)

    def _base(self, type_: BaseType, data: bytes, prefix: str | None) -> str | None:
        match type_.encoding:
            case "float":
                return floating(data, self._order, float_format(type_))
            case "complex":
                return self._complex(type_, data)
            case "bool":
                number = self._integer(data, signed=False)
                return {0: "false", 1: "true"}.get(number, str(number))
        return self._number(type_, self._integer(data, signed=is_signed(type_)), prefix)

    def _number(self, type_: BaseType, number: int, prefix: str | None) -> str:
        if prefix is not None:
            return character(number & ((1 << 8 * type_.size) - 1), prefix)
        return hex(number) if type_.encoding == "address" else str(number)

    def _complex(self, type_: BaseType, data: bytes) -> str | None:
        half = len(data) // 2
        parts = [floating(part, self._order, _format(type_, half)) for part in (data[:half], data[half:])]
        if parts[0] is None or parts[1] is None:
            return None
        sign = "-" if parts[1].startswith("-") else "+"
        return f"{parts[0]} {sign} {parts[1].removeprefix('-')}i"

    def _enum(self, type_: EnumType, number: int) -> str:
        named = enumerator(number, type_.enumerators)
        if not type_.is_scoped or type_.name is None or named[:1].isdigit() or named.startswith("-"):
            return named
        return " | ".join(part if part[:1].isdigit() else f"{type_.name}::{part}" for part in named.split(" | "))

    def _pointer(self, type_: PointerType | ReferenceType, data: bytes) -> Decoded:
        address = self._integer(data, signed=False)
        return Decoded(hex(address), self._find_pointee(address, type_.target))

    def _member_pointer(self, type_: MemberPointerType, data: bytes) -> Decoded:
        """A data member's is its offset, -1 for null; a function's an address, or an offset into the virtual table.

        Itanium C++ ABI 2.3: that is told by the address's lowest bit, on ARM by that of the adjustment behind it.
        """
        if isinstance(type_.target.strip(), FunctionType):
            half = len(data) // 2
            address, adjustment = (self._integer(each, signed=False) for each in (data[:half], data[half:]))
            tells = adjustment if self._virtual_in_adjustment else address
            if tells & 1:
                offset = address if self._virtual_in_adjustment else address - 1
                return Decoded(f"virtual function at offset {offset}")
            if not address:
                return Decoded("nullptr")
            return Decoded(hex(address), self._find_pointee(address, type_.target))
        offset = self._integer(data, signed=True)
        if offset == -1:
            return Decoded("nullptr")
        owner = type_.owner().strip()
        members = owner.members if isinstance(owner, StructType) else ()
        name = next((m.name for m in members if m.offset == offset and m.name and not m.is_base), None)
        return Decoded(f"&{owner.spelling}::{name}" if name else f"offset {offset}")

    def _array(self, type_: ArrayType, data: bytes, depth: int) -> Decoded:
        element, size = type_.target, type_.stride or type_.target.size
        count = len(data) // size if size else 0
        prefix = prefix_of(element)
        if prefix is not None and not type_.is_vector:
            codes = (self._integer(data[i : i + size], signed=False) for i in range(0, count * size, size))
            return Decoded(text(codes, prefix))
        fields = tuple(
            self._field(f"[{index}]", element, index * size, data, depth) for index in range(min(count, _MOST_FIELDS))
        )
        shown = [field.value if field.value is not None else "?" for field in fields[:_MOST_SHOWN]]
        return Decoded(_braces(shown, count), None, fields)

    def _field(self, name: str, type_: Type, offset: int, data: bytes, depth: int) -> Field:
        size = type_.strip().size
        decoded = self.decode(type_, data[offset : offset + size], depth + 1)
        return Field(name, type_.spelling, offset, size, decoded.value, decoded.points_to, decoded.fields)

    def _struct(self, type_: StructType, data: bytes, depth: int) -> Decoded:
        fields = tuple(self._members(type_, data, depth))
        return Decoded(in_braces(fields), None, fields)

    def _members(self, type_: StructType, data: bytes, depth: int) -> Iterator[Field]:
        for member in type_.members[:_MOST_FIELDS]:
            name = member.type.spelling if member.is_base else member.name or ""
            if member.is_virtual_base:  # the object doesn't tell where it lies
                yield Field(name, member.type.spelling, 0, 0, None, is_base=True)
                continue
            if member.bits is not None:
                yield self._bit_field(name, member, member.bits, data)
            else:
                field = self._field(name, member.type, member.offset, data, depth)
                yield replace(field, is_base=True) if member.is_base else field

    def _bit_field(self, name: str, member: Member, bits: tuple[int, int], data: bytes) -> Field:
        start, width = bits
        first, last = start // 8, (start + width - 1) // 8
        whole = data[first : last + 1]
        if len(whole) < last + 1 - first or not width:
            return Field(name, member.type.spelling, first, 0, None, bits=(0, width))
        shift = start - 8 * first if self._order == "little" else 8 * len(whole) - (start - 8 * first) - width
        number = self._integer(whole, signed=False) >> shift & ((1 << width) - 1)
        plain = member.type.strip()
        if is_signed(plain) and number >> (width - 1):
            number -= 1 << width
        value = self._bits_value(plain, number)
        return Field(name, member.type.spelling, first, len(whole), value, bits=(shift, width))

    def _bits_value(self, type_: Type, number: int) -> str:
        if isinstance(type_, EnumType):
            return self._enum(type_, number)
        if isinstance(type_, BaseType) and type_.encoding == "bool":
            return {0: "false", 1: "true"}.get(number, str(number))
        return str(number)


def is_signed(type_: Type) -> bool:
    """Whether an integer type has negative numbers."""
    if isinstance(type_, EnumType):
        return type_.is_signed
    return isinstance(type_, BaseType) and type_.encoding in ("signed", "signed char")


def prefix_of(type_: Type) -> str | None:
    """'' for a plain char, 'L', 'u', 'U' or 'u8' for the wide and Unicode ones, None for what isn't a character.

    signed char and unsigned char (so int8_t and uint8_t too) are numbers: a plain char is for text, they are not.
    """
    while isinstance(type_, Typedef | QualifiedType):
        if isinstance(type_, Typedef) and type_.name in _PREFIXES:
            return _PREFIXES[type_.name]
        type_ = type_.target
    return _PREFIXES.get(type_.name) if isinstance(type_, BaseType) else None


_PREFIXES = {"char": "", "wchar_t": "L", "char16_t": "u", "char32_t": "U", "char8_t": "u8"}


def float_format(type_: BaseType) -> FloatFormat | None:
    """The format of a floating-point type that isn't told by its size alone."""
    return _format(type_, type_.size)


def _format(type_: BaseType, size: int) -> FloatFormat | None:
    if "bf16" in type_.name:
        return BFLOAT16
    if type_.long_double is not None:
        return X87_EXTENDED if type_.long_double == "x87" else DOUBLE_PAIR
    return BINARY128 if size > 8 else None


def in_braces(fields: Sequence[Field]) -> str:
    """The value of a struct or an array by its parts: '{.x = 1, .y = ?}', a question mark for what isn't known."""
    return _braces([_designated(field) for field in fields[:_MOST_SHOWN]], len(fields))


def _designated(field: Field) -> str:
    value = field.value if field.value is not None else "?"
    return f".{field.name} = {value}" if field.name.isidentifier() else value


def _braces(shown: list[str], count: int) -> str:
    return "{" + ", ".join([*shown, "..."] if count > len(shown) else shown) + "}"
