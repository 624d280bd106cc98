"""The rows of one slot: one per word, one per member, or one for a large run of bytes that nobody wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackglass.model import Field, Frame, Initialised, Pointee, PointeeKind, Role, Slot, Writer, unplaced_bases
from stackglass.views.glyphs import Glyphs
from stackglass.views.leaves import Leaf, Piece, is_array, leaves_of, pieces_of, word_cuts
from stackglass.views.lines import Span, Spans, Style, span
from stackglass.views.rows import NEVER_WRITTEN, Cells, Group, Offsets, Row, Sentence
from stackglass.views.slot_words import (
    FrameOwners,
    live_elsewhere,
    notes_of_slot,
    overwritten_words,
    sentence_of,
)
from stackglass.views.templates import folded_type
from stackglass.views.wording import count, pointee_words, quoted_bytes, writer_words

_ROWS_OF_ARRAY = 10
_ROWS_OF_STRUCT = 32
_WORDS_UNWRITTEN = 2
_KEPT_LOW, _KEPT_HIGH = 3, 2
_PATH_LIMIT = 28
_LEFT_OVER_LIMIT = 20
_STATES = {Initialised.NONE: NEVER_WRITTEN, Initialised.PART: "partly written"}


@dataclass(frozen=True, slots=True)
class SlotDrawing:
    """How slots become rows: `unfold` shows every byte."""

    word_size: int
    glyphs: Glyphs
    unfold: bool
    owners: FrameOwners

    def group(self, slot: Slot, frame: Frame, offsets: Offsets, joined: Sequence[Slot] = ()) -> Group:
        """The slot's rows, from high addresses to low. `joined`: the slots that it was made of, if it was."""
        writer = writer_words(slot.written_by, frame.function)
        if slot.overwritten and slot.role is Role.RETURN_ADDRESS:
            plain = self._plain(slot, frame, offsets, writer)
            return Group(plain.rows, Row(overwritten_words(slot, self.owners)))
        leaves = leaves_of(slot)
        if self._is_unwritten_stretch(slot, leaves):
            return Group((self._stretch(slot, frame, offsets),))
        if joined:
            return self._several(slot, frame, offsets, joined)
        if slot.parts and slot.name is None:
            return self._room(slot, frame, offsets)
        if not leaves:
            return self._plain(slot, frame, offsets, writer)
        pieces = pieces_of(slot, self.word_size)
        if len(pieces) == 1 and len(pieces[0].leaves) == 1:
            return self._plain(slot, frame, offsets, writer)
        rows = [row for piece in pieces for row in self._piece(piece, slot, offsets)]
        header = Row(self._header(slot, frame), place=count(slot.size, "byte"), writer=writer)
        most = _ROWS_OF_ARRAY if is_array(slot) else _ROWS_OF_STRUCT
        return Group(tuple(reversed(self._folded(rows, most, slot.name or "it", offsets))), header)

    # ---- slots without parts ----

    def _plain(self, slot: Slot, frame: Frame, offsets: Offsets, writer: str) -> Group:
        words, label = self._words_of(slot), self._label(slot, frame)
        if len(words) == 1 or not (isinstance(label, Cells) or slot.register):
            rows = [self._word(word, slot, offsets, label, writer) for word in words]
            return Group(tuple(reversed(self._folded(rows, _ROWS_OF_ARRAY, "these", offsets))))
        rows = [self._word(word, slot, offsets, _part_label(word), "") for word in words]
        folded = self._folded(rows, _ROWS_OF_ARRAY, slot.name or "it", offsets)
        return Group(tuple(reversed(folded)), Row(label, place=count(slot.size, "byte"), writer=writer))

    def _several(self, slot: Slot, frame: Frame, offsets: Offsets, joined: Sequence[Slot]) -> Group:
        """The rows of slots that are told alike, each with its own last writer."""
        label, rows = self._label(slot, frame), []
        for word in self._words_of(slot):
            low = slot.address + word.offset - slot.offset
            inside = [one for one in joined if one.address < low + word.size and low < one.end]
            rows.append(self._word(word, slot, offsets, label, writer_words(_last_writer(inside), frame.function)))
        return Group(tuple(reversed(self._folded(rows, _ROWS_OF_ARRAY, "these", offsets))))

    def _room(self, slot: Slot, frame: Frame, offsets: Offsets) -> Group:
        """The rows of room allocated at run time, each with who last wrote any of its bytes for this frame."""
        rows, at = [], 0
        for word in self._words_of(slot):
            low = slot.address + word.offset - slot.offset
            while slot.parts[at].end <= low:
                at += 1
            end = at + 1
            while end < len(slot.parts) and slot.parts[end].address < low + word.size:
                end += 1
            inside = slot.parts[at:end]
            own = [part for part in inside if part.own]
            extent = Initialised.NONE if not own else Initialised.ALL if len(own) == len(inside) else Initialised.PART
            writers = [part.writer for part in own or inside if part.writer is not None]
            writer = writer_words(max(writers, key=lambda one: one.step, default=None), frame.function)
            row = self._word(word, slot, offsets, self._label(replace(slot, initialised=extent), frame), writer)
            rows.append(replace(row, written=bool(own)))
        return Group(tuple(reversed(self._folded(rows, _ROWS_OF_ARRAY, "these", offsets))))

    def _words_of(self, slot: Slot) -> list[Leaf]:
        cuts = word_cuts(slot.address, slot.size, self.word_size)
        return [Leaf("", "", slot.offset + start, end - start, None) for start, end in cuts]

    def _word(self, word: Leaf, slot: Slot, offsets: Offsets, label: Cells | Sentence, writer: str) -> Row:
        start = word.offset - slot.offset
        address = slot.address + start
        return Row(
            label,
            address,
            word.size,
            offset=offsets.of(address),
            bytes=slot.bytes[start : start + word.size],
            written=slot.initialised is not Initialised.NONE,
            writer=writer,
        )

    def _is_unwritten_stretch(self, slot: Slot, leaves: Sequence[Leaf]) -> bool:
        """Whether nobody wrote the slot, and it would take several rows to say so."""
        words = 1 if leaves else _WORDS_UNWRITTEN
        return not self.unfold and slot.initialised is Initialised.NONE and slot.size > words * self.word_size

    def _stretch(self, slot: Slot, frame: Frame, offsets: Offsets) -> Row:
        return Row(
            self._label(slot, frame),
            slot.address,
            slot.size,
            offset=offsets.of(slot.address),
            folded_bytes=slot.size,
            written=False,
        )

    def _label(self, slot: Slot, frame: Frame) -> Cells | Sentence:
        sentence = sentence_of(slot, frame, self.owners, self.glyphs)
        if sentence is not None:
            return sentence
        name = f"{slot.name}+{slot.offset}" if slot.offset else slot.name or ""
        type_, notes = folded_type(slot.type or ""), notes_of_slot(slot, frame)
        if live_elsewhere(slot, frame) is not None:
            return Cells((span(name, Style.NAME),), type_, notes=notes)
        state = _STATES.get(slot.initialised, "")
        return Cells((span(name, Style.NAME),), type_, self._values(slot), notes, state)

    def _header(self, slot: Slot, frame: Frame) -> Cells | Sentence:
        """The label above the rows of a whole: its value may be left out, since they tell it.

        Where it is long, the one string that its members lead to says more, as of a C++ string.
        """
        label = self._label(slot, frame)
        if not isinstance(label, Cells):
            return label
        texts = _texts(slot.fields) if slot.initialised is not Initialised.NONE else []
        shorter = values_of("", texts[0], self.glyphs)[1:] if len(texts) == 1 else ((),)
        return replace(label, values=(*label.values, *shorter))

    def _values(self, slot: Slot) -> tuple[Spans, ...]:
        if slot.initialised is Initialised.NONE:
            return left_over(slot.value, self.glyphs)
        return values_of(slot.value, slot.points_to, self.glyphs)

    # ---- members and elements ----

    def _piece(self, piece: Piece, slot: Slot, offsets: Offsets) -> list[Row]:
        """The piece's row, and rows without bytes: below it for what shares its bytes, above it for each value of which
        it has the last ones."""
        low, high = min(leaf.offset for leaf in piece.leaves), max(leaf.end for leaf in piece.leaves)
        first, *others = piece.leaves
        label = self._leaf_label(first, slot, is_shared=piece.is_shared)
        row = self._word(Leaf("", "", low, high - low, None), slot, offsets, label, "")
        also = [Row(self._leaf_label(leaf, slot), place="in the same bytes") for leaf in others]
        wholes = [Row(self._leaf_label(leaf, slot), place=_size_words(leaf)) for leaf in piece.ending]
        return [*reversed(also), row, *reversed(wholes)]

    def _leaf_label(self, piece: Leaf, slot: Slot, *, is_shared: bool = True) -> Cells | Sentence:
        start = piece.offset - slot.offset
        content = slot.bytes[start : start + piece.size]
        if piece.is_part:
            return _part_of_label(piece, is_shared=is_shared)
        if piece.is_padding:
            return _between_members(unplaced_bases(slot.fields))
        if slot.initialised is Initialised.NONE:
            return self._unwritten_label(piece)
        if piece.text:
            value = quoted_bytes(content)
            return Cells(
                _path(f"{piece.path}{_range(piece.offset - piece.start, piece.size)}"),
                "",
                ((span(value, Style.VALUE),),),
            )
        if piece.elements:
            return self._elements_label(piece)
        return Cells(_path(piece.path), folded_type(piece.type), values_of(piece.value, piece.points_to, self.glyphs))

    def _unwritten_label(self, piece: Leaf) -> Cells:
        names = _element_names(piece) if piece.elements else ""
        if piece.text:
            names = _range(piece.offset - piece.start, piece.size)
        return Cells(
            _path(piece.path + names), folded_type(piece.type), left_over(piece.value, self.glyphs), state=NEVER_WRITTEN
        )

    def _elements_label(self, piece: Leaf) -> Cells:
        values = ", ".join(element.value if element.value is not None else "?" for element in piece.elements)
        return Cells(_path(piece.path + _element_names(piece)), "", ((span(values, Style.VALUE),),))

    def _folded(self, rows: Sequence[Row], most: int, name: str, offsets: Offsets) -> list[Row]:
        """The rows, by rising address; if there are more than `most`, the middle ones are folded into one."""
        if self.unfold or len(rows) <= most:
            return list(rows)
        middle = rows[_KEPT_LOW:-_KEPT_HIGH]
        size = sum(row.size for row in middle)
        address = next(row.address for row in middle if row.address is not None)
        words = f"  {self.glyphs.ellipsis} {count(size, 'byte')} more of {name}, folded"
        fold = Row(
            Sentence(((Span(words, Style.FOLD),), (Span("  folded", Style.FOLD),))),
            address,
            size,
            offset=offsets.of(address),
            folded_bytes=size,
        )
        return [*rows[:_KEPT_LOW], fold, *rows[-_KEPT_HIGH:]]


