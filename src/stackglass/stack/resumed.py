"""Frames of a stack that a program has gone back to: a coroutine that goes on where it had left off.

The call history has no row for them: they were called before, on a stack that was left since. Their stack is walked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.errors import BadDebugInfo, UnreadableMemory
from stackglass.isa.instructions import InstructionKind
from stackglass.model import FoundBy
from stackglass.stack.sources import Activation
from stackglass.unwind.recover import cfa_of
from stackglass.unwind.walk import WalkedFrame, walk

if TYPE_CHECKING:
    from stackglass.stack.frame_registers import FrameChain

_MOST_FRAMES = 1000


def resumed(chain: FrameChain, index: int) -> list[Activation]:
    """The activations, innermost first, between frame `index` of the chain and the place of SP inside of it.

    None where SP is nowhere, or where the frame itself has taken it there.
    """
    isa, facts = chain.facts.isa, chain.facts
    registers = {**chain.registers(index), isa.pc: chain.code_pc(index)}
    stack_pointer = registers[isa.stack_pointer]
    if chain.stacks.area(stack_pointer) is None or _is_frame_itself(chain, index):
        return []

    def is_code(pc: int) -> bool:
        # What a coroutine returns to at its end is a function's first instruction, behind no call.
        return facts.function_at(pc) is not None or facts.function_at(pc + 1) is not None

    found = walk(registers, chain.memory.read, facts.table_at, isa, is_code=is_code, most=_MOST_FRAMES).frames
    activations: list[Activation] = []
    for frame in found:
        if frame.cfa is None or not chain.stacks.are_one(frame.cfa, stack_pointer):
            break
        activations.append(_activation(chain, frame))
    outside = chain.activation(index).entry or 0
    if not activations and facts.function_at(chain.code_pc(index)) is not facts.function_at(outside):
        activations.append(_running(chain, index, stack_pointer))
    if activations:
        activations[-1] = activations[-1]._replace(caller_pc=outside + 1)
    return activations


def _running(chain: FrameChain, index: int, stack_pointer: int) -> Activation:
    """The activation of which no more is known than that its code runs with SP there: it has no bytes."""
    function = chain.facts.function_at(chain.code_pc(index))
    entry = None if function is None else function.low
    return Activation(None, entry, None, None, None, None, entry_stack_pointer=stack_pointer)


def _is_frame_itself(chain: FrameChain, index: int) -> bool:
    """Whether the rules at its pc say that the running code's frame is that of the activation: only SP has moved."""
    row = chain.facts.row_at(chain.code_pc(index))
    try:
        cfa = None if row is None else cfa_of(row, chain.registers(index), chain.memory.read, chain.facts.isa)
    except (LookupError, UnreadableMemory, BadDebugInfo):
        return False
    return cfa == chain.rules_cfa(index)


def _activation(chain: FrameChain, frame: WalkedFrame) -> Activation:
    function = chain.facts.function_at(frame.look_up)
    return Activation(
        row=None,
        entry=None if function is None else function.low,
        call_pc=None if frame.return_address is None else _call_before(chain, frame.return_address),
        return_address=frame.return_address,
        cfa=frame.cfa,
        call_step=None,
        found_by=frame.found_by or FoundBy.SCAN,
    )


def _call_before(chain: FrameChain, return_address: int) -> int | None:
    """The address of the call instruction that ends at `return_address`, if there is one."""
    function = chain.facts.function_at(return_address - 1)
    if function is None:
        return None
    before = chain.facts.code_of(function, chain.memory.read).between(function.low, return_address)
    return before[-1].pc if before and before[-1].kind is InstructionKind.CALL else None
