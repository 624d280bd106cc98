"""A snapshot as a picture in text: who runs, then the stack frame by frame, a row for every word.

High addresses are on top, as in the textbooks; `grow="up"` turns the picture over. Layout and words only: lines come
out, and `lines.render_plain` or `palette.render_rich` make text of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stackglass.model import FoundBy, Frame, FrameOutline, Initialised, Role, Slot, Snapshot, Variable
from stackglass.views.columns import Columns, fit_columns, fit_label
from stackglass.views.folding import Fold, fold_heading, parts_of
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.headings import astray_note, frame_heading, frame_notes, heading_lines, masthead, stack_heading
from stackglass.views.kept_records import kept_blocks, rooms_block
from stackglass.views.legend import foot_lines, reading_line
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, span
from stackglass.views.links import dynamic_link, folded_links
from stackglass.views.marks import marked
from stackglass.views.registers import isa_of
from stackglass.views.rows import NEVER_WRITTEN, Block, Cells, Offsets, Row, Sentence, in_drawing_order
from stackglass.views.shared_frames import Sharers, drawn_once, sharers, sharing_notes
from stackglass.views.slot_words import FrameOwners, live_elsewhere, lost_return_words, overwritten_words
from stackglass.views.slots import SlotDrawing, joined, left_over, values_of
from stackglass.views.surroundings import dead_block, process_start_block, red_zone_block
from stackglass.views.templates import folded_type
from stackglass.views.wording import line_of, memory_address, named, notes_of, stack_address
from stackglass.views.written_addresses import with_addresses

NARROWEST = 40


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """How to draw. `writers` None shows who wrote each slot where there is room for it; `frames` limits the frames."""

    width: int = 100
    grow: Literal["down", "up"] = "down"
    writers: bool | None = None
    library: bool = False
    """Draw library frames in full rather than in one line."""
    start: bool = False
    """Draw what the kernel put above the first frame word by word."""
    unfold: bool = False
    """Fold nothing: every frame and every byte gets its row."""
    frames: int | None = None
    """The so many innermost frames; those of the library, where they are folded, don't count."""
    innermost: int | None = None
    """Only so many frames, those next to SP; the others are folded."""
    legend: bool = True
    brief: bool = False
    """For a picture inside a text: without the heading, without what lies above the frames, little of what is dead."""
    offsets: Literal["auto", "cfa", "sp"] = "auto"
    """From the frame pointer where a frame keeps one and else from the CFA; or always from one of these."""
    glyphs: Glyphs = UNICODE


DEFAULT = PictureOptions()


def picture(snapshot: Snapshot, options: PictureOptions = DEFAULT) -> list[Line]:
    """The picture of `snapshot`, as lines of at most `options.width` columns (40 at least)."""
    options = replace(options, width=max(options.width, NARROWEST))
    options = replace(options, glyphs=options.glyphs.where_memory_is(snapshot.regions))
    told = [with_addresses(block, options.glyphs) for block in _blocks(snapshot, options)]
    blocks = marked(told, snapshot, options.grow == "up")
    body = _drawn(blocks, snapshot, options)
    if options.brief:
        return body
    head = masthead(snapshot, options.width, options.glyphs)
    if not options.legend:
        return [*head, Line(), *body]
    head += reading_line(blocks, snapshot, options.grow == "up", options.width, options.glyphs)
    return [*head, Line(), *body, *foot_lines(blocks, snapshot, options.width, options.glyphs)]


def _blocks(snapshot: Snapshot, options: PictureOptions) -> list[Block]:
    """Every block from high addresses to low."""
    isa = isa_of(snapshot)
    owners = FrameOwners(snapshot.frames, isa is not None and isa.frame_pointer_at_cfa)
    drawing = SlotDrawing(snapshot.word_size, options.glyphs, options.unfold, owners)
    blocks: list[Block | None] = []
    if not options.brief:
        blocks.append(process_start_block(snapshot, options.glyphs, options.start or options.unfold))
    parts = parts_of(
        snapshot.frames,
        library=options.library,
        unfold=options.unfold,
        limit=options.frames,
        innermost=options.innermost,
    )
    shared = sharers(snapshot)
    around: FrameOutline | None = None
    for part in reversed(list(drawn_once(parts, shared))):
        outermost = part.outlines[-1] if isinstance(part, Fold) else snapshot.frames.outline(part)
        if around is not None and outermost.stack != around.stack:
            blocks.append(Block(stack_heading(outermost, options.glyphs)))
        around = part.outlines[0] if isinstance(part, Fold) else outermost
        if isinstance(part, Fold):
            heading = fold_heading(part, options.glyphs, options.grow == "up")
            links = folded_links(len(part.outlines), options.glyphs, grow_up=options.grow == "up")
            link = links if snapshot.linked_frames and part.outlines[-1].index + 1 < len(snapshot.frames) else ()
            blocks.append(Block(heading, link=link, span=(part.low, part.high)))
        else:
            blocks.extend(_frame_blocks(snapshot, snapshot.frames[part], drawing, options, shared))
    blocks.extend(kept_blocks(snapshot, 2 if options.brief else 6, drawing))
    blocks.append(dead_block(snapshot, 2 if options.brief else 6, library=options.library, unfold=options.unfold))
    return [block for block in blocks if block is not None]


