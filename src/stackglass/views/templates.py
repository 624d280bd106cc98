"""C++ names that are too long for a picture, with the arguments of their templates left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 32
_LONGEST_TYPE = 24
_LONGEST_ARGUMENT = 16
_SCOPE = re.compile(r"(?<=[\w>])::(?=[\w ]+$)")
_OPERATOR = re.compile(r"\boperator *(?:\(\)|\[\]|->\*?|<=>|<<=?|>>=?|[<>]=?|[^\w\s<(]+|(?=\w))")


def folded(name: str, longest: int = _LONGEST) -> str:
    """'std::map<int, int, ...>::map': of more than `longest` letters, what is plain at the start of each list.

    Names without templates stay as they are.
    """
    if len(name) <= longest or "<" not in name:
        return name
    operator = _OPERATOR.search(name)
    if operator is None:
        return "".join(_pieces(name))
    before, behind = name[: operator.start()], name[operator.end() :]
    return "".join((*_pieces(before), operator[0], *_pieces(behind)))


def folded_type(spelling: str) -> str:
    """A type as the rows of a picture have it: of one that is still long, the scopes are left out: '...::size_type'."""
    shown = folded(spelling, _LONGEST_TYPE)
    scopes = list(_SCOPE.finditer(shown)) if len(shown) > _LONGEST else []
    return f"...::{shown[scopes[-1].end() :]}" if scopes else shown


def _pieces(text: str) -> Iterator[str]:
    """The text outside of template arguments, and each list of them, shortened."""
    depth = start = 0
    for at, letter in enumerate(text):
        if letter == "<":
            if depth == 0:
                yield text[start:at]
                start = at + 1
            depth += 1
        elif letter == ">" and depth and text[at - 1] != "-":
            depth -= 1
            if depth == 0:
                yield _arguments(text[start:at])
                start = at + 1
    yield text[start:] if depth == 0 else f"<{text[start:]}"


def _arguments(text: str) -> str:
    kept: list[str] = []
    for argument in _split(text):
        if "<" in argument or len(argument) > _LONGEST_ARGUMENT:
            return f"<{', '.join([*kept, '...'])}>"
        kept.append(argument)
    return f"<{', '.join(kept)}>"


def _split(text: str) -> Iterator[str]:
    """The arguments of a list: what stands between the commas that are in no brackets."""
    depth = start = 0
    for at, letter in enumerate(text):
        depth += (letter in "<([{") - (letter in ">)]}" and text[at - 1 : at + 1] != "->")
        if letter == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()
