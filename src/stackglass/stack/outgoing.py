"""Arguments passed on the stack: the callee's parameters, in the caller's frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stackglass.debuginfo.argument_types import argument_type
from stackglass.debuginfo.expressions import InMemory
from stackglass.debuginfo.subprograms import Subprogram
from stackglass.debuginfo.types import Type
from stackglass.isa.table import InstructionKind
from stackglass.isa.table import Place as ArgumentPlace
from stackglass.model import Evidence, Role
from stackglass.stack.code import Code, Instruction, leaves_straight_line
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.variables import FrameVariables, Located
from stackglass.stack.written import FrameWrites, Written

_MOST_WORDS = 64
"""Unnamed arguments of one call that are looked for."""
_LONGEST_RUN_UP = 256
"""Bytes of code before a call in which its arguments are put in place."""


def outgoing_arguments(chain: FrameChain, index: int, writes: FrameWrites) -> list[Claim[Use]]:
    """The arguments that frame `index` passed on the stack to the call that it waits for.

    For frame 0 those that it has put there so far for a call that it goes to in a straight line.
    """
    if not chain.facts.isa.stack_arguments:
        return []
    if index == 0:
        return list(_coming(chain, writes))
    cfa = chain.high(index - 1)
    callee = FrameVariables(chain, index - 1)
    named = list(_named(callee, cfa, chain.high(index), chain.facts.isa.word_size, writes))
    subprogram = callee.subprogram
    if _takes_more(chain.facts, subprogram, FrameVariables(chain, index).subprogram):
        first = max((claim.high for claim in named), default=cfa)
        stores = subprogram is not None
        named += _unnamed(chain, index, -(-first // 8) * 8 if named else first, writes, stores=stores)
    return named


def _takes_more(facts: Facts, callee: Subprogram | None, caller: Subprogram | None) -> bool:
    """Whether the callee may take arguments that have no names: one with '...', or one that nothing is known of.

    Of the latter only where a compiler made the call: assembly pushes before a call what it likes.
    """
    if callee is None:
        return caller is not None
    return facts.safely(lambda: callee.prototype_variadic, False)


def _named(callee: FrameVariables, cfa: int, high: int, word_size: int, writes: FrameWrites) -> Iterator[Claim[Use]]:
    for number, located in enumerate(callee.parameters(), start=1):
        address = stack_address(callee, located, number - 1, cfa)
        if address is None or not cfa <= address < high or not located.size:
            continue
        evidence = Evidence.DEBUG_INFO if isinstance(located.place, InMemory) else Evidence.ABI
        name = located.info.name or None
        note = f"argument {number}"
        use = Use(Role.OUTGOING_ARGUMENT, evidence, name, located.type, None, note, 0, located, address)
        end = address + located.size
        yield Claim(address, end, use)
        yield from _rest_of_word(end, word_size, writes, f"the rest of argument {number}'s word")


def _rest_of_word(end: int, word_size: int, writes: FrameWrites, note: str) -> Iterator[Claim[Use]]:
    """What fills the last word of an argument: the ABI passes whole words, and says nothing of these bytes."""
    for run in writes.runs(end, end + -end % word_size):
        role = Role.TEMPORARY if run.own else Role.PADDING
        yield Claim(run.low, run.high, Use(role, Evidence.ABI, note=note))


def stack_address(callee: FrameVariables, located: Located, position: int, cfa: int) -> int | None:
    """Where a parameter was passed on the stack: by debug information, or by the ABI; None if it wasn't."""
    place = located.place
    if isinstance(place, InMemory) and place.address >= cfa and located.info.inlined is None:
        offset = abi_offset(callee, position)
        # A parameter that debug information has above the CFA but the ABI in a register is passed by reference.
        return place.address if offset is None or cfa + offset == place.address else None
    offset = abi_offset(callee, position)
    return None if offset is None or offset < 0 else cfa + offset


def abi_offset(callee: FrameVariables, position: int) -> int | None:
    """The offset from the CFA at which the ABI passes parameter number `position`; -1 if not on the stack."""
    places = passing(callee)
    if places is None or position >= len(places):
        return None
    offset = places[position].stack_offset
    return -1 if offset is None else offset


class StackParameter(NamedTuple):
    """A parameter that the ABI passes on the stack, `offset` bytes above SP at the call."""

    name: str
    type: Type
    offset: int


def passed_on_stack(facts: Facts, subprogram: Subprogram) -> list[StackParameter | None]:
    """For each parameter of a function its place on the stack; None for those that go in registers."""
    infos = facts.safely(subprogram.parameters, ())
    types = facts.safely(lambda: [info.type for info in infos], None)
    places = None if types is None else _places(facts, subprogram, types)
    if types is None or places is None:
        return []
    return [
        None if place.stack_offset is None else StackParameter(info.name, type_, place.stack_offset)
        for info, type_, place in zip(infos, types, places, strict=True)
    ]


