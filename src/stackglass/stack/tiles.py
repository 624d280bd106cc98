"""Tiling a range with claims: who has a byte when several say that it is theirs.

Claims come in order of their evidence, strongest first. A byte belongs to the first claim that holds it; what is left
of a weaker claim may be several pieces, each with its offset in the claim. What nobody claims is left open.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

Owner = TypeVar("Owner")


class Claim(NamedTuple, Generic[Owner]):
    """The bytes [low, high) are said to be `owner`'s."""

    low: int
    high: int
    owner: Owner


class Piece(NamedTuple, Generic[Owner]):
    """A run of bytes of one claim, or of none (`claim` None)."""

    low: int
    high: int
    claim: Claim[Owner] | None

    @property
    def offset(self) -> int:
        """Where the piece begins inside its claim."""
        return self.low - self.claim.low if self.claim is not None else 0


def tile(low: int, high: int, claims: Iterable[Claim[Owner]]) -> list[Piece[Owner]]:
    """Pieces that tile [low, high) exactly, from low addresses to high. Claims may overlap, stick out, or be empty."""
    taken: list[Piece[Owner]] = []
    for claim in claims:
        for start, end in _free(taken, max(low, claim.low), min(high, claim.high)):
            bisect.insort(taken, Piece(start, end, claim), key=lambda piece: piece.low)
    pieces: list[Piece[Owner]] = []
    at = low
    for piece in taken:
        if at < piece.low:
            pieces.append(Piece(at, piece.low, None))
        pieces.append(piece)
        at = piece.high
    if at < high:
        pieces.append(Piece(at, high, None))
    return pieces


def _free(taken: list[Piece[Owner]], low: int, high: int) -> list[tuple[int, int]]:
    """The parts of [low, high) that no piece of `taken` (sorted, disjoint) has."""
    free: list[tuple[int, int]] = []
    at = low
    first = bisect.bisect_right(taken, low, key=lambda piece: piece.high)
    for piece in taken[first:]:
        if piece.low >= high:
            break
        if at < piece.low:
            free.append((at, piece.low))
        at = piece.high
    if at < high:
        free.append((at, high))
    return free
