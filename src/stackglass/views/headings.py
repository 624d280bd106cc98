"""What stands above a picture and above each frame: who runs, how it got here, and what is about to happen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from stackglass.model import CallSite, EnteredByReturn, Fault, FoundBy, Frame, FrameOutline, Snapshot
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, span, width_of
from stackglass.views.rows import Heading
from stackglass.views.wording import arguments_of, count, line_of, name_of, named, ordinal, place_of

_CHAIN_ENDS = 8


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
    return Heading(title_of(frame, style, glyphs), tuple(parts), right, running=frame.index == 0)


def title_of(frame: Frame, style: Style, glyphs: Glyphs) -> Spans:
    """'add(a=3, b=4)'."""
    name = glyphs.value(name_of(frame))
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
    told = "it"
    for position in frame.tail_called_from:
        entry = position.entry if isinstance(position, CallSite) else None
        who = named(position.function, position.pc if entry is None else entry)
        is_kept = frame.jumper_stays and position is frame.tail_called_from[-1]
        frame_of = "whose frame stays as it was, above" if is_kept else "whose frame it took over (a tail call)"
        notes.append(f"{told} was jumped to by {place_of(position)}, {frame_of}")
        told = who
    if frame.entered_by is not None:
        notes += _entered_words(frame.entered_by)
    if frame.not_mapped:
        notes.append(f"the {count(frame.not_mapped, 'byte')} below it, down to the stack pointer, are not mapped")
    if frame.found_by in _WEAK:
        notes.append(_WEAK[frame.found_by])
    return tuple((span(note, Style.QUIET),) for note in notes)


def _entered_words(entered: EnteredByReturn) -> list[str]:
    """How control came into a function that nobody called."""
    words = [f"nobody called it: the return instruction of {place_of(entered)}, led here"]
    writer = entered.overwritten_by
    if writer is not None:
        words.append(f"that return address had been OVERWRITTEN by {place_of(writer)}, at step {writer.step:,}")
    return words


def astray_note(snapshot: Snapshot, glyphs: Glyphs) -> Spans | None:
    """Where SP is, if it isn't in the running function's frame, and frames are on a stack."""
    if snapshot.linked_frames:
        return None
    name, value = snapshot.stack_pointer
    frame = snapshot.frames[0]
    if frame.low <= value <= frame.high or frame.not_mapped:
        return None
    caller = snapshot.frames[1] if len(snapshot.frames) > 1 else None
    if caller is not None and frame.stack == caller.stack and caller.low < value <= caller.high:
        above = count(value - frame.high, "byte")
        words = f"{name} is above this frame, in that of {name_of(caller)}: it is {glyphs.address(value)}"
        return (span(f"{words}, {above} above where this one ends", Style.CONTROL),)
    region = next((region for region in snapshot.regions if region.start < value <= region.end), None)
    where = "where nothing is mapped" if region is None else f"in {region.name or region.kind.value}"
    return (span(f"{name} has left this frame's stack: it is {glyphs.address(value)}, {where}", Style.CONTROL),)


def stack_heading(outline: FrameOutline, glyphs: Glyphs) -> Heading:
    """The line between frames of different stacks: where the one begins that `outline` is the outermost frame of."""
    stack = outline.stack
    where = (
        "the process's own stack"
        if stack is None
        else f"the stack at {glyphs.address(stack.low)} to {glyphs.address(stack.high)}, {stack.name}"
    )
    text = f"the stack pointer moved to another stack: it goes on at {glyphs.address(outline.high)}, in {where}"
    return Heading((span(text, Style.CONTROL),), dashed=True)


_WEAK = {
    FoundBy.FRAME_POINTER: "found by the chain of frame pointers",
    FoundBy.SCAN: "found by scanning the stack for return addresses: it may be left over from an earlier call",
}


def heading_lines(heading: Heading, corner: str, width: int, glyphs: Glyphs) -> list[Line]:
    """The heading as a rule across the picture; parts that don't fit follow on a second line."""
    border = Style.RUNNING if heading.running else Style.BORDER
    rule = glyphs.dashes if heading.dashed else glyphs.rule
    marks = _marks(heading, glyphs)
    whole = width - len(corner) - len(rule) - 2
    room = whole - (width_of(marks) + 2 if marks else 0)
    closing = ")" if heading.title[-1].text == ")" else ""
    shown = cut(heading.title, room, glyphs.ellipsis + closing)
    rest = list(heading.parts)
    while rest and width_of(shown) + width_of(rest[0]) + 4 <= room:
        shown = (*shown, Span(f" {rule}{rule} ", border), *rest.pop(0))
    free = whole - width_of(shown)
    fitting = [marks, (*marks, *((Span("  "),) if marks else ()), *heading.right)]
    right = next((spans for spans in reversed(fitting) if spans and free >= width_of(spans) + 3 - bool(marks)), ())
    fill = rule * (free - width_of(right) - 1 if right else free)
    ending = (Span(" "), *right) if right else ()
    first = line(Span(f"{corner}{rule} ", border), *shown, Span(f" {fill}", border), *ending)
    return [first, *_second(rest, heading, width, glyphs)]


