"""A C source to pycparser's tree: preprocessed, and parsed as GNU C.

pycparser takes C11, statement expressions and K&R definitions; `_GnuParser` adds nested functions, implicit int,
typeof, `__label__` and ranges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from pycparser import c_ast, c_parser

from stackglass.textbook.attribute_parsing import AttributeParser
from stackglass.textbook.preprocessing import Place, preprocess
from stackglass.textbook.refusals import Trouble, refuse, wrong

_ASSEMBLY = "assembly in C"
_COMPUTED_GOTO = "a computed goto (a label's address)"
_BUILT_IN = {
    "__builtin_types_compatible_p": "use _Generic",
    "__builtin_choose_expr": "use #if, or _Generic",
}
"""What only compilers know and looks like a function, and what to use instead."""
_IN_WORDS = {
    "Invalid declaration": "types alone are no declaration: a name is missing",
    "Directives not supported yet": "a directive stands alone on its line",
    "At end of input": "the source ends in the middle of this",
    "Illegal character '\"'": "the string that begins here does not end on its line",
    "Unmatched '": "the character that begins here does not end on its line",
}
"""What pycparser says, as it is told."""
_AT_END = "At end of input"
_BEFORE_DECLARATIONS = frozenset(["SEMI", "LBRACE", "RBRACE", "LPAREN", "RPAREN", "COLON", "ELSE", "DO"]) | frozenset(
    ["AUTO", "CONST", "EXTERN", "INLINE", "REGISTER", "STATIC", "TYPEDEF", "VOLATILE", "_ATOMIC", "_NORETURN"]
)
"""Tokens behind which the specifiers of a declaration may begin, or go on."""
_CLOSING = {"{": "}", "(": ")", "[": "]"}
_COORDINATES = re.compile(r"(?P<file>.*?):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<words>.*)", re.DOTALL)


def parse(text: str, path: str, include: Sequence[Path] = ()) -> c_ast.FileAST:
    """The tree of a source's text. Trouble for what isn't C."""
    expanded = preprocess(text, path, include)
    try:
        return _GnuParser().parse(expanded, path)
    except c_parser.ParseError as error:
        found = _COORDINATES.fullmatch(str(error))
        if found is None:
            raise wrong(Place(path, None), str(error)) from None
        line, column = int(found["line"]), found["column"]
        place = Place(found["file"], line, int(column) if column else None)
        if found["words"] == "before: asm":
            raise refuse(place, _ASSEMBLY) from None
        raise wrong(place, f"syntax error: {_plainly(found['words'])}") from None
    except ValueError as error:
        raise wrong(Place(path, None), f"syntax error: {error}") from None


def _plainly(words: str) -> str:
    """pycparser's 'before: x' in a sentence."""
    if words in _IN_WORDS:
        return _IN_WORDS[words]
    return f"unexpected '{words[8:]}'" if words.startswith("before: ") else words[:1].lower() + words[1:]


class LocalLabels(c_ast.Node):  # type: ignore[misc]
    """Names of labels that a block has for itself."""

    __slots__ = ("coord", "names")
    attr_names = ("names",)

    def __init__(self, names: list[str], coord: object) -> None:
        self.names = names
        self.coord = coord

    def children(self) -> tuple[()]:
        """None."""
        return ()


class FuncDef(c_ast.FuncDef):  # type: ignore[misc]
    """A function's definition that knows where it ends: the place of its closing brace."""

    __slots__ = ("end",)

    def __init__(self, definition: Any, end: object) -> None:
        super().__init__(definition.decl, definition.param_decls, definition.body, definition.coord)
        self.end = end


