"""A variadic function's register save area: where it keeps the argument registers that `va_arg` will read.

It stores the registers that may hold arguments of '...' at its start; the floating-point ones only if the caller says
that it passed some. The area has no name, and what isn't stored in it looks like padding.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stackglass.model import Evidence, Initialised, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites

SAVED = "saved for '...': "
ROOM = "room for "
_LONGEST_SAVING = 256
"""Bytes of code from a function's start in which it saves its arguments."""


class StoredArgument(NamedTuple):
    """Where an argument register is stored, and by which instruction."""

    low: int
    high: int
    register: str
    pc: int


def save_area(chain: FrameChain, index: int, writes: FrameWrites) -> list[Claim[Use]]:
    """Claims for the area of frame `index`; none for a function that takes no '...', or whose code doesn't tell."""
    found = sorted(_places(chain, index)) if writes.recorded else []
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


def _places(chain: FrameChain, index: int) -> Iterator[StoredArgument]:
    facts, isa = chain.facts, chain.facts.isa
    subprogram = facts.subprogram_at(chain.look_up(index))
    if subprogram is not None and facts.safely(lambda: subprogram.prototype_variadic, False):
        yield from stored_arguments(chain, index, (*isa.integer_arguments, *isa.float_arguments))


def stored_arguments(chain: FrameChain, index: int, registers: Iterable[str]) -> Iterator[StoredArgument]:
    """Where the function of frame `index` stores these registers as they came in, by the code at its start."""
    facts, left = chain.facts, set(registers)
    function = facts.function_at(chain.look_up(index))
    if function is None:
        return
    for one in facts.code_of(function, chain.memory.read).between(function.low, function.low + _LONGEST_SAVING):
        for store in one.stores:
            if store.register not in left or store.is_push:
                continue
            offset = facts.cfa_offset(one.pc, store.base, store.displacement)
            if offset is not None:
                low = chain.rules_cfa(index) + offset
                yield StoredArgument(low, low + store.size, store.register, one.pc)
        left -= one.writes
