"""Rooms of constant size that a function makes in its body: alloca(20).

The code of one looks like that of the frame's fixed part, and like that of room for a call's arguments:

    sub sp, sp, #24
    add r3, sp, #32     the room's address: as far above SP as that of other rooms
    ...                 no constant brings SP back

From the fixed part it is told by the line table, which has it at a statement, or by a room of variable size before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.stack.code import Instruction

_NEAR = 16
"""Instructions from where SP is lowered to where the room's address is made, and to the next call, at most."""
_ANYWHERE = range(1 << 20)


def rooms_of_statements(
    code: Mapping[int, Instruction], isa: Isa, is_of_statement: Callable[[int], bool]
) -> frozenset[int]:
    """The instructions that make such rooms for the statement that they were compiled from. The function has a frame
    pointer, or else its rooms had to be given back by constants."""
    return _rooms(code, isa, _ANYWHERE, (one for one in code.values() if _lowers(one, isa) and is_of_statement(one.pc)))


def rooms_like_others(
    code: Mapping[int, Instruction], depths: Mapping[int, int], base: int, kept_at_sp: int, isa: Isa
) -> frozenset[int]:
    """The instructions that make such rooms behind those of variable size. `depths`: of SP below the CFA before each,
    as constants move it; `base`: at which rooms are made; `kept_at_sp`: how far above SP they begin."""
    beginnings = range(kept_at_sp, kept_at_sp + isa.stack_alignment)
    behind = (
        one
        for one in code.values()
        if _lowers(one, isa)
        and depths.get(one.pc, 0) >= base
        and (depths[one.pc] - (one.stack_delta or 0) - base) % isa.stack_alignment == 0
    )
    return _rooms(code, isa, beginnings, behind)


def _rooms(
    code: Mapping[int, Instruction], isa: Isa, beginnings: range, lowering: Iterable[Instruction]
) -> frozenset[int]:
    return frozenset(one.pc for one in lowering if _makes_address(code, one, beginnings, isa) and _stays(code, one))


def _lowers(one: Instruction, isa: Isa) -> bool:
    """Whether it takes a constant off SP, and pushes nothing: what an ABI has at SP moves with it."""
    return (one.stack_delta or 0) < 0 and one.kind is InstructionKind.PLAIN and (bool(isa.linkage) or not one.stores)


def _makes_address(code: Mapping[int, Instruction], lowering: Instruction, beginnings: range, isa: Isa) -> bool:
    """Whether an address is made behind it that is as far above SP as one of `beginnings`; and, where arguments are
    pushed, whether SP goes down for the next call by itself: what would be made room for is no argument then."""
    pc, lowered, found = lowering.end, 0, False
    for _ in range(_NEAR):
        one = code.get(pc)
        if one is None or not one.goes_on or one.sets_stack_pointer or (one.stack_delta or 0) > 0:
            return False
        if one.kind is InstructionKind.CALL:
            return found and (bool(isa.integer_arguments) or (lowered > 0 and lowered % isa.stack_alignment == 0))
        found = found or (not lowered and one.above_stack_pointer in beginnings)
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
