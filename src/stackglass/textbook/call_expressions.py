"""Calls, typed: who is called, what is passed, and the builtins that look like calls."""

from __future__ import annotations

from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.operators import assigned, convert, decay, element_size, moved
from stackglass.textbook.qualifiers import unqualified
from stackglass.textbook.refusals import wrong
from stackglass.textbook.surroundings import Surroundings
from stackglass.textbook.tree import (
    Assign,
    AtLabel,
    Call,
    Expression,
    InFrame,
    NextArgument,
    Number,
    Place,
    Pointed,
    Read,
    Reserve,
    Sequence,
)
from stackglass.textbook.types import Array, Function, Integer, Pointer, Record, promoted


class CallExpressions:
    """Settles the types of calls. What it needs of other expressions, its subclass has."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._declarations = around.declarations

    def value(self, node: Any) -> Expression:
        """The expression as a value: arrays and functions as addresses."""
        raise NotImplementedError

    def read(self, node: Any) -> Expression:
        """The expression without decay: a place as `Read`."""
        raise NotImplementedError

    def named(self, node: Any, *, called: bool = False) -> Expression:
        """What a name stands for; a function that is `called` need not have been declared."""
        raise NotImplementedError

    def constant(self, node: Any) -> Expression:
        """The expression, which may turn out to be a Number."""
        raise NotImplementedError

    def place(self, node: Any) -> Place:
        """Where the expression's object is. Trouble where it is no lvalue."""
        raise NotImplementedError

    def member(self, coord: object, place: Place, record: Record, name: str) -> Read:
        """A member of a struct that lies at `place`."""
        raise NotImplementedError

    def _funccall(self, node: Any) -> Expression:
        name = node.name.name if isinstance(node.name, c_ast.ID) else None
        if name == "__builtin_va_arg":
            return self._next_argument(node)
        if name == "offsetof":
            return self._offset(node)
        if name in ("alloca", "__builtin_alloca") and self._declarations.scope.find(name) is None:
            return self._alloca(node)
        function = self._callee(node)
        assert isinstance(function.type, Pointer) and isinstance(function.type.target, Function)
        type_ = function.type.target
        arguments = [self.value(one) for one in (node.args.exprs if node.args is not None else ())]
        named, extra = self._passed(node, name, type_, arguments)
        result = self._around.temporary(type_.result) if isinstance(type_.result, Record) else None
        return Call(unqualified(type_.result), function, named, extra, result)

    def _callee(self, node: Any) -> Expression:
        read = self.named(node.name, called=True) if isinstance(node.name, c_ast.ID) else self.read(node.name)
        if isinstance(read.type, Function):
            assert isinstance(read, Read)
            # Called at once, a nested function needs no closure.
            direct = isinstance(read.place, AtLabel)
            return decay(read) if direct or not isinstance(read.place, Pointed) else read.place.pointer
        if isinstance(read.type, Pointer) and isinstance(read.type.target, Function):
            return read
        raise wrong(node.coord, f"a value of type {read.type.spelling} can't be called")

    def _passed(
        self, node: Any, name: str | None, type_: Function, arguments: list[Expression]
    ) -> tuple[tuple[Expression, ...], tuple[Expression, ...] | None]:
        parameters = type_.parameters
        if parameters is None:
            return tuple(_promoted_argument(node.coord, one) for one in arguments), None
        enough = len(arguments) == len(parameters) or (type_.variadic and len(arguments) > len(parameters))
        if not enough:
            least = "at least " if type_.variadic else ""
            given = "1 argument" if len(arguments) == 1 else f"{len(arguments)} arguments"
            words = f"{given} for {name or 'a function'} that takes {least}{len(parameters)}"
            raise wrong(node.coord, words)
        named = tuple(
            assigned(one_node.coord, one, parameter)
            for one_node, one, parameter in zip(
                node.args.exprs if node.args else (), arguments, parameters, strict=False
            )
        )
        if not type_.variadic:
            return named, None
        return named, tuple(self._unnamed(node.coord, one) for one in arguments[len(parameters) :])

    def _unnamed(self, coord: object, value: Expression) -> Expression:
        """An argument that '...' takes. A struct is copied here, and its copy's address passed: who takes it copies
        nothing."""
        if not isinstance(value.type, Record):
            return _promoted_argument(coord, value)
        kept = self._around.temporary(value.type)
        assert kept is not None
        place = InFrame(value.type, kept)
        return Sequence(value.type, Assign(value.type, place, value), Read(value.type, place))

    def _next_argument(self, node: Any) -> Expression:
        list_node, type_node = node.args.exprs
        place = self.place(list_node)
        type_ = self._declarations.type(type_node)
        address: Expression = NextArgument(Pointer(type_), place)
        if isinstance(type_, Record):
            pointer = Pointer(type_)
            address = Read(pointer, Pointed(pointer, NextArgument(Pointer(pointer), place)))
        return Read(type_, Pointed(type_, address))

    def _alloca(self, node: Any) -> Expression:
        if node.args is None or len(node.args.exprs) != 1:
            raise wrong(node.coord, "alloca takes one argument")
        size = self.value(node.args.exprs[0])
        return Reserve(t.VOID_POINTER, self._around.room(node.coord, "alloca", assigned(node.coord, size, t.UINT)))

    def _offset(self, node: Any) -> Expression:
        type_node, designator = node.args.exprs
        type_ = self._declarations.type(type_node)
        place = self._designated(designator, Pointed(type_, Number(Pointer(type_), 0)))
        if not isinstance(place, Pointed):
            raise wrong(node.coord, "offsetof of a bit-field")
        return Number(t.UINT, place.offset)

    def _designated(self, node: Any, whole: Place) -> Place:
        match node:
            case c_ast.ID():
                assert isinstance(whole.type, Record)
                return self.member(node.coord, whole, whole.type, node.name).place
            case c_ast.StructRef():
                inner = self._designated(node.name, whole)
                assert isinstance(inner.type, Record)
                return self.member(node.coord, inner, inner.type, node.field.name).place
            case c_ast.ArrayRef():
                inner = self._designated(node.name, whole)
                index = self.constant(node.subscript)
                if not isinstance(inner.type, Array) or not isinstance(index, Number):
                    raise wrong(node.coord, "offsetof needs constant indices")
                size = element_size(node.coord, Pointer(inner.type.element))
                return moved(inner, int(index.value) * size, inner.type.element)
            case _:
                raise wrong(node.coord, "offsetof needs a member")


def _promoted_argument(coord: object, value: Expression) -> Expression:
    """The default argument promotions (C11 6.5.2.2)."""
    if value.type == t.FLOAT:
        return convert(coord, value, t.DOUBLE)
    if value.type == t.VOID:
        raise wrong(coord, "an argument that has no value")
    return convert(coord, value, promoted(value.type)) if isinstance(value.type, Integer) else value
