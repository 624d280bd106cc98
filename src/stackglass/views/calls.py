"""The call tree as text: who called whom, with what, when it returned and how much stack it took.

Library calls made by the program's own functions get a quiet line each; what the library calls in turn is left out, but
for the program's own functions that it calls back. Repeats are collapsed. Only the calls that get a line are decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stackglass.model import Call
from stackglass.views.call_nodes import CallRows, Collapsed, Node, forest, visible
from stackglass.views.glyphs import UNICODE, Glyphs
from stackglass.views.lines import Line, Span, Spans, Style, cut, line, pad, span, width_of
from stackglass.views.wording import arguments_of, count, named

_COLUMNS = ("called", "returned", "frame", "peak")
_DEEPEST_INDENT = 20
_TREE_AT_LEAST = 24
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
    drawn = [_entry(entry, calls, options.glyphs) for entry in shown]
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
    """A line of the tree: the call, and its numbers under `_COLUMNS`."""

    tree: Spans
    numbers: tuple[str, ...] = ()
    quiet: bool = False
    remark: str = ""


def _entry(entry: Node | Collapsed, calls: CallRows, glyphs: Glyphs) -> _Drawn:
    indent = Span(_indent(entry.branches[1:], glyphs), Style.BORDER)
    if isinstance(entry, Collapsed):
        return _Drawn((indent, span(_collapsed_words(entry, glyphs), Style.FOLD)), quiet=True)
    call = calls.call(entry.row)
    numbers = (
        f"{call.call_step:,}",
        f"{call.return_step:,}" if call.return_step is not None else glyphs.ellipsis,
        f"{call.frame_bytes:,}",
        f"{call.peak_bytes:,}",
    )
    return _Drawn((indent, *_signature(call, glyphs)), numbers, call.library, _remark(call))


def _collapsed_words(collapsed: Collapsed, glyphs: Glyphs) -> str:
    name = f"{collapsed.function}()"
    dots = glyphs.ellipsis
    if collapsed.nested:
        return f"{dots} {count(collapsed.times, 'more call')} of {name}, each made by the one before {dots}"
    return f"{dots} {count(collapsed.times, 'more call')} of {name} like these {dots}"


def _signature(call: Call, glyphs: Glyphs) -> Spans:
    name = named(call.function, call.entry)
    if call.library:
        return (span(name, Style.QUIET),)
    spans: Spans = (
        span(f"{name}(", Style.FUNCTION),
        span(arguments_of(call.arguments, glyphs)),
        Span(")", Style.FUNCTION),
    )
    if call.return_value is not None:
        spans = (*spans, Span(" = ", Style.QUIET), span(call.return_value, Style.VALUE))
    return spans


_REMARKS = {"jump": "left by a jump", "end": "never returned", "tail call": "ended in a tail call"}


def _remark(call: Call) -> str:
    remarks = ["by a tail call"] if call.tail_call else []
    if call.left_by in _REMARKS:
        remarks.append(_REMARKS[call.left_by])
    return ", ".join(remarks)


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
    widest = max((width_of(entry.tree) for entry in drawn), default=0)
    room = min(width - numbers_width, max(widest, _TREE_AT_LEAST))
    remarks = room + numbers_width + max((len(entry.remark) + 2 for entry in rows), default=0) <= width
    titles = "".join(f"  {_COLUMNS[column.number]:>{column.width}}" for column in columns)
    heading = line(Span(" " * room), Span(titles, Style.QUIET))
    return [heading, *(_line(entry, columns, room, width, remarks, glyphs) for entry in drawn)]


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


def _line(entry: _Drawn, columns: Sequence[_Column], room: int, width: int, remarks: bool, glyphs: Glyphs) -> Line:
    if not entry.numbers:
        return line(*cut(entry.tree, width, glyphs.ellipsis))
    tree = pad(cut(entry.tree, room, glyphs.ellipsis), room)
    numbers = "".join(f"  {entry.numbers[column.number]:>{column.width}}" for column in columns)
    remark = f"  {entry.remark}" if remarks and entry.remark else ""
    return line(*tree, Span(numbers, Style.QUIET if entry.quiet else Style.PLAIN), Span(remark, Style.QUIET))


def _legend(drawn: Sequence[_Drawn], options: CallTreeOptions) -> list[Line]:
    if not options.legend or not drawn:
        return []
    words = (
        "called, returned: the step of the call, and the first after the return",
        "frame: the most bytes that its own frame had",
        "peak: the most stack that it and all it called used",
    )
    return [Line(), *(line(*cut((Span(text, Style.QUIET),), options.width, options.glyphs.ellipsis)) for text in words)]
