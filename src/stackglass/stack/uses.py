"""What runs of stack bytes are said to be for, by each sort of evidence, before anybody reads their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stackglass.debuginfo.expressions import InMemory, Pieces
from stackglass.debuginfo.types import Type
from stackglass.model import Evidence, Role
from stackglass.stack.tiles import Claim
from stackglass.stack.variables import Located


@dataclass(frozen=True, slots=True)
class Use:
    """What a run of bytes is for. `start` is where its first byte lies inside the variable."""

    role: Role
    evidence: Evidence
    name: str | None = None
    type: Type | None = None
    register: str | None = None
    note: str | None = None
    start: int = 0
    variable: Located | None = None
    address: int | None = None
    """Where the whole variable begins."""
    frame: int | None = None
    """Of a return address: the frame whose it is, where that is not the one that it lies in."""
    since: int | None = None
    """The step from which on writes are to this use of the bytes, whoever made them."""


def claims_of_variable(located: Located, role: Role, note: str | None = None) -> Iterator[Claim[Use]]:
    """The memory that a variable occupies: all of it, or those of its pieces that are in memory."""
    place = located.place
    if isinstance(place, InMemory):
        use = Use(role, Evidence.DEBUG_INFO, located.info.name, located.type, None, note, 0, located, place.address)
        yield Claim(place.address, place.address + located.size, use)
    elif isinstance(place, Pieces):
        offset = 0
        for piece in place.pieces:
            size = piece.bits // 8
            if isinstance(piece.place, InMemory) and size:
                address = piece.place.address + piece.bit_offset // 8
                use = Use(role, Evidence.DEBUG_INFO, located.info.name, located.type, None, note, offset, located, None)
                yield Claim(address, address + size, use)
            offset += size


def role_of(located: Located) -> Role:
    """A function's own parameter, or a local variable; a variable-length array is room allocated at run time.

    An inlined call's parameters are locals of who it is part of.
    """
    if located.is_variable_length:
        return Role.ALLOCA
    return Role.PARAMETER if located.info.is_parameter and located.info.inlined is None else Role.LOCAL


def note_of(located: Located) -> str | None:
    """A few words on where a variable belongs, if that isn't simply the function."""
    info = located.info
    if not located.in_scope:
        return f"out of scope here; of {info.inlined}, inlined" if info.inlined else "out of scope here"
    if info.inlined:
        return f"of {info.inlined}, inlined"
    if info.artificial and not info.is_parameter:
        return "made by the compiler"
    if located.is_variable_length:
        return f"variable-length array, {located.size:,} bytes allocated at run time"
    return "hidden by an inner variable of that name" if info.shadowed else None
