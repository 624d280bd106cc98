"""How deep SP stands below the CFA at each instruction of a function, if only constants move it.

What SP really stands lower than that was allocated at run time: by alloca, for a variable-length array, or by a callee
that handed out room in its caller's frame.

    +----------------------+  CFA
    | saved, variables     |
    +----------------------+  base
    | allocated            |
    +----------------------+
    | kept at SP           |  the linkage area, and arguments of calls that are stored rather than pushed
    +----------------------+
    | pushed for a call    |
    +----------------------+  SP

What a function keeps at SP moves down when it allocates, so that its first room takes the place where that was.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from stackglass.isa import Isa
from stackglass.isa.instructions import InstructionKind
from stackglass.stack.code import Code, Instruction
from stackglass.stack.constant_rooms import rooms_like_others, rooms_of_statements

_MOST_INSTRUCTIONS = 20_000
_NEAR = 16
"""Instructions from where SP is lowered to where the room's address is made, at most."""


class Depths:
    """Bytes from the CFA down to SP before each instruction, by its pc, allocations at run time left out of account."""

    def __init__(
        self,
        code: Code,
        isa: Isa,
        frame_pointer: str,
        is_of_statement: Callable[[int], bool] = lambda pc: False,
        taken_off: Callable[[int], int] = lambda entry: 0,
        body: int = 0,
    ) -> None:
        """`is_of_statement`: whether an instruction, by its pc, was compiled from a statement of the function.
        `taken_off`: for a function that it calls, by its entry, the bytes of arguments that are gone behind the call.
        `body`: where its body begins, if that is known.
        """
        self._isa = isa
        self._taken_off = taken_off
        self._frame_pointer_name = frame_pointer
        self._instructions: Mapping[int, Instruction] = {
            one.pc: one for one, _ in zip(code, range(_MOST_INSTRUCTIONS), strict=False)
        }
        self.prologue_moves = self._find_prologue_moves(body, is_of_statement)
        """The instructions of its prologue that move SP by no constant: what they make is of the frame's fixed part.
        Without a line table those are known that round SP down."""
        moves = [one.pc for one in self._instructions.values() if self._allocates(one)]
        self.moves = frozenset(one.pc for one in self._instructions.values() if self._is_no_constant(one))
        """The instructions that move SP by no constant, whatever for; from the frame pointer, too."""
        self.gives_back = any(map(self._may_give_back, self._instructions.values()))
        """Whether anything in it may give room back, but for what takes down the frame."""
        self._depths: dict[int, int] = {}
        self._frame_pointer: int | None = None
        """How deep below the CFA the frame pointer points, from where it is set on."""
        self.base: int | None = None
        """The depth at which the function allocates; None where nothing shows that it does."""
        self._follow(code.low)
        self.constant_rooms = self._find_constant_rooms(is_of_statement)
        """The instructions that make room by a constant."""
        self.allocates = bool(moves or self.constant_rooms)
        self.base = min((self._depths[pc] for pc in (*moves, *self.constant_rooms) if pc in self._depths), default=None)
        if self.base is not None:
            self._follow(code.low)
        self.kept_at_sp = self._find_kept_at_sp(moves or sorted(self.constant_rooms))
        if moves and self.base is not None:
            more = rooms_like_others(self._instructions, self._depths, self.base, self.kept_at_sp, isa)
            if more - self.constant_rooms:
                self.constant_rooms |= more
                self._follow(code.low)
        counts = Counter(self._depths.values())
        self._most_common = counts.most_common(1)[0][0] if counts else None

    def _find_prologue_moves(self, body: int, is_of_statement: Callable[[int], bool]) -> frozenset[int]:
        moves = [
            one for one in self._instructions.values() if self._is_no_constant(one) and one.above_frame_pointer is None
        ]
        found = {one.pc for one in moves if one.pc < body and not is_of_statement(one.pc)}
        allocating = min((one.pc for one in moves if one.sets_stack_pointer and one.pc not in found), default=None)
        if allocating is None:
            return frozenset({*found, *(one.pc for one in moves if one.aligns_stack_pointer)})
        return frozenset({*found, *(one.pc for one in moves if one.pc < allocating and not one.sets_stack_pointer)})

    def _is_no_constant(self, one: Instruction) -> bool:
        return one.sets_stack_pointer or (self._isa.stack_pointer in one.writes and one.stack_delta is None)

    def _allocates(self, one: Instruction) -> bool:
        """Whether an instruction moves SP by no constant, to make room at run time or to give it back."""
        return one.sets_stack_pointer and one.pc not in self.prologue_moves

    def _may_give_back(self, one: Instruction) -> bool:
        """Whether an instruction gives SP a value of which nobody knows that it is lower, and more is to come."""
        sets = self._isa.stack_pointer in one.writes and one.stack_delta is None
        is_known = one.makes_room or one.aligns_stack_pointer or one.above_frame_pointer is not None
        return sets and not is_known and one.pc not in self.prologue_moves and not self._is_of_epilogue(one)

    def _is_of_epilogue(self, one: Instruction) -> bool:
        """Whether nothing else can follow an instruction than a few that lead to the return."""
        at: Instruction | None = one
        for _ in range(_NEAR):
            at = self._instructions.get(at.end) if at is not None else None
            if at is None or at.leaves_straight_line or at.makes_room or (at.stack_delta or 0) < 0:
                break
        return at is not None and at.kind is InstructionKind.RETURN

    def _find_constant_rooms(self, is_of_statement: Callable[[int], bool]) -> frozenset[int]:
        if self._frame_pointer is None:  # constants give back what constants took
            return frozenset()
        return rooms_of_statements(self._instructions, self._isa, is_of_statement)

    def _find_kept_at_sp(self, moves: Sequence[int]) -> int:
        """How far above SP the rooms that the function allocates begin.

        What follows an instruction that takes something off SP tells it; one that copies a register may give room back,
        and SP itself be kept behind it.
        """
        inside = list(self._instructions.values())
        moves = [pc for pc in moves if self._instructions[pc].makes_room] or moves
        pcs = [one.pc for one in inside]
        found: list[int] = []
        rounding = self._isa.stack_alignment - 1  # is added to an address that is to be rounded down
        for pc in moves:
            start = bisect.bisect_right(pcs, pc)
            for one in inside[start : start + _NEAR]:
                if one.sets_stack_pointer or one.kind is InstructionKind.CALL:
                    break
                if one.above_stack_pointer is not None and self._depths.get(one.pc) == self.base:
                    found.append(one.above_stack_pointer - (rounding if one.above_stack_pointer % 2 else 0))
                    break
        linkage = self._isa.linkage.size if self._isa.linkage else 0
        return max(min(found, default=0), linkage)

    def at(self, pc: int) -> int | None:
        """The depth before the instruction at `pc`; None where there is none.

        Where no path leads that could be followed (a switch's table of jumps) it is taken to be the most common one.
        """
        if pc not in self._instructions:
            return None
        return self._depths.get(pc, self._most_common)

    def of_body(self, body: int) -> int | None:
        """The depth at which the function does its work: that before the instruction at `body`, behind its prologue.

        An optimiser lets a function try first whether it needs a frame at all; what looks like the body has none then,
        and most of the code has.
        """
        here = self.at(body)
        return here if here is None or self._most_common is None else max(here, self._most_common)

    def is_certain(self, pc: int) -> bool:
        """Whether a path was followed to the instruction at `pc`, so that its depth is no guess."""
        return pc in self._depths

    def after(self, pc: int) -> int | None:
        """The depth when the instruction at `pc` has run; None where that can't be told."""
        one, depth = self._instructions.get(pc), self._depths.get(pc)
        return None if one is None or depth is None else self._after(one, depth)

    def arguments_taken_off(self) -> int:
        """Bytes above its return address that the function takes off the stack as well; 0 where its ways out don't
        agree, or don't tell."""
        calls = any(one.kind is InstructionKind.CALL for one in self._instructions.values())
        found = {self._taken_off_by(one, calls=calls) for one in self._instructions.values()} - {None}
        return max(found.pop() or 0, 0) if len(found) == 1 else 0

    def _taken_off_by(self, one: Instruction, *, calls: bool) -> int | None:
        """How many an instruction that leaves the function has taken off by then; None for one that does not leave it.

        What a function calls may do so too: of one that calls something only the return instruction itself counts, as
        of one whose depth isn't known.
        """
        depth, word = None if calls else self._depths.get(one.pc), self._isa.cfa_minus_sp_at_entry
        if one.kind is InstructionKind.RETURN and one.stack_delta is not None:
            return one.stack_delta - (word if depth is None else depth)
        is_way_out = one.kind is InstructionKind.JUMP and one.target is None and depth is not None and depth <= 0
        return -depth if is_way_out and depth is not None else None

    def moves_between(self, start: int, end: int) -> frozenset[int]:
        """The instructions that set SP on ways from the call at `start` to `end` on which nothing else is called."""
        first = self._instructions.get(start)
        waiting, seen = [] if first is None else [first.end], set[int]()
        while waiting:
            pc = waiting.pop()
            one = self._instructions.get(pc)
            if one is None or pc in seen or pc == end:
                continue
            seen.add(pc)
            if one.goes_on and one.kind is not InstructionKind.CALL:
                waiting.append(one.end)
            if one.kind is InstructionKind.JUMP and one.target is not None:
                waiting.append(one.target)
        passed = (self._instructions[pc] for pc in seen)
        return frozenset(one.pc for one in passed if one.sets_stack_pointer or one.above_frame_pointer is not None)

    def _follow(self, start: int) -> None:
        self._depths = {}
        waiting = [(start, self._isa.cfa_minus_sp_at_entry)]
        while waiting:
            pc, depth = waiting.pop()
            one = self._instructions.get(pc)
            if one is None or pc in self._depths:
                continue
            self._depths[pc] = depth
            after = self._after(one, depth)
            if after is None:
                continue
            if one.goes_on:
                waiting.append((one.end, after))
            if one.kind is InstructionKind.JUMP and one.target is not None:
                waiting.append((one.target, after))

    def _after(self, one: Instruction, depth: int) -> int | None:
        if (
            one.above_stack_pointer is not None
            and self._frame_pointer_name in one.writes
            and self._frame_pointer is None
        ):
            self._frame_pointer = depth - one.above_stack_pointer
        if one.above_frame_pointer is not None and self._frame_pointer is not None:
            return self._frame_pointer - one.above_frame_pointer
        if self.base is not None and (self._allocates(one) or one.pc in self.constant_rooms):
            return self.base  # also where it gives room back, and with it what was pushed for a call
        if one.kind is InstructionKind.CALL and one.target == one.end:
            return depth + self._isa.cfa_minus_sp_at_entry  # which is popped to learn the pc
        if one.kind is InstructionKind.CALL and one.target is not None:
            return depth - self._taken_off(one.target)
        if (
            one.kind in (InstructionKind.CALL, InstructionKind.JUMP)
            or one.sets_stack_pointer
            or one.aligns_stack_pointer
            or one.pc in self.prologue_moves
        ):
            return depth
        return None if one.stack_delta is None else depth - one.stack_delta
