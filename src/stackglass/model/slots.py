"""What a frame is made of: slots, the fields inside them, and variables that have no slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.model.kinds import Evidence, Initialised, PointeeKind, Role
from stackglass.model.positions import Writer


@dataclass(frozen=True, slots=True)
class Pointee:
    """What a pointer leads to: `name` and `offset` of the function, variable or heap block, `text` of a string."""

    kind: PointeeKind
    address: int
    name: str | None = None
    offset: int = 0
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a struct or an element of an array: `offset` and `size` in bytes from the start of its whole."""

    name: str
    type: str
    offset: int
    size: int
    value: str | None
    points_to: Pointee | None = None
    fields: tuple[Field, ...] = ()
    bits: tuple[int, int] | None = None
    """Of a bit-field: (its lowest bit, counted in the number that its bytes are; its width)."""
    is_base: bool = False
    """Whether it is a base class, whose members are those of the object: its name is its type's.

    A virtual one has no bytes where the object doesn't tell its place.
    """


def unplaced_bases(fields: Sequence[Field]) -> list[str]:
    """The virtual bases of an object of which it doesn't tell where they lie in it."""
    missing = [field.name for field in fields if field.is_base and not field.size]
    return list(dict.fromkeys([*missing, *(name for field in fields for name in unplaced_bases(field.fields))]))


class WrittenPart(NamedTuple):
    """Bytes of a slot with one last writer. `own`: written in the frame's activation."""

    address: int
    size: int
    writer: Writer | None
    own: bool

    @property
    def end(self) -> int:
        """The address just above its last byte."""
        return self.address + self.size


@dataclass(frozen=True, slots=True)
class Slot:
    """A run of bytes with one role. `bytes` are in memory order; `value` is as C would write it."""

    address: int
    size: int
    role: Role
    bytes: bytes
    evidence: Evidence
    name: str | None = None
    type: str | None = None
    offset: int = 0
    """Where these bytes begin inside the named variable: not 0 where a frame's boundary splits it."""
    value: str | None = None
    initialised: Initialised = Initialised.ALL
    written_by: Writer | None = None
    in_red_zone: bool = False
    register: str | None = None
    """The register whose value is saved here."""
    points_to: Pointee | None = None
    fields: tuple[Field, ...] = ()
    overwritten: bool = False
    """For a return address or saved register: whether another instruction wrote here than the one that put it there."""
    of_frame: int | None = None
    """The index of the frame whose return address this is, where the ABI has it kept in the frame outside it."""
    note: str | None = None
    """A few words for the picture that no other field says: 'parameter 1, came in edi', '12 bytes asked for'."""
    parts: tuple[WrittenPart, ...] = ()
    """Of nameless room allocated at run time: who wrote which of its bytes, from low addresses to high."""

    @property
    def end(self) -> int:
        """The address just above the slot's last byte."""
        return self.address + self.size


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable by its place: 'register rdi', 'stack 0x7ffe10', 'constant', 'optimised out', 'split: …'."""

    name: str
    type: str
    value: str | None
    location: str
    points_to: Pointee | None = None
    came_in: str | None = None
    """For a parameter, where the ABI passed it: 'edi', 'xmm0', 'stack'; None where that is not known."""
    initialised: Initialised = Initialised.ALL
    by_reference: bool = False
    """For a parameter, whether the ABI passes the address of a copy of it, and that is what came in."""
    note: str | None = None
    """Of another variable, where it belongs, if that isn't simply the function: 'of square, inlined'."""
    size: int = 0
    """Its bytes; 0 where that isn't known."""
