"""The instructions that functions begin with on PowerPC, as gdb's skip_prologue (rs6000-tdep.c) knows them.

The link register kept, SP lowered, registers and arguments stored, the frame pointer made. Others may lie between them
as long as the frame is not whole; what lies behind the last one known does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST = 100
_MOST_OTHERS = 11
_FIRST_KEPT = 13
_RETURNS = (0x4E800020, 0x4E800420)  # blr, bctr
_SYSTEM_CALL = 0x44000002
_FIRST_ARGUMENT, _LAST_ARGUMENT = 3, 10


def frame_setup(code: bytes) -> int:
    """Bytes of `code`, a function's first instructions, that make its frame."""
    scan, end = _Scan(), 0
    for at in range(0, min(_LONGEST, len(code) - 3), 4):
        word = int.from_bytes(code[at : at + 4], "big")
        if scan.belongs(word, at):
            end = at + 4
        elif scan.ends(word):
            break
    return end


@dataclass(slots=True)
class _Scan:
    """What has been seen so far. `link` and `condition` are registers that hold lr and cr: -1 for none yet, -2 for one
    that has been stored."""

    link: int = -1
    condition: int = -1
    saved: int = 0
    """The general registers that have been stored, a bit for each."""
    is_frame_made: bool = False
    has_frame_pointer: bool = False
    has_minimal_table: bool = False
    is_r0_an_argument: bool = False
    others: int = 0

    def belongs(self, word: int, at: int) -> bool:
        """Whether an instruction is part of a prologue."""
        return self._keeps(word) or self._moves_sp(word) or self._finds_out(word, at) or self._takes_argument(word)

    def ends(self, word: int) -> bool:
        """Whether nothing of a prologue can follow one that is no part of it."""
        if word & 0xFFFF0000 in (0x60000000, 0x38000000):  # nop; li r0
            self.is_r0_an_argument = self.is_r0_an_argument and word & 0xFFFF0000 != 0x38000000
            return False
        if self.is_frame_made and self.link == -2 and self._has_saved_all:
            return True
        if word in (*_RETURNS, _SYSTEM_CALL) or word & 0xF4000000 == 0x40000000:
            return True
        self.others += 1
        return self.others > _MOST_OTHERS

    @property
    def _least_saved(self) -> int:
        return (self.saved & -self.saved).bit_length() - 1

    @property
    def _has_saved_all(self) -> bool:
        """Whether none is missing from the least register stored up to r31."""
        return bool(self.saved) and self.saved == 0xFFFFFFFF << self._least_saved & 0xFFFFFFFF

    def _keeps(self, word: int) -> bool:
        """Registers that are kept for the caller, on the stack or on the way there."""
        register = word >> 21 & 31
        if word & 0xFC1FFFFF == 0x7C0802A6:  # mflr
            self.link = register if self.link == -1 else self.link
            self.is_r0_an_argument = self.is_r0_an_argument and self.link != 0
            return True
        if word & 0xFC1FFFFF == 0x7C000026:  # mfcr
            self.condition = register
            self.is_r0_an_argument = self.is_r0_an_argument and register != 0
            return True
        if word & 0xFC1F0000 == 0xD8010000:  # stfd, by r1
            return True
        if word & 0xFC1F0000 == 0xBC010000 or (word & 0xFC1F0000 == 0x90010000 and register >= _FIRST_KEPT):
            self.saved |= 0xFFFFFFFF << register & 0xFFFFFFFF if word >> 26 == 47 else 1 << register  # stmw, stw
            return True
        if self.link >= 0 and word & 0xFFFF0000 in (self.link << 21 | 0x90010000, self.link << 21 | 0x94010000):
            self.link = -2
            return True
        if self.condition >= 0 and word & 0xFFFF0000 == self.condition << 21 | 0x90010000:
            self.condition = -2
            return True
        return False

    def _moves_sp(self, word: int) -> bool:
        if word & 0xFFFF0000 == 0x3C000000:  # lis r0, of a large frame
            self.is_r0_an_argument = False
            self.is_frame_made = True
            return True
        moves = word & 0xFC1F0000 == 0x94010000 or word & 0xFC1F07FA == 0x7C01016A or word & 0xFFFF0000 == 0x38210000
        self.is_frame_made |= moves
        if word in (0x603F0000, 0x7C3F0B78) or word & 0xFC1FFFFF == 0x38010000:  # ori r31, r1, 0; mr r31, r1; addi
            self.is_frame_made = self.has_frame_pointer = True
            return True
        return moves

    def _finds_out(self, word: int, at: int) -> bool:
        """Where the code, and with it the table of addresses, is."""
        if word & 0xFE80FFFF == 0x42800005 and self.link != -1:  # bcl 20, 31, .+4
            return True
        if word == 0x48000005 or word & 0xFFFF0000 in (0x3FC00000, 0x3BDE0000):  # bl .+4; addis, addi r30
            return True
        if word & 0xFC000001 == 0x48000001 and at <= 8:  # a call that saves registers
            self.is_frame_made = True
            return True
        if word >> 26 == 24 and word >> 21 & 31 == word >> 16 & 31 != 0:  # ori rN, rN: the rest of an address
            return True
        if word >> 22 == 0x20F and not self.has_frame_pointer and not self.has_minimal_table:  # lwz r30, lwz r31
            self.has_minimal_table = True
            return True
        return False

    def _takes_argument(self, word: int) -> bool:
        """An argument stored, or moved to a register that has been saved."""
        source, target = word >> 21 & 31, word >> 16 & 31
        is_argument = _FIRST_ARGUMENT <= source <= _LAST_ARGUMENT
        if word & 0xFC0007FE == 0x7C000378 and is_argument:  # mr
            if not self.saved or target >= self._least_saved:
                return True
            if target == 0:
                self.is_r0_an_argument = True
                return True
            return False
        base = word & 0xFC1F0000
        if base == 0x90010000:  # stw, by r1
            return is_argument
        if base in (0x901F0000, 0x981F0000, 0xB01F0000) and self.has_frame_pointer:
            return is_argument or (source == 0 and self.is_r0_an_argument)
        floats = (0xD81F0000, 0xD01F0000) if self.has_frame_pointer else ()
        return base in (*floats, 0xD0010000) and 1 <= source <= 8  # stfd, stfs
