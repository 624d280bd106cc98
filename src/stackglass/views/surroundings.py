"""What lies around the frames: the process's start above them, the red zone and dead bytes below SP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from stackglass.model import DeadRun, Frame, Initialised, Snapshot, StartItem
from stackglass.views.glyphs import Glyphs
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.rows import Block, Cells, Group, Heading, Offsets, Row, Sentence
from stackglass.views.slots import SlotDrawing, values_of
from stackglass.views.templates import folded
from stackglass.views.wording import count, name_of, stack_address

_DEAD_COUNTED = 100


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


def red_zone_block(frame: Frame, offsets: Offsets, drawing: SlotDrawing, snapshot: Snapshot) -> Block | None:
    """The bytes just below SP that the running function uses without having moved SP; None if it uses none.

    Dead bytes between them have their rows there.
    """
    slots = [slot for slot in frame.slots if slot.in_red_zone]
    if not slots:
        return None
    groups = {slot.address: drawing.group(slot, frame, offsets) for slot in slots}
    lowest = min(groups)
    for run in itertools.takewhile(lambda run: run.address > lowest, snapshot.below_sp):
        groups[run.address] = _dead_group(run, offsets, drawing.word_size, drawing.unfold, frame)
    stack_pointer = snapshot.stack_pointer[0]
    title = (
        Span(f"below {stack_pointer}: ", Style.QUIET),
        span(f"{name_of(frame)}'s red zone", Style.RUNNING),
    )
    part = (Span(f"may be used without moving {stack_pointer}", Style.QUIET),)
    size = sum(slot.size for slot in slots)
    heading = Heading(title, (part,), (Span(count(size, "byte"), Style.QUIET),), running=True, dashed=True)
    return Block(heading, tuple(groups[address] for address in sorted(groups, reverse=True)), family=frame.index)


def dead_block(snapshot: Snapshot, most: int, *, library: bool, unfold: bool) -> Block | None:
    """What calls that have returned left below the stack in `most` rows: the runs next to SP, the others in one.

    What library functions left side by side, the start-up code among them, is one row unless `library`. Runs are found
    as far as they are looked at, and there may be very many: most are not even counted.
    """
    name, value = snapshot.stack_pointer
    offsets = None if snapshot.linked_frames else Offsets(name, value)
    used = _lowest_in_use(snapshot)
    runs = itertools.dropwhile(lambda run: run.address > used, snapshot.below_sp)
    seen = list(runs if unfold else itertools.islice(runs, _DEAD_COUNTED))
    if not seen:
        return None
    more = not unfold and len(seen) == _DEAD_COUNTED
    pieces = [[run] for run in seen] if unfold or library else _side_by_side(seen)
    near = pieces if unfold or len(pieces) <= most else pieces[: most - 1]
    frame = snapshot.frames[0] if len(snapshot.frames) else None
    groups = [
        _dead_group(piece[0], offsets, snapshot.word_size, unfold, frame)
        if len(piece) == 1
        else Group((_together(piece, offsets, more and piece is pieces[-1]),))
        for piece in near
    ]
    if len(near) < len(pieces):
        groups.append(Group((_together([run for piece in pieces[len(near) :] for run in piece], offsets, more),)))
    where = "given back to the heap" if snapshot.linked_frames else f"below {name}"
    title = (Span(f"{where}: dead, left by calls that have returned", Style.DEAD),)
    return Block(Heading(title, dashed=True), tuple(groups), boxed=False)


def _side_by_side(runs: Sequence[DeadRun]) -> list[list[DeadRun]]:
    """The runs, those that library functions left joined where nothing of the program's own lies between them."""
    pieces: list[list[DeadRun]] = []
    for run in runs:
        if run.library and pieces and pieces[-1][-1].library:
            pieces[-1].append(run)
        else:
            pieces.append([run])
    return pieces


def _lowest_in_use(snapshot: Snapshot) -> int:
    """The lowest address that the running function uses, its red zone included."""
    frame = snapshot.frames[0] if len(snapshot.frames) else None
    in_red_zone = [slot.address for slot in frame.slots if slot.in_red_zone] if frame else []
    return min(in_red_zone, default=snapshot.stack_pointer[1])


