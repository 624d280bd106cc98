"""One activation of a function, and what earlier activations left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stackglass.model.kinds import FoundBy
from stackglass.model.positions import CallSite, Position, Writer
from stackglass.model.slots import Slot, Variable


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """A frame's return address and where it is kept now: in a slot, in a register, or (outermost frame) nowhere.

    `value` is what is there. `overwritten`: the function has taken it out of its frame, and it is not what the call
    left there (of one that is in the frame still, its slot says so).
    """

    value: int | None
    kept_in: Literal["slot", "register", "none"]
    register: str | None = None
    overwritten: bool = False


@dataclass(frozen=True, slots=True)
class EnteredByReturn(Position):
    """The return instruction that led to a function's start, the step at which it ran, and who had changed the return
    address that it took (None where that was as its call had left it, or nobody recorded)."""

    step: int | None = None
    overwritten_by: Writer | None = None


@dataclass(frozen=True, slots=True)
class StackPlace:
    """A stack other than the process's own: the memory [low, high), and the variable or region that it is in."""

    low: int
    high: int
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One activation: the bytes [low, high) of the stack and what each is for. `index` 0 is the running function.

    `high` is the CFA: SP just before the call instruction. `low` is the next inner frame's CFA, or SP for frame 0;
    where that is on another stack, the lowest place that SP had in the activation; where SP has left what is mapped,
    the lowest byte that is. The slots that are not `in_red_zone` tile [low, high), from high addresses to low.
    """

    index: int
    function: str | None
    file: str | None
    line: int | None
    pc: int
    library: bool
    cfa: int | None
    low: int
    high: int
    frame_pointer: int | None
    return_address: ReturnAddress
    call_site: CallSite | None
    found_by: FoundBy
    parameters: tuple[Variable, ...]
    register_variables: tuple[Variable, ...]
    slots: tuple[Slot, ...]
    rooms: tuple[Slot, ...] = ()
    """What the activation got from the heap for arrays of computed size, and by alloca, where frames are records there:
    slots outside [low, high), from high addresses to low."""
    tail_called_from: tuple[Position, ...] = ()
    inlined: tuple[Position, ...] = ()
    """The inlined calls that `pc` lies in, innermost first."""
    entered_by: EnteredByReturn | None = None
    """Where a return instruction led into the function, and no call."""
    stack: StackPlace | None = None
    """The stack that the frame is on, where it isn't the process's own."""
    frame_pointer_register: str | None = None
    """The register that is the frame pointer of the frame's code."""
    may_keep_frame_pointer: bool = True
    """False where it is known that the function has not made that register a frame pointer by now."""
    makes_frame_pointer: bool = False
    """Whether it has put an address that is counted from SP there by now, as far as that can be told."""
    lost_frame_pointer: int | None = None
    """What the frame pointer was, where a callee has given it back overwritten."""
    not_mapped: int = 0
    """Bytes below `low`, down to SP, that are the frame's but where no memory is."""
    entry: int | None = None
    """The address of the function's first instruction, where it is known: what one without a name is called by."""
    call_number: int | None = None
    """Which call of this function it is, from 1, in order of time; None where nobody recorded."""
    taken_by: int | None = None
    """The index of the innermost frame that has the same bytes: an inner call of a function that has one frame only.
    Then what the slots hold is that call's."""
    returned_at: int | None = None
    """For an activation record that is kept although its call has returned: the step at which it did. The record's
    `pc` is where its code was left then."""
    jumper_stays: bool = False
    """Whether it was jumped to by code that did not give its frame back first: that one is the frame outside."""

    @property
    def size(self) -> int:
        """Bytes of stack that the activation holds at this moment."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class FrameOutline:
    """What can be told of a frame without decoding its slots: enough to fold long recursions."""

    index: int
    function: str | None
    library: bool
    low: int
    high: int
    pc: int
    stack: StackPlace | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class DeadRun:
    """Bytes that an activation wrote before it returned: below SP (and the red zone in use), or a frame given back."""

    address: int
    size: int
    bytes: bytes
    left_by: str | None
    returned_at: int | None
    library: bool = False
    """Whether who left them isn't one of the program's own functions."""
    by_jump: bool = False
    """Whether that didn't return at `returned_at`, but something jumped past it: longjmp, an exception."""
