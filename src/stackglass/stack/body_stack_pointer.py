"""SP as the body of the running function has it, where the function has yet to move it there or has given it back.

Expressions that hold for all of a function may count from SP, and mean that.
"""

from __future__ import annotations

from stackglass.debuginfo.target import Function
from stackglass.stack.code import Code
from stackglass.stack.depth import Depths
from stackglass.stack.frame_registers import FrameChain


def stack_pointer_of_body(chain: FrameChain, function: Function) -> int | None:
    """That, where it has a fixed place below the CFA or can be told otherwise; SP itself in a function that makes room
    at run time. None where it isn't known."""
    value = chain.moment.registers[chain.facts.isa.stack_pointer]
    depths = chain.facts.depths_of(function, chain.memory.read)
    here, body = depths.at(chain.pc(0)), depths.of_body(chain.facts.body_address(function))
    if here is None or body is None or depths.allocates:
        return value
    return _rounded_down(chain, function, depths, body) if depths.aligns else value + here - body


def is_in_prologue(chain: FrameChain, function: Function) -> bool:
    """Whether the running function is before its body."""
    return function.low <= chain.pc(0) < chain.facts.body_address(function)


def _rounded_down(chain: FrameChain, function: Function, depths: Depths, body: int) -> int | None:
    """By how much SP was rounded down its first call shows, if it has made one; while the body runs it is SP itself."""
    isa, moment, pc, row = chain.facts.isa, chain.moment, chain.pc(0), chain.activation(0).row
    step = None if moment.first_call is None or row is None else moment.first_call(row)
    called = (moment.registers_at(step) if moment.registers_at and step is not None else None) or {}
    code = chain.facts.code_of(function, chain.memory.read)
    depth = (
        depths.at(called[isa.pc]) if isa.pc in called and not _aligns_behind(code, function, called[isa.pc]) else None
    )
    if depth is not None:
        return called[isa.stack_pointer] + depth - body
    here = depths.at(pc)
    if here is None or here < body or _aligns_behind(code, function, pc):
        return None
    return moment.registers[isa.stack_pointer] + here - body


def _aligns_behind(code: Code, function: Function, pc: int) -> bool:
    """Whether SP is yet to be rounded down where control is at `pc`: a prologue may call something before."""
    return any(one.aligns_stack_pointer for one in code.between(pc, function.high))
