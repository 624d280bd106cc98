"""A C source to pycparser's tree: preprocessed by pcpp, with the machine's own headers, and parsed as GNU C.

pycparser takes C11, statement expressions and K&R definitions; `_GnuParser` adds nested functions, implicit int, typeof
and ranges.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import pcpp
from pycparser import c_ast, c_lexer, c_parser

from stackglass.textbook.refusals import Trouble, refuse, wrong

HEADERS = Path(__file__).parent / "headers"
_PREDEFINED = (
    "__STDC__ 1",
    "__STDC_VERSION__ 201112L",
    "__STDC_HOSTED__ 1",
    "__TEXTBOOK__ 1",
    "__ILP32__ 1",
    "_ILP32 1",
    "__CHAR_BIT__ 8",
    "__SIZEOF_INT__ 4",
    "__SIZE_TYPE__ unsigned int",
    "__PTRDIFF_TYPE__ int",
    "__INTMAX_TYPE__ long long",
    "__UINTMAX_TYPE__ unsigned long long",
    "__SIZEOF_LONG__ 4",
    "__SIZEOF_POINTER__ 4",
    "__INT_MAX__ 2147483647",
    "__attribute__(x)",
    "__attribute(x)",
    "__extension__",
    "__asm__ asm",
    "__restrict",
    "__restrict__",
    "__inline inline",
    "__inline__ inline",
    "__const const",
    "__volatile__ volatile",
    "__builtin_offsetof offsetof",
    "__builtin_expect(x, y) (x)",
)
_MEANINGFUL_PRAGMAS = frozenset(("push_macro", "pop_macro", "pack", "redefine_extname", "weak"))
"""What a program would not be the same without; other pragmas are passed over."""
_OTHER_HEADERS = frozenset(
    [
        "complex",
        "fenv",
        "locale",
        "setjmp",
        "signal",
        "stdatomic",
        "tgmath",
        "threads",
        "uchar",
        "wchar",
        "wctype",
        "pthread",
        "fcntl",
        "sys",
        "dirent",
        "dlfcn",
        "poll",
        "netdb",
        "netinet",
        "arpa",
        "pwd",
        "regex",
        "semaphore",
        "termios",
        "ucontext",
        "getopt",
    ]
)
"""Headers that programs may expect, and that the machine has not got."""
_COORDINATES = re.compile(r"(?P<file>.*?):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<words>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source."""

    file: str
    line: int | None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


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
        raise wrong(place, f"syntax error: {_plainly(found['words'])}") from None
    except ValueError as error:
        raise wrong(Place(path, None), f"syntax error: {error}") from None


def _plainly(words: str) -> str:
    """pycparser's 'before: x' in a sentence."""
    return f"unexpected '{words[8:]}'" if words.startswith("before: ") else words[:1].lower() + words[1:]


def preprocess(text: str, path: str, include: Sequence[Path] = ()) -> str:
    """The source with its directives carried out and its lines marked. Trouble for what can't be."""
    preprocessor = _Preprocessor()
    for line in _PREDEFINED:
        preprocessor.define(line)
    for folder in (Path(path).parent, *include, HEADERS):
        preprocessor.add_path(str(folder))
    preprocessor.parse(text, path)
    output = StringIO()
    preprocessor.write(output)
    if preprocessor.trouble is not None:
        raise preprocessor.trouble
    return output.getvalue()


