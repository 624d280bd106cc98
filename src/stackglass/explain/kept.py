"""Registers that a function keeps for its caller, as an instruction moves them to their slots and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stackglass.explain.decoding import Instruction
from stackglass.explain.operands import OperandView
from stackglass.explain.spots import Spot
from stackglass.explain.state import StepState
from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.places import listed
from stackglass.model import Role, Slot

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
    return listed([_saved(isa, view, spot, copied) for view, spot in moved])


def _saved(isa: Isa, view: OperandView, spot: Spot | None, copied: Mapping[str, str]) -> str:
    if view.operand.text == isa.pc:
        return f"{isa.pc} ({view.was})"
    if spot is None or not is_kept(isa, view, spot, copied):
        return view.what
    if spot.role in _SAVED and spot.register != view.full:
        return f"the caller's {spot.register} ({view.was}, by way of {view.name})"
    if spot.role is Role.RETURN_ADDRESS:
        return f"the return address ({view.name}, {view.was})"
    return f"the caller's {view.name} ({view.was})"


def restored_words(isa: Isa, moved: Iterable[tuple[OperandView, Spot | None]]) -> str:
    """What is taken out of slots: "the caller's x29 (0x7ffe5c) and the return address (0x4007c4, into x30)"."""
    return listed([_restored(isa, view, spot) for view, spot in moved])


def _restored(isa: Isa, view: OperandView, spot: Spot | None) -> str:
    if spot is None or not is_kept(isa, view, spot):
        return f"{view.now} (into {view.name})"
    if spot.role is Role.RETURN_ADDRESS:
        return f"the return address ({view.now}, into {view.name})"
    return f"the caller's {view.name} ({view.now})"


def lost_words(isa: Isa, instruction: Instruction, after: StepState, read: Iterable[Spot | None]) -> str:
    """What of it had been overwritten: '; the return address had been overwritten by memcpy, at step 6,851', or ''.

    Only of slots whose word a register has now.
    """
    told = dict.fromkeys(spot.slot for spot in read if spot is not None and spot.slot is not None)
    return "".join(f"; {_lost(slot)}" for slot in told if _is_given_back(isa, instruction, after, slot))


def _is_given_back(isa: Isa, instruction: Instruction, after: StepState, slot: Slot) -> bool:
    if not slot.overwritten:
        return False
    names = instruction.writes
    if instruction.kind is InstructionKind.RETURN:
        names |= {isa.pc}
    if slot.role is not Role.RETURN_ADDRESS:
        names &= {slot.register}
    word = isa.code_address(int.from_bytes(slot.bytes, isa.byte_order))
    return any(isa.code_address(after.registers[name]) == word for name in names)


def _lost(slot: Slot) -> str:
    what = "the return address" if slot.role is Role.RETURN_ADDRESS else f"the caller's {slot.register}"
    writer = slot.written_by
    if writer is None:
        return f"{what} had been overwritten"
    return f"{what} had been overwritten by {writer.function or f'code at {writer.pc:#x}'}, at step {writer.step:,}"
