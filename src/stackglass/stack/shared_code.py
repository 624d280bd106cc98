"""Compilers' out-of-line code that saves and restores registers: a part of each function that calls or jumps to it.

An activation that stands in it is told as its function, where that went there. The table of the instruction set says
what such code is called (`Isa.shared_code`).
"""

from __future__ import annotations

from stackglass.stack.facts import Facts, Read


def is_shared(facts: Facts, pc: int) -> bool:
    """Whether `pc` lies in such code."""
    function = facts.function_at(pc) if facts.isa.shared_code else None
    return function is not None and facts.isa.is_shared_code(function.symbol)


def way_into(facts: Facts, entry: int | None, pc: int, read: Read) -> int | None:
    """The address of the instruction by which the function at `entry` has gone to the shared code at `pc`.

    Of several it is the one that leads closest before `pc`. None if `pc` isn't in such code, or nothing leads there.
    """
    function = facts.function_at(entry) if entry is not None and is_shared(facts, pc) else None
    if function is None:
        return None
    ways = [
        (one.target, one.pc)
        for one in facts.code_of(function, read)
        if one.target is not None and one.target <= pc and is_shared(facts, one.target)
    ]
    return max(ways)[1] if ways else None
