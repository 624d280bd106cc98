"""A translation unit: its declarations, its functions, its data."""

from __future__ import annotations

from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.activation import Strategy
from stackglass.textbook.expressions import Expressions
from stackglass.textbook.functions import FunctionCode
from stackglass.textbook.labels import plain
from stackglass.textbook.locals import Locals
from stackglass.textbook.refusals import refuse, wrong
from stackglass.textbook.scope import Static
from stackglass.textbook.statements import Statements
from stackglass.textbook.types import Function, Record


class Unit(Locals):
    """Takes a parsed source to functions and data."""

    def __init__(self, strategy: Strategy) -> None:
        super().__init__(strategy)
        self.expressions = Expressions(self)
        self.declarations.constant = self.expressions.constant
        self.declarations.type_of = self.expressions.type_of
        self.declarations.computed_array = self.computed_array
        self.declarations.enumerated = self.enumerated

    def statements_of(self, code: FunctionCode) -> Statements:
        """What compiles a function's statements."""
        return Statements(self, code)

    def compile(self, tree: Any) -> None:
        """Compiles all of a source. Trouble for what is wrong with it."""
        for node in tree.ext:
            match node:
                case c_ast.FuncDef():
                    self.function(node)
                case c_ast.Decl():
                    self._global(node)
                case c_ast.Typedef():
                    self.typedef(node)
                case c_ast.StaticAssert():
                    self.static_assert(node)
                case c_ast.Pragma() | c_ast.AttributeDeclaration():
                    pass
                case _:
                    raise refuse(getattr(node, "coord", None), type(node).__name__)
        self._complete()

    def _complete(self) -> None:
        """What is used must be somewhere."""
        for variable in self.externals.values():
            symbol = variable.storage
            assert isinstance(symbol, Static)
            if symbol.is_tentative and not symbol.defined:
                self.define_zero(symbol, variable.type)
        for code in self.functions:
            for name, coord in code.gotos.items():
                if name not in code.placed_labels:
                    raise wrong(coord, f"the label '{plain(name)}' is not in '{code.name}'")

    def _global(self, node: Any) -> None:
        if node.name is None:
            self.declarations.type(node.type)
            return
        type_ = self.declarations.declared_type(node)
        if isinstance(type_, Function):
            self.declare_external(node, type_)
            return
        variable = self.declare_external(node, type_)
        symbol = variable.storage
        assert isinstance(symbol, Static)
        if node.init is not None:
            if symbol.defined:
                raise wrong(node.coord, f"'{node.name}' is defined twice")
            variable.type = self.static_data(symbol, variable.type, node)
        elif "extern" not in (node.storage or ()):
            symbol.is_tentative = True
            if isinstance(type_, Record) and type_.members is None:
                return
            if type_ == t.VOID:
                raise wrong(node.coord, f"'{node.name}' has type void")
