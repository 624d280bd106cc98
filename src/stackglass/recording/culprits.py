"""Who is to blame for a bad address: the register that it came from, if a callee gave that back overwritten.

A function that saves a caller's register and has the slot overwritten returns as if nothing had happened; its caller
crashes, at an instruction that has nothing wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackglass.errors import UnreadableMemory
from stackglass.model import FaultKind
from stackglass.recording.accesses import access_of, code_at
from stackglass.recording.astray import place_words
from stackglass.stack.code import decode_one, disassembly

if TYPE_CHECKING:
    from stackglass.recording.recording import Recording
    from stackglass.stack.sources import WriteRun

_ACCESSES = frozenset(
    (FaultKind.NULL_POINTER, FaultKind.UNMAPPED_READ, FaultKind.UNMAPPED_WRITE, FaultKind.READ_ONLY_WRITE)
)
_EPILOGUE_STEPS = 64
_CALLS_LOOKED_AT = 10_000


def blame(recording: Recording) -> str | None:
    """'rbp holds 0x4141, which f's `pop rbp` gave back from a slot that …'; None if that isn't why the program crashed.

    Moves the recording.
    """
    fault = recording.fault
    if fault is None or fault.kind not in _ACCESSES:
        return None
    recording.seek(recording.last_step)
    registers, pc = recording.registers(), recording.registers()[recording.isa.pc]
    register = access_of(recording.isa, pc, code_at(recording.read_memory, pc), registers).base
    callee = _last_callee(recording)
    if register not in recording.isa.callee_saved or callee is None:
        return None
    return _given_back(recording, register, callee)


def _last_callee(recording: Recording) -> int | None:
    """The row of the last call that the running activation made and that has returned."""
    calls = recording.calls
    running = calls.row_at(recording.last_step)
    rows = range(len(calls) - 1, max(running, len(calls) - 1 - _CALLS_LOOKED_AT), -1)
    return next((row for row in rows if calls.parent(row) == running and calls.return_step(row)), None)


def _given_back(recording: Recording, register: str, callee: int) -> str | None:
    """What to say if the callee's epilogue took the register from a slot that something else had written."""
    isa, calls = recording.isa, recording.calls
    step = _step_of_change(recording, register, callee)
    if step is None:
        return None
    recording.seek(step)
    pc = recording.registers()[isa.pc]
    instruction = disassembly(isa, pc, code_at(recording.read_memory, pc))
    recording.seek(step + 1)
    registers = recording.registers()
    place = registers[isa.stack_pointer] - isa.word_size
    try:
        word = int.from_bytes(recording.read_memory(place, isa.word_size), isa.byte_order)
    except UnreadableMemory:
        return None
    writer = _last_writer(recording, place, step)
    if word != registers[register] or writer is None or writer.pc is None or writer.step is None:
        return None
    other_encoding = recording.target.in_other_encoding(writer.pc)
    one = decode_one(isa, writer.pc, code_at(recording.read_memory, writer.pc), other_encoding=other_encoding)
    saves = one is not None and any(store.register == register for store in one.stores)
    if saves or writer.step <= calls.call_step(callee):
        return None
    function = calls.call(callee).function or f"code at {calls.entry(callee):#x}"
    by = place_words(recording.target.position(writer.pc))
    return (
        f"{register} holds {word:#x}, which {function}'s `{instruction}` gave back from a slot "
        f"that had been overwritten by {by}, at step {writer.step:,}"
    )


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


def _last_writer(recording: Recording, place: int, step: int) -> WriteRun | None:
    runs = [recording.writer_at(place + byte, step) for byte in range(recording.isa.word_size)]
    known = [run for run in runs if run is not None and run.step is not None]
    return max(known, key=lambda run: run.step or 0, default=None)
