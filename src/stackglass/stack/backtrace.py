"""Records that a function's code pushes whole, for whoever walks the stack without tables (ARM's `-mapcs-frame`).

CFA  ->  +------------------+
         | pc               |  as the push reads it: it leads into the function's own code
         | return address   |
         | the caller's SP  |  the CFA: SP before the push, kept in another register
         | the caller's FP  |
         +------------------+
"""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.model import Evidence, Role
from stackglass.stack.code import Instruction
from stackglass.stack.constants import Setting
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.saved import stored_by
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites


def pushed_whole(chain: FrameChain, index: int, writes: FrameWrites) -> Iterator[Claim[Use]]:
    """The words of such a record that are neither the return address nor a register that calls preserve."""
    facts, extent = chain.facts, chain.extent(index)
    function = facts.function_at(chain.look_up(index))
    if function is None or not writes.recorded:
        return
    code = facts.code_of(function, chain.memory.read)
    for run in writes.runs(extent.low, extent.high):
        one = code.at(run.pc) if run.own and run.pc is not None and function.low <= run.pc < function.high else None
        if one is None or not _is_record(facts, one):
            continue
        before = code.between(function.low, one.pc)
        for low, high, register in stored_by(one, run):
            if register == facts.isa.pc and function.low <= chain.memory.word(low) < function.high:
                yield Claim(
                    low, high, Use(Role.TEMPORARY, Evidence.WRITES, note=f"pc as pushed: in {function.name}'s code")
                )
            elif _holds_stack_pointer(facts, before, register) and chain.memory.word(low) == chain.high(index):
                register = facts.isa.stack_pointer
                yield Claim(low, high, Use(Role.SAVED_REGISTER, Evidence.WRITES, register=register))


def _is_record(facts: Facts, one: Instruction) -> bool:
    """Whether it pushes pc together with the frame pointer and the return address."""
    pushed = {store.register for store in one.stores if store.is_push}
    return {facts.isa.pc, facts.frame_pointer_at(one.pc), facts.isa.return_register} <= pushed


def _holds_stack_pointer(facts: Facts, before: list[Instruction], register: str) -> bool:
    """Whether a register was last made a copy of SP."""
    last = next((one for one in reversed(before) if register in one.writes), None)
    return last is not None and last.setting is not None and _is_copy(last.setting, facts.isa.stack_pointer)


def _is_copy(setting: Setting, stack_pointer: str) -> bool:
    source = setting.sources[0]
    return setting.how == "copy" and stack_pointer in (source.register, source.base)
