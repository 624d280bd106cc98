"""The types of a program's variables, as DWARF tells them, with their C and C++ spellings.

What a type refers to is resolved when it is first asked for: types may be circular (a list's node points to itself).
Sizes are in bytes; 0 where a type has none or where it isn't known (void, functions, incomplete types, arrays whose
length is only known at run time).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from stackglass.errors import BadDebugInfo
from stackglass.isa.table import LongDouble

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Entry

Encoding = Literal["signed", "unsigned", "bool", "float", "signed char", "unsigned char", "utf", "complex", "address"]
"""How a base type's bits are to be read (DW_ATE)."""


class Type:
    """What all types have: `size` in bytes and `spelling` as C or C++ writes it."""

    if TYPE_CHECKING:
        size: int
    alignment: int | None = None
    """As an alignas or an attribute asked for, where DWARF tells it."""

    @property
    def spelling(self) -> str:
        """The type's name as one would write it in a declaration without the variable: 'int (*)(int)'."""
        try:
            return self.declare("")
        except RecursionError:
            raise BadDebugInfo("a type is made of itself", section=".debug_info") from None

    def declare(self, name: str) -> str:
        """A declaration of `name` with this type: 'char name[20]', 'int (*name)(int)'."""
        raise NotImplementedError

    @property
    def by_address(self) -> bool:
        """Whether it is passed by hidden reference: only C++ classes are."""
        return False

    def strip(self) -> Type:
        """The type itself, behind typedefs and qualifiers."""
        return self

    def __str__(self) -> str:
        return self.spelling


@dataclass(frozen=True, eq=False)
class BaseType(Type):
    """A type that the language has by itself: int, char, double, bool."""

    name: str
    size: int
    encoding: Encoding
    long_double: LongDouble = None
    """What its format is, or that of its parts, if not IEEE's of that size."""

    def declare(self, name: str) -> str:
        return _joined(self.name, name)


@dataclass(frozen=True, eq=False)
class UnspecifiedType(Type):
    """void, or C++'s decltype(nullptr)."""

    name: str = "void"
    size: int = 0

    def declare(self, name: str) -> str:
        return _joined(self.name, name)


VOID = UnspecifiedType()


@dataclass(frozen=True, eq=False)
class _Derived(Type):
    """A type made from another one, which is found when it is asked for."""

    resolve: Callable[[], Type] = field(repr=False)

    @cached_property
    def target(self) -> Type:
        """The type that it is made from: what is pointed at, an array's element, what a typedef stands for."""
        return self.resolve()


@dataclass(frozen=True, eq=False)
class PointerType(_Derived):
    """A pointer to `target`; that of void * is VOID."""

    size: int = 8

    def declare(self, name: str) -> str:
        return self.target.declare(_bound("*", name, self.target))


@dataclass(frozen=True, eq=False)
class ReferenceType(_Derived):
    """A C++ reference to `target`, an rvalue reference if `is_rvalue`; it is kept as an address of `size` bytes."""

    size: int = 8
    is_rvalue: bool = False

    def declare(self, name: str) -> str:
        return self.target.declare(_bound("&&" if self.is_rvalue else "&", name, self.target))


@dataclass(frozen=True, eq=False)
class MemberPointerType(_Derived):
    """A C++ pointer to a member of `owner`; `target` is the member's type."""

    owner: Callable[[], Type] = field(repr=False)
    size: int = 8

    def declare(self, name: str) -> str:
        return self.target.declare(_bound(f"{self.owner().spelling}::*", name, self.target))


@dataclass(frozen=True, eq=False)
class Bound:
    """An array's length that is computed at run time: by an `expression`, or kept in the variable `variable`.

    The value is the array's highest index, or its number of elements if `is_count`.
    """

    expression: bytes | None
    variable: Entry | None
    is_count: bool
    lower: int = 0

    def count(self, value: int) -> int:
        """The number of elements, given what the expression or the variable yields."""
        return max(value if self.is_count else value - self.lower + 1, 0)


