"""pycparser's lexer with GNU C's words, and without its attributes: the token behind them carries them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pycparser import c_lexer
from pycparser.c_lexer import Token

from stackglass.textbook.attributes import KEYWORDS, Attribute, attribute
from stackglass.textbook.preprocessing import Place
from stackglass.textbook.refusals import wrong


@dataclass(slots=True)
class CarryingToken(Token):  # type: ignore[misc]
    """A token with the attributes that stand before it."""

    attributes: list[Attribute]


def carried_by(token: Token | None) -> list[Attribute]:
    """The attributes that stand before a token."""
    return token.attributes if isinstance(token, CarryingToken) else []


class GnuLexer(c_lexer.CLexer):  # type: ignore[misc]
    """pycparser's lexer with GNU C's spellings of typeof, which it knows in C23 alone.

    Attributes may stand nearly everywhere; the grammar needn't know, for it doesn't see them.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._keyword_map.update(dict.fromkeys(("typeof", "__typeof__", "__typeof"), "TYPEOF"))

    def token(self) -> Token | None:
        """The next token that belongs to no attribute."""
        found: list[Attribute] = []
        while (token := super().token()) is not None and token.value in KEYWORDS:
            found += self._attributes(token)
        if token is None or not found:
            return token
        return CarryingToken(token.type, token.value, token.lineno, token.column, token.filename, found)

    def _attributes(self, keyword: Token) -> Iterator[Attribute]:
        """Those of one `__attribute__((...))`."""
        inside = self._parenthesised(keyword)
        if len(inside) < 2 or (inside[0].value, inside[-1].value) != ("(", ")"):
            raise wrong(_place(keyword), "an attribute is written __attribute__((name))")
        name: Token | None = None
        arguments: tuple[Token, ...] = ()
        for part, depth in _with_depths([*inside[1:-1], None]):
            if part is None or (depth == 0 and part.value == ","):
                if name is not None:
                    yield attribute(name, arguments[1:-1], _place(name))
                name, arguments = None, ()
            elif name is None:
                name = part
            else:
                arguments += (part,)

    def _parenthesised(self, keyword: Token) -> list[Token]:
        """The tokens in the parentheses behind a keyword."""
        inside: list[Token] = []
        depth = 0
        while (token := super().token()) is not None:
            depth += {"(": 1, ")": -1}.get(token.value, 0)
            inside.append(token)
            if depth <= 0:
                return inside[1:-1]
        raise wrong(_place(keyword), "the source ends in the middle of this attribute")


def _with_depths(tokens: list[Token | None]) -> Iterator[tuple[Token | None, int]]:
    """Each token with the number of parentheses that are open around it."""
    depth = 0
    for token in tokens:
        depth -= token is not None and token.value == ")"
        yield token, depth
        depth += token is not None and token.value == "("


def _place(token: Token) -> Place:
    return Place(token.filename, token.lineno, token.column)
