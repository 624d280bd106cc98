"""The target's functions as the recorder wants them: ranges with numbers, the parts of one function sharing one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackglass.emulator.engine import FunctionEntry

if TYPE_CHECKING:
    from stackglass.debuginfo.modules import Module
    from stackglass.debuginfo.target import Target

_PART = re.compile(r"\.(?:cold|part|isra|constprop|lto_priv)(?:\.\d+)*")
"""What compilers put behind a function's name for a part or a copy of it."""


def function_entries(target: Target) -> list[FunctionEntry]:
    """All function ranges of the modules, sorted by address, not overlapping."""
    entries: list[FunctionEntry] = []
    first = 1
    for module in target.modules:
        of_module = _of_module(module, first)
        entries += of_module
        first += len(of_module)
    entries.sort()
    return entries


def _of_module(module: Module, first: int) -> list[FunctionEntry]:
    functions = module.symbols.functions()
    ids = {function.name: first + at for at, function in enumerate(functions)}
    entries = []
    for at, function in enumerate(functions):
        base = _PART.sub("", function.name)
        # Many functions may share a name; a part belongs to the one that is named without the suffix.
        number = first + at if base == function.name else ids.get(base, first + at)
        is_entry = ".cold" not in function.name
        low, high = function.low + module.bias, function.high + module.bias
        is_shared = module.image.isa.is_shared_code(function.name)
        entries.append(FunctionEntry(low, high, number, is_entry, function.stub, is_shared))
    return entries
