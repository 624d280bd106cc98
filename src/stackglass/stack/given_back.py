"""Bytes of the caller's frame that the running function has given back already: it has raised SP above its own frame.

SP            ->  +-----------------+
                  | given back      |  whoever is called next writes there
callee's CFA  ->  +-----------------+
"""

from __future__ import annotations

from collections.abc import Iterator

from stackglass.model import Evidence, Role
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.tiles import Claim
from stackglass.stack.uses import Use
from stackglass.stack.written import FrameWrites


def given_back(chain: FrameChain, index: int, writes: FrameWrites) -> Iterator[Claim[Use]]:
    """Claims for those bytes of frame `index`; none where SP is not in that frame, or frames are not on a stack."""
    if index != 1 or chain.activation(1).low is not None:
        return
    stack_pointer, extent = chain.moment.registers[chain.facts.isa.stack_pointer], chain.extent(1)
    if not extent.low < stack_pointer <= extent.high:
        return
    for run in writes.runs(extent.low, stack_pointer):
        role = Role.TEMPORARY if run.own else Role.PADDING
        yield Claim(run.low, run.high, Use(role, Evidence.WRITES, note="given back: the stack pointer is above it"))
