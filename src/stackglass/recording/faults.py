"""Why a program ended before its time, in words."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from stackglass.emulator.engine import WRITER_NUMBER, WRITER_NUMBER_BITS, StopInfo
from stackglass.emulator.kernel.outcome import Exited, Interrupted, Killed, Unsupported
from stackglass.emulator.machine import Ended, Machine
from stackglass.model import Fault, FaultKind
from stackglass.recording.accesses import access_of, code_at
from stackglass.recording.astray import place_words
from stackglass.recording.returns import overwriter
from stackglass.stack.code import decode_one
from stackglass.stack.sources import WriteRun
from stackglass.stack.stacks import is_within_reach
from stackglass.stack.straight_lines import source_of

if TYPE_CHECKING:
    from stackglass.debuginfo.target import Target
    from stackglass.recording.history import CallHistory

# Unicorn's uc_err and uc_mem_type.
_READ_UNMAPPED, _WRITE_UNMAPPED, _FETCH_UNMAPPED = 6, 7, 8
_WRITE_PROT, _READ_PROT, _FETCH_PROT = 12, 13, 14
_WRITES = (_WRITE_UNMAPPED, _WRITE_PROT)
_INVALID_INSTRUCTION = 10
_NULL_PAGES = 1 << 16
_USER_END = 1 << 47
"""The engine tells no more than the low bits of an address beyond."""
_MOST_PUSHED = 16
_NEAR_STACK = 1 << 20
_NO_WAY_ON = "the program was stopped there"


def fault_of(machine: Machine, ended: Ended, calls: CallHistory, target: Target) -> Fault | None:
    """The fault that ended the program; None if it exited by itself."""
    outcome = ended.outcome
    if isinstance(outcome, Exited):
        return None
    if isinstance(outcome, Killed):
        return Fault(outcome.kind, outcome.signal, None, outcome.words, machine.step)
    if isinstance(outcome, Unsupported):
        return Fault(FaultKind.UNSUPPORTED, None, None, outcome.words, machine.step)
    if isinstance(outcome, Interrupted):
        return Fault(FaultKind.INTERRUPTED, None, None, outcome.words, machine.step)
    if ended.stop is None:
        return None
    fault = _Diagnosis(machine, ended.stop, calls, target).fault()
    if fault.signal is None:
        return fault
    handled = machine.kernel.raise_fault(signal.Signals[fault.signal], fault.words)
    # A handler that is never called may have been the point: the program must not seem to have died of the fault.
    if not isinstance(handled, Unsupported):
        return fault
    return replace(fault, kind=FaultKind.UNSUPPORTED, signal=None, words=handled.words)


class _Diagnosis:
    """Finds words for what the engine could not do."""

    def __init__(self, machine: Machine, stop: StopInfo, calls: CallHistory, target: Target) -> None:
        self._machine, self._stop, self._calls, self._target = machine, stop, calls, target
        self._stack_pointer = _wanted_stack_pointer(machine, stop)

    def fault(self) -> Fault:
        stop = self._stop
        if stop.out_of_memory:
            return self._fault(FaultKind.UNSUPPORTED, None, "the recording has grown beyond what it can hold")
        if stop.error in (_FETCH_UNMAPPED, _FETCH_PROT):
            return self._bad_jump()
        if stop.error in (_READ_UNMAPPED, _WRITE_UNMAPPED, _WRITE_PROT, _READ_PROT):
            return self._bad_access()
        return self._exception()

    def _fault(self, kind: FaultKind, signal: str | None, words: str, address: int | None = None) -> Fault:
        return Fault(kind, signal, address, words, self._machine.step)

    def _here(self) -> str:
        at = self._target.position(self._stop.pc)
        entry = self._calls.entry(self._calls.row_at(self._machine.step))
        place = at.function or f"code at {entry:#x}"
        if at.file and at.line:
            place += f", {at.file.rpartition('/')[2]}:{at.line}"
        return place

    # ---- memory ----

    def _bad_access(self) -> Fault:
        stop = self._stop
        writes = stop.error in _WRITES
        verb = "writes" if writes else "reads"
        low, _ = self._machine.engine.stack
        if low - _NEAR_STACK <= stop.address < low and self._stack_is_full():
            return self._stack_overflow()
        if self._has_run_over():
            return self._overrun_by_allocation()
        kind = FaultKind.UNMAPPED_WRITE if writes else FaultKind.UNMAPPED_READ
        if stop.address >= _USER_END:
            return self._impossible_access(kind, f"{verb} {count(stop.access_size)}")
        if stop.address < _NULL_PAGES:
            words = f"null pointer: {self._here()} {verb} {count(stop.access_size)} at {stop.address:#x}"
            return self._fault(FaultKind.NULL_POINTER, "SIGSEGV", words, stop.address)
        if stop.error == _WRITE_PROT:
            mapping = self._machine.engine.memory.mapping_at(stop.address)
            what = f" ({mapping.name})" if mapping and mapping.name else ""
            words = f"write to read-only memory: {self._here()} writes to {stop.address:#x}{what}"
            return self._fault(FaultKind.READ_ONLY_WRITE, "SIGSEGV", words, stop.address)
        words = f"wild pointer: {self._here()} {verb} {count(stop.access_size)} at {stop.address:#x}, where nothing is"
        return self._fault(kind, "SIGSEGV", words, stop.address)

    def _impossible_access(self, kind: FaultKind, what: str) -> Fault:
        """An address beyond what a program can have. The engine tells no more than its low bits."""
        isa, engine = self._machine.isa, self._machine.engine
        access = access_of(isa, self._stop.pc, code_at(engine.memory.read, self._stop.pc), engine.registers())
        address = None if access.address is None else _nearest(self._stop.address, access.address)
        where = "" if address is None else f" ({address:#x})"
        words = f"wild pointer: {self._here()} {what} at an address that no program can have{where}"
        is_bus_error = address is not None and not _is_canonical(address) and access.base in isa.bus_error_bases
        return self._fault(kind, "SIGBUS" if is_bus_error else "SIGSEGV", words, address)

    def _stack_is_full(self) -> bool:
        """Whether SP itself has come to the stack's end, so that this is no stray pointer."""
        low, _ = self._machine.engine.stack
        return self._stack_pointer < low + _NEAR_STACK

    def _has_run_over(self) -> bool:
        """Whether SP has left the stack at its end by far, and the access is to where it would have grown to."""
        engine = self._machine.engine
        low, high = engine.stack
        stack_pointer, frames = self._stack_pointer, engine.shadow_frames()
        is_below = is_within_reach(stack_pointer, low) and stack_pointer - _NEAR_STACK <= self._stop.address < low
        if not is_below or not low <= frames[-1].cfa <= high or self._has_lost_stack_pointer():
            return False
        mapped = engine.memory.mappings
        return not any(m.start < low and stack_pointer < m.end for m in mapped if m.permissions != "---")

    def _has_lost_stack_pointer(self) -> bool:
        """Whether SP was taken from a register that kept it and leads out of the stack: nothing was allocated then."""
        engine, pc = self._machine.engine, self._stop.pc
        function = self._target.function_at(pc)
        if function is None:
            return False
        source = source_of(self._target, function, pc, self._machine.isa.stack_pointer, engine.memory.read)
        low, high = engine.stack
        return source is not None and not low <= engine.read(source) <= high

    def _overrun_by_allocation(self) -> Fault:
        """An array, or what alloca was asked for, is larger than the stack."""
        engine = self._machine.engine
        low, high = engine.stack
        frame = engine.shadow_frames()[-1]
        needs = frame.cfa - self._stack_pointer
        words = (
            f"stack overflow: {self._here()} needs a frame of {needs:,} bytes, of {_size(high - low)} of stack: "
            f"an array or alloca of that size moved {self._machine.isa.stack_pointer} "
            f"{low - self._stack_pointer:,} bytes beyond the stack's end"
        )
        return self._fault(FaultKind.STACK_OVERFLOW, "SIGSEGV", words, self._stop.address)

    def _stack_overflow(self) -> Fault:
        low, high = self._machine.engine.stack
        words = f"stack overflow: {self._here()} needs more than the {_size(high - low)} of stack"
        if recursion := self._recursion():
            words += f"; {recursion}"
        return self._fault(FaultKind.STACK_OVERFLOW, "SIGSEGV", words, self._stop.address)

    def _recursion(self) -> str:
        """Who fills the stack: the function with most frames, how many, and how many bytes each."""
        frames = self._machine.engine.shadow_frames()
        counts: dict[int, int] = {}
        for frame in frames:
            counts[frame.function] = counts.get(frame.function, 0) + 1
        most = max(counts, key=lambda function: counts[function])
        if counts[most] < 3:
            return ""
        of_it = [at for at, frame in enumerate(frames) if frame.function == most and at + 1 < len(frames)]
        sizes = sorted({frames[at].cfa - frames[at + 1].cfa for at in of_it})
        entry = self._calls.entry(frames[of_it[-1]].row)
        name = self._target.function_at(entry)
        each = f"{sizes[0]} bytes each" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]} bytes each"
        return f"{name.name if name else f'code at {entry:#x}'} called itself {counts[most]:,} frames deep, {each}"

    # ---- control ----

    def _bad_jump(self) -> Fault:
        stop = self._stop
        mapping = self._machine.engine.memory.mapping_at(stop.pc)
        calls = self._calls
        row = calls.row_at(self._machine.step)
        by = self._target.position(calls.call_pc(row) or 0) if calls.call_step(row) + 1 == self._machine.step else None
        if mapping is not None:
            words = f"jump to memory that isn't code: control went to {stop.pc:#x}"
            return self._fault(FaultKind.NOT_EXECUTABLE, "SIGSEGV", words, stop.pc)
        words = f"jump to nowhere: control went to {stop.pc:#x}, where nothing is"
        if by is not None and by.function:
            words = f"jump to nowhere: {by.function} called {stop.pc:#x}, where nothing is"
        elif (returned := self._row_returned_from()) is not None:
            words = f"jump to nowhere: {self._return_astray(returned)}"
        return self._fault(FaultKind.JUMP_TO_NOWHERE, "SIGSEGV", words, stop.pc)

    def _row_returned_from(self) -> int | None:
        """The activation that has just ended, if the last instruction was a return."""
        rows = range(max(len(self._calls) - 64, 0), len(self._calls))
        return next((row for row in rows if self._calls.return_step(row) == self._machine.step), None)

    def _return_astray(self, row: int) -> str:
        """Who returned to nowhere, and who had overwritten the return address."""
        function = self._target.function_at(self._calls.entry(row))
        name = function.name if function else f"code at {self._calls.entry(row):#x}"
        words = f"{name} returned to {self._stop.pc:#x}, where nothing is"
        writer = overwriter(self._target, self._calls, row, self._machine.engine.memory.read, self._last_writer)
        if writer is None or writer.step is None or writer.pc is None:
            return words
        by = place_words(self._target.position(writer.pc))
        return f"{words}: its return address had been overwritten by {by}, at step {writer.step:,}"

    def _last_writer(self, address: int) -> WriteRun | None:
        engine = self._machine.engine
        low, high = engine.stack
        writer = engine.writers(address, address + 1)[0] if low <= address < high else 0
        if not writer:
            return None
        return WriteRun(
            address, address + 1, writer >> WRITER_NUMBER_BITS, engine.instruction_pc(writer & WRITER_NUMBER)
        )

    def _exception(self) -> Fault:
        stop = self._stop
        kind = self._machine.isa.exceptions.get(stop.interrupt)
        if stop.error == _INVALID_INSTRUCTION:
            kind = "breakpoint" if self._is_at_breakpoint() else "illegal"
        if kind == "illegal":
            return self._illegal_instruction()
        if kind == "division":
            words = f"division by zero, or a quotient that is too large: {self._here()}"
            return self._fault(FaultKind.DIVISION_ERROR, "SIGFPE", words)
        if kind == "breakpoint":
            return self._fault(FaultKind.TRAP, "SIGTRAP", f"breakpoint instruction: {self._here()}")
        if kind == "forbidden" or stop.interrupt < 0:
            words = f"an instruction that a program may not run, or an address that no memory can have: {self._here()}"
            return self._fault(FaultKind.ILLEGAL_INSTRUCTION, "SIGSEGV", words)
        words = f"{self._here()} raised exception {stop.interrupt}, which stackglass can't deliver; {_NO_WAY_ON}"
        return self._fault(FaultKind.UNSUPPORTED, None, words)

    def _is_at_breakpoint(self) -> bool:
        code = code_at(self._machine.engine.memory.read, self._stop.pc)
        return code.startswith(self._machine.isa.breakpoints)

    def _illegal_instruction(self) -> Fault:
        memory = self._machine.engine.memory
        mapping = memory.mapping_at(self._stop.pc)
        size = min(8, mapping.end - self._stop.pc) if mapping else 0
        code = memory.read(self._stop.pc, size).hex(" ") if size else "?"
        lacking = self._machine.isa.not_emulated
        such = f" (such as {lacking})" if lacking else ""
        words = f"illegal instruction, or one that the emulator lacks{such}: {self._here()}, bytes {code}"
        return self._fault(FaultKind.ILLEGAL_INSTRUCTION, "SIGILL", words)


