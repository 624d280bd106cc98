"""The address space drawn, the table under it, and what is at an address in words."""

from __future__ import annotations

import dataclasses

import pytest

from stackglass.model import Region, RegionKind
from stackglass.model.layout import Layout, LayoutRegion
from stackglass.views.glyphs import ASCII, UNICODE
from stackglass.views.layout import LayoutOptions, layout_view
from stackglass.views.lines import render_plain
from stackglass.views.parts import parts_of
from stackglass.views.printed import printed_view
from stackglass.views.where import where_view
from stackglass.views.where_words import told
from stackglass.views.wording import size_of
from tests.unit.views import goldens, spaces

WIDTHS = (40, 60, 80, 100, 140)


def drawn(layout: Layout, **options: object) -> str:
    return render_plain(layout_view(layout, LayoutOptions(**options)))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_golden(width: int) -> None:
    goldens.check(f"layout_{width}", drawn(spaces.wide(), width=width))


def test_golden_of_narrow_addresses_and_of_everything() -> None:
    goldens.check("layout_32_bits", drawn(spaces.narrow(), width=80))
    goldens.check("layout_symbols", drawn(spaces.wide(), width=100, symbols=True, library=True))
    goldens.check("layout_ascii", drawn(spaces.wide(), width=80, glyphs=ASCII))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_asked(width: int) -> None:
    for layout in (spaces.wide(), spaces.narrow()):
        for symbols in (False, True):
            lines = drawn(layout, width=width, symbols=symbols, library=symbols).splitlines()
            assert [line for line in lines if len(line) > width] == []


def test_ascii_is_ascii() -> None:
    assert drawn(spaces.wide(), width=100, glyphs=ASCII).isascii()


def test_a_part_64_times_as_large_is_one_line_higher() -> None:
    def height(size: int) -> int:
        mmap = spaces.region(RegionKind.MMAP, 0x10000, size, "rw-")
        layout = dataclasses.replace(spaces.narrow(), regions=(mmap, *spaces.narrow().regions[-1:]))
        box = drawn(layout, width=80).split("high addresses on top")[0].splitlines()
        low = next(n for n, text in enumerate(box) if text.lstrip().startswith("0x10000 "))
        high = next(n for n, text in enumerate(box) if text.lstrip().startswith(f"{0x10000 + size:#x} "))
        return low - high - 1

    assert [height(0x1000 << shift) for shift in (0, 6, 12)] == [3, 4, 5]


def test_parts_are_named_as_textbooks_do() -> None:
    names = [part.name for part in parts_of(spaces.narrow().regions)]
    assert names == [
        "text",
        "initialised data, read-only",
        "initialised data, read-write",
        "BSS",
        "heap",
        "guard",
        "stack",
    ]


def test_what_fills_a_page_belongs_to_the_part_before_it() -> None:
    """The rest of .bss's last page is mapped as the data before it was, and is no data."""
    kinds = RegionKind
    filler = LayoutRegion(Region(kinds.DATA, 0x1100, 0x2000, "rw-", "prog"), spaces.PROGRAM, None, True)
    bss = spaces.region(kinds.BSS, 0x1080, 0x80, "rw-", ".bss")
    data = spaces.region(kinds.DATA, 0x1000, 0x80, "rw-", ".data")
    parts = parts_of([data, bss, filler, spaces.region(kinds.HEAP, 0x2000, 0x1000, "rw-")])
    assert [(part.kind, part.start, part.end) for part in parts] == [
        (kinds.DATA, 0x1000, 0x1080),
        (kinds.BSS, 0x1080, 0x2000),
        (kinds.HEAP, 0x2000, 0x3000),
    ]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1.0 KiB"),
        (1535, "1.4 KiB"),
        (102400, "100 KiB"),
        ((8 << 20) - 1, "7.9 MiB"),
        (8 << 20, "8.0 MiB"),
        (1 << 47, "128 TiB"),
        (1 << 64, "16.0 EiB"),
    ],
)
def test_sizes(size: int, words: str) -> None:
    assert size_of(size) == words


def test_where_golden() -> None:
    for width in (60, 100):
        text = "".join(
            f"-- {name}\n{render_plain(where_view(place, width))}" for name, place in spaces.places().items()
        )
        goldens.check(f"where_{width}", text)
        assert [line for line in text.splitlines() if len(line) > width] == []


def test_every_sort_of_place_has_words_of_its_own() -> None:
    words = [told(place)[:2] for place in spaces.places().values()]
    assert len(set(words)) == len(words)


def test_printed_golden() -> None:
    for width in (60, 100):
        lines = printed_view(spaces.OUTPUT, b"", spaces.printed(), 3, width, UNICODE)
        goldens.check(f"printed_{width}", render_plain(lines))
        assert [each for each in lines if len(each.text) > width] == []


def test_nothing_printed() -> None:
    assert "no address" in render_plain(printed_view(b"hello\n", b"", [], 0, 80, UNICODE))
