"""Walking a call stack from registers and memory alone: for live processes, core dumps, and to check the shadow stack.

Each frame is found by call-frame information where there is some, by the chain of frame pointers where there isn't.
Where nothing leads further, the reason lists what was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.errors import BadDebugInfo, UnreadableMemory
from stackglass.isa import Isa
from stackglass.isa.table import Linkage
from stackglass.model import FoundBy
from stackglass.unwind.call_frames import FrameTable
from stackglass.unwind.recover import ReadMemory, caller_of, cfa_of, preserved

FindTable = Callable[[int], FrameTable | None]
"""The call-frame information that covers a pc, or None. May raise BadDebugInfo."""


class Attempt(NamedTuple):
    """A way that was tried, and why it led nowhere."""

    way: FoundBy
    why: str


@dataclass(frozen=True, slots=True)
class StopReason:
    """Why a walk ended. `complete` if it is at the outermost frame; else `attempts` says what was tried."""

    words: str
    complete: bool
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class WalkedFrame:
    """A frame as walking found it. `pc` is where it will go on, `look_up` the pc to ask tables about.

    `cfa` and `return_address` are None for the last frame if nothing tells them; `found_by` says what told them, and
    is None then. `saved_at` gives the addresses of saved registers.
    """

    pc: int
    look_up: int
    registers: Mapping[str, int]
    cfa: int | None
    return_address: int | None
    found_by: FoundBy | None
    saved_at: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Walk:
    """The frames, innermost first, and why there are no more."""

    frames: tuple[WalkedFrame, ...]
    stop: StopReason


class _Step(NamedTuple):
    """What one way found about a frame: its CFA and its caller's registers (None: there is no caller)."""

    cfa: int
    caller: Mapping[str, int] | None
    saved_at: Mapping[str, int]
    signal: bool = False


class _DeadEndError(Exception):
    """A way led nowhere; never leaves this module."""


def walk(
    registers: Mapping[str, int],
    read: ReadMemory,
    find_table: FindTable,
    isa: Isa,
    *,
    is_code: Callable[[int], bool] = lambda pc: pc != 0,
    most: int = 1_000_000,
) -> Walk:
    """The call stack of a process with these registers. `is_code` says whether an address lies in code."""
    frames: list[WalkedFrame] = []
    now, interrupted = registers, True
    while len(frames) < most:
        pc = now[isa.pc]
        # A return address may be the first address after the function: look up the call before it.
        look_up = pc if interrupted else pc - 1
        way, step, attempts = _step(now, look_up, read, find_table, isa, is_code)
        if step is None:
            frames.append(WalkedFrame(pc, look_up, now, None, None, None, {}))
            return Walk(tuple(frames), StopReason(f"nothing tells who called {pc:#x}", False, attempts))
        caller = step.caller
        back = None if caller is None else caller.get(isa.pc)
        frames.append(WalkedFrame(pc, look_up, now, step.cfa, back, way, step.saved_at))
        if caller is None:
            return Walk(tuple(frames), StopReason("the outermost frame", True))
        now, interrupted = caller, step.signal
    return Walk(tuple(frames), StopReason(f"{most:,} frames are as many as were asked for", False))


def _step(
    registers: Mapping[str, int],
    look_up: int,
    read: ReadMemory,
    find_table: FindTable,
    isa: Isa,
    is_code: Callable[[int], bool],
) -> tuple[FoundBy | None, _Step | None, tuple[Attempt, ...]]:
    attempts: list[Attempt] = []
    for way in (FoundBy.CFI, FoundBy.FRAME_POINTER):
        try:
            if way is FoundBy.CFI:
                step = _by_call_frames(registers, look_up, read, find_table, isa)
            else:
                step = _by_frame_pointer(registers, read, isa)
            _check(step, registers, isa, is_code)
        except (_DeadEndError, LookupError, UnreadableMemory, BadDebugInfo) as error:
            attempts.append(Attempt(way, str(error)))
            continue
        return way, step, tuple(attempts)
    return None, None, tuple(attempts)


def _by_call_frames(
    registers: Mapping[str, int], look_up: int, read: ReadMemory, find_table: FindTable, isa: Isa
) -> _Step:
    table = find_table(look_up)
    if table is None:
        raise _DeadEndError(f"no call-frame information covers {look_up:#x}")
    row = table.row_at(look_up)
    cfa = cfa_of(row, registers, read, isa)
    caller = caller_of(table, row, cfa, registers, read, isa)
    if not caller.outermost and isa.pc not in caller.registers:
        raise _DeadEndError("the return address can't be read")
    return _Step(cfa, None if caller.outermost else caller.registers, caller.saved_at, table.signal)


def _by_frame_pointer(registers: Mapping[str, int], read: ReadMemory, isa: Isa) -> _Step:
    """The frame record that FP points at: the caller's FP, and above it the return address.

    Where every frame ends in a back chain, that: it leads to the caller's frame, in which the return address is kept.
    """
    if isa.linkage is not None:
        return _by_back_chain(registers, read, isa, isa.linkage)
    record = registers.get(isa.frame_pointer)
    if record is None or record < registers[isa.stack_pointer] or record % isa.word_size:
        raise _DeadEndError(f"{isa.frame_pointer} does not point into the stack above {isa.stack_pointer}")
    saved = int.from_bytes(read(record, isa.word_size), isa.byte_order)
    back = int.from_bytes(read(record + isa.word_size, isa.word_size), isa.byte_order)
    cfa = record + 2 * isa.word_size
    caller = {**preserved(registers, isa), isa.frame_pointer: saved, isa.stack_pointer: cfa, isa.pc: back}
    return _Step(cfa, caller, {isa.frame_pointer: record, isa.pc: record + isa.word_size})


def _by_back_chain(registers: Mapping[str, int], read: ReadMemory, isa: Isa, linkage: Linkage) -> _Step:
    pointer = registers[isa.stack_pointer]
    cfa = int.from_bytes(read(pointer + linkage.back_chain, isa.word_size), isa.byte_order)
    if cfa <= pointer or cfa % isa.word_size:
        raise _DeadEndError(f"no back chain leads on from {isa.stack_pointer}")
    place = cfa + linkage.return_address
    back = int.from_bytes(read(place, isa.word_size), isa.byte_order)
    return _Step(cfa, {**preserved(registers, isa), isa.stack_pointer: cfa, isa.pc: back}, {isa.pc: place})


def _check(step: _Step, registers: Mapping[str, int], isa: Isa, is_code: Callable[[int], bool]) -> None:
    """A walk must get on: up the stack, and to code."""
    if step.caller is None:
        return
    if step.cfa < registers[isa.stack_pointer] or (step.cfa, step.caller[isa.pc]) == (
        registers[isa.stack_pointer],
        registers[isa.pc],
    ):
        raise _DeadEndError(f"the frame would end at {step.cfa:#x}, below {isa.stack_pointer}")
    if not is_code(step.caller[isa.pc] - (not step.signal)):  # a call that never returns may be a function's last
        raise _DeadEndError(f"the return address {step.caller[isa.pc]:#x} is not in any code")
