"""Where bodies and lines begin: equal to gdb's breakpoints, for every function and every line of the programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackglass.debuginfo.breakpoints import _is_gcc
from stackglass.isa.x86_64_prologue import frame_setup
from tests.needs import require
from tests.unit.debuginfo.building import Build, Built
from tests.unit.debuginfo.gdb_answers import ask

C_PROGRAMS = ("prologues.c", "lines.c", "optimised.c", "scopes.c", "types.c")
CONFIGURATIONS = [
    *(
        (program, compiler, flags)
        for program in C_PROGRAMS
        for compiler in ("gcc", "clang")
        for flags in ("-O0", "-O2")
    ),
    ("prologues.c", "gcc", "-O1"),
    ("prologues.c", "gcc", "-O0 -fstack-protector-all"),
    # (gdb 13 doesn't see through a realigned stack behind endbr64, so not prologues.c, which has such)
    ("lines.c", "gcc", "-O0 -fcf-protection"),
    ("prologues.c", "gcc", "-O0 -fomit-frame-pointer"),
    ("prologues.c", "gcc", "-O0 -gdwarf-4"),
    ("prologues.c", "gcc", "-O0 -mstackrealign -pg"),
    ("prologues.c", "gcc", "-Os"),
    ("prologues.c", "clang", "-O1 -gdwarf-4"),
    *(
        ("classes.cc", compiler, flags)
        for compiler in ("g++", "clang++")
        for flags in ("-O0", "-O2", "-O0 -fdebug-types-section")
    ),
]


def lies_in_an_inlined_call(built: Built, name: str, address: int) -> bool:
    """Whether gdb stops there because the function was inlined there. (gdb 13 takes an inlined call's lowest address
    for its beginning; later ones take DW_AT_entry_pc, as `inlined_addresses` does.)"""
    function = built.target.function_at(address)
    assert function is not None and function.subprogram is not None
    calls = function.subprogram.inlined_calls()
    return any(call.name == name and any(extent.holds(address) for extent in call.ranges) for call in calls)


@pytest.mark.parametrize(("program", "compiler", "flags"), CONFIGURATIONS)
def test_breakpoints_are_gdbs(build: Build, tmp_path: Path, program: str, compiler: str, flags: str) -> None:
    require("gdb")
    built = build(program, compiler, *flags.split())
    names = sorted({function.name for function in built.own if "<lambda>" not in function.name})
    lines = range(1, len(built.source.read_text().splitlines()) + 2)
    questions = [("break", name) for name in names] + [("break", f"{program}:{line}") for line in lines]
    answers = ask(built.path, questions, tmp_path)
    assert sum(answer is not None for answer in answers) > len(names)
    wrong: list[tuple[object, object, object]] = []
    for name, theirs in zip(names, answers, strict=False):
        assert isinstance(theirs, list), f"gdb finds no {name}"
        bodies = {built.target.body_address(function) for function in built.target.functions_named(name)}
        others = [address for address in theirs if address not in bodies]
        if not bodies <= set(theirs) or not all(lies_in_an_inlined_call(built, name, other) for other in others):
            wrong.append((name, sorted(bodies), theirs))
    for line, theirs in zip(lines, answers[len(names) :], strict=True):
        ours = built.target.line_addresses(program, line)
        if ours != (theirs or []):
            wrong.append((line, ours, theirs))
    assert not wrong


def test_many_functions_of_a_c_library(build: Build, tmp_path: Path) -> None:
    """Functions without debug information: behind `push %rbp; mov %rsp, %rbp`, or their first instruction."""
    require("gdb", "static libc")
    built = build("prologues.c", "gcc", "-static")
    functions = [f for f in built.target.functions() if f.library and not f.stub][::25]
    answers = ask(built.path, [("break", f"*{f.low:#x}") for f in functions], tmp_path)
    assert len([answer for answer in answers if answer]) > 20
    names = [f for f in functions if len(built.target.functions_named(f.name)) == 1 and "." not in f.name]
    answers = ask(built.path, [("break", f.name) for f in names], tmp_path)
    wrong = [
        (function.name, built.target.body_address(function), theirs)
        for function, theirs in zip(names, answers, strict=True)
        if theirs is not None and theirs != [built.target.body_address(function)]
    ]
    assert not wrong


def test_a_line_of_an_inlined_function_has_several_places(build: Build) -> None:
    built = build("classes.cc", "g++", "-O0")
    line = built.line_of("T pop() {")
    assert len(built.target.line_addresses("classes.cc", line)) == 2  # Stack<int, 4> and Stack<Point, 2>


def test_a_line_beyond_the_last_has_no_place(build: Build) -> None:
    built = build("lines.c")
    assert built.target.line_addresses("lines.c", 10_000) == []
    assert built.target.line_addresses("nowhere.c", 1) == []


def test_a_file_may_be_named_by_any_end_of_its_path(build: Build) -> None:
    built = build("lines.c")
    line = built.line_of("int sum = 0;")
    expected = built.target.line_addresses(str(built.source), line)
    assert expected
    for name in ("lines.c", "debuginfo/lines.c", "./lines.c", None):
        assert built.target.line_addresses(name, line) == expected
    assert built.target.line_addresses("ines.c", line) == []


def test_statements_of_a_function(build: Build) -> None:
    built = build("lines.c", bias=0x10000)
    function = built.function("unused_parameters")
    statements = built.target.statement_addresses(function)
    assert statements == sorted(set(statements))
    assert all(function.low <= address < function.high for address in statements)
    lines = [built.target.position(address).line for address in statements]
    first = built.line_of("int unused_parameters(int a, int b)")
    assert lines == [first + 1, first + 6, first + 7]


@pytest.mark.parametrize(
    ("code", "length"),
    [
        ("55 48 89 e5 48 83 ec 10", 4),
        ("55 48 8b ec", 4),
        ("f3 0f 1e fa 55 48 89 e5", 8),
        ("f3 0f 1e fa 48 83 ec 08", 0),
        ("55 53 48 89 fb", 0),
        ("4c 8d 54 24 08 48 83 e4 c0 41 ff 72 f8 55 48 89 e5", 17),
        ("f3 0f 1e fa 4c 8d 54 24 08 48 83 e4 c0 41 ff 72 f8 55 48 89 e5", 21),
        ("41 55 4c 8d 6c 24 10 48 81 e4 00 ff ff ff 41 ff 75 f8 55 48 89 e5", 22),
        ("c3", 0),
        ("", 0),
    ],
)
def test_frame_setup(code: str, length: int) -> None:
    assert frame_setup(bytes.fromhex(code)) == length


@pytest.mark.parametrize(
    ("producer", "is_gcc"),
    [
        ("GNU C17 12.2.0 -mtune=generic -g -O2", True),
        ("GNU C++14 4.4.7 -g", False),
        ("GNU C 4.5.0", True),
        ("GNU AS 2.40", False),
        ("Debian clang version 14.0.6", False),
        ("GNU C17 12\ufffd2.0", False),
        ("", False),
    ],
)
def test_gcc_is_known_by_its_producer(producer: str, is_gcc: bool) -> None:
    assert _is_gcc(producer) == is_gcc
