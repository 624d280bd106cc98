"""Arguments passed on the stack: the callee's parameters, in the caller's frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from stackglass.debuginfo.expressions import InMemory
from stackglass.debuginfo.subprograms import Subprogram
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.passing import CallPlaces
from stackglass.isa.passing import Place as ArgumentPlace
from stackglass.isa.places import round_up
from stackglass.model import Evidence, Role
from stackglass.stack.call_places import declared_passing
from stackglass.stack.code import Code, Instruction
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.unnamed_arguments import LONGEST_RUN_UP, is_straight, unnamed_arguments
from stackglass.stack.uses import Use, claims_of_variable
from stackglass.stack.variables import FrameVariables, Located, variables_of
from stackglass.stack.written import FrameWrites

_COPY = ", a copy whose address is passed"
"""What the note of a by-reference argument's copy ends in."""


def outgoing_arguments(chain: FrameChain, index: int, writes: FrameWrites) -> list[Claim[Use]]:
    """The arguments that frame `index` passed on the stack to the call that it waits for.

    For frame 0 those that it has put there so far for a call that it goes to in a straight line.
    """
    if not chain.facts.isa.stack_arguments:
        return []
    if index == 0:
        return list(_coming(chain, writes))
    cfa = chain.high(index - 1)
    callee = variables_of(chain, index - 1)
    places, subprogram = passing(callee), callee.subprogram
    if subprogram is None:
        subprogram = _declared(chain, index)
        places = None if subprogram is None else declared_passing(chain.facts, subprogram)
        named = [] if subprogram is None or places is None else list(_as_declared(chain, subprogram, places, cfa))
    else:
        named = list(_named(callee, places, cfa, chain.high(index), writes))
    if _takes_more(chain.facts, subprogram, variables_of(chain, index).subprogram):
        first = cfa + places.stack_bytes if places else max((claim.high for claim in named), default=cfa)
        word = chain.facts.isa.word_size
        taken = {name for place in places.arguments for name in place.registers} if places else set()
        named += unnamed_arguments(chain, index, round_up(first, word), writes, taken, stores=subprogram is not None)
    return named


def _declared(chain: FrameChain, index: int) -> Subprogram | None:
    """What frame `index` calls, and nothing more is known of, as its own unit declares it. After a tail call the
    arguments are no longer those that it passed."""
    facts, activation = chain.facts, chain.activation(index - 1)
    caller = facts.function_at(chain.look_up(index))
    callee = facts.function_at(activation.entry) if activation.entry is not None else None
    if caller is None or callee is None or activation.call_pc is None or activation.tail_jumps:
        return None
    return callee.declared_by(caller, activation.call_pc)


def _as_declared(chain: FrameChain, subprogram: Subprogram, places: CallPlaces, cfa: int) -> Iterator[Claim[Use]]:
    """What was passed on the stack, from `cfa` up, by a call of a function that is only declared."""
    parameters = subprogram.parameters()
    for passed in _on_stack(places):
        low, name, type_ = cfa + passed.offset, None, None
        if passed.position is not None:
            name = parameters[passed.position].name
            type_ = None if passed.is_address else parameters[passed.position].type
        address = None if passed.start else low
        use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, name or None, type_, None, passed.note, passed.start)
        yield Claim(low, low + passed.size, replace(use, address=address))


def _takes_more(facts: Facts, callee: Subprogram | None, caller: Subprogram | None) -> bool:
    """Whether the callee may take arguments that have no names: one with '...', or one that nothing is known of.

    Of the latter only where a compiler made the call: assembly pushes before a call what it likes.
    """
    if callee is None:
        return caller is not None
    return facts.safely(lambda: callee.prototype_variadic, False)


def _named(
    callee: FrameVariables, places: CallPlaces | None, cfa: int, high: int, writes: FrameWrites
) -> Iterator[Claim[Use]]:
    word = callee.facts.isa.word_size
    for claim in _of_parameters(callee, places, cfa):
        if cfa <= claim.low < high and claim.low < claim.high:
            yield claim
            if claim.owner.note is not None and claim.owner.note.endswith(_COPY):
                continue  # it is an object of the caller's: only its address is an argument
            is_big = callee.facts.isa.byte_order == "big"
            rest = (claim.low & -word, claim.low) if is_big else (claim.high, claim.high + -claim.high % word)
            yield from _rest_of_word(*rest, writes, f"the rest of {claim.owner.note}'s word")


