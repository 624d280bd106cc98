"""The address space of a process at one moment, and what is at one of its addresses."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, NamedTuple

from stackglass.model.kinds import Initialised
from stackglass.model.positions import CallSite, Position, Writer
from stackglass.model.slots import Pointee, Slot
from stackglass.model.snapshot import Fault, Location, Region


class SymbolKind(enum.Enum):
    """What a name in an image stands for. Values are the JSON's words."""

    FUNCTION = "function"
    STUB = "stub"
    """A piece of code that belongs to dynamic linking: 'puts@plt'."""
    GLOBAL = "global"
    """A variable that other files see."""
    STATIC = "static"
    """A variable that only its own file sees."""
    STATIC_LOCAL = "static_local"
    """A static variable inside a function."""
    THREAD_LOCAL = "thread_local"
    FRAME = "frame"
    """The frame of a function that has one for all its calls."""
    LABEL = "label"
    """A name without a type: an assembler's, or a linker's like '_end'."""


@dataclass(frozen=True, slots=True)
class NamedSymbol:
    """A symbol of an image. `address` is where it lies when the program runs; None for a thread-local variable.

    `name` is as the source has it and `symbol` as the symbol table does; `owner` is the function of a static local.
    """

    name: str
    symbol: str
    kind: SymbolKind
    address: int | None
    size: int
    section: str
    image: str
    library: bool
    owner: str | None = None
    type: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class LayoutRegion:
    """A region with what it comes from: the path of a file, and the ELF section ('ELF header' and 'program headers' for
    those, None between sections)."""

    region: Region
    file: str | None
    section: str | None
    of_program: bool
    """Whether it is part of the program's own image, and not of a shared object."""


@dataclass(frozen=True, slots=True)
class HeapBlock:
    """Memory that the program asked an allocator for: the bytes [address, address + size).

    `function` is what was called ('malloc', 'operator new'); `asked_by` is the call; where a library made it, `for_own`
    is where the program's own function called that library. `step` is the first at which the block is there.
    """

    address: int
    size: int
    function: str
    step: int
    asked_by: CallSite
    by_library: bool
    for_own: CallSite | None
    freed_at: int | None = None
    """The step from which it is no more: that at which the freeing function begins."""
    freed_with: str | None = None
    """What freed it: 'free', 'realloc', 'operator delete'."""
    freed_by: CallSite | None = None

    @property
    def end(self) -> int:
        """The address just behind its last byte."""
        return self.address + self.size

    def is_live(self, step: int) -> bool:
        """Whether it is allocated at `step`."""
        return self.step <= step and (self.freed_at is None or step < self.freed_at)

    def holds(self, address: int) -> bool:
        """Whether `address` is one of its bytes; of a block of 0 bytes its address counts."""
        return self.address <= address < self.address + max(self.size, 1)


class RecordsOf(NamedTuple):
    """How many activation records of a function are on the heap: of calls that are in progress, and of others."""

    function: str
    in_use: int
    kept: int


@dataclass(frozen=True, slots=True)
class HeapUse:
    """The heap: brk's area [start, end), and the blocks in it and in mappings that the allocator made.

    `blocks` are those that are allocated at the moment, by address, then those freed before, latest first. `unknown` is
    a sentence where not all blocks can be known.
    """

    start: int
    end: int
    mapped: int
    """Bytes of mappings that the allocator made besides."""
    blocks: tuple[HeapBlock, ...]
    freed: int
    """How many blocks have been freed by then."""
    unknown: str | None
    records: tuple[RecordsOf, ...] = ()
    """The activation records on it, where calls have theirs there: those of the outermost function first."""


@dataclass(frozen=True, slots=True)
class StackUse:
    """How far the stack has grown down from `start`, the initial SP: to `now`, and to `lowest` at most so far."""

    start: int
    now: int
    lowest: int
    frames: int
    stack_pointer: str
    is_elsewhere: bool = False
    """Whether SP is far from this stack: on one of the program's own making, or overwritten."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The address space at a moment. Regions are from low addresses to high, symbols by image and address.

    `fault` is what ended the program, if this is the moment at which it did.
    """

    program: str
    isa: str
    word_size: int
    step: int
    last_step: int
    pc: int
    location: Location
    regions: tuple[LayoutRegion, ...]
    symbols: tuple[NamedSymbol, ...]
    heap: HeapUse
    stack: StackUse
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class DeadBytes:
    """A byte below the stack: whose frame it was in, when that was given up, and what it was when it was written."""

    function: str | None
    returned_at: int | None
    """None for one that runs still, and has given the byte back, and where that isn't known."""
    written_by: Writer
    was: Whereabouts | None
    by_jump: bool = False
    """Whether it didn't return then, but something jumped past it."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is at an address at a step. `pointee` says it in the words of pointers; the rest says it in full.

    `offset` is how far into the symbol, slot or block the address lies.
    """

    address: int
    step: int
    last_step: int
    word_size: int
    location: Location
    region: LayoutRegion
    pointee: Pointee
    offset: int = 0
    symbol: NamedSymbol | None = None
    position: Position | None = None
    """For code, the line that it belongs to."""
    frame: int | None = None
    """The index of the frame that holds it, 0 for the running function's."""
    function: str | None = None
    """That frame's function."""
    owner: str | None = None
    """Of a return address that another frame keeps there: that one's function."""
    kept_since: int | None = None
    """Of an activation record that is kept, and whose call has returned: the step at which it did."""
    slot: Slot | None = None
    initialised: Initialised | None = None
    """How many of the bytes that the address names, those of a member or an element of the slot, say, were written in
    the activation; None where there is no slot."""
    written_by: Writer | None = None
    """Who wrote any of just these bytes last, if anybody has since the activation began; else who had before it."""
    block: HeapBlock | None = None
    """The heap block that holds it, or did last."""
    later_block: HeapBlock | None = None
    """Where no block holds it yet: the first that will."""
    below: HeapBlock | None = None
    """Where no block holds it: the one that ends nearest below, allocated or freed."""
    is_just_behind: bool = False
    """Whether it is so near behind that one's end that it is more likely of that than of anything else."""
    heap_unknown: str | None = None
    dead: DeadBytes | None = None
    fault: Fault | None = None
    """What ended the program, if the step is that at which it did."""


@dataclass(frozen=True, slots=True)
class PrintedAddress:
    """A number in a program's output that is an address. `place` is what was there when it was printed.

    `position` is where `text` begins in the stream's output and `line` its line, from 1. `printed_at` is the step at
    which its last digit was put into the memory that was written out, `written_at` that of the system call.
    """

    text: str
    stream: Literal["stdout", "stderr"]
    position: int
    line: int
    base: Literal[10, 16]
    address: int
    truncated: bool
    """Whether the text has only the low 32 bits of the address, as %u and %x print."""
    printed_at: int
    written_at: int
    exact: bool
    """Whether `printed_at` was found; else it is `written_at`."""
    printed_by: Position | None
    """The program's own function that was on top of the stack then, and its line."""
    place: Whereabouts | None
    """None where nothing was mapped there."""
    freed_block: HeapBlock | None = None
    """Where nothing was mapped any more: the block of the heap that had been there."""
