"""How far a prologue has taken SP down by what is no constant: that is of the frame's fixed part.

    lea r10, [rsp + 8]          addi sp, sp, -2032
    and rsp, -64                li   t0, -4096
    push [r10 - 8]              add  sp, sp, t0

A compiler rounds SP down for a variable of great alignment. By how much shows only when that has run.
"""

from __future__ import annotations

from stackglass.stack.depth import Depths
from stackglass.stack.frame_registers import FrameChain


def moved_by_prologue(chain: FrameChain, index: int, depths: Depths) -> int | None:
    """Bytes by which SP stands lower than constants have it once frame `index`'s prologue has run.

    0 if that moves it by constants alone; None where it can't be told, or is yet to come. `depths`: of its function.
    """
    if not depths.prologue_moves:
        return 0
    moment, activation = chain.moment, chain.activation(index)
    now = moment.step if index == 0 else chain.activation(index - 1).call_step
    if moment.ran is None or now is None:
        return None
    first = None if moment.first_call is None or activation.row is None else moment.first_call(activation.row)
    span = activation.call_step or 0, now if first is None else min(now, first)
    for ran in (one for made in moment.ran(depths.prologue_moves, [span]) for one in reversed(made)):
        depth = depths.after(ran.pc)
        return None if depth is None else chain.rules_cfa(index) - ran.stack_pointer - depth
    return None
