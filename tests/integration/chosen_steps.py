"""The steps of a recording that tell most of its stack, where a test can't look at all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stackglass import Recording

AROUND_CALL = range(-1, 8)
"""Steps from a call on: what the caller did last, the call, and the callee's prologue."""
AROUND_RETURN = range(-4, 2)
"""Steps around the first one after a return: the epilogue, and the caller's next instruction."""


def main_call(recording: Recording) -> range:
    """The steps of main's call; all of them where no main is called."""
    entries = [function.low for function in recording.target.functions_named("main") if not function.library]
    rows = recording.calls.rows_of(entries)
    if not rows:
        return range(recording.last_step + 1)
    back = recording.calls.return_step(rows[0])
    return range(recording.calls.call_step(rows[0]), (recording.last_step if back is None else back) + 1)


def instructions(recording: Recording, steps: range) -> Iterator[int]:
    """The first arrival at each instruction that comes after a move of SP, and at every third of the others."""
    seen: set[int] = set()
    last = None
    for step in steps:
        recording.seek(step)
        registers = recording.registers()
        pc, stack_pointer = registers[recording.isa.pc], registers[recording.isa.stack_pointer]
        if pc not in seen and (stack_pointer != last or not len(seen) % 3):
            yield step
        seen.add(pc)
        last = stack_pointer


def own(recording: Recording, most: int) -> Iterator[int]:
    """Every step in the program's own functions; of each instruction the first `most` arrivals."""
    left = Counter(
        {
            pc: most
            for function in recording.target.functions()
            if not function.library
            for low, high in function.ranges
            for pc in range(low, high)
        }
    )
    recording.seek(0)
    while (step := recording.run_to(left)) is not None:
        yield step
        recording.seek(step)
        pc = recording.registers()[recording.isa.pc]
        left[pc] -= 1
        if not left[pc]:
            del left[pc]


def edges(recording: Recording, rows: Iterator[int]) -> Iterator[int]:
    """The steps around calls and their ends."""
    for row in rows:
        yield from (recording.calls.call_step(row) + after for after in AROUND_CALL)
        back = recording.calls.return_step(row)
        yield from () if back is None else (back + after for after in AROUND_RETURN)


def first_calls(recording: Recording, *, among: range, by_own: bool = False) -> Iterator[int]:
    """The rows of each function's first call of those made within some steps, and of each one's first end by a jump.

    `by_own` leaves out calls that the library makes.
    """
    calls, target = recording.calls, recording.target
    seen: set[tuple[int, bool]] = set()
    for row in range(1, len(calls)):
        key = calls.entry(row), calls.left_by(row) == "jump"
        if key in seen or calls.call_step(row) not in among:
            continue
        if by_own and target.is_library(calls.call_pc(row) or 0):
            continue
        seen.add(key)
        yield row
