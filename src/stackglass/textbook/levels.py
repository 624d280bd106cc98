"""Where SP stands in a function that makes room for arrays below its frame: each such array is a level of its own.

A block that ends, and a jump that leaves arrays behind, moves SP back up to where it was before the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackglass.textbook.instructions import Instruction, Label, mem, reg
from stackglass.textbook.refusals import wrong
from stackglass.textbook.scope import FrameVariable

if TYPE_CHECKING:
    from stackglass.textbook.functions import FunctionCode


class _Goto(NamedTuple):
    """A goto: where its code begins, and the levels that it is in."""

    coord: object
    name: str
    start: Label
    levels: tuple[FrameVariable, ...]


class Levels:
    """The arrays in view, outermost first, by the variables that keep what SP was before each."""

    def __init__(self, code: FunctionCode) -> None:
        self._code = code
        self._levels: list[FrameVariable] = []
        self._gotos: list[_Goto] = []
        self._labels: dict[str, tuple[FrameVariable, ...]] = {}

    @property
    def depth(self) -> int:
        """How many there are."""
        return len(self._levels)

    def enter(self, before: FrameVariable) -> None:
        """Another array: keeps SP."""
        self._levels.append(before)
        self._code.emit(Instruction("MOVE", reg("SP"), mem("FP", before.offset)))

    def jump_out(self, depth: int) -> None:
        """What leads to where only `depth` of them are in view: gives the others' room back."""
        if len(self._levels) > depth:
            self._code.emit(Instruction("MOVE", mem("FP", self._levels[depth].offset), reg("SP")))

    def leave(self, depth: int) -> None:
        """The end of a block outside of which `depth` of them are in view."""
        self.jump_out(depth)
        del self._levels[depth:]

    def must_be(self, coord: object, depth: int, what: str) -> None:
        """Trouble where an array has come into view that a jump to here would not have made."""
        if len(self._levels) != depth:
            raise wrong(coord, f"{what} jumps past the declaration of an array whose size is computed")

    def goto(self, coord: object, name: str) -> None:
        """A goto begins here; what it has to do is settled when all labels are known."""
        start = Label()
        self._code.place(start)
        self._gotos.append(_Goto(coord, name, start, tuple(self._levels)))

    def label(self, name: str) -> None:
        """A label stands here."""
        self._labels[name] = tuple(self._levels)

    def settle(self) -> None:
        """All labels are known."""
        for goto in self._gotos:
            there = self._labels.get(goto.name, ())
            if goto.levels[: len(there)] != there:
                raise wrong(goto.coord, "goto jumps past the declaration of an array whose size is computed")
            if len(goto.levels) > len(there):
                back = Instruction("MOVE", mem("FP", goto.levels[len(there)].offset), reg("SP"))
                self._code.insert(goto.start, [back])
