"""The A32 instructions that functions begin with, as gdb's arm_analyze_prologue knows them.

Only instructions that make a frame are walked over: registers pushed, SP and what counts from it moving, arguments
stored in the frame, registers copied. Conditions, jumps and whatever gives a frame back end a prologue.

gdb walks over calls of a few functions by their names, too (__aeabi_read_tp): code alone doesn't tell those.
"""

from __future__ import annotations

_LONGEST = 64
_SP, _IP, _FP, _PC = 13, 12, 11, 15
_ALWAYS = 0xE
_ARGUMENT_STORES = (
    (0xFFFF0000, 0xE54B0000),  # strb rx, [fp, #-n]
    (0xFFFF00F0, 0xE14B00B0),  # strh
    (0xFFFFC000, 0xE50B0000),  # str of r0 to r3
    (0xFFFF0000, 0xE5CD0000),  # strb rx, [sp, #n]
    (0xFFFF00F0, 0xE1CD00B0),  # strh
    (0xFFFFC000, 0xE58D0000),  # str of r0 to r3
)
_LOADS = ((0xFE500000, 0xE8100000), (0xFC500000, 0xE4100000))
"""ldm and ldr, which may fetch arguments from the stack."""


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, that make its frame."""
    walk = _Walk()
    end = min(_LONGEST, len(code) & -4)
    for at in range(0, end, 4):
        if not walk.goes_over(int.from_bytes(code[at : at + 4], "little")):
            return at
    return end


class _Walk:
    """Which registers are known to be a distance from SP at the function's start."""

    def __init__(self) -> None:
        self._from_stack = {_SP}

    def goes_over(self, word: int) -> bool:
        """Whether the instruction belongs to a prologue."""
        base, target = word >> 16 & 15, word >> 12 & 15
        if word == 0xE1A0C00D:  # mov ip, sp
            self._from_stack.add(_IP)
            return True
        if word & 0xFFF00000 in (0xE2800000, 0xE2400000) and base in self._from_stack:  # add, sub immediate
            self._from_stack.add(target)
            return True
        if word & 0xFFFF0FFF == 0xE52D0004 or word & 0xFFFF0000 == 0xE92D0000:  # push of one, of several
            return _SP in self._from_stack
        if any(word & mask == value for mask, value in _ARGUMENT_STORES):
            return True
        if word & 0xFFF00000 == 0xE8800000 and base in self._from_stack:  # stm
            return True
        if word & 0xFFBF0F00 == 0xED2D0B00:  # vpush
            return False
        if word >> 28 != _ALWAYS or _changes_pc(word) or _restores_stack(word):
            return False
        if any(word & mask == value for mask, value in _LOADS) and base in self._from_stack:
            return True
        return word & 0xFFFF0FF0 == 0xE1A00000  # mov of registers


def _changes_pc(word: int) -> bool:
    """Whether control may go elsewhere: gdb's arm_instruction_changes_pc, for what has no condition."""
    kind = word >> 25 & 7
    if kind in (5, 7):  # b, bl; svc and coprocessors' own
        return kind == 5 or word >> 24 & 1 == 1
    target_is_pc = word >> 12 & 15 == _PC
    if kind in (0, 1, 2, 3):
        return target_is_pc or word & 0x0FFFFFD0 == 0x012FFF10
    return kind == 4 and bool(word & 1 << 20) and bool(word & 1 << _PC)


def _restores_stack(word: int) -> bool:
    """Whether SP goes up or is set: gdb's arm_instruction_restores_sp."""
    return (
        word & 0x0DF0F000 in (0x0080D000, 0x0040D000)  # add, sub to SP by register or immediate
        or word & 0x0FFFFFF0 == 0x01A0D000  # mov sp
        or word & 0x0FFF0000 == 0x08BD0000  # pop
        or word & 0x0FFF0000 == 0x049D0000
    )
