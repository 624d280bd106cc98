"""C's declarators and specifiers to types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.alignment import Alignments, must_fit_elements
from stackglass.textbook.qualifiers import called, qualified, unqualified
from stackglass.textbook.record_layout import DeclaredMember, lay_out
from stackglass.textbook.refusals import Trouble, refuse, wrong
from stackglass.textbook.scope import Enumerator, Scope, TypeName
from stackglass.textbook.specifiers import basic_type
from stackglass.textbook.tree import Expression, Number
from stackglass.textbook.types import Array, CType, Function, Integer, Pointer, Record, VariableArray, new_record

LARGEST = 1 << 28
"""Bytes of the largest object."""
_WIDEST = 8
"""Bytes that one bit-field may have bits in."""


class Declarations(Alignments):
    """Turns what a program declares into types, in the scope where it stands. `constant` and `type_of` are asked of
    the expressions' side."""

    def __init__(self) -> None:
        self.scope = Scope()
        self._defined: dict[int, tuple[Any, Record]] = {}
        """The structs and unions by the nodes that define them: all declarators behind one share it. The node is kept,
        or another would get its number."""
        self._enumerated: dict[int, tuple[Any, Integer, dict[str, Enumerator]]] = {}
        """The enumerations, likewise, with their names."""
        self.type_of: Callable[[Any], CType]
        self.computed_array: Callable[[object, CType, Expression], CType]
        """Gives the type of an array whose size is no constant; generates what computes that."""
        self.enumerated: Callable[[Integer], None]
        """Is told each enumeration that is defined."""
        self._prototypes = 0

    # ---- types ----

    def type(self, node: Any) -> CType:
        """The type that a declarator or a type name stands for."""
        match node:
            case c_ast.TypeDecl():
                return qualified(self.type(node.type), node.quals or ())
            case c_ast.Typename() | c_ast.Decl() | c_ast.Typedef() | c_ast.AttributedType():
                return self.type(node.type)
            case c_ast.IdentifierType():
                return self._named(node)
            case c_ast.PtrDecl():
                return qualified(Pointer(self.type(node.type)), node.quals or ())
            case c_ast.ArrayDecl():
                return self._array(node)
            case c_ast.FuncDecl():
                return self._function(node)
            case c_ast.Struct() | c_ast.Union():
                return self._record(node)
            case c_ast.Enum():
                return self._enumeration(node)
            case c_ast.TypeOf():
                is_type = isinstance(node.expr, c_ast.Typename)
                return self.type(node.expr) if is_type else self.type_of(node.expr)
            case _:
                raise refuse(node.coord, f"the type {type(node).__name__}")

    def _named(self, node: Any) -> CType:
        names = list(node.names)
        basic = basic_type(names)
        if basic is not None:
            return basic
        if len(names) == 1:
            meaning = self.scope.find(names[0])
            if isinstance(meaning, TypeName):
                return called(meaning.type, names[0])
        if "_Complex" in names:
            raise refuse(node.coord, "a complex number", "keep its two parts in doubles")
        raise wrong(node.coord, f"'{' '.join(names)}' is not a type")

    def _array(self, node: Any) -> CType:
        element = self.type(node.type)
        if isinstance(element, Function) or element == t.VOID:
            raise wrong(node.coord, f"an array of {element.spelling}")
        _complete(node.coord, element)
        must_fit_elements(node.coord, element)
        if node.dim is None:
            return Array(element, None)
        if self._prototypes:
            return self._array_in_prototype(node, element)
        count = self.constant(node.dim)
        if not isinstance(count, Number) or isinstance(element, VariableArray):
            return self.computed_array(node.coord, element, count)
        return self._fixed_array(node, element, count)

    def _array_in_prototype(self, node: Any, element: CType) -> CType:
        """Sizes there are not computed, and may name parameters that nobody has declared (C11 6.7.6.2)."""
        try:
            count: Expression | None = self.constant(node.dim)
        except Trouble:
            count = None
        if isinstance(count, Number) and not isinstance(element, VariableArray):
            return self._fixed_array(node, element, count)
        return VariableArray(element, None)

    def _fixed_array(self, node: Any, element: CType, count: Number) -> CType:
        if not isinstance(count.type, Integer) or int(count.value) < 0:
            raise wrong(node.coord, "the size of an array is no number from 0 on")
        if int(count.value) * max(element.size, 1) > LARGEST:
            raise refuse(node.coord, f"an array of {int(count.value) * element.size:,} bytes", "use a smaller one")
        return Array(element, int(count.value))

    def _function(self, node: Any) -> CType:
        result = self.type(node.type)
        if isinstance(result, Array | Function):
            raise wrong(node.coord, f"a function that returns {result.spelling}")
        if node.args is None:
            return Function(result, None)
        self._prototypes += 1
        try:
            return self._prototyped(result, node.args.params)
        finally:
            self._prototypes -= 1

    def _prototyped(self, result: CType, parameters: list[Any]) -> CType:
        names = set()
        for one in parameters:
            name = getattr(one, "name", None)
            if name is not None and name in names:
                raise wrong(one.coord, f"two parameters are called '{name}'")
            names.add(name)
        if all(isinstance(one, c_ast.ID) for one in parameters):
            return Function(result, None)
        variadic = isinstance(parameters[-1], c_ast.EllipsisParam)
        types = [self.parameter_type(one) for one in parameters[: len(parameters) - variadic]]
        if types == [t.VOID]:
            types = []
        return Function(result, tuple(types), variadic)

    def parameter_type(self, node: Any) -> CType:
        """A parameter's type: arrays and functions become pointers (C11 6.7.6.3)."""
        if isinstance(node, c_ast.ID):
            return t.INT
        inner = node.type
        if isinstance(inner, c_ast.ArrayDecl):
            own = [one for one in inner.dim_quals or () if one in t.QUALIFIERS]
            return qualified(Pointer(_complete(node.coord, self.type(inner.type))), own)
        declared = self.type(inner)
        if isinstance(declared, Array):
            return Pointer(declared.element)
        return Pointer(declared) if isinstance(declared, Function) else declared

    # ---- struct, union, enum ----

    def _record(self, node: Any) -> Record:
        known = self._defined.get(id(node))
        if known is not None:
            if node.name is not None:
                self.scope.tags[node.name] = known[1]
            return known[1]
        kind = "union" if isinstance(node, c_ast.Union) else "struct"
        record = self._tagged(node, kind)
        if node.decls is None:
            return record
        self._defined[id(node)] = node, record
        if record.members is not None:
            raise wrong(node.coord, f"{record.spelling} is defined twice")
        members: list[DeclaredMember] = []
        names: set[str] = set()
        for declared in node.decls:
            if not isinstance(declared, c_ast.Decl):
                continue
            members.append(self._member(declared, packed=node.attributes.packed))
            _add_names(declared.coord, members[-1].name, members[-1].type, names)
        lay_out(record, members, least=self.attributed(node) or 1)
        if any(one.span > _WIDEST for one in record.shape.members or ()):
            raise refuse(node.coord, "a packed bit-field that lies in 9 bytes", "put it first, or make it narrower")
        return record

    def _tagged(self, node: Any, kind: str) -> Record:
        if node.name is None:
            return new_record(kind, None)
        found = self.scope.tags.get(node.name) if node.decls is not None else self.scope.find_tag(node.name)
        if found is None:
            found = self.scope.tags[node.name] = new_record(kind, node.name)
        if not isinstance(found, Record) or found.kind != kind:
            raise wrong(node.coord, f"'{node.name}' is not a {kind}")
        return found

    def _member(self, declared: Any, *, packed: bool) -> DeclaredMember:
        type_ = self.type(declared.type)
        if isinstance(type_, Function | VariableArray) or type_ == t.VOID:
            raise wrong(declared.coord, f"a member of type {type_.spelling}")
        if isinstance(type_, Record) and type_.members is None:
            raise wrong(declared.coord, f"a member of the incomplete type {type_.spelling}")
        packed = packed or declared.attributes.packed
        least = max(self.attributed(declared) or 1, self.specified(declared, type_))
        if declared.bitsize is None:
            return DeclaredMember(declared.name, type_, None, packed, least)
        width = self.constant(declared.bitsize)
        if not isinstance(type_, Integer) or not isinstance(width, Number):
            raise wrong(declared.coord, "a bit-field has an integer type and a constant width")
        if not 0 <= int(width.value) <= 8 * type_.size:
            raise wrong(declared.coord, f"a bit-field of {width.value} bits in {type_.spelling}")
        return DeclaredMember(declared.name, type_, int(width.value), packed, least)

    def _enumeration(self, node: Any) -> Integer:
        if node.values is None:
            found = self.scope.find_tag(node.name)
            return found if isinstance(found, Integer) else t.UINT
        if id(node) not in self._enumerated:
            self._enumerate(node)
        _, made, names = self._enumerated[id(node)]
        self.scope.names.update(names)
        if node.name is not None:
            self.scope.tags[node.name] = made
        return made

    def _enumerate(self, node: Any) -> None:
        value = -1
        names: dict[str, Enumerator] = {}
        for one in node.values.enumerators:
            value += 1
            if one.value is not None:
                number = self.constant(one.value)
                if not isinstance(number, Number) or not isinstance(number.type, Integer):
                    raise wrong(one.coord, f"the value of '{one.name}' is not a constant")
                value = int(number.value)
            line = getattr(one.coord, "line", None)
            names[one.name] = Enumerator(t.INT if value <= t.INT.high else t.UINT, value, line)
            self.scope.declare(one.coord, one.name, names[one.name])
        values = tuple((name, one.value) for name, one in names.items())
        made = t.enumeration(node.name, values, packed=node.attributes.packed)
        self._enumerated[id(node)] = node, made, names
        self.enumerated(made)


