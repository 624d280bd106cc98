"""The instructions that functions begin with on AArch64, as gdb's aarch64_analyze_prologue knows them.

Only instructions that make a frame are walked over: SP moving, registers stored at known distances from it, the frame
pointer set, an address or a constant formed before anything is stored.
"""

from __future__ import annotations

from typing import NamedTuple

_LONGEST = 128
_SP, _FP = 31, 29
_SIGNS = (0xD503233F, 0xD503237F)  # paciasp, pacibsp
_LANDING = 0xD503241F  # bti and its kinds


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, that make its frame."""
    walk = _Walk()
    end = min(_LONGEST, len(code) - 4)
    for at in range(0, end, 4):
        if not walk.goes_over(int.from_bytes(code[at : at + 4], "little")):
            return at
    return max(end, 0)


class _Value(NamedTuple):
    """What a register held at the function's start plus a number, gdb's prologue value; a constant where `register` is
    None."""

    register: int | None
    number: int


def _plus(value: _Value | None, number: int) -> _Value | None:
    """The value with a number added."""
    return None if value is None else _Value(value.register, value.number + number)


def _minus(one: _Value | None, other: _Value | None) -> _Value | None:
    """The difference, if it is one that can be told."""
    if one is None or other is None:
        return None
    if other.register is None:
        return _Value(one.register, one.number - other.number)
    return _Value(None, one.number - other.number) if one.register == other.register else None


class _Walk:
    """What is known of registers' values, and whether anything has been stored."""

    def __init__(self) -> None:
        self._values: dict[int, _Value | None] = {}
        self._stored = False

    def _value(self, register: int) -> _Value | None:
        return self._values.get(register, _Value(register, 0))

    def goes_over(self, word: int) -> bool:
        """Whether the instruction belongs to a prologue."""
        target, base, other = word & 31, word >> 5 & 31, word >> 16 & 31
        if word & 0x3F800000 == 0x11000000:  # add, sub immediate, without flags
            return self._adds(word, target, base)
        if word & 0x7FE00000 == 0x4B200000:  # sub extended register
            self._values[target] = _minus(self._value(base), self._value(other))
            return True
        if word & 0x9F000000 == 0x10000000:  # adr, not adrp
            self._values[target] = None
            return True
        if word & 0x7F800000 == 0x52800000:  # movz
            self._values[target] = _Value(None, (word >> 5 & 0xFFFF) << 16 * (word >> 21 & 3))
            return not self._stored
        if word & 0x7FE0FFE0 == 0x2A0003E0:  # mov register
            self._values[target] = self._value(other)
            return True
        if word & 0xBFE00C00 == 0xB8000000:  # stur
            self._stored |= base == _SP
            return True
        if word & 0x7FC00000 in (0x29000000, 0x29800000):  # stp, with an offset or pre-indexed
            return self._stores_pair(word, base)
        if base == _SP and (word & 0xBFE00400 == 0xB8000400 or word & 0xBFC00000 == 0xB9000000):  # str
            self._stored = True
            return True
        return word in _SIGNS or word & 0xFFFFFF3F == _LANDING

    def _adds(self, word: int, target: int, base: int) -> bool:
        number = (word >> 10 & 0xFFF) << (12 if word >> 22 & 1 else 0)
        self._values[target] = _plus(self._value(base), -number if word >> 30 & 1 else number)
        self._stored |= (base, target) == (_SP, _FP)
        return True

    def _stores_pair(self, word: int, base: int) -> bool:
        known = self._value(base)
        if known is None or known.register != _SP:
            return False
        if word >> 23 & 1:
            offset = (word >> 15 & 0x7F ^ 0x40) - 0x40
            self._values[base] = _plus(known, offset * (8 if word >> 31 else 4))
        else:
            self._stored |= base == _SP
        return True
