"""What can't be assigned to: what is const, and structs with a member that is."""

from __future__ import annotations

from typing import Any

from pycparser import c_generator

from stackglass.textbook.refusals import wrong
from stackglass.textbook.types import Array, CType, Record


def must_be_assignable(node: Any, type_: CType) -> None:
    """Trouble where an expression of that type, qualifiers and all, is no modifiable lvalue (C11 6.3.2.1)."""
    if "const" in type_.qualifiers:
        raise wrong(node.coord, f"'{_text(node)}' is const: it can't be assigned to")
    inner = const_member(type_)
    if inner is not None:
        raise wrong(node.coord, f"'{_text(node)}' has a member that is const, {inner!r}: it can't be assigned to")


def is_constant(type_: CType) -> bool:
    """Whether an object of that type never changes: it is const, and nobody else changes it (volatile)."""
    type_ = _element(type_)
    return "const" in type_.qualifiers and "volatile" not in type_.qualifiers


def const_member(type_: CType) -> str | None:
    """The name of a member that is const, at any depth; None if there is none."""
    for member in (type_.members or ()) if isinstance(type_, Record) else ():
        inner = _element(member.type)
        if "const" in inner.qualifiers:
            return member.name
        deeper = const_member(inner)
        if deeper is not None:
            return deeper if member.name is None else f"{member.name}.{deeper}"
    return None


def _element(type_: CType) -> CType:
    """What an array is made of, through all its dimensions; another type itself."""
    while isinstance(type_, Array):
        type_ = type_.element
    return type_


def _text(node: Any) -> str:
    text: str = c_generator.CGenerator().visit(node)
    return text
