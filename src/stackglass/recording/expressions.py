"""EXPR: C expressions over the variables in view at a moment, evaluated with C's types and conversions.

    expression = Expression("n == 2 && p->next != 0")
    expression.is_true(scope)

They look and never change anything: assignments, ++ and calls are refused. Beyond C: a string literal compares with
what a char pointer or array holds, `$rax` is a register, C++ names are written as in C++.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stackglass.errors import ExpressionError
from stackglass.recording import syntax
from stackglass.recording.arithmetic import (
    Number,
    Numeric,
)
from stackglass.recording.evaluation import Evaluation
from stackglass.recording.operands import Scope, bytes_of, number_of
from stackglass.recording.shapes import (
    ArrayOf,
    PointerTo,
    Record,
)


class Result(NamedTuple):
    """The value of an expression: a number or an address, a string literal's bytes, an aggregate's bytes."""

    value: Numeric | bytes
    type: str
    address: int | None


class Expression:
    """An expression that can be evaluated at any moment. ExpressionError if the text is none.

    Names of types can only be told at a moment, so a cast is parsed there. `register` is one of the
    machine's, for help.
    """

    def __init__(self, text: str, register: str = "sp") -> None:
        self.text = text
        self._register = register
        self._words = _words(text)
        self._trees: dict[frozenset[str], syntax.Node] = {}
        casts = _after_casts(text)
        syntax.parse(text, casts.__contains__, register)

    def evaluate(self, scope: Scope) -> Result:
        """Its value there. ExpressionError if it has none, UnreadableMemory if it looks where nothing is."""
        operand = Evaluation(scope, self.text, self._register).of(self._tree(scope))
        if isinstance(operand, bytes):
            return Result(operand, "char *", None)
        if isinstance(operand.shape, Number | PointerTo):
            return Result(number_of(scope, operand)[0], operand.shape.spelling, operand.address)
        if isinstance(operand.shape, ArrayOf | Record):
            return Result(bytes_of(scope, operand, operand.shape.size or 0), operand.shape.spelling, operand.address)
        return Result(operand.address or 0, operand.shape.spelling, operand.address)

    def is_true(self, scope: Scope) -> bool:
        """Whether its value there is not 0. Raises what `evaluate` raises, and for what is neither true nor false."""
        evaluation = Evaluation(scope, self.text, self._register)
        return evaluation.truth(evaluation.of(self._tree(scope)))

    def _tree(self, scope: Scope) -> syntax.Node:
        types = frozenset(name for name in self._words if scope.type_named(name) and not _is_variable(scope, name))
        if types not in self._trees:
            self._trees[types] = syntax.parse(self.text, lambda name: name in types, self._register)
        return self._trees[types]


def _words(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w$.])(?:::)?[A-Za-z_]\w*(?:::\w+)*", text))


def _after_casts(text: str) -> set[str]:
    """Names that stand alone in parentheses with something to cast behind: `(size_t)n`, `(node *)p`."""
    return set(re.findall(r"\(\s*([A-Za-z_][\w:]*)\s*(?:\*\s*)*\)\s*(?=[\w($'\"*&~!])", text)) | set(
        re.findall(r"\(\s*([A-Za-z_][\w:]*)\s*\*+\s*\)", text)
    )


def _is_variable(scope: Scope, name: str) -> bool:
    try:
        return scope.variable(name) is not None
    except ExpressionError:
        return True
