"""What every byte of a frame is for: the claims of all evidence, tiled, and the rest told by the writes.

The order of evidence: the shadow stack, call-frame information, the canary's code, debug information, the ABI, stores
of callee-saved registers, variables that are out of scope, copies of the return address, allocations, and the history
of writes for what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stackglass.debuginfo.expressions import InMemory
from stackglass.model import AddressRange, Evidence, Role
from stackglass.stack.allocated import allocations
from stackglass.stack.array_lengths import is_still_allocated
from stackglass.stack.backtrace import pushed_whole
from stackglass.stack.canary import canaries
from stackglass.stack.copied import copies
from stackglass.stack.frame_registers import FrameChain
from stackglass.stack.given_back import given_back
from stackglass.stack.hidden import hidden_pointers
from stackglass.stack.linkage import linkage
from stackglass.stack.outgoing import outgoing_arguments
from stackglass.stack.save_area import save_area
from stackglass.stack.saved import saved_by_rules, saved_by_writers
from stackglass.stack.saved_by_callees import saved_by_callees
from stackglass.stack.tiles import Claim, Piece, tile
from stackglass.stack.unnamed import told
from stackglass.stack.uses import Use, claims_of_variable, note_of, role_of
from stackglass.stack.variables import Located, variables_of
from stackglass.stack.written import FrameWrites


class Area(NamedTuple):
    """A run of bytes with one use. `offset` is where it begins inside the variable, if it is of one."""

    low: int
    high: int
    use: Use
    offset: int = 0
    in_red_zone: bool = False


class FrameLayout:
    """The uses of the bytes of frame `index`; computed when first asked for."""

    def __init__(self, chain: FrameChain, index: int) -> None:
        self.chain = chain
        self.index = index
        self.extent: AddressRange = chain.extent(index)
        self.variables = variables_of(chain, index)
        self.writes = FrameWrites(chain.moment, chain.activation(index), self.extent.high, chain.facts)
        self._claims: list[Claim[Use]] | None = None
        self._areas: tuple[Area, ...] | None = None
        self._rooms: tuple[Area, ...] | None = None

    def claims(self) -> list[Claim[Use]]:
        """All claims, strongest first. They may overlap and reach out of the frame."""
        if self._claims is None:
            self._claims = list(self._find_claims())
        return self._claims

    def areas(self) -> tuple[Area, ...]:
        """The areas that tile [low, high), from low addresses to high."""
        if self._areas is None:
            pieces = tile(*self.extent, self.claims())
            self._areas = tuple(told(self, [area for piece in pieces for area in self._areas_of(piece)]))
        return self._areas

    def rooms(self) -> tuple[Area, ...]:
        """The areas of what the activation got elsewhere, from low addresses to high: arrays, else alloca's."""
        if self._rooms is None:
            rooms = self.chain.activation(self.index).rooms
            self._rooms = tuple(self._of_room(piece) for room in rooms for piece in tile(*room, self.claims()))
        return self._rooms

    def _of_room(self, piece: Piece[Use]) -> Area:
        if piece.claim is not None:
            use = piece.claim.owner
            return Area(piece.low, piece.high, use, use.start + piece.offset)
        note = f"{piece.high - piece.low:,} bytes, for alloca or an array"
        return Area(piece.low, piece.high, Use(Role.ALLOCA, Evidence.TEXTBOOK, note=note))

    def callee_at(self, step: int) -> int | None:
        """The row of the call made by this activation under which the instruction at `step` ran; None if that was its
        own."""
        row, writes = self.chain.activation(self.index).row, self.chain.moment.writes
        return None if row is None or writes is None else writes.callee_at(step, row)

    def _find_claims(self) -> Iterator[Claim[Use]]:
        chain, index, writes = self.chain, self.index, self.writes
        yield from given_back(chain, index, writes)
        saved = [*self._return_address(), *saved_by_rules(chain, index)]
        yield from saved
        yield from linkage(chain, index, writes)
        yield from pushed_whole(chain, index, writes)
        yield from canaries(chain, index, writes)
        named = list(self._variables_in_scope())
        yield from named
        yield from outgoing_arguments(chain, index, writes)
        yield from save_area(chain, index, self.variables, writes)
        yield from hidden_pointers(chain, index, self.variables, writes)
        saved += saved_by_writers(chain, index, writes)
        saved += saved_by_callees(chain, index, writes)
        yield from saved
        past = list(self._variables_out_of_scope())
        yield from past
        copied = list(copies(chain, index, saved, writes))
        yield from copied
        yield from allocations(chain, index, self.variables, writes, [*saved, *named, *_rooms_of(past), *copied])

    def _return_address(self) -> Iterator[Claim[Use]]:
        """The word that the call pushed, where calls push one: the top of the frame."""
        size = self.chain.facts.isa.cfa_minus_sp_at_entry
        activation = self.chain.activation(self.index)
        if size and activation.cfa is not None and activation.return_address is not None:
            evidence = Evidence(activation.found_by.value) if _is_evidence(activation.found_by.value) else Evidence.ABI
            yield Claim(activation.cfa - size, activation.cfa, Use(Role.RETURN_ADDRESS, evidence))

    def _variables_in_scope(self) -> Iterator[Claim[Use]]:
        found = self.variables.in_scope()
        for number, located in enumerate(found):
            if not (located.is_variable_length and any(_overlap(located, other) for other in found[number + 1 :])):
                yield from claims_of_variable(located, role_of(located), note_of(located))

    def _variables_out_of_scope(self) -> Iterator[Claim[Use]]:
        """Variables of blocks that the pc isn't in keep their name while the bytes are as this activation wrote them.

        Blocks may share bytes: the variable in whose block the last writer lies comes first. An array of variable
        length is given back at the end of its block, unless the function gives back nothing before it returns.
        """
        if not self.writes.recorded:
            return
        low = self.extent.low - (self.chain.facts.isa.red_zone if self.index == 0 else 0)
        found: list[tuple[bool, Claim[Use]]] = []
        for located in self.variables.out_of_scope():
            if located.is_variable_length and not is_still_allocated(self.variables, located):
                continue
            for claim in claims_of_variable(located, role_of(located), note_of(located)):
                if not claim.low < self.extent.high or not claim.high > low:
                    continue
                own = [run for run in self.writes.runs(claim.low, claim.high) if run.own and run.pc is not None]
                if own:
                    latest = max(own, key=lambda run: run.step or 0)
                    found.append((not _writes_in_scope(located, latest.pc), claim))
        yield from (claim for _, claim in sorted(found, key=lambda pair: pair[0]))

    def _areas_of(self, piece: Piece[Use]) -> Iterator[Area]:
        if piece.claim is not None:
            use = piece.claim.owner
            yield Area(piece.low, piece.high, use, use.start + piece.offset)
            return
        for run in self.writes.runs(piece.low, piece.high):
            role = Role.TEMPORARY if run.own else Role.PADDING
            note = None if self.writes.recorded else "who wrote it was not recorded"
            yield Area(run.low, run.high, Use(role, Evidence.WRITES, note=note))


def _is_evidence(word: str) -> bool:
    return any(word == evidence.value for evidence in Evidence)


def _rooms_of(claims: Sequence[Claim[Use]]) -> list[Claim[Use]]:
    """Those that are of arrays of variable length: other variables have no room of their own."""
    return [claim for claim in claims if claim.owner.variable is not None and claim.owner.variable.is_variable_length]


def _overlap(one: Located, other: Located) -> bool:
    """Whether two arrays of variable length share bytes: one's address is that of an earlier time round."""
    if not other.is_variable_length or not isinstance(one.place, InMemory) or not isinstance(other.place, InMemory):
        return False
    low, high = one.place.address, other.place.address
    return low < high + other.size and high < low + one.size


def _writes_in_scope(located: Located, pc: int | None) -> bool:
    return pc is not None and bool(located.info.scope) and located.info.in_scope(pc)


def area_at(areas: Sequence[Area], address: int) -> Area | None:
    """The area that holds `address`, or None."""
    return next((area for area in areas if area.low <= address < area.high), None)