def _wanted_stack_pointer(machine: Machine, stop: StopInfo) -> int:
    """SP; as the instruction that failed would have left it, where that allocates by a store to the new top."""
    isa, engine = machine.isa, machine.engine
    registers = engine.registers()
    if stop.error in _WRITES:
        code = code_at(engine.memory.read, stop.pc)
        one = decode_one(isa, stop.pc, code, other_encoding=isa.in_other_encoding(registers))
        access = access_of(isa, stop.pc, code, registers)
        if one is not None and one.makes_room and access.base == isa.stack_pointer and access.address is not None:
            return access.address
    return registers[isa.stack_pointer]


def _nearest(low_bits: int, address: int) -> int | None:
    """The address with these low bits that is at `address` or next to it (a push goes below SP); None if none is."""
    distance = (low_bits - address + _MOST_PUSHED) % _USER_END - _MOST_PUSHED
    return address + distance if abs(distance) <= _MOST_PUSHED else None


def _is_canonical(address: int) -> bool:
    """Whether the highest 17 bits are all the same, as those of every address that memory can have."""
    return address >> 47 in (0, (1 << 17) - 1)


def count(size: int) -> str:
    """'1 byte', '8 bytes'."""
    return f"{size} byte" if size == 1 else f"{size} bytes"


def _size(size: int) -> str:
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"
