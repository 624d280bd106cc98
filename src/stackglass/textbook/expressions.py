"""pycparser's expressions to typed ones."""

from __future__ import annotations

from typing import Any

from pycparser import c_ast

from stackglass.textbook import constants
from stackglass.textbook import types as t
from stackglass.textbook.call_expressions import CallExpressions
from stackglass.textbook.constness import must_be_assignable
from stackglass.textbook.declarations import composite
from stackglass.textbook.operators import (
    ONE,
    ZERO,
    array_bytes,
    assigned,
    binary,
    bit_field,
    choice,
    compared,
    convert,
    decay,
    is_narrow,
    moved,
    negated,
    record_pointer,
    scaled,
    shifted,
    truth,
    within,
)
from stackglass.textbook.qualifiers import as_named, qualified, unqualified
from stackglass.textbook.refusals import UNKNOWN_HERE, refuse, wrong
from stackglass.textbook.scope import Enumerator, FrameVariable, Static, Variable
from stackglass.textbook.tree import (
    AddressOf,
    Assign,
    AtLabel,
    BitField,
    Convert,
    Expression,
    InFrame,
    Number,
    Place,
    Pointed,
    Read,
    Sequence,
    Statements,
    Update,
    VariableArguments,
)
from stackglass.textbook.types import (
    Array,
    CType,
    Function,
    Integer,
    Pointer,
    Record,
    VariableArray,
    common_type,
    promoted,
)


