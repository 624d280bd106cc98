"""A translation unit's locals: where each of them is, and what it begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.computed_arrays import ComputedArrays
from stackglass.textbook.declared import line_of
from stackglass.textbook.filling import filled
from stackglass.textbook.images import image_of
from stackglass.textbook.initialisers import Initialiser, Part
from stackglass.textbook.instructions import Label
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import FrameVariable, Static, Variable
from stackglass.textbook.statements import Statements
from stackglass.textbook.tree import (
    AddressOf,
    Assign,
    AtLabel,
    Expression,
    InFrame,
    Place,
    Pointed,
    Read,
)
from stackglass.textbook.tree import Sequence as InOrder
from stackglass.textbook.types import Array, CType, Function, Pointer, Record, VariableArray


class Locals(ComputedArrays):
    """Declares what is declared in functions."""

    def local(self, node: Any, inside: Statements) -> None:
        """A declaration in a function."""
        if node.name is None:
            self.declarations.type(node.type)
            return
        type_ = self.declarations.declared_type(node)
        storage = node.storage or ()
        if isinstance(type_, Function) or "extern" in storage:
            self._local_function(node, type_, inside)
            return
        if type_ == t.VOID or (isinstance(type_, Record) and type_.members is None):
            raise wrong(node.coord, f"'{node.name}' has type {type_.spelling}, which has no size")
        if "static" in storage:
            self._local_static(node, type_, inside)
            return
        if isinstance(type_, VariableArray):
            self.computed_local(node, type_, inside)
            return
        self._automatic(node, type_, inside)

    def _local_function(self, node: Any, type_: CType, inside: Statements) -> None:
        if "auto" in (node.storage or ()) and isinstance(type_, Function):
            label = self.label(f"{inside.code.symbol.label}.{node.name}")
            symbol = Static(label, type_, is_function=True, nested=inside.code)
            marker = Label()
            inside.code.place(marker)
            self.markers[id(symbol)] = inside.code, marker, None
            self.declarations.scope.declare(node.coord, node.name, Variable(node.name, type_, symbol, line_of(node)))
            return
        self.declare_external(node, type_)

    def _local_static(self, node: Any, type_: CType, inside: Statements) -> None:
        if isinstance(type_, VariableArray):
            raise wrong(node.coord, f"the size of '{node.name}', which is static, is not a constant")
        symbol = self.static_local(node.name, type_, line_of(node))
        variable = Variable(node.name, type_, symbol, line_of(node))
        self.declarations.scope.declare(node.coord, node.name, variable)
        if node.init is None:
            self.define_zero(symbol, type_)
        else:
            variable.type = self.static_data(symbol, type_, node)
        inside.block.variables.append(variable)

    def _automatic(self, node: Any, type_: CType, inside: Statements) -> None:
        is_register = "register" in (node.storage or ())
        variable = Variable(node.name, type_, Static("", type_, is_register=is_register), line_of(node))
        self.declarations.scope.declare(node.coord, node.name, variable)
        initialiser = None
        if node.init is not None:
            type_ = self.sized(type_, node.init)
        if isinstance(type_, Array) and type_.count is None:
            raise wrong(node.coord, f"'{node.name}' has an unknown size")
        variable.type = type_
        if self.strategy.static_locals:
            symbol = self.static_local(node.name, type_, line_of(node))
            self.define(symbol, type_)
            variable.storage = symbol
        else:
            variable.storage = inside.code.variable(node.name, type_, line_of(node))
        variable.storage.is_register = is_register
        inside.block.variables.append(variable)
        if node.init is not None:
            initialiser = Initialiser(self.expressions.value)
            initialiser.fill(type_, node.init)
            inside.generation.effect(self._filled(_place(variable), initialiser.parts))

    def sized(self, type_: CType, init: Any) -> CType:
        """An array's type with the size that its initialiser gives it."""
        if isinstance(type_, Array) and type_.count is None:
            return Initialiser(self.expressions.value).fill(type_, init)
        return type_

    def declare_silently(self, items: list[Any], inside: Statements) -> None:
        """Puts the names that items declare into scope, for their types alone."""
        for node in items:
            if isinstance(node, c_ast.Typedef):
                self.typedef(node)
            elif isinstance(node, c_ast.Decl) and node.name is not None:
                type_ = self.declarations.type(node.type)
                if node.init is not None and not isinstance(type_, Function):
                    type_ = self.sized(type_, node.init)
                storage = FrameVariable(node.name, type_, inside.code, 0, None)
                self.declarations.scope.names[node.name] = Variable(node.name, type_, storage)

    def literal(self, coord: object, type_: CType, init: Any, storage: Any) -> Expression:
        """A compound literal: a nameless object."""
        initialiser = Initialiser(self.expressions.value)
        type_ = initialiser.fill(type_, init)
        if not self.open_statements or "static" in (storage or ()):
            symbol = Static(self.label(".literal"), type_)
            symbol.data, symbol.relocations = image_of(type_, initialiser.parts, strict=True)
            symbol.defined = True
            self.statics.append(symbol)
            return Read(type_, AtLabel(type_, symbol))
        place = InFrame(type_, self.open_statements[-1].code.variable("", type_, None))
        filling = self._filled(place, initialiser.parts)
        pointer = Pointer(type_)
        return Read(type_, Pointed(type_, InOrder(pointer, filling, AddressOf(pointer, place))))

    def _filled(self, place: Place, parts: list[Part]) -> Expression:
        """What fills a local as its initialiser says."""

        def image(constant: Sequence[Part]) -> Static:
            symbol = Static(self.label(".initial"), place.type, read_only=True, defined=True)
            symbol.data, symbol.relocations = image_of(place.type, constant, strict=False)
            self.statics.append(symbol)
            return symbol

        return filled(place, parts, image)

    def store(self, inside: Statements, variable: FrameVariable, value: Expression) -> None:
        """Keeps a value in a nameless local."""
        place = InFrame(variable.type, variable)
        inside.generation.effect(Assign(variable.type, place, value))

    @staticmethod
    def read(variable: FrameVariable) -> Read:
        """What a nameless local holds."""
        return Read(variable.type, InFrame(variable.type, variable))


def _place(variable: Variable) -> Place:
    storage = variable.storage
    if isinstance(storage, FrameVariable):
        return InFrame(variable.type, storage)
    return AtLabel(variable.type, storage)
