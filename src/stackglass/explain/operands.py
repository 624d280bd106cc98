"""An operand of an executed instruction, with the phrases that the templates of `isa.words` ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

from stackglass.errors import UnreadableMemory
from stackglass.explain import numbers
from stackglass.explain.decoding import Instruction, vocabulary
from stackglass.explain.spots import Spot
from stackglass.explain.state import Origin, StepState, Trail
from stackglass.isa import Isa
from stackglass.isa.words import NumberKind, Operand
from stackglass.model import Role

_POINTER_LIKE = 0x1000
"""No page below this is ever mapped: smaller numbers are never told as addresses."""


def register_value(isa: Isa, state: StepState, name: str) -> int | None:
    """The value of a register named at any width; None for one that the ISA's table doesn't have (st(0))."""
    full, bits, shift = isa.extent(name)
    if full is None or full not in state.registers:
        return None
    return state.registers[full] >> shift & ((1 << bits) - 1)


def reads_as_address(isa: Isa, name: str, value: int, addresses: Collection[str]) -> bool:
    """Whether a register's value may be an address, and not some small number: always of those that are there for
    addresses, and of `addresses`, which hold some."""
    if name in (isa.stack_pointer, isa.frame_pointer, isa.return_register) or name in addresses:
        return True
    return value >= _POINTER_LIKE and not numbers.is_small_negative(value, isa.word_size * 8)


def effective_address(isa: Isa, instruction: Instruction, operand: Operand, state: StepState) -> int:
    """Where a memory operand lies, by the registers of `state` (those before the instruction)."""
    address = operand.displacement
    if operand.base is not None:
        base = instruction.next_pc if isa.full_name(operand.base) == isa.pc or operand.base == isa.pc else None
        address += base if base is not None else register_value(isa, state, operand.base) or 0
    if operand.index is not None:
        index = _index(isa, operand.index, state, is_signed=operand.index_is_signed)
        address += (index >> operand.index_right) * operand.scale
    if operand.segment is not None:
        address += state.registers.get(operand.segment, 0)
    return address & ((1 << isa.word_size * 8) - 1)


def _index(isa: Isa, name: str, state: StepState, *, is_signed: bool) -> int:
    """The value of an index register; one that is narrower than an address is widened."""
    value = register_value(isa, state, name) or 0
    return numbers.signed(value, register_bits(isa, name)) if is_signed else value


def is_for_address(isa: Isa, name: str, before: StepState, after: StepState) -> bool:
    """Whether a register, by full-width name, is there for an address, also for one that leads nowhere: the pc; the
    frame pointer, if it held an address or does now."""
    if name != isa.frame_pointer_with(before.registers):
        return name == isa.pc
    values = ((state, state.registers.get(name, 0)) for state in (before, after))
    return any(value >= _POINTER_LIKE and state.names.meaning(value) is not None for state, value in values)


def register_bits(isa: Isa, name: str) -> int:
    """The width of a register named at any width; of one that the ISA's table doesn't have, an address's."""
    full, bits, _ = isa.extent(name)
    return isa.word_size * 8 if full is None else bits


def kind_of(isa: Isa, instruction: Instruction, number: int) -> NumberKind:
    """How an operand is read as a number."""
    kinds = vocabulary(isa).number_kinds.get(instruction.mnemonic, ())
    return instruction.operands[number].number or (kinds[number] if number < len(kinds) else "integer")


