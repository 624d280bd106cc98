"""Model values for tests: a stack is a short list of frames from the outermost in, a frame a list of its slots from
high addresses to low, with a comment per word. Addresses, frame pointers and call sites follow from the order.

    stack([
        frame("main", "call.c:12", [
            returns(),                      # into the C library
            saves_frame_pointer(),
            local("result", "int", 0),      # rbp-4
        ]),
        frame("add", "call.c:2", [...]),
    ])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from stackglass.model import (
    CallSite,
    DeadRun,
    Evidence,
    Fault,
    Field,
    FoundBy,
    Frame,
    FrameOutline,
    Initialised,
    Location,
    Pointee,
    PointeeKind,
    Position,
    Region,
    RegionKind,
    ReturnAddress,
    Role,
    Slot,
    Snapshot,
    StartItem,
    Variable,
    Writer,
)

TOP = 0x7FFFFFFFE5B0
"""The initial SP of a built stack."""
WORD = 8


@dataclass(frozen=True)
class Context:
    """What a slot's maker may ask: its frame, and the frame's neighbours outside."""

    function: str
    address: int
    frame_pointer: int | None
    caller: Frame | None
    call_site: CallSite | None


SlotMaker = Callable[[Context], Slot]


@dataclass(frozen=True)
class Made:
    """A slot still to be placed: its size is known, the rest follows from the place."""

    size: int
    make: SlotMaker


@dataclass(frozen=True)
class Sketch:
    """A frame still to be placed."""

    function: str | None
    at: str
    slots: Sequence[Made]
    parameters: Sequence[Variable] = ()
    red_zone: Sequence[Made] = ()
    library: bool = False
    keeps_frame_pointer: bool = True
    changes: dict[str, object] = field(default_factory=dict)


def frame(
    function: str | None,
    at: str,
    slots: Sequence[Made],
    *,
    parameters: Sequence[Variable] = (),
    red_zone: Sequence[Made] = (),
    library: bool = False,
    keeps_frame_pointer: bool = True,
    **changes: object,
) -> Sketch:
    """A frame whose `slots` run from its CFA down; `at` is 'file:line' or ''; `changes` replace fields of the Frame."""
    return Sketch(function, at, slots, parameters, red_zone, library, keeps_frame_pointer, changes)


# ---- slots ----


def slot(size: int, role: Role, content: bytes | None = None, **changes: object) -> Made:
    """Any slot: `content` in memory order, zeros if None."""

    def make(context: Context) -> Slot:
        plain = Slot(context.address, size, role, content or bytes(size), Evidence.DEBUG_INFO)
        return replace(plain, **changes)  # type: ignore[arg-type]

    return Made(size, make)


def returns(**changes: object) -> Made:
    """The return address, written by the call."""

    def make(context: Context) -> Slot:
        site = context.call_site
        value = site.pc + 5 if site else 0x401016
        writer = Writer(site.pc, site.function, site.file, site.line, site.step or 0) if site else None
        plain = replace(_word(context, Role.RETURN_ADDRESS, value, Evidence.SHADOW_STACK), written_by=writer)
        return replace(plain, **changes)  # type: ignore[arg-type]

    return Made(WORD, make)


def saves_frame_pointer(**changes: object) -> Made:
    """The caller's rbp, pushed."""

    def make(context: Context) -> Slot:
        value = context.caller.frame_pointer if context.caller else None
        plain = replace(_word(context, Role.SAVED_FRAME_POINTER, value or 0, Evidence.CFI), register="rbp")
        return replace(plain, **changes)  # type: ignore[arg-type]

    return Made(WORD, make)


def saves(register: str, value: int) -> Made:
    """A callee-saved register, pushed."""
    return Made(
        WORD, lambda context: replace(_word(context, Role.SAVED_REGISTER, value, Evidence.CFI), register=register)
    )


def local(name: str, type: str, number: int, size: int = 4, **changes: object) -> Made:
    """An integer variable."""
    return variable_slot(Role.LOCAL, name, type, number, size, **changes)


def parameter(name: str, type: str, number: int, size: int = 4, **changes: object) -> Made:
    """An integer parameter's home."""
    return variable_slot(Role.PARAMETER, name, type, number, size, **changes)


def pointer(name: str, type: str, address: int, points_to: Pointee) -> Made:
    """A pointer variable."""
    return local(name, type, address, WORD, value=f"{address:#x}", points_to=points_to)


def variable_slot(role: Role, name: str, type: str, number: int, size: int, **changes: object) -> Made:
    """An integer of `size` bytes under a name."""
    content = number.to_bytes(size, "little", signed=number < 0)
    return slot(size, role, content, **{"name": name, "type": type, "value": str(number), **changes})


def padding(size: int, written_by: Writer | None = None) -> Made:
    """Bytes never written by this call."""
    return slot(size, Role.PADDING, initialised=Initialised.NONE, evidence=Evidence.WRITES, written_by=written_by)


def temporary(size: int = WORD, **changes: object) -> Made:
    """Bytes written, of no name."""
    return slot(size, Role.TEMPORARY, bytes(range(1, size + 1)), evidence=Evidence.WRITES, **changes)


def text(name: str, size: int, content: bytes, **changes: object) -> Made:
    """An array of characters."""
    value = '"' + content.decode() + '"'
    made = {"name": name, "type": f"char [{size}]", "value": value, **changes}
    return slot(size, Role.LOCAL, content.ljust(size, b"\0"), **made)


