"""Which bytes of a variable hold its value, and which are there for alignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackglass.debuginfo.types import ArrayType, BaseType, StructType, Type
from stackglass.model import AddressRange, Field, unplaced_bases
from stackglass.stack.written import Written

_X87_BYTES = 10
"""Those of an 80-bit floating-point number."""


def runs_of_members(runs: Sequence[Written], start: int, size: int, fields: Sequence[Field]) -> Sequence[Written]:
    """The runs that have a byte of a member of the variable of `size` bytes at `start`; all for one without members,
    and for an object that doesn't tell where all its bases are.

    Nobody writes the bytes between members on purpose: whether they were written tells nothing of the variable.
    """
    if unplaced_bases(fields):
        return runs
    members = list(_members(fields, start, size))
    kept = [run for run in runs if any(member.overlaps(AddressRange(run.low, run.high)) for member in members)]
    return kept or runs


def runs_of_value(runs: Sequence[Written], start: int, type_: Type) -> Sequence[Written]:
    """The runs, or their parts, that hold a value of this type at `start`.

    An x87 long double has 10 bytes that are stored, and 6 (on i386, 2) that no instruction writes: psABI of x86-64,
    section 3.1.2; of i386, section 2.1.1.
    """
    unused = sorted(_unused(type_, start))
    return [part for run in runs for part in _without(run, unused)] if unused else runs


def _unused(type_: Type, start: int) -> Iterator[AddressRange]:
    type_ = type_.strip()
    match type_:
        case BaseType(long_double="x87", size=size):
            parts = 2 if type_.encoding == "complex" else 1
            for low in range(start, start + size, size // parts):
                yield AddressRange(low + _X87_BYTES, low + size // parts)
        case ArrayType(count=int(count)) if any(_unused(type_.element, 0)):
            step = type_.stride or type_.element.size
            for index in range(count):
                yield from _unused(type_.element, start + index * step)
        case StructType(keyword="struct" | "class"):  # a union's other members may use the bytes
            for member in type_.members:
                if member.is_virtual_base:
                    continue
                yield from _unused(member.type, start + member.offset)


def _without(run: Written, unused: Sequence[AddressRange]) -> Iterator[Written]:
    low = run.low
    for gap in unused:
        if gap.high <= low or run.high <= gap.low:
            continue
        if low < gap.low:
            yield run._replace(low=low, high=gap.low)
        low = gap.high
    if low < run.high:
        yield run._replace(low=low)


def _members(fields: Sequence[Field], start: int, size: int) -> Iterator[AddressRange]:
    for field in fields:
        low = start + field.offset
        if field.fields:
            yield from _members(field.fields, low, field.size)
        elif field.size:
            yield AddressRange(low, low + field.size)
    if fields and fields[0].name.startswith("["):  # of a long array only the first elements are told
        yield AddressRange(start + max(field.offset + field.size for field in fields), start + size)
