"""What C's operators make of their operands: conversions written out, constants folded."""

from __future__ import annotations

import math

from stackglass.textbook import constants
from stackglass.textbook import types as t
from stackglass.textbook.qualifiers import as_named, lying_at, qualified, unqualified
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import FrameVariable
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
    Logic,
    Number,
    Place,
    Pointed,
    Read,
    Sequence,
    Statements,
    Unary,
    Update,
)
from stackglass.textbook.types import (
    Array,
    CType,
    Function,
    Integer,
    Member,
    Pointer,
    Record,
    VariableArray,
    common_type,
    promoted,
)

ZERO = Number(t.INT, 0)
ONE = Number(t.INT, 1)


def decay(expression: Expression) -> Expression:
    """An array as the address of its first element, a function as its address, a value without qualifiers
    (C11 6.3.2.1).

    A narrow bit-field becomes an int, as the promotions want it: whatever it holds, an int can hold (C11 6.3.1.1).
    """
    if isinstance(expression, Read | Assign | Update) and is_narrow(expression.place):
        return Convert(t.INT, expression)
    if isinstance(expression, Read) and isinstance(expression.type, Array):
        return AddressOf(Pointer(expression.type.element), expression.place)
    if isinstance(expression, Read) and isinstance(expression.type, Function):
        return AddressOf(Pointer(expression.type), expression.place)
    if isinstance(expression, Read) and expression.type.is_scalar:
        return Read(as_named(unqualified(expression.type)), expression.place)
    if isinstance(expression, Read) and expression.type.qualifiers:
        return Read(unqualified(expression.type), expression.place)
    return expression


def is_narrow(place: Place) -> bool:
    """Whether it is a bit-field whose every value an int can hold."""
    return isinstance(place, BitField) and place.bits < 8 * t.INT.size and place.type != t.BOOL


def moved(place: Place, offset: int, type_: CType) -> Place:
    """The place `offset` bytes further on, seen as `type_`."""
    match place:
        case InFrame():
            return InFrame(type_, place.variable, place.offset + offset)
        case AtLabel():
            return AtLabel(type_, place.symbol, place.offset + offset)
        case Pointed():
            return Pointed(type_, place.pointer, place.offset + offset)
        case _:
            raise TypeError("a bit-field has no parts")


def within(place: Place, offset: int, type_: CType) -> Place:
    """A member or element of a place, `offset` bytes from its beginning: aligned no better than where it lies."""
    return moved(place, offset, lying_at(type_, math.gcd(place.type.align, offset)))


def bit_field(whole: Place, offset: int, member: Member) -> BitField:
    """A bit-field of a struct that begins `offset` bytes from where `whole` does."""
    qualifiers = whole.type.qualifiers
    unit = within(whole, offset + member.offset, qualified(member.holder, qualifiers))
    assert member.bits is not None
    return BitField(qualified(member.unit, qualifiers), unit, member.bit, member.bits, member.span or unit.type.size)


def record_pointer(value: Expression) -> Expression:
    """Where the bytes of a struct's value are."""
    type_ = Pointer(value.type)
    match value:
        case Read():
            return AddressOf(type_, value.place)
        case Call() if value.result is not None:
            return Sequence(type_, value, AddressOf(type_, InFrame(value.type, value.result)))
        case Assign():
            return Sequence(type_, value, AddressOf(type_, value.place))
        case Sequence():
            return Sequence(type_, value.first, record_pointer(value.second))
        case Choice() if value.yes is not None:
            return Choice(type_, value.condition, record_pointer(value.yes), record_pointer(value.no))
        case Statements():
            emit = value.emit

            def emit_pointer() -> Expression | None:
                last = emit()
                return None if last is None else record_pointer(last)

            return Statements(type_, emit_pointer)
        case _:
            raise TypeError(f"no struct's value: {type(value).__name__}")


def convert(coord: object, value: Expression, type_: CType) -> Expression:
    """The value in another type; Trouble where C has no such conversion."""
    old = value.type
    if old == type_ or type_ == t.VOID:
        return value
    if isinstance(old, Record) or isinstance(type_, Record) or old == t.VOID:
        raise wrong(coord, f"{old.spelling} does not become {type_.spelling}")
    if isinstance(type_, Array | Function):
        raise wrong(coord, f"nothing can be converted to {type_.spelling}")
    floats = isinstance(old, t.Floating), isinstance(type_, t.Floating)
    if (floats[0] and isinstance(type_, Pointer)) or (floats[1] and isinstance(old, Pointer)):
        raise wrong(coord, f"{old.spelling} does not become {type_.spelling}")
    if isinstance(value, Number):
        return Number(type_, constants.in_type(type_, value.value))
    if type_ == t.BOOL:
        return Convert(type_, compared(coord, "!=", value, ZERO))
    return Convert(type_, value)