def ints(name: str, values: Sequence[int], **changes: object) -> Made:
    """An array of ints."""
    fields = tuple(Field(f"[{n}]", "int", 4 * n, 4, str(value)) for n, value in enumerate(values))
    content = b"".join(value.to_bytes(4, "little", signed=True) for value in values)
    made: dict[str, object] = {
        "name": name,
        "type": f"int [{len(values)}]",
        "value": "{" + ", ".join(str(value) for value in values) + "}",
        "fields": fields,
        **changes,
    }
    return slot(len(content), Role.LOCAL, content, **made)


def _word(context: Context, role: Role, value: int, evidence: Evidence) -> Slot:
    return Slot(context.address, WORD, role, value.to_bytes(WORD, "little"), evidence, value=f"{value:#x}")


# ---- variables and pointees ----


def argument(name: str, type: str, value: str | None, location: str = "", **changes: object) -> Variable:
    """A parameter as the frame lists it; with no location it is the slot of its name."""
    return replace(Variable(name, type, value, location), **changes)  # type: ignore[arg-type]


def string(text: str, address: int = 0x4A2010) -> Pointee:
    """A pointer to characters."""
    return Pointee(PointeeKind.STRING, address, text=text)


def wrote(step: int, at: str, function: str | None = None, pc: int = 0x401126) -> Writer:
    """Who wrote a slot."""
    file, line = _place(at)
    return Writer(pc, function, file, line, step)


# ---- stacks ----


class Frames:
    """A FrameSequence over frames that are there."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = list(frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> Frame:
        return self._frames[index]

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._frames)

    def outline(self, index: int) -> FrameOutline:
        """The frame without its slots."""
        frame = self._frames[index]
        return FrameOutline(index, frame.function, frame.library, frame.low, frame.high, frame.pc)

    def parameters(self, index: int) -> tuple[Variable, ...]:
        """Those that the frame has."""
        return self._frames[index].parameters


def stack(
    sketches: Sequence[Sketch],
    *,
    below_sp: Sequence[tuple[int, bytes, str | None, int | None]] = (),
    process_start: Sequence[StartItem] = (),
    fault: Fault | None = None,
    step: int | None = 41,
    last_step: int | None = 60,
    instruction: str | None = "mov edx, dword ptr [rbp - 4]",
) -> Snapshot:
    """A snapshot of these frames, outermost first. `below_sp`: (bytes below SP, content, left by, returned at)."""
    placed = _placed(sketches)
    inner = placed[-1]
    frames = Frames([replace(each, index=index) for index, each in enumerate(reversed(placed))])
    pointer = next((each.frame_pointer for each in reversed(placed) if each.frame_pointer is not None), 0)
    dead = [DeadRun(inner.low - below, len(content), content, who, when) for below, content, who, when in below_sp]
    return Snapshot(
        program="call.c",
        isa="x86_64",
        step=step,
        pc=inner.pc,
        location=Location(inner.function, inner.file, inner.line, instruction),
        registers={"rax": 3, "rsp": inner.low, "rbp": pointer, "rip": inner.pc, "eflags": 0x246},
        stack_pointer=("rsp", inner.low),
        frame_pointer=("rbp", pointer),
        word_size=WORD,
        frames=frames,
        process_start=process_start,
        below_sp=dead,
        regions=[Region(RegionKind.STACK, TOP - 0x20000, TOP + 0x1000, "rw-", "stack")],
        fault=fault,
        last_step=last_step,
    )


def _placed(sketches: Sequence[Sketch]) -> list[Frame]:
    placed: list[Frame] = []
    high = TOP
    for number, sketch in enumerate(sketches):
        caller = placed[-1] if placed else None
        placed.append(_frame(sketch, high, 0x401100 + 0x40 * number, caller))
        high = placed[-1].low
    return placed


def _frame(sketch: Sketch, high: int, pc: int, caller: Frame | None) -> Frame:
    site = (
        CallSite(caller.pc - 5, caller.function, caller.file, caller.line, 10 + pc % 0x1000 // 0x40) if caller else None
    )
    pointer = high - 2 * WORD if sketch.keeps_frame_pointer else None
    size = sum(made.size for made in sketch.slots)
    made_slots = list(_slots(sketch, [*sketch.slots, *sketch.red_zone], high, pointer, caller, site))
    slots = tuple(replace(each, in_red_zone=each.address < high - size) for each in made_slots)
    file, line = _place(sketch.at)
    plain = Frame(
        index=0,
        function=sketch.function,
        file=file,
        line=line,
        pc=pc,
        library=sketch.library,
        cfa=high if caller else None,
        low=high - size,
        high=high,
        frame_pointer=pointer,
        frame_pointer_register="rbp",
        return_address=ReturnAddress(site.pc + 5, "slot") if site else ReturnAddress(None, "none"),
        call_site=site,
        found_by=FoundBy.SHADOW_STACK,
        parameters=tuple(_located(parameter, slots) for parameter in sketch.parameters),
        register_variables=(),
        slots=slots,
    )
    return replace(plain, **sketch.changes)  # type: ignore[arg-type]


def _located(variable: Variable, slots: Sequence[Slot]) -> Variable:
    if variable.location:
        return variable
    home = next(slot for slot in slots if slot.name == variable.name)
    return replace(variable, location=f"stack {home.address:#x}")


def _slots(
    sketch: Sketch,
    sizes: Sequence[Made],
    high: int,
    pointer: int | None,
    caller: Frame | None,
    site: CallSite | None,
) -> Iterator[Slot]:
    at = high
    for made in sizes:
        at -= made.size
        yield made.make(Context(sketch.function or "", at, pointer, caller, site))


def _place(at: str) -> tuple[str | None, int | None]:
    file, _, line = at.partition(":")
    return (file or None, int(line) if line else None)


def position(function: str, at: str, pc: int = 0x401150) -> Position:
    """A place in the code."""
    return Position(pc, function, *_place(at))
