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
from stackglass.textbook.types import CType
from stackglass.textbook.value_classes import (
    class_of,
    is_aligned,
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
        where = self.location(place, depth)
        self.load(place.type, where, place.type.size, depth, register)

    def load(self, type_: CType, where: Operand, size: int, free: int, register: str) -> None:
        """The value of a type that lies at `where`; by way of the frame, byte by byte, if it is not aligned there.
        R<free> and the next may be used for that."""
        if is_aligned(type_):
            self.emit(move_of(type_), where, reg(register))
            return
        kept = self.code.temporary(8)
        self._copy_bytes(size, where, mem("FP", kept), free)
        self.emit(move_of(type_), mem("FP", kept), reg(register))
        self.code.release(kept)

    def put(self, type_: CType, register: str, where: Operand, size: int, free: int) -> None:
        """The other way round."""
        if is_aligned(type_):
            self.emit(move_of(type_), reg(register), where)
            return
        kept = self.code.temporary(8)
        self.emit(move_of(type_), reg(register), mem("FP", kept))
        self._copy_bytes(size, mem("FP", kept), where, free)
        self.code.release(kept)

    def _copy_bytes(self, size: int, source: Operand, destination: Operand, free: int) -> None:
        self.emit("ADDR", source, reg(f"R{free}"))
        self.emit("ADDR", destination, reg(f"R{free + 1}"))
        self.code.copy(size, f"R{free}", f"R{free + 1}")

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
        unit = place.unit.type
        letter, suffix = class_of(unit), suffix_of(unit)
        width = 64 if letter == "L" else 32
        register = reg(f"{letter}{depth}")
        self.load(unit, self.location(place.unit, depth), place.span, depth, f"{letter}{depth}")
        self.emit(f"SHL{suffix}", imm(width - place.bit - place.bits), register)
        shift = ("SHRU" if is_unsigned(place.type) else "SHR") + suffix
        self.emit(shift, imm(width - place.bits), register)
        if letter != class_of(place.type):
            self.emit("CUTL", register, reg(f"R{depth}"))

    def store_bits(self, place: BitField, depth: int, wanted: bool) -> None:
        """Stores the value in register `depth` into the field; the value becomes what the field holds then."""
        unit = place.unit.type
        letter, suffix = class_of(unit), suffix_of(unit)
        width = 64 if letter == "L" else 32
        mask = (1 << place.bits) - 1
        saved = self.code.temporary(8) if place.unit.calls else None
        value, merged = reg(f"{letter}{depth}"), reg(f"{letter}{depth + 2}")
        given = reg(f"{class_of(place.type)}{depth}")
        if saved is not None:
            self.emit(plain_move(place.type), given, mem("FP", saved))
        where = self.location(place.unit, depth + 1)
        if saved is not None:
            self.emit(plain_move(place.type), mem("FP", saved), given)
            self.code.release(saved)
        if given != value:
            self.emit("EXTL", given, value)
        self.emit(f"AND{suffix}", imm(signed(mask, width)), value)
        self.load(unit, where, place.span, depth + 2, merged.register)
        self.emit(f"AND{suffix}", imm(signed(~(mask << place.bit), width)), merged)
        shifted = reg(f"{letter}{depth + 3}")
        self.emit(plain_move(unit), value, shifted)
        self.emit(f"SHL{suffix}", imm(place.bit), shifted)
        self.emit(f"OR{suffix}", shifted, merged)
        self.put(unit, merged.register, where, place.span, depth + 2)
        if wanted and not is_unsigned(place.type):
            self.emit(f"SHL{suffix}", imm(width - place.bits), value)
            self.emit(f"SHR{suffix}", imm(width - place.bits), value)
        if wanted and given != value:
            self.emit("CUTL", value, given)
