"""The words that name C's basic types, in any order."""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.types import CType

_BY_WORDS: dict[str, CType] = {
    "void": t.VOID,
    "_Bool": t.BOOL,
    "bool": t.BOOL,
    "char": t.CHAR,
    "char signed": t.SCHAR,
    "char unsigned": t.UCHAR,
    "float": t.FLOAT,
    "double": t.DOUBLE,
    "double long": t.LDOUBLE,
    "": t.INT,
    "short": t.SHORT,
    "short unsigned": t.USHORT,
    "unsigned": t.UINT,
    "long": t.LONG,
    "long unsigned": t.ULONG,
    "long long": t.LLONG,
    "long long unsigned": t.ULLONG,
}


def basic_type(words: list[str]) -> CType | None:
    """The type that a list of specifiers names in any order ('unsigned', 'long', 'int'); None if none."""
    plain = sorted({"__signed__": "signed", "__signed": "signed"}.get(word, word) for word in words)
    if plain not in (["char", "signed"],):
        plain = [word for word in plain if word != "signed"]
    if set(plain) - {"int", "unsigned"} != set() or plain == ["int"]:
        plain = [word for word in plain if word != "int"]
    elif "int" in plain:
        plain.remove("int")
    return _BY_WORDS.get(" ".join(plain))