def passing(callee: FrameVariables) -> tuple[ArgumentPlace, ...] | None:
    """Where the ABI passes the function's parameters, or None if that can't be told."""
    subprogram = callee.subprogram
    if subprogram is None:
        return None
    return _places(callee.facts, subprogram, [located.info.type for located in callee.parameters()])


def _places(facts: Facts, subprogram: Subprogram, types: Sequence[Type]) -> tuple[ArgumentPlace, ...] | None:
    assign = facts.isa.assign
    arguments = facts.safely(lambda: [argument_type(type_) for type_ in types], None)
    result = facts.safely(lambda: subprogram.return_type, None)
    if assign is None or arguments is None or result is None:
        return None
    returned = argument_type(result) if result.strip().size else None
    return assign(arguments, returned, len(arguments) if subprogram.prototype_variadic else None).arguments


def _unnamed(chain: FrameChain, index: int, first: int, writes: FrameWrites, *, stores: bool) -> Iterator[Claim[Use]]:
    """Words above SP that the caller put there on its straight way to the call: what '...' takes, or an unknown callee.

    That the way was straight shows in the steps: as many passed between the store and the call as there are
    instructions. Of a callee that nothing is known of only pushes are taken for arguments.
    """
    activation = chain.activation(index - 1)
    function = chain.facts.function_at(chain.look_up(index))
    if function is None or activation.call_pc is None or activation.call_step is None or not writes.recorded:
        return
    isa = chain.facts.isa
    for number in range(_MOST_WORDS):
        address = first + number * isa.word_size
        if address + isa.word_size > chain.high(index):
            return
        runs = writes.runs(address, address + isa.word_size)
        if not _is_argument(chain, runs[0], activation.call_pc, activation.call_step, index, stores=stores):
            return
        use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, note="argument without a name", address=address)
        yield Claim(address, address + isa.word_size, use)


def _is_argument(chain: FrameChain, run: Written, call_pc: int, call_step: int, index: int, *, stores: bool) -> bool:
    if run.pc is None or run.step is None or not call_pc - _LONGEST_RUN_UP <= run.pc < call_pc:
        return False
    function = chain.facts.function_at(chain.look_up(index))
    if function is None or not function.low <= run.pc:
        return False
    code = chain.facts.code_of(function, chain.memory.read)
    writer = code.at(run.pc)
    if writer is None or not _is_straight(code, run, call_pc, call_step):
        return False
    store = writer.store
    if store is not None and store.is_push:
        return True
    return stores and (store is None or store.base == chain.facts.isa.stack_pointer)


def _coming(chain: FrameChain, writes: FrameWrites) -> Iterator[Claim[Use]]:
    """The arguments on the stack, written by now, of the call that frame 0's code goes on to in a straight line."""
    facts, pc, step = chain.facts, chain.pc(0), chain.moment.step
    function = facts.function_at(pc)
    if function is None or function.library or step is None or not writes.recorded:
        return
    code = facts.code_of(function, chain.memory.read)
    call, stack_pointer = _next_call(code, pc, chain.moment.registers[facts.isa.stack_pointer])
    callee = facts.function_at(call.target) if call is not None and call.target is not None else None
    if callee is None or callee.subprogram is None:
        return
    for number, parameter in enumerate(passed_on_stack(facts, callee.subprogram), start=1):
        if parameter is None:
            continue
        low = stack_pointer + parameter.offset
        runs = writes.runs(low, low + parameter.type.strip().size)
        if all(run.own and _is_straight(code, run, pc, step) for run in runs):
            note = f"argument {number} of the call to come"
            use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, parameter.name, parameter.type, None, note, 0, None, low)
            yield Claim(low, runs[-1].high, use)


def _next_call(code: Code, pc: int, stack_pointer: int) -> tuple[Instruction | None, int]:
    """The call that comes next if nothing but plain instructions lie before it, and SP as it will be there."""
    for one in code.between(pc, pc + _LONGEST_RUN_UP):
        if one.kind is InstructionKind.CALL:
            return one, stack_pointer
        if leaves_straight_line(one.kind) or one.stack_delta is None:
            break
        stack_pointer += one.stack_delta
    return None, stack_pointer


def _is_straight(code: Code, run: Written, pc: int, step: int) -> bool:
    """Whether the instructions from a write to `pc` are as many as the steps that passed, so that no other ran."""
    if run.pc is None or run.step is None or not pc - _LONGEST_RUN_UP <= run.pc < pc:
        return False
    return len(code.between(run.pc, pc)) == step - run.step
