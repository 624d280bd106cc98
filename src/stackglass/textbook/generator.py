"""What all parts of the code generator share: operands that need no code, and values that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.textbook.instructions import Instruction, Label, Operand, Temporary, at, imm, mem, reg
from stackglass.textbook.tree import AddressOf, AtLabel, Convert, Expression, InFrame, Number, Place, Read
from stackglass.textbook.types import CType, Floating, Record
from stackglass.textbook.value_classes import class_of, is_aligned, move_of, plain_move

if TYPE_CHECKING:
    from stackglass.textbook.functions import FunctionCode

DEEPEST = 11
"""From this depth on, operands wait in temporaries. Registers above it are scratch."""
CALLED, SCRATCH = "R22", "R23"
"""What a call through a pointer uses, and what shifts of long longs and prologues do."""


class Generator:
    """Generates code for a function. The parts of it that need each other do so by `value`, `effect` and `jump`."""

    def __init__(self, code: FunctionCode) -> None:
        self.code = code
        self.coord: object = None

    def value(self, expression: Expression, depth: int) -> str:
        """Computes it into the register of its class at `depth`; gives the register's name. Nothing for void."""
        raise NotImplementedError

    def effect(self, expression: Expression, depth: int = 0) -> None:
        """Computes it for what it does alone."""
        raise NotImplementedError

    def jump(self, condition: Expression, target: Label, when: bool, depth: int = 0) -> None:
        """Jumps to `target` if the condition is true, or (`when` false) if it is not."""
        raise NotImplementedError

    def emit(self, op: str, source: Operand | None = None, destination: Operand | None = None) -> None:
        """Adds an instruction."""
        self.code.emit(Instruction(op, source, destination))

    @staticmethod
    def constant(number: Number) -> int | float:
        """A number as its instruction holds it."""
        if isinstance(number.type, Floating):
            return number.value
        size = 64 if class_of(number.type) == "L" else 32
        value = int(number.value) & (1 << size) - 1
        return value - (1 << size) if value >> size - 1 else value

    def operand(self, expression: Expression, depth: int) -> Operand:
        """It as an operand, in place if that can be."""
        simple = self.simple(expression)
        return simple if simple is not None else reg(self.value(expression, depth))

    def simple(self, expression: Expression) -> Operand | None:
        """Constants, and variables that need no conversion, are operands as they are."""
        if isinstance(expression, Number):
            return imm(self.constant(expression))
        if isinstance(expression, InMemory):
            return expression.where
        if isinstance(expression, Convert) and isinstance(expression.operand, Read):
            inner = expression.operand
            same = inner.type.size == 4 == expression.type.size and class_of(inner.type) == class_of(expression.type)
            if same and not isinstance(expression.type, Floating):
                return self.simple(inner)
        if isinstance(expression, AddressOf) and isinstance(expression.place, AtLabel):
            return imm(expression.place.offset, expression.place.symbol)
        if not isinstance(expression, Read) or isinstance(expression.type, Record):
            return None
        is_whole = move_of(expression.type) == plain_move(expression.type) and is_aligned(expression.place.type)
        return self.direct(expression.place) if is_whole else None

    def direct(self, place: Place) -> Operand | None:
        """The operand for a place that needs no address computed."""
        if isinstance(place, AtLabel):
            return at(place.symbol, place.offset)
        if isinstance(place, InFrame) and place.variable.owner is self.code:
            return mem("FP", place.variable.offset + place.offset)
        return None


class InRegister(Expression):
    """A value that a register holds already."""

    register: str

    def __init__(self, type_: CType, register: str) -> None:
        super().__init__(type_)
        object.__setattr__(self, "register", register)


class InMemory(Expression):
    """A value that waits in the frame."""

    where: Operand
    kept: Temporary | None

    def __init__(self, type_: CType, where: Operand, kept: Temporary | None = None) -> None:
        super().__init__(type_)
        object.__setattr__(self, "where", where)
        object.__setattr__(self, "kept", kept)
