"""What a row says when there is little room: its name and the word for what it is stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.views.labels import LabelWidths, fitted_cells, fitted_sentence
from stackglass.views.lines import Spans, Style, span, width_of
from stackglass.views.rows import NEVER_WRITTEN, Cells, Sentence
from stackglass.views.wording import notes_of

POINTER = Cells(
    (span("argv", Style.NAME),),
    "char **",
    ((span("0x7fffffffee48 → argv[0]"),), (span("→ argv[0]"),)),
    notes_of("parameter 2, came in rsi"),
)


def said(label: Cells, room: int, widths: LabelWidths | None = None) -> str:
    """The label in `room` columns, as text."""
    return "".join(part.text for part in fitted_cells(label, widths or LabelWidths(), room, "…")).rstrip()


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (70, "argv  char **  0x7fffffffee48 → argv[0]  parameter 2, came in rsi"),
        (60, "argv  char **  0x7fffffffee48 → argv[0]  param 2, rsi"),
        (50, "argv  char **  → argv[0]  parameter 2, came in rsi"),
        (40, "argv  char **  → argv[0]  param 2, rsi"),
        (35, "argv  char **  → argv[0]  param 2"),
        (25, "argv  → argv[0]  param 2"),
        (20, "argv  → ar…  param 2"),
        (13, "argv param 2"),
    ],
)
def test_what_goes_first(room: int, text: str) -> None:
    assert said(POINTER, room) == text


def test_columns_are_kept_as_long_as_they_can_be() -> None:
    widths = LabelWidths(name=6, type=9, value=12)
    assert said(POINTER, 90, widths) == "argv    char **    0x7fffffffee48 → argv[0]  parameter 2, came in rsi"
    assert said(POINTER, 45, widths) == "argv    char **    → argv[0]     param 2, rsi"


def test_a_value_that_is_cut_keeps_its_type_only_while_it_tells_something() -> None:
    label = Cells((span("s"),), "struct point", ((span("{.x = 1000000, .y = 2000000}"),),), ("local",))
    assert said(label, 44) == "s  struct point  {.x = 1000000, .y =…  local"
    assert said(label, 36) == "s  {.x = 1000000, .y = 20000…  local"


cells = st.builds(
    lambda name, type_, values, what, state: Cells(
        (span(name),), type_, tuple((span(value),) for value in values), notes_of(what), state
    ),
    st.text("abc_", min_size=1, max_size=11),  # with the longest note and state just what 36 columns hold
    st.text("T<>", max_size=60),
    st.lists(st.text("0123 ,{}", min_size=1, max_size=200), min_size=1, max_size=3),
    st.sampled_from(["local", "parameter 12, came in rdi, rsi", "argument 7 of sum", "parameter 8, came on the stack"]),
    st.sampled_from(["", "partly written", NEVER_WRITTEN]),
)


@given(cells, st.integers(36, 120), st.builds(LabelWidths, st.integers(0, 26), st.integers(0, 20), st.integers(0, 24)))
def test_name_and_role_stay_in_the_room_that_80_columns_leave(label: Cells, room: int, widths: LabelWidths) -> None:
    text = said(label, room, widths)
    assert len(text) <= room
    assert text.startswith("".join(part.text for part in label.name))
    assert any(text.endswith(f"{note}, {label.state}".removesuffix(", ")) for note in label.notes) or (
        label.state == NEVER_WRITTEN and text.endswith(f"{label.notes[0]}, never written by this call")
    )


@pytest.mark.parametrize(
    ("what", "notes"),
    [
        ("local", ("local",)),
        ("parameter 2, came in rsi", ("parameter 2, came in rsi", "param 2, rsi", "param 2")),
        ("parameter 8, came on the stack", ("parameter 8, came on the stack", "param 8, stack", "param 8")),
        ("out of scope here; of f, inlined", ("out of scope here; of f, inlined", "out of scope here")),
        ("argument 7 of sum", ("argument 7 of sum", "arg 7 of sum", "arg 7")),
    ],
)
def test_notes_at_lesser_length(what: str, notes: tuple[str, ...]) -> None:
    assert notes_of(what) == notes


def test_leftovers_are_not_told_without_saying_so() -> None:
    label = Cells((span("result"),), "int", ((span("77"),), ()), ("local",), NEVER_WRITTEN)
    assert said(label, 60) == "result  int  77  local, never written by this call"
    assert said(label, 40) == "result  int  77  local, never written"
    assert said(label, 30) == "result  local, never written"
    assert said(label, 22) == "result never written"


@given(
    st.lists(st.text("ab", min_size=1, max_size=40), min_size=1, max_size=3),
    st.text("n", max_size=9),
    st.integers(1, 60),
)
def test_sentences_say_as_much_as_fits(texts: list[str], note: str, room: int) -> None:
    alternatives: tuple[Spans, ...] = tuple((span(text),) for text in texts)
    shown = fitted_sentence(Sentence(alternatives, note), room, "…")
    assert width_of(shown) <= room
    if note and len(texts[0]) + 2 + len(note) <= room:
        assert "".join(part.text for part in shown) == f"{texts[0]}  {note}"
