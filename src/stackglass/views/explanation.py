"""An explained call as text: how its arguments travel, then instruction by instruction, with pictures in between."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stackglass.isa.places import listed
from stackglass.model.explanation import (
    Change,
    ChangeKind,
    ExplainedCall,
    ExplainedStep,
    FoldedSteps,
    PassedValue,
    Phase,
    Picture,
    Told,
)
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Line, Span, Style, cut, line, span
from stackglass.views.templates import folded
from stackglass.views.text import DEFAULT, PictureOptions, picture
from stackglass.views.wording import count, line_of, ordinal, pointee_words

_WORDS_UNDER = 2
_DISASSEMBLY_WIDTH = 44


def explanation(explained: ExplainedCall, options: PictureOptions = DEFAULT) -> list[Line]:
    """The call told from the set-up of its arguments to the instruction after its return.

    Each picture stands before the first instruction that runs after it; `options` say how to draw them. Unless they
    limit the frames, only the function's own frame and its caller's are drawn in full.
    """
    width = max(options.width, 40)
    regions = (region for each in explained.pictures for region in each.snapshot.regions)
    options = replace(options, glyphs=options.glyphs.where_memory_is(regions))
    lines = _head(explained, options.glyphs, width)
    lines += _passing(explained, options.glyphs, width)
    pictures = list(explained.pictures)
    for number, phase in enumerate(explained.phases, 1):
        title: list[Line] = [Line(), _phase_title(number, phase, width, options.glyphs)]
        for told in phase.told:
            due = [each for each in pictures if (each.snapshot.step or 0) <= told.step]
            pictures = pictures[len(due) :]
            lines += [drawn for each in due for drawn in _picture(each, options)]
            lines += title
            title = []
            lines += _told(told, width, options.glyphs)
        lines += title
    lines += [drawn for each in pictures for drawn in _picture(each, options)]
    return _without_double_blanks(lines)


def _without_double_blanks(lines: Sequence[Line]) -> list[Line]:
    return [each for each, before in zip(lines, [Line(), *lines], strict=False) if each.spans or before.spans]


def _head(explained: ExplainedCall, glyphs: Glyphs, width: int) -> list[Line]:
    which = [f"its {ordinal(explained.number)} call"] if explained.number > 1 else []
    who = [f"{'made' if which else 'called'} by {explained.caller}"] if explained.caller else []
    origin = ", ".join((*which, *who))
    arguments = ", ".join(f"{each.name}={glyphs.value(each.value or '?')}" for each in explained.arguments)
    title = (
        span(f"{folded(explained.function)}({arguments})", Style.RUNNING),
        span(f": {origin}" if origin else ""),
    )
    lines = [line(*cut(title, width, glyphs.ellipsis)), *_paragraph(_when(explained, glyphs), "", width, Style.QUIET)]
    if explained.note:
        lines += _paragraph(glyphs.sentence(explained.note), "", width, Style.PLAIN)
    return lines


_AT_THE_CALL = " at the call"
"""What the place of an argument on the stack ends with: it counts from SP as the call instruction finds it."""
_LEFT = {
    "jump": "left by a jump",
    "tail call": "ended by a tail call",
    "end": "still running when the program ended",
}


def _when(explained: ExplainedCall, glyphs: Glyphs) -> str:
    start = f"called at step {explained.call_step:,}"
    if explained.return_step is None:
        return f"{start}, {_LEFT.get(explained.left_by, explained.left_by)}"
    steps = explained.return_step - explained.call_step
    if explained.left_by == "tail call":
        then = (
            f", its place taken by {folded(explained.handed_to or 'other code')} from step {explained.return_step:,} on"
        )
        goes_on = explained.caller_goes_on
        caller = folded(explained.caller or "its caller")
        rest = f"; {caller} goes on at step {goes_on:,}" if goes_on is not None else f"; {caller} never goes on"
        return f"{start}{then}: {count(steps, 'step')}{rest}"
    value = explained.result.value if explained.result is not None else None
    result = f" with {glyphs.value(value)}" if value else ""
    return f"{start}, back at step {explained.return_step:,}{result}: {count(steps, 'step')}"


def _passing(explained: ExplainedCall, glyphs: Glyphs, width: int) -> list[Line]:
    """Where the arguments and the result travel, and by which rule."""
    unnamed = explained.unnamed_arguments
    further = [PassedValue("...", "", None, "", f"arguments without a name: {unnamed}")] if unnamed else []
    passed = [*explained.arguments, *further, *([explained.result] if explained.result is not None else [])]
    if not passed:
        return []
    title = (span("What is passed where", Style.FUNCTION), span(f"  by the {explained.psabi}", Style.QUIET))
    lines = [Line(), line(*cut(title, width, glyphs.ellipsis))]
    names = [f"{each.name or 'the result'}" for each in passed]
    places = [_place(each, glyphs) for each in passed]
    wide = [max(map(len, column)) for column in (names, [each.type for each in passed], places)]
    for name, place, each in zip(names, places, passed, strict=True):
        cells = (
            span(f"  {name:<{wide[0]}}  ", Style.NAME),
            span(f"{each.type:<{wide[1]}}  ", Style.TYPE),
            span(f"{place:<{wide[2]}}  ", Style.CONTROL),
            span(glyphs.value(each.value or ""), Style.VALUE),
            span(_target(each, glyphs), Style.TARGET),
        )
        lines.append(line(*cut(cells, width, glyphs.ellipsis)))
        lines += _paragraph(glyphs.sentence(each.reason), "      ", width, Style.QUIET)
    return lines


def _target(passed: PassedValue, glyphs: Glyphs) -> str:
    return f" {glyphs.leads_to} {pointee_words(passed.points_to, glyphs)}" if passed.points_to is not None else ""


def _place(passed: PassedValue, glyphs: Glyphs) -> str:
    """'in edi', 'in r0 and r1', 'in r3, and on the stack at sp', 'nowhere'."""
    if not passed.place or passed.place == "nowhere":
        return passed.place
    if passed.place.startswith("memory"):
        return f"in {glyphs.value(passed.place)}"
    parts = passed.place.split(" and ")
    on_stack = [part.removesuffix(_AT_THE_CALL) for part in parts if part.endswith(_AT_THE_CALL)]
    in_registers = [part for part in parts if not part.endswith(_AT_THE_CALL)]
    words = [f"in {listed(in_registers)}"] if in_registers else []
    words += [f"on the stack at {listed(on_stack)}"] if on_stack else []
    return ", and ".join(words)


def _phase_title(number: int, phase: Phase, width: int, glyphs: Glyphs) -> Line:
    title = f"{number}. {phase.title} "
    return line(*cut((span(title, Style.FUNCTION),), width, glyphs.ellipsis), _rule(width - len(title), glyphs))


def _rule(length: int, glyphs: Glyphs) -> Span:
    return Span(glyphs.rule * max(length, 0), Style.BORDER)


def _told(told: Told, width: int, glyphs: Glyphs) -> Iterator[Line]:
    step = f"{told.step:>7,}  "
    indent = " " * (len(step) + _WORDS_UNDER)
    if isinstance(told, FoldedSteps):
        yield from _folded(told, step, width, glyphs)
        return
    yield _instruction(told, step, width, glyphs)
    yield from _paragraph(glyphs.sentence(told.words), indent, width, Style.PLAIN)
    yield from _changes(told.changes, indent, width, glyphs)


def _folded(told: FoldedSteps, step: str, width: int, glyphs: Glyphs) -> Iterator[Line]:
    steps = f", steps {told.step:,} to {told.end_step - 1:,}" if told.end_step - told.step > 1 else ""
    lead = f"{glyphs.ellipsis} "
    words = f"{glyphs.sentence(told.words)}{steps}"
    wrapped = textwrap.wrap(words, width - len(step) - len(lead), break_on_hyphens=False)
    for number, text in enumerate(wrapped):
        margin = step + lead if number == 0 else " " * len(step + lead)
        yield line(span(margin, Style.QUIET), span(text, Style.FOLD))


def _instruction(told: ExplainedStep, step: str, width: int, glyphs: Glyphs) -> Line:
    where = line_of(told.file, told.line)
    times = f"  {glyphs.times}{told.times:,}" if told.times > 1 else ""
    spans = (
        span(step, Style.QUIET),
        span(f"{glyphs.address(told.pc)}  ", Style.ADDRESS),
        span(f"{glyphs.sentence(told.disassembly) + times:<{_DISASSEMBLY_WIDTH}}", Style.NAME),
        span(f"  {', '.join(part for part in (folded(told.function or ''), where) if part)}", Style.QUIET),
    )
    return line(*cut(spans, width, glyphs.ellipsis))


def _changes(changes: Sequence[Change], indent: str, width: int, glyphs: Glyphs) -> Iterator[Line]:
    """The changes one after the other, slots before registers before flags, as many to a line as fit."""
    ordered = sorted(changes, key=lambda change: _ORDER[change.kind])
    at: list[Span] = []
    used = len(indent)
    for change in ordered:
        text = glyphs.sentence(change.words)
        gap = "   " if at else ""
        if at and used + len(gap) + len(text) > width:
            yield line(Span(indent), *at)
            at, used, gap = [], len(indent), ""
        at += [Span(gap), span(text, _STYLES[change.kind])]
        used += len(gap) + len(text)
    if at:
        yield line(*cut((Span(indent), *at), width, glyphs.ellipsis))


_ORDER = {ChangeKind.SLOT: 0, ChangeKind.REGISTER: 1, ChangeKind.FLAGS: 2}
_STYLES = {ChangeKind.SLOT: Style.CHANGED, ChangeKind.REGISTER: Style.VALUE, ChangeKind.FLAGS: Style.QUIET}


def _paragraph(text: str, indent: str, width: int, style: Style) -> list[Line]:
    wrapped = textwrap.wrap(text, width - len(indent), break_on_hyphens=False)
    return [line(Span(indent), span(each, style)) for each in wrapped]


def _picture(each: Picture, options: PictureOptions) -> list[Line]:
    """The stack at one moment under its title; the words around it explain it."""
    title = f"  The stack {each.title}, step {each.snapshot.step or 0:,} "
    drawn = picture(each.snapshot, _near(each, options))
    return [Line(), line(span(title, Style.MARKER), _rule(options.width - len(title), options.glyphs)), *drawn, Line()]


def _near(each: Picture, options: PictureOptions) -> PictureOptions:
    if options.frames is not None or options.innermost is not None or options.unfold:
        return replace(options, brief=True)
    return replace(options, brief=True, innermost=2)
