"""Where a frame keeps its caller's registers: by call-frame information, and by the instructions that stored them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackglass.model import Evidence, Role
from stackglass.stack.code import Instruction
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites, Written
from stackglass.unwind.recover import saved_places

_LONGEST_SAVING = 512
"""Bytes from a function's start in which it saves registers."""


def saved_by_rules(chain: FrameChain, index: int) -> list[Claim[Use]]:
    """The slots that call-frame information names at the frame's pc; none where its CFA isn't the activation's.

    An argument register isn't kept for the caller: a function stores it for itself, or where `va_arg` will look for it.
    """
    rules = chain.rules(index)
    if rules is None:
        return []
    isa = chain.facts.isa
    _, row = rules
    registers = chain.rule_registers(index)
    places = saved_places(row, chain.rules_cfa(index), registers, chain.memory.read, isa)
    others = {isa.pc, isa.stack_pointer, *isa.integer_arguments, *isa.float_arguments}
    return [
        Claim(
            address,
            address + isa.register(name).saved_bytes,
            _linked(chain, index, saved_register(chain.facts, name, Evidence.CFI, chain.look_up(index))),
        )
        for name, address in places.items()
        if name not in others
    ]


def _linked(chain: FrameChain, index: int, use: Use) -> Use:
    """A saved frame pointer is the link to the caller's record, where frames are not one behind the other."""
    linked = use.role is Role.SAVED_FRAME_POINTER and chain.activation(index).low is not None
    return replace(use, note="the dynamic link") if linked else use


def saved_register(facts: Facts, name: str, evidence: Evidence, pc: int) -> Use:
    """The use of a slot that the value of register `name` is saved in, by the function at `pc`."""
    if name == facts.isa.return_register:
        return Use(Role.RETURN_ADDRESS, evidence)
    role = Role.SAVED_FRAME_POINTER if name == facts.frame_pointer_at(pc) else Role.SAVED_REGISTER
    return Use(role, evidence, register=name)


def saved_by_writers(chain: FrameChain, index: int, writes: FrameWrites) -> list[Claim[Use]]:
    """The slots whose bytes a store of a callee-saved register wrote, by the function itself before it changed that.

    So an assembler routine's pushes are known without call-frame information, and a saved register's slot keeps its
    role where that information speaks of it too late or no more.
    """
    extent = chain.extent(index)
    runs = writes.runs(extent.low, extent.high) if writes.recorded else []
    return list(_saving(chain, index, runs))


def _saving(chain: FrameChain, index: int, runs: list[Written]) -> Iterator[Claim[Use]]:
    facts = chain.facts
    function = facts.function_at(chain.look_up(index))
    if function is None:
        return
    found: set[str] = set()
    code = facts.code_of(function, chain.memory.read)
    for run in sorted(runs, key=lambda run: run.step or 0):
        near = run.pc is not None and function.low <= run.pc < min(function.high, function.low + _LONGEST_SAVING)
        if not near or not run.own or run.pc is None:
            continue
        for low, high, stored in _stored(code.at(run.pc), run):
            register = _meant(chain, index, low, stored)
            if high - low != facts.isa.word_size or register in found or not _is_kept(facts, register):
                continue
            if not any(register in before.writes for before in code.between(function.low, run.pc)):
                found.add(register)
                yield Claim(low, high, saved_register(facts, register, Evidence.WRITES, function.low))


def _meant(chain: FrameChain, index: int, low: int, stored: str) -> str:
    """The register whose value a store is for: where only others can be stored, the link register's by way of one.

    What is kept above the frame has been told: a word in it that is equal is a copy.
    """
    isa, activation = chain.facts.isa, chain.activation(index)
    back = activation.return_address
    if isa.linkage is None or back is None or isa.register(stored).callee_saved or chain.memory.word(low) != back:
        return stored
    is_above = chain.memory.word(chain.high(index) + isa.linkage.return_address) == back
    return stored if is_above else isa.return_register or stored


def _stored(one: Instruction | None, run: Written) -> Iterator[tuple[int, int, str]]:
    """(low, high, register) of what an instruction stored, if the run is all of that: its lowest store begins it."""
    stores = one.stores if one is not None else ()
    if not stores or sum(store.size for store in stores) != run.high - run.low:
        return
    lowest = min(store.displacement for store in stores)
    for store in stores:
        low = run.low + store.displacement - lowest
        yield low, low + store.size, store.register


def _is_kept(facts: Facts, register: str) -> bool:
    """Whether a function that stores this register first thing does so for its caller, or to find back there."""
    return facts.isa.register(register).callee_saved or register == facts.isa.return_register


def led_back_to(chain: FrameChain, index: int, word: int) -> int:
    """Where a word of the stack leads that frame `index` keeps as its return address.

    Without its signature, if the code there has signed it: on a processor that can. The emulator's cannot, so that a
    word whose writers are known is what it is.
    """
    isa, row = chain.facts.isa, chain.facts.row_at(chain.look_up(index))
    is_signed = row is not None and row.return_signed and chain.moment.writes is None
    return isa.code_address(isa.without_signature(word) if is_signed else word)


def is_saved_by_code(chain: FrameChain, index: int, register: str) -> bool:
    """Whether the frame's function has an instruction near its start that stores the register: how it is saved."""
    function = chain.facts.function_at(chain.look_up(index))
    if function is None:
        return False
    code = chain.facts.code_of(function, chain.memory.read)
    near = code.between(function.low, min(function.high, function.low + _LONGEST_SAVING))
    return any(store.register == register for one in near for store in one.stores)


def is_saving(chain: FrameChain, index: int, register: str, pc: int) -> bool:
    """Whether the instruction at `pc` is one of the frame's function that stores the register."""
    facts, function = chain.facts, chain.facts.function_at(chain.look_up(index))
    if function is None or facts.function_at(pc) is not function:
        return False
    return any(store.register == register for store in facts.stores_at(pc, chain.memory.read))
