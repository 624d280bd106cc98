"""Words for an instruction set that has none of its own: operands as they stand, and no sayings.

An instruction is then told from what it changed.
"""

from __future__ import annotations

from typing import Any

from stackglass.isa.words import Operand, Spelled, Vocabulary

_REGISTER, _IMMEDIATE, _MEMORY = 1, 2, 3  # capstone's operand types


def _spell(instruction: Any) -> Spelled:
    return Spelled(instruction.mnemonic, "", tuple(_operands(instruction)))


def _operands(instruction: Any) -> list[Operand]:
    found = []
    for operand in instruction.operands:
        if operand.type == _REGISTER:
            name = instruction.reg_name(operand.reg)
            found.append(Operand("register", 0, name, register=name))
        elif operand.type == _IMMEDIATE:
            found.append(Operand("immediate", 0, str(operand.imm), value=operand.imm))
        elif operand.type == _MEMORY:
            base, index = operand.mem.base, getattr(operand.mem, "index", 0)
            found.append(
                Operand(
                    "memory",
                    0,
                    instruction.op_str,
                    base=instruction.reg_name(base) if base else None,
                    index=instruction.reg_name(index) if index else None,
                    displacement=operand.mem.disp,
                )
            )
    return found


WORDS = Vocabulary(
    spell=_spell,
    idioms=(),
    conditions={},
    conditional={},
    comparisons={},
    copies=frozenset(),
    number_kinds={},
    unsigned=frozenset(),
    flags=(),
    prologue=(),
    epilogue=(),
)
