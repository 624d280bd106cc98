"""A frame's parameters: where the ABI passed each, where it is now, and its value."""

from __future__ import annotations

from typing import NamedTuple

from stackglass.errors import UnreadableMemory
from stackglass.isa import Isa
from stackglass.isa.table import Place as ArgumentPlace
from stackglass.stack.layout import FrameLayout
from stackglass.stack.outgoing import passing
from stackglass.stack.variables import Located


def came_in(layout: FrameLayout) -> tuple[str | None, ...]:
    """For each parameter of the frame's function where it was passed: 'edi', 'xmm0', 'rdi, rsi', 'stack', or None."""
    parameters = layout.variables.parameters()
    places = passing(layout.variables)
    if places is None:
        return (None,) * len(parameters)
    isa = layout.chain.facts.isa
    return tuple(_words(place, located.size, isa) for place, located in zip(places, parameters, strict=True))


def _words(place: ArgumentPlace, size: int, isa: Isa) -> str | None:
    if place.stack_offset is not None:
        return "stack"
    if not place.registers:
        return None
    if place.by_reference:
        return place.registers[0]
    sizes = [min(isa.word_size, size - n * isa.word_size) for n in range(len(place.registers))]
    return ", ".join(_part(name, size, isa) for name, size in zip(place.registers, sizes, strict=True))


def _part(name: str, size: int, isa: Isa) -> str:
    return isa.part(name, 8 * size) if size in (1, 2, 4, 8) else name


class Passed(NamedTuple):
    """A parameter's bytes where the caller put them, and that place in words."""

    data: bytes
    location: str


def as_passed(layout: FrameLayout, position: int, located: Located) -> Passed | None:
    """A parameter that the running function has yet to copy to its own place, or None.

    It is still where it came in: in the caller's frame, or in registers that nothing has changed in a straight line
    from the function's first instruction on. To be asked when nothing was written to its own place yet.
    """
    chain, places = layout.chain, passing(layout.variables)
    if layout.index or places is None or not layout.writes.recorded or places[position].by_reference:
        return None
    place, isa = places[position], chain.facts.isa
    if place.stack_offset is not None:
        address = chain.rules_cfa(layout.index) + place.stack_offset
        try:
            return Passed(chain.memory.read(address, located.size), f"stack {address:#x}")
        except UnreadableMemory:
            return None
    if not place.registers or not all(map(chain.is_untouched, place.registers)):
        return None
    registers = chain.registers(0)
    data = b"".join(
        registers[name].to_bytes(max(isa.register(name).bits // 8, isa.word_size), isa.byte_order)[: isa.word_size]
        for name in place.registers
    )
    return Passed(data[: located.size], "register " + ", ".join(place.registers)) if len(data) >= located.size else None
