"""Initialisers (C11 6.7.9): which part of an object gets which expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pycparser import c_ast

from stackglass.textbook import constants
from stackglass.textbook import types as t
from stackglass.textbook.refusals import wrong
from stackglass.textbook.tree import Expression, Number
from stackglass.textbook.types import Array, CType, Integer, Member, Record


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an object at `offset` that gets `value`; `member` for a bit-field."""

    offset: int
    type: CType
    value: Expression
    coord: object
    member: Member | None = None

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + (self.member.span if self.member is not None and self.member.span else self.type.size)

    def overlaps(self, other: Part) -> bool:
        """Whether they have bytes in common."""
        return self.offset < other.end and other.offset < self.end


class Initialiser:
    """Takes one initialiser apart. `parts` are in order; what a later one replaces as a whole is not there any more."""

    def __init__(self, evaluate: Callable[[Any], Expression]) -> None:
        self._evaluate = evaluate
        self.parts: list[Part] = []
        self._seen: dict[int, Expression] = {}
        self._end = 0
        """The offset behind the last byte that has been filled."""
        self._chosen: dict[tuple[int, int], Member] = {}
        """Which member of each union has been filled, by the union's offset and the identity of its shape."""

    def fill(self, type_: CType, init: Any) -> CType:
        """Takes `init` apart for an object of `type_`; gives the type, completed where it was an array without size."""
        self._whole(type_, init, 0)
        if isinstance(type_, Array) and type_.count is None:
            return replace(type_, count=self._count, alias=None)
        return type_

    def _value(self, node: Any) -> Expression:
        key = id(node)
        if key not in self._seen:
            self._seen[key] = self._evaluate(node)
        return self._seen[key]

    def _whole(self, type_: CType, init: Any, offset: int, member: Member | None = None) -> None:
        """One object with an initialiser of its own."""
        text = _string_of(type_, init)
        if text is not None:
            self._string(type_, init, text, offset)
        elif isinstance(init, c_ast.InitList):
            self._braced(type_, init, offset, member)
        else:
            value = self._value(init)
            if isinstance(type_, Array):
                raise wrong(init.coord, f"{type_.spelling} needs an initialiser in braces")
            self._add(offset, type_, value, init.coord, member)

    def _braced(self, type_: CType, init: Any, offset: int, member: Member | None) -> None:
        if isinstance(type_, Array | Record):
            self._forget(offset, type_.size)
            items = _Items(init.exprs)
            self._count = 0
            count = self._members(type_, items, offset, braced=True)
            if not items.done:
                raise wrong(items.node.coord, f"more initialisers than {type_.spelling} has room for")
            self._count = count
        elif not init.exprs:
            self._add(offset, type_, Number(t.INT, 0), init.coord, member)
        else:
            self._whole(type_, init.exprs[0], offset, member)

    def _members(self, type_: CType, items: _Items, offset: int, *, braced: bool) -> int:
        """Fills an aggregate from the list, as far as it goes; gives the number of elements of an array."""
        if isinstance(type_, Array):
            return self._elements(type_, items, offset, braced)
        assert isinstance(type_, Record)
        if type_.members is None:
            raise wrong(items.coord, f"{type_.spelling} is incomplete")
        fillable = list(type_.fillable())
        at = 0
        while not items.done:
            if isinstance(items.node, c_ast.NamedInitializer) and items.designators:
                if not braced:
                    return 0
                designator = items.designators[0]
                if not isinstance(designator, c_ast.ID):
                    raise wrong(items.coord, f"{type_.spelling} has no elements")
                at = self._designated_member(type_, fillable, designator.name, items)
            if at >= len(fillable):
                return 0
            self._member(type_, fillable[at], items, offset)
            at = len(fillable) if type_.kind == "union" else at + 1
        return 0

    def _member(self, type_: Record, member: Member, items: _Items, offset: int) -> None:
        """The next item for a member of a struct or union at `offset`. A union keeps its last one only."""
        if type_.kind == "union":
            key = offset, id(type_.shape)
            if self._chosen.get(key, member) != member:
                self._forget(offset, type_.size)
            self._chosen[key] = member
        self._item(member.unit, items, offset + member.offset, member)

    def _designated_member(self, type_: Record, fillable: list[Member], name: str, items: _Items) -> int:
        way = type_.find(name)
        if not way:
            raise wrong(items.coord, f"{type_.spelling} has no member '{name}'")
        if way[0].name == name:
            items.designators.pop(0)
        return fillable.index(way[0])

    def _elements(self, type_: Array, items: _Items, offset: int, braced: bool) -> int:
        at = most = 0
        while not items.done:
            last = at
            if isinstance(items.node, c_ast.NamedInitializer) and items.designators:
                if not braced:
                    break
                at, last = self._range(items, type_)
            if type_.count is not None and last >= type_.count:
                if braced and isinstance(items.node, c_ast.NamedInitializer):
                    raise wrong(items.coord, f"{type_.spelling} has no element {last}")
                break
            saved = items.mark()
            for index in range(at, last + 1):
                items.reset(saved)
                self._item(type_.element, items, offset + index * type_.element.size, None)
            at = last + 1
            most = max(most, at)
        return most

    def _range(self, items: _Items, type_: Array) -> tuple[int, int]:
        designator = items.designators.pop(0)
        if not isinstance(designator, c_ast.ArrayDesignator):
            raise wrong(items.coord, f"{type_.spelling} has no members")
        is_range = isinstance(designator.expr, c_ast.BinaryOp) and designator.expr.op == "..."
        bounds = (designator.expr.left, designator.expr.right) if is_range else (designator.expr, designator.expr)
        low, high = (self._index(items, one) for one in bounds)
        if low > high:
            raise wrong(items.coord, f"no element's index is in the range {low} ... {high}")
        return low, high

    def _index(self, items: _Items, node: Any) -> int:
        index = self._value(node)
        if not isinstance(index, Number) or int(index.value) < 0:
            raise wrong(items.coord, "an element's index is no number from 0 on")
        return int(index.value)

    def _item(self, type_: CType, items: _Items, offset: int, member: Member | None) -> None:
        """The next item of the list for one member: whole, or as far as needed where its own braces are left out."""
        if items.designators:
            self._members_designated(type_, items, offset)
            return
        init = items.init
        bare = isinstance(type_, Array | Record) and not isinstance(init, c_ast.InitList)
        if bare and _string_of(type_, init) is None and not self._is_whole(type_, init):
            self._members(type_, items, offset, braced=False)
            return
        items.advance()
        self._whole(type_, init, offset, member)

    def _members_designated(self, type_: CType, items: _Items, offset: int) -> None:
        """One designator of a chain ('.a[2].b = 1') leads on into this member."""
        if isinstance(type_, Array):
            at, _ = self._range(items, type_)
            self._item(type_.element, items, offset + at * type_.element.size, None)
        elif isinstance(type_, Record) and isinstance(items.designators[0], c_ast.ID):
            fillable = list(type_.fillable())
            at = self._designated_member(type_, fillable, items.designators[0].name, items)
            self._member(type_, fillable[at], items, offset)
        else:
            raise wrong(items.coord, f"{type_.spelling} has no members")

    def _is_whole(self, type_: CType, init: Any) -> bool:
        return isinstance(type_, Record) and self._value(init).type == type_

    def _string(self, type_: CType, init: Any, text: bytes, offset: int) -> None:
        assert isinstance(type_, Array)
        count = len(text) + 1 if type_.count is None else type_.count
        if len(text) > count:
            raise wrong(init.coord, f"a string of {len(text)} characters for {type_.spelling}")
        self._count = count
        for at, byte in enumerate(text.ljust(count, b"\0")[:count]):
            self._add(offset + at, t.UCHAR, Number(t.INT, byte), init.coord, None)

    def _add(self, offset: int, type_: CType, value: Expression, coord: object, member: Member | None) -> None:
        bit_field = member if member is not None and member.bits is not None else None
        part = Part(offset, type_, value, coord, bit_field)
        if bit_field is None:
            self._forget(offset, type_.size)
        elif offset < self._end:
            self.parts = [one for one in self.parts if (one.offset, one.member) != (offset, bit_field)]
        self.parts.append(part)
        self._end = max(self._end, part.end)

    def _forget(self, offset: int, size: int) -> None:
        """What was said of so many bytes before holds no longer (C11 6.7.9p19)."""
        if offset < self._end:
            self.parts = [one for one in self.parts if not offset <= one.offset < one.end <= offset + size]

    _count = 0


