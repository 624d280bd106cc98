"""How high a function has set SP since a moment: what lies below that was given back in between."""

from __future__ import annotations

from stackglass.stack.depth import Depths
from stackglass.stack.frame_registers import FrameChain


def highest_since(chain: FrameChain, index: int, depths: Depths, step: int) -> int:
    """The highest value that frame `index`'s function has given SP from `step` on, other than by adding constants; 0 if
    it has given none, or where that can't be told. What it called has only been lower."""
    moment, row = chain.moment, chain.activation(index).row
    now = moment.step if index == 0 else chain.activation(index - 1).call_step
    if moment.ran is None or moment.calls_made is None or row is None or now is None:
        return 0
    made = [call for call in moment.calls_made(row) if step < call.returned_at]
    starts, ends = [step, *(call.returned_at for call in made)], [*(call.step for call in made), now]
    spans = [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
    return max((one.stack_pointer for ran in moment.ran(depths.moves, spans) for one in ran), default=0)
