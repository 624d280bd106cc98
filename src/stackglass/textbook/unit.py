"""A translation unit: its declarations, its functions, its data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.activation import Strategy
from stackglass.textbook.declarations import Declarations, composite
from stackglass.textbook.expressions import Expressions
from stackglass.textbook.functions import FunctionCode
from stackglass.textbook.generation import ARGUMENTS, MOST_UNNAMED, SCRATCH, class_of, move_of
from stackglass.textbook.images import image_of
from stackglass.textbook.initialisers import Initialiser, Part
from stackglass.textbook.instructions import Instruction, Label, Operand, at, imm, mem, reg
from stackglass.textbook.library.signatures import signature
from stackglass.textbook.operators import assigned, moved
from stackglass.textbook.refusals import Trouble, refuse, wrong
from stackglass.textbook.scope import FrameVariable, Scope, Static, TypeName, Variable
from stackglass.textbook.statements import Statements
from stackglass.textbook.tree import (
    AddressOf,
    Assign,
    AtLabel,
    BitField,
    Expression,
    InFrame,
    Initialise,
    Number,
    Place,
    Read,
)
from stackglass.textbook.types import Array, CType, Function, Integer, Pointer, Record

_FEW = 4
"""Up to so many parts of a local's initialiser are assigned one by one; more are copied from an image."""


