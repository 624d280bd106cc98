"""What a source of snapshots (a recording, a live process, a core dump) hands to this layer: a `Moment`.

Nothing here runs anything: a moment is registers, a way to read memory, the activations that are on the call stack,
and, where writes were recorded, who last wrote which byte.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from stackglass.model import AddressRange, Fault, FoundBy, Region, StartItem

ReadMemory = Callable[[int, int], bytes]
"""`read(address, size)` gives exactly `size` bytes, or raises UnreadableMemory."""


class TailJump(NamedTuple):
    """A jump by which a function handed its frame on: the jump's address and step, and the entry of who made it."""

    pc: int
    step: int | None
    entry: int


class Entered(NamedTuple):
    """How a return instruction at `pc`, of the function with that `entry`, led to another function's start.

    `writer` is who had overwritten the return address, where it was not what the call had left.
    """

    pc: int
    step: int
    entry: int
    writer: WriteRun | None = None


class Activation(NamedTuple):
    """One activation on the call stack, as the shadow stack or an unwinder found it."""

    row: int | None
    """Its row in the call history."""
    entry: int | None
    """Address of the function's first instruction, as it was called."""
    call_pc: int | None
    """Address of the call instruction in the caller; None for the outermost."""
    return_address: int | None
    cfa: int | None
    """SP just before the call instruction; None for the outermost, whose frame ends at the initial SP, and for one that
    a return instruction led to: its frame ends where that left SP."""
    call_step: int | None
    """The step of the call instruction: bytes written at or after it were written in this activation."""
    tail_jumps: tuple[TailJump, ...] = ()
    """The tail calls that led here, latest first."""
    found_by: FoundBy = FoundBy.SHADOW_STACK
    entered: Entered | None = None
    """For one that a return instruction led to, and no call."""
    caller_pc: int | None = None
    """Where the frame outside goes on, as if behind a call; the return address if None."""
    entry_stack_pointer: int | None = None
    """SP at its entry, for one without a CFA that isn't the outermost."""
    lowest: int | None = None
    """The lowest place that SP had while it ran itself, where that was recorded."""
    low: int | None = None
    """Where its frame begins, if frames are not one behind the other on a stack."""
    gave_back: bool = False
    """Whether it runs still, but has given its frame back already: that begins and ends at the same address then."""
    rooms: tuple[AddressRange, ...] = ()
    """Memory elsewhere that it got for arrays of computed size, and by alloca, from low addresses to high."""
    left_at: int | None = None
    """For one that has returned, and whose frame is kept: an address in its code where all of its body is in view."""
    returned_at: int | None = None
    """For the same, the step at which it returned."""
    is_below_jumper: bool = False
    """Whether it was jumped to by code that kept its frame, which is the next one outside: it returns for both."""


class WriteRun(NamedTuple):
    """The bytes [low, high), all last written by the instruction `pc` at `step`; both None if never written.

    A write by a system call has the system-call instruction's `pc`.
    """

    low: int
    high: int
    step: int | None
    pc: int | None


class Leaver(NamedTuple):
    """Who left a dead byte: the activation whose frame it was in when written, and the step at which that ended."""

    entry: int | None
    returned_at: int | None
    cfa: int | None = None
    """The upper end of that activation's frame."""
    row: int | None = None
    """That activation's row, where several may have had one frame."""
    by_jump: bool = False
    """Whether it didn't return, but something jumped past it: longjmp, an exception."""


class CallMade(NamedTuple):
    """A call that an activation has made and that has come back: of the function with that `entry`."""

    entry: int
    pc: int
    """The call instruction's address."""
    step: int
    cfa: int
    returned_at: int


class Ran(NamedTuple):
    """An instruction that has run, and SP behind it."""

    pc: int
    stack_pointer: int


class WriteHistory(Protocol):
    """Who last wrote the bytes of the stack, exact to the byte, as of the moment."""

    def runs(self, low: int, high: int) -> Sequence[WriteRun]:
        """Runs from low addresses to high that tile [low, high); neighbours differ in their step."""
        ...

    def left_by(self, address: int, step: int) -> Leaver:
        """Whose frame held `address` when it was written at `step`."""
        ...

    def callee_at(self, step: int, row: int) -> int | None:
        """The row of the call that the activation `row` had made, and that was on the call stack at `step`; None if
        none was."""
        ...

    def caller_at(self, step: int) -> int | None:
        """The address of the call instruction that led to the activation which ran at `step`; None for the first."""
        ...

    def covers(self, address: int) -> bool:
        """Whether writes to `address` were recorded: those to the process's own stack are."""
        ...

    @property
    def lowest_written(self) -> int:
        """No byte of the stack below this address was ever written."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """A process at one moment. `registers` are by full-width name; `activations` innermost first."""

    program: str
    step: int | None
    last_step: int | None
    registers: Mapping[str, int]
    read_memory: ReadMemory
    activations: Sequence[Activation]
    writes: WriteHistory | None
    regions: Sequence[Region]
    initial_stack_pointer: int
    process_start: Sequence[StartItem]
    fault: Fault | None
    call_numbers: Callable[[int], int] | None = None
    """For a row of the call history, which call of its function it is, from 1."""
    registers_at: Callable[[int], Mapping[str, int] | None] | None = None
    """The registers at an earlier step, where a recording can go back to it; None where that would take too long."""
    given_back: Sequence[tuple[int, int, Leaver]] = ()
    """Where frames do not lie on a stack: [low, high) of those given back, latest first, and who left them."""
    kept: Sequence[Activation] = ()
    """Where frames do not lie on a stack: those that have returned, but whose frames are kept; most telling first."""
    fixed_frames: bool = False
    """Whether each function has one frame, for all of its calls."""
    is_one_stack: bool = False
    """Whether all activations are known to be on the process's own stack."""
    first_call: Callable[[int], int | None] | None = None
    """For a row of the call history, the step of the first call that it had made; None if there was none."""
    calls_made: Callable[[int], Sequence[CallMade]] | None = None
    """For a row of the call history, the calls that it had made and that had come back, in order; none where there are
    very many."""
    ran: Callable[[Collection[int], Sequence[tuple[int, int]]], Sequence[Sequence[Ran]]] | None = None
    """For each span of earlier steps, from one up to another, which of some instructions ran in it, by their addresses;
    of the latest spans only, if there are very many: nothing then for the others."""