def _dead_group(run: DeadRun, offsets: Offsets | None, word_size: int, unfold: bool, frame: Frame | None) -> Group:
    if run.size <= word_size or not unfold:
        label = Sentence(_left_by(run, run.address, run.size, frame))
        return Group((_dead_row(run.address, run.bytes, offsets, label, word_size),))
    cuts = [run.address, *range(run.address - run.address % word_size + word_size, run.address + run.size, word_size)]
    cuts.append(run.address + run.size)
    rows: list[Row] = []
    for low, high in itertools.pairwise(cuts):
        label = Sentence(_left_by(run, low, high - low, frame))
        rows.append(_dead_row(low, run.bytes[low - run.address : high - run.address], offsets, label, word_size))
    return Group(tuple(reversed(rows)))


def _dead_row(address: int, content: bytes, offsets: Offsets | None, label: Sentence, word_size: int) -> Row:
    folded = len(content) > word_size
    return Row(
        label,
        address,
        len(content),
        offset=offsets.of(address) if offsets is not None else "",
        bytes=b"" if folded else content,
        folded_bytes=len(content) if folded else 0,
        dead=True,
    )


def _left_by(run: DeadRun, address: int, size: int, frame: Frame | None) -> tuple[Spans, ...]:
    """Who left `size` bytes of a run, from `address` on."""
    if frame is not None and run.returned_at is None and run.left_by is not None and run.left_by == frame.function:
        return tuple(_dead_words(text) for text in _given_back(address, address + size, frame))
    who = f"left by {folded(run.left_by)}" if run.left_by else "left by an earlier call"
    if run.returned_at is None:
        return (_dead_words(who),)
    ended = "ended by a jump" if run.by_jump else "returned"
    return (_dead_words(f"{who}, {ended} at step {run.returned_at:,}"), _dead_words(who))


def _given_back(low: int, high: int, frame: Frame) -> Iterator[str]:
    """What the running function had in [low, high) before it moved SP back; by name where debug information still has
    one."""
    told = f"given back by {name_of(frame)}"
    places = [
        (address, address + max(variable.size, 1), variable.name)
        for variable in (*frame.parameters, *frame.register_variables)
        if variable.initialised is not Initialised.NONE  # else an earlier call wrote what is there
        if (address := stack_address(variable)) is not None
    ]
    inside = [place for place in places if place[0] < high and low < place[1]]
    if inside:
        is_all = sum(min(high, end) - max(low, start) for start, end, _ in inside) >= high - low
        yield f"{told}: {'was' if is_all else 'with'} {', '.join(name for _, _, name in inside)}"
    yield told


def _together(runs: Sequence[DeadRun], offsets: Offsets | None, more: bool) -> Row:
    """One row for several runs; `more` if there are further ones that nobody looked at."""
    lowest, highest = min(run.address for run in runs), max(run.address + run.size for run in runs)
    names = list(dict.fromkeys(folded(run.left_by) for run in runs if run.left_by))
    if all(run.library for run in runs):
        told = "left by library functions"
        listed = [f"{told}: {_some(names, many)}" for many in (4, 2, 1)]
    else:
        told = f"{'more than ' if more else ''}{count(len(runs), 'more piece')}"
        listed = [f"{told}, left by {_some(names, many)}" for many in (4, 2, 1) if names]
    return Row(
        Sentence(tuple(_dead_words(text) for text in (*listed, told))),
        lowest,
        highest - lowest,
        offset=offsets.of(lowest) if offsets is not None else "",
        folded_bytes=sum(run.size for run in runs),
        dead=True,
    )


def _some(names: Sequence[str], many: int) -> str:
    others = len(names) - many
    return ", ".join(names[:many]) + (f" and {count(others, 'other')}" if others > 0 else "")


def _dead_words(text: str) -> Spans:
    return (span(text, Style.DEAD),)
