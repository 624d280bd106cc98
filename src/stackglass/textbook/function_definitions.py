"""A translation unit's functions: their parameters, and nested ones with what leads to the frame around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.declared import Declared, line_of
from stackglass.textbook.functions import FunctionCode
from stackglass.textbook.generator import SCRATCH
from stackglass.textbook.instructions import Instruction, Label, Operand, at, imm, mem, reg
from stackglass.textbook.record_layout import DeclaredMember, lay_out
from stackglass.textbook.refusals import refuse, wrong
from stackglass.textbook.scope import FrameVariable, Static, Variable
from stackglass.textbook.statements import Statements
from stackglass.textbook.tree import (
    AddressOf,
    Expression,
    InFrame,
)
from stackglass.textbook.types import Array, CType, Function, Pointer, Record, new_record
from stackglass.textbook.value_classes import ARGUMENTS, MOST_UNNAMED, class_of, move_of


class FunctionDefinitions(Declared):
    """Compiles functions."""

    def statements_of(self, code: FunctionCode) -> Statements:
        """What compiles a function's statements."""
        raise NotImplementedError

    @property
    def function_name(self) -> str | None:
        """The running function's name, for __func__."""
        return self.open_statements[-1].code.name if self.open_statements else None

    def temporary(self, type_: CType) -> FrameVariable | None:
        """Room for a struct that a function returns."""
        return self.open_statements[-1].code.variable("", type_, None) if self.open_statements else None

    def statements(self, node: Any) -> tuple[CType, Callable[[], Expression | None]]:
        """A statement expression of the running function."""
        if not self.open_statements:
            raise wrong(node.coord, "a statement expression outside functions")
        return self.open_statements[-1].statement_expression(node)

    def function(self, node: Any) -> None:
        """A function outside of others."""
        type_ = self.declarations.type(node.decl.type)
        assert isinstance(type_, Function)
        known = self.externals.get(node.decl.name)
        if known is not None and isinstance(known.storage, Static) and known.storage.defined:
            raise wrong(node.coord, f"'{node.decl.name}' is defined twice")
        variable = self.declare_external(node.decl, type_)
        symbol = variable.storage
        assert isinstance(symbol, Static)
        symbol.is_library = False
        self.library.pop(node.decl.name, None)
        self._compile_function(node, symbol, None)

    def nested_function(self, node: Any, inside: Statements) -> None:
        """GNU C's nested function: code of its own, which finds the frame around it through a static link."""
        type_ = self.declarations.type(node.decl.type)
        name = node.decl.name
        names = self.declarations.scope.names
        found = names.get(name)
        declared = found.storage if isinstance(found, Variable) and isinstance(found.storage, Static) else None
        if declared is None or declared.nested is None or declared.defined:
            label = self.label(f"{inside.code.symbol.label}.{name}")
            declared = Static(label, type_, is_function=True, nested=inside.code)
        else:
            names.pop(name)
        self.declarations.scope.declare(node.coord, name, Variable(name, type_, declared, line_of(node)))
        marker = Label()
        inside.code.place(marker)
        self.markers.setdefault(id(declared), (inside.code, marker, None))
        self._compile_function(node, declared, inside.code)

    def closure(self, coord: object, symbol: Static) -> Expression:
        """A nested function as a pointer: to its code's address and its maker's frame, side by side in that frame."""
        if id(symbol) not in self.markers:
            raise refuse(coord, "a pointer to a nested function that is not defined yet", "define it before")
        code, marker, variable = self.markers[id(symbol)]
        if variable is None:
            variable = code.variable(f"closure of {symbol.label.rsplit('.')[-1]}", _closure_type(symbol), None)
            self.markers[id(symbol)] = code, marker, variable
            code.hidden.append(variable)
            where = variable.offset
            code.insert(
                marker,
                [
                    Instruction("MOVE", imm(0, symbol), mem("FP", where)),
                    Instruction("MOVE", reg("FP"), mem("FP", where + 4)),
                ],
            )
        return AddressOf(Pointer(symbol.type), InFrame(symbol.type, variable))

    def _compile_function(self, node: Any, symbol: Static, outer: FunctionCode | None) -> None:
        symbol.defined = True
        code = FunctionCode(symbol, node.decl.name, self.strategy, outer)
        code.is_library = self.in_library
        self.functions.append(code)
        statements = self.statements_of(code)
        code.at_line(node.coord)
        with self.new_scope():
            self.open_statements.append(statements)
            opening = self._parameters(node, code)
            statements.body(node.body)
            code.ends_at(node.end)
            if node.decl.name == "main" and outer is None and code.type.result != t.VOID:
                code.emit(Instruction("MOVE", imm(0), reg("R0")))
            self.open_statements.pop()
        code.finish(opening, line_of(node.decl))

    # ---- parameters ----

    def _parameters(self, node: Any, code: FunctionCode) -> list[Instruction]:
        """Lays the parameters out; gives the instructions that store them where they belong."""
        opening: list[Instruction] = []
        if code.outer is not None:
            code.static_link = code.variable("static link", t.VOID_POINTER, None)
            code.hidden.append(code.static_link)
            opening.append(Instruction("MOVE", reg("SL"), mem("FP", code.static_link.offset)))
        used = {"R": 1, "L": 1, "D": 1}
        if isinstance(code.type.result, Record):
            code.result_pointer = code.variable("", Pointer(code.type.result), None)
            opening.append(Instruction("MOVE", reg("R1"), mem("FP", code.result_pointer.offset)))
            used["R"] += 1
        for declared, type_ in self._declared_parameters(node):
            stores = self._parameter(code, declared, type_, used)
            code.parameter_stores.append(stores[-1] if stores else None)
            opening += stores
        if code.type.variadic:
            room = code.variable("variable arguments", Array(t.UINT, 2 * MOST_UNNAMED), None)
            code.hidden.append(room)
            code.unnamed_arguments = room
            first = used["R"] | used["L"] << 8 | used["D"] << 16
            opening.append(Instruction("SAVE", imm(first), mem("FP", room.offset)))
        return opening

    def _parameter(self, code: FunctionCode, declared: Any, type_: CType, used: dict[str, int]) -> list[Instruction]:
        """One parameter."""
        name, coord = declared.name, declared.coord
        if self.strategy.static_parameters and name is not None:
            storage: Static | FrameVariable = self.static_local(name, type_, getattr(coord, "line", None))
            self.define(storage, type_)  # type: ignore[arg-type]
        else:
            storage = code.variable(name or "", type_, getattr(coord, "line", None), is_parameter=True)
        storage.is_register = "register" in (getattr(declared, "storage", None) or ())
        variable = Variable(name or "", type_, storage, getattr(coord, "line", None))
        code.parameters.append(variable)
        if name is not None:
            self.declarations.scope.declare(coord, name, variable)
        letter = class_of(type_)
        register = f"{letter}{used[letter]}"
        if used[letter] not in ARGUMENTS[letter]:
            raise refuse(
                coord, f"a function with more than {ARGUMENTS[letter][-1]} parameters of a kind", "pass a struct"
            )
        used[letter] += 1
        where = _operand(storage)
        if not isinstance(type_, Record):
            return [Instruction(move_of(type_), reg(register), where)]
        copy = Instruction("COPY", imm(type_.size), reg(SCRATCH), through=register)
        return [Instruction("ADDR", where, reg(SCRATCH)), copy] if type_.size else []

    def _declared_parameters(self, node: Any) -> Iterator[tuple[Any, CType]]:
        """Declarations and types, of a prototype's or of an old-style definition's parameters. A type may have a size
        that parameters before it tell: they must have been declared by the time it is asked for."""
        function = node.decl.type
        if function.args is None:
            return
        old_style = {one.name: one for one in node.param_decls or () if isinstance(one, c_ast.Decl)}
        for one in function.args.params:
            if isinstance(one, c_ast.EllipsisParam):
                continue
            declared = old_style.get(one.name, one) if isinstance(one, c_ast.ID) else one
            type_ = self.declarations.parameter_type(declared)
            if type_ == t.VOID:
                continue
            yield declared, type_


def _operand(storage: Static | FrameVariable) -> Operand:
    return mem("FP", storage.offset) if isinstance(storage, FrameVariable) else at(storage)


def _closure_type(symbol: Static) -> Record:
    """Where a nested function's code begins, and the frame that its names are found in."""
    made = new_record("struct", "closure")
    lay_out(made, [DeclaredMember("code", Pointer(symbol.type)), DeclaredMember("frame", t.VOID_POINTER)])
    return made
