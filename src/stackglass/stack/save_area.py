"""A variadic function's register save area: where it keeps the argument registers that `va_arg` will read.

It stores the registers that may hold arguments of '...' at its start; the floating-point ones only if the caller says
that it passed some. The area has no name, and what isn't stored in it looks like padding.

Where arguments on the stack begin at the CFA, it may push them first thing, up to the last one, so that those follow.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stackglass.model import Evidence, Initialised, Role
from stackglass.stack.code import Instruction, Store
from stackglass.stack.facts import Facts
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.saved import stored_by
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.variables import FrameVariables
from stackglass.stack.written import FrameWrites

SAVED = "saved for '...': "
ROOM = "room for "
_LONGEST_SAVING = 256
"""Bytes of code from a function's start in which it saves its arguments."""


class _Storing(NamedTuple):
    """A store of an argument register as it came in. `base_since` numbers the values that its base has had."""

    one: Instruction
    store: Store
    base_since: int


class StoredArgument(NamedTuple):
    """Where an argument register is stored, and by which instruction."""

    low: int
    high: int
    register: str
    pc: int


def save_area(chain: FrameChain, index: int, variables: FrameVariables, writes: FrameWrites) -> list[Claim[Use]]:
    """Claims for the area of frame `index`; none for a function that takes no '...', or whose code doesn't tell."""
    found = sorted(_places(chain, index, variables, writes)) if writes.recorded else []
    places = [place for place in found if is_as_stored(place, writes)]
    claims: list[Claim[Use]] = []
    for (is_written, _), run in itertools.groupby(enumerate(places), lambda pair: _group(pair, writes)):
        kept = [place for _, place in run]
        if is_written:
            claims += [_claim(place.low, place.high, Role.TEMPORARY, f"{SAVED}{place.register}") for place in kept]
        else:
            names = " to ".join(dict.fromkeys((kept[0].register, kept[-1].register)))
            claims.append(_claim(kept[0].low, kept[-1].high, Role.PADDING, f"{ROOM}{names} of '...', not used"))
    return claims


def is_as_stored(place: StoredArgument, writes: FrameWrites) -> bool:
    """Whether nothing else has been written there since."""
    return all(run.pc == place.pc for run in writes.runs(place.low, place.high) if run.own)


def _group(pair: tuple[int, StoredArgument], writes: FrameWrites) -> tuple[bool, int]:
    """Neighbours that nobody wrote go together: those have the same distance between number and address."""
    number, place = pair
    size = place.high - place.low
    return writes.initialised(place.low, place.high) is not Initialised.NONE, place.low - number * size


def _claim(low: int, high: int, role: Role, note: str) -> Claim[Use]:
    return Claim(low, high, Use(role, Evidence.ABI, note=note))


def _places(chain: FrameChain, index: int, variables: FrameVariables, writes: FrameWrites) -> Iterator[StoredArgument]:
    facts, isa = chain.facts, chain.facts.isa
    subprogram = facts.subprogram_at(chain.look_up(index))
    if subprogram is None or not facts.safely(lambda: subprogram.prototype_variadic, False):
        return
    places = variables.call_places
    named = () if places is None else (*places.arguments, places.hidden_result_pointer)
    taken = {register for place in named if place is not None for register in place.registers}
    unnamed = [name for name in (*isa.integer_arguments, *isa.float_arguments) if name not in taken]
    yield from stored_arguments(chain, index, unnamed, writes)
    if places is not None:
        yield from (stored for stored in _pushed(chain, index) if stored.register in unnamed)


def _pushed(chain: FrameChain, index: int) -> Iterator[StoredArgument]:
    """The argument registers that the function pushes right below those on the stack, up to the last one of them."""
    facts, isa = chain.facts, chain.facts.isa
    arguments = isa.integer_arguments
    size, cfa = isa.word_size, chain.rules_cfa(index)
    for one, store, _ in _storing(chain, index, arguments):
        pushed = [each.register for each in one.stores]
        if isa.cfa_minus_sp_at_entry or not store.is_push or tuple(pushed) != arguments[-len(pushed) :]:
            continue
        offset = _offset(facts, one, store)
        if offset == (arguments.index(store.register) - len(arguments)) * size:
            yield StoredArgument(cfa + offset, cfa + offset + size, store.register, one.pc)


def stored_arguments(
    chain: FrameChain, index: int, registers: Iterable[str], writes: FrameWrites
) -> Iterator[StoredArgument]:
    """Where the function of frame `index` stores these registers as they came in, without pushing them, by the code at
    its start."""
    storing = [each for each in _storing(chain, index, registers) if not each.store.is_push]
    offsets = [_offset(chain.facts, one, store) for one, store, _ in storing]
    bases = _bases(chain, index, storing, writes) if None in offsets else {}
    for (one, store, since), offset in zip(storing, offsets, strict=True):
        base = bases.get((store.base, since))
        if offset is not None:
            low = chain.rules_cfa(index) + offset
        elif base is not None:
            low = base + store.displacement
        else:
            continue
        yield StoredArgument(low, low + store.size, store.register, one.pc)


def _storing(chain: FrameChain, index: int, registers: Iterable[str]) -> Iterator[_Storing]:
    """The stores of these registers near the function's start, while they are as they came in."""
    facts, left = chain.facts, set(registers)
    function = facts.function_at(chain.look_up(index))
    if function is None:
        return
    changed: dict[str, int] = {}
    for one in facts.code_of(function, chain.memory.read).between(function.low, function.low + _LONGEST_SAVING):
        for store in one.stores:
            if store.register in left:
                yield _Storing(one, store, changed.get(store.base, function.low))
        left -= one.writes
        changed |= dict.fromkeys(one.writes, one.end)


def _offset(facts: Facts, one: Instruction, store: Store) -> int | None:
    """Where it stores as an offset from the CFA, by the rules; None where those don't count from its base."""
    moved = one.stack_delta if store.is_push else 0
    return None if moved is None else facts.cfa_offset(one.pc, store.base, store.displacement + moved)


def _bases(
    chain: FrameChain, index: int, storing: Iterable[_Storing], writes: FrameWrites
) -> dict[tuple[str, int], int]:
    """What the bases of these stores were, each by its name and since when, by what they wrote: so where the stack is
    realigned, and the rules don't count from SP. One that the writes don't agree on is left out."""
    extent = chain.extent(index)
    low = extent.low - (0 if index else chain.facts.isa.red_zone)
    written = {run.pc: run for run in writes.runs(low, extent.high) if run.own}
    found: dict[tuple[str, int], set[int]] = {}
    for one, store, since in storing:
        run = written.get(one.pc)
        for at, _, register in stored_by(one, run) if run is not None else ():
            if register == store.register:
                found.setdefault((store.base, since), set()).add(at - store.displacement)
    return {key: bases.pop() for key, bases in found.items() if len(bases) == 1}
