"""The rounds of loops, found in the order in which instructions ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stackglass.explain.trace import Event
from stackglass.isa.instructions import InstructionKind


@dataclass(slots=True)
class Loop:
    """A loop: the address that it jumps back to, the highest address that it jumps back from, and its rounds."""

    head: int
    tail: int
    rounds: list[list[Event | Loop]] = field(default_factory=lambda: [[]])

    def holds(self, pc: int) -> bool:
        """Whether an address lies in the loop's code."""
        return self.head <= pc <= self.tail


Node = Event | Loop


def find_loops(events: Sequence[Event]) -> list[Node]:
    """The events with each loop's rounds gathered. A loop begins where a jump back is first made; what ran of it
    before that (a loop that tests at its end) becomes its first round."""
    outline = _Outline()
    previous: Event | None = None
    for event in events:
        pc = event.instruction.pc
        if previous is not None and _jumps_back(previous, pc):
            outline.jump_back(previous.instruction.pc, pc)
        else:
            outline.leave_loops_without(pc)
        outline.current.append(event)
        previous = event
    return outline.nodes


def _jumps_back(event: Event, pc: int) -> bool:
    jumps = event.instruction.kind in (InstructionKind.JUMP, InstructionKind.GROUP)
    return jumps and pc <= event.instruction.pc


class _Outline:
    """The nodes so far, and the loops that are open, outermost first."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._open: list[Loop] = []

    @property
    def current(self) -> list[Node]:
        """Where the next event goes."""
        return self._open[-1].rounds[-1] if self._open else self.nodes

    def leave_loops_without(self, pc: int) -> None:
        """Closes the loops, innermost first, whose code doesn't hold `pc`."""
        while self._open and not self._open[-1].holds(pc):
            self._open.pop()

    def jump_back(self, source: int, head: int) -> None:
        """Takes note of a jump back: another round of an open loop, or a new loop."""
        known = next((index for index, loop in enumerate(self._open) if loop.head == head), None)
        if known is not None:
            del self._open[known + 1 :]
            loop = self._open[-1]
            loop.tail = max(loop.tail, source)
            loop.rounds.append([])
            return
        self.leave_loops_without(head)
        self._open.append(self._begin(head, source))

    def _begin(self, head: int, tail: int) -> Loop:
        """A new loop at the end of the current nodes; it takes over its first round, or all of its rounds so far."""
        nodes = self.current
        start = next((index for index in range(len(nodes) - 1, -1, -1) if _first_pc(nodes[index]) == head), None)
        if start is None or not all(head <= _first_pc(node) <= tail for node in nodes[start:]):
            loop = Loop(head, tail)
            nodes.append(loop)
            return loop
        first = nodes[start]
        taken = nodes[start:]
        del nodes[start:]
        if isinstance(first, Loop) and first.head == head:
            loop = Loop(head, max(tail, first.tail), first.rounds)
            loop.rounds[-1].extend(taken[1:])
        else:
            loop = Loop(head, tail, [taken])
        loop.rounds.append([])
        nodes.append(loop)
        return loop


def _first_pc(node: Node) -> int:
    return node.instruction.pc if isinstance(node, Event) else node.head


def events_of(nodes: Sequence[Node]) -> list[Event]:
    """All events of some nodes, in order."""
    found: list[Event] = []
    for node in nodes:
        if isinstance(node, Event):
            found.append(node)
        else:
            for each in node.rounds:
                found.extend(events_of(each))
    return found
