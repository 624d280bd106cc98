"""What `explain` tells of a recording's calls, held against the recording itself: every change, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from stackglass.model.explanation import ChangeKind, ExplainedCall, ExplainedStep, PhaseName
from stackglass.recording.recording import Recording

_BELOW_SP = 4096


def steps_of(explained: ExplainedCall, *names: PhaseName) -> list[ExplainedStep]:
    """The instructions told, of some phases or of all."""
    phases = [phase for phase in explained.phases if not names or phase.name in names]
    return [told for phase in phases for told in phase.told if isinstance(told, ExplainedStep)]


class _Before:
    """Registers and the stack at a step."""

    def __init__(self, recording: Recording, step: int) -> None:
        recording.seek(step)
        self.registers: Mapping[str, int] = dict(recording.registers())
        self.low = self.registers[recording.isa.stack_pointer] - _BELOW_SP
        self.stack = recording.read_memory(self.low, recording.initial_stack_pointer - self.low)


def _changed_bytes(before: _Before, after: _Before) -> set[int]:
    low = max(before.low, after.low)
    old, new = before.stack[low - before.low :], after.stack[low - after.low :]
    if old == new:
        return set()
    return {low + index for index, (was, now) in enumerate(zip(old, new, strict=True)) if was != now}


def check_step(recording: Recording, told: ExplainedStep) -> None:
    before, after = _Before(recording, told.step), _Before(recording, told.end_step)
    changed = {name for name, value in before.registers.items() if after.registers[name] != value}
    named = {change.name for change in told.changes if change.kind is not ChangeKind.SLOT}
    pc = recording.isa.pc
    assert named - {pc} == changed - {pc}, told
    changed_bytes = _changed_bytes(before, after)
    for change in told.changes:
        assert change.before != change.after, told
        if change.kind is ChangeKind.SLOT and change.address is not None:
            covered = set(range(change.address, change.address + change.size))
            on_stack = max(before.low, after.low) <= change.address < recording.initial_stack_pointer
            assert not on_stack or covered & changed_bytes, (change, told)
            changed_bytes -= covered
    assert not changed_bytes, (told, [hex(address) for address in changed_bytes])


def own_calls(recording: Recording) -> Iterator[int]:
    """The first and the last call of each of the program's own functions."""
    for function in recording.target.functions():
        if not function.library and not function.stub:
            rows = recording.calls.rows_of({function.low})
            yield from sorted({*rows[:1], *rows[-1:]})


def check_order(explained: ExplainedCall) -> None:
    """From the call on, what is told follows step upon step without a gap."""
    told = [told for phase in explained.phases[1:] for told in phase.told]
    if explained.phases[0].name is not PhaseName.ARGUMENTS:
        told = [*explained.phases[0].told, *told]
    for one, following in pairwise(told):
        assert one.end_step == following.step