def _of_parameters(callee: FrameVariables, places: CallPlaces | None, cfa: int) -> Iterator[Claim[Use]]:
    """What the ABI, or else debug information, says lies on the stack, from `cfa` up, for a call of `callee`."""
    if places is None:
        for number, located in enumerate(callee.parameters(), start=1):
            if _is_told_above(located, cfa):
                yield from claims_of_variable(located, Role.OUTGOING_ARGUMENT, f"argument {number}")
        return
    parameters = callee.parameters()
    for number, (located, place) in enumerate(zip(parameters, places.arguments, strict=True), start=1):
        told = list(_told_otherwise(located, place, number, cfa))
        yield from told or _copied(callee, located, place, number, cfa)
    for passed in _on_stack(places):
        low = cfa + passed.offset
        if passed.position is None:
            yield _address_claim(passed, low, None)
            continue
        located = parameters[passed.position]
        if passed.is_address:
            yield _address_claim(passed, low, located.info.name)
        elif not _is_told_elsewhere(located, low, cfa):
            use = Use(
                role=Role.OUTGOING_ARGUMENT,
                evidence=Evidence.DEBUG_INFO if isinstance(located.place, InMemory) else Evidence.ABI,
                name=located.info.name or None,
                type=located.type,
                note=passed.note,
                start=passed.start,
                variable=located,
                address=_whole(callee, located, low - passed.start, cfa),
            )
            yield Claim(low, low + passed.size, use)


def _told_otherwise(located: Located, passed: ArgumentPlace, number: int, cfa: int) -> Iterator[Claim[Use]]:
    """A parameter that debug information has on the caller's side, or partly, but not where the ABI does.

    It is a copy whose address was passed, or a compiler that sees all calls of a function has its own convention for
    it. What is on the callee's side is the callee's.
    """
    place = located.place
    if not isinstance(place, InMemory) or located.info.inlined is not None or place.address + located.size <= cfa:
        return
    if not passed.by_reference and any(place.address == cfa + at - part.offset for at, part in passed.stack_parts):
        return
    note = f"argument {number}" + (_COPY if passed.by_reference else "")
    for claim in claims_of_variable(located, Role.OUTGOING_ARGUMENT, note):
        below = max(cfa - claim.low, 0)
        yield Claim(claim.low + below, claim.high, replace(claim.owner, start=claim.owner.start + below))


def _copied(
    callee: FrameVariables, located: Located, passed: ArgumentPlace, number: int, cfa: int
) -> Iterator[Claim[Use]]:
    """A copy whose address was passed, where debug information doesn't look for it, or not yet."""
    address = callee.address_passed(passed) if passed.by_reference and passed.parts else None
    if address is None or address < cfa:
        return
    note = f"argument {number}{_COPY}"
    name, type_ = located.info.name or None, located.type
    use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, name, type_, None, note, 0, located, address)
    yield Claim(address, address + located.size, use)


def _address_claim(passed: OnStack, low: int, name: str | None) -> Claim[Use]:
    use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, name or None, note=passed.note, address=low)
    return Claim(low, low + passed.size, use)


def _is_told_above(located: Located, cfa: int) -> bool:
    """Whether debug information has a parameter where callers pass it on the stack."""
    place = located.place
    return isinstance(place, InMemory) and place.address >= cfa and located.info.inlined is None


def _is_told_elsewhere(located: Located, low: int, cfa: int) -> bool:
    """Whether debug information has it on the caller's side too, but not where the ABI does."""
    return _is_told_above(located, cfa) and isinstance(located.place, InMemory) and located.place.address != low