def values_of(value: str | None, points_to: Pointee | None, glyphs: Glyphs) -> tuple[Spans, ...]:
    """A value, followed by what it leads to where it is a pointer; shorter ways to say it after the fullest one."""
    if value is None:
        return ((),)
    if points_to is None:
        return ((span(glyphs.value(value), Style.VALUE),),)
    is_address = value == f"{points_to.address:#x}"
    shown = span(glyphs.address(points_to.address) if is_address else glyphs.value(value), Style.VALUE)
    arrow = Span(f"{glyphs.leads_to} ")
    target = span(pointee_words(points_to, glyphs), Style.TARGET)
    shorter = span(pointee_words(points_to, glyphs, 12), Style.TARGET)
    return ((shown, Span(" "), arrow, target), (arrow, target), (arrow, shorter))


def left_over(value: str | None, glyphs: Glyphs) -> tuple[Spans, ...]:
    """What bytes that nobody wrote happen to be worth, quietly; nothing for text and for what has parts."""
    if value is None or len(value) > _LEFT_OVER_LIMIT or value.startswith(('"', "{")):
        return ((),)
    return ((span(glyphs.value(value), Style.UNWRITTEN),), ())


def _path(path: str) -> Spans:
    """A member's path, of a long one the end."""
    shown = path if len(path) <= _PATH_LIMIT else ".." + path[2 - _PATH_LIMIT :]
    return (span(f"  {shown}", Style.NAME),)


