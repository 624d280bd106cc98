"""The state of a process at one moment, as every view and every check takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stackglass.model.frames import DeadRun, Frame, FrameOutline
from stackglass.model.kinds import FaultKind, RegionKind
from stackglass.model.slots import Pointee, Variable


@dataclass(frozen=True, slots=True)
class Region:
    """A range of the address space; `permissions` as in 'r-x'; `name` the file, section or purpose."""

    kind: RegionKind
    start: int
    end: int
    permissions: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the program stopped before its end: `words` is the sentence for people, `signal` as in 'SIGSEGV'."""

    kind: FaultKind
    signal: str | None
    address: int | None
    words: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class StartItem:
    """A word (or string) that the kernel put above the first frame: argc, argv, envp, auxv and what they point at."""

    address: int
    size: int
    name: str
    value: str
    bytes: bytes
    points_to: Pointee | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where a snapshot stands: `instruction` is the disassembly of the instruction about to run."""

    function: str | None
    file: str | None
    line: int | None
    instruction: str | None


class FrameSequence(Protocol):
    """The call stack, innermost first. Frames are decoded when asked for; outlines cost next to nothing."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Frame: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def outline(self, index: int) -> FrameOutline:
        """Frame `index` without its slots. IndexError as for `[index]`."""
        ...

    def parameters(self, index: int) -> tuple[Variable, ...]:
        """The parameters that frame `index` has, at a smaller cost than the frame. IndexError as for `[index]`."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Registers, regions and call stack of a process at one moment. `step` is None for a live process or core."""

    program: str
    isa: str
    step: int | None
    pc: int
    location: Location
    registers: Mapping[str, int]
    """Every general register by its full-width name, the program counter and the flags."""
    stack_pointer: tuple[str, int]
    """Name and value of SP."""
    frame_pointer: tuple[str, int] | None
    """Name and value of the frame-pointer register, whether or not the running function keeps one."""
    word_size: int
    frames: FrameSequence
    process_start: Sequence[StartItem]
    below_sp: Sequence[DeadRun]
    """What calls that have returned left: below SP, from high addresses to low; linked frames that were given back come
    first, the latest first."""
    regions: Sequence[Region]
    fault: Fault | None
    linked_frames: bool = False
    """Whether frames are records of their own, each with a link to its caller's, and not parts of one stack."""
    fixed_frames: bool = False
    """Of linked frames: whether each function has one, for all of its calls. Else each call has one of its own."""
    kept_records: Sequence[Frame] = ()
    """The frames of calls that have returned, where frames are records of their own: something may refer to them. Those
    that static links lead to come first, from link to link, then the latest. Decoded when they are asked for."""
    last_step: int | None = None
    """The recording's last step, so that a picture can say 'step 41 of 60'."""