def _complete(coord: object, element: CType) -> CType:
    """The type of an array's elements. Trouble where it is incomplete (C11 6.7.6.2)."""
    is_unsized = isinstance(element, Array) and element.count is None and not isinstance(element, VariableArray)
    if is_unsized or (isinstance(element, Record) and element.members is None):
        raise wrong(coord, f"an array of the incomplete type {element.spelling}")
    return element


def _add_names(coord: object, name: str | None, type_: CType, names: set[str]) -> None:
    """Adds a member's name, or the names of an unnamed one's members. Trouble for one that is there already."""
    if name is not None:
        if name in names:
            raise wrong(coord, f"two members are called '{name}'")
        names.add(name)
    elif isinstance(type_, Record):
        for member in type_.members or ():
            _add_names(coord, member.name, member.type, names)


def composite(old: CType, new: CType) -> CType | None:
    """The type of what is declared twice (C11 6.2.7), or None where the declarations contradict each other."""
    if old.qualifiers != new.qualifiers:
        return None
    match old, new:
        case Array(element, count), Array(other, other_count):
            inner = composite(element, other)
            if inner is None or (count is not None and other_count is not None and count != other_count):
                return None
            return Array(inner, other_count if count is None else count)
        case Function(), Function():
            return _composite_function(old, new)
        case Pointer(a), Pointer(b):
            return old if composite(a, b) is not None else None
        case Integer(), Integer() if old.size == new.size and old.signed == new.signed:
            return old if old.rank == new.rank or old.enumerators or new.enumerators else None
        case _:
            return old if old == new else None


def _composite_function(old: Function, new: Function) -> CType | None:
    """Qualifiers of a parameter itself, and of a result, make no difference (C17 6.7.6.3)."""
    if composite(unqualified(old.result), unqualified(new.result)) is None:
        return None
    if old.parameters is None or new.parameters is None:
        return new if old.parameters is None else old
    if len(old.parameters) != len(new.parameters) or old.variadic != new.variadic:
        return None
    pairs = zip(old.parameters, new.parameters, strict=True)
    if any(composite(unqualified(a), unqualified(b)) is None for a, b in pairs):
        return None
    return new
