"""What stands above a picture and above each frame: who runs, how it got here, and what is about to happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackglass.model import Fault, FaultKind, FoundBy, Frame, Snapshot
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, span, width_of
from stackglass.views.rows import Heading
from stackglass.views.wording import arguments_of, count, line_of, named, ordinal, place_of

_CHAIN_LIMIT = 64


def frame_heading(frame: Frame, glyphs: Glyphs) -> Heading:
    """'add(a=3, b=4)', where it stands, who called it, which call it is; at the right end how many bytes it has."""
    style = Style.RUNNING if frame.index == 0 else Style.FUNCTION
    parts: list[Spans] = []
    where = line_of(frame.file, frame.line)
    if where:
        parts.append((span(where),))
    parts.extend(_origin(frame))
    if frame.call_number is not None and frame.call_number > 1:
        parts.append((Span(f"its {ordinal(frame.call_number)} call", Style.QUIET),))
    right = (Span(count(frame.size, "byte"), Style.QUIET),)
    return Heading(_title(frame, style, glyphs), tuple(parts), right, running=frame.index == 0)


def _title(frame: Frame, style: Style, glyphs: Glyphs) -> Spans:
    name = named(frame.function, frame.pc)
    if frame.parameters:
        return (span(f"{name}(", style), span(arguments_of(frame.parameters, glyphs)), Span(")", style))
    if frame.function is None:
        return (span(name, style),)
    return (span(f"{name}()" if frame.file else name, style),)


def _origin(frame: Frame) -> Iterator[Spans]:
    site = frame.call_site
    if site is not None:
        yield (Span("called from ", Style.QUIET), span(place_of(site)))


def frame_notes(frame: Frame) -> tuple[Spans, ...]:
    """What a reader would miss in the frames: inlined calls, tail calls, and frames that rest on weak evidence."""
    notes = [f"inside {place_of(position)}, which was inlined here" for position in frame.inlined]
    notes += [
        f"{place_of(position)}, handed its frame on to this function by a jump (a tail call)"
        for position in frame.tail_called_from
    ]
    if frame.found_by in _WEAK:
        notes.append(_WEAK[frame.found_by])
    return tuple((span(note, Style.QUIET),) for note in notes)


_WEAK = {
    FoundBy.FRAME_POINTER: "found by the chain of frame pointers",
    FoundBy.SCAN: "found by scanning the stack for return addresses: it may be left over from an earlier call",
}


def heading_lines(heading: Heading, corner: str, width: int, glyphs: Glyphs) -> list[Line]:
    """The heading as a rule across the picture; parts that don't fit follow on a second line."""
    border = Style.RUNNING if heading.running else Style.BORDER
    rule = glyphs.dashes if heading.dashed else glyphs.rule
    room = width - len(corner) - len(rule) - 2
    closing = ")" if heading.title[-1].text == ")" else ""
    shown = cut(heading.title, room, glyphs.ellipsis + closing)
    rest = list(heading.parts)
    while rest and width_of(shown) + width_of(rest[0]) + 4 <= room:
        shown = (*shown, Span(f" {rule}{rule} ", border), *rest.pop(0))
    free = room - width_of(shown)
    marks = tuple(Span(f" {glyphs.pointed_at} {mark}", Style.MARKER) for mark in heading.marks)
    right = marks or heading.right
    right = right if not rest and free >= width_of(right) + 3 else ()
    fill = rule * (free - width_of(right) - 1 if right else free)
    ending = (Span(" "), *right) if right else ()
    first = line(Span(f"{corner}{rule} ", border), *shown, Span(f" {fill}", border), *ending)
    return [first, *_second(rest, heading, width, glyphs)]


def _second(rest: Sequence[Spans], heading: Heading, width: int, glyphs: Glyphs) -> Iterator[Line]:
    if not rest:
        return
    spans: Spans = rest[0]
    for part in rest[1:]:
        if width_of(spans) + width_of(part) + 2 <= width - 4:
            spans = (*spans, Span(", "), *part)
    border = Style.RUNNING if heading.running else Style.BORDER
    yield line(Span(f"{glyphs.side} ", border), *cut(spans, width - 2, glyphs.ellipsis))


def masthead(snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Line]:
    """The fault if there is one; who is running, where and when; the calls that led there; the next instruction."""
    lines = fault_banner(snapshot.fault, width, glyphs) if _stands_at_fault(snapshot) else []
    lines.append(_who(snapshot, width, glyphs))
    chain = call_chain(snapshot, glyphs)
    if len(chain) > 1:
        lines.append(_told("called by", _chain_spans(chain, width - 12, glyphs), glyphs, width))
    if snapshot.location.instruction:
        lines.append(_told("next", (span(snapshot.location.instruction, Style.VALUE),), glyphs, width))
    return lines


