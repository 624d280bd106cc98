"""Code for arithmetic, and for the two operands of whatever has two."""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.generator import DEEPEST, SCRATCH, Generator
from stackglass.textbook.instructions import Operand, mem, reg
from stackglass.textbook.tree import (
    Binary,
    Convert,
    Expression,
)
from stackglass.textbook.types import CType
from stackglass.textbook.value_classes import (
    class_of,
    conversion,
    is_unsigned,
    plain_move,
    suffix_of,
)

_OPERATIONS = {
    "+": "ADD",
    "-": "SUB",
    "*": "MUL",
    "/": "DIV",
    "%": "MOD",
    "&": "AND",
    "|": "OR",
    "^": "XOR",
    "<<": "SHL",
    ">>": "SHR",
}


class ArithmeticCode(Generator):
    """Computes with two operands, and converts."""

    def operation(self, op: str, type_: CType) -> str:
        """The instruction for an operator on values of a type."""
        name = _OPERATIONS[op]
        if is_unsigned(type_) and op in ("/", "%", ">>"):
            name += "U"
        return name + suffix_of(type_)

    def _binary(self, expression: Binary, depth: int, register: str) -> None:
        operation = self.operation(expression.op, expression.type)
        source = self.two(expression.left, expression.right, depth)
        self.emit(operation, self._count(expression, source), reg(register))

    def _count(self, expression: Binary, source: Operand) -> Operand:
        """The count of a shift of a long long is a word: it is widened."""
        shifts_long = expression.op in ("<<", ">>") and class_of(expression.type) == "L"
        if not shifts_long or source.kind == "#":
            return source
        wide = reg("L15")
        if source.kind != "r":
            self.emit("MOVE", source, reg(SCRATCH))
            source = reg(SCRATCH)
        self.emit("EXTL", source, wide)
        return wide

    def two(self, left: Expression, right: Expression, depth: int) -> Operand:
        """Computes `left` into its register at `depth`, and gives `right` as an operand."""
        if not right.calls and (depth < DEEPEST or self.simple(right) is not None):
            self.value(left, depth)
            return self.operand(right, depth + 1)
        if self.simple(right) is not None:
            self.value(left, depth)
            return self.operand(right, depth + 1)
        first = self.value(left, depth)
        saved = self.code.temporary(8)
        move = plain_move(left.type)
        self.emit(move, reg(first), mem("FP", saved))
        second = self.value(right, depth)
        other = f"{second[0]}{int(second[1:]) + 1}"
        self.emit(plain_move(right.type), reg(second), reg(other))
        self.emit(move, mem("FP", saved), reg(first))
        self.code.release(saved)
        return reg(other)

    def _convert(self, expression: Convert, depth: int, register: str) -> None:
        operand, new = expression.operand, expression.type
        if new == t.VOID:
            self.effect(operand, depth)
            return
        self.value(operand, depth)
        for op, name in conversion(operand.type, new, depth):
            self.emit(op, reg(name), reg(register))
