"""What an instruction changed: registers, flags and bytes of memory, by comparing the two states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackglass.errors import UnreadableMemory
from stackglass.explain import numbers
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.operands import effective_address
from stackglass.explain.spots import Spot
from stackglass.explain.state import StepState
from stackglass.isa import Isa
from stackglass.isa.table import InstructionKind, Register
from stackglass.model import AddressRange, Change, ChangeKind

_WIDEST = 64
"""A sized operand covers at most this; what lies just beyond it is looked at too, for instructions whose operand is
told too narrow."""


def touched(isa: Isa, instruction: Instruction, before: StepState, times: int = 1) -> list[AddressRange]:
    """The memory that an instruction may write, by its operands and SP: a superset, joined where ranges overlap.

    A system call is an exception: the kernel writes where it likes.
    """
    words = vocabulary(isa)
    pointer = before.registers[isa.stack_pointer]
    ranges = [AddressRange(pointer - words.implicit_stack_bytes, pointer)]
    for operand in instruction.operands:
        if operand.kind == "memory":
            address = effective_address(isa, instruction, operand, before)
            size = operand.size or words.unsized_bytes
            reach = size * (times - 1)
            ranges.append(AddressRange(max(0, address - reach), address + reach + max(size, _WIDEST)))
    return _joined(ranges)


def _joined(ranges: list[AddressRange]) -> list[AddressRange]:
    joined: list[AddressRange] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1].high:
            joined[-1] = AddressRange(joined[-1].low, max(high, joined[-1].high))
        else:
            joined.append(AddressRange(low, high))
    return joined


def changes(
    isa: Isa, instruction: Instruction, before: StepState, after: StepState, ranges: Sequence[AddressRange]
) -> tuple[Change, ...]:
    """Every register that holds something else, the flags, and every byte of `ranges` that does, slot by slot."""
    registers = (_register(isa, register, instruction, before, after) for register in isa.registers)
    return (*(change for change in registers if change is not None), *_memory(before, after, ranges, isa))


def _register(
    isa: Isa, register: Register, instruction: Instruction, before: StepState, after: StepState
) -> Change | None:
    was, now = before.registers.get(register.name), after.registers.get(register.name)
    if was is None or now is None or was == now:
        return None
    if register.kind == "flags":
        return _flags(isa, register, was, now)
    if register.kind == "pc" and now == instruction.next_pc:
        return None
    if register.kind == "pc" and now == instruction.pc and instruction.kind is InstructionKind.REPEATED:
        return None
    texts = _word(isa, register, was, before), _word(isa, register, now, after)
    words = f"{register.name}: {texts[0]} → {texts[1]}"
    return Change(ChangeKind.REGISTER, register.name, *texts, words, size=register.bits // 8)


def _word(isa: Isa, register: Register, value: int, state: StepState) -> str:
    if register.kind in ("vector", "segment"):
        return f"{value:#x}"
    if register.kind == "pc" or register.name == isa.stack_pointer:
        return f"{value:#x}"
    if value >= 0x1000 and state.names.meaning(value) is not None:
        return f"{value:#x}"
    return numbers.integer(value, register.bits // 8)


def _flags(isa: Isa, register: Register, was: int, now: int) -> Change | None:
    named = vocabulary(isa).flags
    texts = tuple(" ".join(name for bit, name in named if value & bit) or "none" for value in (was, now))
    set_now = [name for bit, name in named if now & bit and not was & bit]
    cleared = [name for bit, name in named if was & bit and not now & bit]
    said = [f"{' '.join(names)} {verb}" for names, verb in ((set_now, "set"), (cleared, "cleared")) if names]
    if not said:
        return Change(ChangeKind.FLAGS, register.name, f"{was:#x}", f"{now:#x}", f"flags: {was:#x} → {now:#x}")
    return Change(ChangeKind.FLAGS, register.name, texts[0], texts[1], f"flags: {', '.join(said)}")


def _memory(before: StepState, after: StepState, ranges: Sequence[AddressRange], isa: Isa) -> Iterator[Change]:
    for area in ranges:
        old, new = _read(before, area), _read(after, area)
        for low, high in _differences(old, new):
            yield from _by_slot(before, after, area.low + low, old[low:high], new[low:high], isa)


def _read(state: StepState, area: AddressRange) -> bytes:
    """The bytes of a range as far as they are readable: what isn't counts as zeros, in both states."""
    try:
        return state.read_memory(area.low, area.size)
    except UnreadableMemory:
        return b"".join(_byte(state, address) for address in range(area.low, area.high))


def _byte(state: StepState, address: int) -> bytes:
    try:
        return state.read_memory(address, 1)
    except UnreadableMemory:
        return b"\0"


def _differences(old: bytes, new: bytes) -> Iterator[tuple[int, int]]:
    """The runs [low, high) in which the bytes differ."""
    start = None
    if old == new:
        return
    for index, (was, now) in enumerate(zip(old, new, strict=True)):
        if was != now and start is None:
            start = index
        elif was == now and start is not None:
            yield start, index
            start = None
    if start is not None:
        yield start, len(old)


def _by_slot(before: StepState, after: StepState, address: int, old: bytes, new: bytes, isa: Isa) -> Iterator[Change]:
    """The changes of one run of changed bytes: cut where slots end."""
    while new:
        spot = after.names.spot(address, 1) or before.names.spot(address, 1)
        whole = after.names.spot(address, len(new))
        if whole is not None and whole.named and whole.offset + len(new) <= whole.size:
            spot = whole
        size = len(new) if spot is None or not spot.size else min(len(new), spot.size - spot.offset)
        yield _slot(before, after, spot, address, old[:size], new[:size], isa)
        address, old, new = address + size, old[size:], new[size:]


def _slot(
    before: StepState, after: StepState, spot: Spot | None, address: int, old: bytes, new: bytes, isa: Isa
) -> Change:
    if spot is None or not spot.named or spot.value is None:
        name = spot.called if spot is not None and spot.named else f"{address:#x}"
        texts = _raw(isa, old), _raw(isa, new)
        return Change(ChangeKind.SLOT, name, *texts, f"{name}: {texts[0]} → {texts[1]}", address, len(new))
    earlier = before.names.spot(spot.address, max(spot.size, 1))
    known = earlier is not None and (earlier.address, earlier.size, earlier.type) == (
        spot.address,
        spot.size,
        spot.type,
    )
    was = earlier.value if earlier is not None and known and earlier.value is not None else _raw(isa, old)
    points_to = spot.slot.points_to if spot.slot is not None and spot.slot.address == spot.address else None
    words = f"{spot.called}: {was} → {spot.value}"
    return Change(ChangeKind.SLOT, spot.called, was, spot.value, words, address, len(new), points_to)


def _raw(isa: Isa, raw: bytes) -> str:
    """Bytes without a type: a number if they are as many as a number has, else byte by byte."""
    if len(raw) in (4, 8):
        return numbers.integer(int.from_bytes(raw, isa.byte_order), len(raw))
    return numbers.dump(raw)
