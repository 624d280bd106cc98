"""C expressions with their types settled: every conversion written out, every name replaced by its place.

A node's `calls` says whether a call happens inside: no register but SP and FP survives one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stackglass.textbook.scope import FrameVariable, Static
from stackglass.textbook.types import CType


@dataclass(frozen=True, slots=True)
class InFrame:
    """The bytes at `offset` in a variable of a frame."""

    type: CType
    variable: FrameVariable
    offset: int = 0

    @property
    def calls(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class AtLabel:
    """The bytes at `offset` from a fixed address."""

    type: CType
    symbol: Static
    offset: int = 0

    @property
    def calls(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Pointed:
    """The bytes at `offset` from where a pointer leads."""

    type: CType
    pointer: Expression
    offset: int = 0

    @property
    def calls(self) -> bool:
        return self.pointer.calls


@dataclass(frozen=True, slots=True)
class BitField:
    """`bits` bits of an integer of type `type` at `unit`, from bit number `bit` on. `span` bytes of the unit are
    those of the field."""

    type: CType
    unit: Place
    bit: int
    bits: int
    span: int

    @property
    def calls(self) -> bool:
        return self.unit.calls


Place = InFrame | AtLabel | Pointed | BitField


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression's type."""

    type: CType
    calls: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", self._has_call())

    def _has_call(self) -> bool:
        return any(part.calls for part in self._parts())

    def _parts(self) -> Iterator[Expression | Place]:
        """The expressions and places that it is made of."""
        for name in type(self).__slots__:
            value = getattr(self, name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Expression | InFrame | AtLabel | Pointed | BitField):
                    yield part


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A constant."""

    value: int | float


@dataclass(frozen=True, slots=True)
class AddressOf(Expression):
    """Where a place is."""

    place: Place


@dataclass(frozen=True, slots=True)
class Read(Expression):
    """What a place holds. For structs the place itself stands for its value."""

    place: Place


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """'-' or '~' of an operand of the same type."""

    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """Arithmetic. Both operands have the result's type, but for the count of a shift, which is an int."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """A comparison of two operands of one type; the result is an int."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic(Expression):
    """'&&' or '||'; the result is an int."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Choice(Expression):
    """`condition ? yes : no`; `yes` is None for GNU's `condition ?: no`, whose condition has the result's type."""

    condition: Expression
    yes: Expression | None
    no: Expression


@dataclass(frozen=True, slots=True)
class Convert(Expression):
    """The operand in another type."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Assign(Expression):
    """Puts a value of the place's type there; its value is what the place holds then."""

    place: Place
    value: Expression


@dataclass(frozen=True, slots=True)
class Update(Expression):
    """`place op= value`, computed in `value`'s type (pointers as words); `post` gives what was there before."""

    place: Place
    op: str
    value: Expression
    computed_in: CType
    post: bool


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A call. `extra` are the arguments that a prototype's '...' takes; `result` is where a struct's value goes."""

    function: Expression
    arguments: tuple[Expression, ...]
    extra: tuple[Expression, ...] | None
    result: FrameVariable | None

    def _has_call(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Sequence(Expression):
    """Effects first, then a value: the comma operator."""

    first: Expression
    second: Expression


@dataclass(frozen=True, slots=True)
class Statements(Expression):
    """GNU C's ({ ... }): `emit` generates the statements, `value` stands for the last one's."""

    emit: Callable[[], Expression | None]

    def _has_call(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Initialise(Expression):
    """Fills a local as its initialiser says: zeroes, then each (offset's place, value); its value is none."""

    place: Place
    clear: bool
    assignments: tuple[Assign, ...]


@dataclass(frozen=True, slots=True)
class NextArgument(Expression):
    """va_arg: the next argument where the va_list at `list_` points to."""

    list_: Place


@dataclass(frozen=True, slots=True)
class Reserve(Expression):
    """Room of so many bytes for as long as the running function, or a block of it, lasts; its value is where."""

    bytes_: Expression


@dataclass(frozen=True, slots=True)
class VariableArguments(Expression):
    """va_start's value: where the running function's unnamed arguments are."""
