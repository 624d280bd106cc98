"""The red zone: what the running function keeps below SP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stackglass.model import AddressRange, Evidence, Role
from stackglass.stack.hidden import HIDDEN
from stackglass.stack.layout import Area, FrameLayout
from stackglass.stack.save_area import SAVED
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.unnamed import told
from stackglass.stack.uses import Use
from stackglass.stack.variables import body_rule
from stackglass.stack.written import has_returned


def red_zone(layout: FrameLayout) -> tuple[Area, ...]:
    """Frame 0's areas below SP, from low addresses to high: what it wrote there since its last call.

    A variable that has any such byte is one area; in the function's body one that is still to be written is, too: the
    place is its own by then. What nobody names has the role `red_zone`.
    """
    chain = layout.chain
    isa = chain.facts.isa
    stack_pointer = chain.moment.registers[isa.stack_pointer]
    zone = AddressRange(stack_pointer - isa.red_zone, stack_pointer)
    has_left = stack_pointer != layout.extent.low
    if not layout.writes.recorded or not isa.red_zone or layout.index or has_left:
        return ()
    fresh, in_body = _fresh(layout, zone), is_in_body(layout)
    variables = [
        claim
        for claim in layout.claims()
        if claim.owner.role in (Role.PARAMETER, Role.LOCAL)
        and claim.owner.variable is not None
        and (_has_any(claim, fresh) or (in_body and claim.owner.variable.in_scope))
    ]
    areas: list[Area] = []
    for piece in tile(*zone, [*variables, *_saved_arguments(layout, fresh), *fresh]):
        if piece.claim is not None:
            use = piece.claim.owner
            areas.append(Area(piece.low, piece.high, use, use.start + piece.offset, in_red_zone=True))
    return tuple(told(layout, areas))


def is_in_body(layout: FrameLayout) -> bool:
    """Whether the running function has made its frame and not begun to give it back, as far as that is known."""
    facts, function, pc = layout.chain.facts, layout.variables.function, layout.chain.look_up(layout.index)
    if function is None or pc < facts.body_address(function):
        return False
    table = facts.table_at(pc)
    return table is None or table.row_at(pc).cfa == body_rule(table)


def _fresh(layout: FrameLayout, zone: AddressRange) -> list[Claim[Use]]:
    """The runs of the zone that the running activation wrote since its last call, as claims of nobody in particular."""
    runs = layout.writes.runs(*zone)
    since = layout.chain.moment.last_return_step
    if since is None:  # then what it called and what has returned since is told by what that left in the zone
        moment, writes = layout.chain.moment, layout.chain.moment.writes
        left = [writes.left_by(run.low, run.step) for run in runs if writes and run.step is not None and not run.own]
        since = max((has_returned(moment, leaver) or 0 for leaver in left), default=0)
    use = Use(Role.RED_ZONE, Evidence.WRITES)
    return [Claim(run.low, run.high, use) for run in runs if run.own and run.step is not None and run.step >= since]


def _saved_arguments(layout: FrameLayout, fresh: Sequence[Claim[Use]]) -> list[Claim[Use]]:
    """What the zone has of argument registers that the function stored, and that are no parameters of the source's."""
    saved = [claim for claim in layout.claims() if (claim.owner.note or "").startswith((SAVED, HIDDEN))]
    return [claim._replace(owner=replace(claim.owner, role=Role.RED_ZONE)) for claim in saved if _has_any(claim, fresh)]


def _has_any(claim: Claim[Use], fresh: Sequence[Claim[Use]]) -> bool:
    return any(claim.low < run.high and run.low < claim.high for run in fresh)
