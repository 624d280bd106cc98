"""C++ symbols as a programmer writes the names: the Itanium C++ ABI's mangling (chapter 5.1) undone by a library.

What remains is as `names.qualified_name` has it: scopes and template arguments, without parameters and return type.
"""

from __future__ import annotations

import functools
import re

_OPERATORS = re.compile(r"\boperator(\(\)|\[\]|<=>|->\*?|<<=?|>>=?|[<>]=?)")
_ANONYMOUS = "(anonymous namespace)"
_BEHIND_PARAMETERS = re.compile(r"(?: const| volatile| &&?|\[[^\[\]]*\])*$")
_SPECIAL = re.compile(r"((?:[A-Za-z-]+ )+(?:to|for) )(.*)")
_OF_TYPES = ("vtable for ", "VTT for ", "typeinfo for ", "typeinfo name for ", "construction vtable for ")
_OPENING, _CLOSING = "<([{", ">)]}"


def demangled(symbol: str) -> str | None:
    """'ns::Stack<int>::push' of '_ZN2ns5StackIiE4pushEi', 'vtable for ns::Shape' of '_ZTVN2ns5ShapeE'.

    None for a symbol that isn't mangled, or not as the ABI says.
    """
    whole = _demangled(symbol) if symbol.startswith("_Z") else None
    if whole is None or whole.startswith(_OF_TYPES):
        return whole
    special = _SPECIAL.fullmatch(whole)  # 'non-virtual thunk to …', 'guard variable for …'
    before, encoding = (special[1], special[2]) if special else ("", whole)
    return before + _without_signature(encoding)


@functools.cache
def _library() -> object:
    try:
        import pycxxfilt
    except ImportError:  # it has wheels for the usual machines only
        return None
    return pycxxfilt


def _demangled(symbol: str) -> str | None:
    if _library() is None:
        return None
    import pycxxfilt

    try:
        return pycxxfilt.itanium_demangle(symbol)
    except ValueError:
        return None


def _without_signature(whole: str) -> str:
    """The name alone of 'int ns::max<int>(int, int) const'; all of it where the two can't be told apart."""
    masked = _OPERATORS.sub(lambda match: "operator" + "_" * len(match[1]), whole)
    masked = masked.replace(_ANONYMOUS, "_" * len(_ANONYMOUS))
    end = _start_of_parameters(masked)
    if "<" not in masked[:end]:  # only those of templates tell what they give back
        return whole[:end]
    if masked[:end].endswith(")"):  # it gives back a pointer to a function, whose parameters these are
        return whole
    return whole[_start_of_name(masked[:end]) : end]


def _start_of_parameters(masked: str) -> int:
    """Where the list of parameters begins that ends the text; its length if none does."""
    found = _BEHIND_PARAMETERS.search(masked)
    close = (found.start() if found else len(masked)) - 1
    if close < 0 or masked[close] != ")":
        return len(masked)
    depth = 0
    for at in range(close, -1, -1):
        depth += (masked[at] == ")") - (masked[at] == "(")
        if depth == 0:
            return at
    return len(masked)


def _start_of_name(masked: str) -> int:
    """Behind the type of what it gives back, which ends at the last blank outside all brackets.

    'operator unsigned long' has blanks of its own.
    """
    depth = start = 0
    for at, letter in enumerate(masked):
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if depth == 0 and letter == " ":
            start = at + 1
        elif depth == 0 and masked.startswith("operator", at) and not masked[at - 1 : at].isidentifier():
            break
    return start