class _Items:
    """The items of a braced list, walked through once. `designators` are those of the current one not yet followed."""

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes
        self._at = 0
        self.designators: list[Any] = []
        self._enter()

    def _enter(self) -> None:
        self.designators = []
        if not self.done and isinstance(self.node, c_ast.NamedInitializer):
            self.designators = list(self.node.name)

    @property
    def done(self) -> bool:
        return self._at >= len(self._nodes)

    @property
    def node(self) -> Any:
        return self._nodes[self._at]

    @property
    def init(self) -> Any:
        return self.node.expr if isinstance(self.node, c_ast.NamedInitializer) else self.node

    @property
    def coord(self) -> object:
        return self.node.coord or self.init.coord

    def advance(self) -> None:
        self._at += 1
        self._enter()

    def mark(self) -> tuple[int, list[Any]]:
        return self._at, list(self.designators)

    def reset(self, mark: tuple[int, list[Any]]) -> None:
        self._at, self.designators = mark[0], list(mark[1])


def _string_of(type_: CType, init: Any) -> bytes | None:
    """The string that initialises an array of characters, in braces or not; None if `init` is none."""
    if not isinstance(type_, Array) or not isinstance(type_.element, Integer) or type_.element.size != 1:
        return None
    while isinstance(init, c_ast.InitList) and len(init.exprs) == 1:
        init = init.exprs[0]
    if isinstance(init, c_ast.Constant) and init.type == "string":
        return constants.string(init.coord, init.value)
    return None
