"""Callee-saved registers that a callee has changed without having saved them: a function that doesn't return may."""

from __future__ import annotations

from stackglass.stack.frame_registers import FrameChain

_MOST_CALLEES = 64


def is_clobbered(chain: FrameChain, index: int, register: str) -> bool:
    """Whether a function that frame `index` waits for has an instruction behind it that changes the register, and
    neither it nor one outside it has saved what frame `index` has there."""
    facts = chain.facts
    if not facts.isa.is_callee_saved(register):
        return False
    for inner in reversed(range(max(index - _MOST_CALLEES, 0), index)):
        function = facts.function_at(chain.look_up(inner))
        if function is None or chain.saves(inner, register):
            return False
        code = facts.code_of(function, chain.memory.read)
        if any(register in one.spoils for one in code.between(function.low, chain.pc(inner))):
            return True
    return False
