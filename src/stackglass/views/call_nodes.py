"""Which calls of a history get a line in the call tree, and under which other call. No values are decoded here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stackglass.model import Call
from stackglass.views.wording import named

_SIBLINGS_KEPT = 2
_CHAIN_KEPT_OUTSIDE, _CHAIN_KEPT_INSIDE = 3, 2
_COLLAPSED_AT_LEAST = 3


class CallRows(Protocol):
    """A call history: rows in order of the step of the call, row 0 the program's entry."""

    def __len__(self) -> int: ...

    def entry(self, row: int) -> int:
        """The address of the function's first instruction."""
        ...

    def parent(self, row: int) -> int | None:
        """The row of the caller."""
        ...

    def tail_of(self, row: int) -> int | None:
        """The row whose frame a tail call took over."""
        ...

    def is_made_by_own(self, row: int) -> bool:
        """Whether a call instruction of the program's own code made the call."""
        ...

    def call(self, row: int) -> Call:
        """The row as a value, without arguments and return value."""
        ...

    def decoded(self, rows: Iterable[int]) -> list[Call]:
        """Rows as values, with them."""
        ...


@dataclass(slots=True)
class Node:
    """A call that is shown; `branches` is filled in when it is its turn to be listed."""

    row: int
    function: str
    library: bool
    children: list[Node] = field(default_factory=list)
    shape: int = 0
    """Equal for subtrees that call the same functions in the same way."""
    branches: tuple[bool, ...] = ()
    of_resumed: bool = False
    """Whether own code made it, which a library function had gone back to, on another stack."""
    went_on_as: list[int] = field(default_factory=list)
    """Rows that get no line of their own: the functions that took its place, one after the other, by tail calls."""

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that its line tells of."""
        return (self.row, *self.went_on_as)


@dataclass(frozen=True, slots=True)
class Collapsed:
    """Calls that are told in one line: siblings that look alike, or a recursion's links (`nested`)."""

    function: str
    times: int
    nested: bool
    branches: tuple[bool, ...]


def forest(calls: CallRows, *, library: bool, budget: int | None) -> tuple[list[Node], int]:
    """The shown calls as trees, and how many rows were looked at: all, or until `budget` calls are shown."""
    roots: list[Node] = []
    shown_above: dict[int, Node | None] = {}
    functions: dict[int, tuple[str, bool]] = {}
    shown = 0
    for row in range(len(calls)):
        if budget is not None and shown >= budget:
            return _shaped(roots), row
        parent = calls.parent(row)
        above = shown_above.get(parent) if parent is not None else None
        function, is_library = _function(calls, row, functions)
        replaced = calls.tail_of(row) if is_library else None
        if replaced is not None and _function(calls, replaced, functions)[1]:
            # A library function that hands its frame on to another has called that, as it would otherwise.
            above = shown_above.get(replaced)
        of_resumed = above is not None and above.library and calls.is_made_by_own(row)
        if not library and is_library and not of_resumed and (above is None or above.library):
            shown_above[row] = above
            if above is not None and replaced in (above.row, *above.went_on_as):
                above.went_on_as.append(row)
            continue
        node = Node(row, function, is_library, of_resumed=of_resumed)
        shown_above[row] = node
        (above.children if above is not None else roots).append(node)
        shown += 1
    return _shaped(roots), len(calls)


def _function(calls: CallRows, row: int, known: dict[int, tuple[str, bool]]) -> tuple[str, bool]:
    entry = calls.entry(row)
    if entry not in known:
        call = calls.call(row)
        known[entry] = (named(call.function, entry), call.library)
    return known[entry]


def _shaped(roots: list[Node]) -> list[Node]:
    """The trees, each node with its shape; without recursion, since call trees are deep."""
    shapes: dict[tuple[str, tuple[int, ...]], int] = {}
    order: list[Node] = []
    stack = list(roots)
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(node.children)
    for node in reversed(order):
        key = (node.function, tuple(child.shape for child in node.children))
        node.shape = shapes.setdefault(key, len(shapes) + 1)
    return roots


def visible(roots: Sequence[Node], *, collapse: bool) -> list[Node | Collapsed]:
    """The lines of the tree, top to bottom, repeats collapsed if asked for."""
    lines: list[Node | Collapsed] = []
    stack: list[Node | Collapsed] = list(reversed(list(_siblings(roots, (), collapse))))
    while stack:
        entry = stack.pop()
        lines.append(entry)
        if isinstance(entry, Collapsed):
            continue
        chain = _chain(entry) if collapse else []
        if len(chain) >= _CHAIN_KEPT_OUTSIDE + _CHAIN_KEPT_INSIDE + _COLLAPSED_AT_LEAST:
            stack.append(_list_chain(entry, chain, lines))
            continue
        stack.extend(reversed(list(_siblings(entry.children, entry.branches, collapse))))
    return lines


def _siblings(nodes: Sequence[Node], above: tuple[bool, ...], collapse: bool) -> Iterator[Node | Collapsed]:
    at = 0
    while at < len(nodes):
        end = at + 1
        while end < len(nodes) and nodes[end].shape == nodes[at].shape:
            end += 1
        folded = end - at - _SIBLINGS_KEPT - 1
        kept = range(at, end)
        if collapse and folded >= _COLLAPSED_AT_LEAST:
            for index in range(at, at + _SIBLINGS_KEPT):
                yield _placed(nodes[index], above, True)
            yield Collapsed(nodes[at].function, folded, False, (*above, True))
            kept = range(end - 1, end)
        for index in kept:
            yield _placed(nodes[index], above, index + 1 < len(nodes))
        at = end


def _placed(node: Node, above: tuple[bool, ...], more: bool) -> Node:
    node.branches = (*above, more)
    return node


def _chain(node: Node) -> list[Node]:
    """The recursion that `node` begins: it, its only child of the same function, that one's, and so on."""
    chain = [node]
    while len(chain[-1].children) == 1 and chain[-1].children[0].function == node.function:
        chain.append(chain[-1].children[0])
    return chain


def _list_chain(first: Node, chain: Sequence[Node], lines: list[Node | Collapsed]) -> Node:
    """Lists the outer links after `first` and what is collapsed; gives the first inner link, still to be listed."""
    branches = first.branches
    for node in chain[1:_CHAIN_KEPT_OUTSIDE]:
        branches = (*branches, False)
        lines.append(_placed(node, branches[:-1], False))
    branches = (*branches, False)
    folded = len(chain) - _CHAIN_KEPT_OUTSIDE - _CHAIN_KEPT_INSIDE
    lines.append(Collapsed(first.function, folded, True, branches))
    return _placed(chain[-_CHAIN_KEPT_INSIDE], branches, False)
