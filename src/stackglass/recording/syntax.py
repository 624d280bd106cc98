"""EXPR as a syntax tree: C's expressions, by pycparser, with registers ($rax) and C++'s qualified names.

pycparser takes whole files, so the expression is put into a function's return statement, and what comes back must be
that one statement. Names of types that it has to know are declared in front.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from stackglass.errors import ExpressionError

Node = Any
"""A node of pycparser's tree, which has no type annotations."""

_QUALIFIED = re.compile(r"(?:\b[A-Za-z_]\w*)?(?:::~?[A-Za-z_]\w*)+")
_IDENTIFIER = re.compile(r"(?<![\w$.])[A-Za-z_]\w*")
_LITERAL = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_SCOPE = "$$"
"""What stands for `::` in the identifiers that pycparser sees."""

_KEYWORDS = frozenset(
    (
        *("char", "short", "int", "long", "signed", "unsigned", "float", "double", "void", "_Bool"),
        *("const", "volatile", "struct", "union", "enum", "sizeof"),
    )
)


def help_with(register: str) -> str:
    """What an expression is, for who wrote none; `register` is one of the machine's."""
    return f"an expression is C over the variables in view, as in 'n == 2 && p->next != 0'; registers are ${register}"


def parse(text: str, is_type: Callable[[str], bool], register: str = "sp") -> Node:
    """The tree of one expression. `is_type` tells whether a name, if it is no variable, is a type's; `register` is
    one of the machine's, for those who need to be told.

    ExpressionError if it does not parse, or is more than an expression.
    """
    if not text.strip():
        raise ExpressionError("the expression is empty", help=help_with(register))
    masked = _LITERAL.sub(lambda match: " " * len(match[0]), text)
    if set(masked) & set("{};#@`\\\n\r"):
        raise _refused(text, register)
    types = sorted({mangled(name) for name in _candidates(masked) - _KEYWORDS if is_type(name)})
    prelude = "".join(f"typedef int {name};" for name in types)
    try:
        tree = _parser()(f"{prelude}int f(void){{return ({_mangled_text(text)});}}")
    except Exception as error:
        if type(error).__name__ not in ("ParseError", "AssertionError", "RecursionError"):
            raise
        raise _refused(text, register) from error
    body = tree.ext[-1].body.block_items if len(tree.ext) == len(types) + 1 else []
    if len(body) != 1 or type(body[0]).__name__ != "Return" or body[0].expr is None:
        raise _refused(text, register)
    return body[0].expr


def _refused(text: str, register: str) -> ExpressionError:
    return ExpressionError(f"{text!r} is not an expression", help=help_with(register))


@cache
def _parser() -> Callable[[str], Node]:
    from pycparser.c_parser import CParser

    return lambda text: CParser().parse(text)


def _candidates(text: str) -> set[str]:
    return set(_QUALIFIED.findall(text)) | set(_IDENTIFIER.findall(_QUALIFIED.sub(" ", text)))


def mangled(name: str) -> str:
    """A C++ name as an identifier of C."""
    return name.replace("::", _SCOPE)


def written(identifier: str) -> str:
    """The name that `mangled` made an identifier of."""
    return identifier.replace(_SCOPE, "::")


def _mangled_text(text: str) -> str:
    """The text with C++ names as identifiers, its literals untouched."""
    parts, end = [], 0
    for literal in _LITERAL.finditer(text):
        parts += [_QUALIFIED.sub(lambda match: mangled(match[0]), text[end : literal.start()]), literal[0]]
        end = literal.end()
    return "".join([*parts, _QUALIFIED.sub(lambda match: mangled(match[0]), text[end:])])


_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}
_CHARACTER = re.compile(r"\\(?P<octal>[0-7]{1,3})|\\x(?P<hex>[0-9a-fA-F]+)|\\(?P<escape>.)|(?P<plain>.)", re.S)


def characters(literal: str) -> bytes:
    """The bytes of a character constant or string literal (without the NUL), in UTF-8."""
    content = literal[literal.index(literal[-1]) + 1 : -1]
    return b"".join(map(_character, _CHARACTER.finditer(content)))


def _character(match: re.Match[str]) -> bytes:
    if match["plain"] is not None:
        return match["plain"].encode("utf-8", "surrogateescape")
    if match["octal"] is not None:
        return bytes([int(match["octal"], 8) & 0xFF])
    if match["hex"] is not None:
        return bytes([int(match["hex"], 16) & 0xFF])
    return bytes([_ESCAPES[match["escape"]]]) if match["escape"] in _ESCAPES else match["escape"].encode()
