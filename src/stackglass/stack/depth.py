"""How deep SP stands below the CFA at each instruction of a function, if only constants move it.

What SP really stands lower than that was allocated at run time: by alloca, for a variable-length array, or by a callee
that handed out room in its caller's frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.stack.code import Code, Instruction

_MOST_INSTRUCTIONS = 20_000


class Depths:
    """Bytes from the CFA down to SP before each instruction, by its pc, allocations at run time left out of account."""

    def __init__(self, code: Code, isa: Isa) -> None:
        self._isa = isa
        self._instructions: Mapping[int, Instruction] = {
            one.pc: one for one, _ in zip(code, range(_MOST_INSTRUCTIONS), strict=False)
        }
        self.allocates = any(one.sets_stack_pointer for one in self._instructions.values())
        self.aligns = any(one.aligns_stack_pointer for one in self._instructions.values())
        self._depths: dict[int, int] = {}
        self._follow(code.low)
        counts = Counter(self._depths.values())
        self._most_common = counts.most_common(1)[0][0] if counts else None

    def at(self, pc: int) -> int | None:
        """The depth before the instruction at `pc`; None where there is none.

        Where no path leads that could be followed (a switch's table of jumps) it is taken to be the most common one.
        """
        if pc not in self._instructions:
            return None
        return self._depths.get(pc, self._most_common)

    def of_body(self, body: int) -> int | None:
        """The depth at which the function does its work: that before the instruction at `body`, behind its prologue.

        An optimiser lets a function try first whether it needs a frame at all; what looks like the body has none then,
        and most of the code has.
        """
        here = self.at(body)
        return here if here is None or self._most_common is None else max(here, self._most_common)

    def is_certain(self, pc: int) -> bool:
        """Whether a path was followed to the instruction at `pc`, so that its depth is no guess."""
        return pc in self._depths

    def _follow(self, start: int) -> None:
        waiting = [(start, self._isa.cfa_minus_sp_at_entry)]
        while waiting:
            pc, depth = waiting.pop()
            one = self._instructions.get(pc)
            if one is None or pc in self._depths:
                continue
            self._depths[pc] = depth
            after = self._after(one, depth)
            if after is None:
                continue
            if one.goes_on:
                waiting.append((one.end, after))
            if one.kind is InstructionKind.JUMP and one.target is not None:
                waiting.append((one.target, after))

    def _after(self, one: Instruction, depth: int) -> int | None:
        if (
            one.kind in (InstructionKind.CALL, InstructionKind.JUMP)
            or one.sets_stack_pointer
            or one.aligns_stack_pointer
        ):
            return depth
        return None if one.stack_delta is None else depth - one.stack_delta
