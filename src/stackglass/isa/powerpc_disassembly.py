"""Capstone for PowerPC, with the one instruction that it names wrongly put right.

`bcl 20, 31, .+4`, by which code finds out where it is, is a branch that is always made: capstone 5 calls it bdnzl, one
that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import capstone

WHERE_AM_I = 0x429F0005
"""bcl 20, 31, .+4"""


class Disassembler(capstone.Cs):  # type: ignore[misc]
    """Of the shape of `Cs`; what `disasm` gives is put right by `powerpc_spelling`."""

    def __init__(self, arch: int, mode: int) -> None:
        super().__init__(arch, mode)

    def disasm_lite(self, code: bytes, offset: int, count: int = 0) -> Iterator[tuple[int, int, str, str]]:
        """(address, size, mnemonic, operands) of each instruction."""
        found: Any = super().disasm_lite(code, offset, count)
        for address, size, mnemonic, operands in found:
            if bytes(code[address - offset :][:4]) == WHERE_AM_I.to_bytes(4, "big"):
                yield address, size, "bcl", f"20, 31, {address + 4:#x}"
            else:
                yield address, size, mnemonic, operands
