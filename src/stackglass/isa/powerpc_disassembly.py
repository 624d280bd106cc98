"""Capstone for PowerPC, with what it names wrongly or doesn't know put right.

Capstone 5 takes branches that are always made but have the form of conditional ones (`bcl 20, 31, .+4`, by which code
finds out where it is; .+8 where the word behind it is data) for loops that count; and it lacks some instructions. Those
are taken apart as another one that has the same operands, and then get their own names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import capstone


def where_am_i(word: int, address: int) -> int | None:
    """Where a bcl 20, 31 leads; None for another instruction."""
    return address + ((word & 0xFFFC ^ 0x8000) - 0x8000) if word & 0xFFFF0003 == 0x429F0001 else None


_WORD = 4
_EXTENDED = 0x7FE
"""The bits of an instruction's extended opcode."""
_OVERFLOW = 1 << 10
"""Arithmetic notes in XER whether it overflows."""
_SUMS = frozenset((8, 10, 40, 104, 136, 138, 200, 202, 232, 234, 235, 266, 459, 491))
"""The extended opcodes of 31 that have this bit: subfc, addc, subf, neg, subfe, adde, subfze, addze, subfme, addme,
mullw, add, divwu, divw."""
_LSWX, _LWZX, _STSWX, _STWX = 533, 23, 661, 151
_MCRXR = 512
_MOVES_FROM, _CLOCKS = (339, 371), {0b01100_01000: "mftb", 0b01101_01000: "mftbu"}
_FCMPO = 32
_ALWAYS = 0b10100
"""Bits of a branch's BO field that are set if it is made whatever ctr and the condition are."""


class _StandIn(NamedTuple):
    """The word to take apart in an instruction's place, and what to call it."""

    word: int
    mnemonic: str


class Renamed:
    """One of capstone's instructions, under another name and with the bytes that it stands in for."""

    def __init__(self, one: Any, code: bytes, mnemonic: str) -> None:
        self._one = one
        self.bytes = bytearray(code)
        self.mnemonic = mnemonic
        self.op_str = _operands(int.from_bytes(code, "big"), mnemonic, one.op_str)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._one, name)


def _operands(word: int, mnemonic: str, text: str) -> str:
    """An instruction's operands as text, where the one that stands in for it has `text`."""
    if mnemonic in ("bc", "bca", "bcl", "bcla"):
        return f"{word >> 21 & 31}, {word >> 16 & 31}, {text}"
    return text.split(",")[0] if mnemonic in ("mcrxr", "mftb", "mftbu") else text


def _stand_in(word: int) -> _StandIn | None:
    opcode, extended = word >> 26, (word & _EXTENDED) >> 1
    if opcode == 16 and word >> 21 & _ALWAYS == _ALWAYS and where_am_i(word, 0) is None:
        distance = (word & 0xFFFC ^ 1 << 15) - (1 << 15)
        kind = "bc" + "l" * (word & 1) + "a" * (word >> 1 & 1)
        return _StandIn(18 << 26 | distance & 0x03FFFFFC | word & 3, kind)
    if opcode == 31 and word & _OVERFLOW and extended & 0x1FF in _SUMS:
        return _StandIn(word & ~_OVERFLOW, "o")
    if opcode == 31 and extended in (_LSWX, _STSWX) and not word & 1:
        instead, name = {_LSWX: (_LWZX, "lswx"), _STSWX: (_STWX, "stswx")}[extended]
        return _StandIn(word & ~_EXTENDED | instead << 1, name)
    if opcode == 31 and extended in _MOVES_FROM and word >> 11 & 0x3FF in _CLOCKS:
        return _StandIn(word, _CLOCKS[word >> 11 & 0x3FF])
    if opcode == 31 and extended == _MCRXR and not word & 0x007FF801:
        return _StandIn(19 << 26 | word & 7 << 23, "mcrxr")  # mcrf from cr0
    if opcode == 63 and extended == _FCMPO and not word & 0x00600001:
        return _StandIn(word & ~_EXTENDED, "fcmpo")
    return None


def _named(stand_in: _StandIn, mnemonic: str) -> str:
    """What the instruction is called, if `mnemonic` is what it was taken for."""
    if stand_in.mnemonic != "o":
        return stand_in.mnemonic
    return mnemonic.rstrip(".") + "o" + "." * mnemonic.endswith(".")


class Disassembler(capstone.Cs):  # type: ignore[misc]
    """Of the shape of `Cs`; what `disasm` gives is put right by `powerpc_spelling`."""

    def __init__(self, arch: int, mode: int) -> None:
        super().__init__(arch, mode)

    def disasm(self, code: bytes, offset: int, count: int = 0) -> Iterator[Any]:
        """Instructions as capstone has them, some of them `Renamed`."""
        known, stand_ins = _with_stand_ins(code)
        for one in super().disasm(known, offset, count):
            at = one.address - offset
            stand_in = stand_ins.get(at)
            if stand_in is None or not one.id:
                yield one
            else:
                yield Renamed(one, code[at : at + _WORD], _named(stand_in, one.mnemonic))

    def disasm_lite(self, code: bytes, offset: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """(address, size, mnemonic, operands) of each instruction."""
        known, stand_ins = _with_stand_ins(code)
        found: Any = super().disasm_lite(known, offset, count)
        for address, size, mnemonic, operands in found:
            word = int.from_bytes(code[address - offset :][:_WORD], "big")
            stand_in, target = stand_ins.get(address - offset), where_am_i(word, address)
            if target is not None:
                yield address, size, "bcl", f"20, 31, {target:#x}"
            elif stand_in is not None and size == _WORD:
                name = _named(stand_in, mnemonic)
                yield address, size, name, _operands(word, name, operands)
            else:
                yield address, size, mnemonic, operands


def _with_stand_ins(code: bytes) -> tuple[bytes, dict[int, _StandIn]]:
    """The code that capstone is given, and by offset what stands in for something there."""
    words = bytearray(code)
    found: dict[int, _StandIn] = {}
    for at in range(0, len(code) - _WORD + 1, _WORD):
        stand_in = _stand_in(int.from_bytes(code[at : at + _WORD], "big"))
        if stand_in is not None:
            found[at] = stand_in
            words[at : at + _WORD] = stand_in.word.to_bytes(_WORD, "big")
    return bytes(words), found
