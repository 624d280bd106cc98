"""What a RISC-V instruction does to registers: capstone 5 doesn't say, so it is told by the mnemonic."""

from __future__ import annotations

from typing import Any

from stackglass.isa.instructions import Store

_REGISTER, _IMMEDIATE, _MEMORY = 1, 2, 3
_SIZES = {"sd": 8, "sdsp": 8, "sw": 4, "swsp": 4, "fsd": 8, "fsdsp": 8, "fsw": 4, "fswsp": 4}
_WRITE_NONE = frozenset(("sb", "sh", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "j", "jr", *_SIZES))
_LINKING = frozenset(("jal", "jalr"))


def _name(raw: Any) -> str:
    mnemonic: str = raw.mnemonic
    return mnemonic.removeprefix("c.")


def stores(raw: Any) -> tuple[Store, ...]:
    """The stores of one instruction."""
    size = _SIZES.get(_name(raw))
    if size is None:
        return ()
    stored, *place = raw.operands
    if place[0].type == _MEMORY:
        base, displacement = place[0].mem.base, place[0].mem.disp
    else:  # compressed: the displacement and the base stand by themselves
        base, displacement = place[1].reg, place[0].imm
    return (Store(raw.reg_name(stored.reg), raw.reg_name(base), displacement, size, False),)


def writes(raw: Any) -> frozenset[str]:
    """The names of the registers that an instruction writes."""
    name = _name(raw)
    first = next((raw.reg_name(one.reg) for one in raw.operands[:1] if one.type == _REGISTER), None)
    if name in _LINKING and (raw.mnemonic.startswith("c.") or len(raw.operands) == 1):
        return frozenset(("ra",))
    if name in _WRITE_NONE or first is None:
        return frozenset()
    return frozenset((first,))
