"""A translation unit's declarations: names with linkage, types, and data with an address of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from stackglass.textbook import types as t
from stackglass.textbook.activation import Strategy
from stackglass.textbook.constness import is_constant
from stackglass.textbook.declarations import Declarations, composite
from stackglass.textbook.expressions import Expressions
from stackglass.textbook.functions import FunctionCode
from stackglass.textbook.images import image_of
from stackglass.textbook.initialisers import Initialiser
from stackglass.textbook.instructions import Label
from stackglass.textbook.library.signatures import signature
from stackglass.textbook.qualifiers import aligned_to
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import FrameVariable, Scope, Static, TypeName, Variable
from stackglass.textbook.statements import Statements
from stackglass.textbook.tree import (
    Number,
)
from stackglass.textbook.types import Array, CType, Function, Integer


class Declared:
    """What is declared so far. `statics` is everything with a fixed address but code."""

    expressions: Expressions
    """What makes typed expressions of parsed ones; the unit's own, for they declare things too."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.declarations = Declarations()
        self.functions: list[FunctionCode] = []
        self.statics: list[Static] = []
        self.globals: list[Variable] = []
        self.typedefs: list[TypeName] = []
        self.enumerations: list[Integer] = []
        self.library: dict[str, Static] = {}
        self.in_library = False
        """Whether what is compiled now is the library's, and not the program's own."""
        self._strings: dict[bytes, Static] = {}
        self._labels: dict[str, int] = {}
        self.externals: dict[str, Variable] = {}
        self.open_statements: list[Statements] = []
        self.markers: dict[int, tuple[FunctionCode, Label, FrameVariable | None]] = {}

    @contextmanager
    def new_scope(self) -> Iterator[None]:
        """A scope within the present one."""
        self.declarations.scope = Scope(self.declarations.scope)
        try:
            yield
        finally:
            outer = self.declarations.scope.outer
            assert outer is not None
            self.declarations.scope = outer

    def static_assert(self, node: Any) -> None:
        """_Static_assert."""
        condition = self.expressions.constant(node.cond)
        if not isinstance(condition, Number):
            raise wrong(node.coord, "the condition of _Static_assert is not a constant")
        if not condition.value:
            raise wrong(node.coord, f"static assertion failed: {node.message.value if node.message else ''}")

    def typedef(self, node: Any) -> None:
        """A typedef."""
        type_ = self.declarations.declared_type(node)
        made = TypeName(node.name, type_, line_of(node))
        names = self.declarations.scope.names
        known = names.get(node.name)
        if isinstance(known, TypeName) and composite(known.type, type_) is not None:
            names.pop(node.name)  # the same again
        self.declarations.scope.declare(node.coord, node.name, made)
        if not self.open_statements:
            self.typedefs.append(made)

    def enumerated(self, type_: Integer) -> None:
        """An enumeration, whose names are known in the block that it is defined in."""
        (self.open_statements[-1].block.enumerations if self.open_statements else self.enumerations).append(type_)

    def declare_external(self, node: Any, type_: CType) -> Variable:
        """A name with linkage: the same thing however often it is declared."""
        known = self.externals.get(node.name)
        if known is None:
            symbol = Static(node.name, type_, None, line=line_of(node), is_function=isinstance(type_, Function))
            if isinstance(type_, Function) and signature(node.name) is not None:
                symbol.is_library = True
                self.library[node.name] = symbol
            known = self.externals[node.name] = Variable(node.name, type_, symbol, line_of(node))
            if not symbol.is_function:
                self.globals.append(known)
        else:
            both = self._both(known, type_)
            if both is None:
                raise wrong(node.coord, f"'{node.name}' was declared as {known.type.spelling}, now as {type_.spelling}")
            align = max(known.type.aligned or 0, type_.aligned or 0)
            known.type = both = aligned_to(both, align) if align else both
            assert isinstance(known.storage, Static)
            known.storage.type = both
        if self.declarations.scope.names.get(node.name) is not known:
            self.declarations.scope.declare(node.coord, node.name, known)
        return known

    @staticmethod
    def _both(known: Variable, type_: CType) -> CType | None:
        """What two declarations of a name make it. The library's own heed no qualifiers of what pointers lead to."""
        is_library = isinstance(known.storage, Static) and known.storage.is_library
        return type_ if is_library and known.type == type_ else composite(known.type, type_)

    def undeclared(self, coord: object, name: str, *, called: bool) -> Variable | None:
        """What is used without a declaration: a function of the library's, or one that is called and that may be
        declared further on, as C89 has it: then it returns an int."""
        type_ = signature(name)
        if type_ is None:
            return self._implicit(coord, name) if called else None
        symbol = self.library.get(name) or Static(name, type_, None, is_function=True, is_library=True)
        self.library[name] = symbol
        made = self.externals[name] = Variable(name, type_, symbol)
        return made

    def _implicit(self, coord: object, name: str) -> Variable:
        type_ = Function(t.INT, None)
        line = getattr(coord, "line", None)
        symbol = Static(name, type_, None, line=line, is_function=True)
        known = self.externals.setdefault(name, Variable(name, type_, symbol, line))
        self.declarations.scope.names[name] = known
        return known

    # ---- data ----

    def string(self, data: bytes) -> Static:
        """A string literal; the same for the same text."""
        if data not in self._strings:
            symbol = Static(f".string{len(self._strings)}", Array(t.CHAR, len(data)), bytearray(data), read_only=True)
            symbol.defined = True
            self._strings[data] = symbol
            self.statics.append(symbol)
        return self._strings[data]

    def label(self, name: str) -> str:
        """A name of its own for what has the name of something else."""
        number = self._labels[name] = self._labels.get(name, -1) + 1
        return name if not number else f"{name}.{number}"

    def define(self, symbol: Static, type_: CType) -> None:
        """Gives a static its type, and data that is all zero."""
        if isinstance(type_, Array) and type_.count is None:
            type_ = replace(type_, count=1, alias=None)
        symbol.type = type_
        symbol.defined = True
        symbol.data = bytearray(type_.size)
        self.statics.append(symbol)

    def define_zero(self, symbol: Static, type_: CType) -> None:
        """The same for what has no other value than that: among the constants if it is const."""
        self.define(symbol, type_)
        symbol.read_only = is_constant(type_)

    def static_data(self, symbol: Static, type_: CType, node: Any) -> CType:
        """Gives a static the data that its initialiser says; gives its type, of which that may tell the size."""
        initialiser = Initialiser(self.expressions.value)
        type_ = initialiser.fill(type_, node.init)
        symbol.type = type_
        symbol.data, symbol.relocations = image_of(type_, initialiser.parts, strict=True)
        symbol.defined = True
        symbol.read_only = is_constant(type_)
        self.statics.append(symbol)
        return type_

    def static_local(self, name: str, type_: CType, line: int | None) -> Static:
        """Something with one address whose name is known in the running function alone."""
        code = self.open_statements[-1].code
        return Static(self.label(f"{code.symbol.label}.{name}"), type_, line=line)


def line_of(node: Any) -> int | None:
    """The line that a parsed node begins on."""
    return int(node.coord.line) if node.coord is not None else None
