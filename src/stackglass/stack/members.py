"""Which bytes of a struct belong to its members, and which are there for their alignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackglass.model import AddressRange, Field
from stackglass.stack.written import Written


def runs_of_members(runs: Sequence[Written], start: int, size: int, fields: Sequence[Field]) -> Sequence[Written]:
    """The runs that have a byte of a member of the variable of `size` bytes at `start`; all for one without members.

    Nobody writes the bytes between members on purpose: whether they were written tells nothing of the variable.
    """
    members = list(_members(fields, start, size))
    kept = [run for run in runs if any(member.overlaps(AddressRange(run.low, run.high)) for member in members)]
    return kept or runs


def _members(fields: Sequence[Field], start: int, size: int) -> Iterator[AddressRange]:
    for field in fields:
        low = start + field.offset
        if field.fields:
            yield from _members(field.fields, low, field.size)
        elif field.size:
            yield AddressRange(low, low + field.size)
    if fields and fields[0].name.startswith("["):  # of a long array only the first elements are told
        yield AddressRange(start + max(field.offset + field.size for field in fields), start + size)