def assigned(coord: object, value: Expression, type_: CType) -> Expression:
    """The value as it is assigned, passed or returned (C11 6.5.16.1)."""
    old = value.type
    if isinstance(old, Record) and old == type_:
        return value
    if isinstance(type_, Pointer) and isinstance(old, Integer | Pointer):
        return convert(coord, value, type_)
    if isinstance(old, Pointer) and isinstance(type_, Integer):
        return convert(coord, value, type_)
    if not (old.is_arithmetic and type_.is_arithmetic):
        raise wrong(coord, f"a value of type {old.spelling} where {type_.spelling} is needed")
    return convert(coord, value, type_)


def promote(coord: object, value: Expression) -> Expression:
    """The integer promotions."""
    return convert(coord, value, promoted(value.type)) if isinstance(value.type, Integer) else value


def negated(coord: object, op: str, operand: Expression) -> Expression:
    """'+', '-' or '~'."""
    operand = promote(coord, operand)
    if not (operand.type.is_integer if op == "~" else operand.type.is_arithmetic):
        raise wrong(coord, f"'{op}' has no meaning for {operand.type.spelling}")
    if op == "+":
        return operand
    if isinstance(operand, Number):
        return constants.unary(op, operand.type, operand.value)
    return Unary(operand.type, op, operand)


def truth(coord: object, value: Expression) -> Expression:
    """A scalar that a condition asks about."""
    if not value.type.is_scalar:
        raise wrong(coord, f"a condition of type {value.type.spelling}")
    return value


def binary(coord: object, op: str, left: Expression, right: Expression) -> Expression:
    """Any binary operator but assignments and the comma."""
    if op in ("&&", "||"):
        return _logic(op, truth(coord, left), truth(coord, right))
    if op in ("==", "!=", "<", "<=", ">", ">="):
        return compared(coord, op, left, right)
    if isinstance(left.type, Pointer) or isinstance(right.type, Pointer):
        return _pointer_arithmetic(coord, op, left, right)
    needs_integers = op in ("%", "<<", ">>", "&", "|", "^")
    for operand in (left, right):
        if not (operand.type.is_integer if needs_integers else operand.type.is_arithmetic):
            raise wrong(coord, f"'{op}' has no meaning for {operand.type.spelling}")
    if op in ("<<", ">>"):
        return _folded(op, promote(coord, left), convert(coord, right, t.INT))
    type_ = common_type(left.type, right.type)
    return _folded(op, convert(coord, left, type_), convert(coord, right, type_))


def _folded(op: str, left: Expression, right: Expression) -> Expression:
    if isinstance(left, Number) and isinstance(right, Number):
        result = constants.binary(op, left.type, left.value, right.value)
        if result is not None:
            return result
    return Binary(left.type, op, left, right)


def _logic(op: str, left: Expression, right: Expression) -> Expression:
    if isinstance(left, Number) and (bool(left.value) == (op == "||") or isinstance(right, Number)):
        value = (
            bool(left.value) or bool(right.value)
            if op == "||" and isinstance(right, Number)
            else (op == "||" if bool(left.value) == (op == "||") else isinstance(right, Number) and bool(right.value))
        )
        return Number(t.INT, int(value))
    return Logic(t.INT, op, left, right)


def compared(coord: object, op: str, left: Expression, right: Expression) -> Expression:
    """A comparison; pointers compare as unsigned words."""
    if isinstance(left.type, Pointer) or isinstance(right.type, Pointer):
        for one in (left, right):
            if not isinstance(one.type, Pointer | Integer):
                raise wrong(coord, f"{left.type.spelling} and {right.type.spelling} can't be compared")
        left, right = convert(coord, left, t.UINT), convert(coord, right, t.UINT)
    elif left.type.is_arithmetic and right.type.is_arithmetic:
        type_ = common_type(left.type, right.type)
        left, right = convert(coord, left, type_), convert(coord, right, type_)
    else:
        raise wrong(coord, f"{left.type.spelling} and {right.type.spelling} can't be compared")
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(t.INT, int(constants.compare(op, left.value, right.value)))
    return Compare(t.INT, op, left, right)