class Unit:
    """Takes a parsed source to functions and data. `statics` is everything with a fixed address but code."""

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.declarations = Declarations()
        self.expressions = Expressions(self)
        self.declarations.constant = self.expressions.constant
        self.declarations.type_of = self.expressions.type_of
        self.functions: list[FunctionCode] = []
        self.statics: list[Static] = []
        self.globals: list[Variable] = []
        self.typedefs: list[TypeName] = []
        self.library: dict[str, Static] = {}
        self.in_library = False
        """Whether what is compiled now is the library's, and not the program's own."""
        self._strings: dict[bytes, Static] = {}
        self._labels: dict[str, int] = {}
        self._externals: dict[str, Variable] = {}
        self._statements: list[Statements] = []
        self._markers: dict[int, tuple[FunctionCode, Label, FrameVariable | None]] = {}

    # ---- the whole ----

    def compile(self, tree: Any) -> None:
        """Compiles all of a source. Trouble for what is wrong with it."""
        for node in tree.ext:
            match node:
                case c_ast.FuncDef():
                    self._function(node)
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
        for variable in self._externals.values():
            symbol = variable.storage
            assert isinstance(symbol, Static)
            if symbol.is_tentative and not symbol.defined:
                self._define(symbol, variable.type)
        for code in self.functions:
            for name, label in code.labels.items():
                if name not in code.placed_labels:
                    raise wrong(_at(code), f"the label '{name}' is not in '{code.name}'")
                del label

    def _define(self, symbol: Static, type_: CType) -> None:
        if isinstance(type_, Array) and type_.count is None:
            type_ = Array(type_.element, 1)
        symbol.type = type_
        symbol.defined = True
        symbol.data = bytearray(type_.size)
        self.statics.append(symbol)

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
        type_ = self.declarations.type(node.type)
        made = self.declarations.scope.names[node.name] = TypeName(node.name, type_, _line(node))
        if not self._statements:
            self.typedefs.append(made)

    # ---- what is outside functions ----

    def _global(self, node: Any) -> None:
        type_ = self.declarations.type(node.type)
        if node.name is None:
            return
        if isinstance(type_, Function):
            self._declare_external(node, type_)
            return
        variable = self._declare_external(node, type_)
        symbol = variable.storage
        assert isinstance(symbol, Static)
        if node.init is not None:
            if symbol.defined:
                raise wrong(node.coord, f"'{node.name}' is defined twice")
            variable.type = self._static_data(symbol, variable.type, node)
        elif "extern" not in (node.storage or ()):
            symbol.is_tentative = True
            if isinstance(type_, Record) and type_.members is None:
                return
            if type_ is t.VOID:
                raise wrong(node.coord, f"'{node.name}' has type void")

    def _declare_external(self, node: Any, type_: CType) -> Variable:
        """A name with linkage: the same thing however often it is declared."""
        known = self._externals.get(node.name)
        if known is None:
            symbol = Static(node.name, type_, None, line=_line(node), is_function=isinstance(type_, Function))
            if isinstance(type_, Function) and signature(node.name) is not None:
                symbol.is_library = True
                self.library[node.name] = symbol
            known = self._externals[node.name] = Variable(node.name, type_, symbol, _line(node))
            if not symbol.is_function:
                self.globals.append(known)
        else:
            both = composite(known.type, type_)
            if both is None:
                raise wrong(node.coord, f"'{node.name}' was declared as {known.type.spelling}, now as {type_.spelling}")
            known.type = both
            assert isinstance(known.storage, Static)
            known.storage.type = both
        self.declarations.scope.names[node.name] = known
        return known

    def undeclared(self, coord: object, name: str) -> Variable | None:
        """A library function that is used without a declaration, as C89 has it."""
        type_ = signature(name)
        if type_ is None:
            return None
        symbol = self.library.get(name) or Static(name, type_, None, is_function=True, is_library=True)
        self.library[name] = symbol
        made = self._externals[name] = Variable(name, type_, symbol)
        return made

    # ---- data ----

    def string(self, data: bytes) -> Static:
        """A string literal; the same for the same text."""
        if data not in self._strings:
            symbol = Static(f".string{len(self._strings)}", Array(t.CHAR, len(data)), bytearray(data), read_only=True)
            symbol.defined = True
            self._strings[data] = symbol
            self.statics.append(symbol)
        return self._strings[data]

    def _label(self, name: str) -> str:
        """A name of its own for what has the name of something else."""
        number = self._labels[name] = self._labels.get(name, -1) + 1
        return name if not number else f"{name}.{number}"

    def _static_data(self, symbol: Static, type_: CType, node: Any) -> CType:
        initialiser = Initialiser(self.expressions.value)
        type_ = initialiser.fill(type_, node.init)
        symbol.type = type_
        symbol.data, symbol.relocations = image_of(type_, initialiser.parts, strict=True)
        symbol.defined = True
        self.statics.append(symbol)
        return type_

    def _static_local(self, name: str, type_: CType, line: int | None) -> Static:
        code = self._statements[-1].code
        return Static(self._label(f"{code.symbol.label}.{name}"), type_, line=line)

    def literal(self, coord: object, type_: CType, init: Any, storage: Any) -> Expression:
        """A compound literal: a nameless object."""
        initialiser = Initialiser(self.expressions.value)
        type_ = initialiser.fill(type_, init)
        if not self._statements or "static" in (storage or ()):
            symbol = Static(self._label(".literal"), type_)
            symbol.data, symbol.relocations = image_of(type_, initialiser.parts, strict=True)
            symbol.defined = True
            self.statics.append(symbol)
            return Read(type_, AtLabel(type_, symbol))
        place = InFrame(type_, self._statements[-1].code.variable("", type_, None))
        filled = self._initialised(coord, place, initialiser.parts)
        from stackglass.textbook.tree import Pointed, Sequence

        pointer = Pointer(type_)
        return Read(type_, Pointed(type_, Sequence(pointer, filled, AddressOf(pointer, place))))

    # ---- functions ----

    @property
    def function_name(self) -> str | None:
        """The running function's name, for __func__."""
        return self._statements[-1].code.name if self._statements else None

    def temporary(self, type_: CType) -> FrameVariable | None:
        """Room for a struct that a function returns."""
        return self._statements[-1].code.variable("", type_, None) if self._statements else None

    def statements(self, node: Any) -> tuple[CType, Callable[[], Expression | None]]:
        """A statement expression of the running function."""
        if not self._statements:
            raise wrong(node.coord, "a statement expression outside functions")
        return self._statements[-1].statement_expression(node)

    def _function(self, node: Any) -> None:
        type_ = self.declarations.type(node.decl.type)
        assert isinstance(type_, Function)
        known = self._externals.get(node.decl.name)
        if known is not None and isinstance(known.storage, Static) and known.storage.defined:
            raise wrong(node.coord, f"'{node.decl.name}' is defined twice")
        variable = self._declare_external(node.decl, type_)
        symbol = variable.storage
        assert isinstance(symbol, Static)
        symbol.is_library = False
        self.library.pop(node.decl.name, None)
        self._compile_function(node, symbol, None)

    def nested_function(self, node: Any, inside: Statements) -> None:
        """GNU C's nested function: code of its own, which finds the frame around it through a static link."""
        type_ = self.declarations.type(node.decl.type)
        name = node.decl.name
        found = self.declarations.scope.names.get(name)
        declared = found.storage if isinstance(found, Variable) and isinstance(found.storage, Static) else None
        if declared is None or declared.nested is None or declared.defined:
            label = self._label(f"{inside.code.symbol.label}.{name}")
            declared = Static(label, type_, is_function=True, nested=inside.code)
        self.declarations.scope.names[name] = Variable(name, type_, declared, _line(node))
        marker = Label()
        inside.code.place(marker)
        self._markers.setdefault(id(declared), (inside.code, marker, None))
        self._compile_function(node, declared, inside.code)

    def closure(self, coord: object, symbol: Static) -> Expression:
        """A nested function as a pointer: to its code's address and its maker's frame, side by side in that frame."""
        if id(symbol) not in self._markers:
            raise refuse(coord, "a pointer to a nested function that is not defined yet", "define it before")
        code, marker, variable = self._markers[id(symbol)]
        if variable is None:
            variable = code.variable(f"closure of {symbol.label.rsplit('.')[-1]}", Array(t.UINT, 2), None)
            self._markers[id(symbol)] = code, marker, variable
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
        statements = Statements(self, code)
        code.at_line(node.coord)
        with self.new_scope():
            self._statements.append(statements)
            opening = self._parameters(node, code)
            statements.body(node.body)
            if node.decl.name == "main" and outer is None and code.type.result is not t.VOID:
                code.emit(Instruction("MOVE", imm(0), reg("R0")))
            self._statements.pop()
        last = _last_line(node.body)
        code.line = last if last is not None else code.line
        code.finish(opening, _line(node.decl))

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
        for name, type_, coord in self._declared_parameters(node):
            stores = self._parameter(code, name, type_, coord, used)
            code.parameter_stores.append(stores[-1] if stores else None)
            opening += stores
        if code.type.variadic:
            room = code.variable("variable arguments", Array(t.UINT, 2 * MOST_UNNAMED), None)
            code.hidden.append(room)
            code.unnamed_arguments = room
            first = used["R"] | used["L"] << 8 | used["D"] << 16
            opening.append(Instruction("SAVE", imm(first), mem("FP", room.offset)))
        return opening

    def _parameter(
        self, code: FunctionCode, name: str | None, type_: CType, coord: object, used: dict[str, int]
    ) -> list[Instruction]:
        """One parameter."""
        if self.strategy.static_parameters and name is not None:
            storage: Static | FrameVariable = self._static_local(name, type_, getattr(coord, "line", None))
            self._define(storage, type_)  # type: ignore[arg-type]
        else:
            storage = code.variable(name or "", type_, getattr(coord, "line", None), is_parameter=True)
        variable = Variable(name or "", type_, storage, getattr(coord, "line", None))
        code.parameters.append(variable)
        if name is not None:
            self.declarations.scope.names[name] = variable
        letter = class_of(type_)
        register = f"{letter}{used[letter]}"
        if used[letter] not in ARGUMENTS[letter]:
            raise refuse(
                coord, f"a function with more than {ARGUMENTS[letter][-1]} parameters of a kind", "pass a struct"
            )
        used[letter] += 1
        where = _operand(storage)
        if not isinstance(type_, Record):
            rounded = [Instruction("ROUNDF", reg(register), reg(register))] if move_of(type_) == "MOVEF" else []
            return [*rounded, Instruction(move_of(type_), reg(register), where)]
        copy = Instruction("COPY", imm(type_.size), reg(SCRATCH), through=register)
        return [Instruction("ADDR", where, reg(SCRATCH)), copy] if type_.size else []

    def _declared_parameters(self, node: Any) -> list[tuple[str | None, CType, object]]:
        """Names and types, of a prototype's or of an old-style definition's parameters."""
        function = node.decl.type
        if function.args is None:
            return []
        old_style = {one.name: one for one in node.param_decls or () if isinstance(one, c_ast.Decl)}
        found: list[tuple[str | None, CType, object]] = []
        for one in function.args.params:
            if isinstance(one, c_ast.EllipsisParam):
                continue
            declared = old_style.get(one.name, one) if isinstance(one, c_ast.ID) else one
            type_ = self.declarations.parameter_type(declared)
            if type_ is t.VOID:
                continue
            found.append((one.name, type_, one.coord))
        return found

    # ---- locals ----

    def local(self, node: Any, inside: Statements) -> None:
        """A declaration in a function."""
        type_ = self.declarations.type(node.type)
        storage = node.storage or ()
        if node.name is None:
            return
        if isinstance(type_, Function) or "extern" in storage:
            self._local_function(node, type_, inside)
            return
        if type_ is t.VOID or (isinstance(type_, Record) and type_.members is None):
            raise wrong(node.coord, f"'{node.name}' has type {type_.spelling}, which has no size")
        if "static" in storage:
            self._local_static(node, type_, inside)
            return
        self._automatic(node, type_, inside)

    def _local_function(self, node: Any, type_: CType, inside: Statements) -> None:
        if "auto" in (node.storage or ()) and isinstance(type_, Function):
            label = self._label(f"{inside.code.symbol.label}.{node.name}")
            symbol = Static(label, type_, is_function=True, nested=inside.code)
            marker = Label()
            inside.code.place(marker)
            self._markers[id(symbol)] = inside.code, marker, None
            self.declarations.scope.names[node.name] = Variable(node.name, type_, symbol, _line(node))
            return
        self._declare_external(node, type_)

    def _local_static(self, node: Any, type_: CType, inside: Statements) -> None:
        symbol = self._static_local(node.name, type_, _line(node))
        variable = Variable(node.name, type_, symbol, _line(node))
        self.declarations.scope.names[node.name] = variable
        if node.init is None:
            self._define(symbol, type_)
        else:
            variable.type = self._static_data(symbol, type_, node)
        inside.block.variables.append(variable)

    def _automatic(self, node: Any, type_: CType, inside: Statements) -> None:
        variable = Variable(node.name, type_, Static("", type_), _line(node))
        self.declarations.scope.names[node.name] = variable
        initialiser = None
        if node.init is not None:
            type_ = self._sized(type_, node.init)
        if isinstance(type_, Array) and type_.count is None:
            raise wrong(node.coord, f"'{node.name}' has an unknown size")
        variable.type = type_
        if self.strategy.static_locals:
            symbol = self._static_local(node.name, type_, _line(node))
            self._define(symbol, type_)
            variable.storage = symbol
        else:
            variable.storage = inside.code.variable(node.name, type_, _line(node))
        inside.block.variables.append(variable)
        if node.init is not None:
            initialiser = Initialiser(self.expressions.value)
            initialiser.fill(type_, node.init)
            inside.generation.effect(self._initialised(node.coord, _place(variable), initialiser.parts))

    def _sized(self, type_: CType, init: Any) -> CType:
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
                    type_ = self._sized(type_, node.init)
                storage = FrameVariable(node.name, type_, inside.code, 0, None)
                self.declarations.scope.names[node.name] = Variable(node.name, type_, storage)

    def _initialised(self, coord: object, place: Place, parts: list[Part]) -> Expression:
        """What fills a local as its initialiser says."""
        if place.type.is_scalar or (len(parts) == 1 and parts[0].type is place.type):
            return _assignment(place, parts[0])
        constant = [one for one in parts if _is_constant(one)]
        if len(constant) <= _FEW or not any(_says_something(one) for one in constant):
            wanted = [one for one in parts if not _is_constant(one) or _says_something(one)]
            return Initialise(t.VOID, place, True, tuple(_assignment(place, one) for one in wanted))
        symbol = Static(self._label(".initial"), place.type, read_only=True, defined=True)
        symbol.data, symbol.relocations = image_of(place.type, constant, strict=False)
        self.statics.append(symbol)
        rest = [_assignment(place, one) for one in parts if not _is_constant(one)]
        whole = _as_bytes(place.type.size)
        copy = Assign(whole, moved(place, 0, whole), Read(whole, AtLabel(whole, symbol)))
        return Initialise(t.VOID, place, False, (copy, *rest))

    def store(self, inside: Statements, variable: FrameVariable, value: Expression) -> None:
        """Keeps a value in a nameless local."""
        place = InFrame(variable.type, variable)
        inside.generation.effect(Assign(variable.type, place, value))

    @staticmethod
    def read(variable: FrameVariable) -> Read:
        """What a nameless local holds."""
        return Read(variable.type, InFrame(variable.type, variable))


