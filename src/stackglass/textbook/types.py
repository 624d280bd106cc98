"""C's types on the textbook machine: words and pointers of 4 bytes, nothing aligned to more than a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

WORD = 4
QUALIFIERS = ("const", "volatile", "restrict", "_Atomic")
"""In the order in which they are written."""


class Alias(NamedTuple):
    """The name that a typedef gives a type."""

    name: str
    type: CType


class CType:
    """A type. `size` and `align` are in bytes; 0 for what has no size (void, functions, incomplete types).

    `qualifiers`, `alias` and `aligned` say how it was declared. Types are equal if they are the same but for those;
    `composite` in declarations.py heeds qualifiers. Those of an array are its elements'.
    """

    size: int
    natural_align: int
    """As the kind of type has it; of a struct, as its definition says."""
    qualifiers: frozenset[str]
    alias: Alias | None
    aligned: int | None
    """What the declaration of an object or of a typedef says instead, or where the object lies does: less than the
    natural one for what is packed."""

    @property
    def align(self) -> int:
        """What addresses of objects of this type are multiples of."""
        return self.aligned or self.natural_align

    @property
    def spelling(self) -> str:
        """As a C programmer writes it."""
        return self.declare("")

    def declare(self, name: str) -> str:
        """A declaration of `name` with this type: 'int (*f)(void)'."""
        own = self.own_qualifiers
        if self.alias is not None:
            return _joined(*own, self.alias.name, name)
        if isinstance(self, Pointer):
            return self._declare(_joined(*own, name))
        return _joined(*own, self._declare(name))

    @property
    def own_qualifiers(self) -> list[str]:
        """Those that its typedef hasn't got already, in the order in which they are written."""
        known = self.alias.type.qualifiers if self.alias is not None else frozenset()
        return [one for one in QUALIFIERS if one in self.qualifiers - known]

    def _declare(self, name: str) -> str:
        """The same without qualifiers and alias."""
        raise NotImplementedError

    @property
    def is_integer(self) -> bool:
        """Whether it is an integer type, enumerations and _Bool among them."""
        return isinstance(self, Integer)

    @property
    def is_arithmetic(self) -> bool:
        """Whether it is an integer or a floating type."""
        return isinstance(self, Integer | Floating)

    @property
    def is_scalar(self) -> bool:
        """Whether it is a number or a pointer."""
        return isinstance(self, Integer | Floating | Pointer)


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(CType):
    """What every type has of how it was declared."""

    qualifiers: frozenset[str] = field(default=frozenset(), compare=False)
    alias: Alias | None = field(default=None, compare=False)
    aligned: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Void(Declared):
    """No value."""

    @property
    def size(self) -> int:  # type: ignore[override]
        return 0

    @property
    def natural_align(self) -> int:  # type: ignore[override]
        return 1

    def _declare(self, name: str) -> str:
        return f"void {name}".strip()


@dataclass(frozen=True, slots=True)
class Integer(Declared):
    """`rank` orders the types for the usual arithmetic conversions; `enumerators` are those of an enumeration."""

    name: str
    size: int
    signed: bool
    rank: int
    enumerators: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    @property
    def natural_align(self) -> int:  # type: ignore[override]
        return min(self.size, WORD)

    @property
    def low(self) -> int:
        """The least value."""
        return -(1 << 8 * self.size - 1) if self.signed else 0

    @property
    def high(self) -> int:
        """The greatest value."""
        return (1 << 8 * self.size - self.signed) - 1

    def wrap(self, value: int) -> int:
        """The value modulo 2 to the number of bits, in the type's range; for _Bool, whether it is not 0."""
        if self == BOOL:
            return int(value != 0)
        value &= (1 << 8 * self.size) - 1
        return value - (1 << 8 * self.size) if value > self.high else value

    def _declare(self, name: str) -> str:
        return f"{self.name} {name}".strip()


@dataclass(frozen=True, slots=True)
class Floating(Declared):
    """float, double, or long double, which is no wider than double here."""

    name: str
    size: int
    rank: int
    natural_align: int = WORD

    def _declare(self, name: str) -> str:
        return f"{self.name} {name}".strip()


@dataclass(frozen=True, slots=True)
class Pointer(Declared):
    """A pointer; an address of 4 bytes."""

    target: CType
    size: int = WORD
    natural_align: int = WORD

    def _declare(self, name: str) -> str:
        inner = f"*{name}"
        return self.target.declare(f"({inner})" if isinstance(self.target, Array | Function) else inner)


@dataclass(frozen=True, slots=True)
class Array(Declared):
    """An array; `count` is None while it is incomplete."""

    element: CType
    count: int | None

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.element.size * (self.count or 0)

    @property
    def natural_align(self) -> int:  # type: ignore[override]
        return self.element.align

    def _declare(self, name: str) -> str:
        return self.element.declare(f"{name}[{'' if self.count is None else self.count}]")


@dataclass(frozen=True, slots=True)
class VariableArray(Array):
    """An array whose size is computed (C11 6.7.6.2): `bytes_` is the variable of the frame that its size in bytes is
    kept in, None in a prototype."""

    bytes_: object = None

    def _declare(self, name: str) -> str:
        return self.element.declare(f"{name}[*]")


