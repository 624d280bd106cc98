"""Capstone for PowerPC, with the one instruction that it names wrongly put right.

`bcl 20, 31, .+4`, by which code finds out where it is (.+8 where the word behind it is data), is a branch that is
always made: capstone 5 calls it bdnzl, one that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import capstone


def where_am_i(word: int, address: int) -> int | None:
    """Where a bcl 20, 31 leads; None for another instruction."""
    return address + ((word & 0xFFFC ^ 0x8000) - 0x8000) if word & 0xFFFF0003 == 0x429F0001 else None


class Disassembler(capstone.Cs):  # type: ignore[misc]
    """Of the shape of `Cs`; what `disasm` gives is put right by `powerpc_spelling`."""

    def __init__(self, arch: int, mode: int) -> None:
        super().__init__(arch, mode)

    def disasm_lite(self, code: bytes, offset: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """(address, size, mnemonic, operands) of each instruction."""
        found: Any = super().disasm_lite(code, offset, count)
        for address, size, mnemonic, operands in found:
            target = where_am_i(int.from_bytes(code[address - offset :][:4], "big"), address)
            if target is not None:
                yield address, size, "bcl", f"20, 31, {target:#x}"
            else:
                yield address, size, mnemonic, operands
