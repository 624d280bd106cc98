"""The rows of a picture before they are laid out: an address, its bytes, and what to say about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackglass.views.lines import Span, Spans, Style

NEVER_WRITTEN = "never written"
"""The state of bytes that this activation has not written."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A named thing: its name, type and value in columns of their own, and notes that say what it is.

    `values` and `notes` are alternatives, the fullest first. `state` is what must be known of a value: 'never written'.
    """

    name: Spans
    type: str = ""
    values: tuple[Spans, ...] = ((),)
    notes: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words that need no columns. `alternatives` say the same at lesser and lesser length."""

    alternatives: tuple[Spans, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `size` bytes from `address` on, or, with no address, something that belongs to the rows around it."""

    label: Cells | Sentence
    address: int | None = None
    size: int = 0
    place: str = ""
    """What stands in the address column where there is no address: 'in edi'."""
    offset: str = ""
    bytes: bytes = b""
    folded_bytes: int = 0
    """How many bytes the row stands for, where they are not shown."""
    written: bool = True
    dead: bool = False
    writer: str = ""
    marks: tuple[str, ...] = ()
    """Registers that point at the row's first byte, or, as 'rbp+3', into it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, from high addresses to low; `header`, where there is one, is drawn above them."""

    rows: tuple[Row, ...]
    header: Row | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """The line that begins a block. `parts` follow the title, the most needed first; `right` ends it where it fits."""

    title: Spans
    parts: tuple[Spans, ...] = ()
    right: Spans = ()
    running: bool = False
    dashed: bool = False
    marks: tuple[str, ...] = ()
    """Registers that point into what the heading folds, and the CFA where the heading is the line that it marks."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the stack under one heading, from high addresses to low; `boxed` ones are drawn with a side line."""

    heading: Heading
    groups: tuple[Group, ...] = ()
    notes: tuple[Spans, ...] = ()
    """Quiet lines between the heading and the rows."""
    boxed: bool = True
    rows_above: tuple[Row, ...] = ()
    """Rows without addresses that stay right under the heading, whichever way the stack is drawn."""
    family: int = -1
    """Blocks of the same number stand together: their names, types and values are aligned."""
    link: Spans = ()
    """What leads from the frame to its caller's, drawn between the two, where they are not parts of one stack."""
    span: tuple[int, int] | None = None
    """The addresses that the heading alone stands for, where the block is folded."""

    @property
    def rows(self) -> list[Row]:
        """Every row, those above and the groups' headers included."""
        headers_and_rows = (row for group in self.groups for row in (group.header, *group.rows))
        return [*self.rows_above, *(row for row in headers_and_rows if row is not None)]


@dataclass(frozen=True, slots=True)
class Offsets:
    """How addresses are told relative to a register or the CFA; `base` None tells nothing."""

    name: str
    base: int | None

    def of(self, address: int) -> str:
        """'rbp-8', 'rbp', 'cfa-16'."""
        if self.base is None:
            return ""
        return f"{self.name}{address - self.base:+d}" if address != self.base else self.name


def words(text: str, style: Style = Style.QUIET, note: str = "") -> Sentence:
    """A sentence of one span."""
    return Sentence(((Span(text, style),),), note)


def in_drawing_order(groups: Sequence[Group], grow_up: bool) -> list[Group]:
    """The groups as given, high addresses first, or turned over, with each header still above its rows."""
    if not grow_up:
        return list(groups)
    return [Group(tuple(reversed(group.rows)), group.header) for group in reversed(groups)]