def _marks(heading: Heading, glyphs: Glyphs) -> Spans:
    return tuple(
        Span(f"{' ' if n else ''}{glyphs.pointed_at} {mark}", Style.MARKER) for n, mark in enumerate(heading.marks)
    )


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
        lines.append(_told("next", (span(glyphs.sentence(snapshot.location.instruction), Style.VALUE),), glyphs, width))
    return lines


def fault_banner(fault: Fault | None, width: int, glyphs: Glyphs) -> list[Line]:
    """What ended the program, in its own words, wrapped to the width."""
    if fault is None:
        return []
    signal = f" ({fault.signal})" if fault.signal and fault.signal not in fault.words else ""
    return [
        line(span(text, Style.FAULT)) for text in wrapped(f"{glyphs.cross} {glyphs.value(fault.words)}{signal}", width)
    ]


def _stands_at_fault(snapshot: Snapshot) -> bool:
    fault = snapshot.fault
    return fault is not None and (fault.step is None or snapshot.step is None or snapshot.step >= fault.step)


def _who(snapshot: Snapshot, width: int, glyphs: Glyphs) -> Line:
    left = _running(snapshot, glyphs)
    where = line_of(snapshot.location.file, snapshot.location.line)
    if where:
        left = (*left, Span(" at "), span(where))
    elif snapshot.location.function is None and len(snapshot.frames) and snapshot.frames[0].function:
        left = (*left, Span(" at "), span(f"{glyphs.address(snapshot.pc)}, which is no code of the program"))
    when = _when(snapshot)
    left = cut(left, width, glyphs.ellipsis)
    free = width - width_of(left) - len(when)
    return line(*left, Span(" " * free), Span(when, Style.QUIET)) if free >= 2 else line(*left)


def _running(snapshot: Snapshot, glyphs: Glyphs) -> Spans:
    if not len(snapshot.frames):
        return (span(glyphs.value(named(snapshot.location.function, snapshot.pc)), Style.RUNNING),)
    frame = snapshot.frames[0]
    verb = " stopped" if _stands_at_fault(snapshot) else " is running"
    return (*title_of(frame, Style.RUNNING, glyphs), Span(verb, Style.RUNNING))


def _when(snapshot: Snapshot) -> str:
    if snapshot.step is None:
        return ""
    return f"step {snapshot.step:,}" + (f" of {snapshot.last_step:,}" if snapshot.last_step is not None else "")


def call_chain(snapshot: Snapshot, glyphs: Glyphs) -> list[str]:
    """The calls that led to the running function, outermost first: 'main (call.c:12)'; library frames outside left out.

    Library functions stand in brackets; a function that called itself is told once, with how often it is there.
    """
    frames = snapshot.frames
    outlines = [frames.outline(index) for index in reversed(range(len(frames)))]
    runs = [(label, list(run)) for label, run in itertools.groupby(outlines, lambda one: _label(one, glyphs))]
    while len(runs) > 1 and runs[0][1][0].library:
        runs.pop(0)
    shown = runs if len(runs) <= 2 * _CHAIN_ENDS else [*runs[:_CHAIN_ENDS], None, *runs[-_CHAIN_ENDS:]]
    return [glyphs.ellipsis if run is None else _link(snapshot, *run, glyphs) for run in shown]


def _label(outline: FrameOutline, glyphs: Glyphs) -> str:
    name = glyphs.value(name_of(outline))
    return f"({name})" if outline.library else name


def _link(snapshot: Snapshot, label: str, run: Sequence[FrameOutline], glyphs: Glyphs) -> str:
    """One function of the chain, with the line at which it (first) called on."""
    times = f" {glyphs.times}{len(run):,}" if len(run) > 1 else ""
    first = run[0]
    if first.index == 0 or first.library:
        return label + times
    frame = snapshot.frames[first.index]
    where = line_of(frame.file, frame.line)
    return f"{label} ({where}){times}" if where else label + times


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


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns, all but the first indented."""
    import textwrap

    return textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False) or [text]
