"""GNU C's attributes (`__attribute__((packed, aligned(8)))`): which there are, and what becomes of each.

Two say how things are laid out, and are heeded. Those of `_REFUSED` would make another program of it. All others change
nothing here (`noinline`, `unused`), or are unknown, which gcc warns of and passes over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pycparser.c_lexer import Token

from stackglass.textbook.refusals import ELSEWHERE, refuse

KEYWORDS = ("__attribute__", "__attribute")
PACKED, ALIGNED = "packed", "aligned"
_REFUSED = {
    "constructor": "call the function at the beginning of main",
    "destructor": "call the function at the end of main",
    "cleanup": "call the function where the variable's block ends",
    "alias": "write a function that calls the other one",
    "ifunc": "write a function that calls the other one",
    "weakref": "name the function itself",
    "vector_size": "use an array and a loop",
    "mode": "use a type of <stdint.h>",
    "scalar_storage_order": "put the bytes in order with shifts",
    "ms_struct": ELSEWHERE,
    "hardbool": "use _Bool",
    "transparent_union": "pass the union itself",
}
"""What to do instead."""


class Attribute(NamedTuple):
    """An attribute as it is written; its name is without the underscores that may be around it. `arguments` are the
    tokens within its parentheses."""

    name: str
    arguments: tuple[Token, ...]
    coord: object


class Alignment(NamedTuple):
    """What an `aligned` asks for: `bytes_` is a parsed expression, None for the most that any type has."""

    bytes_: Any
    coord: object


class Layout(NamedTuple):
    """What a declaration's attributes say of how it is laid out."""

    packed: bool = False
    aligned: tuple[Alignment, ...] = ()


def attribute(name: Token, arguments: tuple[Token, ...], coord: object) -> Attribute:
    """An attribute. Trouble for one that would make another program of it."""
    plain = name.value
    if plain.startswith("__") and plain.endswith("__"):
        plain = plain[2:-2]
    if plain in _REFUSED:
        raise refuse(coord, f"the attribute '{plain}'", _REFUSED[plain])
    return Attribute(plain, arguments, coord)


def layout_of(found: list[Attribute], parse: Callable[[tuple[Token, ...]], Any]) -> Layout:
    """What attributes say of a layout; `parse` makes an expression of tokens."""
    return Layout(
        any(one.name == PACKED for one in found),
        tuple(
            Alignment(parse(one.arguments) if one.arguments else None, one.coord)
            for one in found
            if one.name == ALIGNED
        ),
    )
