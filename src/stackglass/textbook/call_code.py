"""Code for calls: arguments into registers, in order, and the call."""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.activation import Activation
from stackglass.textbook.generator import CALLED, DEEPEST, InMemory
from stackglass.textbook.instructions import imm, mem, reg
from stackglass.textbook.place_code import PlaceCode
from stackglass.textbook.refusals import refuse
from stackglass.textbook.tree import (
    AddressOf,
    AtLabel,
    Call,
    Expression,
    InFrame,
    NextArgument,
    Reserve,
)
from stackglass.textbook.types import CType, Pointer, Record
from stackglass.textbook.value_classes import (
    ARGUMENTS,
    KINDS,
    MOST_UNNAMED,
    class_of,
    plain_move,
    signed,
)


class CallCode(PlaceCode):
    """Calls functions, and takes variable arguments."""

    def call(self, call: Call, depth: int) -> None:
        """Arguments into registers, in order; then the call. Its value comes in R0, L0 or D0."""
        hidden = [AddressOf(Pointer(call.type), InFrame(call.type, call.result))] if call.result is not None else []
        arguments: list[Expression] = [*hidden, *call.arguments, *(call.extra or ())]
        direct = (
            call.function.place.symbol
            if (isinstance(call.function, AddressOf) and isinstance(call.function.place, AtLabel))
            else None
        )
        if direct is None:
            arguments.append(call.function)
        waiting = self._compute_calls(arguments)
        self._place_arguments(waiting, direct is None)
        if call.extra is not None:
            self.emit("MOVE", imm(self._kinds(call.extra)), reg("VA"))
        if direct is not None and direct.nested is not None:
            self.code.pass_static_link(direct)
        if direct is not None:
            self.code.call(direct)
        else:
            self.emit("CALL", reg(CALLED))
        if call.type != t.VOID and not isinstance(call.type, Record) and depth:
            letter = class_of(call.type)
            self.emit(plain_move(call.type), reg(f"{letter}0"), reg(f"{letter}{depth}"))

    def _kinds(self, extra: tuple[Expression, ...]) -> int:
        """What VA says of the arguments of a '...': two bits each, from the lowest on."""
        if len(extra) > MOST_UNNAMED:
            raise refuse(self.coord, f"a call with more than {MOST_UNNAMED} variable arguments", "make two calls of it")
        kinds = 0
        for number, one in enumerate(extra):
            kinds |= KINDS[class_of(Pointer(one.type) if isinstance(one.type, Record) else one.type)] << 2 * number
        return signed(kinds, 32)

    def _compute_calls(self, arguments: list[Expression]) -> list[Expression]:
        """Arguments that call something are computed first, and wait in the frame."""
        waiting: list[Expression] = []
        busy = sum(one.calls for one in arguments)
        for number, one in enumerate(arguments):
            late = number >= DEEPEST - 1 and self.simple(one) is None
            if not late and (not one.calls or (busy == 1 and one is arguments[0])):
                waiting.append(one)
                continue
            type_: CType = Pointer(one.type) if isinstance(one.type, Record) else one.type
            kept = self.code.temporary(8)
            self.emit(plain_move(type_), reg(self.value(one, 0)), mem("FP", kept))
            waiting.append(InMemory(type_, mem("FP", kept), kept))
        return waiting

    def _place_arguments(self, arguments: list[Expression], through_pointer: bool) -> None:
        used = {"R": 1, "L": 1, "D": 1}
        last = len(arguments) - 1
        for number, one in enumerate(arguments):
            type_: CType = Pointer(one.type) if isinstance(one.type, Record) else one.type
            letter = class_of(type_)
            if through_pointer and number == last:
                self._into(one, CALLED, number)
                continue
            if used[letter] not in ARGUMENTS[letter]:
                most = ARGUMENTS[letter][-1]
                raise refuse(self.coord, f"a call with more than {most} arguments of a kind", "make two calls of it")
            self._into(one, f"{letter}{used[letter]}", number)
            used[letter] += 1
        for one in arguments:
            if isinstance(one, InMemory) and one.kept is not None:
                self.code.release(one.kept)

    def _into(self, value: Expression, register: str, number: int) -> None:
        """A value into an argument register; those of the arguments before it are kept."""
        simple = self.simple(value)
        if simple is not None:
            self.emit(plain_move(value.type), simple, reg(register))
            return
        computed = self.value(value, number + 1)
        if computed != register:
            self.emit(plain_move(value.type), reg(computed), reg(register))

    def reserve(self, expression: Reserve, depth: int) -> None:
        """Room of a size that is computed, in whole words: from the stack, or from the heap if records are there."""
        register = reg(self.value(expression.bytes_, depth))
        self.emit("ADD", imm(t.WORD - 1), register)
        self.emit("AND", imm(-t.WORD), register)
        if self.code.strategy.activation is Activation.RECORDS:
            self.emit("NEW", register, register)
            return
        self.code.moves_stack_pointer = True
        self.emit("SUB", register, reg("SP"))
        self.emit("MOVE", reg("SP"), register)

    def next_argument(self, expression: NextArgument, depth: int) -> None:
        """Gives where the va_list points to, and moves that on."""
        assert isinstance(expression.type, Pointer)
        size = -(-expression.type.target.size // t.WORD) * t.WORD
        where = self.location(expression.list_, depth + 1)
        self.emit("MOVE", where, reg(f"R{depth}"))
        self.emit("MOVE", reg(f"R{depth}"), reg(f"R{depth + 2}"))
        self.emit("ADD", imm(size), reg(f"R{depth + 2}"))
        self.emit("MOVE", reg(f"R{depth + 2}"), where)
