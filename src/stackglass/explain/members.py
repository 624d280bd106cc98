"""Which member or element of a variable some of its bytes are: of a union the one that fits the instruction, of a byte
with several bit-fields all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackglass.isa.places import listed
from stackglass.isa.words import NumberKind
from stackglass.model import Field, Slot

_FLOATS = {"float": "single", "double": "double", "long double": "extended"}
_QUALIFIERS = ("const ", "volatile ", "_Atomic ")


@dataclass(frozen=True, slots=True)
class Member:
    """A member by its whole name ('p.corners[2].x'), and where it lies. Of bit-fields that share the bytes, `shared`
    are (name, value) of each; the member is all of them then, and has no type and no value as a whole."""

    name: str
    address: int
    size: int
    type: str | None
    value: str | None
    shared: tuple[tuple[str, str | None], ...] = ()


def member_of(slot: Slot, address: int, size: int, number: NumberKind) -> Member | None:
    """The smallest member or element of a slot that holds all the bytes; None if that is the slot itself.

    `number` is what an instruction takes the bytes for: of members that lie at one place the first of that kind counts.
    """
    start = slot.address - slot.offset
    whole = Member(slot.name or "", start, slot.end - start, slot.type, slot.value)
    return _smallest(whole, slot.fields, address, size, number)


def _smallest(whole: Member, fields: Sequence[Field], address: int, size: int, number: NumberKind) -> Member | None:
    name, start = whole.name, whole.address
    low, high = address - start, address - start + size
    bits = [field for field in fields if field.offset < high and low < field.offset + field.size]
    if bits and size < whole.size and all(field.bits for field in bits):
        shared = tuple((_named(name, field), field.value) for field in bits)
        return Member(listed([each for each, _ in shared]), address, size, None, None, shared)
    held = [field for field in fields if field.offset <= low and high <= field.offset + field.size and not field.bits]
    inner = [
        (Member(_named(name, field), start + field.offset, field.size, field.type, field.value), field)
        for field in held
    ]
    found = [_smallest(member, field.fields, address, size, number) or member for member, field in inner]
    return next((member for member in found if _fits(member, number)), found[0] if found else None)


def _named(name: str, field: Field) -> str:
    return name + (field.name if field.name.startswith("[") else f".{field.name}")


def _fits(member: Member, number: NumberKind) -> bool:
    """Whether bytes that are taken for a number of that kind may be this member; any may be taken for mere bytes."""
    type_ = member.type or ""
    for qualifier in _QUALIFIERS:
        type_ = type_.removeprefix(qualifier)
    kind = _FLOATS.get(type_, "integer")
    return number == "bytes" or kind == number
