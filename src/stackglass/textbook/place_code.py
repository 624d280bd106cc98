"""Code that reads places: variables, what pointers lead to, bit-fields."""

from __future__ import annotations

from stackglass.textbook.generator import Generator
from stackglass.textbook.instructions import Operand, imm, mem, reg
from stackglass.textbook.tree import (
    AtLabel,
    Binary,
    BitField,
    InFrame,
    Number,
    Place,
    Pointed,
)
from stackglass.textbook.value_classes import (
    class_of,
    is_unsigned,
    move_of,
    plain_move,
    signed,
    suffix_of,
)


class PlaceCode(Generator):
    """Reads places, and computes their addresses."""

    def read(self, place: Place, depth: int, register: str) -> None:
        """The value at a place."""
        if isinstance(place, BitField):
            self._read_bits(place, depth)
            return
        self.emit(move_of(place.type), self.location(place, depth), reg(register))

    def location(self, place: Place, depth: int) -> Operand:
        """An operand for a place; its address is computed into R<depth> where needed."""
        direct = self.direct(place)
        if direct is not None:
            return direct
        if isinstance(place, InFrame):
            base = self.code.frame_of(place.variable, depth)
            return mem(base, place.variable.offset + place.offset)
        assert isinstance(place, Pointed)
        if isinstance(place.pointer, Number):
            return Operand("a", "", int(place.pointer.value) + place.offset)
        match place.pointer:
            case Binary(op="+", left=left, right=Number(value=value)):
                return mem(self.value(left, depth), place.offset + int(value))
            case pointer:
                return mem(self.value(pointer, depth), place.offset)

    def address(self, place: Place, depth: int) -> None:
        """The address of a place."""
        register = reg(f"R{depth}")
        if isinstance(place, AtLabel):
            self.emit("MOVE", imm(place.offset, place.symbol), register)
            return
        location = self.location(place, depth)
        if location == mem(register.register, 0):
            return
        self.emit("ADDR", location, register)

    def _read_bits(self, place: BitField, depth: int) -> None:
        """Shifts the field up to the top of its unit, and down again with its sign."""
        type_ = place.type
        self.read(place.unit, depth, f"{class_of(type_)}{depth}")
        letter = class_of(type_)
        width = 64 if letter == "L" else 32
        register, suffix = reg(f"{letter}{depth}"), suffix_of(type_)
        self.emit(f"SHL{suffix}", imm(width - place.bit - place.bits), register)
        shift = ("SHRU" if is_unsigned(type_) else "SHR") + suffix
        self.emit(shift, imm(width - place.bits), register)

    def store_bits(self, place: BitField, depth: int, wanted: bool) -> None:
        """Stores the value in register `depth` into the field; the value becomes what the field holds then."""
        letter = class_of(place.type)
        suffix = suffix_of(place.type)
        width = 64 if letter == "L" else 32
        mask = (1 << place.bits) - 1
        saved = self.code.temporary(8) if place.unit.calls else None
        value, merged = reg(f"{letter}{depth}"), reg(f"{letter}{depth + 2}")
        move = plain_move(place.type)
        if saved is not None:
            self.emit(move, value, mem("FP", saved))
        where = self.location(place.unit, depth + 1)
        if saved is not None:
            self.emit(move, mem("FP", saved), value)
            self.code.release(saved)
        self.emit(f"AND{suffix}", imm(signed(mask, width)), value)
        self.emit(move_of(place.type), where, merged)
        self.emit(f"AND{suffix}", imm(signed(~(mask << place.bit), width)), merged)
        shifted = reg(f"{letter}{depth + 3}")
        self.emit(move, value, shifted)
        self.emit(f"SHL{suffix}", imm(place.bit), shifted)
        self.emit(f"OR{suffix}", shifted, merged)
        self.emit(move_of(place.type), merged, where)
        if wanted and not is_unsigned(place.type):
            self.emit(f"SHL{suffix}", imm(width - place.bits), value)
            self.emit(f"SHR{suffix}", imm(width - place.bits), value)
