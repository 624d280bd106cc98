"""Typed expressions to instructions.

An expression is computed into the register of its class (R, L or D) whose number is its depth, with those above it as
scratch. No such register survives a call: what is needed after one waits in a temporary of the frame.
"""

from __future__ import annotations

from stackglass.textbook.assignment_code import AssignmentCode
from stackglass.textbook.call_code import CallCode
from stackglass.textbook.condition_code import ConditionCode
from stackglass.textbook.generator import DEEPEST, InMemory, InRegister
from stackglass.textbook.instructions import Label, imm, reg
from stackglass.textbook.operators import record_pointer
from stackglass.textbook.refusals import refuse
from stackglass.textbook.tree import (
    AddressOf,
    Assign,
    Binary,
    Call,
    Choice,
    Compare,
    Convert,
    Expression,
    Initialise,
    Logic,
    NextArgument,
    Number,
    Read,
    Reserve,
    Sequence,
    Statements,
    Unary,
    Update,
    VariableArguments,
)
from stackglass.textbook.types import Record
from stackglass.textbook.value_classes import (
    class_of,
    plain_move,
    suffix_of,
)


class Generation(AssignmentCode, ConditionCode, CallCode):
    """Generates the code of one function's expressions."""

    def value(self, expression: Expression, depth: int) -> str:
        """Computes it into the register of its class at `depth`; gives the register's name. Nothing for void."""
        if depth > DEEPEST:
            raise refuse(self.coord, "so deep an expression", "compute its parts in variables first")
        if isinstance(expression.type, Record):
            return self.value(record_pointer(expression), depth)
        register = f"{class_of(expression.type)}{depth}"
        match expression:
            case Number():
                self.emit(plain_move(expression.type), imm(self.constant(expression)), reg(register))
            case Read():
                self.read(expression.place, depth, register)
            case AddressOf():
                self.address(expression.place, depth)
            case Unary():
                self.value(expression.operand, depth)
                self.emit({"-": "NEG", "~": "NOT"}[expression.op] + suffix_of(expression.type), None, reg(register))
            case Binary():
                self._binary(expression, depth, register)
            case Compare() | Logic():
                self.truth(expression, depth)
            case Choice():
                self.choice(expression, depth, register)
            case Convert():
                self._convert(expression, depth, register)
            case Assign():
                self.assign(expression, depth, wanted=True)
            case Update():
                self.update(expression, depth, wanted=True)
            case Call():
                self.call(expression, depth)
            case Sequence():
                self.effect(expression.first, depth)
                self.value(expression.second, depth)
            case Statements():
                last = expression.emit()
                if last is not None:
                    self.value(last, depth)
            case Initialise():
                self.initialise(expression, depth)
            case Reserve():
                self.reserve(expression, depth)
            case NextArgument():
                self.next_argument(expression, depth)
            case InRegister():
                if expression.register != register:
                    self.emit(plain_move(expression.type), reg(expression.register), reg(register))
            case InMemory():
                self.emit(plain_move(expression.type), expression.where, reg(register))
            case VariableArguments():
                self.emit("ADDR", self.code.variable_arguments(self.coord), reg(register))
            case _:
                raise TypeError(type(expression).__name__)
        return register

    def effect(self, expression: Expression, depth: int = 0) -> None:
        """Computes it for what it does alone."""
        match expression:
            case Assign():
                self.assign(expression, depth, wanted=False)
            case Update():
                self.update(expression, depth, wanted=False)
            case Sequence():
                self.effect(expression.first, depth)
                self.effect(expression.second, depth)
            case Convert():
                self.effect(expression.operand, depth)
            case Choice() if expression.yes is not None:
                otherwise, end = Label(), Label()
                self.jump(expression.condition, otherwise, False, depth)
                self.effect(expression.yes, depth)
                self.code.jump("JUMP", end)
                self.code.place(otherwise)
                self.effect(expression.no, depth)
                self.code.place(end)
            case Number() | AddressOf():
                pass
            case Call():
                self.call(expression, 0)
            case _:
                self.value(expression, depth)