def fault_banner(fault: Fault | None, width: int, glyphs: Glyphs) -> list[Line]:
    """What ended the program, in its own words, wrapped to the width."""
    if fault is None:
        return []
    signal = f" ({fault.signal})" if fault.signal else ""
    name = _FAULT_NAMES.get(fault.kind, fault.kind.value.replace("_", " "))
    head = f"{glyphs.cross} {name}{signal}: "
    lines = _wrapped(f"{head}{fault.words}", width)
    return [line(span(text, Style.FAULT)) for text in lines]


_FAULT_NAMES = {FaultKind.BUDGET: "stopped", FaultKind.INTERRUPTED: "stopped"}


def _stands_at_fault(snapshot: Snapshot) -> bool:
    fault = snapshot.fault
    return fault is not None and (fault.step is None or snapshot.step is None or snapshot.step >= fault.step)


def _who(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Line:
    left = _running(snapshot, glyphs)
    where = line_of(snapshot.location.file, snapshot.location.line)
    if where:
        left = (*left, Span(" at "), span(where))
    when = _when(snapshot)
    left = cut(left, width, glyphs.ellipsis)
    free = width - width_of(left) - len(when)
    return line(*left, Span(" " * free), Span(when, Style.QUIET)) if free >= 2 else line(*left)


def _running(snapshot: Snapshot, glyphs: Glyphs) -> Spans:
    if not len(snapshot.frames):
        return (span(named(snapshot.location.function, snapshot.pc), Style.RUNNING),)
    frame = snapshot.frames[0]
    verb = " stopped" if _stands_at_fault(snapshot) else " is running"
    return (*_title(frame, Style.RUNNING, glyphs), Span(verb, Style.RUNNING))


def _when(snapshot: Snapshot) -> str:
    if snapshot.step is None:
        return ""
    return f"step {snapshot.step:,}" + (f" of {snapshot.last_step:,}" if snapshot.last_step is not None else "")


def call_chain(snapshot: Snapshot, glyphs: Glyphs) -> list[str]:
    """The calls that led to the running function, outermost first: 'main (call.c:12)'; library frames outside left out.

    Repeats of a function are told once, with their number. Only the ends of a very long chain are looked at.
    """
    links: list[tuple[str, str, int]] = []
    for index in _chain_indexes(len(snapshot.frames)):
        if index is None:
            links.append((glyphs.ellipsis, "", 1))
            continue
        outline = snapshot.frames.outline(index)
        name = f"({named(outline.function, outline.pc)})" if outline.library else named(outline.function, outline.pc)
        if links and links[-1][0] == name:
            links[-1] = (name, links[-1][1], links[-1][2] + 1)
        else:
            links.append((name, _called_at(snapshot, index), 1))
    while len(links) > 1 and links[0][0].startswith("("):
        links.pop(0)
    return [f"{name}{where}" + (f" {glyphs.times}{times}" if times > 1 else "") for name, where, times in links]


def _chain_indexes(total: int) -> Iterator[int | None]:
    """Indexes from the outermost frame to the innermost; None once for what is skipped."""
    if total <= _CHAIN_LIMIT:
        yield from reversed(range(total))
        return
    yield from reversed(range(total - _CHAIN_LIMIT // 2, total))
    yield None
    yield from reversed(range(_CHAIN_LIMIT // 2))


def _called_at(snapshot: Snapshot, index: int) -> str:
    if index == 0:
        return ""
    frame = snapshot.frames[index]
    where = line_of(frame.file, frame.line)
    return f" ({where})" if where and not frame.library else ""


def _chain_spans(chain: Sequence[str], width: int, glyphs: Glyphs) -> Spans:
    """The chain, its middle left out until it fits."""
    links = list(chain)
    arrow = f" {glyphs.leads_to} "
    while len(links) > 3 and len(arrow.join(links)) > width:
        middle = len(links) // 2
        links[middle - 1 : middle + 1] = [glyphs.ellipsis]
        links = [link for n, link in enumerate(links) if link != glyphs.ellipsis or links[n - 1] != glyphs.ellipsis]
    return (span(arrow.join(links[:-1]) + arrow), span(links[-1], Style.RUNNING))


def _told(what: str, spans: Spans, glyphs: Glyphs, width: int) -> Line:
    return line(Span(f"  {what:<10}", Style.QUIET), *cut(spans, width - 12, glyphs.ellipsis))


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False) or [text]