class _Preprocessor(pcpp.Preprocessor):  # type: ignore[misc]
    """pcpp, which collects what goes wrong instead of printing it."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Trouble | None = None
        self._before: Any = None
        self._held: list[Any] = []
        evaluate: Any = self.evaluator
        self.evaluator: Any = lambda tokens, **names: evaluate(_with_whole_suffixes(tokens), **names)
        self._known: dict[tuple[str, str], bool] = {}

    def token(self) -> Any:
        """The next token. pcpp writes tokens as they come, so that `-M` with an M of `-1` would become `--1`."""
        if self._held:
            self._before = self._held.pop()
            return self._before
        before, following = self._before, super().token()
        self._before = following
        if before is None or following is None or not self._would_join(before, following):
            return following
        self._held.append(following)
        space = self._before = copy.copy(following)
        space.type, space.value = self.t_SPACE, " "
        return space

    def _would_join(self, before: Any, following: Any) -> bool:
        """Whether two tokens, written one behind the other, would be read as something else."""
        if before.type in self.t_WS or following.type in self.t_WS or not before.value:
            return False
        pair = before.value, following.value
        if pair not in self._known:
            lexer = self.lexer.clone()
            lexer.input(before.value + following.value)
            first = None if before.value == "/" and following.value[:1] in "/*" else lexer.token()
            self._known[pair] = first is None or first.value != before.value
        return self._known[pair]

    def on_error(self, file: str, line: int, msg: str) -> None:
        self.trouble = self.trouble or Trouble(Place(file, line), msg[:1].lower() + msg[1:].strip())
        self.return_code += 1

    def on_include_not_found(self, is_malformed: bool, is_system_include: bool, curdir: str, includepath: str) -> None:
        have = ", ".join(sorted(header.name for header in HEADERS.rglob("*.h")))
        words = f"there is no header '{includepath}'" if not is_malformed else f"'{includepath}' is no header's name"
        place = Place(self.lastdirective.source, self.lastdirective.lineno)
        if includepath.split("/")[0].removesuffix(".h") in _OTHER_HEADERS:
            self.trouble = self.trouble or refuse(place, includepath)
        self.trouble = self.trouble or Trouble(place, words, f"the textbook machine's own are {have}")
        raise pcpp.OutputDirective(pcpp.Action.IgnoreAndRemove)

    def on_directive_unknown(self, directive: Any, toks: Any, ifpassthru: bool, precedingtoks: Any) -> Any:
        place = Place(directive.source, directive.lineno)
        words = "".join(token.value for token in toks).strip()
        if directive.value == "error":
            self.trouble = self.trouble or Trouble(place, f"#error {words}")
        elif directive.value == "line":
            self.trouble = self.trouble or refuse(place, "#line", "leave it out")
        elif directive.value == "pragma" and words.split("(")[0].strip() in _MEANINGFUL_PRAGMAS:
            self.trouble = self.trouble or refuse(place, f"#pragma {words.split('(')[0].strip()}")
        return True

    def on_comment(self, tok: Any) -> bool:
        return False

    def macro_expand_args(self, macro: Any, args: list[Any]) -> Any:
        """pcpp joins what stands around an empty argument of `##`: something empty takes its place (C11 6.10.3.3)."""
        comma = macro.variadic and macro.var_comma_patch
        empty = {
            number
            for number, tokens in enumerate(args)
            if all(token.type in self.t_WS for token in tokens) and not (comma and number == len(args) - 1)
        }
        joined = {at for kind, number, at in macro.patch if kind == "t" and number in empty}
        if not joined:
            return super().macro_expand_args(macro, args)
        changed = copy.copy(macro)
        changed.value = list(macro.value)
        changed.patch = [patch for patch in macro.patch if patch[2] not in joined]
        for at in joined:
            is_joined_on = at > 0 and macro.value[at - 1].type == self.t_DPOUND
            changed.value[at] = copy.copy(macro.value[at])
            changed.value[at].type, changed.value[at].value = self.t_SPACE, "" if is_joined_on else " "
        return super().macro_expand_args(changed, args)


def _with_whole_suffixes(tokens: list[Any]) -> list[Any]:
    """Tokens of an #if: pcpp takes the second L of `1LL` for a name."""
    found: list[Any] = []
    for token in tokens:
        behind_number = found and found[-1].type == "CPP_INTEGER" and found[-1].value[-1] in "lL"
        if not (behind_number and token.type == "CPP_ID" and token.value.lower() in ("l", "lu")):
            found.append(token)
    return found


class _GnuLexer(c_lexer.CLexer):  # type: ignore[misc]
    """pycparser's lexer with GNU C's spellings of typeof, which it knows in C23 alone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._keyword_map.update(dict.fromkeys(("typeof", "__typeof__", "__typeof"), "TYPEOF"))


class _GnuParser(c_parser.CParser):  # type: ignore[misc]
    """pycparser's parser with nested functions, and with int where a declaration has no type. A range (`1 ... 5`) is a
    BinaryOp whose operator is '...'."""

    def __init__(self) -> None:
        super().__init__(lexer=_GnuLexer)

    def _parse_error(self, msg: str, coord: Any) -> NoReturn:
        """Where pycparser knows no place, the next token has one, or else the last line that was read."""
        if getattr(coord, "line", None) is None:
            token = self._peek()
            coord = self._tok_coord(token) if token is not None else Place(self.clex.filename, self.clex._lineno)
        raise c_parser.ParseError(f"{coord}: {msg}")

    def _parse_external_declaration(self) -> Any:
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

    def _parse_conditional_expression(self) -> Any:
        condition = self._parse_binary_expression()
        if not self._accept("CONDOP"):
            return condition
        yes = None if self._peek_type() == "COLON" else self._parse_expression()  # GNU C's 'a ?: b'
        self._expect("COLON")
        return c_ast.TernaryOp(condition, yes, self._parse_conditional_expression(), condition.coord)

    def _parse_constant_expression(self) -> Any:
        found = super()._parse_constant_expression()
        if self._peek_type() == "ELLIPSIS":
            at = self._tok_coord(self._advance())
            return c_ast.BinaryOp("...", found, super()._parse_constant_expression(), at)
        return found

    def _parse_statement(self) -> Any:
        """A type's name is a label's too where one stands: they are names of different kinds (C11 6.2.3)."""
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
        if not typename:
            typename = [c_ast.IdentifierType(["int"], coord=decl.coord)]
        return super()._fix_decl_name_type(decl, typename)
