"""What translated code works on: the list of registers, with what else it needs behind them."""

from __future__ import annotations

from stackglass.isa.textbook_code import REGISTERS

PC_BITS = 24
"""The lowest bits of a writer's word have the instruction's address."""
ONE_STEP = 1 << PC_BITS
STATE = len(REGISTERS)
"""In the list of registers, behind them: the operands of the last comparison, the step, the limit, and memory."""
COMPARED, STEP, LIMIT, LOW_WORDS = STATE, STATE + 2, STATE + 3, STATE + 4
