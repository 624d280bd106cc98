"""Registers that a callee saved for the function that called it: it stored them, and returned with SP below them.

A prologue's helper, written by hand. What such a callee saves for itself lies in the room that it hands out just so;
this is told from it by the caller's code, which changes the register and has no store that would save it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackglass.model import Evidence
from stackglass.stack.allocated import dynamic_area
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.handed_out import Room, rooms_handed_out
from stackglass.stack.saved import is_saved_by_code, saved_register, stored_by
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites, Written


def saved_by_callees(chain: FrameChain, index: int, writes: FrameWrites) -> list[Claim[Use]]:
    """The slots of frame `index` that callees which handed out room saved its caller's registers in."""
    found = dynamic_area(chain, index) if writes.recorded else None
    if found is None or not found.handed_out:
        return []
    entered = _registers_at_entry(chain, index)
    rooms = rooms_handed_out(chain, index, writes) if entered else []
    runs = writes.runs(*chain.extent(index)) if rooms else []
    return [claim for room in rooms for run in runs for claim in _saved(chain, index, room, run, entered)]


def _registers_at_entry(chain: FrameChain, index: int) -> Mapping[str, int]:
    ask, step = chain.moment.registers_at, chain.activation(index).call_step
    return (ask(step) if ask is not None and step is not None else None) or {}


def _saved(chain: FrameChain, index: int, room: Room, run: Written, entered: Mapping[str, int]) -> Iterator[Claim[Use]]:
    """What one store of the callee saved; with callee-saved registers also the return address, from any register."""
    facts, isa = chain.facts, chain.facts.isa
    if run.pc is None or not any(run.low <= one.low < run.high or one.low <= run.low < one.high for one in room.left):
        return
    saver = facts.function_at(run.pc)
    one = facts.code_of(saver, chain.memory.read).at(run.pc) if saver is not None else None
    pc = chain.look_up(index)
    kept: list[Claim[Use]] = []
    for low, high, register in stored_by(one, run):
        if high - low != isa.saved_bytes(register):
            continue
        word = int.from_bytes(chain.memory.read(low, high - low), isa.byte_order)
        if isa.is_callee_saved(register) and word == entered.get(register):
            if _is_left_to_others(chain, index, register):
                kept.append(Claim(low, high, saved_register(facts, register, Evidence.WRITES, pc)))
        elif isa.return_register is not None and isa.code_address(word) == chain.activation(index).return_address:
            kept.append(Claim(low, high, saved_register(facts, isa.return_register, Evidence.WRITES, pc)))
    if any(claim.owner.register is not None for claim in kept):
        yield from kept


def _is_left_to_others(chain: FrameChain, index: int, register: str) -> bool:
    """Whether the frame's function changes a register and has no instruction itself that saves it."""
    function = chain.facts.function_at(chain.look_up(index))
    if function is None or is_saved_by_code(chain, index, register):
        return False
    return any(register in one.spoils for one in chain.facts.code_of(function, chain.memory.read))