class _GnuParser(AttributeParser):
    """pycparser's parser with nested functions, and with int where a declaration has no type. A range (`1 ... 5`) is a
    BinaryOp whose operator is '...'."""

    def __init__(self) -> None:
        super().__init__()
        self._being_declared: set[str | None] = set()

    def _parse_error(self, msg: str, coord: Any) -> NoReturn:
        """Where pycparser knows no place, the next token has one, or else the last line that was read."""
        if getattr(coord, "line", None) is None:
            token = self._peek()
            coord = self._tok_coord(token) if token is not None else Place(self.clex.filename, self.clex._lineno)
        self._must_know_type(msg)
        if msg == _AT_END:
            msg = self._unclosed() or msg
        raise c_parser.ParseError(f"{coord}: {msg}")

    def _must_know_type(self, message: str) -> None:
        """Where two names follow each other, or a name and a '*' outside functions, the first was to be a type's."""
        at = self._tokens.mark() - 1
        if not message.startswith("before: ") or at < 1:
            return
        before, name, found = (self._tokens._buffer[one] if one >= 0 else None for one in (at - 2, at - 1, at))
        assert name is not None and found is not None
        begins = before is None or before.type in _BEFORE_DECLARATIONS
        if begins and name.type == "ID" and found.type in ("ID", "TIMES") and not self._is_declared(name.value):
            raise self._unknown_type(name)

    def _is_declared(self, name: str) -> bool:
        """Whether a declaration that has ended, or the rest of this one, made the name known."""
        return name not in self._being_declared and any(name in scope for scope in self._scope_stack)

    def _unknown_type(self, name: Any) -> Trouble:
        return wrong(self._tok_coord(name), f"unknown type name '{name.value}'")

    def _unclosed(self) -> str | None:
        """What the source ends in the middle of: the innermost bracket that nothing closes."""
        opened: list[Any] = []
        for token in self._tokens._buffer:
            if token is not None and token.value in _CLOSING:
                opened.append(token)
            elif token is not None and opened and token.value == _CLOSING[opened[-1].value]:
                opened.pop()
        if not opened:
            return None
        return f"the source ends before the '{opened[-1].value}' of line {self._tok_coord(opened[-1]).line} is closed"

    def _must_be_c(self) -> None:
        """Refuses what compilers add to the language, and what no grammar here has."""
        token, behind = self._peek(), self._peek_type(2)
        if token is None or token.type != "ID":
            return
        if token.value == "asm" and behind in ("LPAREN", "VOLATILE", "GOTO", "INLINE"):
            raise refuse(self._tok_coord(token), _ASSEMBLY)
        if token.value == "__auto_type":
            raise refuse(self._tok_coord(token), "'__auto_type'", "write the type")
        if token.value == "__label__":
            raise wrong(self._tok_coord(token), "'__label__' stands at the beginning of a block alone")

    def _parse_external_declaration(self) -> Any:
        self._must_be_c()
        if self._peek_type() != "ID":
            return super()._parse_external_declaration()
        declarator = self._parse_id_declarator()
        kinds = ("qual", "alignment", "storage", "function", "type_attributes")
        spec: Any = {kind: [] for kind in kinds} | {"type": [c_ast.IdentifierType(["int"], coord=declarator.coord)]}
        if self._peek_type() == "LBRACE" or self._starts_declaration():
            return [self._parse_function_definition(spec, declarator)]
        first = {"decl": declarator}
        if self._accept("EQUALS"):
            first["init"] = self._parse_initializer()
        declared = self._parse_init_declarator_list(first=first)
        made = self._build_declarations(spec=spec, decls=declared, typedef_namespace=True)
        return self._parse_declaration_end(made)

    def _parse_declaration_end(self, decls: list[Any]) -> Any:
        """What is no type's name has been taken for the variable itself: 'Foo x' for a Foo of type int."""
        self._being_declared = {getattr(one, "name", None) for one in decls}
        ended = super()._parse_declaration_end(decls)
        self._being_declared = set()
        return ended

    def _parse_struct_declaration(self) -> Any:
        if self._peek_type() == "ID":
            raise self._unknown_type(self._peek())
        return super()._parse_struct_declaration()

    def _parse_parameter_declaration(self) -> Any:
        if self._peek_type() == "ID":
            raise self._unknown_type(self._peek())
        return super()._parse_parameter_declaration()

    def _parse_function_definition(self, *arguments: Any) -> Any:
        made = super()._parse_function_definition(*arguments)
        brace = self._tokens._buffer[self._tokens.mark() - 1]
        return FuncDef(made, self._tok_coord(brace))

    def _parse_block_item_list(self) -> list[Any]:
        local: list[Any] = []
        while (token := self._peek()) is not None and token.value == "__label__":
            local.append(self._parse_local_labels())
        return [*local, *super()._parse_block_item_list()]

    def _parse_local_labels(self) -> LocalLabels:
        """GNU C's `__label__ a, b;`."""
        at = self._tok_coord(self._advance())
        names = [self._expect("ID").value]
        while self._accept("COMMA"):
            names.append(self._expect("ID").value)
        self._expect("SEMI")
        return LocalLabels(names, at)

    def _parse_conditional_expression(self) -> Any:
        condition = self._parse_binary_expression()
        if not self._accept("CONDOP"):
            return condition
        yes = None if self._peek_type() == "COLON" else self._parse_expression()  # GNU C's 'a ?: b'
        self._expect("COLON")
        return c_ast.TernaryOp(condition, yes, self._parse_conditional_expression(), condition.coord)

    def _parse_unary_expression(self) -> Any:
        """Besides what C has, GNU C's `_Alignof` of an expression."""
        token = self._peek()
        if token is not None and token.type == "LAND":
            raise refuse(self._tok_coord(token), _COMPUTED_GOTO, "use a switch")
        if token is not None and token.value in _BUILT_IN:
            raise refuse(self._tok_coord(token), f"'{token.value}'", _BUILT_IN[token.value])
        if token is None or token.type != "_ALIGNOF":
            return super()._parse_unary_expression()
        self._advance()
        found = self._try_parse_paren_type_name()
        operand = found[0] if found is not None else self._parse_unary_expression()
        return c_ast.UnaryOp(token.value, operand, self._tok_coord(token))

    def _parse_constant_expression(self) -> Any:
        found = super()._parse_constant_expression()
        if self._peek_type() == "ELLIPSIS":
            at = self._tok_coord(self._advance())
            return c_ast.BinaryOp("...", found, super()._parse_constant_expression(), at)
        return found

    def _parse_statement(self) -> Any:
        """A type's name is a label's too where one stands: they are names of different kinds (C11 6.2.3)."""
        self._must_be_c()
        if self._peek_type() == "GOTO" and self._peek_type(2) == "TIMES":
            raise refuse(self._tok_coord(self._advance()), _COMPUTED_GOTO, "use a switch")
        if self._peek_type() == "GOTO" and self._peek_type(2) == "TYPEID":
            goto, name = self._advance(), self._advance()
            self._expect("SEMI")
            return c_ast.Goto(name.value, self._tok_coord(goto))
        if not self._is_label():
            return super()._parse_statement()
        name = self._advance()
        self._expect("COLON")
        at = self._tok_coord(name)
        labelled = self._parse_pragmacomp_or_statement() if self._starts_statement() else c_ast.EmptyStatement(at)
        return c_ast.Label(name.value, labelled, at)

    def _is_label(self) -> bool:
        return bool(self._peek_type() == "TYPEID" and self._peek_type(2) == "COLON")

    def _parse_block_item(self) -> Any:
        if self._is_label():
            return self._parse_statement()
        if self._starts_declaration() and self._is_function_definition():
            return self._parse_external_declaration()
        return super()._parse_block_item()

    def _is_function_definition(self) -> bool:
        """Whether a function's body begins where the declaration's other declarators would: looked up, not parsed."""
        mark = self._mark()
        try:
            at, depth = 1, 0
            seen_parentheses = False
            while (kind := self._peek_type(at)) is not None:
                if kind in ("LPAREN", "LBRACKET"):
                    depth += 1
                    seen_parentheses |= kind == "LPAREN"
                elif kind in ("RPAREN", "RBRACKET"):
                    depth -= 1
                elif depth == 0:
                    if kind == "LBRACE":
                        return seen_parentheses and self._peek_type(at - 1) == "RPAREN"
                    if kind in ("SEMI", "EQUALS", "COMMA", "RBRACE"):
                        return False
                at += 1
            return False
        finally:
            self._reset(mark)

    def _fix_decl_name_type(self, decl: Any, typename: list[Any]) -> Any:
        for tagged, behind in pairwise(typename):
            if isinstance(tagged, c_ast.Struct | c_ast.Union | c_ast.Enum):
                kind = type(tagged).__name__.lower()
                what = f"{kind} {tagged.name}" if tagged.name else f"the {kind}"
                self._parse_error(f"a ';' is probably missing behind {what}, before this", behind.coord)
        if not typename:
            typename = [c_ast.IdentifierType(["int"], coord=decl.coord)]
        return super()._fix_decl_name_type(decl, typename)
