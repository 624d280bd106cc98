"""What the names in an expression stand for: the scope that knows them, and the operands that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from stackglass.errors import ExpressionError
from stackglass.recording.arithmetic import (
    Number,
    Numeric,
    decode,
)
from stackglass.recording.data_model import DataModel
from stackglass.recording.shapes import (
    PointerTo,
    Shape,
)

if TYPE_CHECKING:
    from stackglass.debuginfo.types import Type


class Found(NamedTuple):
    """What a name means: a variable in memory (`address`), or one that has `data` and no address."""

    type: Type | Shape
    address: int | None = None
    data: bytes | None = None


class Scope(Protocol):
    """The names that an expression may use at a moment."""

    @property
    def model(self) -> DataModel:
        """What the program's C makes of its types."""
        ...

    def variable(self, name: str) -> Found | None:
        """A variable, function or enumerator. ExpressionError where it has no value now; None if there is none."""
        ...

    def register(self, name: str) -> tuple[int, int] | None:
        """The value of a register and its size in bytes, at any of its widths; None if there is none."""
        ...

    def type_named(self, name: str) -> Type | Shape | None:
        """A type by its name, as 'size_t', 'struct point', 'ns::Stack'; None if there is none."""
        ...

    def names(self) -> list[str]:
        """The variables that may be named, for a message."""
        ...

    def virtual_base(self, place: bytes | None, address: int) -> int | None:
        """The address of the virtual base that the expression `place` leads to from the object; None if that doesn't
        tell."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Memory. UnreadableMemory if it is not all mapped."""
        ...


@dataclass(frozen=True, slots=True)
class Operand:
    """What an expression denotes: an object in memory, an object's bytes, or a computed `value`."""

    shape: Shape
    address: int | None = None
    data: bytes | None = None
    value: Numeric | None = None
    bits: tuple[int, int] | None = None
    """Of a bit-field: its offset in `data` and its width. Offsets count from the first byte's least significant bit on
    a little-endian machine, from its most significant bit on a big-endian one."""


def number_of(scope: Scope, operand: Operand) -> tuple[Numeric, Number | PointerTo]:
    """The value of a number or pointer, wherever it lies."""
    shape = operand.shape
    if not isinstance(shape, Number | PointerTo):
        raise ExpressionError(f"a {shape.spelling} is neither a number nor a pointer")
    if operand.value is not None:
        return operand.value, shape
    if operand.bits is not None:
        return _bit_field(operand, shape, scope.model.byte_order), shape
    data = bytes_of(scope, operand, shape.size if isinstance(shape, PointerTo) else shape.value_size)
    order = scope.model.byte_order
    return (int.from_bytes(data, order) if isinstance(shape, PointerTo) else decode(data, shape, order)), shape


def bytes_of(scope: Scope, operand: Operand, size: int) -> bytes:
    if operand.data is not None:
        if len(operand.data) < size:
            raise ExpressionError("only a part of its value is known")
        return operand.data[:size]
    if operand.address is None:
        raise ExpressionError("it has no value")
    return scope.read(operand.address, size)


def _bit_field(operand: Operand, shape: Number | PointerTo, order: Literal["little", "big"]) -> int:
    assert operand.bits is not None and operand.data is not None
    offset, width = operand.bits
    shift = offset if order == "little" else 8 * len(operand.data) - offset - width
    value = int.from_bytes(operand.data, order) >> shift & ((1 << width) - 1)
    is_negative = isinstance(shape, Number) and shape.kind == "signed" and value >> (width - 1)
    return value - (1 << width) if is_negative else value
