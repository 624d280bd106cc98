"""The call tree."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

import jsonschema
import pytest

from stackglass.model import Call, CallSite
from stackglass.views.call_json import call_json
from stackglass.views.calls import CallTreeOptions, call_tree
from stackglass.views.glyphs import ASCII
from stackglass.views.lines import render_plain
from tests.builders import argument
from tests.unit.views import goldens

Tree = tuple[str, list["Tree"]]
"""A function and the calls that it makes; a name in brackets is a library function's."""


class History:
    """A call history made of a tree: rows in order of the call."""

    def __init__(self, tree: Tree) -> None:
        self.rows: list[Call] = []
        self.asked: list[int] = []
        self._step = 0
        self._numbers: dict[str, int] = {}
        self.replaced: dict[int, int] = {}
        """The rows that took another's place by a tail call, with that one's."""
        stack: list[tuple[Tree, int | None, int]] = [(tree, None, 0)]
        while stack:  # not by recursion: some trees are deep
            (name, children), parent, depth = stack.pop()
            self._add(name, parent, depth)
            row = len(self.rows) - 1
            stack.extend((child, row, depth + 1) for child in reversed(children))

    def _add(self, name: str, parent: int | None, depth: int) -> None:
        library = name.startswith("(")
        function = name.strip("()").split(":")[0]
        left_by = name.split(":")[1] if ":" in name else "return"
        number = self._numbers[function] = self._numbers.get(function, 0) + 1
        step = 10 * len(self.rows)
        self.rows.append(
            Call(
                row=len(self.rows),
                function=function,
                number=number,
                library=library,
                parent=parent,
                depth=depth,
                call_step=step,
                return_step=None if left_by == "end" else step + 7,
                call_site=None if parent is None else CallSite(0x401000, "f", "a.c", 3, step),
                entry=0x400000 + 16 * sum(map(ord, function)),
                cfa=0x7FFFFFFFE000 - 64 * depth,
                frame_bytes=32,
                peak_bytes=1064,
                tail_call=left_by == "tail",
                left_by=left_by if left_by != "tail" else "return",
                arguments=() if library else (argument("n", "int", str(number), "register rdi"),),
                return_value=None if library else str(10 * number),
            )
        )

    def __len__(self) -> int:
        return len(self.rows)

    def entry(self, row: int) -> int:
        return self.rows[row].entry

    def tail_of(self, row: int) -> int | None:
        return self.replaced.get(row)

    def parent(self, row: int) -> int | None:
        return self.rows[row].parent

    def is_made_by_own(self, row: int) -> bool:
        parent = self.rows[row].parent
        return parent is not None and not self.rows[parent].library and row not in self.replaced

    def call(self, row: int) -> Call:
        return self.rows[row]

    def decoded(self, rows: Iterable[int]) -> list[Call]:
        self.asked += rows
        return [self.rows[row] for row in rows]


def leaf(name: str) -> Tree:
    return (name, [])


def nest(names: Sequence[str], innermost: Sequence[Tree] = ()) -> Tree:
    """Each function calls the next."""
    tree: Tree = (names[-1], list(innermost))
    for name in reversed(names[:-1]):
        tree = (name, [tree])
    return tree


def start(*own: Tree) -> Tree:
    """A program's entry as a C library has it."""
    return nest(["(_start)", "(__libc_start_main)"], [leaf("(init)"), *own, ("(exit)", [leaf("(flush)")])])


def names_of(history: History, **options: Any) -> list[str]:
    """The tree's part of each line, without arguments."""
    lines = render_plain(call_tree(history, CallTreeOptions(legend=False, **options))).splitlines()[1:]
    bare = [line.lstrip("│├└─ ") for line in lines]
    return [line if line.startswith("…") else re.split(r"\(|  ", line)[0] for line in bare]


SAMPLE = start(
    (
        "main",
        [
            ("(printf)", [leaf("(vfprintf)")]),
            ("calculate", [leaf("add")]),
            ("(qsort)", [("(merge)", [leaf("compare"), leaf("compare")])]),
            leaf("jumper:jump"),
            leaf("tailed:tail"),
            ("stuck:end", []),
        ],
    )
)


def test_looks_as_it_did() -> None:
    for width in (60, 100):
        options = CallTreeOptions(width=width)
        goldens.check(f"calls_{width}", render_plain(call_tree(History(SAMPLE), options)))


def test_library_calls_of_the_library_are_left_out_but_call_backs_are_not() -> None:
    expected = ["main", "printf", "calculate", "add", "qsort", "compare", "compare", "jumper", "tailed", "stuck"]
    assert names_of(History(SAMPLE)) == expected


