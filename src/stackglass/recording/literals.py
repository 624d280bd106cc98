"""The constants of an expression: integers, floating-point numbers, characters (C11 6.4.4)."""

from __future__ import annotations

import re

from stackglass.errors import ExpressionError
from stackglass.recording import syntax
from stackglass.recording.arithmetic import DOUBLE, FLOAT, INT, Number, Numeric, convert, exact
from stackglass.recording.data_model import DataModel

_INTEGER = re.compile(r"(?P<digits>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?P<suffix>[uUlL]*)")
_FLOATING = re.compile(r"(?P<digits>.*?)(?P<suffix>[fFlL]?)")


def character(literal: str, model: DataModel) -> tuple[Number, int]:
    """A character constant: an int, with the value that a char of the model has. ExpressionError for several."""
    content = syntax.characters(literal)
    if len(content) != 1:
        raise ExpressionError(f"{literal} is not one character")
    return INT, int(convert(content[0], model.char))


def integer(literal: str, model: DataModel) -> tuple[Number, int]:
    """An integer constant: the first type that holds it (6.4.4.1). ExpressionError if none does."""
    match = _INTEGER.fullmatch(literal)
    if match is None:
        raise ExpressionError(f"{literal} is no integer")
    digits, suffix = match["digits"], match["suffix"].lower()
    octal = len(digits) > 1 and digits.isdigit() and digits.startswith("0")
    try:
        value = int(digits, 8) if octal else int(digits, 0)
    except ValueError as error:
        raise ExpressionError(f"{literal} is no integer") from error
    decimal = digits.isdigit() and not octal
    types = model.integers[2 * min(suffix.count("l"), 2) :]
    if "u" in suffix:
        types = tuple(number for number in types if number.kind == "unsigned")
    elif decimal:
        types = tuple(number for number in types if number.kind == "signed")
    for number in types:
        if convert(value, number) == value:
            return number, value
    raise ExpressionError(f"{literal} is too large for any integer type")


def floating(literal: str, model: DataModel) -> tuple[Number, Numeric]:
    """A floating constant: double, or what its suffix says."""
    match = _FLOATING.fullmatch(literal)
    assert match is not None
    number = {"f": FLOAT, "l": model.long_double}.get(match["suffix"].lower(), DOUBLE)
    digits = literal if literal[:2].lower() == "0x" and not match["suffix"] else match["digits"]
    return number, convert(exact(digits), number)