def _frame_blocks(
    snapshot: Snapshot, frame: Frame, drawing: SlotDrawing, options: PictureOptions, shared: Sharers
) -> Iterator[Block | None]:
    offsets = offsets_of(frame, snapshot, options.offsets)
    own = [slot for slot in frame.slots if not slot.in_red_zone]
    slots = [(slot, ()) for slot in own] if options.unfold else joined(own)
    groups = tuple(drawing.group(slot, frame, offsets, parts) for slot, parts in slots)
    yield Block(
        frame_heading(frame, options.glyphs),
        groups,
        (*_frame_notes(frame, snapshot, options.glyphs), *sharing_notes(snapshot, frame, shared)),
        rows_above=tuple(_rows_above(frame, offsets, drawing.owners, options.glyphs)),
        family=frame.index,
        link=dynamic_link(snapshot, frame, drawing.owners, options.glyphs, grow_up=options.grow == "up")
        if snapshot.linked_frames
        else (),
    )
    yield rooms_block(frame, frame.index, drawing)
    yield red_zone_block(frame, offsets, drawing, snapshot)


def _frame_notes(frame: Frame, snapshot: Snapshot, glyphs: Glyphs) -> tuple[Spans, ...]:
    astray = astray_note(snapshot, glyphs) if frame.index == 0 else None
    return frame_notes(frame) if astray is None else (*frame_notes(frame), astray)


def offsets_of(frame: Frame, snapshot: Snapshot, base: Literal["auto", "cfa", "sp"]) -> Offsets:
    """What the addresses of a frame are told from."""
    if base == "sp":
        return Offsets(snapshot.stack_pointer[0] if frame.index == 0 else "low", frame.low)
    if base == "auto" and frame.frame_pointer_register is not None and frame.frame_pointer is not None:
        return Offsets(frame.frame_pointer_register, frame.frame_pointer)
    return Offsets("cfa", frame.cfa) if frame.cfa is not None else Offsets("top", frame.high)


def _rows_above(frame: Frame, offsets: Offsets, owners: FrameOwners, glyphs: Glyphs) -> Iterator[Row]:
    """Rows for what belongs to the activation but isn't in its bytes: registers, arguments in the caller's frame."""
    back = frame.return_address
    if back.kept_in == "register" and back.register is not None:
        yield Row(_back(frame, owners, glyphs), place=f"in {back.register}")
    elif back.kept_in == "slot" and not any(slot.role is Role.RETURN_ADDRESS for slot in _own(frame)):
        kept = _kept_outside(frame, owners)
        told = _back(frame, owners, glyphs) if kept is None or not kept.overwritten else overwritten_words(kept, owners)
        yield Row(told, place="in the caller's frame")
    for variable in (*frame.parameters, *frame.register_variables):
        place = glyphs.value(_place(variable, frame, offsets))
        if place:
            values = _values(variable, glyphs)
            name = (span(variable.name, Style.NAME),)
            yield Row(Cells(name, folded_type(variable.type), values, *_notes(variable, frame)), place=place)


def _own(frame: Frame) -> Iterator[Slot]:
    """The slots of a frame but for what is kept there for the frames that it called."""
    return (slot for slot in frame.slots if slot.of_frame is None)


def _kept_outside(frame: Frame, owners: FrameOwners) -> Slot | None:
    """The slot of a frame next to it that has its return address."""
    outer = range(frame.index + 1, min(frame.index + 3, len(owners.frames)))
    slots = (slot for index in outer for slot in owners.frames[index].slots)
    return next((slot for slot in slots if slot.of_frame == frame.index), None)


def _back(frame: Frame, owners: FrameOwners, glyphs: Glyphs) -> Sentence:
    if frame.return_address.overwritten:
        return lost_return_words(frame, owners, glyphs)
    site = owners.returned_to_from(frame)
    what = Span("return address", Style.CONTROL)
    if site is None and frame.found_by is FoundBy.TEXTBOOK and frame.return_address.value == 0:
        return Sentence(((what, span(" = 0: the end of the program", Style.TARGET)), (what,)))
    if site is None:
        return Sentence(((what,),))
    where = line_of(site.file, site.line)
    target = f" {glyphs.leads_to} back into {named(site.function, site.entry or site.pc)}" + (
        f", {where}" if where else ""
    )
    return Sentence(((what, span(target, Style.TARGET)), (what,)))