def test_library_calls_are_shown_on_demand() -> None:
    shown = names_of(History(SAMPLE), library=True)
    assert shown[:5] == ["_start", "__libc_start_main", "init", "main", "printf"]
    assert len(shown) == len(History(SAMPLE))


def test_repeated_calls_are_collapsed() -> None:
    history = History(start(("main", [("f", [leaf("g")]) for _ in range(100)])))
    shown = names_of(history)
    assert shown == ["main", "f", "g", "f", "g", "… 97 more calls of f() like these …", "f", "g"]
    assert names_of(history, limit=None).count("f") == 100


def test_calls_that_differ_are_not_collapsed() -> None:
    history = History(start(("main", [("f", [leaf("g")] * (n % 2)) for n in range(8)])))
    assert names_of(history).count("f") == 8


def test_a_deep_recursion_keeps_its_ends() -> None:
    history = History(start(("main", [nest(["down"] * 100_000, [leaf("bottom")])])))
    shown = names_of(history, limit=50)
    assert shown[:4] == ["main", "down", "down", "down"]
    assert shown[4].endswith("more calls of down(), each made by the one before …")


def test_a_middling_recursion_is_counted_exactly() -> None:
    history = History(start(("main", [nest(["down"] * 30, [leaf("bottom")])])))
    assert names_of(history) == [
        "main",
        "down",
        "down",
        "down",
        "… 25 more calls of down(), each made by the one before …",
        "down",
        "down",
        "bottom",
    ]


def test_a_limit_counts_what_it_leaves_out_and_decodes_none_of_it() -> None:
    tree = start(("main", [leaf(f"f{n}") for n in range(40)]))
    history = History(tree)
    lines = render_plain(call_tree(history, CallTreeOptions(limit=10, legend=False))).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "… 31 more calls"
    assert len(set(history.asked)) <= 50


@pytest.mark.parametrize("width", range(40, 130, 7))
def test_no_line_is_wider_than_asked(width: int) -> None:
    lines = call_tree(History(SAMPLE), CallTreeOptions(width=width, glyphs=ASCII))
    text = render_plain(lines)
    assert text.isascii()
    assert all(len(line) <= width for line in text.splitlines())


def test_remarks_say_how_a_call_ended() -> None:
    text = render_plain(call_tree(History(SAMPLE), CallTreeOptions(width=120)))
    for function, remark in (("jumper", "left by a jump"), ("tailed", "by a tail call"), ("stuck", "never returned")):
        assert any(function in line and remark in line for line in text.splitlines())


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_how_a_call_ended_is_told_at_any_width(width: int) -> None:
    calls = [leaf("a_function_with_a_rather_long_name:jump"), leaf("hop:tail call"), leaf("wait:end")]
    text = render_plain(call_tree(History(start(("main", calls))), CallTreeOptions(width=width, legend=False)))
    for remark in ("left by a jump", "ended in a tail call", "never returned"):
        assert text.count(remark) == 1


def test_a_library_call_counts_what_took_its_place() -> None:
    history = History(start(("main", [leaf("(qsort:tail call)"), ("(qsort_r)", [leaf("compare")])])))
    by_name = {call.function: call for call in history.rows}
    qsort, qsort_r = by_name["qsort"], by_name["qsort_r"]
    history.replaced[qsort_r.row] = qsort.row
    history.rows[qsort.row] = dataclasses.replace(qsort, peak_bytes=8)
    history.rows[qsort_r.row] = dataclasses.replace(qsort_r, peak_bytes=4321, return_step=777)
    text = render_plain(call_tree(history, CallTreeOptions()))
    (line,) = (line for line in text.splitlines() if " qsort " in line)
    assert line.split()[1:] == ["qsort", "went", "on", "as", "qsort_r", str(qsort.call_step), "777", "32", "4,321"]
    assert text.index("qsort ") < text.index("compare")


def test_json_of_a_call_has_the_names_of_the_python_api() -> None:
    call = History(SAMPLE).call(6)
    data = call_json(call)
    assert set(data) == {field.name for field in dataclasses.fields(Call)}
    assert data["arguments"][0]["name"] == "n"
    jsonschema.validate(data["entry"], {"type": "string", "pattern": "^0x[0-9a-f]+$"})
    assert data["call_site"] is not None
    assert data["call_site"]["step"] == call.call_step


def test_values_of_calls_that_are_folded_are_not_asked_for() -> None:
    history = History(start(("main", [leaf("f") for _ in range(1000)])))
    call_tree(history, CallTreeOptions())
    assert len(set(history.asked)) < 15
