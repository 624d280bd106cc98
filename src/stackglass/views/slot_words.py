"""What a slot is for, in plain words: the roles that have no variable's name, and the notes beside those that have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stackglass.model import CallSite, Evidence, FoundBy, Frame, FrameSequence, Initialised, Role, Slot, Variable
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.rows import Sentence
from stackglass.views.templates import folded
from stackglass.views.wording import line_of, memory_address, name_of, named, notes_of, pointee_words


@dataclass(frozen=True, slots=True)
class FrameOwners:
    """Tells whose frame an address lies in, looking only at frames near the one that asks."""

    frames: FrameSequence
    frame_pointer_at_cfa: bool = False

    def returned_to_from(self, frame: Frame) -> CallSite | None:
        """The call that a frame returns to: of who jumped to it, where that has kept its frame."""
        while frame.jumper_stays and frame.index + 1 < len(self.frames):
            frame = self.frames[frame.index + 1]
        return frame.call_site

    def pointed_at(self, frame_pointer: int, inside_of: int) -> str | None:
        """The function whose frame, one of the eight outside frame `inside_of`, a frame pointer of this value is of."""
        address = frame_pointer - self.frame_pointer_at_cfa
        for index in range(inside_of + 1, min(inside_of + 9, len(self.frames))):
            outline = self.frames.outline(index)
            if outline.low <= address < outline.high:
                return name_of(outline) if _has_frame_pointer(self.frames[index], frame_pointer) else None
        return None

    def record_at(self, address: int, inside_of: int) -> str | None:
        """The function whose frame, one of the eight outside frame `inside_of`, begins at `address`."""
        for index in range(inside_of + 1, min(inside_of + 9, len(self.frames))):
            outline = self.frames.outline(index)
            if outline.low == address:
                return named(outline.function, outline.pc)
        return None

    def caller_without_frame_pointer(self, index: int, register: str | None) -> str | None:
        """The function that called frame `index`, if it keeps no frame pointer in that register where it stands."""
        if index + 1 >= len(self.frames):
            return None
        caller = self.frames[index + 1]
        has_one = caller.frame_pointer is not None or caller.makes_frame_pointer
        keeps_one = has_one and caller.frame_pointer_register in (None, register)
        keeps_one = keeps_one or caller.found_by is FoundBy.TEXTBOOK
        return None if keeps_one else named(caller.function, caller.pc)

    def lost_by_caller(self, index: int, register: str | None) -> tuple[str, int] | None:
        """The function that called frame `index`, and what its frame pointer was, if that register has lost it."""
        caller = self.frames[index + 1] if index + 1 < len(self.frames) else None
        if caller is None or caller.lost_frame_pointer is None or caller.frame_pointer_register not in (None, register):
            return None
        return named(caller.function, caller.pc), caller.lost_frame_pointer

    def caller_has_another(self, index: int, register: str | None) -> bool:
        """Whether the function that called frame `index` has another register for its frame pointer: its code is in the
        other encoding, where this one is like any."""
        caller = self.frames[index + 1] if index + 1 < len(self.frames) else None
        return caller is not None and caller.frame_pointer_register not in (None, register)


def _has_frame_pointer(frame: Frame, value: int) -> bool:
    """Whether a frame pointer of this value, which leads into the frame, is the frame's own.

    A function that keeps none may hold any address in that register: of a variable, say. One that does keeps its
    caller's at the value or within two words below it, if not all of its frame lies between (Thumb's).
    """
    if frame.frame_pointer == value or frame.found_by is FoundBy.TEXTBOOK:
        return True
    if not frame.may_keep_frame_pointer:
        return False
    if value == frame.low:
        return True
    saved = [slot for slot in frame.slots if slot.role is Role.SAVED_FRAME_POINTER]
    return any(value - slot.address in (0, slot.size, 2 * slot.size) for slot in saved)


def sentence_of(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence | None:
    """The use of a slot that is no variable; None for a variable, whose name, type and value get columns."""
    if slot.role in (Role.TEMPORARY, Role.RED_ZONE) and (slot.note or "").startswith(_SAYING_MORE):
        return _noted(slot.note or "")
    teller = _TELLERS.get(slot.role)
    if teller is not None:
        return teller(slot, frame, owners, glyphs)
    if slot.name is None:
        return _anonymous(slot, glyphs)
    return None


def notes_of_slot(slot: Slot, frame: Frame) -> tuple[str, ...]:
    """What stands behind a variable's value: the slot's own note, or its role."""
    live = live_elsewhere(slot, frame)
    if live is None:
        return notes_of(slot.note or slot.role.words)
    number = frame.parameters.index(live) + 1
    kind, _, register = live.location.partition(" ")
    place = register if kind == "register" else "the caller's frame"
    return (f"parameter {number}'s place: not copied here yet, still in {place}", f"param {number}: still in {place}")


def live_elsewhere(slot: Slot, frame: Frame) -> Variable | None:
    """The parameter that will be copied to the slot, but is still where it came in; None where that isn't so."""
    if slot.role is not Role.PARAMETER or slot.initialised is not Initialised.NONE:
        return None
    for parameter in frame.parameters:
        if parameter.name == slot.name and parameter.initialised is not Initialised.NONE:
            at = memory_address(parameter)
            return parameter if at is None or not slot.address <= at < slot.end else None
    return None


