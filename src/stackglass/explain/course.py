"""What is known of an instruction from the activation's course up to it, and from the call history."""

from __future__ import annotations

from dataclasses import dataclass

from stackglass.explain.trace import Event
from stackglass.isa.instructions import InstructionKind


@dataclass(frozen=True, slots=True)
class Course:
    """`calls`: it made a call, by the call history; a jump may have been told where to return to before.

    `in_helper`: it is code that the activation has called and that has no activation of its own, as what saves
    registers for it: it comes back from there. `opens`: the frame is still being made, whatever the lines say.
    """

    calls: bool = False
    in_helper: bool = False
    opens: bool = False


class Courses:
    """Follows an activation's events in their order, from its first instruction on if it is `entered`."""

    def __init__(self, *, entered: bool = False) -> None:
        self._opens = entered
        self._lowered = False
        self._back: int | None = None

    def course(self, event: Event) -> Course:
        """What is known before `event`."""
        if event.instruction.pc == self._back:
            self._back = None
        return Course(event.called is not None, self._back is not None, self._opens)

    def follow(self, event: Event, stack_moved: int) -> None:
        """Takes note of what an event did. The first thing that lowers SP makes the frame, and whatever else does so
        before a call or the next jump."""
        kind = event.instruction.kind
        if event.called is not None:
            self._opens = False
        elif kind is InstructionKind.CALL:
            self._back = event.instruction.next_pc
        elif kind is not InstructionKind.PLAIN and self._lowered and self._back is None:
            self._opens = False
        self._lowered = self._lowered or stack_moved < 0

    def lose(self) -> None:
        """Takes note that events were left out."""
        self._opens, self._back = False, None
