"""Which registers an ARM instruction stores plainly, as capstone takes it apart."""

from __future__ import annotations

from typing import Any

from stackglass.isa.instructions import Store

_REGISTER, _MEMORY = 1, 3
_WORD = 4


def stores(raw: Any) -> tuple[Store, ...]:
    """The stores of one instruction. Displacements are from the base register as it is afterwards."""
    name = raw.insn_name()
    registers = [raw.reg_name(one.reg) for one in raw.operands if one.type == _REGISTER]
    if name in ("push", "vpush"):
        return _ascending(registers, "sp", 0, is_push=True)
    if name == "stmdb" and raw.writeback:
        return _ascending(registers[1:], registers[0], 0, is_push=registers[0] == "sp")
    if name in ("stm", "stmib") and not raw.writeback:
        return _ascending(registers[1:], registers[0], 0 if name == "stm" else _WORD)
    memory = next((one.mem for one in raw.operands if one.type == _MEMORY), None)
    if name not in ("str", "strd", "vstr") or memory is None or memory.index:
        return ()
    # A post-indexed one has its offset as the last operand: where it stored is told from nowhere then.
    if len(raw.operands) > len(registers) + 1:
        return ()
    pushes = bool(raw.writeback and memory.disp < 0)
    return _ascending(registers, raw.reg_name(memory.base), 0 if raw.writeback else memory.disp, is_push=pushes)


def _ascending(registers: list[str], base: str, start: int, *, is_push: bool = False) -> tuple[Store, ...]:
    """Registers one above the other."""
    found, at = [], start
    for name in registers:
        size = 2 * _WORD if name[0] == "d" else _WORD
        found.append(Store(name, base, at, size, is_push))
        at += size
    return tuple(found)
