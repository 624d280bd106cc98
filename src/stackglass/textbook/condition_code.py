"""Code for conditions: comparisons, jumps, choices."""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.arithmetic_code import ArithmeticCode
from stackglass.textbook.instructions import Label, imm, reg
from stackglass.textbook.tree import (
    Choice,
    Compare,
    Expression,
    Logic,
    Number,
)
from stackglass.textbook.types import Floating, Pointer
from stackglass.textbook.value_classes import (
    class_of,
    is_unsigned,
    suffix_of,
)

_CONDITIONS = {"==": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
_OPPOSITE = {"EQ": "NE", "NE": "EQ", "LT": "GE", "GE": "LT", "GT": "LE", "LE": "GT"}


class ConditionCode(ArithmeticCode):
    """Compares, and jumps or chooses by it."""

    def truth(self, expression: Compare | Logic, depth: int) -> None:
        """1 or 0, by a condition."""
        register = reg(f"R{depth}")
        if isinstance(expression, Compare):
            self.emit(f"S{self.compare(expression, depth)}", None, register)
            return
        no, end = Label(), Label()
        self.jump(expression, no, False, depth)
        self.emit("MOVE", imm(1), register)
        self.code.jump("JUMP", end)
        self.code.place(no)
        self.emit("MOVE", imm(0), register)
        self.code.place(end)

    def compare(self, expression: Compare, depth: int) -> str:
        """Emits the comparison; gives the condition under which it is true."""
        type_ = expression.left.type
        op = "CMP" + suffix_of(type_)
        left = self.simple(expression.left) if not expression.right.calls else None
        if left is not None and left.kind != "#":
            right = self.operand(expression.right, depth)
        else:
            right = self.two(expression.left, expression.right, depth)
            left = reg(f"{class_of(type_)}{depth}")
        self.emit(op, left, right)
        condition = _CONDITIONS[expression.op]
        return condition + "U" if is_unsigned(type_) and condition not in ("EQ", "NE") else condition

    def jump(self, condition: Expression, target: Label, when: bool, depth: int = 0) -> None:
        """Jumps to `target` if the condition is true, or (`when` false) if it is not."""
        match condition:
            case Number():
                if bool(condition.value) == when:
                    self.code.jump("JUMP", target)
            case Compare(op="==", left=(Compare() | Logic()) as left, right=Number(value=0)):
                self.jump(left, target, not when, depth)
            case Compare():
                self._jump_compared(condition, target, when, depth)
            case Logic():
                if (condition.op == "&&") == when:
                    skip = Label()
                    self.jump(condition.left, skip, not when, depth)
                    self.jump(condition.right, target, when, depth)
                    self.code.place(skip)
                else:
                    self.jump(condition.left, target, when, depth)
                    self.jump(condition.right, target, when, depth)
            case _:
                zero = Number(condition.type if not isinstance(condition.type, Pointer) else t.UINT, 0)
                self._jump_compared(Compare(t.INT, "!=", condition, zero), target, when, depth)

    def _jump_compared(self, condition: Compare, target: Label, when: bool, depth: int) -> None:
        name = self.compare(condition, depth)
        if when:
            self.code.jump(f"J{name}", target)
        elif isinstance(condition.left.type, Floating) and name not in ("EQ", "NE"):
            skip = Label()  # with a NaN, neither a condition nor its opposite holds
            self.code.jump(f"J{name}", skip)
            self.code.jump("JUMP", target)
            self.code.place(skip)
        else:
            unsigned = name.endswith("U")
            self.code.jump("J" + _OPPOSITE[name.removesuffix("U")] + "U" * unsigned, target)

    def choice(self, expression: Choice, depth: int, register: str) -> None:
        """`condition ? yes : no`."""
        otherwise, end = Label(), Label()
        if expression.yes is None:
            self.value(expression.condition, depth)
            self.emit(f"CMP{suffix_of(expression.type)}", reg(register), imm(0))
            self.code.jump("JNE", end)
        else:
            self.jump(expression.condition, otherwise, False, depth)
            self.value(expression.yes, depth)
            self.code.jump("JUMP", end)
        self.code.place(otherwise)
        self.value(expression.no, depth)
        self.code.place(end)
