"""Bytes of a frame that its activation has yet to write: what is in them is left over from earlier calls."""

from __future__ import annotations

from collections.abc import Sequence

from stackglass.stack.frame_registers import FrameChain

NEAR = 1 << 20
"""Bytes below SP that nothing but the stack has: a function that has yet to move SP will keep its variables there."""


def are_leftovers(chain: FrameChain, index: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether any of these bytes is frame `index`'s own and not written yet by its activation."""
    writes = chain.moment.writes
    if writes is None or not ranges:
        return False
    low, high = chain.extent(index)
    begun = chain.activation(index).call_step or 0
    return any(
        run.step is None or run.step < begun
        for start, end in ranges
        if low - NEAR <= start and end <= high
        for run in writes.runs(start, end)
    )
