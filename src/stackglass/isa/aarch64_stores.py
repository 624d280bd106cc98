"""Which registers an AArch64 instruction stores plainly, as capstone takes it apart."""

from __future__ import annotations

from typing import Any

from stackglass.isa.instructions import Store

_STORING = frozenset(("str", "stur", "stp", "stnp"))
_SIZES = {"x": 8, "w": 4, "q": 16, "d": 8, "s": 4, "h": 2, "b": 1, "f": 8, "l": 8}
"""By the first letter of a register's name; capstone says fp and lr."""
_REGISTER, _IMMEDIATE, _MEMORY = 1, 2, 3


def stores(raw: Any) -> tuple[Store, ...]:
    """The stores of one instruction. Displacements are from the base register as it is afterwards."""
    memory = next((one.mem for one in raw.operands if one.type == _MEMORY), None)
    names = [raw.reg_name(one.reg) for one in raw.operands if one.type == _REGISTER]
    if memory is None or memory.index or raw.insn_name() not in _STORING or not names:
        return ()
    if names[0][0] not in _SIZES:  # of SVE
        return ()
    moved = [one.imm for one in raw.operands if one.type == _IMMEDIATE]
    start = -moved[0] if moved else 0 if raw.writeback else memory.disp
    pushes = bool(raw.writeback and not moved and memory.disp < 0)
    base, size = raw.reg_name(memory.base), _SIZES[names[0][0]]
    return tuple(Store(name, base, start + at * size, size, pushes) for at, name in enumerate(names))
