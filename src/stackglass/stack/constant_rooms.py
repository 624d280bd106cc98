"""Rooms of constant size that a function makes in its body, as it makes others of variable size: alloca(20).

The code of one looks like that of room for a call's arguments, which a constant is taken off SP for as well:

    sub sp, sp, #24
    add r3, sp, #32     the room's address: as far above SP as that of other rooms
    ...                 no constant brings SP back

What comes before the first room of variable size is told from the function's fixed part by nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.stack.code import Instruction

_NEAR = 16
"""Instructions from where SP is lowered to where the room's address is made, and to the next call, at most."""


def constant_rooms(
    code: Mapping[int, Instruction], depths: Mapping[int, int], base: int, kept_at_sp: int, isa: Isa
) -> frozenset[int]:
    """The instructions that make such rooms. `depths`: of SP below the CFA before each, as constants move it; `base`:
    at which rooms are made; `kept_at_sp`: how far above SP they begin."""
    return frozenset(
        one.pc
        for one in code.values()
        if _lowers(one, isa)
        and depths.get(one.pc, 0) >= base
        and (depths[one.pc] - (one.stack_delta or 0) - base) % isa.stack_alignment == 0
        and _makes_address(code, one, kept_at_sp, isa)
        and _stays(code, one)
    )


def _lowers(one: Instruction, isa: Isa) -> bool:
    """Whether it takes a constant off SP, and pushes nothing: what an ABI has at SP moves with it."""
    return (one.stack_delta or 0) < 0 and one.kind is InstructionKind.PLAIN and (bool(isa.linkage) or not one.stores)


def _makes_address(code: Mapping[int, Instruction], lowering: Instruction, kept_at_sp: int, isa: Isa) -> bool:
    """Whether an address is made behind it that is as far above SP as that of a room; and, where arguments are pushed,
    whether SP goes down for the next call by itself: what would be made room for is no argument then."""
    pc, lowered, found = lowering.end, 0, False
    for _ in range(_NEAR):
        one = code.get(pc)
        if one is None or not one.goes_on or one.sets_stack_pointer or (one.stack_delta or 0) > 0:
            return False
        if one.kind is InstructionKind.CALL:
            return found and (bool(isa.integer_arguments) or (lowered > 0 and lowered % isa.stack_alignment == 0))
        if one.above_stack_pointer is not None and not lowered:
            above = one.above_stack_pointer
            found = found or kept_at_sp <= above < kept_at_sp + isa.stack_alignment
        lowered -= one.stack_delta or 0
        pc = one.end
        if found and isa.integer_arguments:
            return True
    return False


def _stays(code: Mapping[int, Instruction], lowering: Instruction) -> bool:
    """Whether no way from it brings SP back by constants."""
    waiting, seen = [(lowering.end, 0)], set[int]()
    while waiting:
        pc, moved = waiting.pop()
        one = code.get(pc)
        if one is None or pc in seen or one.sets_stack_pointer or one.above_frame_pointer is not None:
            continue
        seen.add(pc)
        moved += (one.stack_delta or 0) if one.kind not in (InstructionKind.CALL, InstructionKind.JUMP) else 0
        if moved > 0 and one.kind is not InstructionKind.RETURN:
            return False
        if one.goes_on:
            waiting.append((one.end, moved))
        if one.kind is InstructionKind.JUMP and one.target is not None:
            waiting.append((one.target, moved))
    return True
