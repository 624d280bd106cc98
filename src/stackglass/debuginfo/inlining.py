"""What became of a function that the compiler inlined: the functions that its code went into."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackglass.debuginfo.names import matches, qualified_name

if TYPE_CHECKING:
    from stackglass.debuginfo.entries import Unit
    from stackglass.debuginfo.target import Target

_INLINED = (1, 3)
"""DW_INL_inlined and DW_INL_declared_inlined (DWARF 5, 3.3.8.1)."""


def inlined_into(target: Target, name: str) -> tuple[str, ...] | None:
    """The program's own functions with code of the function `name` in them; () where none of it was left.

    None for one that was not inlined, as far as debug information tells.
    """
    found: dict[str, None] = {}
    for function in target.functions():
        subprogram = None if function.library else function.subprogram
        calls = [] if subprogram is None else function.module.attempt(subprogram.inlined_calls) or []
        if any(matches(call.name, name) for call in calls):
            found[function.name] = None
    return tuple(found) if found or _was_inlined(target, name) else None


def _was_inlined(target: Target, name: str) -> bool:
    for module in target.modules:
        for unit in target.own_units(module):
            if module.attempt(partial(_inlines, unit, name)):
                return True
    return False


def _inlines(unit: Unit, name: str) -> bool:
    functions = (entry for entry in unit.walk() if entry.tag == "DW_TAG_subprogram")
    inlined = (entry for entry in functions if entry.number("DW_AT_inline") in _INLINED)
    return any(matches(qualified_name(entry) or "", name) for entry in inlined)
