"""What takes an instruction set's code apart: capstone, or what the set's own table has in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stackglass.isa.table import Isa


def as_named(text: str, spellings: Mapping[str, str]) -> str:
    """An instruction as the disassembler writes it, with the registers' names that the table has."""
    if not spellings:
        return text
    return re.sub(rf"\b({'|'.join(spellings)})\b", lambda found: spellings[found[1]], text)


def disassembler(isa: Isa, *, other_encoding: bool = False) -> Any:
    """A new one, of the shape of capstone's `Cs`; `other_encoding` is for code in the set's second encoding."""
    if isa.disassembler is not None:
        return isa.disassembler()
    import capstone  # costs 50 ms: only who needs it pays

    mode = isa.other_encoding.capstone_mode if isa.other_encoding and other_encoding else isa.capstone_mode
    return capstone.Cs(isa.capstone_arch, mode)
