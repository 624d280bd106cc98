"""What lies around the frames: the process's start above them, the red zone and dead bytes below SP."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from stackglass.model import DeadRun, Frame, Snapshot, StartItem
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.rows import Block, Cells, Group, Heading, Offsets, Row, Sentence
from stackglass.views.slots import SlotDrawing, values_of
from stackglass.views.wording import count, named

_DEAD_ROWS = 6


def process_start_block(snapshot: Snapshot, glyphs: Glyphs, unfold: bool) -> Block | None:
    """argc, argv, the environment and the auxiliary vector: one line, or a row for each word and string."""
    items = sorted(snapshot.process_start, key=lambda item: item.address, reverse=True)
    if not items:
        return None
    size = items[0].address + items[0].size - items[-1].address
    if not unfold:
        argc = next((f"argc = {item.value}, " for item in items if item.name == "argc"), "")
        told = f"{glyphs.ellipsis} process start: {argc}argv, environment, auxiliary vector"
        return Block(Heading((span(told, Style.FOLD), Span(f" ({count(size, 'byte')})", Style.FOLD)), dashed=True))
    offsets = Offsets("start", items[-1].address)
    groups = tuple(_start_group(item, offsets, snapshot.word_size, glyphs) for item in items)
    title = (Span("the process's start", Style.FUNCTION),)
    part = (Span("put there by the kernel", Style.QUIET),)
    return Block(Heading(title, (part,), (Span(count(size, "byte"), Style.QUIET),)), groups)


def _start_group(item: StartItem, offsets: Offsets, word_size: int, glyphs: Glyphs) -> Group:
    shown = item.size <= word_size
    return Group(
        (
            Row(
                Cells((span(item.name, Style.NAME),), "", values_of(item.value, item.points_to, glyphs)),
                item.address,
                item.size,
                offset=offsets.of(item.address),
                bytes=item.bytes if shown else b"",
                folded_bytes=0 if shown else item.size,
            ),
        )
    )


def red_zone_block(frame: Frame, offsets: Offsets, drawing: SlotDrawing, stack_pointer: str) -> Block | None:
    """The bytes just below SP that the running function uses without having moved SP; None if it uses none."""
    slots = [slot for slot in frame.slots if slot.in_red_zone]
    if not slots:
        return None
    name = named(frame.function, frame.pc)
    title = (Span(f"below {stack_pointer}: ", Style.QUIET), span(f"{name}'s red zone", Style.RUNNING))
    part = (Span(f"used without moving {stack_pointer}", Style.QUIET),)
    size = sum(slot.size for slot in slots)
    heading = Heading(title, (part,), (Span(count(size, "byte"), Style.QUIET),), running=True, dashed=True)
    return Block(heading, tuple(drawing.group(slot, frame, offsets) for slot in slots))


def dead_block(snapshot: Snapshot, glyphs: Glyphs, unfold: bool) -> Block | None:
    """What calls that have returned left below the stack; the runs next to SP one by one, the others in one."""
    runs = sorted(snapshot.below_sp, key=lambda run: run.address, reverse=True)
    if not runs:
        return None
    name, value = snapshot.stack_pointer
    offsets = Offsets(name, value)
    near = runs if unfold or len(runs) <= _DEAD_ROWS else runs[: _DEAD_ROWS - 1]
    groups = [_dead_group(run, offsets, snapshot.word_size, unfold) for run in near]
    if len(near) < len(runs):
        groups.append(Group((_remaining(runs[len(near) :], offsets, glyphs),)))
    title = (Span(f"below {name}: dead, left by calls that have returned", Style.DEAD),)
    return Block(Heading(title, dashed=True), tuple(groups), boxed=False)


def _dead_group(run: DeadRun, offsets: Offsets, word_size: int, unfold: bool) -> Group:
    label = Sentence(_left_by(run))
    if run.size <= word_size or not unfold:
        return Group((_dead_row(run.address, run.bytes, offsets, label, word_size),))
    cuts = [run.address, *range(run.address - run.address % word_size + word_size, run.address + run.size, word_size)]
    cuts.append(run.address + run.size)
    rows = [
        _dead_row(low, run.bytes[low - run.address : high - run.address], offsets, label, word_size)
        for low, high in itertools.pairwise(cuts)
    ]
    return Group(tuple(reversed(rows)))


def _dead_row(address: int, content: bytes, offsets: Offsets, label: Sentence, word_size: int) -> Row:
    folded = len(content) > word_size
    return Row(
        label,
        address,
        len(content),
        offset=offsets.of(address),
        bytes=b"" if folded else content,
        folded_bytes=len(content) if folded else 0,
        dead=True,
    )


def _left_by(run: DeadRun) -> tuple[Spans, ...]:
    who = f"left by {run.left_by}" if run.left_by else "left by an earlier call"
    if run.returned_at is None:
        return (_dead_words(who),)
    return (_dead_words(f"{who}, returned at step {run.returned_at:,}"), _dead_words(who))


def _remaining(runs: Sequence[DeadRun], offsets: Offsets, glyphs: Glyphs) -> Row:
    lowest, highest = runs[-1].address, runs[0].address + runs[0].size
    names = list(dict.fromkeys(run.left_by for run in runs if run.left_by))
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} others" if len(names) > 4 else "")
    full = f"{count(len(runs), 'more piece')}" + (f", left by {shown}" if shown else "")
    return Row(
        Sentence((_dead_words(full), _dead_words(f"{count(len(runs), 'more piece')}"))),
        lowest,
        highest - lowest,
        offset=offsets.of(lowest),
        folded_bytes=sum(run.size for run in runs),
        dead=True,
    )


def _dead_words(text: str) -> Spans:
    return (span(text, Style.DEAD),)
