"""The call tree as text: who called whom, with what, when it returned and how much stack it took.

How a call ended, where that wasn't by a return, stands right behind it: without that its numbers would be misread.

Library calls made by the program's own functions get a quiet line each; what the library calls in turn is left out, but
for the program's own functions that it calls back. Repeats are collapsed. Only the calls that get a line are decoded.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.model import Call
from stackglass.views.call_nodes import CallRows, Collapsed, Node, forest, visible
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, pad, span, width_of
from stackglass.views.templates import folded
from stackglass.views.wording import arguments_of, count, named, short_value

_COLUMNS = ("called", "returned", "frame", "peak")
_DEEPEST_INDENT = 20
_TREE_AT_LEAST = 24
_CALL_AT_LEAST = 16
_REMARK_AT_LEAST = 24
"""Columns of a call that its remarks leave it, and of a remark: how a call ended fits into them."""
_CALLS_READ = 150_000
"""Calls that are looked at for a tree of limited length: enough to tell a recursion of 100,000 to its end."""


@dataclass(frozen=True, slots=True)
class CallTreeOptions:
    """How to draw the call tree: at most `limit` lines of calls, or all if None."""

    width: int = 100
    library: bool = False
    limit: int | None = 200
    glyphs: Glyphs = UNICODE
    legend: bool = True


DEFAULT = CallTreeOptions()


def call_tree(calls: CallRows, options: CallTreeOptions = DEFAULT) -> list[Line]:
    """The tree of `calls`, a line a call, and a line for what the limit leaves out."""
    budget = None if options.limit is None else max(50 * options.limit, _CALLS_READ)
    roots, read = forest(calls, library=options.library, budget=budget)
    entries = visible(roots, collapse=options.limit is not None)
    shown = entries if options.limit is None else entries[: options.limit]
    rows = sorted({row for entry in shown if isinstance(entry, Node) for row in entry.rows})
    told = {call.row: call for call in calls.decoded(rows)}  # at once: each row alone would go back and forth in time
    drawn = [_entry(entry, told, options.glyphs) for entry in shown]
    lines = _table(drawn, options.width, options.glyphs)
    hidden = sum(_calls_of(entry) for entry in entries[len(shown) :])
    unread = len(calls) - read
    if hidden or unread:
        lines.append(_left_out(hidden, unread, options.glyphs))
    return [*lines, *_legend(drawn, options)]


def _calls_of(entry: Node | Collapsed) -> int:
    return entry.times if isinstance(entry, Collapsed) else 1


def _left_out(hidden: int, unread: int, glyphs: Glyphs) -> Line:
    own = [count(hidden, "more call")] if hidden else []
    later = [f"{count(unread, 'later call')}, library's included"] if unread else []
    return line(Span(f"{glyphs.ellipsis} {' and '.join(own + later)}", Style.FOLD))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A line of the tree: the call, what is remarkable about it, and its numbers under `_COLUMNS`."""

    tree: Spans
    numbers: tuple[str, ...] = ()
    quiet: bool = False
    began: str = ""
    ended: str = ""
    """How it began and how it ended, where that is remarkable."""

    @property
    def width(self) -> int:
        """How many columns the call and the remarks take."""
        return width_of((*self.tree, *_remarks(self.began, self.ended)))

    def fitted(self, room: int, ellipsis: str) -> Spans:
        """Both in `room` columns: how it ended goes last."""
        both, tail = _remarks(self.began, self.ended), _remarks(self.ended)
        if width_of(both) + width_of(self.tree) <= room or (
            self.ended and width_of(both) + min(width_of(self.tree), _CALL_AT_LEAST) <= room
        ):
            tail = both
        tail = cut(tail, max(room - min(width_of(self.tree), _CALL_AT_LEAST), _REMARK_AT_LEAST), ellipsis)
        return pad((*cut(self.tree, room - width_of(tail), ellipsis), *tail), room)


def _remarks(*remarks: str) -> Spans:
    told = ", ".join(remark for remark in remarks if remark)
    return (Span("  "), span(told, Style.QUIET)) if told else ()


def _entry(entry: Node | Collapsed, told: Mapping[int, Call], glyphs: Glyphs) -> _Drawn:
    indent = Span(_indent(entry.branches[1:], glyphs), Style.BORDER)
    if isinstance(entry, Collapsed):
        return _Drawn((indent, span(_collapsed_words(entry, glyphs), Style.FOLD)), quiet=True)
    call, *in_its_place = (told[row] for row in entry.rows)
    last = (call, *in_its_place)[-1]
    numbers = (
        f"{call.call_step:,}",
        f"{last.return_step:,}" if last.return_step is not None else glyphs.ellipsis,
        f"{call.frame_bytes:,}",
        f"{max(each.peak_bytes for each in (call, *in_its_place)):,}",
    )
    began, ended = _remarks_on(call, in_its_place)
    if entry.of_resumed and call.call_site is not None:
        began = f"by {call.call_site.function}, resumed"
    return _Drawn((indent, *_signature(call, glyphs)), numbers, call.library, began, ended)


