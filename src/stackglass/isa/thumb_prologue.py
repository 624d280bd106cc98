"""The Thumb instructions that functions begin with, as gdb's thumb_analyze_prologue knows them.

It goes on over what it doesn't know, up to a jump, an instruction that gives the frame back, or a store that may be
anywhere; the prologue ends with the last instruction that it didn't know.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

_LONGEST = 64
_WIDE = 0xE800
_SP = 13

_Kind = Literal["stack", "constant"]
_Verdict = Literal["known", "unknown", "end"]


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, that make its frame."""
    walk, at, unknown = _Walk(), 0, None
    while at < _LONGEST and at + 2 <= len(code):
        first, second = _half(code, at), _half(code, at + 2)
        verdict = walk.wide(first, second) if first >= _WIDE else walk.narrow(first)
        if verdict == "end":
            break
        if verdict == "unknown":
            unknown = at
        at += _size(first)
    return _outside_groups(code, at if unknown is None else unknown)


def _half(code: bytes, at: int) -> int:
    return int.from_bytes(code[at : at + 2], "little")


def _size(first: int) -> int:
    return 4 if first >= _WIDE else 2


def _outside_groups(code: bytes, place: int) -> int:
    """The place itself, or the `it` whose instructions it is among: gdb puts no breakpoint into those."""
    at = 0
    while at < place:
        first, start = _half(code, at), at
        at += _size(first)
        if first & 0xFF00 != 0xBF00 or not first & 15:
            continue
        for _ in range(5 - (first & -first & 15).bit_length()):
            if at == place:
                return start
            at += _size(_half(code, at))
    return place


class _Row(NamedTuple):
    """Instructions `word & mask == value`; `base` is the lowest bit of the number of the register that they address
    memory by."""

    mask: int
    value: int
    base: int


_FROM_STACK = (  # known where the base register counts from SP
    _Row(0xF800, 0x7000, 3),  # strb
    _Row(0xF800, 0x8000, 3),  # strh
    _Row(0xF800, 0x6800, 3),  # ldr
)

_WIDE_FROM_STACK = (
    (0xFFD0, 0xE900),  # stmdb
    (0xFF50, 0xE940),  # strd
    (0xFFF0, 0xF8C0),  # str
    (0xFFD0, 0xF880),  # strb, strh
    (0xFF50, 0xE950),  # ldrd
    (0xFFF0, 0xF8D0),  # ldr
)


class _Walk:
    """Which registers are a known distance from SP at the function's start, and which are constants."""

    def __init__(self) -> None:
        self._kinds: dict[int, _Kind | None] = {_SP: "stack"}

    def _is_stack(self, register: int) -> bool:
        return self._kinds.get(register) == "stack"

    def narrow(self, word: int) -> _Verdict:
        """What a halfword is: part of a prologue, what isn't known, or the end."""
        low, middle, high = word & 7, word >> 3 & 7, word >> 8 & 7
        if word & 0xFE00 == 0xB400:  # push
            return "known" if self._is_stack(_SP) else "end"
        if word & 0xFF80 == 0xB080:  # sub sp
            return "known"
        if word == 0x46BD or word & 0xFF80 == 0xB000 or word & 0xFE00 == 0xBC00:  # mov sp, r7; add sp; pop
            return "end"
        if word & 0xF800 == 0xA800:  # add from sp
            self._kinds[high] = "stack"
            return "known"
        if word & 0xFE00 == 0x1C00 and self._is_stack(middle):  # add, 3 bits
            self._kinds[low] = "stack"
            return "known"
        if word & 0xF800 == 0x3000 and self._is_stack(high):  # add, 8 bits
            return "known"
        return self._moves(word, low, middle, high)

    def _moves(self, word: int, low: int, middle: int, high: int) -> _Verdict:
        source, target = word >> 3 & 15, word & 7 | word >> 4 & 8
        if word & 0xFE00 == 0x1800 and self._is_stack(word >> 6 & 7) and self._kinds.get(middle) == "constant":
            self._kinds[low] = "stack"
            return "known"
        if word & 0xFF00 == 0x4400 and self._is_stack(target) and self._kinds.get(source) == "constant":
            return "known"
        if word & 0xFF00 == 0x4600:
            self._kinds[target] = self._kinds.get(source)
            return "known"
        if word & 0xF800 == 0x9000:  # str by sp
            return "known" if self._is_stack(_SP) else "end"
        if word & 0xF800 == 0x6000:  # str
            return "known" if self._is_stack(middle) else "end"
        if any(word & row.mask == row.value and self._is_stack(word >> row.base & 7) for row in _FROM_STACK):
            return "known"
        if word & 0xF800 == 0xC800 and self._is_stack(high):  # ldmia
            return "known"
        if word & 0xF800 == 0x9800 or word & 0xFFC0 in (0x0000, 0x1C00):  # ldr by sp; copies
            return "known"
        if word & 0xF800 in (0x2000, 0x4800):  # movs of a number, ldr of a constant
            self._kinds[high] = "constant"
            return "known"
        return "end" if _changes_pc(word) else "unknown"

    def wide(self, first: int, second: int) -> _Verdict:
        """The same of an instruction of two halfwords."""
        base, target = first & 15, second >> 8 & 15
        stack = self._is_stack(base)
        if stack and any(first & mask == value for mask, value in _WIDE_FROM_STACK):
            return "known"
        if stack and first & 0xFFD0 == 0xE890 and not second & 0x8000:  # ldmia without pc
            return "known"
        if stack and first & 0xFFF0 == 0xF850 and second & 0x0D00 == 0x0C00:  # ldr, with a small offset
            return "known"
        if first & 0xFBF0 in (0xF100, 0xF1A0, 0xF200, 0xF2A0) and not second & 0x8000:  # add, sub
            self._kinds[target] = self._kinds.get(base)
            return "known"
        if (first & 0xFBFF == 0xF04F or first & 0xFBF0 == 0xF240) and not second & 0x8000:  # mov of a number
            self._kinds[target] = "constant"
            return "known"
        if first & 0xFF7F in (0xF85F, 0xE95F):  # ldr, ldrd of constants
            self._kinds[second >> 12 & 15] = "constant"
            return "known"
        if first == 0xEA5F and not second & 0xF0F0:  # movs
            self._kinds[target] = self._kinds.get(second & 15)
            return "known"
        return "end" if _wide_changes_pc(first, second) else "unknown"


def _changes_pc(word: int) -> bool:
    return (
        word & 0xFF00 == 0xBD00  # pop {..., pc}
        or word & 0xF000 == 0xD000  # b with a condition, svc
        or word & 0xF800 == 0xE000  # b
        or word & 0xFF00 == 0x4700  # bx, blx
        or word & 0xFF87 == 0x4687  # mov pc
        or word & 0xF500 == 0xB100  # cbz, cbnz
    )


def _wide_changes_pc(first: int, second: int) -> bool:
    if first & 0xF800 == 0xF000 and second & 0x8000:
        if second & 0x1000 or second & 0xD001 == 0xC000:  # b, bl, blx
            return True
        return second & 0xD000 == 0x8000 and first & 0x0380 != 0x0380  # b with a condition
    if first & 0xFE50 == 0xE810:  # ldm, rfe
        return bool(second & 0x8000) or first & 0x0180 in (0, 0x180)
    if first & 0xFFEF == 0xEA4F and second & 0xFFF0 == 0x0F00:  # mov pc
        return True
    if first & 0xFF70 == 0xF850 and second & 0xF000 == 0xF000:  # ldr pc
        return True
    return first & 0xFFF0 == 0xE8D0 and second & 0xFFE0 == 0xF000  # tbb, tbh
