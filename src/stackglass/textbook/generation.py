"""Typed expressions to instructions.

An expression is computed into the register of its class (R, L or D) whose number is its depth, with those above it as
scratch. No such register survives a call: what is needed after one waits in a temporary of the frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.textbook import types as t
from stackglass.textbook.instructions import Instruction, Label, Operand, Temporary, at, imm, mem, reg
from stackglass.textbook.operators import record_pointer
from stackglass.textbook.refusals import refuse
from stackglass.textbook.tree import (
    AddressOf,
    Assign,
    AtLabel,
    Binary,
    BitField,
    Call,
    Choice,
    Compare,
    Convert,
    Expression,
    InFrame,
    Initialise,
    Logic,
    NextArgument,
    Number,
    Place,
    Pointed,
    Read,
    Sequence,
    Statements,
    Unary,
    Update,
    VariableArguments,
)
from stackglass.textbook.types import CType, Floating, Integer, Pointer, Record

if TYPE_CHECKING:
    from stackglass.textbook.functions import FunctionCode

DEEPEST = 11
"""From this depth on, operands wait in temporaries. Registers above it are scratch."""
ARGUMENTS = {"R": range(1, 21), "L": range(1, 13), "D": range(1, 13)}
"""The numbers of the argument registers of each class."""
CALLED, SCRATCH = "R22", "R23"
"""What a call through a pointer uses, and what shifts of long longs and prologues do."""
KINDS = {"R": 1, "L": 2, "D": 3}
"""How VA tells the kinds of unnamed arguments."""
MOST_UNNAMED = 16
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
_CONDITIONS = {"==": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
_OPPOSITE = {"EQ": "NE", "NE": "EQ", "LT": "GE", "GE": "LT", "GT": "LE", "LE": "GT"}


def class_of(type_: CType) -> str:
    """The register class of a value: 'R' (words), 'L' (long long), 'D' (floating)."""
    if isinstance(type_, Floating):
        return "D"
    return "L" if isinstance(type_, Integer) and type_.size == 8 else "R"


def move_of(type_: CType) -> str:
    """The instruction that moves a value of the type between memory and its register."""
    if isinstance(type_, Floating):
        return "MOVEF" if type_.size == 4 else "MOVED"
    if isinstance(type_, Integer):
        if type_.size == 8:
            return "MOVEL"
        if type_.size < 4:
            return ("MOVEB", "MOVEH")[type_.size - 1] if type_.signed else ("MOVEUB", "MOVEUH")[type_.size - 1]
    return "MOVE"


def is_unsigned(type_: CType) -> bool:
    """Whether values of the type have no sign."""
    return isinstance(type_, Pointer) or (isinstance(type_, Integer) and not type_.signed)


class Generation:
    """Generates the code of one function's expressions."""

    def __init__(self, code: FunctionCode) -> None:
        self._code = code
        self.coord: object = None

    def _emit(self, op: str, source: Operand | None = None, destination: Operand | None = None) -> None:
        self._code.emit(Instruction(op, source, destination))

    # ---- values ----

    def value(self, expression: Expression, depth: int) -> str:
        """Computes it into the register of its class at `depth`; gives the register's name. Nothing for void."""
        if depth > DEEPEST:
            raise refuse(self.coord, "so deep an expression", "compute its parts in variables first")
        if isinstance(expression.type, Record):
            return self.value(record_pointer(expression), depth)
        register = f"{class_of(expression.type)}{depth}"
        match expression:
            case Number():
                self._emit(self._plain_move(expression.type), imm(self._constant(expression)), reg(register))
            case Read():
                self._read(expression.place, depth, register)
            case AddressOf():
                self._address(expression.place, depth)
            case Unary():
                self.value(expression.operand, depth)
                self._emit({"-": "NEG", "~": "NOT"}[expression.op] + register[0].replace("R", ""), None, reg(register))
            case Binary():
                self._binary(expression, depth, register)
            case Compare() | Logic():
                self._truth(expression, depth)
            case Choice():
                self._choice(expression, depth, register)
            case Convert():
                self._convert(expression, depth, register)
            case Assign():
                self._assign(expression, depth, wanted=True)
            case Update():
                self._update(expression, depth, wanted=True)
            case Call():
                self._call(expression, depth)
            case Sequence():
                self.effect(expression.first, depth)
                self.value(expression.second, depth)
            case Statements():
                last = expression.emit()
                if last is not None:
                    self.value(last, depth)
            case Initialise():
                self._initialise(expression, depth)
            case NextArgument():
                self._next_argument(expression, depth)
            case _InRegister():
                if expression.register != register:
                    self._emit(self._plain_move(expression.type), reg(expression.register), reg(register))
            case _InMemory():
                self._emit(self._plain_move(expression.type), expression.where, reg(register))
            case VariableArguments():
                self._emit("ADDR", self._code.variable_arguments(self.coord), reg(register))
            case _:
                raise TypeError(type(expression).__name__)
        return register

    @staticmethod
    def _plain_move(type_: CType) -> str:
        return {"R": "MOVE", "L": "MOVEL", "D": "MOVED"}[class_of(type_)]

    @staticmethod
    def _constant(number: Number) -> int | float:
        if isinstance(number.type, Floating):
            return number.value
        size = 64 if class_of(number.type) == "L" else 32
        value = int(number.value) & (1 << size) - 1
        return value - (1 << size) if value >> size - 1 else value

    def operand(self, expression: Expression, depth: int) -> Operand:
        """It as an operand, in place if that can be."""
        simple = self._simple(expression)
        return simple if simple is not None else reg(self.value(expression, depth))

    def _simple(self, expression: Expression) -> Operand | None:
        """Constants, and variables that need no conversion, are operands as they are."""
        if isinstance(expression, Number):
            return imm(self._constant(expression))
        if isinstance(expression, _InMemory):
            return expression.where
        if isinstance(expression, Convert) and isinstance(expression.operand, Read):
            inner = expression.operand
            same = inner.type.size == 4 == expression.type.size and class_of(inner.type) == class_of(expression.type)
            if same and not isinstance(expression.type, Floating):
                return self._simple(inner)
        if isinstance(expression, AddressOf) and isinstance(expression.place, AtLabel):
            return imm(expression.place.offset, expression.place.symbol)
        if not isinstance(expression, Read) or isinstance(expression.type, Record):
            return None
        return self._direct(expression.place) if move_of(expression.type) in ("MOVE", "MOVEL", "MOVED") else None

    def _direct(self, place: Place) -> Operand | None:
        """The operand for a place that needs no address computed."""
        if isinstance(place, AtLabel):
            return at(place.symbol, place.offset)
        if isinstance(place, InFrame) and place.variable.owner is self._code:
            return mem("FP", place.variable.offset + place.offset)
        return None

    def effect(self, expression: Expression, depth: int = 0) -> None:
        """Computes it for what it does alone."""
        match expression:
            case Assign():
                self._assign(expression, depth, wanted=False)
            case Update():
                self._update(expression, depth, wanted=False)
            case Sequence():
                self.effect(expression.first, depth)
                self.effect(expression.second, depth)
            case Convert() if expression.type is t.VOID:
                self.effect(expression.operand, depth)
            case Choice() if expression.yes is not None:
                otherwise, end = Label(), Label()
                self.jump(expression.condition, otherwise, False, depth)
                self.effect(expression.yes, depth)
                self._code.jump("JUMP", end)
                self._code.place(otherwise)
                self.effect(expression.no, depth)
                self._code.place(end)
            case Number() | AddressOf():
                pass
            case Call():
                self._call(expression, 0)
            case _:
                self.value(expression, depth)

    # ---- places ----

    def _read(self, place: Place, depth: int, register: str) -> None:
        if isinstance(place, BitField):
            self._read_bits(place, depth)
            return
        self._emit(move_of(place.type), self.location(place, depth), reg(register))

    def location(self, place: Place, depth: int) -> Operand:
        """An operand for a place; its address is computed into R<depth> where needed."""
        direct = self._direct(place)
        if direct is not None:
            return direct
        if isinstance(place, InFrame):
            base = self._code.frame_of(place.variable, depth)
            return mem(base, place.variable.offset + place.offset)
        assert isinstance(place, Pointed)
        if isinstance(place.pointer, Number):
            return Operand("a", "", int(place.pointer.value) + place.offset)
        match place.pointer:
            case Binary(op="+", left=left, right=Number(value=value)):
                return mem(self.value(left, depth), place.offset + int(value))
            case pointer:
                return mem(self.value(pointer, depth), place.offset)

    def _address(self, place: Place, depth: int) -> None:
        register = reg(f"R{depth}")
        if isinstance(place, AtLabel):
            self._emit("MOVE", imm(place.offset, place.symbol), register)
            return
        location = self.location(place, depth)
        if location == mem(register.register, 0):
            return
        self._emit("ADDR", location, register)

    def _read_bits(self, place: BitField, depth: int) -> None:
        """Shifts the field up to the top of its unit, and down again with its sign."""
        type_ = place.type
        self._read(place.unit, depth, f"{class_of(type_)}{depth}")
        letter = class_of(type_)
        width = 64 if letter == "L" else 32
        register, suffix = reg(f"{letter}{depth}"), letter.replace("R", "")
        self._emit(f"SHL{suffix}", imm(width - place.bit - place.bits), register)
        shift = ("SHRU" if is_unsigned(type_) else "SHR") + suffix
        self._emit(shift, imm(width - place.bits), register)

    def _store_bits(self, place: BitField, depth: int, wanted: bool) -> None:
        """Stores the value in register `depth` into the field; the value becomes what the field holds then."""
        letter = class_of(place.type)
        suffix = letter.replace("R", "")
        width = 64 if letter == "L" else 32
        mask = (1 << place.bits) - 1
        saved = self._code.temporary(8) if place.unit.calls else None
        value, merged = reg(f"{letter}{depth}"), reg(f"{letter}{depth + 2}")
        move = self._plain_move(place.type)
        if saved is not None:
            self._emit(move, value, mem("FP", saved))
        where = self.location(place.unit, depth + 1)
        if saved is not None:
            self._emit(move, mem("FP", saved), value)
            self._code.release(saved)
        self._emit(f"AND{suffix}", imm(_signed(mask, width)), value)
        self._emit(move_of(place.type), where, merged)
        self._emit(f"AND{suffix}", imm(_signed(~(mask << place.bit), width)), merged)
        shifted = reg(f"{letter}{depth + 3}")
        self._emit(move, value, shifted)
        self._emit(f"SHL{suffix}", imm(place.bit), shifted)
        self._emit(f"OR{suffix}", shifted, merged)
        self._emit(move_of(place.type), merged, where)
        if wanted and not is_unsigned(place.type):
            self._emit(f"SHL{suffix}", imm(width - place.bits), value)
            self._emit(f"SHR{suffix}", imm(width - place.bits), value)

    # ---- arithmetic ----

    def _operation(self, op: str, type_: CType) -> str:
        letter = class_of(type_)
        name = _OPERATIONS[op]
        if is_unsigned(type_) and op in ("/", "%", ">>"):
            name += "U"
        return name + letter.replace("R", "")

    def _binary(self, expression: Binary, depth: int, register: str) -> None:
        operation = self._operation(expression.op, expression.type)
        source = self._two(expression.left, expression.right, depth)
        self._emit(operation, self._count(expression, source), reg(register))

    def _count(self, expression: Binary, source: Operand) -> Operand:
        """The count of a shift of a long long is a word: it is widened."""
        shifts_long = expression.op in ("<<", ">>") and class_of(expression.type) == "L"
        if not shifts_long or source.kind == "#":
            return source
        wide = reg("L15")
        if source.kind != "r":
            self._emit("MOVE", source, reg(SCRATCH))
            source = reg(SCRATCH)
        self._emit("EXTL", source, wide)
        return wide

    def _two(self, left: Expression, right: Expression, depth: int) -> Operand:
        """Computes `left` into its register at `depth`, and gives `right` as an operand."""
        if not right.calls and (depth < DEEPEST or self._simple(right) is not None):
            self.value(left, depth)
            return self.operand(right, depth + 1)
        if self._simple(right) is not None:
            self.value(left, depth)
            return self.operand(right, depth + 1)
        first = self.value(left, depth)
        saved = self._code.temporary(8)
        move = self._plain_move(left.type)
        self._emit(move, reg(first), mem("FP", saved))
        second = self.value(right, depth)
        other = f"{second[0]}{int(second[1:]) + 1}"
        self._emit(self._plain_move(right.type), reg(second), reg(other))
        self._emit(move, mem("FP", saved), reg(first))
        self._code.release(saved)
        return reg(other)

    def _convert(self, expression: Convert, depth: int, register: str) -> None:
        operand, new = expression.operand, expression.type
        if new is t.VOID:
            self.effect(operand, depth)
            return
        self.value(operand, depth)
        for op, name in _conversion(operand.type, new, depth):
            self._emit(op, reg(name), reg(register))

    # ---- conditions ----

    def _truth(self, expression: Compare | Logic, depth: int) -> None:
        register = reg(f"R{depth}")
        if isinstance(expression, Compare):
            self._emit(f"S{self._compare(expression, depth)}", None, register)
            return
        no, end = Label(), Label()
        self.jump(expression, no, False, depth)
        self._emit("MOVE", imm(1), register)
        self._code.jump("JUMP", end)
        self._code.place(no)
        self._emit("MOVE", imm(0), register)
        self._code.place(end)

    def _compare(self, expression: Compare, depth: int) -> str:
        """Emits the comparison; gives the condition under which it is true."""
        type_ = expression.left.type
        op = "CMP" + class_of(type_).replace("R", "")
        left = self._simple(expression.left) if not expression.right.calls else None
        if left is not None and left.kind != "#":
            right = self.operand(expression.right, depth)
        else:
            right = self._two(expression.left, expression.right, depth)
            left = reg(f"{class_of(type_)}{depth}")
        self._emit(op, left, right)
        condition = _CONDITIONS[expression.op]
        return condition + "U" if is_unsigned(type_) and condition not in ("EQ", "NE") else condition

    def jump(self, condition: Expression, target: Label, when: bool, depth: int = 0) -> None:
        """Jumps to `target` if the condition is true, or (`when` false) if it is not."""
        match condition:
            case Number():
                if bool(condition.value) == when:
                    self._code.jump("JUMP", target)
            case Compare(op="==", left=(Compare() | Logic()) as left, right=Number(value=0)):
                self.jump(left, target, not when, depth)
            case Compare():
                self._jump_compared(condition, target, when, depth)
            case Logic():
                if (condition.op == "&&") == when:
                    skip = Label()
                    self.jump(condition.left, skip, not when, depth)
                    self.jump(condition.right, target, when, depth)
                    self._code.place(skip)
                else:
                    self.jump(condition.left, target, when, depth)
                    self.jump(condition.right, target, when, depth)
            case _:
                zero = Number(condition.type if not isinstance(condition.type, Pointer) else t.UINT, 0)
                self._jump_compared(Compare(t.INT, "!=", condition, zero), target, when, depth)

    def _jump_compared(self, condition: Compare, target: Label, when: bool, depth: int) -> None:
        name = self._compare(condition, depth)
        if when:
            self._code.jump(f"J{name}", target)
        elif isinstance(condition.left.type, Floating) and name not in ("EQ", "NE"):
            skip = Label()  # with a NaN, neither a condition nor its opposite holds
            self._code.jump(f"J{name}", skip)
            self._code.jump("JUMP", target)
            self._code.place(skip)
        else:
            unsigned = name.endswith("U")
            self._code.jump("J" + _OPPOSITE[name.removesuffix("U")] + "U" * unsigned, target)

    def _choice(self, expression: Choice, depth: int, register: str) -> None:
        otherwise, end = Label(), Label()
        if expression.yes is None:
            self.value(expression.condition, depth)
            move = self._plain_move(expression.type)
            zero = imm(0)
            self._emit(move.replace("MOVE", "CMP"), reg(register), zero)
            self._code.jump("JNE", end)
        else:
            self.jump(expression.condition, otherwise, False, depth)
            self.value(expression.yes, depth)
            self._code.jump("JUMP", end)
        self._code.place(otherwise)
        self.value(expression.no, depth)
        self._code.place(end)

    # ---- assignments ----

    def _assign(self, expression: Assign, depth: int, wanted: bool) -> None:
        place, value = expression.place, expression.value
        if isinstance(place.type, Record):
            self._copy(place, value, depth)
            return
        if not wanted and isinstance(value, Convert) and not isinstance(place, BitField):
            value = _without_narrowing(value, place.type)
        if not wanted and move_of(place.type) == "MOVE":
            simple, direct = self._simple(value), self._direct(place)
            if simple is not None and direct is not None and simple.kind == "#":
                self._emit("MOVE", simple, direct)
                return
        self._store(place, value, depth, wanted)

    def _store(self, place: Place, value: Expression, depth: int, wanted: bool) -> None:
        register = self.value(value, depth)
        if isinstance(place, BitField):
            self._store_bits(place, depth, wanted)
            return
        if self._direct(place) is None and place.calls:
            saved = self._code.temporary(8)
            move = self._plain_move(value.type)
            self._emit(move, reg(register), mem("FP", saved))
            self._address(place, depth + 1)
            self._emit(move, mem("FP", saved), reg(register))
            self._code.release(saved)
            where = mem(f"R{depth + 1}", 0)
        else:
            where = self.location(place, depth + 1)
        self._emit(move_of(place.type), reg(register), where)

    def _copy(self, place: Place, value: Expression, depth: int) -> None:
        """A struct's bytes to a place; the place's address ends up in R<depth>."""
        size = place.type.size
        self.value(record_pointer(value), depth)
        if self._direct(place) is None and place.calls:
            saved = self._code.temporary(4)
            self._emit("MOVE", reg(f"R{depth}"), mem("FP", saved))
            self._address(place, depth + 1)
            self._emit("MOVE", mem("FP", saved), reg(f"R{depth}"))
            self._code.release(saved)
        else:
            self._address(place, depth + 1)
        if size:
            self._code.copy(size, f"R{depth}", f"R{depth + 1}")
        self._emit("MOVE", reg(f"R{depth + 1}"), reg(f"R{depth}"))

    def _initialise(self, expression: Initialise, depth: int) -> None:
        place = expression.place
        if expression.clear and place.type.size:
            self._emit("CLEAR", imm(place.type.size), self.location(place, depth))
        for one in expression.assignments:
            self._assign(one, depth, wanted=False)

    def _update(self, expression: Update, depth: int, wanted: bool) -> None:
        place, value = expression.place, expression.value
        if self._in_memory(expression, depth, wanted):
            return
        if value.calls or place.calls:
            self._update_slowly(expression, depth, wanted)
            return
        where: Place | None = None
        if self._direct(place) is None and not isinstance(place, BitField):
            self._address(place, depth)
            where = Pointed(place.type, _InRegister(t.VOID_POINTER, f"R{depth}"))
        elif isinstance(place, BitField) and self._direct(place.unit) is None:
            self._address(place.unit, depth)
            unit = Pointed(place.unit.type, _InRegister(t.VOID_POINTER, f"R{depth}"))
            where = BitField(place.type, unit, place.bit, place.bits)
        self._modify(expression, where if where is not None else place, value, depth + (where is not None), wanted)
        if where is not None and wanted:
            letter = class_of(place.type)
            self._emit(self._plain_move(place.type), reg(f"{letter}{depth + 1}"), reg(f"{letter}{depth}"))

    def _in_memory(self, expression: Update, depth: int, wanted: bool) -> bool:
        """`ADD #1, 8(FP)`, where nobody wants the value and the place is a word that needs no address."""
        place = expression.place
        direct = self._direct(place) if not isinstance(place, BitField) else None
        fits = move_of(place.type) == "MOVE" and class_of(expression.computed_in) == "R"
        if wanted or direct is None or not fits or expression.value.calls:
            return False
        source = self.operand(expression.value, depth)
        if source.kind not in "#r":
            self._emit("MOVE", source, reg(f"R{depth}"))
            source = reg(f"R{depth}")
        self._emit(self._operation(expression.op, expression.computed_in), source, direct)
        return True

    def _update_slowly(self, expression: Update, depth: int, wanted: bool) -> None:
        """Calls inside: the place's address waits in the frame while the value is computed, or the other way round."""
        place, value = expression.place, expression.value
        bits = place if isinstance(place, BitField) else None
        unit = bits.unit if bits is not None else place
        address = self._code.temporary(4)
        self._address(unit, depth)
        self._emit("MOVE", reg(f"R{depth}"), mem("FP", address))
        kept = self._code.temporary(8)
        self._emit(self._plain_move(value.type), reg(self.value(value, depth)), mem("FP", kept))
        self._emit("MOVE", mem("FP", address), reg(f"R{depth}"))
        where: Place = Pointed(unit.type, _InRegister(t.VOID_POINTER, f"R{depth}"))
        if bits is not None:
            where = BitField(bits.type, where, bits.bit, bits.bits)
        self._modify(expression, where, _InMemory(value.type, mem("FP", kept)), depth + 1, wanted)
        if wanted:
            letter = class_of(place.type)
            self._emit(self._plain_move(place.type), reg(f"{letter}{depth + 1}"), reg(f"{letter}{depth}"))
        self._code.release(address)
        self._code.release(kept)

    def _modify(self, expression: Update, place: Place, value: Expression, depth: int, wanted: bool) -> None:
        """Reads, computes and stores; leaves the wanted value in the register at `depth`."""
        type_, computed = place.type, expression.computed_in
        old: Expression = Read(type_, place)
        if not (wanted and expression.post):
            changed = Binary(computed, expression.op, _converted(old, computed), value)
            self._store(place, _converted(changed, type_), depth, wanted)
            return
        register = self.value(old, depth)
        kept = _InRegister(type_, register)
        changed = Binary(computed, expression.op, _converted(kept, computed), value)
        self._store(place, _converted(changed, type_), depth + 1, wanted=False)

    # ---- calls ----

    def _call(self, call: Call, depth: int) -> None:
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
            self._emit("MOVE", imm(self._kinds(call.extra)), reg("VA"))
        if direct is not None and direct.nested is not None:
            self._code.pass_static_link(direct)
        if direct is not None:
            self._code.call(direct)
        else:
            self._emit("CALL", reg(CALLED))
        if call.type is not t.VOID and not isinstance(call.type, Record) and depth:
            letter = class_of(call.type)
            self._emit(self._plain_move(call.type), reg(f"{letter}0"), reg(f"{letter}{depth}"))

    def _kinds(self, extra: tuple[Expression, ...]) -> int:
        """What VA says of the arguments of a '...': two bits each, from the lowest on."""
        if len(extra) > MOST_UNNAMED:
            raise refuse(self.coord, f"a call with more than {MOST_UNNAMED} variable arguments", "make two calls of it")
        kinds = 0
        for number, one in enumerate(extra):
            if isinstance(one.type, Record):
                raise refuse(self.coord, "a struct among variable arguments", "pass a pointer to it")
            kinds |= KINDS[class_of(one.type)] << 2 * number
        return _signed(kinds, 32)

    def _compute_calls(self, arguments: list[Expression]) -> list[Expression]:
        """Arguments that call something are computed first, and wait in the frame."""
        waiting: list[Expression] = []
        busy = sum(one.calls for one in arguments)
        for number, one in enumerate(arguments):
            late = number >= DEEPEST - 1 and self._simple(one) is None
            if not late and (not one.calls or (busy == 1 and one is arguments[0])):
                waiting.append(one)
                continue
            type_: CType = Pointer(one.type) if isinstance(one.type, Record) else one.type
            kept = self._code.temporary(8)
            self._emit(self._plain_move(type_), reg(self.value(one, 0)), mem("FP", kept))
            waiting.append(_InMemory(type_, mem("FP", kept), kept))
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
            if isinstance(one, _InMemory) and one.kept is not None:
                self._code.release(one.kept)

    def _into(self, value: Expression, register: str, number: int) -> None:
        """A value into an argument register; those of the arguments before it are kept."""
        simple = self._simple(value)
        if simple is not None:
            self._emit(self._plain_move(value.type), simple, reg(register))
            return
        computed = self.value(value, number + 1)
        if computed != register:
            self._emit(self._plain_move(value.type), reg(computed), reg(register))

    def _next_argument(self, expression: NextArgument, depth: int) -> None:
        """Gives where the va_list points to, and moves that on."""
        assert isinstance(expression.type, Pointer)
        size = -(-expression.type.target.size // t.WORD) * t.WORD
        where = self.location(expression.list_, depth + 1)
        self._emit("MOVE", where, reg(f"R{depth}"))
        self._emit("MOVE", reg(f"R{depth}"), reg(f"R{depth + 2}"))
        self._emit("ADD", imm(size), reg(f"R{depth + 2}"))
        self._emit("MOVE", reg(f"R{depth + 2}"), where)


class _InRegister(Expression):
    """A value that a register holds already."""

    register: str

    def __init__(self, type_: CType, register: str) -> None:
        super().__init__(type_)
        object.__setattr__(self, "register", register)


class _InMemory(Expression):
    """A value that waits in the frame."""

    where: Operand
    kept: Temporary | None

    def __init__(self, type_: CType, where: Operand, kept: Temporary | None = None) -> None:
        super().__init__(type_)
        object.__setattr__(self, "where", where)
        object.__setattr__(self, "kept", kept)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def _converted(value: Expression, type_: CType) -> Expression:
    if value.type == type_ or (isinstance(type_, Pointer) and class_of(value.type) == "R"):
        return value
    if type_ is t.BOOL:
        zero = Number(value.type, 0)
        return Convert(type_, Compare(t.INT, "!=", value, zero))
    return Convert(type_, value)


def _without_narrowing(value: Convert, type_: CType) -> Expression:
    """A store takes the low bytes alone: narrowing before it is needless."""
    inner = value.operand
    whole = isinstance(inner.type, Integer) and class_of(inner.type) == "R" and isinstance(type_, Integer)
    if whole and type_ is not t.BOOL and type_.size <= inner.type.size and value.type == type_:
        return inner
    return value


def _conversion(old: CType, new: CType, depth: int) -> list[tuple[str, str]]:
    """The instructions that make a value of type `old` one of `new`: (instruction, source register)."""
    source = f"{class_of(old)}{depth}"
    if isinstance(new, Floating):
        steps: list[tuple[str, str]] = []
        if not isinstance(old, Floating):
            steps.append((_to_double(old), source))
        if new.size == 4 and not (isinstance(old, Floating) and old.size == 4):
            steps.append(("ROUNDF", f"D{depth}"))
        return steps
    if isinstance(old, Floating):
        if class_of(new) == "L":
            return [("DTOUL" if is_unsigned(new) else "DTOL", source)]
        narrow = _narrowing(new, depth)
        return [("DTOU" if is_unsigned(new) and new.size == 4 else "DTOI", source), *narrow]
    if class_of(new) == "L":
        return [] if class_of(old) == "L" else [("EXTUL" if is_unsigned(old) else "EXTL", source)]
    cut = [("CUTL", source)] if class_of(old) == "L" else []
    if not cut and _holds_all(new, old):
        return []
    return [*cut, *_narrowing(new, depth)]


def _holds_all(new: CType, old: CType) -> bool:
    """Whether every value of an integer type is one of another's."""
    if not isinstance(old, Integer) or not isinstance(new, Integer) or new is t.BOOL:
        return False
    return old.low >= new.low and old.high <= new.high


def _narrowing(new: CType, depth: int) -> list[tuple[str, str]]:
    if isinstance(new, Integer) and new.size < 4 and new is not t.BOOL:
        return [(move_of(new), f"R{depth}")]
    return []


def _to_double(old: CType) -> str:
    if class_of(old) == "L":
        return "ULTOD" if is_unsigned(old) else "LTOD"
    return "UTOD" if is_unsigned(old) else "ITOD"
