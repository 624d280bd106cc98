"""Types with qualifiers and typedefs' names, and without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stackglass.textbook.types import Alias, Array, CType, Declared, Function, Integer, Pointer


def qualified(type_: CType, qualifiers: Iterable[str]) -> CType:
    """The type with qualifiers besides its own; an array's elements get them (C11 6.7.3)."""
    more = frozenset(qualifiers) - type_.qualifiers
    if not more or isinstance(type_, Function):
        return type_
    if isinstance(type_, Array):
        element = qualified(type_.element, more)
        return type_ if element is type_.element else _with(type_, element=element, alias=None)
    return _with(type_, qualifiers=type_.qualifiers | more)


def unqualified(type_: CType) -> CType:
    """The type without qualifiers of its own, as values have it."""
    if not type_.qualifiers:
        return type_
    alias = type_.alias if type_.alias is not None and not type_.alias.type.qualifiers else None
    return _with(type_, qualifiers=frozenset(), alias=alias)


def without(type_: CType, qualifier: str) -> CType:
    """The type without one of its own qualifiers."""
    return _with(type_, qualifiers=type_.qualifiers - {qualifier})


def called(type_: CType, name: str) -> CType:
    """The type by the name that a typedef gives it."""
    return _with(type_, alias=Alias(name, type_))


def aligned_to(type_: CType, align: int) -> CType:
    """The type of an object that is aligned to so many bytes."""
    return _with(type_, aligned=align)


def lying_at(type_: CType, align: int) -> CType:
    """The type of an object whose address is known to be a multiple of so many bytes, and perhaps of no more."""
    if align >= type_.align:
        return type_
    if isinstance(type_, Array):
        return _with(type_, element=lying_at(type_.element, align), aligned=align)
    return _with(type_, aligned=align)


def as_named(type_: CType) -> CType:
    """The type without what one object's place or declaration says of its alignment (GNU C's typeof)."""
    aligned = type_.alias.type.aligned if type_.alias is not None else None
    if isinstance(type_, Array) and type_.alias is None:
        return _with(type_, element=as_named(type_.element), aligned=aligned)
    return _with(type_, aligned=aligned) if type_.aligned != aligned else type_


def _with(type_: CType, **changes: object) -> CType:
    assert isinstance(type_, Declared)
    return replace(type_, **changes)  # type: ignore[arg-type]


def look(type_: CType) -> object:
    """How a type was declared, all through; with the type itself it tells apart what debuggers tell apart."""
    if type_.alias is not None:
        return type_.qualifiers, type_.alias.name, look(type_.alias.type)
    match type_:
        case Pointer(target=inner) | Array(element=inner):
            parts: tuple[object, ...] = (look(inner),)
        case Function():
            parts = (look(type_.result), *(look(one) for one in type_.parameters or ()))
        case Integer():
            parts = (type_.enumerators,)
        case _:
            parts = ()
    return type_.qualifiers, *parts
