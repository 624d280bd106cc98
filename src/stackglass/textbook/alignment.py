"""What declarations ask for with `_Alignas` and the attribute `aligned`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycparser import c_ast

from stackglass.textbook import types as t
from stackglass.textbook.attributes import Alignment
from stackglass.textbook.qualifiers import aligned_to
from stackglass.textbook.refusals import refuse, wrong
from stackglass.textbook.tree import Expression, Number
from stackglass.textbook.types import CType, Function, Integer

_BIGGEST = 16
"""What `aligned` without a number asks for on i386."""
_MOST = 4096


class Alignments:
    """Reads them."""

    constant: Callable[[Any], Expression]

    def type(self, node: Any) -> CType:
        """The type that a declarator or a type name stands for."""
        raise NotImplementedError

    def declared_type(self, node: Any) -> CType:
        """The type of what is declared, aligned as the declaration says. A function is aligned to nothing."""
        type_ = self.type(node.type)
        wanted = self.attributed(node)
        if wanted is not None and not isinstance(type_, Function):
            type_ = aligned_to(type_, wanted)
        least = self.specified(node, type_)
        return type_ if least <= type_.align else aligned_to(type_, least)

    def attributed(self, node: Any) -> int | None:
        """What the attributes of a declaration or of a struct ask for; None if nothing."""
        return max((self._attributed(one) for one in node.attributes.aligned), default=None)

    def _attributed(self, one: Alignment) -> int:
        return _BIGGEST if one.bytes_ is None else self._bytes(one.bytes_, one.coord, least=1)

    def specified(self, node: Any, type_: CType) -> int:
        """What `_Alignas` asks for of something of a type (C11 6.7.5); 0 if nothing."""
        wanted = 0
        specifiers = getattr(node, "align", None) or ()
        for one in specifiers:
            is_type = isinstance(one.alignment, c_ast.Typename)
            here = self.type(one.alignment).align if is_type else self._bytes(one.alignment, one.coord, least=0)
            wanted = max(wanted, here)
        if not specifiers:
            return 0
        coord = specifiers[0].coord
        if isinstance(type_, Function):
            raise wrong(coord, "a function can't be aligned with '_Alignas'")
        if getattr(node, "bitsize", None) is not None:
            raise wrong(coord, "a bit-field can't be aligned with '_Alignas'")
        if "register" in (getattr(node, "storage", None) or ()):
            raise wrong(coord, "a register variable can't be aligned with '_Alignas'")
        if 0 < wanted < type_.align:
            raise wrong(coord, f"'_Alignas' can't align {type_.spelling} to less than its own {type_.align} bytes")
        return wanted

    def _bytes(self, node: Any, coord: object, *, least: int) -> int:
        number = self.constant(node)
        if not isinstance(number, Number) or not isinstance(number.type, Integer):
            raise wrong(coord, "an alignment is a constant")
        value = int(number.value)
        if value < least or value & value - 1:
            raise wrong(coord, f"an alignment is a power of two, and {value} is none")
        if value > _MOST:
            raise refuse(coord, f"an alignment of {value} bytes", f"align to {_MOST} bytes at most")
        return value


def must_fit_elements(coord: object, element: CType) -> None:
    """Trouble where elements of an array that follow each other could not all be aligned."""
    if element.align > t.WORD and element.size % element.align:
        words = f"an array of {element.spelling}, which has {element.size} bytes and is aligned to {element.align}"
        raise wrong(coord, words)
