"""What an instruction changed: registers, flags and bytes of memory, by comparing the two states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackglass.errors import UnreadableMemory
from stackglass.explain import numbers
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.operands import effective_address, kind_of, reads_as_address
from stackglass.explain.spots import Spot
from stackglass.explain.state import StepState, Trail
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.table import Register
from stackglass.isa.words import NumberKind
from stackglass.model import AddressRange, Role
from stackglass.model.explanation import Change, ChangeKind

_NO_TRAIL = Trail()
_POINTERS = (Role.RETURN_ADDRESS, Role.SAVED_FRAME_POINTER, Role.CANARY)
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
    for operand in instruction.all_operands:
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
    isa: Isa,
    instruction: Instruction,
    before: StepState,
    after: StepState,
    ranges: Sequence[AddressRange],
    *,
    trails: tuple[Trail, Trail] = (_NO_TRAIL, _NO_TRAIL),
) -> tuple[Change, ...]:
    """Every register that holds something else, the flags, and every byte of `ranges` that does, slot by slot.

    `trails` are what is known before and after of what registers hold.
    """
    registers = (_register(isa, register, instruction, before, after, trails) for register in isa.registers)
    number = _stored_kind(isa, instruction)
    stored = _stored_range(isa, instruction, before, after)
    memory = _memory(before, after, ranges, isa, number, stored)
    return (*(change for change in registers if change is not None), *memory)


def _stored_range(isa: Isa, instruction: Instruction, before: StepState, after: StepState) -> AddressRange | None:
    """The bytes that it stored, where that is one word at most."""
    places = [one for one in instruction.operands[: instruction.targets] if one.kind == "memory"]
    pointer, pushed = after.registers[isa.stack_pointer], before.registers[isa.stack_pointer]
    if len(places) == 1 and 0 < places[0].size <= isa.word_size:
        address = effective_address(isa, instruction, places[0], before)
        return AddressRange(address, address + places[0].size)
    return AddressRange(pointer, pushed) if not places and 0 < pushed - pointer <= isa.word_size else None


def _stored_kind(isa: Isa, instruction: Instruction) -> NumberKind:
    """How what it stores is to be read as a number."""
    targets = enumerate(instruction.operands[: instruction.targets])
    stored = next((number for number, operand in targets if operand.kind == "memory"), None)
    return "integer" if stored is None else kind_of(isa, instruction, stored)


def _register(
    isa: Isa,
    register: Register,
    instruction: Instruction,
    before: StepState,
    after: StepState,
    trails: tuple[Trail, Trail],
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
    texts = _word(isa, register, was, before, trails[0]), _word(isa, register, now, after, trails[1])
    kind = _written_kind(isa, register, instruction)
    if _only_number(register, now, kind) is not None:
        texts = _floating(isa, register, was, kind, texts[0]), _floating(isa, register, now, kind, texts[1])
    if texts[0] == texts[1] or (
        isa.frame_pointer_with(before.registers) == register.name and any(text.startswith("0x") for text in texts)
    ):
        texts = f"{was:#x}", f"{now:#x}"
    words = f"{register.name}: {texts[0]} → {texts[1]}"
    return Change(ChangeKind.REGISTER, register.name, *texts, words, size=register.bits // 8)


def _written_kind(isa: Isa, register: Register, instruction: Instruction) -> NumberKind:
    """As what sort of number an instruction writes a register for numbers; 'bytes' for any other."""
    if register.kind != "vector":
        return "bytes"
    targets = enumerate(instruction.operands[: instruction.targets])
    written = [
        number for number, operand in targets if operand.register and isa.full_name(operand.register) == register.name
    ]
    return kind_of(isa, instruction, written[0]) if len(written) == 1 else "bytes"


def _floating(isa: Isa, register: Register, value: int, kind: NumberKind, otherwise: str) -> str:
    number = _only_number(register, value, kind)
    return otherwise if number is None else numbers.as_kind(number, 0, kind, isa.byte_order)


def _only_number(register: Register, value: int, kind: NumberKind) -> int | None:
    """The bits of the one number of that kind that a register holds, if it can hold nothing else: above it there is
    nothing, or what RISC-V fills up a register with around a float."""
    if kind not in ("single", "double"):
        return None
    bits = 32 if kind == "single" else 64
    has_halves = any(shift for _, _, shift in register.parts)
    if register.holds_doubles or (has_halves and bits < register.bits):
        return None
    number, rest = value & ((1 << bits) - 1), value >> bits
    is_boxed = register.bits == 64 and rest == (1 << register.bits - bits) - 1
    return number if (not rest or is_boxed) and not numbers.is_nan(number, kind) else None


def _word(isa: Isa, register: Register, value: int, state: StepState, trail: Trail) -> str:
    if register.bits == numbers.EXTENDED_BITS:
        return numbers.extended(value)
    if register.holds_doubles:
        return numbers.as_kind(value, register.bits // 8, "double", isa.byte_order)
    if register.holds_integers:
        return numbers.integer(value, register.bits // 8)
    if register.kind in ("vector", "segment", "control"):
        return f"{value:#x}"
    if register.kind == "pc" or register.name == isa.stack_pointer:
        return f"{value:#x}"
    if reads_as_address(isa, register.name, value, trail.addresses) and state.names.meaning(value) is not None:
        return f"{value:#x}"
    return numbers.integer(value, register.bits // 8, unsigned=trail.lacks_sign(register))


def _flags(isa: Isa, register: Register, was: int, now: int) -> Change | None:
    named = vocabulary(isa).flags
    texts = tuple(" ".join(name for bit, name in named if value & bit) or "none" for value in (was, now))
    set_now = [name for bit, name in named if now & bit and not was & bit]
    cleared = [name for bit, name in named if was & bit and not now & bit]
    said = [f"{' '.join(names)} {verb}" for names, verb in ((set_now, "set"), (cleared, "cleared")) if names]
    if not said:
        return Change(ChangeKind.FLAGS, register.name, f"{was:#x}", f"{now:#x}", f"flags: {was:#x} → {now:#x}")
    return Change(ChangeKind.FLAGS, register.name, texts[0], texts[1], f"flags: {', '.join(said)}")


def _memory(
    before: StepState,
    after: StepState,
    ranges: Sequence[AddressRange],
    isa: Isa,
    number: NumberKind,
    stored: AddressRange | None,
) -> Iterator[Change]:
    """A change for each slot of which bytes changed, and for each other word."""
    changed: dict[AddressRange, AddressRange] = {}
    for area in ranges:
        for low, high in _differences(_read(before, area), _read(after, area)):
            address, end = area.low + low, area.low + high
            while address < end:
                holder = _holder(before, after, address, isa)
                known = changed.get(holder, AddressRange(address, address))
                changed[holder] = AddressRange(known.low, min(end, holder.high))
                address = holder.high
    for low, high in changed.values():
        whole = stored if stored is not None and stored.low <= low and high <= stored.high else None
        yield _change(before, after, _spot(before, after, low, high - low, isa, number), isa, number, whole)


def _holder(before: StepState, after: StepState, address: int, isa: Isa) -> AddressRange:
    """The bytes of the slot or variable that holds an address; of the word around it if there is none."""
    for state in (after, before):
        spot = state.names.spot(address, 1)
        if spot is not None and spot.slot is not None:
            return AddressRange(spot.slot.address, spot.slot.end)
        if spot is not None and spot.offset < spot.size:
            return AddressRange(spot.address, spot.address + spot.size)
    start = address & -isa.word_size
    return AddressRange(start, start + isa.word_size)


def _spot(before: StepState, after: StepState, address: int, size: int, isa: Isa, number: NumberKind) -> Spot:
    """The smallest part of a slot that holds all the changed bytes; the word around them if there is no slot."""
    for state in (after, before):
        spot = state.names.spot(address, size, number)
        if spot is not None and spot.offset + size <= spot.size:
            return spot
    start = address & -isa.word_size
    return Spot(f"{start:#x}", False, start, isa.word_size, None, None, None, address - start)


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


def _change(
    before: StepState, after: StepState, spot: Spot, isa: Isa, number: NumberKind, stored: AddressRange | None
) -> Change:
    if spot.shared:
        return _bit_fields(before, after, spot, isa)
    if stored is not None and _is_part(spot, stored, isa):
        return _of_bytes(before, after, spot, isa, stored.low - spot.address, stored.high - spot.address)
    name = spot.called if spot.named else f"{spot.address:#x}"
    texts = tuple(_text(state, spot, isa, number) for state in (before, after))
    points_to = spot.slot.points_to if spot.slot is not None and spot.slot.address == spot.address else None
    if texts[0] == texts[1]:
        return _within(before, after, spot, isa)
    words = f"{name}: {texts[0]} → {texts[1]}"
    return Change(ChangeKind.SLOT, name, texts[0], texts[1], words, spot.address, spot.size, points_to)


def _bit_fields(before: StepState, after: StepState, spot: Spot, isa: Isa) -> Change:
    """What became of the bit-fields that share some bytes: of those that changed."""
    known = before.names.spot(spot.address, spot.size)
    was = dict(known.shared) if known is not None else {}
    changed = [(name, was.get(name), value) for name, value in spot.shared if value != was.get(name)]
    if not changed:
        return _within(before, after, spot, isa)
    words = ", ".join(f"{name}: {old or '?'} → {new or '?'}" for name, old, new in changed)
    olds, news = (", ".join(each[side] or "?" for each in changed) for side in (1, 2))
    return Change(
        ChangeKind.SLOT, ", ".join(name for name, _, _ in changed), olds, news, words, spot.address, spot.size
    )


def _is_part(spot: Spot, stored: AddressRange, isa: Isa) -> bool:
    """Whether that is a word of a number that has two: what both make together is no value yet, or no more."""
    is_number = spot.type is not None and spot.named and spot.size == 2 * isa.word_size
    end = spot.address + spot.size
    return is_number and spot.address <= stored.low < stored.high <= end and stored.size == isa.word_size


def _within(before: StepState, after: StepState, spot: Spot, isa: Isa) -> Change:
    """A change inside of what is too large to be written out: the bytes that changed, as a number."""
    whole = AddressRange(spot.address, spot.address + spot.size)
    runs = list(_differences(_read(before, whole), _read(after, whole)))
    return _of_bytes(before, after, spot, isa, runs[0][0], runs[-1][1])


def _of_bytes(before: StepState, after: StepState, spot: Spot, isa: Isa, low: int, high: int) -> Change:
    """A change of the bytes [low, high) of something, told as a number if there aren't too many."""
    raw = (_read(state, AddressRange(spot.address + low, spot.address + high)) for state in (before, after))
    texts = [
        numbers.integer(int.from_bytes(each, isa.byte_order), len(each)) if len(each) <= 8 else numbers.dump(each)
        for each in raw
    ]
    name = f"{f'byte {low}' if high - low == 1 else f'bytes {low} to {high - 1}'} of {spot.called}"
    words = f"{name}: {texts[0]} → {texts[1]}"
    return Change(ChangeKind.SLOT, name, texts[0], texts[1], words, spot.address + low, high - low)


def _text(state: StepState, spot: Spot, isa: Isa, number: NumberKind) -> str:
    """What a slot holds in a state: by its type where that state knows the same slot, else its bytes as a number."""
    known = state.names.spot(spot.address, spot.size, number)
    same = known is not None and (known.address, known.size, known.type) == (spot.address, spot.size, spot.type)
    if known is not None and same and known.value is not None and known.type is not None:
        return known.value
    raw = _read(state, AddressRange(spot.address, spot.address + spot.size))
    bits = int.from_bytes(raw, isa.byte_order)
    is_typed = spot.type is not None and numbers.is_small_negative(bits, 8 * isa.word_size)
    if len(raw) == isa.word_size and (
        spot.role in _POINTERS or (not is_typed and state.names.meaning(bits) is not None)
    ):
        return f"{bits:#x}"
    if len(raw) == {"single": 4, "double": 8}.get(number):
        return numbers.as_kind(bits, len(raw), number, isa.byte_order)
    if len(raw) in (4, 8):
        return numbers.integer(bits, len(raw))
    return numbers.of_type(spot.type, bits, len(raw)) or numbers.dump(raw)