class OperandView:
    """One operand before and after. All properties are phrases, made when they are asked for."""

    def __init__(
        self,
        isa: Isa,
        instruction: Instruction,
        number: int,
        before: StepState,
        after: StepState,
        trail: Trail,
        new_origins: Callable[[], Mapping[str, Origin]],
        new_addresses: Callable[[], frozenset[str]],
        *,
        unsigned: bool = False,
    ) -> None:
        self.operand = instruction.operands[number]
        self._isa = isa
        self._instruction = instruction
        self._before = before
        self._after = after
        self._trail = trail
        self._new_origins = new_origins
        self._new_addresses = new_addresses
        self.kind = kind_of(isa, instruction, number)
        self._unsigned = unsigned
        self._is_target = number < instruction.targets

    # ---- facts ----

    @cached_property
    def full(self) -> str | None:
        """The full-width name of the register, None for other operands."""
        return self._isa.full_name(self.operand.register) if self.operand.register else None

    @cached_property
    def is_element(self) -> bool:
        """Whether it is something in the midst of a register, whose rest stays: v0.s[1]."""
        return self._isa.is_element(self.operand.register or "")

    @cached_property
    def location(self) -> int:
        """The address of a memory operand."""
        return effective_address(self._isa, self._instruction, self.operand, self._before)

    @property
    def address(self) -> str:
        """A memory operand's address in hex."""
        return f"{self.location:#x}"

    @property
    def bits(self) -> str:
        """An immediate in hex, without what it may lead to."""
        return f"{self.operand.value:#x}"

    @cached_property
    def size(self) -> int:
        """Bytes; of a scalar in a vector register, the scalar's."""
        return {"single": 4, "double": 8, "extended": 10}.get(self.kind, self.operand.size)

    def number_in(self, state: StepState) -> int | None:
        """The operand's bits in a state; None where they cannot be read."""
        if self.operand.kind == "immediate":
            return self.operand.value
        if self.operand.kind == "register":
            value = register_value(self._isa, state, self.operand.register or "")
            return value & ((1 << self.operand.size * 8) - 1) if value is not None and self.operand.size else value
        try:
            return int.from_bytes(state.read_memory(self.location, self.size or 1), self._isa.byte_order)
        except UnreadableMemory:
            return None

    def spot_in(self, state: StepState) -> Spot | None:
        """What a memory operand's bytes are, in a state."""
        return state.names.spot(self.location, max(self.size, 1), self.kind) if self.operand.kind == "memory" else None

    @cached_property
    def _spot(self) -> Spot | None:
        states = (self._after, self._before) if self._is_target else (self._before, self._after)
        found = [spot for spot in map(self.spot_in, states) if spot is not None]
        return next((spot for spot in found if spot.named), found[0] if found else None)

    # ---- values ----

    @property
    def was(self) -> str:
        """The value before; of a register, as the type of the variable has it that it came from."""
        value = self._value(self._before)
        origin = self._origin if self.operand.kind == "register" else None
        return value if origin is None or value.startswith("0x") else self._by_type(origin, value, self._before)

    @property
    def now(self) -> str:
        """The value after; of a register that has got a variable's value, as the variable's type has it."""
        value = self._value(self._after)
        is_register = self._is_target and self.operand.kind == "register" and not value.startswith("0x")
        origin = self._new_origins().get(self.full or "") if is_register else None
        return value if origin is None or origin.size != self.size else self._by_type(origin, value, self._after)

    @property
    def hex(self) -> str:
        """The value after, in hex."""
        number = self.number_in(self._after)
        return f"{number:#x}" if number is not None else "a value that is not shown"

    @property
    def lead(self) -> str:
        """The value after as an address: '0x4007c4, main+0x84'; in hex also where it leads nowhere."""
        return self.now if self.now.startswith("0x") else self.hex

    @property
    def becomes(self) -> str:
        """'3 becomes 7'; 'it stays 3'."""
        was, now = self._value(self._before), self.now
        return f"{was} becomes {now}" if was != now else f"it stays {now}"

    def _value(self, state: StepState) -> str:
        spot = self.spot_in(state)
        if spot is not None and self._covers(spot) and spot.value is not None:
            return spot.value
        return self.as_number(state, unsigned=self._unsigned)

    def as_number(self, state: StepState, *, unsigned: bool) -> str:
        """The operand's bits as a number, or as an address where they are one."""
        number = self.number_in(state)
        if number is None or not (self.size or self.operand.kind == "immediate"):
            return "a value that is not shown"
        if self.kind == "integer" and self.size in (4, self._isa.word_size) and self._reads_as_address(number, state):
            meaning = state.names.meaning(number)
            if meaning is not None:
                return f"{number:#x}{meaning and ', '}{meaning}"
            is_address = number >= _POINTER_LIKE and self.full is not None
            if is_address and is_for_address(self._isa, self.full or "", self._before, self._after):
                return f"{number:#x}"
        if self.operand.kind == "immediate" and self.kind not in ("single", "double"):
            return numbers.integer(number, self.size or self._isa.word_size, unsigned=unsigned)
        kind = self.kind
        if kind == "bytes" and self._origin is not None and self._origin.kind in ("single", "double"):
            kind = self._origin.kind
        return numbers.as_kind(number, self.size, kind, self._isa.byte_order, unsigned=unsigned)

    @property
    def is_address(self) -> bool:
        """Whether what it is before is an address, or computed from one, by what is known of where it comes from."""
        if self.operand.kind == "memory":
            is_named = self._spot is not None and self._covers(self._spot) and self._spot.holds_address
            return is_named or self.location in self._trail.address_words
        if self.full in self._pointers:
            return True
        return self.full in self._trail.addresses

    @property
    def _pointers(self) -> tuple[str | None, ...]:
        """The registers that are there for addresses."""
        return self._isa.stack_pointer, self._isa.frame_pointer, self._isa.return_register

    def _reads_as_address(self, number: int, state: StepState) -> bool:
        """A word as `reads_as_address` has it; one that is put where addresses are kept is one, too."""
        whole = self.size == self._isa.word_size
        if whole and numbers.is_small_negative(number, 8 * self.size):
            is_result = state is self._after and self._is_target and self.operand.kind == "register"
            return self.full in (*self._pointers, *self._new_addresses()) if is_result else self.is_address
        names = [each.register for each in self._instruction.operands if each.kind == "register" and each.register]
        return number >= _POINTER_LIKE or (whole and any(reads_as_address(self._isa, name, 0, ()) for name in names))

    def _covers(self, spot: Spot) -> bool:
        return spot.offset == 0 and spot.size == self.size

    # ---- phrases ----

    @property
    def name(self) -> str:
        """The register as written; memory as 'rbp-4'; an immediate as a number."""
        if self.operand.kind == "register":
            return self.operand.register or ""
        return self._where if self.operand.kind == "memory" else self.was

    @cached_property
    def _where(self) -> str:
        """A memory operand by the register that it is told from: 'rbp-4', else its address."""
        operand = self.operand
        base = self._isa.full_name(operand.base) if operand.base else None
        frame_pointer = self._isa.frame_pointer_with(self._before.registers)
        if base in (self._isa.stack_pointer, frame_pointer) and operand.index is None:
            return f"{operand.base}{operand.displacement:+d}" if operand.displacement else str(operand.base)
        return self.address

    @property
    def spot(self) -> str:
        """What lies at a memory operand's address: 'buf (rbp-32)', or where that is."""
        spot = self._before.names.spot(self.location, 1) or self._after.names.spot(self.location, 1)
        if spot is None or not spot.is_variable:
            return self._before.names.meaning(self.location) or f"the bytes at {self._where}"
        name, offset = spot.whole
        return f"{name}{f'+{offset}' if offset else ''} ({self._where})"

    @cached_property
    def place(self) -> str:
        """Where it is: 'eax', 'a (rbp-4)', 'the 8 bytes at rsp+8'."""
        if self.operand.kind != "memory":
            return self.name
        spot = self._spot
        if spot is None or not spot.named:
            return (
                f"the {numbers.count(self.size, 'byte')} at {self._where}" if self.size else f"memory at {self._where}"
            )
        return f"{part_name(spot, self.size)} ({self._where})"

    @property
    def _plain_place(self) -> str:
        """Where memory is, for use in brackets: 'byte 3 of buf at rbp-29', 'the 8 bytes at rsp+8'."""
        spot = self._spot
        return f"{part_name(spot, self.size)} at {self._where}" if spot is not None and spot.named else self.place

    @property
    def typed(self) -> str:
        """The place with its address and its type: 'a (rbp-4 = 0x7ffe5c), an int, in the red zone below rsp'."""
        spot, place = self._spot, self.place
        if self._where != self.address:
            place = place.replace(self._where, f"{self._where} = {self.address}")
        if spot is not None and self._covers(spot) and spot.type is not None:
            place += f", {numbers.article(spot.type)}"
        return place + self._red_zone

    @property
    def at(self) -> str:
        """A memory operand's place without a name: 'rbp-4 = 0x7ffe5c, in the red zone below rsp'."""
        return (self._where if self._where == self.address else f"{self._where} = {self.address}") + self._red_zone

    @property
    def _red_zone(self) -> str:
        slot = self._spot.slot if self._spot is not None else None
        return f", in the red zone below {self._isa.stack_pointer}" if slot is not None and slot.in_red_zone else ""

    @property
    def what(self) -> str:
        """The value before, with its source: '3', 'eax (3)', "a's value 3 (in eax)", "a's value 3"."""
        return self._told(self.was)

    def _told(self, value: str) -> str:
        if self.operand.kind == "immediate":
            return value
        if self.operand.kind == "register":
            origin = self._origin
            source = f"{origin.phrase} {value} (in {self.name})" if origin else f"{self.name} ({value})"
            return source + self.operand.modifier
        spot = self._spot
        if spot is not None and spot.named and self._covers(spot):
            is_return = spot.role is Role.RETURN_ADDRESS
            return f"the return address {value}" if is_return else f"{spot.called}'s value {value}"
        return f"{value} ({self._plain_place})" if self.size else self.place

    def _by_type(self, origin: Origin, value: str, state: StepState) -> str:
        """An integer as its variable's type has it: that decides on the sign, not the instruction."""
        number = self.number_in(state)
        if self.kind != "integer" or origin.unsigned is None or number is None:
            return value
        return numbers.integer(number, origin.size, unsigned=origin.unsigned)

    @cached_property
    def _origin(self) -> Origin | None:
        """Where a register's value came from, if all of that value, and nothing else, is what the operand reads."""
        origin = self._trail.origins.get(self.full or "")
        number = self.number_in(self._before)
        if origin is None or number is None or not origin.size:
            return origin
        full, bits, shift = self._isa.extent(self.operand.register or "")
        if shift or (full is not None and bits < min(origin.size * 8, self._isa.register(full).bits)):
            return None
        if origin.kind != "integer":
            return origin
        is_copied = self._instruction.mnemonic in vocabulary(self._isa).copies
        if origin.unsigned and not is_copied and number >> origin.size * 8:
            return None  # RISC-V widens numbers without sign as if they had one
        whole = numbers.signed(number, self.size * 8) == numbers.signed(number, origin.size * 8)
        return origin if whole and self.size >= origin.size else None

    def subject(self, *, unsigned: bool) -> str:
        """How a comparison speaks of it: 'n (3)', 'eax (3)', '2'."""
        number = self.as_number(self._before, unsigned=unsigned)
        value = number if unsigned or self.operand.kind != "memory" else self.was
        if self.operand.kind == "immediate":
            return value
        if self.operand.kind == "register":
            return f"{self._origin.name if self._origin else self.name} ({value}){self.operand.modifier}"
        spot = self._spot
        if spot is not None and spot.named and self._covers(spot):
            return f"{spot.called} ({value})"
        return f"{value} ({self._plain_place})"

    @property
    def alignment(self) -> int:
        """The multiple that `and` with this immediate rounds down to."""
        return self.operand.value & -self.operand.value

    @property
    def _bases(self) -> tuple[int, int]:
        """The base register of a memory operand, before and after; 0 where there is none."""
        base = self.operand.base
        states = (self._before, self._after)
        was, now = ((base and register_value(self._isa, state, base)) or 0 for state in states)
        return was, now

    @property
    def went_down(self) -> bool:
        """Whether it is memory whose base register was moved down."""
        was, now = self._bases
        return self.operand.kind == "memory" and now < was

    @property
    def lowest(self) -> str:
        """The address that an instruction came to last which goes over memory downwards."""
        address = self._bases[1] + self.size
        meaning = self._before.names.meaning(address)
        return f"{address:#x}{f' ({meaning})' if meaning else ''}"

    @property
    def sum(self) -> str:
        """A memory operand's address as a sum: 'rax (3) * 4 + 8'."""
        operand = self.operand
        parts = [self._addend(operand.base)] if operand.base else []
        if operand.index:
            shifted = f" shifted right by {operand.index_right}" if operand.index_right else ""
            scaled = f" * {operand.scale}" if operand.scale != 1 else ""
            parts.append(self._addend(operand.index) + shifted + scaled)
        text = " + ".join(parts)
        if not operand.displacement and text:
            return text
        if not text:
            return str(operand.displacement)
        return f"{text} {'-' if operand.displacement < 0 else '+'} {abs(operand.displacement)}"

    def _addend(self, name: str) -> str:
        """A register in a sum: 'rax (3)', "a's value 3 (in rdi)"."""
        value = register_value(self._isa, self._before, name) or 0
        origin = self._trail.origins.get(self._isa.full_name(name) or "")
        if origin is not None and origin.size and origin.kind == "integer":
            part = numbers.signed(value, origin.size * 8)
            narrow = self._instruction.operands[0].size <= origin.size  # then nothing else of the register counts
            if narrow or numbers.signed(value, self._isa.word_size * 8) == part:
                return f"{origin.phrase} {numbers.integer(part, origin.size)} (in {name})"
        meaning = self._before.names.meaning(value) if value >= _POINTER_LIKE else None
        size = register_bits(self._isa, name) // 8
        text = numbers.integer(value, size) if meaning is None else f"{value:#x}{meaning and ', '}{meaning}"
        return f"{name} ({text})"


def part_name(spot: Spot, size: int) -> str:
    """The name of `size` bytes of a spot, from its offset on."""
    if not spot.size or (spot.offset == 0 and spot.size == size):
        return spot.called + (f"+{spot.offset}" if spot.offset else "")
    if spot.offset + size > spot.size:
        return f"the {numbers.count(size, 'byte')} from {spot.called}{f'+{spot.offset}' if spot.offset else ''} on"
    if size == 1:
        return f"byte {spot.offset} of {spot.called}"
    return f"bytes {spot.offset} to {spot.offset + size - 1} of {spot.called}"
