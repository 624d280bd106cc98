"""Finding the rules of a pc, in sections made by hand, in real programs against pyelftools, and in garbage."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from stackglass.debuginfo.image import Image
from stackglass.errors import BadDebugInfo
from stackglass.unwind.call_frames import CallFrames
from stackglass.unwind.entries import read_cie
from stackglass.unwind.rules import (
    SAME_VALUE,
    UNDEFINED,
    CfaExpression,
    InRegister,
    IsExpression,
    RegisterOffset,
    RegisterRule,
    Row,
    SavedAt,
    SavedAtExpression,
)
from tests.needs import require
from tests.unit.unwind.frames import SECTION, STANDARD, cie, eh_frame, entry, fde, section, sleb, uleb


def frames(eh: bytes = b"", debug: bytes = b"", bias: int = 0) -> CallFrames:
    return CallFrames(eh, SECTION, debug, bias, word_size=8, byte_order="little")


def debug_frame(start: int, size: int, version: int = 4) -> bytes:
    """A .debug_frame with one CIE and one FDE of absolute addresses."""
    sizes = bytes([8, 0]) if version == 4 else b""
    first = entry(b"\xff\xff\xff\xff" + bytes([version, 0]) + sizes + uleb(1) + sleb(-8) + bytes([16]) + STANDARD)
    return first + entry(bytes(4) + start.to_bytes(8, "little") + size.to_bytes(8, "little") + bytes([0x0E, 24]))


def test_each_pc_finds_its_function() -> None:
    made = frames(eh_frame((0x2000, 0x10, b""), (0x1000, 0x20, bytes([0x0E, 32])), (0x1020, 8, b"")))
    found = [(table.start, table.end) for pc in (0x1000, 0x101F, 0x1020, 0x2008) if (table := made.table_at(pc))]
    assert found == [(0x1000, 0x1020), (0x1000, 0x1020), (0x1020, 0x1028), (0x2000, 0x2010)]
    assert [made.row_at(pc) for pc in (0xFFF, 0x1028, 0x2010)] == [None] * 3
    assert len(made.tables()) == 3


def test_debug_frame_is_asked_where_eh_frame_says_nothing() -> None:
    made = frames(eh_frame((0x401000, 0x10, b"")), debug_frame(0x2000, 0x10), bias=0x400000)
    row = made.row_at(0x402004)
    assert row is not None
    assert row.cfa == RegisterOffset(7, 24)
    assert made.row_at(0x401000) is not None


def test_what_the_linker_threw_away_covers_nothing() -> None:
    assert frames(debug=debug_frame(0, 0x10)).row_at(4) is None


def test_signal_frames_say_so() -> None:
    data = cie(augmentation="zRS")
    made = frames(data + fde(0, len(data), 0x1000, 8))
    table = made.table_at(0x1000)
    assert table is not None
    assert table.signal


def test_files_that_were_joined_have_a_terminator_in_the_middle() -> None:
    data = cie() + bytes(4)
    made = frames(data + fde(0, len(data), 0x1000, 8) + bytes(4))
    assert made.row_at(0x1004) is not None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (cie(version=9), "version 9"),
        (entry(b"\x01\0\0\0" + bytes(12)), "takes it for"),
        (b"\x10\0\0\0", "cut short"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "cut short"),
    ],
)
def test_sections_that_make_no_sense(data: bytes, words: str) -> None:
    with pytest.raises(BadDebugInfo, match=words):
        read_cie(section(data), 0)


@given(st.binary(max_size=120), st.booleans())
def test_any_bytes_give_rows_or_our_error(data: bytes, is_debug: bool) -> None:
    made = frames(debug=data) if is_debug else frames(data)
    with contextlib.suppress(BadDebugInfo):
        for table in made.tables():
            assert table.row_at(table.start).start == table.start


@given(st.integers(min_value=0, max_value=200), st.integers(min_value=0, max_value=255))
def test_a_changed_byte_gives_rows_or_our_error(at: int, value: int) -> None:
    data = bytearray(eh_frame((0x1000, 0x40, bytes([0x41, 0x0E, 16, 0x86, 2, 0x43, 0x0D, 6])), (0x2000, 0x10, b"")))
    data[at % len(data)] = value
    with contextlib.suppress(BadDebugInfo):
        frames(bytes(data)).tables()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static program: 2,000 functions of the C library with all the rules that compilers write."""
    require("gcc", "static libc")
    folder = tmp_path_factory.mktemp("program")
    (folder / "main.c").write_text('#include <stdio.h>\nint main(void) { puts(""); return 0; }\n')
    subprocess.run(["gcc", "-static", "-g", "-O1", "-o", "main", "main.c"], cwd=folder, check=True)
    return folder / "main"


def by_pyelftools(rule: Any) -> RegisterRule | None:
    """pyelftools' rule of a register in our words; None for kinds that it can't tell."""
    match rule.type:
        case "OFFSET":
            return SavedAt(rule.arg)
        case "UNDEFINED":
            return UNDEFINED
        case "SAME_VALUE":
            return SAME_VALUE
        case "REGISTER":
            return InRegister(rule.arg)
        case "EXPRESSION":
            return SavedAtExpression(bytes(rule.arg))
        case "VAL_EXPRESSION":
            return IsExpression(bytes(rule.arg))
    return None


def frames_of(program: Path) -> CallFrames:
    """The .eh_frame of a program."""
    image = Image.parse(program.read_bytes(), program.name)
    eh_frame = image.section(".eh_frame")
    assert eh_frame is not None
    data = image.section_bytes(".eh_frame") or b""
    return CallFrames(data, eh_frame.address, b"", 0, word_size=8, byte_order="little")


def test_a_real_program_against_pyelftools(program: Path) -> None:
    made, checked = frames_of(program), 0
    with program.open("rb") as stream:
        for theirs in ELFFile(stream).get_dwarf_info(relocate_dwarf_sections=False).EH_CFI_entries():
            if isinstance(theirs, FDE) and theirs["address_range"]:
                start = theirs["initial_location"]
                table = made.table_at(start)
                assert table is not None
                lines = {line["pc"]: line for line in theirs.get_decoded().table}
                for pc, line in lines.items():
                    if pc < start + theirs["address_range"]:
                        assert_same(table.row_at(pc), line)
                        checked += 1
    assert checked > 3000


def assert_same(row: Row, line: Any) -> None:
    """Our row and pyelftools' line say the same."""
    cfa = line["cfa"]
    expression = getattr(cfa, "expr", None)
    if expression is not None:
        assert row.cfa == CfaExpression(bytes(expression))
    else:
        assert row.cfa == RegisterOffset(cfa.reg, cfa.offset)
    theirs = {register: by_pyelftools(rule) for register, rule in line.items() if isinstance(register, int)}
    assert row.registers == theirs


def test_looking_up_one_pc_is_quick(program: Path) -> None:
    """A show of a small program must not wait for 2,000 functions' rules: counted in lines run, not in seconds."""
    made = frames_of(program)
    entry = Image.parse(program.read_bytes(), program.name).entry
    lines = 0

    def count(frame: object, event: str, argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        made.row_at(entry)
    finally:
        sys.settrace(before)
    assert lines < 40_000
