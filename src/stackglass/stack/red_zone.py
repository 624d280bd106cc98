"""The red zone: what the running function keeps below SP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stackglass.model import AddressRange, Evidence, Role
from stackglass.stack.frame_context import body_rule
from stackglass.stack.hidden import HIDDEN
from stackglass.stack.layout import Area, FrameLayout
from stackglass.stack.moved_by_prologue import moved_by_prologue
from stackglass.stack.save_area import SAVED
from stackglass.stack.tiles import Claim, tile
from stackglass.stack.unnamed import told
from stackglass.stack.uses import Use
from stackglass.stack.written import Written, has_returned


def red_zone(layout: FrameLayout) -> tuple[Area, ...]:
    """Frame 0's areas below SP, from low addresses to high: what it wrote there since its last call.

    A variable that has any such byte is one area; in the function's body one that is still to be written is, too: the
    place is its own by then. What nobody names has the role `red_zone`, unless it lies in room that the function had
    made and given back: that is dead.
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
    gone = Claim(*_given_back_rooms(layout), Use(Role.ALLOCA, Evidence.WRITES))
    for piece in tile(*zone, [*variables, *_saved_arguments(layout, fresh), gone, *fresh]):
        if piece.claim is not None and piece.claim is not gone:
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


def _given_back_rooms(layout: FrameLayout) -> AddressRange:
    """Where a function that makes room at run time had made it, down to the lowest place that SP had, once it has given
    it back. Such a function moves SP for whatever it keeps there."""
    chain, function, lowest = layout.chain, layout.variables.function, layout.chain.activation(layout.index).lowest
    if function is None or lowest is None or lowest >= layout.extent.low:
        return AddressRange(0, 0)
    depths = chain.facts.depths_of(function, chain.memory.read)
    moved = moved_by_prologue(chain, layout.index, depths)
    if depths.base is None or moved is None:
        return AddressRange(0, 0)
    top = chain.rules_cfa(layout.index) - moved - depths.base + depths.kept_at_sp
    return AddressRange(lowest, max(lowest, top))


def _fresh(layout: FrameLayout, zone: AddressRange) -> list[Claim[Use]]:
    """The runs of the zone that the running activation wrote since its last call, as claims of nobody in particular."""
    runs = layout.writes.runs(*zone)
    own = [(run.low, run.high, run.step) for run in runs if run.own and run.step is not None]
    since = _latest_return(layout, runs) if own else 0
    return [Claim(low, high, Use(Role.RED_ZONE, Evidence.WRITES)) for low, high, step in own if step >= since]


def _latest_return(layout: FrameLayout, runs: Sequence[Written]) -> int:
    """The step at which what the running activation called last came back, by the history of calls, or else by what
    callees left in these runs; 0 if nothing did."""
    moment, row = layout.chain.moment, layout.chain.activation(layout.index).row
    writes, made = moment.writes, moment.calls_made(row) if moment.calls_made is not None and row is not None else ()
    left = [writes.left_by(run.low, run.step) for run in runs if writes and run.step is not None and not run.own]
    returned = [has_returned(moment, leaver) or 0 for leaver in left]
    return max([*returned, made[-1].returned_at if made else 0])


def _saved_arguments(layout: FrameLayout, fresh: Sequence[Claim[Use]]) -> list[Claim[Use]]:
    """What the zone has of argument registers that the function stored, and that are no parameters of the source's."""
    saved = [claim for claim in layout.claims() if (claim.owner.note or "").startswith((SAVED, HIDDEN))]
    return [claim._replace(owner=replace(claim.owner, role=Role.RED_ZONE)) for claim in saved if _has_any(claim, fresh)]


def _has_any(claim: Claim[Use], fresh: Sequence[Claim[Use]]) -> bool:
    return any(claim.low < run.high and run.low < claim.high for run in fresh)