def _return_address(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = Span("return address", Style.CONTROL)
    if frame.returned_at is not None:
        return Sentence(_quietly("return address, used: its call has returned", "return address, used"))
    if slot.of_frame is not None:
        frame = owners.frames[slot.of_frame]
        what = Span(f"return address of {named(frame.function, frame.pc)}", Style.CONTROL)
    if slot.overwritten:
        return _overwritten(slot, frame, owners, glyphs)
    site = owners.returned_to_from(frame)
    if site is None and frame.found_by is FoundBy.TEXTBOOK and number_of(slot) == 0:
        return Sentence((_to(what, " = ", "0: the end of the program"), (what,)), note=slot.note or "")
    if site is None:
        return _leading(what, slot, glyphs)
    caller = site.function or _caller_without_name(slot, site, glyphs)
    where = line_of(site.file, site.line)
    arrow = f" {glyphs.leads_to} "
    alternatives = [f"back into {caller}, {where}", f"{caller}, {where}"] if where else [f"back into {caller}"]
    fullest = _with_number(what, slot, glyphs, alternatives[0])
    return Sentence(
        (*fullest, *(_to(what, arrow, text) for text in (*alternatives, caller)), (what,)),
        note=slot.note or "",
    )


def _with_number(what: Span, slot: Slot, glyphs: Glyphs, target: str) -> list[Spans]:
    """Where a link leads, with its number if that is told in decimal: nobody reads it off the bytes then."""
    value = number_of(slot)
    if not glyphs.decimal or value is None:
        return []
    return [
        (what, Span(" = "), Span(str(value), Style.VALUE), Span(f" {glyphs.leads_to} "), span(target, Style.TARGET))
    ]


def _caller_without_name(slot: Slot, site: CallSite, glyphs: Glyphs) -> str:
    """'0x401014, in code at 0x40100e'."""
    inside = "" if site.entry is None else f", in {named(None, site.entry)}"
    return f"{glyphs.value(slot.value or hex(site.pc))}{inside}"


def overwritten_words(slot: Slot, owners: FrameOwners) -> Sentence:
    """That something else than the call wrote a return address, and who."""
    whose = "" if slot.of_frame is None else f" of {name_of(owners.frames.outline(slot.of_frame))}"
    what = Span(f"return address{whose}, OVERWRITTEN", Style.FAULT)
    writer = slot.written_by
    if writer is None:
        return Sentence(((what,),))
    by = f" by {named(writer.function, writer.pc)}"
    return Sentence(
        ((what, span(f"{by} at step {writer.step:,}", Style.FAULT)), (what, span(by, Style.FAULT)), (what,))
    )


def _overwritten(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    """Where it leads now, and where it led before."""
    target = pointee_words(slot.points_to, glyphs) if slot.points_to else glyphs.value(slot.value or "?")
    now = f"now {glyphs.leads_to} {target}"
    site = owners.returned_to_from(frame)
    if site is None:
        return Sentence(((span(now, Style.FAULT),),))
    told = (
        *((span(now, Style.FAULT), span(f"; was {text}", Style.QUIET)) for text in _ways_back(site)),
        (span(now, Style.FAULT),),
    )
    return Sentence(told)


def lost_return_words(frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    """That what a function has taken out of its frame is not the return address that its call left there."""
    what, site = Span("return address, OVERWRITTEN", Style.FAULT), owners.returned_to_from(frame)
    now = span(f": now {glyphs.value(hex(frame.return_address.value or 0))}", Style.FAULT)
    if site is None:
        return Sentence(((what, now), (what,)))
    was = (span(f"; was {text}", Style.QUIET) for text in _ways_back(site))
    return Sentence((*((what, now, one) for one in was), (what, now), (what,)))


def _ways_back(site: CallSite) -> tuple[str, str, str]:
    """The same place in fewer and fewer words."""
    full = _back_into(site.function, site.pc, site.file, site.line)
    return full, full.removeprefix("back into "), named(site.function, site.pc)


def _back_into(function: str | None, pc: int, file: str | None, line: int | None) -> str:
    where = line_of(file, line)
    return f"back into {named(function, pc)}" + (f", {where}" if where else "")


def _smashed(what: Span, slot: Slot, glyphs: Glyphs) -> Sentence:
    what = Span(f"{what.text}, OVERWRITTEN", Style.FAULT)
    writer = slot.written_by
    by = f" by {named(writer.function, writer.pc)} at step {writer.step:,}" if writer else ""
    return Sentence(
        (
            (what, span(f"{by}: now {glyphs.value(slot.value or '')}", Style.FAULT)),
            (what, span(by, Style.FAULT)),
            (what,),
        ),
        slot.note or "",
    )


def _saved_frame_pointer(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = Span(f"saved {slot.register or 'frame pointer'}", Style.CONTROL)
    value = number_of(slot)
    if frame.returned_at is not None:
        return Sentence(_quietly(f"{what.text}, used: its call has returned", f"{what.text}, used"), slot.note or "")
    if value is not None and slot.overwritten:
        return _smashed(what, slot, glyphs)
    if value is None:
        return Sentence(((what,),), slot.note or "")
    arrow = f" {glyphs.leads_to} "
    owner = owners.pointed_at(value, frame.index)
    if owner is not None:
        frames = f"{owner}'s frame" if value != frame.low else f"{owner}'s frame: this one itself"
        ways = (*_with_number(what, slot, glyphs, frames), _to(what, arrow, frames), _to(what, arrow, owner), (what,))
        return Sentence(ways, slot.note or "")
    number = glyphs.address(value)
    ends = value == 0 and not owners.caller_has_another(frame.index, slot.register)
    lost = owners.lost_by_caller(frame.index, slot.register)
    if lost is not None:
        told = [f"{number}: {whose} own is lost" for whose in (f"{lost[0]}'s", "the caller's")]
        told.insert(0, f"{told[0]}, it was {glyphs.address(lost[1])}")
    else:
        told = ["0: the chain of frames ends here"] if ends else [*_no_frame(number, slot.register, frame, owners)]
    return Sentence((*(_to(what, " = ", text) for text in (*told, number)), (what,)), slot.note or "")


def _no_frame(value: str, register: str | None, frame: Frame, owners: FrameOwners) -> Iterator[str]:
    """What to say of a saved frame pointer that leads to no frame near: the caller need not use it as one."""
    caller = owners.caller_without_frame_pointer(frame.index, register)
    if caller is None:
        yield (
            f"{value}, where no frame is"
            if frame.found_by is FoundBy.TEXTBOOK
            else f"{value}, not a frame on the stack"
        )
    else:
        yield f"{value}: {caller} does not use it as a frame pointer"
        yield f"{value}: the caller does not use it as a frame pointer"
        yield f"{value}, the caller's value"


def _saved_register(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = Span(f"saved {slot.register or 'register'}", Style.CONTROL)
    if slot.value is None:
        return Sentence(((what,),), slot.note or "")
    if slot.overwritten:
        return _smashed(what, slot, glyphs)
    value = span(glyphs.value(slot.value), Style.VALUE)
    short = (what, Span(" = "), value)
    note = slot.note or "the caller's value"
    if slot.points_to is None:
        return Sentence((short, (what,)), note)
    return Sentence(
        ((*short, span(f" {glyphs.leads_to} {pointee_words(slot.points_to, glyphs)}", Style.TARGET)), short), note
    )


def _canary(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    if slot.note:  # it is not what it was: that matters more than what it is for
        what = Span("stack canary, SMASHED", Style.FAULT)
        by = f" by {named(slot.written_by.function, slot.written_by.pc)}" if slot.written_by else ""
        should = slot.note.removeprefix("smashed: ")
        return Sentence(
            ((what, span(f"{by}: {should}", Style.FAULT)), (what, span(by, Style.FAULT)), (what,)), slot.note
        )
    what = Span("stack canary", Style.CONTROL)
    return Sentence(((what, Span(": checked before the function returns", Style.QUIET)), (what,)))


def _noted(note: str) -> Sentence:
    style = Style.FAULT if note.startswith("beyond ") else Style.QUIET
    what, written, by = note.partition("written by ")
    if not written:
        return Sentence(((span(note, style),), (span(note.partition(": ")[0], style),)))
    writer, called, caller = by.partition(", called from ")
    shorter = f"{what}{written}{folded(writer)}"
    told = (f"{shorter}{called}{folded(caller)}", shorter, what.removesuffix(": "))
    return Sentence(tuple((span(text, style),) for text in told if text))


def _padding(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    if slot.note and slot.note.startswith("room for "):
        room, comma, smashed = slot.note.partition(", OVERWRITTEN")
        red = (Span(comma + smashed, Style.FAULT),) if comma else ()
        return Sentence(((Span(room, Style.QUIET), *red),))
    left_over = ("padding (left over from earlier calls)", "padding (left over)") if any(slot.bytes) else ()
    return Sentence(_quietly(*left_over, "padding"), slot.note or "")


def _temporary(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = "temporary" if slot.name is None else f"temporary {slot.name}"
    return _leading(Span(what), slot, glyphs)


def _dead(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    return Sentence(_quietly(slot.note or "dead"))


def _anonymous(slot: Slot, glyphs: Glyphs) -> Sentence:
    """An argument, an alloca's area or the like that has no name."""
    words = _ROLE_WORDS.get(slot.role, slot.role.words)
    if slot.evidence is Evidence.TEXTBOOK:
        words = "allocated at run time"
    what = (Span(f"{words} =" if slot.value is not None and slot.initialised is not Initialised.NONE else words),)
    note = _extent_noted(slot)
    if slot.initialised is Initialised.NONE:
        return Sentence(((*what, Span(", never written", Style.UNWRITTEN)), what), note)
    if slot.value is None:
        partly = slot.initialised is Initialised.PART
        return Sentence(((*what, Span(", partly written", Style.UNWRITTEN)), what) if partly else (what,), note)
    told = (*what, Span(" "), span(slot.value, Style.VALUE))
    if slot.points_to is None:
        return Sentence((told, what), slot.note or "")
    target = span(f" {glyphs.leads_to} {pointee_words(slot.points_to, glyphs)}", Style.TARGET)
    return Sentence(((*told, target), told, what), slot.note or "")


def _extent_noted(slot: Slot) -> str:
    """The slot's note; of room of which this call wrote a part, with how much that is."""
    written = sum(part.size for part in slot.parts if part.own)
    if not slot.note or not 0 < written < slot.size:
        return slot.note or ""
    what, bracket, rest = slot.note.partition(" (")
    return f"{what}, {written:,} of them written{bracket}{rest}"


def _leading(what: Span, slot: Slot, glyphs: Glyphs) -> Sentence:
    """The use with its value and what that leads to."""
    alternatives: list[Spans] = []
    value = (span(glyphs.value(slot.value), Style.VALUE),) if slot.value is not None else ()
    if slot.points_to is not None:
        target = span(f" {glyphs.leads_to} {pointee_words(slot.points_to, glyphs)}", Style.TARGET)
        alternatives += [(what, Span(" "), *value, target), (what, target)]
    if value:
        alternatives.append((what, Span(" "), *value))
    return Sentence((*alternatives, (what,)), slot.note or "")


def _to(what: Span, arrow: str, text: str) -> Spans:
    return (what, Span(arrow), span(text, Style.TARGET))


def _quietly(*texts: str) -> tuple[Spans, ...]:
    return tuple((span(text, Style.QUIET),) for text in texts)


def number_of(slot: Slot) -> int | None:
    """A slot's value as a number, where it is one."""
    try:
        return int(slot.value or "", 0)
    except ValueError:
        return None


_SAYING_MORE = ("beyond ", "written by ", "saved for ", "hidden pointer: ")
"""How notes begin that say more of a temporary than that nobody names it."""

_ROLE_WORDS = {Role.ALLOCA: "allocated on the stack (alloca)", Role.RED_ZONE: "red zone, unnamed"}

_TELLERS: dict[Role, Callable[[Slot, Frame, FrameOwners, Glyphs], Sentence]] = {
    Role.RETURN_ADDRESS: _return_address,
    Role.SAVED_FRAME_POINTER: _saved_frame_pointer,
    Role.SAVED_REGISTER: _saved_register,
    Role.CANARY: _canary,
    Role.PADDING: _padding,
    Role.TEMPORARY: _temporary,
    Role.DEAD: _dead,
}
