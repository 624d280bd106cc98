"""How far a prologue has taken SP down by what is no constant: that is of the frame's fixed part.

    lea r10, [rsp + 8]          addi sp, sp, -2032
    and rsp, -64                li   t0, -4096
    push [r10 - 8]              add  sp, sp, t0

A compiler rounds SP down for a variable of great alignment. By how much shows only when that has run.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.stack.depth import Depths
from stackglass.stack.frame_registers import FrameChain


def moved_by_prologue(chain: FrameChain, index: int, depths: Depths) -> int | None:
    """Bytes by which SP stands lower than constants have it once frame `index`'s prologue has run.

    0 if that moves it by constants alone; None where it can't be told, or is yet to come. `depths`: of its function.
    """
    if not depths.prologue_moves:
        return 0
    moment = chain.moment
    now = moment.step if index == 0 else chain.activation(index - 1).call_step
    if moment.ran is None or now is None:
        return None
    spans = list(_before_body(chain, index, max(depths.prologue_moves), now))
    for ran in (one for made in reversed(moment.ran(depths.prologue_moves, spans)) for one in reversed(made)):
        depth = depths.after(ran.pc)
        return None if depth is None else chain.rules_cfa(index) - ran.stack_pointer - depth
    return None


def _before_body(chain: FrameChain, index: int, last: int, now: int) -> Iterator[tuple[int, int]]:
    """The spans of steps, up to `now`, in which an activation may have run its prologue, up to the one at `last`:
    those before its first call that stands behind there. i386's asks before where the code is, by a call."""
    moment, activation = chain.moment, chain.activation(index)
    row, start = activation.row, activation.call_step or 0
    first = None if moment.first_call is None or row is None else moment.first_call(row)
    made = moment.calls_made(row) if moment.calls_made is not None and row is not None else ()
    for call in made:
        yield start, min(now, call.step)
        if call.pc > last or call.returned_at >= now:
            return
        start = call.returned_at
    yield start, now if first is None or made else min(now, first)
