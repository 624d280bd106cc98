"""Which objects are const: told from how names were declared, for types here have no qualifiers."""

from __future__ import annotations

from typing import Any, NamedTuple

from pycparser import c_ast, c_generator

from stackglass.textbook.declarations import Declarations
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import TypeName, Variable
from stackglass.textbook.types import Record


class _Object(NamedTuple):
    """An object by the parsed type that it was declared with, its own qualifiers apart."""

    type: Any
    is_const: bool


class Constness:
    """Refuses assignments to what is const. What can't be told is taken for something that may be assigned to."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations

    def must_be_assignable(self, node: Any) -> None:
        """Trouble where an expression stands for something const."""
        found = self._object(node)
        if found is not None and found.is_const:
            text = c_generator.CGenerator().visit(node)
            raise wrong(node.coord, f"'{text}' is const: it can't be assigned to")

    def _object(self, node: Any) -> _Object | None:
        match node:
            case c_ast.ID(name=name):
                meaning = self._declarations.scope.find(name)
                return self._declared(meaning.declared) if isinstance(meaning, Variable) else None
            case c_ast.UnaryOp(op="*", expr=inner) | c_ast.ArrayRef(name=inner):
                return self._element(self._object(inner))
            case c_ast.UnaryOp(op="++" | "--" | "p++" | "p--", expr=inner) | c_ast.Assignment(lvalue=inner):
                return self._object(inner)
            case c_ast.BinaryOp(op="+" | "-", left=left):
                return self._object(left)
            case c_ast.StructRef(name=inner, type=access, field=field):
                whole = self._object(inner)
                return self._member(self._element(whole) if access == "->" else whole, field.name)
            case c_ast.Cast(to_type=type_) | c_ast.CompoundLiteral(type=type_):
                return self._declared(type_)
            case _:
                return None

    def _declared(self, type_: Any, is_const: bool = False) -> _Object | None:
        """What is declared with a parsed type, typedefs followed."""
        match type_:
            case c_ast.Decl() | c_ast.Typename() | c_ast.Typedef():
                return self._declared(type_.type, is_const)
            case c_ast.TypeDecl(type=c_ast.IdentifierType(names=[name])):
                is_const |= "const" in type_.quals
                meaning = self._declarations.scope.find(name)
                known = meaning.declared if isinstance(meaning, TypeName) else None
                return self._declared(known, is_const) if known is not None else _Object(type_.type, is_const)
            case c_ast.TypeDecl():
                return _Object(type_.type, is_const or "const" in type_.quals)
            case c_ast.PtrDecl():
                return _Object(type_, is_const or "const" in type_.quals)
            case None:
                return None
            case _:
                return _Object(type_, is_const)

    def _element(self, whole: _Object | None) -> _Object | None:
        """What a pointer leads to, or an array is made of: its elements are const where it is."""
        if whole is None:
            return None
        match whole.type:
            case c_ast.PtrDecl(type=target):
                return self._declared(target)
            case c_ast.ArrayDecl(type=element):
                return self._declared(element, whole.is_const)
            case _:
                return None

    def _member(self, whole: _Object | None, name: str) -> _Object | None:
        if whole is None or not isinstance(whole.type, c_ast.Struct | c_ast.Union):
            return None
        record = self._declarations.record_of(whole.type)
        return self._declared(_declared_member(record, name), whole.is_const) if record is not None else None


def _declared_member(record: Record, name: str) -> Any:
    """The declaration of a member, or of one of an unnamed member's."""
    way = record.find(name)
    for member in way[:-1]:
        assert isinstance(member.type, Record)
        record = member.type
    return record.declared.get(name)