@dataclass(frozen=True, eq=False)
class ArrayType(_Derived):
    """An array of `target`, the element type; of several dimensions it is an array of arrays.

    `count` is None for a flexible array (no length at all) and for one whose `bound` has yet to be evaluated.
    """

    count: int | None = None
    bound: Bound | None = None
    is_vector: bool = False
    """A vector of GCC's vector extension: kept in a vector register."""
    stride: int | None = None

    @property
    def element(self) -> Type:
        """The type of one element."""
        return self.target

    @property
    def size(self) -> int:  # type: ignore[override]
        """Bytes of all elements; 0 where their number isn't known."""
        return (self.count or 0) * (self.stride or self.target.size)

    def declare(self, name: str) -> str:
        unknown = "" if self.bound is None else "?"
        count = unknown if self.count is None else str(self.count)
        if self.is_vector:
            return _joined(f"{self.target.spelling} __attribute__((vector_size({self.size})))", name)
        return self.target.declare(f"{name}[{count}]")

    @property
    def has_unknown_length(self) -> bool:
        """Whether it, or an element, has a length that is decided at run time and isn't known."""
        element = self.target.strip()
        return (self.count is None and self.bound is not None) or (
            isinstance(element, ArrayType) and element.has_unknown_length
        )

    def with_count(self, count: int) -> ArrayType:
        """The same with the number of elements known."""
        return ArrayType(self.resolve, count, None, self.is_vector, self.stride)

    def of(self, element: Type) -> ArrayType:
        """The same with another element type."""
        return ArrayType(lambda: element, self.count, self.bound, self.is_vector, None)


@dataclass(frozen=True, eq=False)
class Member:
    """A member of a struct, union or class. `name` is None for an anonymous struct or union, and for a base class.

    A bit-field has `bits`: (offset of its lowest bit from the whole's start, in bits; width in bits). Offsets count
    from the least significant bit of the byte at the lowest address, on a little-endian machine.
    """

    name: str | None
    resolve: Callable[[], Type] = field(repr=False)
    offset: int
    bits: tuple[int, int] | None = None
    is_base: bool = False
    is_virtual_base: bool = False
    """A base class whose place the object's table of virtual functions tells; `offset` says nothing."""
    artificial: bool = False
    """Made by the compiler: the pointer to the table of virtual functions."""
    alignment: int | None = None
    """As an alignas or an attribute asked for, where DWARF tells it."""
    place: bytes | None = field(default=None, repr=False)
    """Of a virtual base: the expression for its address, given the object's."""

    @cached_property
    def type(self) -> Type:
        """Its type."""
        return self.resolve()


@dataclass(frozen=True, eq=False)
class StaticMember:
    """A member that belongs to the class and not to its objects."""

    name: str
    resolve: Callable[[], Type] = field(repr=False)
    constant: int | bytes | None = None

    @cached_property
    def type(self) -> Type:
        """Its type."""
        return self.resolve()


@dataclass(frozen=True, eq=False)
class StructType(Type):
    """A struct, union or class; `name` is None for an anonymous one, and qualified in C++."""

    keyword: Literal["struct", "union", "class"]
    name: str | None
    size: int
    read_members: Callable[[], Sequence[Member | StaticMember]] = field(repr=False)
    is_complete: bool = True
    is_cplusplus: bool = False
    alignment: int | None = None
    copied_by_call: Callable[[], bool | None] = field(default=lambda: False, repr=False)
    """Whether copying or destroying an object takes a call of a function; None if that depends on its parts."""

    @cached_property
    def by_address(self) -> bool:
        """Whether C++ passes its objects by hidden reference, because they cannot be copied as bytes."""
        known = self.copied_by_call()
        return any(_element(member.type).by_address for member in self.members) if known is None else known

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The parts of an object, base classes first as DWARF lists them."""
        return tuple(member for member in self._all if isinstance(member, Member))

    @cached_property
    def static_members(self) -> tuple[StaticMember, ...]:
        """Members that objects don't hold."""
        return tuple(member for member in self._all if isinstance(member, StaticMember))

    @cached_property
    def _all(self) -> tuple[Member | StaticMember, ...]:
        return tuple(self.read_members())

    def declare(self, name: str) -> str:
        if self.name is None:
            return _joined(f"{self.keyword} {{...}}", name)
        return _joined(self.name if self.is_cplusplus else f"{self.keyword} {self.name}", name)


@dataclass(frozen=True, eq=False)
class EnumType(Type):
    """An enumeration; `target` is the integer type that it is kept in, where DWARF tells it."""

    name: str | None
    size: int
    enumerators: tuple[tuple[str, int], ...] = field(repr=False)
    is_scoped: bool = False
    """enum class: an enumerator is written with the enumeration's name before it."""
    is_signed: bool = False
    is_cplusplus: bool = False

    def declare(self, name: str) -> str:
        if self.name is None:
            return _joined("enum {...}", name)
        return _joined(self.name if self.is_cplusplus else f"enum {self.name}", name)


@dataclass(frozen=True, eq=False)
class Typedef(_Derived):
    """Another name for `target`."""

    name: str = ""

    @property
    def size(self) -> int:  # type: ignore[override]
        """That of what it stands for."""
        return self.target.size

    def declare(self, name: str) -> str:
        return _joined(self.name, name)

    def strip(self) -> Type:
        return _stripped(self)