def _part_label(word: Leaf) -> Cells:
    return Cells((Span(f"  {_numbered(word)}", Style.QUIET),))


def _size_words(leaf: Leaf) -> str:
    return count(leaf.size, "byte") if leaf.bits is None else count(leaf.bits, "bit")


def _part_of_label(leaf: Leaf, *, is_shared: bool) -> Cells:
    """What some bytes of a value are: which of its own; those of a bit-field need not be all its own."""
    bytes_ = _numbered(leaf) if leaf.bits is None else "part"
    whole = f" of {leaf.path}" if is_shared or leaf.bits is not None else ""
    return Cells((Span(f"    {bytes_}{whole}", Style.QUIET),))


def _range(offset: int, size: int) -> str:
    return f"[{offset}]" if size == 1 else f"[{offset}..{offset + size - 1}]"


def _element_names(piece: Leaf) -> str:
    first, last = piece.elements[0].name, piece.elements[-1].name
    return first if first == last else f"{first[:-1]}..{last[1:]}"


def _texts(fields: Sequence[Field]) -> list[Pointee]:
    """The strings that the members of a whole lead to, elements of arrays aside: one of those isn't its value."""
    members = [field for field in fields if not field.name.startswith("[")]
    found = [
        pointee for field in members for pointee in (field.points_to, *_texts(field.fields)) if pointee is not None
    ]
    return [pointee for pointee in found if pointee.kind is PointeeKind.STRING]


