"""Lines, glyphs and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.model import Pointee, PointeeKind
from stackglass.views.glyphs import ASCII, UNICODE, glyphs_for
from stackglass.views.lines import Line, Span, Style, cut, line, one_column, pad, render_plain, span, width_of
from stackglass.views.palette import PALETTE, render_rich
from stackglass.views.wording import count, line_of, ordinal, pointee_words, quoted, quoted_bytes


def test_plain_text_has_neither_styles_nor_trailing_blanks() -> None:
    assert render_plain([line(span("a ", Style.NAME), span("b  ")), Line()]) == "a b\n\n"


def test_every_style_has_a_look() -> None:
    assert set(PALETTE) == set(Style)


def test_rich_text_carries_the_styles() -> None:
    text = render_rich([line(span("a", Style.MARKER), span("b"))])
    assert text.plain == "ab\n"
    assert [(each.start, each.end, each.style) for each in text.spans] == [(0, 1, PALETTE[Style.MARKER])]


@given(st.lists(st.text("abc", max_size=6), max_size=5), st.integers(0, 20), st.sampled_from(["…", "..."]))
def test_cut_text_is_as_wide_as_allowed(texts: list[str], width: int, ellipsis: str) -> None:
    spans = [Span(text) for text in texts]
    shown = "".join(part.text for part in cut(spans, width, ellipsis))
    whole = "".join(texts)
    assert len(shown) <= width
    if len(whole) <= width:
        assert shown == whole
    elif width >= len(ellipsis):
        assert shown == whole[: width - len(ellipsis)] + ellipsis


@given(st.integers(0, 9))
def test_padded_text_is_as_wide_as_asked(width: int) -> None:
    assert width_of(pad((Span("abc"),), width)) == max(width, 3)


@given(st.text())
def test_any_text_becomes_printable_characters_of_one_column(text: str) -> None:
    from rich.cells import cell_len

    shown = one_column(text)
    assert all(char.isprintable() for char in shown)
    assert cell_len(shown) == len(shown)


def test_escapes_are_those_of_c() -> None:
    assert one_column("a\x1b[0m\n") == "a\\x1b[0m\\n"
    assert quoted('say "x"\n', UNICODE, 40) == '"say \\"x\\"\\n"'
    assert quoted("abcdef", UNICODE, 3) == '"abc"…'
    assert quoted_bytes(b'a\0"\xff') == '"a\\0\\"\\377"'


@pytest.mark.parametrize(
    ("encoding", "glyphs"),
    [("utf-8", UNICODE), ("UTF-8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII), ("nonsense", ASCII)],
)
def test_glyphs_are_what_the_encoding_can_write(encoding: str | None, glyphs: object) -> None:
    assert glyphs_for(encoding) is glyphs


def test_numbers_are_told_in_words() -> None:
    assert [count(1, "byte"), count(4080, "byte"), count(0, "entry", "entries")] == [
        "1 byte",
        "4,080 bytes",
        "0 entries",
    ]
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 111, 1002)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "111th",
        "1,002nd",
    ]
    assert [line_of("/a/b.c", 3), line_of("b.c", None), line_of(None, 3)] == ["b.c:3", "b.c", ""]


@pytest.mark.parametrize("kind", PointeeKind)
def test_every_kind_of_pointee_has_words(kind: PointeeKind) -> None:
    named = pointee_words(Pointee(kind, 0x10, name="thing", offset=4, text="text"), UNICODE)
    nameless = pointee_words(Pointee(kind, 0x10), UNICODE)
    assert named
    assert nameless
    assert "None" not in named + nameless
