"""Who is to blame for a bad address: the register that it came from, if a callee gave that back overwritten.

A function that saves a caller's register and has the slot overwritten returns as if nothing had happened; its caller
crashes, at an instruction that has nothing wrong with it, and after other calls maybe.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stackglass.model import FaultKind, Slot
from stackglass.recording.accesses import access_of, code_at
from stackglass.recording.astray import place_words
from stackglass.stack.code import disassembly
from stackglass.stack.straight_lines import source_of

if TYPE_CHECKING:
    from stackglass.recording.recording import Recording

_ACCESSES = frozenset(
    (FaultKind.NULL_POINTER, FaultKind.UNMAPPED_READ, FaultKind.UNMAPPED_WRITE, FaultKind.READ_ONLY_WRITE)
)
_EPILOGUE_STEPS = 64
_ROWS_LOOKED_AT = 10_000
_CALLS_LOOKED_AT = 16


def blame(recording: Recording) -> str | None:
    """'rbp holds 0x4141, which f's `pop rbp` gave back from a slot that …'; None if that isn't why the program crashed.

    Moves the recording.
    """
    fault = recording.fault
    if fault is None or fault.kind not in _ACCESSES:
        return None
    recording.seek(recording.last_step)
    register = _blamed_register(recording)
    if register is None:
        return None
    value = recording.registers()[register]
    for callee in itertools.islice(_callees(recording), _CALLS_LOOKED_AT):
        recording.seek(recording.calls.return_step(callee) or 0)
        if recording.registers()[register] != value:
            return None  # the running function has changed it since
        recording.seek(recording.calls.call_step(callee))
        if recording.registers()[register] != value:
            return _given_back(recording, register, callee)
    return None


def _blamed_register(recording: Recording) -> str | None:
    """The callee-saved register that the bad address was counted from, at once or by way of others; None if none."""
    isa, registers, read = recording.isa, recording.registers(), recording.read_memory
    pc = registers[isa.pc]
    base, function = access_of(isa, pc, code_at(read, pc), registers).base, recording.target.function_at(pc)
    if base is not None and base not in isa.callee_saved and function is not None:
        base = source_of(recording.target, function, pc, base, read)
    return base if base in isa.callee_saved else None


def _callees(recording: Recording) -> Iterator[int]:
    """The rows of the calls that the running activation made and that have returned, the last one first."""
    calls = recording.calls
    running = calls.row_at(recording.last_step)
    rows = range(len(calls) - 1, max(running, len(calls) - 1 - _ROWS_LOOKED_AT), -1)
    return (row for row in rows if calls.parent(row) == running and calls.return_step(row))


def _given_back(recording: Recording, register: str, callee: int) -> str | None:
    """What to say if the callee's epilogue took the register from a slot that something else had written."""
    calls, step = recording.calls, _step_of_change(recording, register, callee)
    if step is None:
        return None
    recording.seek(step + 1)
    word = recording.registers()[register]
    recording.seek(step)
    pc = recording.registers()[recording.isa.pc]
    instruction = disassembly(
        recording.isa, pc, code_at(recording.read_memory, pc), other_encoding=recording.target.in_other_encoding(pc)
    )
    slot = _saved_in(recording, register)
    writer = None if slot is None else slot.written_by
    if slot is None or writer is None or int.from_bytes(slot.bytes, recording.isa.byte_order) != word:
        return None
    function = calls.call(callee).function or f"code at {calls.entry(callee):#x}"
    by = place_words(recording.target.position(writer.pc))
    return (
        f"{register} holds {word:#x}, which {function}'s `{instruction}` gave back from a slot "
        f"that had been overwritten by {by}, at step {writer.step:,}"
    )


def _saved_in(recording: Recording, register: str) -> Slot | None:
    """The slot in which the running function keeps its caller's register, if that was overwritten."""
    slots = recording.snapshot().frames[0].slots
    return next((slot for slot in slots if slot.register == register and slot.overwritten), None)


def _step_of_change(recording: Recording, register: str, callee: int) -> int | None:
    """The last step of the callee at which the register changed, if that was in its epilogue."""
    calls = recording.calls
    end = calls.return_step(callee) or 0
    recording.seek(max(calls.call_step(callee) + 1, end - _EPILOGUE_STEPS))
    found, value = None, recording.registers()[register]
    while recording.step < end:
        recording.advance()
        now = recording.registers()[register]
        if now != value:
            found, value = recording.step - 1, now
    return found
