"""One evaluation of an expression's tree, with C's types and conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.errors import ExpressionError, UnreadableMemory
from stackglass.recording import literals, syntax
from stackglass.recording.arithmetic import (
    BOOL,
    INT,
    Number,
    Numeric,
    binary,
    compare,
    convert,
    is_comparison,
    promote,
    unary,
)
from stackglass.recording.operands import Operand, Scope, bytes_of, number_of
from stackglass.recording.shapes import (
    ArrayOf,
    Code,
    MemberOf,
    PointerTo,
    Record,
    ReferenceTo,
    Shape,
    Void,
    path_to,
    path_to_base,
    shape_of,
)

if TYPE_CHECKING:
    from stackglass.debuginfo.types import Type

_LONGEST_STRING = 1 << 16
_MOST_NAMES = 12
"""Variables that are listed for one that isn't there."""


class Evaluation:
    """One evaluation of a tree."""

    def __init__(self, scope: Scope, text: str, register: str) -> None:
        self.scope = scope
        self.text = text
        self._for_help = register
        self._model = scope.model

    def of(self, node: syntax.Node) -> Operand | bytes:
        """What a node denotes; bytes are a string literal's."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._refused({"FuncCall": "a call", "Assignment": "an assignment"}.get(type(node).__name__, "that"))
        operand: Operand | bytes = method(node)
        return operand

    def operand(self, node: syntax.Node) -> Operand:
        """The same, where a string literal is out of place."""
        operand = self.of(node)
        if isinstance(operand, bytes):
            raise ExpressionError(f"a string literal can only be compared in '{self.text}'")
        return operand

    def _refused(self, what: str) -> ExpressionError:
        return ExpressionError(
            f"'{self.text}' cannot be evaluated: {what} is more than looking", help=syntax.help_with(self._for_help)
        )

    # Leaves

    def _id(self, node: syntax.Node) -> Operand:
        name = syntax.written(node.name)
        if name.startswith("$"):
            return self._register(name[1:])
        found = self.scope.variable(name)
        if found is None and name in ("NULL", "nullptr"):
            return Operand(PointerTo(None, self._model.word_size), value=0)
        if found is None and name in _CONSTANTS:
            return _CONSTANTS[name]
        if found is None:
            names = self.scope.names()
            known = ", ".join(names[:_MOST_NAMES]) or "none"
            if len(names) > _MOST_NAMES:
                known += f" and {len(names) - _MOST_NAMES} more"
            raise ExpressionError(f"no variable is called '{name}' there", help=f"variables in view: {known}")
        return self._object(found.type, found.address, found.data)

    def _register(self, name: str) -> Operand:
        found = self.scope.register(name)
        if found is None:
            raise ExpressionError(f"no register is called '{name}'")
        value, size = found
        return Operand(Number("unsigned long" if size == 8 else f"{size}-byte register", size, "unsigned"), value=value)

    def _constant(self, node: syntax.Node) -> Operand | bytes:
        if node.type == "string":
            return syntax.characters(node.value)
        if node.value.endswith("'"):
            number, value = literals.character(node.value, self._model)
            return Operand(number, value=value)
        read = literals.floating if node.type.endswith(("float", "double")) else literals.integer
        constant, worth = read(node.value, self._model)
        return Operand(constant, value=worth)

    def _object(self, type_: Type | Shape, address: int | None, data: bytes | None = None) -> Operand:
        """An object of a type; a reference is what it refers to."""
        shape = shape_of(type_)
        if isinstance(shape, ReferenceTo):
            raw = data if data is not None else self.scope.read(address or 0, shape.size)
            return self._object(shape.target, int.from_bytes(raw[: shape.size], self._model.byte_order))
        return Operand(shape, address, data)

    # Operators

    def _unaryop(self, node: syntax.Node) -> Operand:
        if node.op == "sizeof":
            return self._sizeof(node.expr)
        if node.op in ("++", "--", "p++", "p--"):
            raise self._refused(node.op.removeprefix("p"))
        if node.op == "!":
            return Operand(INT, value=int(not self.truth(self.of(node.expr))))
        operand = self.operand(node.expr)
        if node.op == "&":
            return self._address_of(operand)
        if node.op == "*":
            return self._dereference(operand)
        value, number = self._arithmetic_operand(operand)
        value, number = unary(node.op, value, number)
        return Operand(number, value=value)

    def _sizeof(self, node: syntax.Node) -> Operand:
        if type(node).__name__ == "Typename":
            size = self._type(node).size
        else:
            operand = self.of(node)
            size = len(operand) + 1 if isinstance(operand, bytes) else operand.shape.size
        if size is None:
            raise ExpressionError(f"the size that '{self.text}' asks for is not known")
        return Operand(self._model.unsigned_long, value=size)

    def _address_of(self, operand: Operand) -> Operand:
        if operand.address is None or operand.bits is not None:
            raise ExpressionError(f"'{self.text}' takes the address of what has none")
        return Operand(PointerTo(operand.shape, self._model.word_size), value=operand.address)

    def _dereference(self, operand: Operand) -> Operand:
        address, pointer = self._pointer(operand)
        if pointer.target is None:
            raise ExpressionError(f"'{self.text}' looks through a void pointer")
        return self._object(pointer.target, address)

    def _arrayref(self, node: syntax.Node) -> Operand:
        base, index = self.operand(node.name), self.operand(node.subscript)
        if isinstance(index.shape, PointerTo | ArrayOf):
            base, index = index, base
        if isinstance(base.shape, ArrayOf) and base.address is None:
            return self._element(base, self._integer(index))
        return self._dereference(self._moved(base, self._integer(index)))

    def _element(self, base: Operand, index: int) -> Operand:
        """An element of an array that is not in memory."""
        assert isinstance(base.shape, ArrayOf)
        size = shape_of(base.shape.element).size or 0
        data = (base.data or b"")[index * size : (index + 1) * size] if index >= 0 else b""
        if len(data) != size:
            raise ExpressionError(f"'{self.text}' looks beyond what is known of an array")
        return self._object(base.shape.element, None, data)

    def _structref(self, node: syntax.Node) -> Operand:
        base = self.operand(node.name)
        if node.type == "->":
            base = self._dereference(base)
        return self._member(base, syntax.written(node.field.name))

    def _member(self, base: Operand, name: str) -> Operand:
        if not isinstance(base.shape, Record):
            raise ExpressionError(f"'{base.shape.spelling}' has no members, so no '{name}'")
        path = path_to(base.shape, name)
        if not path:
            raise ExpressionError(f"{base.shape.spelling} has no member '{name}'")
        for member in path:
            base = self._direct_member(base, member)
        return base

    def _direct_member(self, base: Operand, member: MemberOf) -> Operand:
        if member.is_virtual_base:
            return Operand(shape_of(member.type), self._virtual_base(base, member))
        if member.bits is not None:
            unit = self._part(base, member.offset, member.storage)
            return Operand(shape_of(member.type), None, unit, bits=member.bits)
        address = None if base.address is None else base.address + member.offset
        shape = shape_of(member.type)
        data = self._part(base, member.offset, shape.size or 0) if address is None else None
        return self._object(member.type, address, data)

    def _virtual_base(self, base: Operand, member: MemberOf) -> int:
        address = None if base.address is None else self.scope.virtual_base(member.place, base.address)
        if address is None:
            name = shape_of(member.type).spelling
            raise ExpressionError(f"'{self.text}' cannot be told: the object does not tell where its base {name} lies")
        return address

    def _part(self, base: Operand, offset: int, size: int) -> bytes:
        if base.address is not None:
            return self.scope.read(base.address + offset, size)
        return (base.data or b"")[offset : offset + size]

    def _cast(self, node: syntax.Node) -> Operand:
        shape, operand = self._type(node.to_type), self.operand(node.expr)
        if isinstance(shape, Void):
            raise ExpressionError(f"'{self.text}' throws the value away")
        value = self._scalar(operand)[0]
        if isinstance(shape, Number):
            return Operand(shape, value=convert(value, shape))
        if isinstance(shape, PointerTo) and isinstance(value, int):
            return Operand(shape, value=self._as_pointer_to(shape, self._decayed(operand)))
        raise ExpressionError(f"a value cannot be cast to {shape.spelling}")

    def _as_pointer_to(self, shape: PointerTo, pointer: Operand) -> int:
        """A pointer's value as one of that type: to an object's base it leads where that lies, and back."""
        value, source, target = self._address(self._scalar(pointer)[0]), _record(pointer.shape), _record(shape)
        if not value or source is None or target is None or source.spelling == target.spelling:
            return value
        base = Operand(source, value)
        for member in path_to_base(source, target):
            base = self._direct_member(base, member)
        assert base.address is not None
        back = path_to_base(target, source)
        if any(member.is_virtual_base for member in back):
            raise ExpressionError(f"'{self.text}' cannot be told: nothing leads from a virtual base to its object")
        return base.address - sum(member.offset for member in back)

    def _ternaryop(self, node: syntax.Node) -> Operand | bytes:
        return self.of(node.iftrue if self.truth(self.of(node.cond)) else node.iffalse)

    def _binaryop(self, node: syntax.Node) -> Operand:
        if node.op in ("&&", "||"):
            first = self.truth(self.of(node.left))
            holds = first if first == (node.op == "||") else self.truth(self.of(node.right))
            return Operand(INT, value=int(holds))
        left_operand, right_operand = self.of(node.left), self.of(node.right)
        if isinstance(left_operand, bytes) or isinstance(right_operand, bytes):
            return self._compare_strings(node.op, left_operand, right_operand)
        left, right = self._decayed(left_operand), self._decayed(right_operand)
        if isinstance(left.shape, PointerTo) or isinstance(right.shape, PointerTo):
            return self._pointer_operation(node.op, left, right)
        a, b = self._arithmetic_operand(left), self._arithmetic_operand(right)
        value, number = binary(node.op, a, b)
        return Operand(number, value=value)

    def _pointer_operation(self, operator: str, left: Operand, right: Operand) -> Operand:
        if is_comparison(operator):
            return Operand(INT, value=compare(operator, *self._as_pointers_to_one(left, right)))
        if operator == "-" and isinstance(left.shape, PointerTo) and isinstance(right.shape, PointerTo):
            distance = int(self._scalar(left)[0]) - int(self._scalar(right)[0])
            return Operand(self._model.long, value=int(distance / self._stride(left.shape)))
        if operator == "+" and isinstance(right.shape, PointerTo):
            left, right = right, left
        if operator in ("+", "-") and not isinstance(right.shape, PointerTo):
            return self._moved(left, self._integer(right) * (1 if operator == "+" else -1))
        raise ExpressionError(f"'{operator}' does not take a pointer")

    def _as_pointers_to_one(self, left: Operand, right: Operand) -> tuple[int, int]:
        """Two pointers' values; that to a derived object as one to the base that the other leads to."""
        a, b = (self._address(self._scalar(operand)[0]) for operand in (left, right))
        one, other = _record(left.shape), _record(right.shape)
        if one is not None and other is not None:
            if isinstance(right.shape, PointerTo) and path_to_base(one, other):
                a = self._as_pointer_to(right.shape, left)
            elif isinstance(left.shape, PointerTo) and path_to_base(other, one):
                b = self._as_pointer_to(left.shape, right)
        return a, b

    def _compare_strings(self, operator: str, left: Operand | bytes, right: Operand | bytes) -> Operand:
        if operator not in ("==", "!="):
            raise ExpressionError(f"'{operator}' does not take a string; == and != do")
        a, b = self._string(left), self._string(right)
        return Operand(INT, value=int((a == b) == (operator == "==")))

    # What operands are worth

    def truth(self, operand: Operand | bytes) -> bool:
        """Whether the operand is not 0."""
        if isinstance(operand, bytes):
            return True
        return self._scalar(operand)[0] != 0

    def _decayed(self, operand: Operand) -> Operand:
        """An array as a pointer to its first element, a function as a pointer to it."""
        if isinstance(operand.shape, ArrayOf) and operand.address is not None:
            return Operand(PointerTo(operand.shape.element, self._model.word_size), value=operand.address)
        if isinstance(operand.shape, Code) and operand.address is not None:
            return Operand(PointerTo(operand.shape, self._model.word_size), value=operand.address)
        return operand

    def _scalar(self, operand: Operand) -> tuple[Numeric, Number | PointerTo]:
        return number_of(self.scope, self._decayed(operand))

    def _arithmetic_operand(self, operand: Operand) -> tuple[Numeric, Number]:
        value, shape = self._scalar(operand)
        if isinstance(shape, PointerTo):
            raise ExpressionError(f"'{self.text}' needs a number where there is a pointer")
        if operand.bits is not None and not shape.is_float and operand.bits[1] < 32:
            return value, INT  # 6.3.1.1: a narrow bit-field promotes to int
        return value, promote(shape)

    def _integer(self, operand: Operand) -> int:
        value, number = self._arithmetic_operand(operand)
        if number.is_float:
            raise ExpressionError(f"'{self.text}' needs an integer where there is a {number.name}")
        return int(value)

    def _pointer(self, operand: Operand) -> tuple[int, PointerTo]:
        value, shape = self._scalar(operand)
        if not isinstance(shape, PointerTo):
            raise ExpressionError(f"'{self.text}' looks through a {shape.spelling}, which is no pointer")
        return int(value), shape

    def _moved(self, operand: Operand, count: int) -> Operand:
        address, pointer = self._pointer(operand)
        return Operand(pointer, value=self._address(address + count * self._stride(pointer)))

    def _address(self, value: Numeric) -> int:
        """An address, or a number that is made one or compared with one, as the address that it is."""
        return int(value) % (1 << 8 * self._model.word_size)

    def _stride(self, pointer: PointerTo) -> int:
        size = 1 if pointer.target is None else shape_of(pointer.target).size
        if not size:
            raise ExpressionError(f"'{self.text}' steps over {pointer.spelling}, whose size is not known")
        return size

    def _string(self, operand: Operand | bytes) -> bytes:
        """The characters up to the NUL that a char pointer or array holds."""
        if isinstance(operand, bytes):
            return operand
        if isinstance(operand.shape, ArrayOf) and _is_character(operand.shape.element):
            return bytes_of(self.scope, operand, operand.shape.size or 0).split(b"\0")[0]
        if isinstance(operand.shape, PointerTo) and _is_character(operand.shape.target):
            return self._string_at(int(self._scalar(operand)[0]))
        raise ExpressionError(f"a string literal does not compare with {operand.shape.spelling}")

    def _string_at(self, address: int) -> bytes:
        content = b""
        while len(content) < _LONGEST_STRING:
            try:
                content += self.scope.read(address + len(content), 16)
            except UnreadableMemory:
                content += self.scope.read(address + len(content), 1)
            if b"\0" in content:
                return content.split(b"\0")[0]
        return content

    # Types

    def _type(self, node: syntax.Node) -> Shape:
        """The type that a type name in the expression means."""
        kind = type(node).__name__
        if kind in ("Typename", "TypeDecl"):
            return self._type(node.type)
        if kind == "PtrDecl":
            target = self._type(node.type)
            return PointerTo(None if isinstance(target, Void) else target, self._model.word_size)
        if kind in ("Struct", "Union", "Enum") and node.name:
            return self._named_type(f"{kind.lower()} {syntax.written(node.name)}")
        if kind == "IdentifierType":
            return self._model.base_type(node.names) or self._named_type(syntax.written(" ".join(node.names)))
        raise ExpressionError(f"'{self.text}' has a type that cannot be cast to")

    def _named_type(self, name: str) -> Shape:
        found = self.scope.type_named(name)
        if found is None:
            raise ExpressionError(f"there is no type '{name}'")
        return shape_of(found)


def _record(shape: Shape) -> Record | None:
    """The class that a pointer leads to; None for what is no such pointer."""
    target = shape_of(shape.target) if isinstance(shape, PointerTo) and shape.target is not None else None
    return target if isinstance(target, Record) else None


def _is_character(type_: Type | Shape | None) -> bool:
    shape = None if type_ is None else shape_of(type_)
    return isinstance(shape, Number) and shape.size == 1 and not shape.is_float and shape.kind != "bool"


_CONSTANTS = {
    "true": Operand(BOOL, value=1),
    "false": Operand(BOOL, value=0),
}