def _whole(callee: FrameVariables, located: Located, low: int, cfa: int) -> int | None:
    """Where an argument that would begin at `low` can be read; None for one whose first part is in registers, as long
    as the callee has not put that in front of the rest."""
    if low >= cfa:
        return low
    place = located.place
    is_joined = isinstance(place, InMemory) and place.address == low and not callee.are_leftovers([(low, cfa)])
    return low if is_joined else None


def _rest_of_word(low: int, high: int, writes: FrameWrites, note: str) -> Iterator[Claim[Use]]:
    """What fills the last word of an argument: the ABI passes whole words, and what it says of these bytes is no part
    of the argument."""
    for run in writes.runs(low, high):
        role = Role.TEMPORARY if run.own else Role.PADDING
        yield Claim(run.low, run.high, Use(role, Evidence.ABI, note=note))


class OnStack(NamedTuple):
    """What a call passes on the stack, `offset` bytes above SP at the call: `size` bytes of argument number `position`
    (from 0), from its byte `start` on; or the address of a result in memory (`position` None).

    `is_address`: what lies there is an address, of a copy of the argument or for the result.
    """

    position: int | None
    offset: int
    size: int
    start: int
    is_address: bool

    @property
    def note(self) -> str:
        """What it is: 'argument 7', 'argument 9, its address'."""
        if self.position is None:
            return "where the result goes"
        return f"argument {self.position + 1}" + (", its address" if self.is_address else "")


def _on_stack(places: CallPlaces) -> Iterator[OnStack]:
    """All that a call passes on the stack, unnamed arguments apart."""
    pointer = places.hidden_result_pointer
    for offset, part in pointer.stack_parts if pointer is not None else ():
        yield OnStack(None, offset, part.size, 0, is_address=True)
    for position, place in enumerate(places.arguments):
        for offset, part in place.stack_parts:
            yield OnStack(position, offset, part.size, part.offset, place.by_reference)


def passing(callee: FrameVariables) -> CallPlaces | None:
    """Where the function's parameters are passed, or None if that can't be told."""
    return callee.call_places


def _coming(chain: FrameChain, writes: FrameWrites) -> Iterator[Claim[Use]]:
    """The arguments on the stack, written by now, of the call that frame 0's code goes on to in a straight line."""
    facts, pc, step = chain.facts, chain.pc(0), chain.moment.step
    function = facts.function_at(pc)
    if function is None or function.library or step is None or not writes.recorded:
        return
    code = facts.code_of(function, chain.memory.read)
    call, stack_pointer = _next_call(code, pc, chain.moment.registers[facts.isa.stack_pointer])
    callee = facts.function_at(call.target) if call is not None and call.target is not None else None
    subprogram = None if callee is None else callee.subprogram or callee.declared_by(function, pc)
    if callee is None or subprogram is None:
        return
    parameters = facts.safely(subprogram.parameters, ())
    types = facts.safely(lambda: [parameter.type for parameter in parameters], None)
    if callee.subprogram is None:
        places = declared_passing(facts, subprogram)
    else:
        places = None if types is None else facts.call_places(callee, subprogram, chain.memory.read)
    for passed in _on_stack(places) if places is not None else ():
        low = stack_pointer + passed.offset
        runs = writes.runs(low, low + passed.size)
        if not all(run.own and is_straight(code, run, pc, step) for run in runs):
            continue
        name, type_ = None, None
        if passed.position is not None and types is not None:
            name, type_ = parameters[passed.position].name or None, types[passed.position]
            type_ = None if passed.is_address else type_
        note, address = f"{passed.note} of the call to come", None if passed.start else low
        use = Use(Role.OUTGOING_ARGUMENT, Evidence.ABI, name, type_, None, note, passed.start, None, address)
        yield Claim(low, low + passed.size, use)


def _next_call(code: Code, pc: int, stack_pointer: int) -> tuple[Instruction | None, int]:
    """The call that comes next if nothing but plain instructions lie before it, and SP as it will be there."""
    for one in code.between(pc, pc + LONGEST_RUN_UP):
        if one.kind is InstructionKind.CALL:
            return one, stack_pointer
        if one.leaves_straight_line or one.stack_delta is None:
            break
        stack_pointer += one.stack_delta
    return None, stack_pointer
