"""C's statements to instructions, for one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.functions import Block, FunctionCode
from stackglass.textbook.generation import Generation
from stackglass.textbook.instructions import Instruction, Label, imm, reg
from stackglass.textbook.labels import Labels
from stackglass.textbook.levels import Levels
from stackglass.textbook.operators import assigned, promote
from stackglass.textbook.qualifiers import unqualified
from stackglass.textbook.refusals import refuse, wrong
from stackglass.textbook.tree import Assign, Expression, Number, Pointed, Read
from stackglass.textbook.types import CType, Integer, Pointer, Record
from stackglass.textbook.value_classes import class_of

if TYPE_CHECKING:
    from stackglass.textbook.unit import Unit


@dataclass(slots=True)
class _Switch:
    """The cases of a switch that is being generated."""

    type: Integer
    depth: int
    """How many arrays of computed size were in view where it begins."""
    cases: list[tuple[int, int, Label]] = field(default_factory=list)
    """(least value, greatest value, where it leads)."""
    default: Label | None = None

    def add(self, coord: object, low: int, high: int, label: Label) -> None:
        """A case for the values from `low` to `high`. Trouble where one of them has a case already."""
        for begin, end, _ in self.cases:
            if low <= end and begin <= high:
                raise wrong(coord, f"the case {max(low, begin)} is there twice")
        if low <= high:
            self.cases.append((low, high, label))


class Statements:
    """Generates a function's body."""

    def __init__(self, unit: Unit, code: FunctionCode) -> None:
        self._unit = unit
        self.code = code
        self.generation = Generation(code)
        self._breaks: list[tuple[Label, int]] = []
        """Where break leads, and how many arrays of computed size are in view there."""
        self._continues: list[tuple[Label, int]] = []
        self.levels = Levels(code)
        self.labels = Labels()
        self._switches: list[_Switch] = []
        self.block: Block = code.block

    # ---- blocks ----

    def body(self, node: Any) -> None:
        """The function's outermost block; its names are in the scope of the parameters."""
        self.code.place(self.code.block.start)
        self._items(node.block_items or [])
        self.levels.settle()
        self.code.place(self.code.block.end)

    def _items(self, items: list[Any]) -> None:
        for item in items:
            self.statement(item)

    def _in_block(self, work: Callable[[], None]) -> None:
        outer, self.block = self.block, Block(Label(), Label())
        outer.blocks.append(self.block)
        self.code.place(self.block.start)
        depth = self.levels.depth
        self.labels.enter()
        with self._unit.new_scope():
            work()
        self.labels.leave()
        self.levels.leave(depth)
        self.code.place(self.block.end)
        self.block = outer

    def statement_expression(self, node: Any) -> tuple[CType, Callable[[], Expression | None]]:
        """({ ... }): the type of the last expression, and what generates the statements and gives that expression."""
        items = _with_labels_apart(node.block_items or [])
        last = items[-1] if items else None
        type_ = self._last_type(items) if last is not None and _is_expression(last) else t.VOID

        def emit() -> Expression | None:
            result: list[Expression] = []

            def work() -> None:
                self._items(items[:-1] if type_ != t.VOID else items)
                if type_ != t.VOID:
                    result.append(self._unit.expressions.value(last))
                    kept = self.code.variable("", type_, None)
                    self._unit.store(self, kept, result[0])
                    result[0] = self._unit.read(kept)

            self._in_block(work)
            return result[0] if result else None

        return type_, emit

    def _last_type(self, items: list[Any]) -> CType:
        """The type of the last expression, with the names declared before it in view."""
        with self._unit.new_scope():
            self._unit.declare_silently(items[:-1], self)
            return self._unit.expressions.value(items[-1]).type

    # ---- statements ----

    def statement(self, node: Any) -> None:
        """Any statement or declaration."""
        coord = getattr(node, "coord", None)
        self.generation.coord = coord
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            if not isinstance(node, c_ast.Compound | c_ast.Label | c_ast.Case | c_ast.Default | c_ast.For):
                self.code.at_line(coord)
            method(node)
        elif _is_expression(node):
            self.code.at_line(coord)
            self.effect(node)
        else:
            raise refuse(coord, f"the statement {type(node).__name__}")

    def effect(self, node: Any) -> None:
        """An expression for its effects."""
        self.generation.coord = node.coord
        self.generation.effect(self._unit.expressions.value(node))

    def _condition(self, node: Any) -> Expression:
        self.code.at_line(node.coord)
        self.generation.coord = node.coord
        return self._unit.expressions.condition(node)

    def _compound(self, node: Any) -> None:
        self._in_block(lambda: self._items(node.block_items or []))

    def _decl(self, node: Any) -> None:
        self._unit.local(node, self)

    def _typedef(self, node: Any) -> None:
        self._unit.typedef(node)

    def _declist(self, node: Any) -> None:
        self._items(node.decls)

    def _decllist(self, node: Any) -> None:
        self._items(node.decls)

    def _funcdef(self, node: Any) -> None:
        self._unit.nested_function(node, self)

    def _emptystatement(self, node: Any) -> None:
        pass

    def _pragma(self, node: Any) -> None:
        pass

    def _staticassert(self, node: Any) -> None:
        self._unit.static_assert(node)

    def _attributedeclaration(self, node: Any) -> None:
        pass

    def _attributedstatement(self, node: Any) -> None:
        self.statement(node.stmt)

    def _if(self, node: Any) -> None:
        otherwise, end = Label(), Label()
        self.generation.jump(self._condition(node.cond), otherwise, False)
        if node.iftrue is not None:
            self._sub(node.iftrue)
        if node.iffalse is not None:
            self.code.jump("JUMP", end)
        self.code.place(otherwise)
        if node.iffalse is not None:
            self._sub(node.iffalse)
        self.code.place(end)

    def _sub(self, node: Any) -> None:
        """A statement inside another; a block of its own (C11 6.8.4)."""
        if isinstance(node, c_ast.Compound):
            self.statement(node)
        else:
            depth = self.levels.depth
            with self._unit.new_scope():
                self.statement(node)
            self.levels.leave(depth)

    def _loop(self, body: Any, top: Label, again: Label, end: Label) -> None:
        self.code.place(top)
        self._breaks.append((end, self.levels.depth))
        self._continues.append((again, self.levels.depth))
        if body is not None:
            self._sub(body)
        self._breaks.pop()
        self._continues.pop()

    def _while(self, node: Any) -> None:
        top, test, end = Label(), Label(), Label()
        self.code.jump("JUMP", test)
        self._loop(node.stmt, top, test, end)
        self.code.place(test)
        self.generation.jump(self._condition(node.cond), top, True)
        self.code.place(end)

    def _dowhile(self, node: Any) -> None:
        top, test, end = Label(), Label(), Label()
        self._loop(node.stmt, top, test, end)
        self.code.place(test)
        self.generation.jump(self._condition(node.cond), top, True)
        self.code.place(end)

    def _for(self, node: Any) -> None:
        def work() -> None:
            top, again, test, end = Label(), Label(), Label(), Label()
            if node.init is not None:
                self.statement(node.init)
            if node.cond is not None:
                self.code.at_line(node.coord)
                self.code.jump("JUMP", test)
            self._loop(node.stmt, top, again, end)
            self.code.place(again)
            if node.next is not None:
                self.code.at_line(node.next.coord)
                self.effect(node.next)
            self.code.place(test)
            if node.cond is not None:
                self.generation.jump(self._condition(node.cond), top, True)
            else:
                self.code.jump("JUMP", top)
            self.code.place(end)

        self._in_block(work)

    def _break(self, node: Any) -> None:
        if not self._breaks:
            raise wrong(node.coord, "break outside a loop or switch")
        self._jump_out(*self._breaks[-1])

    def _continue(self, node: Any) -> None:
        if not self._continues:
            raise wrong(node.coord, "continue outside a loop")
        self._jump_out(*self._continues[-1])

    def _jump_out(self, target: Label, depth: int) -> None:
        self.levels.jump_out(depth)
        self.code.jump("JUMP", target)

    def _locallabels(self, node: Any) -> None:
        for name in node.names:
            self.labels.declare(node.coord, name)

    def _goto(self, node: Any) -> None:
        outer = [one for one in self._unit.open_statements if one is not self]
        if not self.labels.has(node.name) and any(one.labels.has(node.name) for one in outer):
            raise refuse(node.coord, "a goto out of a nested function", "return a value that says where to go on")
        name = self.labels.full(node.name)
        self.levels.goto(node.coord, name)
        self.code.gotos.setdefault(name, node.coord)
        self.code.jump("JUMP", self.code.labels.setdefault(name, Label()))

    def _label(self, node: Any) -> None:
        name = self.labels.full(node.name)
        if name in self.code.placed_labels:
            raise wrong(node.coord, f"the label '{node.name}' is there twice")
        self.code.placed_labels.add(name)
        self.levels.label(name)
        self.code.place(self.code.labels.setdefault(name, Label()))
        if node.stmt is not None:
            self.statement(node.stmt)

    def _return(self, node: Any) -> None:
        type_ = unqualified(self.code.type.result)
        if node.expr is not None:
            value = self._unit.expressions.value(node.expr)
            if type_ == t.VOID:
                self.generation.effect(value)
            else:
                self._result(assigned(node.coord, value, type_))
        self.code.jump("JUMP", self.code.epilogue)

    def _result(self, value: Expression) -> None:
        if not isinstance(value.type, Record):
            self.generation.value(value, 0)
            return
        pointer = self.code.result_pointer
        assert pointer is not None
        place = Pointed(value.type, Read(Pointer(value.type), self._unit.read(pointer).place))
        self.generation.effect(Assign(value.type, place, value))

    # ---- switch ----

    def _switch(self, node: Any) -> None:
        value = promote(node.coord, self._unit.expressions.value(node.cond))
        if not isinstance(value.type, Integer):
            raise wrong(node.coord, f"a switch over {value.type.spelling}")
        dispatch, end = Label(), Label()
        switch = _Switch(value.type, self.levels.depth)
        self.code.jump("JUMP", dispatch)
        self._switches.append(switch)
        self._breaks.append((end, self.levels.depth))
        self._sub(node.stmt)
        self._breaks.pop()
        self._switches.pop()
        self.code.jump("JUMP", end)
        self.code.place(dispatch)
        self.code.at_line(node.coord)
        self._dispatch(value, switch, end)
        self.code.place(end)

    def _dispatch(self, value: Expression, switch: _Switch, end: Label) -> None:
        register = self.generation.value(value, 0)
        compare = "CMPL" if class_of(switch.type) == "L" else "CMP"
        suffix = "" if switch.type.signed else "U"

        def test(number: int, jump: str, target: Label) -> None:
            constant = number if number <= 0x7FFFFFFF or compare == "CMPL" else number - (1 << 32)
            self.code.emit(Instruction(compare, reg(register), imm(constant)))
            self.code.jump(jump, target)

        for low, high, label in switch.cases:
            if low == high:
                test(low, "JEQ", label)
                continue
            beyond = Label()
            test(low, f"JLT{suffix}", beyond)
            test(high, f"JLE{suffix}", label)
            self.code.place(beyond)
        self.code.jump("JUMP", switch.default or end)

    def _case(self, node: Any) -> None:
        if not self._switches:
            raise wrong(node.coord, "case outside a switch")
        self.levels.must_be(node.coord, self._switches[-1].depth, "the switch")
        is_range = isinstance(node.expr, c_ast.BinaryOp) and node.expr.op == "..."
        bounds = (node.expr.left, node.expr.right) if is_range else (node.expr, node.expr)
        low, high = (self._case_value(one) for one in bounds)
        label = Label()
        self._switches[-1].add(node.coord, low, high, label)
        self.code.place(label)
        self._items(node.stmts or [])

    def _case_value(self, node: Any) -> int:
        number = self._unit.expressions.constant(node)
        if not isinstance(number, Number) or not isinstance(number.type, Integer):
            raise wrong(node.coord, "the value of a case is not a constant")
        return self._switches[-1].type.wrap(int(number.value))

    def _default(self, node: Any) -> None:
        if not self._switches:
            raise wrong(node.coord, "default outside a switch")
        self.levels.must_be(node.coord, self._switches[-1].depth, "the switch")
        self._switches[-1].default = Label()
        self.code.place(self._switches[-1].default)
        self._items(node.stmts or [])


def _with_labels_apart(items: list[Any]) -> list[Any]:
    """A block's items; a label before the last one, whose value may be wanted, is an item of its own."""
    if not items or not isinstance(items[-1], c_ast.Label) or items[-1].stmt is None:
        return items
    label = items[-1]
    empty = c_ast.Label(label.name, c_ast.EmptyStatement(label.coord), label.coord)
    has_value = _is_expression(label.stmt) or isinstance(label.stmt, c_ast.Label)
    return _with_labels_apart([*items[:-1], empty, label.stmt]) if has_value else items


def _is_expression(node: Any) -> bool:
    return isinstance(
        node,
        c_ast.Assignment
        | c_ast.BinaryOp
        | c_ast.UnaryOp
        | c_ast.FuncCall
        | c_ast.ID
        | c_ast.Constant
        | c_ast.ExprList
        | c_ast.TernaryOp
        | c_ast.Cast
        | c_ast.ArrayRef
        | c_ast.StructRef
        | c_ast.CompoundLiteral
        | c_ast.GenericSelection,
    )
