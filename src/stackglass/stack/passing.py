"""A frame's parameters: where the ABI passed each, where it is now, and its value."""

from __future__ import annotations

from typing import NamedTuple

from stackglass.debuginfo.expressions import InMemory, OptimisedOut
from stackglass.isa import Isa
from stackglass.isa.passing import Part
from stackglass.isa.passing import Place as ArgumentPlace
from stackglass.isa.places import PlaceReader, spelled
from stackglass.stack.layout import FrameLayout
from stackglass.stack.outgoing import passing
from stackglass.stack.variables import Located


def came_in(layout: FrameLayout) -> tuple[str | None, ...]:
    """For each parameter of the frame's function where it was passed: 'edi', 'xmm0', 'rdi, rsi', 'stack', or None."""
    places = passing(layout.variables)
    if places is None:
        return (None,) * len(layout.variables.parameters())
    isa = layout.chain.facts.isa
    return tuple(_words(place, isa) for place in places.arguments)


def passed_by_reference(layout: FrameLayout) -> tuple[bool, ...]:
    """For each parameter of the frame's function whether it is the address of a copy that is passed."""
    places = passing(layout.variables)
    if places is None:
        return (False,) * len(layout.variables.parameters())
    return tuple(place.by_reference for place in places.arguments)


def _words(place: ArgumentPlace, isa: Isa) -> str | None:
    if not place.parts:
        return None
    return ", ".join("stack" if part.stack_offset is not None else spelled(part, isa) for part in place.parts)


class Passed(NamedTuple):
    """A parameter's bytes where the caller put them, and that place."""

    data: bytes
    place: str | InMemory
    """In words, or the copy that was passed by reference."""


def as_passed(layout: FrameLayout, position: int, located: Located) -> Passed | None:
    """A parameter that the running function has yet to copy to its own place, or None.

    It is still where it came in: in the caller's frame, or in registers that nothing has changed in a straight line
    from the function's first instruction on. To be asked when nothing was written to its own place yet.
    """
    places = passing(layout.variables)
    chain = layout.chain
    if layout.index or places is None or not layout.writes.recorded:
        return None
    place, isa = places.arguments[position], chain.facts.isa
    if not place.parts or not all(map(chain.is_untouched, place.registers)):
        return None
    registers, cfa = chain.registers(0), chain.rules_cfa(layout.index)
    at_call = PlaceReader(isa.byte_order, registers.get, chain.memory.known, cfa)
    data = at_call.value(place, located.size)
    if data is None:
        return None
    if place.by_reference:
        return Passed(data, InMemory(at_call.address(place) or 0))
    held = dict.fromkeys(_kept_in(part, isa) for part in place.parts if part.register is not None)
    where = [f"register {', '.join(held)}"] if held else []
    where += [f"stack {cfa + offset:#x}" for offset, _ in place.stack_parts]
    return Passed(data, ", ".join(where))


def is_only_passed(layout: FrameLayout, located: Located) -> bool:
    """Whether the running function is at its first instruction, and debug information has no place for a parameter:
    nothing has been done yet with what the caller gave it."""
    function = layout.variables.function
    at_first = function is not None and layout.chain.pc(layout.index) == function.low
    return at_first and isinstance(located.place, OptimisedOut)


def _kept_in(part: Part, isa: Isa) -> str:
    """The register of a part, as a variable in it is said to be there."""
    name = part.register or ""
    full = isa.full_name(name)
    return spelled(part, isa) if full is not None and isa.register(full).kind == "vector" else name
