"""Where a frame keeps its caller's registers: by call-frame information, and by the instructions that stored them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stackglass.isa import Isa
from stackglass.model import Evidence, Role
from stackglass.stack.code import Instruction, Store
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.shared_code import is_shared
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
            address + isa.saved_bytes(name),
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
        if run.pc is None or not run.own:
            continue
        saver, before = code, code.between(function.low, run.pc)
        if is_shared(facts, run.pc):
            saver, before = facts.code_of(facts.function_at(run.pc) or function, chain.memory.read), []
        elif not function.low <= run.pc < min(function.high, function.low + _LONGEST_SAVING):
            continue
        for low, high, stored in stored_by(saver.at(run.pc), run):
            register, since = _meant(chain, index, low, stored, before)
            if register in found or not _is_kept(facts, register) or high - low != facts.isa.saved_bytes(register):
                continue
            if not any(_changes(facts.isa, one, register) for one in before[:since]):
                found.add(register)
                use = saved_register(facts, register, Evidence.WRITES, function.low)
                yield Claim(low, high, _linked(chain, index, use))


def _meant(chain: FrameChain, index: int, low: int, stored: str, before: Sequence[Instruction]) -> tuple[str, int]:
    """The register whose value a store is for, and how many of the instructions before it came before that was taken.

    Where only others can be stored, it is the link register's by way of one. What is kept above the frame has been
    told: a word in it that is equal is a copy.
    """
    isa, activation = chain.facts.isa, chain.activation(index)
    register, since = _source(isa, stored, before)
    back = activation.return_address
    if isa.linkage is None or back is None or isa.is_callee_saved(register) or chain.memory.word(low) != back:
        return register, since
    is_above = chain.memory.word(chain.high(index) + isa.linkage.return_address) == back
    return register if is_above else isa.return_register or register, since


def _source(isa: Isa, stored: str, before: Sequence[Instruction]) -> tuple[str, int]:
    """The callee-saved register that a stored one was last made a copy of, and the number of instructions up to there;
    the stored one itself if it is no such copy: not every register can be stored."""
    last = next((number for number in reversed(range(len(before))) if stored in before[number].writes), None)
    setting = before[last].setting if last is not None else None
    if last is None or setting is None or setting.register != stored or setting.source is None:
        return stored, len(before)
    full = isa.full_name(setting.source)
    return (full, last) if full == setting.source and isa.is_callee_saved(full) else (stored, len(before))


def _changes(isa: Isa, one: Instruction, register: str) -> bool:
    """Whether an instruction leaves something else in a register than what the caller wants back."""
    return register in (one.spoils if isa.is_callee_saved(register) else one.writes)


def stored_by(one: Instruction | None, run: Written) -> Iterator[tuple[int, int, str]]:
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
    return facts.isa.is_callee_saved(register) or register == facts.isa.return_register


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
    return any(_saves(chain.facts.isa, one.stores, register, near[:number]) for number, one in enumerate(near))


def _saves(isa: Isa, stores: Sequence[Store], register: str, before: Sequence[Instruction]) -> bool:
    """Whether any of an instruction's stores is of the register, or of a copy of it."""
    if any(store.register == register for store in stores):
        return True
    return any(_source(isa, store.register, before)[0] == register for store in stores)


def is_saving(chain: FrameChain, index: int, register: str, pc: int) -> bool:
    """Whether the instruction at `pc` is one of the frame's function that stores the register."""
    facts, function = chain.facts, chain.facts.function_at(chain.look_up(index))
    if function is None or (facts.function_at(pc) is not function and not is_shared(facts, pc)):
        return False
    before = facts.code_of(function, chain.memory.read).between(function.low, pc)
    return _saves(facts.isa, facts.stores_at(pc, chain.memory.read), register, before)