@dataclass(frozen=True, slots=True)
class Function(Declared):
    """A function; `parameters` is None where a declaration says nothing of them, as `int f()` does."""

    result: CType
    parameters: tuple[CType, ...] | None
    variadic: bool = False

    @property
    def size(self) -> int:  # type: ignore[override]
        return 0

    @property
    def natural_align(self) -> int:  # type: ignore[override]
        return 1

    def _declare(self, name: str) -> str:
        words = [parameter.spelling for parameter in self.parameters or ()] + ["..."] * self.variadic
        return self.result.declare(f"{name}({', '.join(words) or ('' if self.parameters is None else 'void')})")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a struct or union. A bit-field has `bits`, and `bit`, its lowest bit in the unit at `offset`."""

    name: str | None
    type: CType
    offset: int
    bit: int = 0
    bits: int | None = None
    span: int = 0
    """The bytes that a bit-field is read and written with, where these are not just its unit's: it is packed."""

    @property
    def unit(self) -> CType:
        """What its value is. The bits of a long long that lie in one word are bits of that word: the struct may end
        with it, and int is what they are promoted to (C11 6.3.1.1)."""
        if self.bits is None or not isinstance(self.type, Integer) or self.type.size <= WORD:
            return self.type
        if (0 if self.span else self.bit) + self.bits > 8 * WORD:
            return self.type
        return replace(INT if self.type.signed else UINT, qualifiers=self.type.qualifiers)

    @property
    def holder(self) -> CType:
        """What lies at `offset`: the unit, or for a packed bit-field an integer with room for its bytes."""
        if not self.span:
            return self.unit
        return UCHAR if self.span == 1 else replace(UINT if self.span <= WORD else ULLONG, aligned=1)


@dataclass(eq=False, slots=True)
class Shape:
    """What a struct or union is like. `members` is None while it is incomplete; the qualified types share it."""

    kind: str
    tag: str | None
    members: tuple[Member, ...] | None = None
    size: int = 0
    align: int = 1


@dataclass(frozen=True, slots=True)
class Record(Declared):
    """A struct or union. Two are the same only if they have one shape."""

    shape: Shape

    @property
    def kind(self) -> str:
        """'struct' or 'union'."""
        return self.shape.kind

    @property
    def members(self) -> tuple[Member, ...] | None:
        """None while it is incomplete."""
        return self.shape.members

    @property
    def size(self) -> int:  # type: ignore[override]
        return self.shape.size

    @property
    def natural_align(self) -> int:  # type: ignore[override]
        return self.shape.align

    def _declare(self, name: str) -> str:
        return f"{self.kind} {self.shape.tag or '{...}'} {name}".strip()

    def find(self, name: str) -> list[Member]:
        """The way to a member of that name through unnamed structs and unions; [] if there is none."""
        for member in self.members or ():
            if member.name == name:
                return [member]
            if member.name is None and isinstance(member.type, Record):
                inner = member.type.find(name)
                if inner:
                    return [member, *inner]
        return []

    def fillable(self) -> Iterator[Member]:
        """The members that an initialiser without designators fills, in order."""
        for member in self.members or ():
            if member.name is not None or isinstance(member.type, Record):
                yield member


def new_record(kind: str, tag: str | None) -> Record:
    """A struct or union that is like no other; incomplete."""
    return Record(Shape(kind, tag))


VOID = Void()
BOOL = Integer("_Bool", 1, False, 0)
CHAR = Integer("char", 1, True, 1)
SCHAR = Integer("signed char", 1, True, 1)
UCHAR = Integer("unsigned char", 1, False, 1)
SHORT = Integer("short", 2, True, 2)
USHORT = Integer("unsigned short", 2, False, 2)
INT = Integer("int", 4, True, 3)
UINT = Integer("unsigned int", 4, False, 3)
LONG = Integer("long", 4, True, 4)
ULONG = Integer("unsigned long", 4, False, 4)
LLONG = Integer("long long", 8, True, 5)
ULLONG = Integer("unsigned long long", 8, False, 5)
FLOAT = Floating("float", 4, 6)
DOUBLE = Floating("double", 8, 7)
LDOUBLE = Floating("long double", 8, 8)
CHAR_POINTER = Pointer(CHAR)
VOID_POINTER = Pointer(VOID)


def enumeration(tag: str | None, enumerators: tuple[tuple[str, int], ...], *, packed: bool = False) -> Integer:
    """The type of an enumeration: unsigned int, or int if an enumerator is negative, as gcc has it. A packed one is
    like the smallest type that holds all of them."""
    signed = any(value < 0 for _, value in enumerators)
    kinds = (SCHAR, SHORT, INT) if signed else (UCHAR, USHORT, UINT)
    fitting = (one for one in kinds if all(one.low <= value <= one.high for _, value in enumerators))
    like = next(fitting, kinds[-1]) if packed else kinds[-1]
    return Integer(f"enum {tag or '{...}'}", like.size, signed, like.rank, enumerators)


def promoted(type_: Integer) -> Integer:
    """The type after the integer promotions (C11 6.3.1.1)."""
    return (
        INT
        if type_.rank < INT.rank
        else UINT
        if type_.rank == 3 and not type_.signed
        else (INT if type_.rank == 3 else type_)
    )


def common_type(left: CType, right: CType) -> CType:
    """What the usual arithmetic conversions (C11 6.3.1.8) make of two arithmetic types."""
    floating = [one for one in (left, right) if isinstance(one, Floating)]
    if floating:
        return max(floating, key=lambda one: one.rank)
    assert isinstance(left, Integer) and isinstance(right, Integer)
    a, b = promoted(left), promoted(right)
    if a == b:
        return a
    high, _low = (a, b) if a.rank >= b.rank else (b, a)
    if a.signed == b.signed:
        return high
    unsigned, signed = (a, b) if not a.signed else (b, a)
    if unsigned.rank >= signed.rank:
        return unsigned
    if signed.size > unsigned.size:
        return signed
    return Integer("unsigned " + signed.name, signed.size, False, signed.rank)
