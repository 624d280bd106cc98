"""A C source with its directives carried out: pcpp, with the machine's own headers."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pcpp

from stackglass.textbook.refusals import Trouble, refuse

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
    "__BIGGEST_ALIGNMENT__ 16",
    "__extension__",
    "__asm__ asm",
    "__restrict restrict",
    "__restrict__ restrict",
    "__inline inline",
    "__inline__ inline",
    "__const const",
    "__const__ const",
    "__volatile volatile",
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
_DIRECTIVES = (
    *("include", "include_next", "import", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif"),
    *("error", "warning", "line", "pragma", "ident", "sccs", "assert", "unassert"),
)
_DEEPEST_INCLUDE = 200
_NOT_EVALUATED = re.compile(
    r"could not evaluate expression due to (?P<error>\w+)\(.*\) \(passed to evaluator: '(?P<expression>.*)'\)",
    re.DOTALL,
)
_ASKS_NOTHING = re.compile(r"\bdefined(?![\w(])|\bdefined\((?![A-Za-z_]\w*\))")
_NO_INTEGER = re.compile(r"0[0-7]*[89]\d*[uUlL]*|(\d+\.\d*|\.\d+|\d+[eE]).*")
_TRIGRAPH = re.compile(r"\?\?(?=[=/'()!<>-])")
_APART = "\ue000"
"""Stands in what would be a trigraph, which GNU C has not, but pcpp has."""
_COMMENTS = re.compile(
    r"""
    "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'     # strings and characters
    | //(?:\\[ \t]*\n|[^\n])* | /\*.*?\*/                # comments
    | (?P<open>/\*)                               # one that nothing ends
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source."""

    file: str
    line: int | None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


def preprocess(text: str, path: str, include: Sequence[Path] = ()) -> str:
    """The source with its directives carried out and its lines marked. Trouble for what can't be."""
    preprocessor = _Preprocessor()
    for line in _PREDEFINED:
        preprocessor.define(line)
    for folder in (Path(path).parent, *include, HEADERS):
        preprocessor.add_path(str(folder))
    preprocessor.parse(text.removeprefix("\ufeff"), path)
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
        self._texts: list[list[str]] = []
        self._has_else: list[bool] = []
        """Of each group of #if that is open in the file, whether its #else has been."""

    def token(self) -> Any:
        """The next token. pcpp writes tokens as they come, so that `-M` with an M of `-1` would become `--1`."""
        if self._held:
            self._before = self._held.pop()
            return self._before
        before, following = self._before, super().token()
        self._before = following
        if following is not None and _APART in str(following.value):
            following.value = following.value.replace(_APART, "")
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
        words = re.sub(r"\b1 arguments\b", "1 argument", msg[:1].lower() + msg[1:].strip())
        if (match := _NOT_EVALUATED.fullmatch(words)) is not None:
            words = f"'{match['expression']}' is no expression of integer constants"
            if match["error"] == "ZeroDivisionError":
                words = f"division by zero in '{match['expression']}'"
        self._say(words, Place(file, line))
        self.return_code += 1

    def _say(self, words: str, place: Place | None = None) -> None:
        """Takes note of what is wrong, with the last directive if nothing is said of where."""
        place = place or Place(self.lastdirective.source, self.lastdirective.lineno)
        self.trouble = self.trouble or Trouble(place, words)

    def on_directive_handle(self, directive: Any, toks: Any, ifpassthru: bool, precedingtoks: Any) -> Any:
        handled = super().on_directive_handle(directive, toks, ifpassthru, precedingtoks)
        name, groups = directive.value, self._has_else
        if name == "pragma" and not toks:
            raise pcpp.OutputDirective(pcpp.Action.IgnoreAndRemove)
        if name in ("if", "ifdef", "ifndef"):
            groups.append(False)
        elif name == "endif" and groups:
            groups.pop()
        elif name in ("else", "elif") and groups and groups[-1]:
            self._say(f"#{name} after #else")
        elif name == "else" and groups:
            groups[-1] = True
        return handled

    def define(self, tokens: Any) -> Any:
        if isinstance(tokens, str) or self._is_name(tokens):
            return super().define(tokens)
        return None

    def undef(self, tokens: Any) -> Any:
        if isinstance(tokens, str) or self._is_name(tokens):
            return super().undef(tokens)
        return None

    def _is_name(self, tokens: Any) -> bool:
        """Whether a directive's first token is what can be a macro's name."""
        if tokens and tokens[0].type == self.t_ID:
            return True
        self._say(f"#{self.lastdirective.value} without a macro's name")
        return False

    def include(self, tokens: Any, original_line: Any) -> Iterator[Any]:
        if not tokens:
            self._say("#include without a header's name")
        yield from super().include(tokens, original_line)

    def evalexpr(self, tokens: Any) -> Any:
        if not tokens:
            self._say(f"#{self.lastdirective.value} without an expression")
            return 0, None
        visible = "".join(str(token.value) for token in tokens if token.type not in self.t_WS)
        if _ASKS_NOTHING.search(visible):
            self._say("'defined' without a macro's name")
        return super().evalexpr(tokens)

    def on_include_not_found(self, is_malformed: bool, is_system_include: bool, curdir: str, includepath: str) -> None:
        have = ", ".join(sorted(header.relative_to(HEADERS).as_posix() for header in HEADERS.rglob("*.h")))
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
        elif directive.value not in _DIRECTIVES:
            near = difflib.get_close_matches(directive.value, _DIRECTIVES, 1)
            meant = f"; is #{near[0]} meant?" if near else ""
            place = Place(directive.source, directive.lineno, self._column(directive))
            self.trouble = self.trouble or Trouble(place, f"there is no directive #{directive.value}{meant}")
        elif directive.value == "pragma" and words.split("(")[0].strip() in _MEANINGFUL_PRAGMAS:
            self.trouble = self.trouble or refuse(place, f"#pragma {words.split('(')[0].strip()}")
        return True

    def parsegen(self, input: str, source: Any = None, abssource: Any = None) -> Iterator[Any]:
        """The tokens of a file, of the program or included by it. Files that include one another without end are told,
        and so is a comment without one."""
        if self.trouble is not None:
            return
        opened = _open_comment(input)
        if self.include_depth >= _DEEPEST_INCLUDE:
            place = Place(self.lastdirective.source, self.lastdirective.lineno)
            words = f"#include within #include, {_DEEPEST_INCLUDE} deep: a file includes itself"
            self.trouble = Trouble(place, words)
        elif opened is not None:
            self.trouble = Trouble(Place(source or "", *opened), "the comment that begins here is not closed")
        else:
            self._texts.append(input.splitlines())
            groups, self._has_else = self._has_else, []
            try:
                yield from super().parsegen(_TRIGRAPH.sub(f"?{_APART}?", _whole_comments(input)), source, abssource)
            except IndexError:  # pcpp looks at a token that isn't there
                wanted = "an expression" if self.lastdirective.value == "if" else "a macro's name"
                self._say(f"#{self.lastdirective.value} without {wanted}")
            self._has_else = groups
            self._texts.pop()

    def _column(self, directive: Any) -> int:
        """Where a directive's line has its '#'."""
        line = self._texts[-1][directive.lineno - 1]
        return len(line) - len(line.lstrip()) + 1

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


def _whole_comments(text: str) -> str:
    """Without the comments of `//` that go on in the next line, behind a backslash (C11 5.1.1.2): pcpp ends them with
    the line."""

    def without(one: re.Match[str]) -> str:
        lines = one[0].count("\n")
        return "\n" * lines if lines and one[0].startswith("//") else one[0]

    return _COMMENTS.sub(without, text)


def _open_comment(text: str) -> tuple[int, int] | None:
    """(line, column) of a comment that isn't closed, or None."""
    found = next((one.start() for one in _COMMENTS.finditer(text) if one["open"]), None)
    return None if found is None else (text.count("\n", 0, found) + 1, found - text.rfind("\n", 0, found))


def _with_whole_suffixes(tokens: list[Any]) -> list[Any]:
    """Tokens of an #if: pcpp takes the second L of `1LL` for a name. SyntaxError for what is no integer."""
    found: list[Any] = []
    for token in tokens:
        if _NO_INTEGER.fullmatch(str(token.value)):
            raise SyntaxError(token.value)
        behind_number = found and found[-1].type == "CPP_INTEGER" and found[-1].value[-1] in "lL"
        if not (behind_number and token.type == "CPP_ID" and token.value.lower() in ("l", "lu")):
            found.append(token)
    return found
