"""pycparser's parser, which attaches attributes that say how something is laid out to the tree.

The lexer leaves attributes with the token behind them. Where they stand says what they belong to: behind `struct` or
a `}`, to the type; among a declaration's other specifiers, to all that it declares; behind a declarator, to that one.
Nodes' `attributes` are a `Layout` then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pycparser import c_ast, c_parser
from pycparser.c_lexer import Token

from stackglass.textbook.attributes import ALIGNED, PACKED, Attribute, Layout, layout_of
from stackglass.textbook.lexing import GnuLexer, carried_by
from stackglass.textbook.refusals import refuse, wrong

_TAGGED = ("struct", "union", "enum")
_DEPTHS = {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}
_SPECIFIERS = "layout"
"""Where pycparser's specifiers of a declaration keep the attributes among them."""


class AttributeParser(c_parser.CParser):  # type: ignore[misc]
    """Knows where attributes stand."""

    _tokens: Any

    def __init__(self) -> None:
        super().__init__(lexer=GnuLexer)
        self._attached: set[int] = set()
        """The identities of the attributes that something in the tree has."""

    def parse(self, text: str, filename: str = "", debug: bool = False) -> c_ast.FileAST:
        """The tree. Trouble for an attribute about layout that nothing in it has."""
        tree = super().parse(text, filename, debug)
        for token in self._tokens._buffer:
            for one in carried_by(token):
                if one.name in (PACKED, ALIGNED) and id(one) not in self._attached:
                    raise refuse(one.coord, f"the attribute '{one.name}' in this place", "write it behind the name")
        return tree

    # ---- where they stand ----

    def _parse_struct_or_union_specifier(self) -> Any:
        return self._tagged(super()._parse_struct_or_union_specifier)

    def _parse_enum_specifier(self) -> Any:
        return self._tagged(super()._parse_enum_specifier)

    def _tagged(self, parse: Any) -> Any:
        """A struct, union or enumeration: its attributes stand behind the keyword, or behind its '}'."""
        keyword = self._mark()
        made = parse()
        found = self._carried(keyword + 1)
        behind_tag = self._carried(keyword + 2)
        if behind_tag and self._tokens._buffer[keyword + 2].value == "{":
            raise wrong(behind_tag[0].coord, f"attributes stand before the tag '{made.name}', or behind the '}}'")
        if self._tokens._buffer[self._mark() - 1].value == "}":
            found = found + self._carried(self._mark())
        made.attributes = self._layout(found)
        return made

    def _parse_specifiers(self, **options: Any) -> Any:
        start = self._mark()
        spec, saw_type, first = super()._parse_specifiers(**options)
        if spec is not None:
            spec[_SPECIFIERS] = self._layout(list(self._among(start, self._mark())))
        return spec, saw_type, first

    def _among(self, start: int, end: int) -> Iterator[Attribute]:
        """The attributes among specifiers that begin at `start`, up to the token at `end`, but for those of types that
        are defined there."""
        depth = 0
        before = ""
        for at in range(start, end + 1):
            token = self._at(at)
            if depth == 0 and before not in (*_TAGGED, "}"):
                yield from carried_by(token)
            before = token.value if token is not None else ""
            depth += _DEPTHS.get(before, 0) if at < end else 0

    def _parse_declarator_kind(self, *arguments: Any, **options: Any) -> Any:
        made = super()._parse_declarator_kind(*arguments, **options)
        self._add(made, self._carried(self._mark()))
        return made

    def _parse_init_declarator(self, *arguments: Any, **options: Any) -> Any:
        before = self._behind_comma()
        made = super()._parse_init_declarator(*arguments, **options)
        self._add(made["decl"], before)
        return made

    def _parse_struct_declarator(self) -> Any:
        before = self._behind_comma()
        made = super()._parse_struct_declarator()
        self._add(made["decl"], before)
        if "bitsize" in made:
            self._add(made["decl"], self._carried(self._mark()))
        return made

    def _behind_comma(self) -> list[Attribute]:
        """The attributes before a declarator that is not the first, whose belong to the specifiers."""
        at = self._mark()
        return self._carried(at) if self._tokens._buffer[at - 1].value == "," else []

    def _parse_parameter_declaration(self) -> Any:
        start = self._mark()
        made = super()._parse_parameter_declaration()
        asked = self._layout([*self._among(start, self._mark() - 1), *self._carried(self._mark())]).aligned
        if asked or getattr(made, "align", None):
            at = asked[0].coord if asked else made.align[0].coord
            raise wrong(at, "a parameter can't be aligned to anything; copy it to a local that is")
        return made

    # ---- what they say ----

    def _build_declarations(self, spec: Any, decls: Any, typedef_namespace: bool = False) -> Any:
        if "typedef" in spec["storage"] and spec["alignment"]:
            raise wrong(spec["alignment"][0].coord, "'_Alignas' aligns no typedef; the attribute 'aligned' does")
        made = super()._build_declarations(spec, decls, typedef_namespace)
        shared = spec.get(_SPECIFIERS, Layout())
        for one in made:
            own = getattr(_innermost(one.type), "attributes", None) or Layout()
            one.attributes = Layout(shared.packed or own.packed, shared.aligned + own.aligned)
        return made

    def _build_type_name(self, spec: Any, decl: Any, coord: Any) -> Any:
        asked = spec.get(_SPECIFIERS, Layout()).aligned
        if asked:
            raise refuse(asked[0].coord, "an alignment in the name of a type", "name an aligned type with a typedef")
        return super()._build_type_name(spec, decl, coord)

    def _carried(self, at: int) -> list[Attribute]:
        """The attributes before the token at a place."""
        return carried_by(self._at(at))

    def _at(self, place: int) -> Token | None:
        """The token at a place, also ahead."""
        ahead = place - self._mark() + 1
        token: Token | None = self._tokens.peek(ahead) if ahead > 0 else self._tokens._buffer[place]
        return token

    def _add(self, declarator: Any, found: list[Attribute]) -> None:
        """Adds what stands at a declarator to the name that it declares."""
        named = _innermost(declarator)
        if found and named is not None:
            known, more = named.attributes or Layout(), self._layout(found)
            named.attributes = Layout(known.packed or more.packed, known.aligned + more.aligned)

    def _layout(self, found: list[Attribute]) -> Layout:
        self._attached.update(id(one) for one in found)
        return layout_of(found, self._expression)

    def _expression(self, tokens: tuple[Token, ...]) -> Any:
        """An attribute's argument as an expression."""
        outer, left = self._tokens, iter(tokens)
        self._tokens = type(outer)(lambda: next(left, None))
        try:
            made = self._parse_conditional_expression()
            if self._peek() is not None:
                self._parse_error(f"before: {self._peek().value}", self._tok_coord(self._peek()))
            return made
        finally:
            self._tokens = outer


def _innermost(declarator: Any) -> Any:
    """The node of a declarator that has the name; None where there is none."""
    while declarator is not None and not isinstance(declarator, c_ast.TypeDecl):
        declarator = getattr(declarator, "type", None)
    return declarator