def element_size(coord: object, pointer: CType) -> int:
    """Bytes that a pointer moves by when 1 is added to it."""
    assert isinstance(pointer, Pointer)
    target = pointer.target
    if target == t.VOID or isinstance(target, Function):
        return 1
    if target.size == 0 and not (isinstance(target, Record) and target.members is not None):
        raise wrong(coord, f"a pointer to the incomplete type {target.spelling} can't be moved")
    return target.size


def element_bytes(coord: object, pointer: CType) -> Expression:
    """The same as an int's value: arrays of a computed size keep it in their frame."""
    assert isinstance(pointer, Pointer)
    if isinstance(pointer.target, VariableArray):
        return convert(coord, array_bytes(coord, pointer.target), t.INT)
    return Number(t.INT, element_size(coord, pointer))


def array_bytes(coord: object, type_: VariableArray) -> Expression:
    """The size of an array whose size was computed."""
    if not isinstance(type_.bytes_, FrameVariable):
        raise wrong(coord, f"the size of {type_.spelling} is not known here")
    return Read(t.UINT, InFrame(t.UINT, type_.bytes_))


def _pointer_arithmetic(coord: object, op: str, left: Expression, right: Expression) -> Expression:
    if op == "-" and isinstance(left.type, Pointer) and isinstance(right.type, Pointer):
        size = element_bytes(coord, left.type)
        bytes_ = _folded("-", convert(coord, left, t.INT), convert(coord, right, t.INT))
        is_plain = isinstance(size, Number) and size.value in (0, 1)
        return bytes_ if is_plain else _folded("/", bytes_, size)
    if op == "+" and isinstance(right.type, Pointer):
        left, right = right, left
    if op not in "+-" or not isinstance(left.type, Pointer) or not isinstance(right.type, Integer):
        raise wrong(coord, f"'{op}' has no meaning for {left.type.spelling} and {right.type.spelling}")
    return shifted(coord, left, right, op)


def shifted(coord: object, pointer: Expression, count: Expression, op: str = "+") -> Expression:
    """A pointer moved by a number of elements."""
    bytes_ = scaled(coord, pointer.type, count)
    if isinstance(bytes_, Number) and isinstance(pointer, AddressOf):
        offset = int(bytes_.value) if op == "+" else -int(bytes_.value)
        assert isinstance(pointer.type, Pointer)
        return AddressOf(pointer.type, moved(pointer.place, offset, pointer.type.target))
    if isinstance(bytes_, Number) and isinstance(pointer, Number):
        value = int(pointer.value) + (int(bytes_.value) if op == "+" else -int(bytes_.value))
        return Number(pointer.type, value & 0xFFFFFFFF)
    return Binary(pointer.type, op, pointer, bytes_)


def scaled(coord: object, pointer: CType, count: Expression) -> Expression:
    """A number of elements in bytes."""
    return _folded("*", convert(coord, count, t.INT), element_bytes(coord, pointer))


def choice(coord: object, condition: Expression, yes: Expression | None, no: Expression) -> Expression:
    """`condition ? yes : no` (C11 6.5.15)."""
    truth(coord, condition)
    taken = condition if yes is None else yes
    type_ = _choice_type(coord, taken, no)
    if type_ != t.VOID:
        no = convert(coord, no, type_)
        yes = None if yes is None else convert(coord, yes, type_)
        condition = convert(coord, condition, type_) if yes is None else condition
    if isinstance(condition, Number):
        return (condition if yes is None else yes) if condition.value else no
    return Choice(type_, condition, yes, no)


def _choice_type(coord: object, yes: Expression, no: Expression) -> CType:
    a, b = yes.type, no.type
    if a.is_arithmetic and b.is_arithmetic:
        return common_type(a, b)
    if a == t.VOID or b == t.VOID:
        return t.VOID
    if isinstance(a, Pointer) and isinstance(b, Pointer):
        if is_null(no) or (b.target != t.VOID and is_null(yes)):
            return a if is_null(no) else b
        target = a.target if b.target != t.VOID else b.target
        return Pointer(qualified(target, a.target.qualifiers | b.target.qualifiers))
    if isinstance(a, Pointer) and b.is_integer:
        return a
    if isinstance(b, Pointer) and a.is_integer:
        return b
    if isinstance(a, Record) and a == b:
        return a
    raise wrong(coord, f"a choice between {a.spelling} and {b.spelling}")


def is_null(value: Expression) -> bool:
    """Whether it is a null pointer constant."""
    return isinstance(value, Number) and not value.value and not isinstance(value.type, t.Floating)
