"""Line tables: equal to readelf's, and read as gdb reads them."""

from __future__ import annotations

import itertools
import re
import subprocess
from pathlib import Path

import pytest

from stackglass.debuginfo.lines import LineTable, Mark, RawRow, marks_by_file
from tests.needs import require
from tests.unit.debuginfo.building import Build, Built
from tests.unit.debuginfo.gdb_answers import ask

DECODED = re.compile(r"^(\S.*?)\s+(\d+|-)\s+(0x[0-9a-f]+|0)(?:\s+\d+)?(\s+x)?(?:\s+END)?$")


def table_of(built: Built) -> LineTable:
    (unit,) = built.module.units()
    return built.module.lines_of(unit)


def readelf_rows(path: Path) -> list[tuple[str, int | None, int, bool]]:
    """(file, line, address, is_stmt) of every row that readelf prints; line None ends a sequence."""
    command = ["readelf", "--debug-dump=decodedline", "-W", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    matches = [match for line in text.splitlines() if (match := DECODED.match(line.rstrip()))]
    return [
        (Path(match[1]).name, None if match[2] == "-" else int(match[2]), int(match[3], 16), bool(match[4]))
        for match in matches
    ]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", ["-O0 -gdwarf-5", "-O2 -gdwarf-5", "-O2 -gdwarf-4", "-O2 -gdwarf-2"])
def test_rows_are_readelfs(build: Build, compiler: str, flags: str) -> None:
    require("readelf")
    built = build("lines.c", compiler, *flags.split())
    expected = readelf_rows(built.path)
    rows = table_of(built).raw_rows
    assert len(rows) >= 20
    found = [
        (Path(row.file).name, None if row.end_sequence else row.line, row.address, row.is_stmt and not row.end_sequence)
        for row in rows
    ]
    assert [(file, line, address) for file, line, address, _ in found] == [
        (file, line, address) for file, line, address, _ in expected
    ]
    assert [row for row in found if row[1]] == [row for row in expected if row[1]]


@pytest.mark.parametrize(
    ("program", "compiler", "flags"),
    [
        ("optimised.c", "gcc", "-O2"),
        ("optimised.c", "clang", "-O2"),
        ("classes.cc", "g++", "-O2"),
        ("classes.cc", "clang++", "-O1 -gdwarf-4"),
        ("lines.c", "gcc", "-O0"),
    ],
)
def test_lines_of_addresses_are_gdbs(build: Build, tmp_path: Path, program: str, compiler: str, flags: str) -> None:
    require("gdb")
    built = build(program, compiler, *flags.split())
    addresses = [address for f in built.own for low, high in f.ranges for address in range(low, high, 3)]
    answers = ask(built.path, [("run", f"info line *{address:#x}") for address in addresses], tmp_path)
    wrong = []
    for address, answer in zip(addresses, answers, strict=True):
        told = re.match(r"Line (\d+) of \"(.*?)\"", str(answer))
        position = built.target.position(address)
        expected = (int(told[1]), Path(told[2]).name) if told else (None, None)
        if (position.line, position.file and Path(position.file).name) != expected:
            wrong.append((hex(address), position, answer))
    assert len(addresses) > 100
    assert not wrong


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_places_are_those_of_the_source(build: Build, compiler: str) -> None:
    built = build("lines.c", compiler, "-O0")
    function, lines = built.function("loops"), table_of(built)
    opening = lines.place(function.low)
    assert opening is not None
    assert (Path(opening[0]).name, opening[1]) == ("lines.c", built.target.position(function.low).line)
    source = built.source.read_text().splitlines()
    places = {place for low, high in function.ranges for pc in range(low, high) if (place := lines.place(pc))}
    assert len(places) > 10
    assert [place for place in places if place[2] and not source[place[1] - 1][place[2] - 1].strip()] == []
    assert not built.target.is_of_statement(function.low)
    assert built.target.is_of_statement(function.body_address + 4)
    assert lines.place(0) is None


def test_rows_of_a_range_tile_it(build: Build) -> None:
    built = build("lines.c", "gcc", "-O0")
    function = built.function("loops")
    rows = table_of(built).rows_of(function.low, function.high)
    assert rows[0].start == function.low
    assert rows[-1].end >= function.high
    assert all(before.end == after.start for before, after in itertools.pairwise(rows))


def test_an_address_outside_has_no_line(build: Build) -> None:
    built = build("lines.c", "gcc", "-O0")
    assert table_of(built).at(0) is None
    assert built.target.position(0x10).line is None


def test_files_are_full_paths(build: Build) -> None:
    for version in ("-gdwarf-4", "-gdwarf-5"):
        for compiler in ("gcc", "clang"):
            built = build("lines.c", compiler, version)
            assert str(built.source) in table_of(built).files()


# The rules by which rows become a file's table


def row(address: int, line: int, file: str = "a.c", **more: object) -> RawRow:
    """A row with the usual flags."""
    plain = RawRow(address, file, line, True, False, 0, False)
    return plain._replace(**more)  # type: ignore[arg-type]


def end(address: int) -> RawRow:
    """The row that ends a sequence."""
    return row(address, 0, end_sequence=True)


def test_a_file_ends_where_another_begins() -> None:
    files = marks_by_file([row(0x10, 1), row(0x14, 7, "b.h"), row(0x18, 2), end(0x20)], 0x10)
    assert files["a.c"] == [Mark(0x10, 1, True), Mark(0x14, 0, True), Mark(0x18, 2, True), Mark(0x20, 0, True)]
    assert files["b.h"] == [Mark(0x14, 7, True), Mark(0x18, 0, True)]


def test_a_row_without_code_gives_way_to_the_next_file() -> None:
    files = marks_by_file([row(0x10, 1), row(0x14, 3), row(0x14, 7, "b.h"), end(0x20)], 0x10)
    assert files["a.c"] == [Mark(0x10, 1, True), Mark(0x14, 0, True)]


def test_a_line_goes_on_once_it_had_a_discriminator() -> None:
    rows = [row(0x10, 1), row(0x14, 2, discriminator=3), row(0x18, 2), row(0x1C, 2), row(0x1E, 3), end(0x20)]
    assert [mark.address for mark in marks_by_file(rows, 0x10)["a.c"]] == [0x10, 0x14, 0x1E, 0x20]


def test_the_same_line_twice_without_discriminator_is_two_rows() -> None:
    rows = [row(0x10, 1), row(0x14, 1), end(0x20)]
    assert [mark.address for mark in marks_by_file(rows, 0x10)["a.c"]] == [0x10, 0x14, 0x20]


def test_line_zero_is_no_line() -> None:
    rows = [row(0x10, 1), row(0x14, 0), row(0x18, 2), end(0x20)]
    assert [mark.line for mark in marks_by_file(rows, 0x10)["a.c"]] == [1, 2, 0]


def test_code_that_the_linker_dropped_has_no_lines() -> None:
    rows = [row(0, 1), end(8), row(0x10, 5), end(0x20)]
    assert [mark.line for mark in marks_by_file(rows, 0x10)["a.c"]] == [5, 0]


def test_a_switch_of_files_without_a_statement_is_left_out() -> None:
    rows = [row(0x10, 1), row(0x10, 7, "b.h", is_stmt=False), row(0x14, 2), end(0x20)]
    files = marks_by_file(rows, 0x10)
    assert "b.h" not in files
    assert [mark.line for mark in files["a.c"]] == [1, 2, 0]