class Expressions(CallExpressions):
    """Settles the types of expressions."""

    # ---- what others ask ----

    def value(self, node: Any) -> Expression:
        """The expression as a value: arrays and functions as addresses."""
        read = self.read(node)
        if isinstance(read, Read) and isinstance(read.place, AtLabel) and isinstance(read.type, Function):
            return self._function_value(node, read.place.symbol, read)
        return decay(read)

    def _function_value(self, node: Any, symbol: Static, read: Read) -> Expression:
        return self._around.closure(node.coord, symbol) if symbol.nested is not None else decay(read)

    def constant(self, node: Any) -> Expression:
        """The expression, which may turn out to be a Number."""
        return self.value(node)

    def type_of(self, node: Any) -> CType:
        """Its type, without decay."""
        return as_named(self.read(node).type)

    def place(self, node: Any) -> Place:
        """Where the expression's object is. Trouble where it is no lvalue."""
        read = self.read(node)
        if not isinstance(read, Read):
            raise wrong(node.coord, "the expression is not something that can be assigned to")
        return read.place

    def condition(self, node: Any) -> Expression:
        """A scalar."""
        return truth(node.coord, self.value(node))

    # ---- by kind ----

    def read(self, node: Any) -> Expression:
        """The expression without decay: a place as `Read`."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise refuse(node.coord, f"the expression {type(node).__name__}")
        found: Expression = method(node)
        return found

    def _constant(self, node: Any) -> Expression:
        if node.type == "string":
            data = constants.string(node.coord, node.value)
            symbol = self._around.string(data + b"\0")
            return Read(symbol.type, AtLabel(symbol.type, symbol))
        if "BitInt" in node.type or "Decimal" in node.type:
            raise refuse(node.coord, f"a constant of type {node.type}", "use int or double")
        return constants.constant(node.coord, node.type, node.value)

    def _id(self, node: Any) -> Expression:
        return self.named(node)

    def named(self, node: Any, *, called: bool = False) -> Expression:
        """What a name stands for; a function that is `called` need not have been declared."""
        meaning = self._declarations.scope.find(node.name)
        if isinstance(meaning, Enumerator):
            return Number(meaning.type, meaning.value)
        if isinstance(meaning, Variable):
            storage = meaning.storage
            if isinstance(storage, FrameVariable):
                if isinstance(meaning.type, VariableArray):
                    return self._computed_array(meaning.type, storage)
                return Read(meaning.type, InFrame(meaning.type, storage))
            storage.uses.append(node.coord)
            return Read(meaning.type, AtLabel(meaning.type, storage))
        if node.name in ("__func__", "__FUNCTION__", "__PRETTY_FUNCTION__") and self._around.function_name:
            symbol = self._around.string(self._around.function_name.encode() + b"\0")
            type_ = qualified(symbol.type, ["const"])
            return Read(type_, AtLabel(type_, symbol))
        if node.name == "__builtin_variable_arguments":
            return VariableArguments(t.CHAR_POINTER)
        if meaning is not None:
            raise wrong(node.coord, f"'{node.name}' is a type")
        if node.name in UNKNOWN_HERE:
            raise refuse(node.coord, node.name)
        found = self._around.undeclared(node.coord, node.name, called=called)
        if found is None:
            raise wrong(node.coord, f"'{node.name}' is not declared")
        assert isinstance(found.storage, Static)
        found.storage.uses.append(node.coord)
        return Read(found.type, AtLabel(found.type, found.storage))

    @staticmethod
    def _computed_array(type_: VariableArray, where: FrameVariable) -> Expression:
        """An array of computed size: its frame has its address."""
        pointer = Pointer(type_)
        return Read(type_, Pointed(type_, Read(pointer, InFrame(pointer, where))))

    def _arrayref(self, node: Any) -> Expression:
        base, index = self.value(node.name), self.value(node.subscript)
        if isinstance(index.type, Pointer):
            base, index = index, base
        if not isinstance(base.type, Pointer) or not isinstance(index.type, Integer):
            raise wrong(node.coord, f"{base.type.spelling} has no element number {index.type.spelling}")
        return self._pointed(node.coord, shifted(node.coord, base, index))

    def _pointed(self, coord: object, pointer: Expression) -> Expression:
        assert isinstance(pointer.type, Pointer)
        target = pointer.type.target
        if isinstance(pointer, AddressOf) and not isinstance(pointer.place, BitField):
            return Read(target, moved(pointer.place, 0, target))
        return Read(target, Pointed(target, pointer))

    def _structref(self, node: Any) -> Expression:
        if node.type == "->":
            pointer = self.value(node.name)
            if not isinstance(pointer.type, Pointer) or not isinstance(pointer.type.target, Record):
                raise wrong(node.coord, f"'->' has no meaning for {pointer.type.spelling}")
            whole = self._pointed(node.coord, pointer)
        else:
            whole = self.read(node.name)
            if not isinstance(whole.type, Record):
                raise wrong(node.coord, f"'.' has no meaning for {whole.type.spelling}")
            if not isinstance(whole, Read):
                whole = self._pointed(node.coord, record_pointer(whole))
        assert isinstance(whole, Read) and isinstance(whole.type, Record)
        return self.member(node.coord, whole.place, whole.type, node.field.name)

    def member(self, coord: object, place: Place, record: Record, name: str) -> Read:
        """A member of a struct that lies at `place`."""
        if record.members is None:
            raise wrong(coord, f"{record.spelling} is incomplete")
        way = record.find(name)
        if not way:
            raise wrong(coord, f"{record.spelling} has no member '{name}'")
        for member in way:
            if member.bits is not None:
                place = bit_field(place, 0, member)
            else:
                place = within(place, member.offset, qualified(member.type, place.type.qualifiers))
        return Read(place.type, place)

    def _unaryop(self, node: Any) -> Expression:
        match node.op:
            case "sizeof" | "_Alignof" | "__alignof__" | "alignof":
                return self._size(node)
            case "&":
                return self._address(node)
            case "*":
                pointer = self.value(node.expr)
                if not isinstance(pointer.type, Pointer):
                    raise wrong(node.coord, f"'*' has no meaning for {pointer.type.spelling}")
                return self._pointed(node.coord, pointer)
            case "!":
                return compared(node.coord, "==", self.condition(node.expr), ZERO)
            case "-" | "+" | "~":
                return negated(node.coord, node.op, self.value(node.expr))
            case "++" | "--" | "p++" | "p--":
                return self._step(node)
            case _:
                raise refuse(node.coord, f"the operator '{node.op}'")

    def _size(self, node: Any) -> Expression:
        type_ = self._type_asked_for(node)
        if isinstance(type_, VariableArray) and node.op == "sizeof":
            return array_bytes(node.coord, type_)
        if (isinstance(type_, Record) and type_.members is None) or (isinstance(type_, Array) and type_.count is None):
            raise wrong(node.coord, f"the incomplete type {type_.spelling} has no size")
        size = type_.size if node.op == "sizeof" else type_.align
        return Number(t.UINT, 1 if type_ == t.VOID or isinstance(type_, Function) else size)

    def _type_asked_for(self, node: Any) -> CType:
        """Of sizeof's and _Alignof's operand."""
        if isinstance(node.expr, c_ast.Typename):
            return self._declarations.type(node.expr)
        read = self.read(node.expr)
        if isinstance(read, Read) and isinstance(read.place, BitField):
            raise wrong(node.coord, f"{node.op} has no meaning for a bit-field")
        return read.type

    def _address(self, node: Any) -> Expression:
        read = self.read(node.expr)
        if not isinstance(read, Read):
            raise wrong(node.coord, "the expression has no address")
        if isinstance(read.place, BitField):
            raise wrong(node.coord, "a bit-field has no address")
        variable = _variable_of(read.place)
        if variable is not None and variable.is_register:
            raise wrong(node.coord, "a register variable has no address")
        if isinstance(read.type, Function) and isinstance(read.place, AtLabel):
            return self._function_value(node, read.place.symbol, read)
        if isinstance(read.place, Pointed) and not read.place.offset:
            return convert(node.coord, read.place.pointer, Pointer(read.type))
        return AddressOf(Pointer(read.type), read.place)

    def _step(self, node: Any) -> Expression:
        place = self.place(node.expr)
        must_be_assignable(node.expr, place.type)
        return self._update(node.coord, place, "+" if "+" in node.op else "-", ONE, post=node.op[0] == "p")

    def _update(self, coord: object, place: Place, op: str, value: Expression, *, post: bool = False) -> Expression:
        """`place op= value`."""
        type_ = unqualified(place.type)
        if isinstance(type_, Pointer):
            if op not in "+-" or not isinstance(value.type, Integer):
                raise wrong(coord, f"'{op}=' has no meaning for {type_.spelling} and {value.type.spelling}")
            return Update(type_, place, op, scaled(coord, type_, value), t.UINT, post)
        needs_integers = op in ("%", "<<", ">>", "&", "|", "^")
        for one in (type_, value.type):
            if not (one.is_integer if needs_integers else one.is_arithmetic):
                raise wrong(coord, f"'{op}=' has no meaning for {type_.spelling} and {value.type.spelling}")
        operand = t.INT if is_narrow(place) else type_
        if op in ("<<", ">>"):
            assert isinstance(operand, Integer)
            return Update(type_, place, op, convert(coord, value, t.INT), promoted(operand), post)
        common = common_type(operand, value.type)
        return Update(type_, place, op, convert(coord, value, common), common, post)

    def _assignment(self, node: Any) -> Expression:
        place = self.place(node.lvalue)
        if isinstance(place.type, Array | Function):
            raise wrong(node.coord, f"{place.type.spelling} can't be assigned to")
        must_be_assignable(node.lvalue, place.type)
        if node.op != "=":
            return self._update(node.coord, place, node.op[:-1], self.value(node.rvalue))
        type_ = unqualified(place.type)
        return Assign(type_, place, assigned(node.coord, self.value(node.rvalue), type_))

    def _binaryop(self, node: Any) -> Expression:
        return binary(node.coord, node.op, self.value(node.left), self.value(node.right))

    def _ternaryop(self, node: Any) -> Expression:
        condition = self.condition(node.cond)
        yes = None if node.iftrue is None else self.value(node.iftrue)
        return choice(node.coord, condition, yes, self.value(node.iffalse))

    def _cast(self, node: Any) -> Expression:
        type_ = unqualified(self._declarations.type(node.to_type))
        value = self.value(node.expr)
        if type_ == t.VOID:
            return Convert(t.VOID, value)
        if isinstance(type_, Record) and type_ == value.type:
            return value
        if isinstance(type_, Pointer) and type_ == value.type and not isinstance(value, Number):
            return Convert(type_, value)  # the same address, but what it leads to may have other qualifiers
        return convert(node.coord, value, type_)

    def _exprlist(self, node: Any) -> Expression:
        result = self.value(node.exprs[0])
        for one in node.exprs[1:]:
            following = self.value(one)
            result = Sequence(following.type, result, following)
        return result

    def _compound(self, node: Any) -> Expression:
        type_, emit = self._around.statements(node)
        return Statements(type_, emit)

    def _compoundliteral(self, node: Any) -> Expression:
        type_ = self._declarations.type(node.type)
        return self._around.literal(node.coord, type_, node.init, node.storage)

    def _genericselection(self, node: Any) -> Expression:
        controlling = self.value(node.expr).type
        default = None
        for association in node.associations:
            if association.type is None:
                default = association.expr
            elif composite(self._declarations.type(association.type), controlling) is not None:
                return self.read(association.expr)
        if default is None:
            raise wrong(node.coord, f"_Generic has no choice for {controlling.spelling}")
        return self.read(default)


def _variable_of(place: Place) -> Static | FrameVariable | None:
    """The variable that a place is in, if it is named."""
    match place:
        case InFrame(variable=variable):
            return variable
        case AtLabel(symbol=symbol):
            return symbol
        case _:
            return None