def _as_bytes(size: int) -> Record:
    """A type of so many bytes that is copied whole."""
    record = Record("struct", None)
    record.complete([("bytes", Array(t.UCHAR, size), None)])
    return record


def _is_constant(part: Part) -> bool:
    value = part.value
    if part.member is not None:
        return False
    fixed = isinstance(value, AddressOf) and isinstance(value.place, AtLabel) and isinstance(part.type, Pointer)
    return isinstance(value, Number) or fixed


def _says_something(part: Part) -> bool:
    return not (isinstance(part.value, Number) and not part.value.value)


def _assignment(place: Place, part: Part) -> Assign:
    where = place if part.offset == 0 and part.type is place.type else moved(place, part.offset, part.type)
    if part.member is not None and part.member.bits is not None:
        where = BitField(part.type, where, part.member.bit, part.member.bits)
    return Assign(part.type, where, assigned(part.coord, part.value, part.type))


def _place(variable: Variable) -> Place:
    storage = variable.storage
    if isinstance(storage, FrameVariable):
        return InFrame(variable.type, storage)
    return AtLabel(variable.type, storage)


def _operand(storage: Static | FrameVariable) -> Operand:
    return mem("FP", storage.offset) if isinstance(storage, FrameVariable) else at(storage)


def _line(node: Any) -> int | None:
    return int(node.coord.line) if node.coord is not None else None


def _last_line(node: Any) -> int | None:
    """The last line that a block's statements begin on."""
    lines = [node.coord.line] if getattr(node, "coord", None) is not None else []
    for _, child in node.children() if hasattr(node, "children") else ():
        line = _last_line(child)
        if line is not None:
            lines.append(line)
    return max(lines, default=None)


def _at(code: FunctionCode) -> object:
    from stackglass.textbook.parsing import Place as SourcePlace

    return SourcePlace(code.file or "", code.line)


__all__ = ["Integer", "Trouble", "Unit"]
