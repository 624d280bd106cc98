"""Which of a call's own events are prologue, body and epilogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stackglass.explain.convention import argument_bytes
from stackglass.explain.decoding import vocabulary
from stackglass.explain.scene import Scene
from stackglass.explain.source import RecordedState, Source
from stackglass.explain.state import Trail
from stackglass.explain.trace import Event
from stackglass.isa.instructions import InstructionKind
from stackglass.isa.words import Idiom

_LONGEST_EPILOGUE = 24
_NO_TRAIL = Trail()


class Parts(NamedTuple):
    """A call's own events, cut up. `leaving` is the return instruction or the jump that hands the frame on, if any."""

    prologue: Sequence[Event]
    body: Sequence[Event]
    epilogue: Sequence[Event]
    leaving: Event | None


def cut(source: Source, events: Sequence[Event], body_step: int | None, left_by: str) -> Parts:
    """The parts of a call's own events. `body_step` is where its body begins, None if it was never reached."""
    ends = left_by in ("return", "tail call") and events
    leaving = events[-1] if ends and _leaves(events[-1], left_by) else None
    rest = list(events[:-1] if leaving is not None else events)
    start = len(rest) if body_step is None else next((i for i, e in enumerate(rest) if e.step >= body_step), len(rest))
    prologue, inner = rest[:start], rest[start:]
    if body_step is not None and not prologue and (_enters(source, inner) or not _has_lines(source, events)):
        start = _opening(source, inner)
        prologue, inner = inner[:start], inner[start:]
    end = _epilogue_start(source, inner) if leaving is not None else len(inner)
    return Parts(prologue, inner[:end], inner[end:], leaving)


def _leaves(event: Event, left_by: str) -> bool:
    kinds = {InstructionKind.JUMP, InstructionKind.GROUP}
    if left_by == "return":  # by a jump, too: 'pop {r3}; bx r3'
        kinds.add(InstructionKind.RETURN)
    return event.instruction.kind in kinds


def _enters(source: Source, events: Sequence[Event]) -> bool:
    """Whether the first of them makes the frame all by itself: debuggers may not know that as a prologue."""
    return bool(events) and events[0].instruction.mnemonic in source.isa.entering


def _has_lines(source: Source, events: Sequence[Event]) -> bool:
    return bool(events) and source.target.position(events[0].instruction.pc).line is not None


def _opening(source: Source, events: Sequence[Event]) -> int:
    """How many of the first events look like a prologue: for code without line information."""
    rows = vocabulary(source.isa).prologue
    count = 0
    while count < min(len(events), _LONGEST_EPILOGUE) and _fits_any(source, events[count], rows, "prologue"):
        count += 1
    return count


def _epilogue_start(source: Source, events: Sequence[Event]) -> int:
    """The index at which the epilogue begins: the last run of events that an epilogue is made of."""
    rows = vocabulary(source.isa).epilogue
    start = len(events)
    while start > 0 and len(events) - start < _LONGEST_EPILOGUE:
        event = events[start - 1]
        if event.called is not None:
            break
        checks = start > 1 and _jumps(event) and _fits_any(source, events[start - 2], rows, "epilogue")
        called = events[start - 2].called if start > 1 else None
        taken = argument_bytes(source, called) if called is not None else 0
        if not checks and not _fits_any(source, event, rows, "epilogue", Trail(arguments=taken)):
            break
        start -= 1
    return start


def _jumps(event: Event) -> bool:
    """Whether it is a conditional jump: such as follows the check of a canary."""
    return event.instruction.kind is InstructionKind.JUMP


def _fits_any(source: Source, event: Event, rows: Sequence[Idiom], part: str, trail: Trail = _NO_TRAIL) -> bool:
    instruction = event.instruction
    candidates = [row for row in rows if instruction.mnemonic in row.mnemonics.split()]
    if not candidates or event.called is not None:
        return False
    source.seek(event.step)
    before = RecordedState(source)
    before.keep(instruction, 1)
    source.seek(event.end)
    after = RecordedState(source)
    scene = Scene(source.isa, instruction, before, after, trail=trail, part=part)
    if instruction.predicated and not scene.taken:
        return False
    return any(scene.fits(row) for row in candidates)
