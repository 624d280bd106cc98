"""Reading a variable at its place: its bytes, out of memory, registers and pieces, and the place in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackglass.debuginfo.expressions import (
    InMemory,
    InRegister,
    OptimisedOut,
    Piece,
    Pieces,
    Place,
    PointerInto,
    Value,
)
from stackglass.errors import UnreadableMemory
from stackglass.model import Field, Initialised, Region, RegionKind, Variable
from stackglass.stack.layout import FrameLayout
from stackglass.stack.leftovers import NEAR
from stackglass.stack.members import runs_of_value
from stackglass.stack.outgoing import passing
from stackglass.stack.pieces import joined
from stackglass.stack.pointees import Pointees
from stackglass.stack.uses import note_of
from stackglass.stack.values import UNKNOWN, Decoded, Decoder, in_braces
from stackglass.stack.variables import GIVEN_BACK, GONE_WITH_FRAME, GONE_WITH_SP, NOT_CREATED, NOT_PASSED, Located
from stackglass.stack.written import extent_of

_LARGEST_READ = 1 << 24
"""Bytes of one variable that are read; nobody decodes more."""

_TOLD = (NOT_CREATED, NOT_PASSED, GIVEN_BACK, GONE_WITH_FRAME, GONE_WITH_SP)
"""Why a variable is nowhere, in words that say more than that the compiler has left it out."""


@dataclass(frozen=True, slots=True)
class VariableReader:
    """Reads the variables of one frame."""

    layout: FrameLayout
    decoder: Decoder
    pointees: Pointees

    def decoded(self, located: Located) -> Decoded:
        """The value of a variable at its place; UNKNOWN where it has none."""
        place = located.place
        if isinstance(place, PointerInto):
            name = place.entry.inherited_text("DW_AT_name")
            return Decoded(f"&{name}" if name else None)
        if isinstance(place, Pieces):
            return self._of_pieces(located, place.pieces)
        if place is NOT_PASSED:  # whatever its bytes would be
            return self.decoder.decode(located.type, bytes(located.size))
        data = self.bytes_of(place, located.size)
        return UNKNOWN if data is None else self.decoder.decode(located.type, data)

    def bytes_of(self, place: Place, size: int) -> bytes | None:
        """The `size` bytes of what lies at a `place` in one piece, in memory order; None if they can't be had."""
        if size > _LARGEST_READ:
            return None
        match place:
            case InMemory(address):
                return self._memory(address, size)
            case InRegister(number):
                return self._register(number, size)
            case Value(value):
                return self._value(value, size)
            case Pieces() | OptimisedOut():
                return None

    def location(self, located: Located) -> str:
        """The place in words: 'register rdi', 'stack 0x7ffe10', 'static 0x404028', 'constant', 'optimised out'."""
        match located.place:
            case InMemory(address):
                return f"{'stack' if self._is_for_frame(located) else self._where(address)} {address:#x}"
            case InRegister(number):
                return f"register {self._register_name(number, located.size)}"
            case Value():
                return "constant" if located.info.constant is not None else "computed"
            case PointerInto():
                return "computed"
            case Pieces(pieces):
                words = [self._piece_words(piece) for piece in pieces]
                is_whole = sum(piece.bits for piece in pieces) >= 8 * located.size
                return "split: " + ", ".join(words if is_whole else [*words, "optimised out"])
            case OptimisedOut(reason):
                return reason if located.place in _TOLD else "optimised out"

    def variable(self, located: Located) -> Variable:
        """A variable that has no slot, with its place and value."""
        decoded, place, initialised = self.decoded(located), located.place, Initialised.ALL
        if isinstance(place, InMemory) and located.size and self._is_own(located, place.address):
            runs = self.layout.writes.runs(place.address, place.address + located.size)
            initialised = extent_of(runs_of_value(runs, place.address, located.type))
        return Variable(
            name=located.info.name,
            type=located.type.spelling,
            value=decoded.value,
            location=self.location(located),
            points_to=decoded.points_to,
            initialised=initialised,
            note=note_of(located),
            size=located.size,
        )

    def _is_own(self, located: Located, address: int) -> bool:
        """Whether the byte is the frame's, is going to be or was a moment ago, or is of a result that it makes in its
        caller's frame.

        What a variable elsewhere refers to (a lambda's captured one) has been written by somebody else. Below the
        running function's SP lies what it hasn't made room for yet, or has given up: its red zone and more.
        """
        low, high = self.layout.extent
        if self.layout.index == 0 and address < high and self._is_for_frame(located):
            return True
        below = NEAR if self.layout.index == 0 else self.layout.chain.facts.isa.red_zone
        if low - below <= address < high:
            return True
        places = passing(self.layout.variables) if self._where(address) == "stack" else None
        return places is not None and places.hidden_result_pointer is not None

    def _is_for_frame(self, located: Located) -> bool:
        """Whether a variable's place is counted from a frame that is on the process's stack, however far it is."""
        layout, region = self.layout, self.pointees.region_of(self.layout.extent.high - 1)
        on_stack = region is not None and region.kind is RegionKind.STACK
        return on_stack and located.info.is_in_frame_at(layout.chain.look_up(layout.index))

    def _where(self, address: int) -> str:
        region = self.pointees.region_of(address)
        if self.layout.extent.holds(address):  # also where that is a stack of the program's own making
            return "stack"
        if region is not None and region.kind is RegionKind.STACK:
            return "stack"
        if self._is_below_the_stack(address, region):
            return "stack"
        return "heap" if region is not None and region.kind is RegionKind.HEAP else "static"

    def _is_below_the_stack(self, address: int, region: Region | None) -> bool:
        """Whether it is where no memory is, below a frame that the stack has no more room for."""
        if region is not None and region.kind is not RegionKind.GUARD:
            return False
        chain, (low, high) = self.layout.chain, self.layout.extent
        return low - chain.not_mapped(self.layout.index) - NEAR <= address < high

    def _piece_words(self, piece: Piece) -> str:
        match piece.place:
            case InMemory(address):
                return f"{self._where(address)} {address:#x}"
            case InRegister(number):
                return self._register_name(number, piece.bits // 8)
            case Value():
                return "constant"
            case OptimisedOut():
                return "optimised out"

    def _register_name(self, number: int, size: int) -> str:
        isa = self.layout.chain.facts.isa
        told = isa.dwarf_part(number)
        if told is None:
            return f"number {number}"
        return isa.holding(told[1], size) if told[1] == told[0].name else told[1]

    def _memory(self, address: int, size: int) -> bytes | None:
        try:
            return self.layout.chain.memory.read(address, size)
        except UnreadableMemory:
            return None

    def _register(self, number: int, size: int) -> bytes | None:
        try:
            return self.layout.variables.register_bytes(number, size)
        except LookupError:
            return None

    def _value(self, value: int | bytes, size: int) -> bytes | None:
        if isinstance(value, bytes):
            return value[:size] if len(value) >= size else None
        return (value & ((1 << 8 * size) - 1)).to_bytes(size, self.layout.chain.facts.isa.byte_order)

    def _of_pieces(self, located: Located, pieces: tuple[Piece, ...]) -> Decoded:
        """The value of a variable in pieces. What lies in a piece that can't be had is left out of it."""
        data, missing = joined(pieces, self.bytes_of, located.size, self.layout.chain.facts.isa.byte_order)
        decoded = self.decoder.decode(located.type, data)
        return without(decoded, missing) if missing else decoded


def without(decoded: Decoded, missing: Sequence[int]) -> Decoded:
    """A decoded value whose bytes number `missing` are not known: only members that have none of them keep theirs."""
    fields = tuple(_field_without(field, missing) for field in decoded.fields)
    is_known = any(field.value is not None for field in fields)
    return Decoded(in_braces(fields) if is_known else None, None, fields)


def _field_without(field: Field, missing: Sequence[int]) -> Field:
    inside = [byte - field.offset for byte in missing if field.offset <= byte < field.offset + field.size]
    if not inside:
        return field
    left = without(Decoded(None, None, field.fields), inside)
    return replace(field, value=left.value, points_to=None, fields=left.fields)