def _place(variable: Variable, frame: Frame, offsets: Offsets) -> str:
    """Where a variable is, in words; '' for one in the frame's own slots, which has its row there."""
    kind, _, where = variable.location.partition(" ")
    if kind == "register":
        return f"in {where}"
    address = memory_address(variable)
    if address is not None and any(slot.address <= address < slot.end for slot in (*frame.slots, *frame.rooms)):
        return ""
    if address is None or stack_address(variable) is None:
        return variable.location
    where = "in the caller's frame" if address >= frame.high else "below the stack"
    return f"{where}, {offsets.of(address)}"


def _values(variable: Variable, glyphs: Glyphs) -> tuple[Spans, ...]:
    if variable.initialised is Initialised.NONE:
        return left_over(variable.value, glyphs)
    if variable.value is None and variable.location.startswith("register"):
        return ((Span("not known any more", Style.UNWRITTEN),),)
    return values_of(variable.value, variable.points_to, glyphs)


def _notes(variable: Variable, frame: Frame) -> tuple[tuple[str, ...], str]:
    """What the variable is, and the state of its bytes."""
    state = NEVER_WRITTEN if variable.initialised is Initialised.NONE else ""
    number = next((n for n, parameter in enumerate(frame.parameters, 1) if parameter is variable), None)
    if number is None:
        return notes_of(variable.note or "local"), state
    came = f", {'its address ' if variable.by_reference else ''}came in {variable.came_in}"
    if variable.came_in in (None, "stack"):
        came = ""
    if any(live_elsewhere(slot, frame) is variable for slot in frame.slots):
        live = "live here: not copied yet"
        return (f"parameter {number}{came}, {live}", f"param {number}, {live}", f"param {number}, live here"), state
    return notes_of(f"parameter {number}{came}"), state


# ---- drawing ----


def _drawn(blocks: Sequence[Block], snapshot: Snapshot, options: PictureOptions) -> list[Line]:
    rows = [row for block in blocks for row in block.rows]
    columns = fit_columns(rows, options.width, snapshot.word_size, options.glyphs, options.writers)
    grow_up = options.grow == "up"
    ordered = list(reversed(blocks)) if grow_up else list(blocks)
    families: dict[int | None, list[Row]] = {}
    for block in blocks:
        families.setdefault(block.family, []).extend(block.rows)
    columns_of = {family: fit_label(columns, members) for family, members in families.items()}
    lines: list[Line] = []
    for index, block in enumerate(ordered):
        before = _is_joined(ordered[index - 1], block, grow_up) if index else False
        after = _is_joined(block, ordered[index + 1], grow_up) if index + 1 < len(ordered) else False
        link = () if not index else (ordered[index - 1] if grow_up else block).link
        if link:
            lines.append(line(Span(" "), *cut(link, columns.width - 1, options.glyphs.ellipsis)))
        lines += _block_lines(block, columns_of[block.family], grow_up, first=not before)
        if block.boxed and not after:
            lines.append(_foot(options, block))
    return lines


def _is_joined(upper: Block, lower: Block, grow_up: bool) -> bool:
    """Whether two blocks, as they are drawn, are parts of one box: frames that lie one behind the other."""
    return upper.boxed and lower.boxed and not (upper if grow_up else lower).link


def _block_lines(block: Block, columns: Columns, grow_up: bool, *, first: bool) -> Iterator[Line]:
    glyphs = columns.glyphs
    corner = (glyphs.top if first else glyphs.joint) if block.boxed else " "
    yield from heading_lines(block.heading, corner, columns.width, glyphs)
    side = _side(block, glyphs)
    for note in block.notes:
        yield line(*side, *cut(note, columns.width - 2, glyphs.ellipsis))
    for row in block.rows_above:
        yield columns.line(row, side)
    for group in in_drawing_order(block.groups, grow_up):
        if group.header is not None:
            yield columns.line(group.header, side)
        for row in group.rows:
            yield columns.line(row, side)


def _side(block: Block, glyphs: Glyphs) -> Spans:
    if not block.boxed:
        return (Span("  "),)
    return (Span(f"{glyphs.side} ", Style.RUNNING if block.heading.running else Style.BORDER),)


def _foot(options: PictureOptions, block: Block) -> Line:
    style = Style.RUNNING if block.heading.running else Style.BORDER
    return line(Span(options.glyphs.foot + options.glyphs.rule * (options.width - 1), style))
