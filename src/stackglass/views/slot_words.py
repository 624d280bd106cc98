"""What a slot is for, in plain words: the roles that have no variable's name, and the notes beside those that have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stackglass.model import Evidence, Frame, FrameSequence, Initialised, Role, Slot
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.rows import Sentence
from stackglass.views.wording import line_of, named, pointee_words


@dataclass(frozen=True, slots=True)
class FrameOwners:
    """Tells whose frame an address lies in, looking only at frames near the one that asks."""

    frames: FrameSequence

    def owner(self, address: int, inside_of: int) -> str | None:
        """The function in whose frame, one of the eight outside frame `inside_of`, `address` lies."""
        for index in range(inside_of + 1, min(inside_of + 9, len(self.frames))):
            outline = self.frames.outline(index)
            if outline.low <= address < outline.high:
                return named(outline.function, outline.pc)
        return None


def sentence_of(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence | None:
    """The use of a slot that is no variable; None for a variable, whose name, type and value get columns."""
    teller = _TELLERS.get(slot.role)
    if teller is not None:
        return teller(slot, frame, owners, glyphs)
    if slot.name is None:
        return _anonymous(slot)
    return None


def note_of(slot: Slot) -> str:
    """What stands behind a variable's value: the slot's own note, or its role."""
    return slot.note or slot.role.words


def _return_address(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = Span("return address", Style.CONTROL)
    if is_overwritten(slot, frame):
        return _overwritten(slot, glyphs)
    site = frame.call_site
    if site is None:
        return _leading(what, slot, glyphs)
    caller = named(site.function, site.pc)
    where = line_of(site.file, site.line)
    arrow = f" {glyphs.leads_to} "
    alternatives = [f"back into {caller}, {where}", f"{caller}, {where}"] if where else [f"back into {caller}"]
    return Sentence(
        (*(_to(what, arrow, text) for text in (*alternatives, caller)), (what,)),
        note=slot.note or "",
    )


def is_overwritten(slot: Slot, frame: Frame) -> bool:
    """Whether something else than the call wrote a return address."""
    writer, site = slot.written_by, frame.call_site
    if slot.role is not Role.RETURN_ADDRESS or writer is None or site is None or frame.tail_called_from:
        return False
    if slot.evidence is Evidence.TEXTBOOK:  # the function saved it itself, and it is still what the call left
        return False
    return writer.pc != site.pc


def _overwritten(slot: Slot, glyphs: Glyphs) -> Sentence:
    what = Span("return address, OVERWRITTEN", Style.FAULT)
    writer = slot.written_by
    by = f" by {writer.function or f'code at {writer.pc:#x}'} at step {writer.step:,}" if writer else ""
    value = slot.value or ""
    target = pointee_words(slot.points_to, glyphs) if slot.points_to else ""
    full = f"{by}: now {value}" + (f", {target}" if target else "")
    return Sentence(((what, span(full, Style.FAULT)), (what, span(by, Style.FAULT)), (what,)))


def is_smashed(slot: Slot, frame: Frame) -> bool:
    """Whether another function than the frame's wrote over a register that it had saved."""
    writer = slot.written_by
    if writer is None or writer.function is None or frame.function is None or frame.tail_called_from:
        return False
    return writer.function != frame.function and slot.role in (Role.SAVED_FRAME_POINTER, Role.SAVED_REGISTER)


def _smashed(what: Span, slot: Slot) -> Sentence:
    what = Span(f"{what.text}, OVERWRITTEN", Style.FAULT)
    writer = slot.written_by
    by = f" by {writer.function} at step {writer.step:,}" if writer else ""
    return Sentence(
        ((what, span(f"{by}: now {slot.value}", Style.FAULT)), (what, span(by, Style.FAULT)), (what,)), slot.note or ""
    )


def _saved_frame_pointer(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = Span(f"saved {slot.register or 'frame pointer'}", Style.CONTROL)
    value = number_of(slot)
    if value is not None and is_smashed(slot, frame):
        return _smashed(what, slot)
    if value is None:
        return Sentence(((what,),), slot.note or "")
    arrow = f" {glyphs.leads_to} "
    owner = owners.owner(value, frame.index)
    if owner is not None:
        return Sentence((_to(what, arrow, f"{owner}'s frame"), _to(what, arrow, owner), (what,)), slot.note or "")
    told = "0: the chain of frames ends here" if value == 0 else f"{value:#x}, not a frame on the stack"
    return Sentence((_to(what, " = ", told), _to(what, " = ", f"{value:#x}"), (what,)), slot.note or "")


def _saved_register(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = Span(f"saved {slot.register or 'register'}", Style.CONTROL)
    if slot.value is None:
        return Sentence(((what,),), slot.note or "")
    if is_smashed(slot, frame):
        return _smashed(what, slot)
    value = span(slot.value, Style.VALUE)
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
        by = f" by {slot.written_by.function or 'code'}" if slot.written_by else ""
        should = slot.note.removeprefix("smashed: ")
        return Sentence(
            ((what, span(f"{by}: {should}", Style.FAULT)), (what, span(by, Style.FAULT)), (what,)), slot.note
        )
    what = Span("stack canary", Style.CONTROL)
    return Sentence(((what, Span(": checked before the function returns", Style.QUIET)), (what,)))


def _padding(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    return Sentence(_quietly("padding, never written", "padding"), slot.note or "")


def _temporary(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    what = "temporary" if slot.name is None else f"temporary {slot.name}"
    return _leading(Span(what), slot, glyphs)


def _dead(slot: Slot, frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    return Sentence(_quietly(slot.note or "dead"))


def _anonymous(slot: Slot) -> Sentence:
    """An argument, an alloca's area or the like that has no name."""
    words = _ROLE_WORDS.get(slot.role, slot.role.words)
    what = (Span(f"{words} =" if slot.value is not None and slot.initialised is not Initialised.NONE else words),)
    if slot.initialised is Initialised.NONE:
        return Sentence(((*what, Span(", never written", Style.UNWRITTEN)), what), slot.note or "")
    if slot.value is None:
        return Sentence((what,), slot.note or "")
    return Sentence(((*what, Span(" "), span(slot.value, Style.VALUE)), what), slot.note or "")


def _leading(what: Span, slot: Slot, glyphs: Glyphs) -> Sentence:
    """The use with its value and what that leads to."""
    alternatives: list[Spans] = []
    value = (span(slot.value, Style.VALUE),) if slot.value is not None else ()
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
