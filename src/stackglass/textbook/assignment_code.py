"""Code that stores: assignments, initialisers, operators that change what they read."""

from __future__ import annotations

from stackglass.textbook import types as t
from stackglass.textbook.arithmetic_code import ArithmeticCode
from stackglass.textbook.generator import InMemory, InRegister
from stackglass.textbook.instructions import imm, mem, reg
from stackglass.textbook.operators import record_pointer
from stackglass.textbook.place_code import PlaceCode
from stackglass.textbook.tree import (
    Assign,
    Binary,
    BitField,
    Convert,
    Expression,
    Initialise,
    Place,
    Pointed,
    Read,
    Update,
)
from stackglass.textbook.types import Record
from stackglass.textbook.value_classes import (
    class_of,
    converted,
    is_aligned,
    move_of,
    plain_move,
    without_narrowing,
)


class AssignmentCode(PlaceCode, ArithmeticCode):
    """Stores values in places."""

    def assign(self, expression: Assign, depth: int, wanted: bool) -> None:
        """`place = value`; the value is left in its register if it is wanted."""
        place, value = expression.place, expression.value
        if isinstance(place.type, Record):
            self._copy(place, value, depth)
            return
        if not wanted and isinstance(value, Convert) and not isinstance(place, BitField):
            value = without_narrowing(value, place.type)
        if not wanted and move_of(place.type) == "MOVE" and is_aligned(place.type):
            simple, direct = self.simple(value), self.direct(place)
            if simple is not None and direct is not None and simple.kind == "#":
                self.emit("MOVE", simple, direct)
                return
        self._store(place, value, depth, wanted)

    def _store(self, place: Place, value: Expression, depth: int, wanted: bool) -> None:
        register = self.value(value, depth)
        if isinstance(place, BitField):
            self.store_bits(place, depth, wanted)
            return
        if self.direct(place) is None and place.calls:
            saved = self.code.temporary(8)
            move = plain_move(value.type)
            self.emit(move, reg(register), mem("FP", saved))
            self.address(place, depth + 1)
            self.emit(move, mem("FP", saved), reg(register))
            self.code.release(saved)
            where = mem(f"R{depth + 1}", 0)
        else:
            where = self.location(place, depth + 1)
        self.put(place.type, register, where, place.type.size, depth + 2)

    def _copy(self, place: Place, value: Expression, depth: int) -> None:
        """A struct's bytes to a place; the place's address ends up in R<depth>."""
        size = place.type.size
        self.value(record_pointer(value), depth)
        if self.direct(place) is None and place.calls:
            saved = self.code.temporary(4)
            self.emit("MOVE", reg(f"R{depth}"), mem("FP", saved))
            self.address(place, depth + 1)
            self.emit("MOVE", mem("FP", saved), reg(f"R{depth}"))
            self.code.release(saved)
        else:
            self.address(place, depth + 1)
        if size:
            self.code.copy(size, f"R{depth}", f"R{depth + 1}")
        self.emit("MOVE", reg(f"R{depth + 1}"), reg(f"R{depth}"))

    def initialise(self, expression: Initialise, depth: int) -> None:
        """What a local is filled with."""
        place = expression.place
        if expression.clear and place.type.size:
            self.emit("CLEAR", imm(place.type.size), self.location(place, depth))
        for one in expression.assignments:
            self.assign(one, depth, wanted=False)

    def update(self, expression: Update, depth: int, wanted: bool) -> None:
        """`place op= value`, `++` and `--`."""
        place, value = expression.place, expression.value
        if self._in_memory(expression, depth, wanted):
            return
        if value.calls or place.calls:
            self._update_slowly(expression, depth, wanted)
            return
        where: Place | None = None
        if self.direct(place) is None and not isinstance(place, BitField):
            self.address(place, depth)
            where = Pointed(place.type, InRegister(t.VOID_POINTER, f"R{depth}"))
        elif isinstance(place, BitField) and self.direct(place.unit) is None:
            self.address(place.unit, depth)
            unit = Pointed(place.unit.type, InRegister(t.VOID_POINTER, f"R{depth}"))
            where = BitField(place.type, unit, place.bit, place.bits, place.span)
        self._modify(expression, where if where is not None else place, value, depth + (where is not None), wanted)
        if where is not None and wanted:
            letter = class_of(place.type)
            self.emit(plain_move(place.type), reg(f"{letter}{depth + 1}"), reg(f"{letter}{depth}"))

    def _in_memory(self, expression: Update, depth: int, wanted: bool) -> bool:
        """`ADD #1, 8(FP)`, where nobody wants the value and the place is a word that needs no address."""
        place = expression.place
        direct = self.direct(place) if not isinstance(place, BitField) else None
        fits = move_of(place.type) == "MOVE" and class_of(expression.computed_in) == "R" and is_aligned(place.type)
        if wanted or direct is None or not fits or expression.value.calls:
            return False
        source = self.operand(expression.value, depth)
        if source.kind not in "#r":
            self.emit("MOVE", source, reg(f"R{depth}"))
            source = reg(f"R{depth}")
        self.emit(self.operation(expression.op, expression.computed_in), source, direct)
        return True

    def _update_slowly(self, expression: Update, depth: int, wanted: bool) -> None:
        """Calls inside: the place's address waits in the frame while the value is computed, or the other way round."""
        place, value = expression.place, expression.value
        bits = place if isinstance(place, BitField) else None
        unit = bits.unit if bits is not None else place
        address = self.code.temporary(4)
        self.address(unit, depth)
        self.emit("MOVE", reg(f"R{depth}"), mem("FP", address))
        kept = self.code.temporary(8)
        self.emit(plain_move(value.type), reg(self.value(value, depth)), mem("FP", kept))
        self.emit("MOVE", mem("FP", address), reg(f"R{depth}"))
        where: Place = Pointed(unit.type, InRegister(t.VOID_POINTER, f"R{depth}"))
        if bits is not None:
            where = BitField(bits.type, where, bits.bit, bits.bits, bits.span)
        self._modify(expression, where, InMemory(value.type, mem("FP", kept)), depth + 1, wanted)
        if wanted:
            letter = class_of(place.type)
            self.emit(plain_move(place.type), reg(f"{letter}{depth + 1}"), reg(f"{letter}{depth}"))
        self.code.release(address)
        self.code.release(kept)

    def _modify(self, expression: Update, place: Place, value: Expression, depth: int, wanted: bool) -> None:
        """Reads, computes and stores; leaves the wanted value in the register at `depth`."""
        type_, computed = place.type, expression.computed_in
        old: Expression = Read(type_, place)
        if not (wanted and expression.post):
            changed = Binary(computed, expression.op, converted(old, computed), value)
            self._store(place, converted(changed, type_), depth, wanted)
            return
        register = self.value(old, depth)
        kept = InRegister(type_, register)
        changed = Binary(computed, expression.op, converted(kept, computed), value)
        self._store(place, converted(changed, type_), depth + 1, wanted=False)
