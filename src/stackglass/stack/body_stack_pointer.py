"""SP as the body of the running function has it, where the function has yet to move it there or has given it back.

Expressions that hold for all of a function may count from SP, and mean that.
"""

from __future__ import annotations

from stackglass.debuginfo.target import Function
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.moved_by_prologue import moved_by_prologue


def stack_pointer_of_body(chain: FrameChain, function: Function) -> int | None:
    """That, where it has a fixed place below the CFA or can be told otherwise; SP itself in a function that makes room
    at run time. None where it isn't known."""
    value = chain.moment.registers[chain.facts.isa.stack_pointer]
    depths = chain.facts.depths_of(function, chain.memory.read)
    here, body = depths.at(chain.pc(0)), depths.of_body(chain.facts.body_address(function))
    if here is None or body is None or depths.allocates:
        return value
    if not depths.prologue_moves:
        return value + here - body
    moved = moved_by_prologue(chain, 0, depths)
    return None if moved is None else chain.rules_cfa(0) - moved - body


def is_in_prologue(chain: FrameChain, function: Function) -> bool:
    """Whether the running function is before its body."""
    return function.low <= chain.pc(0) < chain.facts.body_address(function)
