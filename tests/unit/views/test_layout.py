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
from stackglass.views.wording import shortened, size_of
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


def test_digits_alone_that_are_read_as_hexadecimal_are_named() -> None:
    (first, *_) = spaces.printed()
    for glyphs, name in ((UNICODE, "→ 401100 read as 0x401100, "), (UNICODE.with_decimal_addresses(), "4198656, ")):
        one = dataclasses.replace(first, text="401100")
        lines = render_plain(printed_view(b"main=401100\n", b"", [one], 0, 100, glyphs))
        assert name in lines and "401100 read as" in lines
    named = render_plain(
        printed_view(b"main=40110c\n", b"", [dataclasses.replace(first, text="40110c")], 0, 100, UNICODE)
    )
    assert "read as" not in named


def test_nothing_printed() -> None:
    assert "no address" in render_plain(printed_view(b"hello\n", b"", [], 0, 80, UNICODE))


# columns


def _with(**changes: object) -> Layout:
    return dataclasses.replace(spaces.wide(), **changes)  # type: ignore[arg-type]


def _column(text: str, rows: tuple[str, ...], what: str) -> set[int]:
    lines = [next(line for line in text.splitlines() if row in line) for row in rows]
    return {line.index(what) for line in lines}


def test_large_blocks_and_variables_keep_their_columns() -> None:
    heap = spaces.wide().heap
    large = dataclasses.replace(heap.blocks[0], address=heap.start + 0x2000, size=12_345_678)
    huge = dataclasses.replace(spaces.wide().symbols[3], name="huge", symbol="huge", address=0x407040, size=3_145_728)
    text = drawn(
        _with(heap=dataclasses.replace(heap, blocks=(*heap.blocks, large)), symbols=(*spaces.wide().symbols, huge)),
        width=120,
        symbols=True,
    )
    assert " 12,345,678  malloc" in text
    assert " 3,145,728  huge" in text
    assert len(_column(text, ("number", "huge"), "int")) == 1
    assert len(_column(text, (" 12,345,678", "operator new"), "by main")) == 1


def test_a_long_owner_takes_nobodys_column() -> None:
    local = dataclasses.replace(spaces.wide().symbols[4], owner="main::<lambda>::operator()", name="kept")
    text = drawn(_with(symbols=(*spaces.wide().symbols, local)), width=100)
    (line,) = [line for line in text.splitlines() if "kept" in line]
    assert " int " in line
    assert "static local of main::" in line
    assert line.endswith("prog.c:6")


def test_two_symbols_of_one_name_and_place_are_listed_once() -> None:
    complete, base = (
        dataclasses.replace(spaces.wide().symbols[0], name="S::~S", symbol=name, address=0x401300)
        for name in ("_ZN1SD1Ev", "_ZN1SD2Ev")
    )
    other = dataclasses.replace(complete, symbol="_ZN1SD0Ev", address=0x401400)
    text = drawn(_with(symbols=(*spaces.wide().symbols, complete, base, other)), width=100)
    assert text.count("S::~S()") == 2


def test_one_block_has_been_freed() -> None:
    heap, gone = spaces.wide().heap, spaces.wide().heap.blocks[-1]
    live = [dataclasses.replace(heap.blocks[0], address=heap.start + 64 * n) for n in range(20)]
    for freed, words in ((1, "1 block that has been freed"), (2, "2 blocks that have been freed")):
        text = drawn(_with(heap=dataclasses.replace(heap, blocks=(*live, *[gone] * freed), freed=freed)), width=100)
        assert words in text


# values that are cut


@pytest.mark.parametrize(
    ("value", "short"),
    [
        ("{.a = 3, .b = 4}", "{.a = 3, .b = 4}"),
        ("{.v = {9, 2, 3, 4, 5}, .c = 99 'c'}", "{.v = {9, 2, 3, 4, 5}, .c = …}"),
        ("{.v = {90, 20, 30, 40, 50, 60, 70}, .c = 1}", "{.v = {90, 20, 30, 40, 50, …}}"),
        ("{.x = 1.5, .y = 2.5, .z = 3.25}", "{.x = 1.5, .y = 2.5, .z = …}"),
        ('{.text = "}, {", .more = 3, .most = 4}', '{.text = "}, {", .more = 3, …}'),
        ("{" + 40 * "1", "{…}"),
        ("12345678901234567890123456789012", "1234567890123456789012345678…"),
    ],
)
def test_a_value_is_cut_where_a_member_ends(value: str, short: str) -> None:
    assert shortened(value, "…") == short
