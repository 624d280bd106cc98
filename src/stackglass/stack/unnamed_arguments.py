"""Arguments without names, passed on the stack: what '...' takes, or a function that nothing is known of."""

from __future__ import annotations

from collections.abc import Iterator, Set

from stackglass.isa import Isa
from stackglass.model import Evidence, Role
from stackglass.stack.code import Code
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites, Written

_MOST_WORDS = 64
"""Unnamed arguments of one call that are looked for."""
LONGEST_RUN_UP = 256
"""Bytes of code before a call in which its arguments are put in place."""


def unnamed_arguments(
    chain: FrameChain, index: int, first: int, writes: FrameWrites, taken: Set[str], *, stores: bool
) -> Iterator[Claim[Use]]:
    """Words from `first` up that the caller put there on its straight way to the call: what '...' takes, or a callee
    that nothing is known of.

    That the way was straight shows in the steps: as many passed between the store and the call as there are
    instructions. Of a callee that nothing is known of only pushes are taken for arguments. What is pushed below the
    frame that the function's constants account for is there for the call; of what lies in it nothing tells that, unless
    the registers are full (`taken` are those of the arguments with names).
    """
    activation = chain.activation(index - 1)
    function = chain.facts.function_at(chain.look_up(index))
    if function is None or activation.call_pc is None or activation.call_step is None or not writes.recorded:
        return
    isa, is_full = chain.facts.isa, _fills_registers(chain, index, taken)
    fixed_end = chain.rules_cfa(index) - chain.facts.fixed_size(function, chain.memory.read)
    for number in range(_MOST_WORDS):
        address = first + number * isa.word_size
        if address + isa.word_size > chain.high(index):
            return
        run = writes.runs(address, address + isa.word_size)[0]
        is_put = _is_put(chain, run, activation.call_pc, activation.call_step, index, stores=stores and is_full)
        if is_put and (is_full or address < fixed_end):
            use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, note="argument without a name", address=address)
            yield Claim(address, address + isa.word_size, use)
        elif not address % _strictest_alignment(isa):
            return


def _fills_registers(chain: FrameChain, index: int, taken: Set[str]) -> bool:
    """Whether the code right before the call that frame `index` waits for has put something into all registers of a
    kind that arguments are passed in, but for those `taken` by arguments with names: else none goes on the stack.

    One may be left out before two that a long value takes. Where arguments are passed in no registers all of them are
    on the stack.
    """
    isa, call_pc = chain.facts.isa, chain.activation(index - 1).call_pc
    function = chain.facts.function_at(chain.look_up(index))
    if not isa.integer_arguments or function is None or call_pc is None:
        return not isa.integer_arguments
    written: set[str] = set(taken)
    code = chain.facts.code_of(function, chain.memory.read)
    for one in reversed(code.between(max(function.low, call_pc - LONGEST_RUN_UP), call_pc)):
        if one.leaves_straight_line:
            break
        written |= one.writes - {store.register for store in one.stores}
    integers = isa.integer_arguments
    pairs = {integers[at] for at in range(1, len(integers) - 2, 2) if written.issuperset(integers[at + 1 : at + 3])}
    full = written.issuperset(name for name in integers if name not in pairs)
    return full or (bool(isa.float_arguments) and written.issuperset(map(isa.full_name, isa.float_arguments)))


def _strictest_alignment(isa: Isa) -> int:
    """To what an argument on the stack may be aligned: a word may be left out before it."""
    return isa.alignments.get(("float", 8), 8) if isa.word_size == 4 else 16


def _is_put(chain: FrameChain, run: Written, call_pc: int, call_step: int, index: int, *, stores: bool) -> bool:
    if run.pc is None or run.step is None or not call_pc - LONGEST_RUN_UP <= run.pc < call_pc:
        return False
    function = chain.facts.function_at(chain.look_up(index))
    if function is None or not function.low <= run.pc:
        return False
    code = chain.facts.code_of(function, chain.memory.read)
    writer = code.at(run.pc)
    if writer is None or not is_straight(code, run, call_pc, call_step):
        return False
    if writer.pushes or (not writer.stores and writer.stack_delta is not None and writer.stack_delta < 0):
        return True  # of a register, or of a number or memory
    return stores and all(store.base == chain.facts.isa.stack_pointer for store in writer.stores)


def is_straight(code: Code, run: Written, pc: int, step: int) -> bool:
    """Whether the instructions from a write to `pc` are as many as the steps that passed, so that no other ran."""
    if run.pc is None or run.step is None or not pc - LONGEST_RUN_UP <= run.pc < pc:
        return False
    return len(code.between(run.pc, pc)) == step - run.step