def joined(slots: Sequence[Slot]) -> list[tuple[Slot, tuple[Slot, ...]]]:
    """The slots, from high addresses to low, with neighbouring paddings made one, and neighbouring temporaries too.

    With each go the slots that it was made of, none if it's one by itself.
    """
    runs: list[list[Slot]] = []
    for slot in slots:
        if runs and _are_alike(runs[-1][-1], slot):
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return [(_join(run), tuple(run) if len(run) > 1 else ()) for run in runs]


def _numbered(part: Leaf) -> str:
    """'bytes 4..7', 'byte 3': which of the whole's bytes a part is."""
    return f"byte{'' if part.size == 1 else 's'} {_range(part.offset - part.start, part.size)[1:-1]}"


def _between_members(unplaced: Sequence[str]) -> Sentence:
    """What bytes of no member are: padding, but where the object doesn't tell where some of its virtual bases lie."""
    forms = ["padding between members", "padding"]
    if unplaced:
        names = f"virtual base{'' if len(unplaced) == 1 else 's'} {', '.join(unplaced)}"
        forms = [f"padding, or {names}: not known yet", "padding or a virtual base"]
    long, short = forms
    return Sentence(((Span(f"  {long}", Style.QUIET),), (Span(f"  {short}", Style.QUIET),)))


def _are_alike(high: Slot, low: Slot) -> bool:
    return (
        high.role is low.role
        and high.role in (Role.PADDING, Role.TEMPORARY)
        and low.end == high.address
        and (high.initialised, high.note, high.name) == (low.initialised, low.note, low.name)
        and high.points_to is None
        and low.points_to is None
    )


def _join(run: Sequence[Slot]) -> Slot:
    """The slots of a run, from high addresses to low, as one."""
    if len(run) == 1:
        return run[0]
    return replace(
        run[-1],
        size=sum(slot.size for slot in run),
        bytes=b"".join(slot.bytes for slot in reversed(run)),
        value=None,
        written_by=_last_writer(run),
    )


def _last_writer(slots: Sequence[Slot]) -> Writer | None:
    writers = [slot.written_by for slot in slots if slot.written_by is not None]
    return max(writers, key=lambda writer: writer.step, default=None)
