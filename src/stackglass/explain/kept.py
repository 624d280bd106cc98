"""Registers that a function keeps for its caller, as an instruction moves them to their slots and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stackglass.explain import numbers
from stackglass.explain.operands import OperandView
from stackglass.explain.spots import Spot
from stackglass.isa import Isa
from stackglass.model import Role

_NOTHING: Mapping[str, str] = {}
_SAVED = (Role.SAVED_REGISTER, Role.SAVED_FRAME_POINTER)
"""Roles of slots that keep what a function has to give back."""


def is_kept(isa: Isa, view: OperandView, spot: Spot | None, copied: Mapping[str, str] = _NOTHING) -> bool:
    """Whether a slot is there for what a register operand holds: the caller's value of it, or the return address.

    `copied` names the registers whose values others hold: what can't be stored itself is saved by way of one.
    """
    if spot is None or view.full is None:
        return False
    if spot.role is Role.RETURN_ADDRESS:
        return view.full in (isa.return_register, isa.pc)
    return spot.role in _SAVED and spot.register in (view.full, copied.get(view.full))


def saved_words(isa: Isa, moved: Iterable[tuple[OperandView, Spot | None]], copied: Mapping[str, str]) -> str:
    """What is put into slots: "the caller's x29 (0x7ffe5c) and the return address (x30, 0x4007c4)"."""
    return numbers.listed([_saved(isa, view, spot, copied) for view, spot in moved])


def _saved(isa: Isa, view: OperandView, spot: Spot | None, copied: Mapping[str, str]) -> str:
    if spot is None or not is_kept(isa, view, spot, copied):
        return view.what
    if spot.role in _SAVED and spot.register != view.full:
        return f"the caller's {spot.register} ({view.was}, by way of {view.name})"
    if spot.role is Role.RETURN_ADDRESS:
        return f"the return address ({view.name}, {view.was})"
    return f"the caller's {view.name} ({view.was})"


def restored_words(isa: Isa, moved: Iterable[tuple[OperandView, Spot | None]]) -> str:
    """What is taken out of slots: "the caller's x29 (0x7ffe5c) and the return address (0x4007c4, into x30)"."""
    return numbers.listed([_restored(isa, view, spot) for view, spot in moved])


def _restored(isa: Isa, view: OperandView, spot: Spot | None) -> str:
    if spot is None or not is_kept(isa, view, spot):
        return f"{view.now} (into {view.name})"
    if spot.role is Role.RETURN_ADDRESS:
        return f"the return address ({view.now}, into {view.name})"
    return f"the caller's {view.name} ({view.now})"