@dataclass(frozen=True, eq=False)
class QualifiedType(_Derived):
    """`target` with a qualifier: 'const', 'volatile', 'restrict' or '_Atomic'."""

    qualifier: str = "const"

    @property
    def size(self) -> int:  # type: ignore[override]
        """That of the type without it."""
        return self.target.size

    def declare(self, name: str) -> str:
        qualifiers = {self.qualifier}
        target = self.target
        while isinstance(target, QualifiedType):
            qualifiers.add(target.qualifier)
            target = target.target
        qualifiers -= _qualifiers_of_elements(target)
        words = " ".join(qualifier for qualifier in _QUALIFIERS if qualifier in qualifiers)
        if not words:
            return target.declare(name)
        if isinstance(target, PointerType | ReferenceType | MemberPointerType):
            return target.declare(_joined(words, name))
        return f"{words} {target.declare(name)}"

    def strip(self) -> Type:
        return _stripped(self)


def _qualifiers_of_elements(type_: Type) -> set[str]:
    """Those of an array's elements, which are the array's own too (C17 6.7.3): compilers may tell them twice."""
    if not isinstance(type_, ArrayType):
        return set()
    while isinstance(type_, ArrayType):
        type_ = type_.target
    found = set()
    while isinstance(type_, QualifiedType):
        found.add(type_.qualifier)
        type_ = type_.target
    return found


@dataclass(frozen=True, eq=False)
class FunctionType(Type):
    """A function type; `read` gives (result, parameters), VOID for no result."""

    read: Callable[[], tuple[Type, tuple[Type, ...]]] = field(repr=False)
    is_variadic: bool = False
    is_prototyped: bool = True
    size: int = 0

    @cached_property
    def _signature(self) -> tuple[Type, tuple[Type, ...]]:
        return self.read()

    @property
    def result(self) -> Type:
        """What it returns."""
        return self._signature[0]

    @property
    def parameters(self) -> tuple[Type, ...]:
        """The types of its parameters."""
        return self._signature[1]

    def declare(self, name: str) -> str:
        parameters = [parameter.spelling for parameter in self.parameters]
        if self.is_variadic:
            parameters.append("...")
        text = ", ".join(parameters) or ("void" if self.is_prototyped else "")
        return self.result.declare(f"{name}({text})")


def is_empty(type_: Type, depth: int = 0) -> bool:
    """Whether it is a class, or an array of classes, that has no value in it: its bytes mean nothing."""
    plain = _element(type_)
    if not isinstance(plain, StructType) or not plain.is_complete or depth > _DEEPEST:
        return False
    return all(is_empty(member.type, depth + 1) for member in plain.members)


def resolved(type_: Type, value_of: Callable[[Bound], int | None]) -> Type:
    """`type_` with the lengths of arrays filled in that are only known at run time; `value_of` evaluates a bound.

    A bound whose value is None stays unknown. Looks through typedefs, qualifiers and elements, not through pointers.
    """
    match type_:
        case ArrayType():
            element = resolved(type_.target, value_of)
            array = type_ if element is type_.target else type_.of(element)
            value = value_of(array.bound) if array.bound is not None else None
            return array.with_count(array.bound.count(value)) if array.bound and value is not None else array
        case Typedef() | QualifiedType():
            target = resolved(type_.target, value_of)
            if target is type_.target:
                return type_
            return target if isinstance(type_, Typedef) else QualifiedType(lambda: target, type_.qualifier)
        case _:
            return type_


_DEEPEST = 32
"""Levels of members that are looked at; corrupt types may be parts of themselves."""

_QUALIFIERS = ("const", "volatile", "restrict", "_Atomic")
"""In the order in which they are written."""


def _element(type_: Type) -> Type:
    """What an array, of any dimensions, is made of; another type itself."""
    plain = type_.strip()
    while isinstance(plain, ArrayType):
        plain = plain.element.strip()
    return plain


def _joined(text: str, name: str) -> str:
    return f"{text} {name}" if name else text


def _bound(mark: str, name: str, target: Type) -> str:
    """`mark` before `name`, in parentheses where the target's own declarator binds tighter."""
    text = mark + name
    return f"({text})" if isinstance(target, ArrayType | FunctionType) and not _is_vector(target) else text


def _is_vector(type_: Type) -> bool:
    return isinstance(type_, ArrayType) and type_.is_vector


def _stripped(type_: Type) -> Type:
    seen = 0
    while isinstance(type_, Typedef | QualifiedType):
        type_ = type_.target
        seen += 1
        if seen > 256:
            return VOID
    return type_
