"""Variables in static storage by their addresses: whose static local it is, and how the source calls it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stackglass.debuginfo.entries import Entry, Unit
from stackglass.debuginfo.expressions import Context, InMemory, evaluate
from stackglass.debuginfo.names import qualified_name
from stackglass.debuginfo.operations import Expression

_ADDRESSES = frozenset((0x03, 0xA1, 0xFB))
"""DW_OP_addr, DW_OP_addrx, DW_OP_GNU_addr_index."""


class StaticVariable(NamedTuple):
    """A variable in static storage. `owner` is the function of a static local, None for the others."""

    name: str
    owner: str | None
    entry: Entry


def static_variables(units: Iterable[Unit]) -> dict[int, StaticVariable]:
    """Every variable of the units that has a fixed address, by that address (the image's own)."""
    found: dict[int, StaticVariable] = {}
    for unit in units:
        for entry in unit.walk():
            if entry.tag == "DW_TAG_variable":
                expression = entry.block("DW_AT_location")
                if expression and expression[0] in _ADDRESSES:
                    _add(found, entry, expression)
    return found


def _add(found: dict[int, StaticVariable], entry: Entry, expression: bytes) -> None:
    place = evaluate(Expression(expression, entry.unit), _NO_FRAME)
    owner = _function_of(entry)
    name = entry.inherited_text("DW_AT_name") if owner else qualified_name(entry)
    if isinstance(place, InMemory) and name is not None:
        found.setdefault(place.address, StaticVariable(name, qualified_name(owner) if owner else None, entry))


def _function_of(entry: Entry) -> Entry | None:
    *_, declared = entry.origins()
    at = declared.parent
    while at is not None and at.tag in ("DW_TAG_lexical_block", "DW_TAG_inlined_subroutine", "DW_TAG_try_block"):
        at = at.parent
    return at if at is not None and at.tag == "DW_TAG_subprogram" else None


def _no_register(number: int) -> int:
    raise LookupError(number)


def _no_memory(address: int, size: int) -> bytes:
    raise LookupError(address)


_NO_FRAME = Context(register=_no_register, read_memory=_no_memory)
