"""The arguments and the result of a call as they were really passed."""

from __future__ import annotations

from collections.abc import Mapping

from stackglass.debuginfo.types import Type
from stackglass.errors import UnreadableMemory
from stackglass.explain.convention import Passing, passing
from stackglass.explain.source import Source
from stackglass.isa.table import Place
from stackglass.model.explanation import PassedValue
from stackglass.stack.values import Decoder


def arguments(source: Source, row: int, rules: Passing, purposes: Mapping[int, str]) -> tuple[PassedValue, ...]:
    """The arguments of a call as they were passed. `purposes` says what each step of the caller's set-up was for."""
    source.seek(source.calls.call_step(row))
    passed = []
    for index, (name, type_, place) in enumerate(zip(rules.names, rules.types, rules.places.arguments, strict=True)):
        raw = rules.constants.get(index) or _passed_bytes(source, place, type_.strip().size, source.calls.cfa(row))
        steps = [step for step, purpose in purposes.items() if purpose.startswith(f"argument {index + 1} (")]
        where = _place(source, place, type_)
        value = _decoded(source, type_, raw)
        passed.append(PassedValue(name, type_.spelling, value, where, place.reason, max(steps, default=None)))
    return tuple(passed)


def result(source: Source, row: int, rules: Passing) -> PassedValue | None:
    """What a call gave back; None for void. Without a value where it never returned."""
    place, type_ = rules.places.result, rules.result_type
    if place is None or type_ is None:
        return None
    back = source.calls.return_step(row)
    raw = None
    if back is not None and source.calls.left_by(row) == "return":
        source.seek(back)
        raw = _returned_bytes(source, place, type_.strip().size)
    return PassedValue(
        None, type_.spelling, _decoded(source, type_, raw), _place(source, place, type_), place.reason, back
    )


def result_text(source: Source, row: int) -> str | None:
    """What a call gave back, as C would write it; None for void, or where it isn't known."""
    rules = passing(source, row)
    passed = result(source, row, rules) if rules is not None else None
    return passed.value if passed is not None else None


def _decoded(source: Source, type_: Type, raw: bytes | None) -> str | None:
    if raw is None:
        return None
    return Decoder(source.isa.byte_order, lambda address, target: None).decode(type_, raw).value


def _passed_bytes(source: Source, place: Place, size: int, stack_pointer: int) -> bytes | None:
    if place.stack_offset is not None:
        return _memory(source, stack_pointer + place.stack_offset, size)
    raw = _register_bytes(source, place.registers, size)
    if raw is None or not place.by_reference:
        return raw
    return _memory(source, int.from_bytes(raw, source.isa.byte_order), size)


def _returned_bytes(source: Source, place: Place, size: int) -> bytes | None:
    raw = _register_bytes(source, place.registers, source.isa.word_size if place.by_reference else size)
    if raw is None or not place.by_reference:
        return raw
    return _memory(source, int.from_bytes(raw, source.isa.byte_order), size)


def _register_bytes(source: Source, names: tuple[str, ...], size: int) -> bytes | None:
    """The bytes in some registers, one after the other, each but the last with a word of them."""
    values = source.registers()
    if not names or any(name not in values for name in names):
        return None  # the x87 stack isn't among the registers
    word, order = source.isa.word_size, source.isa.byte_order
    if len(names) == 1:
        return values[names[0]].to_bytes(16, order)[:size] if order == "little" else None
    return b"".join((values[name] & ((1 << 8 * word) - 1)).to_bytes(word, order) for name in names)[:size]


def _memory(source: Source, address: int, size: int) -> bytes | None:
    try:
        return source.read_memory(address, size)
    except UnreadableMemory:
        return None


def _place(source: Source, place: Place, type_: Type) -> str:
    """'edi', 'rdi and xmm0', 'rsp+8 at the call', 'memory that rdi points at'."""
    if place.stack_offset is not None:
        offset = f"+{place.stack_offset}" if place.stack_offset else ""
        return f"{source.isa.stack_pointer}{offset} at the call"
    if not place.registers:
        return "nowhere"
    if place.by_reference:
        return f"memory that {place.registers[0]} points at"
    bits = type_.strip().size * 8
    names = [_part(source, name, bits) for name in place.registers] if len(place.registers) == 1 else place.registers
    return " and ".join(names)


def _part(source: Source, name: str, bits: int) -> str:
    known = any(register.name == name for register in source.isa.registers)
    return source.isa.part(name, bits) if known else name