def _collapsed_words(collapsed: Collapsed, glyphs: Glyphs) -> str:
    name = f"{folded(collapsed.function)}()"
    dots = glyphs.ellipsis
    if collapsed.nested:
        return f"{dots} {count(collapsed.times, 'more call')} of {name}, each made by the one before {dots}"
    return f"{dots} {count(collapsed.times, 'more call')} of {name} like these {dots}"


def _signature(call: Call, glyphs: Glyphs) -> Spans:
    name = glyphs.value(named(call.function, call.entry))
    if call.library:
        return (span(name, Style.QUIET),)
    spans: Spans = (
        span(f"{name}(", Style.FUNCTION),
        span(arguments_of(call.arguments, glyphs)),
        Span(")", Style.FUNCTION),
    )
    if call.return_value is not None:
        value = short_value(call.return_value, call.return_points_to, glyphs)
        spans = (*spans, Span(" = ", Style.QUIET), span(value, Style.VALUE))
    return spans


_ENDS = {"jump": "left by a jump", "end": "never returned", "tail call": "ended in a tail call"}


def _remarks_on(call: Call, in_its_place: Sequence[Call]) -> tuple[str, str]:
    """How it began, how it ended; '' for the usual way."""
    last = (call, *in_its_place)[-1]
    went_on = f"went on as {named(last.function, last.entry)}" if in_its_place else ""
    ended = ", ".join(filter(None, (went_on, _ENDS.get(last.left_by, ""))))
    return "by a tail call" if call.tail_call else "", ended


def _indent(branches: Sequence[bool], glyphs: Glyphs) -> str:
    """The lines of the tree; each element of `branches` says whether more siblings follow at that level."""
    if not branches:
        return ""
    hidden = len(branches) - _DEEPEST_INDENT
    if hidden > 0:
        branches = branches[hidden:]
    lead = f"{glyphs.ellipsis} " if hidden > 0 else ""
    stems = "".join(f"{glyphs.side}  " if more else "   " for more in branches[:-1])
    return lead + stems + f"{glyphs.branch if branches[-1] else glyphs.last_branch} "


def _table(drawn: Sequence[_Drawn], width: int, glyphs: Glyphs) -> list[Line]:
    rows = [entry for entry in drawn if entry.numbers]
    columns = _fitting([_column(n, title, rows) for n, title in enumerate(_COLUMNS)], width)
    numbers_width = sum(column.width + 2 for column in columns)
    widest = max((entry.width for entry in drawn), default=0)
    room = min(width - numbers_width, max(widest, _TREE_AT_LEAST))
    titles = "".join(f"  {_COLUMNS[column.number]:>{column.width}}" for column in columns)
    heading = line(Span(" " * room), Span(titles, Style.QUIET))
    return [heading, *(_line(entry, columns, room, width, glyphs) for entry in drawn)]


class _Column(NamedTuple):
    number: int
    width: int


def _column(number: int, title: str, rows: Sequence[_Drawn]) -> _Column:
    return _Column(number, max([len(title), *(len(row.numbers[number]) for row in rows)]))


def _fitting(columns: Sequence[_Column], width: int) -> list[_Column]:
    """The columns that leave the tree room; the steps go first."""
    fitting = list(columns)
    for dropped in (1, 0, 2):
        if width - sum(column.width + 2 for column in fitting) >= _TREE_AT_LEAST:
            break
        fitting = [column for column in fitting if column.number != dropped]
    return fitting


def _line(entry: _Drawn, columns: Sequence[_Column], room: int, width: int, glyphs: Glyphs) -> Line:
    if not entry.numbers:
        return line(*cut(entry.tree, width, glyphs.ellipsis))
    tree = entry.fitted(room, glyphs.ellipsis)
    numbers = "".join(f"  {entry.numbers[column.number]:>{column.width}}" for column in columns)
    return line(*tree, Span(numbers, Style.QUIET if entry.quiet else Style.PLAIN))


def _legend(drawn: Sequence[_Drawn], options: CallTreeOptions) -> list[Line]:
    if not options.legend or not drawn:
        return []
    remarks = {remark for entry in drawn for remark in (entry.began, entry.ended)}
    words = (
        "called, returned: the step of the call, and the first after the return",
        "frame: the most bytes that its own frame had",
        "peak: the most stack that it and all it called used",
        *(text for key, text in _EXPLAINED.items() if any(key in remark for remark in remarks)),
    )
    wrapped = [each for text in words for each in textwrap.wrap(text, options.width, subsequent_indent="  ")]
    return [Line(), *(line(Span(text, Style.QUIET)) for text in wrapped)]


_EXPLAINED = {
    "left by a jump": "left by a jump: without a return, by longjmp or an exception",
    "tail call": "tail call: a jump to the next function, which takes the place of the one that ends with it",
    "resumed": "by f, resumed: a function on another stack went on; its calls stand under the one that went back to it",
    "went on as": "went on as f: a library function ended in a tail call; its numbers count what took its place too",
}
"""Remarks that a newcomer may not know."""
