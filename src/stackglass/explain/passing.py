"""The arguments and the result of a call as they were really passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stackglass.debuginfo.types import Type
from stackglass.errors import UnreadableMemory
from stackglass.explain.convention import Passing, passing
from stackglass.explain.source import Source
from stackglass.isa import Isa
from stackglass.isa.passing import Place
from stackglass.isa.places import PlaceReader, listed, spelled
from stackglass.model.explanation import PassedValue
from stackglass.stack.values import UNKNOWN, Decoded, Decoder


def arguments(source: Source, row: int, rules: Passing, purposes: Mapping[int, str]) -> tuple[PassedValue, ...]:
    """The arguments of a call as they were passed. `purposes` says what each step of the caller's set-up was for."""
    source.seek(source.calls.call_step(row))
    passed = []
    for index, (name, type_, place) in enumerate(zip(rules.names, rules.types, rules.places.arguments, strict=True)):
        raw = rules.constants.get(index) or _reader(source, row).value(place, type_.strip().size)
        steps = [step for step, purpose in purposes.items() if f"argument {index + 1} (" in purpose]
        where = _place(source.isa, place)
        put = max(steps, default=None)
        decoded = _decoded(source, type_, raw)
        passed.append(PassedValue(name, type_.spelling, decoded.value, where, place.reason, put, decoded.points_to))
    return tuple(passed)


def result(source: Source, row: int, rules: Passing) -> PassedValue | None:
    """What a call gave back; None for void. Without a value where it never returned."""
    place, type_ = rules.places.result, rules.result_type
    if place is None or type_ is None:
        return None
    back = source.calls.return_step(row)
    raw = None
    if back is not None and source.calls.left_by(row) == "return":
        raw = _returned_bytes(source, row, back, rules, type_.strip().size)
    pointer = rules.places.hidden_result_pointer
    where = _place(source.isa, place if place.parts or pointer is None else replace(pointer, by_reference=True))
    decoded = _decoded(source, type_, raw)
    return PassedValue(None, type_.spelling, decoded.value, where, place.reason, back, decoded.points_to)


def result_of(source: Source, row: int) -> PassedValue | None:
    """What a call gave back; None for void, or where that can't be told. `source` is moved."""
    rules = passing(source, row)
    return result(source, row, rules) if rules is not None else None


def _decoded(source: Source, type_: Type, raw: bytes | None) -> Decoded:
    """A value as C writes it, and what it leads to where `source` stands."""
    if raw is None:
        return UNKNOWN
    decoder = Decoder(source.isa.byte_order, source.pointee, virtual_in_adjustment=source.isa.virtual_in_adjustment)
    return decoder.decode(type_, raw)


def _reader(source: Source, row: int) -> PlaceReader:
    """Reads what is at places at the step where `source` stands, for a call that is made or left there."""
    return PlaceReader(
        source.isa.byte_order,
        source.registers().get,
        lambda address, size: _memory(source, address, size),
        source.calls.cfa(row),
    )


def _returned_bytes(source: Source, row: int, back: int, rules: Passing, size: int) -> bytes | None:
    """What a call that returned at step `back` gave back; in memory, it is where the caller said at the call."""
    place, pointer = rules.places.result, rules.places.hidden_result_pointer
    if place is None:
        return None
    address = None
    if pointer is not None:
        source.seek(source.calls.call_step(row))
        address = _reader(source, row).address(pointer)
    source.seek(back)
    if not place.by_reference:
        return _reader(source, row).value(place, size)
    return None if address is None else _memory(source, address, size)


def _memory(source: Source, address: int, size: int) -> bytes | None:
    try:
        return source.read_memory(address, size)
    except UnreadableMemory:
        return None


def _place(isa: Isa, place: Place) -> str:
    """'edi', 'rdi and xmm0', 'a7 and sp at the call', 'rsp+8 at the call', 'memory that rdi points at'."""
    names = [
        spelled(part, isa)
        if part.stack_offset is None
        else f"{_from_stack_pointer(isa, part.stack_offset)} at the call"
        for part in place.parts
    ]
    if not names:
        return "nowhere"
    return f"memory that {names[0]} points at" if place.by_reference else listed(names)


def _from_stack_pointer(isa: Isa, offset: int) -> str:
    return f"{isa.stack_pointer}+{offset}" if offset else isa.stack_pointer
