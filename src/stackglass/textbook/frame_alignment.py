"""Locals that are aligned to more than a word: frames begin so that these are."""

from __future__ import annotations

from collections.abc import Sequence

from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.functions import FunctionCode
from stackglass.textbook.preprocessing import Place
from stackglass.textbook.refusals import refuse
from stackglass.textbook.types import WORD

_MOST = {Activation.STACK: 64, Activation.STATIC: 4096, Activation.RECORDS: 8}
"""On a stack the frames of all functions are multiples of it; records lie where blocks of the heap do."""


def align_frames(functions: Sequence[FunctionCode], strategy: Strategy, source: str) -> None:
    """Makes frames on a stack multiples of what the most aligned local of the program wants. Trouble where a local
    can't be aligned as it wants."""
    most = WORD
    for code in functions:
        for one in code.variables:
            align = one.type.align
            if align > most and (align > _MOST[strategy.activation] or _moves_stack_pointer(functions, strategy)):
                what = (
                    f"a local aligned to {align} bytes"
                    if align > _MOST[strategy.activation]
                    else (
                        f"a local aligned to {align} bytes in a program with alloca or an array whose size is computed"
                    )
                )
                raise refuse(Place(code.file or source, one.line), what, "make it static, or run it with --isa x86_64")
            most = max(most, align)
    if strategy.activation is Activation.STACK:
        for code in functions:
            code.size.size = -(-code.size.size // most) * most


def _moves_stack_pointer(functions: Sequence[FunctionCode], strategy: Strategy) -> bool:
    return strategy.activation is Activation.STACK and any(code.moves_stack_pointer for code in functions)
