"""Places of arguments and results: how they are put together, and how the bytes that were passed are read at one."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from stackglass.isa.passing import Part, Place
from stackglass.isa.table import Isa

ByteOrder = Literal["little", "big"]
_EXTENDED = 80


def listed(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def in_registers(registers: Iterable[str], size: int, width: int) -> tuple[Part, ...]:
    """A value of `size` bytes in registers, `width` bytes of it in each but the last; the rest of them is unused."""
    offsets = range(0, size, width)
    return tuple(
        Part(offset, min(width, size - offset), register) for offset, register in zip(offsets, registers, strict=False)
    )


def on_stack(size: int, stack_offset: int) -> tuple[Part, ...]:
    """A value of `size` bytes that lies on the stack."""
    return (Part(0, size, stack_offset=stack_offset),)


def spelled(part: Part, isa: Isa) -> str:
    """The register of a part by the name of its width: 'edi', 's1'. Registers that the table lacks keep their name."""
    name = part.register or ""
    if isa.full_name(name) is None or part.float_bits:
        return name
    return isa.part(name, 8 * part.size, part.shift)


def sized(size: int) -> str:
    """'1 byte', '12 bytes'."""
    return f"{size} byte" if size == 1 else f"{size} bytes"


def round_up(number: int, multiple: int) -> int:
    """The next multiple of `multiple` from `number` on."""
    return -(-number // multiple) * multiple


@dataclass(frozen=True, slots=True)
class PlaceReader:
    """Reads what is at places. `stack_pointer` is SP at the call instruction; `register` and `memory` give None for
    what they can't read."""

    order: ByteOrder
    register: Callable[[str], int | None]
    memory: Callable[[int, int], bytes | None]
    stack_pointer: int

    def value(self, place: Place, size: int) -> bytes | None:
        """The `size` bytes of a value, in memory order; None where they can't be had. Padding is 0."""
        if not place.by_reference:
            return self._gather(place, size)
        address = self.address(place)
        return None if address is None else self.memory(address, size)

    def address(self, place: Place) -> int | None:
        """The address that was passed for a value that goes by reference."""
        data = self._gather(place, sum(part.size for part in place.parts))
        return None if data is None else int.from_bytes(data, self.order)

    def _gather(self, place: Place, size: int) -> bytes | None:
        if not place.parts:
            return None
        data = bytearray(size)
        for part in place.parts:
            found = self._part(part)
            if found is None:
                return None
            data[part.offset : part.offset + part.size] = found
        return bytes(data)

    def _part(self, part: Part) -> bytes | None:
        if part.stack_offset is not None:
            return self.memory(self.stack_pointer + part.stack_offset, part.size)
        value = None if part.register is None else self.register(part.register)
        if value is None:
            return None
        if part.float_bits:
            return (narrowed if part.float_bits == _EXTENDED else single)(value, part.size, self.order)
        return (value >> part.shift & (1 << 8 * part.size) - 1).to_bytes(part.size, self.order)


def narrowed(extended: int, size: int, order: ByteOrder) -> bytes:
    """An 80-bit floating-point number as one of 4 or 8 bytes, rounded to nearest; of any other size as it is."""
    if size not in (4, 8):
        return (extended & (1 << 8 * size) - 1).to_bytes(size, order)
    layout = ("<" if order == "little" else ">") + ("f" if size == 4 else "d")
    negative, exponent, significand = extended >> 79 & 1, extended >> 64 & 0x7FFF, extended & (1 << 64) - 1
    try:
        return struct.pack(layout, math.copysign(_magnitude(exponent, significand, size), -negative))
    except OverflowError:
        return struct.pack(layout, -math.inf if negative else math.inf)


def single(double: int, size: int, order: ByteOrder) -> bytes:
    """A double as a float, rounded to nearest; of any other size as it is."""
    data = (double & (1 << 64) - 1).to_bytes(8, order)
    letter = "<" if order == "little" else ">"
    if size != 4:
        return data[:size]
    (number,) = struct.unpack(f"{letter}d", data)
    try:
        return struct.pack(f"{letter}f", number)
    except OverflowError:
        return struct.pack(f"{letter}f", math.copysign(math.inf, number))


def _magnitude(exponent: int, significand: int, size: int) -> float:
    if exponent == 0x7FFF:
        return math.nan if significand << 1 & (1 << 64) - 1 else math.inf
    power = max(exponent, 1) - 16383 - 63
    if size == 8:
        return float(Fraction(significand) * Fraction(2) ** power)
    # Rounding twice goes wrong on ties; a last bit that says "not exact" keeps the first rounding from making any.
    return math.ldexp(significand >> 11 | bool(significand & 0x7FF), power + 11)
