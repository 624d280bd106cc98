"""Pointers that the ABI passes besides what the source says: to where a result goes, to what goes by reference."""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.model import Evidence, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.outgoing import passing
from stackglass.stack.save_area import is_as_stored, stored_arguments
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.variables import FrameVariables
from stackglass.stack.written import FrameWrites

HIDDEN = "hidden pointer: "


def hidden_pointers(
    chain: FrameChain, index: int, variables: FrameVariables, writes: FrameWrites
) -> Iterator[Claim[Use]]:
    """Claims for the slots in which frame `index` keeps such pointers, as its code stored them at its start."""
    places = passing(variables) if writes.recorded else None
    if places is None:
        return
    meant: dict[str, str] = {}
    if places.hidden_result_pointer is not None:
        meant |= dict.fromkeys(places.hidden_result_pointer.registers, "where the result goes")
    for located, place in zip(variables.parameters(), places.arguments, strict=False):
        if place.by_reference and place.registers:
            meant[place.registers[0]] = f"to {located.info.name or 'an argument'}"
    for stored in stored_arguments(chain, index, meant, writes) if meant else ():
        if is_as_stored(stored, writes):
            note = f"{HIDDEN}{meant[stored.register]}, came in {stored.register}"
            yield Claim(stored.low, stored.high, Use(Role.TEMPORARY, Evidence.ABI, note=note))
