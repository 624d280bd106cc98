"""The target: names, ownership, variables at fixed addresses; programs whose debug information is absent or wrong."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from stackglass.debuginfo.entries import Entry
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.names import last_component, plain_name
from stackglass.debuginfo.ownership import Ownership, is_library_path
from stackglass.debuginfo.target import Target
from stackglass.errors import BadDebugInfo
from tests.needs import require
from tests.unit.debuginfo.building import PROGRAMS, Build, Built


def as_elf(built: Built) -> Target:
    """A target of a program of which only the ELF was given."""
    target = Target(built.image.isa)
    target.add(built.image, 0)
    return target


# Names


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_functions_by_name(build: Build, compiler: str) -> None:
    target = build("classes.cc", compiler).target
    assert {f.name for f in target.functions_named("Point::Point")} == {"shapes::Point::Point"}
    assert len(target.functions_named("shapes::inner::overloaded")) == 2
    assert {f.name for f in target.functions_named("push")} == {"Stack<int, 4>::push", "Stack<shapes::Point, 2>::push"}
    assert {f.name for f in target.functions_named("Stack::push")} == {f.name for f in target.functions_named("push")}
    assert [f.name for f in target.functions_named("Stack<int, 4>::pop")] == ["Stack<int, 4>::pop"]
    assert [f.name for f in target.functions_named("operator+")] == ["shapes::Point::operator+"]
    assert {f.name for f in target.functions_named("biggest")} == {"biggest<int>", "biggest<double>"}
    assert len(target.functions_named("~Square")) == 2  # one also frees the object
    assert [f.name for f in target.functions_named("main")] == ["main"]
    assert target.functions_named("nothing") == []


def test_own_functions_come_first(build: Build) -> None:
    require("static libc")
    target = build("scopes.c", "gcc", "-static").target
    flags = [function.library for function in target.functions()]
    assert flags.count(False) == 3
    assert flags == sorted(flags)
    (printf,) = target.functions_named("_IO_printf")
    assert printf.name == "printf"
    assert printf.library


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("f", "f"),
        ("ns::Stack<ns::Item>::push", "push"),
        ("ns::Stack<ns::Item>", "Stack<ns::Item>"),
        ("ns::Point::operator<", "operator<"),
        ("ns::Point::operator->", "operator->"),
        ("(anonymous namespace)::f", "f"),
    ],
)
def test_last_component(name: str, last: str) -> None:
    assert last_component(name) == last


@pytest.mark.parametrize(
    ("symbol", "plain"),
    [
        ("f", "f"),
        ("f.cold", "f"),
        ("f.part.0", "f"),
        ("f.constprop.0.isra.0", "f"),
        ("f.part.0.cold", "f"),
        ("f.lto_priv.12", "f"),
        ("a.b", "a.b"),
        (".cold", ".cold"),
        ("_ZN6shapes5Point4madeEv.part.0", "shapes::Point::made"),
        ("_Z9oops", "_Z9oops"),
    ],
)
def test_plain_name(symbol: str, plain: str) -> None:
    assert plain_name(symbol) == plain


# Whose code it is


@pytest.mark.parametrize(
    "path",
    [
        "/usr/include/c++/12/bits/stl_vector.h",
        "/usr/lib/gcc/x86_64-linux-gnu/12/include/stddef.h",
        "/build/glibc-6iIyft/glibc-2.28/csu/init.c",
        "/home/me/venv/lib/python3.11/site-packages/ziglang/lib/libc/musl/src/stdio/printf.c",
        "../sysdeps/x86_64/start.S",
        "/usr/lib/llvm-14/lib/clang/14.0.6/include/xmmintrin.h",
        "/opt/zig/lib/compiler_rt.zig",
        "/usr/src/debug/glibc/csu/libc-start.c",
    ],
)
def test_library_paths(path: str) -> None:
    assert is_library_path(path)


@pytest.mark.parametrize(
    "path", ["/home/me/recursion.c", "/work/libs/stack.h", "main.c", "/usr/home/me/a.c", "/srv/gcc.c"]
)
def test_own_paths(path: str) -> None:
    assert not is_library_path(path)


def test_headers_beside_the_source_are_own() -> None:
    owner = Ownership(frozenset({"/usr/share/course/main.cc"}))
    assert owner.owns_file("/usr/share/course/stack.h")
    assert owner.owns_file("/home/me/elsewhere.h")
    assert not owner.owns_file("/usr/include/c++/12/vector")


def test_a_library_header_in_an_own_unit_is_not_own(build: Build) -> None:
    built = build("classes.cc", "g++")
    pushed = [f for f in built.target.functions() if f.name.startswith("std::vector")]
    assert pushed
    assert all(function.library for function in pushed)
    assert {function.name for function in built.own} >= {"main", "shapes::Shape::number"}


@pytest.mark.parametrize("flags", ["", "-static"])
def test_an_elf_by_itself(build: Build, flags: str) -> None:
    if flags:
        require("static libc")
    target = as_elf(build("scopes.c", "gcc", *flags.split()))
    own = {function.name for function in target.functions() if not function.library}
    assert own == {"shadows", "other", "main"}


def test_other_sources_are_not_own(build: Build) -> None:
    built = build("scopes.c")
    target = Target(built.image.isa, frozenset({"/somewhere/else.c"}))
    target.add(built.image, 0)
    assert all(function.library for function in target.functions())


def test_without_debug_information_all_of_the_program_is_own(build: Build) -> None:
    built = build("scopes.c", "gcc", "-g0")
    own = {function.name for function in as_elf(built).functions() if not function.library}
    assert own == {"shadows", "other", "main"}
    main = built.function("main")
    assert main.subprogram is None
    assert built.target.position(main.low) == (built.target.position(main.low).__class__)(main.low, "main", None, None)
    assert built.target.body_address(main) == main.low + 4
    assert built.module.debug_info_problem is None


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_assembly(build: Build, compiler: str) -> None:
    built = build("assembly.s", compiler, "-nostdlib", "-static")
    assert [function.name for function in built.own] == ["_start", "with_type", "plain_label", "framed"]
    for name in ("with_type", "framed"):
        function = built.function(name)
        position = built.target.position(function.low)
        assert position.file == str(built.source)
        assert position.line == built.line_of(f"{name}:") + 1
        assert built.target.body_address(function) == function.low  # assembly has no prologue to skip


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_preprocessed_assembly(build: Build, tmp_path: Path, compiler: str) -> None:
    require(compiler)
    source = tmp_path / "three.S"
    source.write_text(
        "#define N 3\n.globl main\n.type main,@function\nmain:\n  mov $N, %eax\n  ret\n.size main,.-main\n"
    )
    built = build(str(source), compiler)
    assert [function.name for function in built.own] == ["main"]
    assert built.target.position(built.function("main").low).line == 5


def test_optimised_at_link_time(build: Build) -> None:
    built = build("optimised.c", "gcc", "-O2", "-flto", "-ffat-lto-objects")
    own = {function.name for function in built.own}
    assert {"main", "splits", "loop"} <= own
    loop = built.subprogram("loop")
    assert loop.declared_file == str(built.source)
    assert loop.declared_line == built.line_of("long loop(const int *values, int count)")
    assert [p.name for p in loop.parameters()] == ["values", "count"]


# Places


def test_addresses_are_moved_by_the_bias(build: Build) -> None:
    plain, moved = build("scopes.c"), build("scopes.c", bias=0x7000_0000)
    for name in ("shadows", "main"):
        assert moved.function(name).low == plain.function(name).low + 0x7000_0000
        assert moved.subprogram(name).ranges[0].low == moved.function(name).low
        there, here = moved.target.position(moved.function(name).low), plain.target.position(plain.function(name).low)
        assert (there.function, there.file, there.line) == (here.function, here.file, here.line)
        assert (
            moved.target.body_address(moved.function(name))
            == plain.target.body_address(plain.function(name)) + 0x7000_0000
        )
    line = plain.line_of("// two")
    assert moved.target.line_addresses(None, line) == [a + 0x7000_0000 for a in plain.target.line_addresses(None, line)]


def test_the_module_of_an_address(build: Build) -> None:
    program, library = build("scopes.c", "gcc", "-pie"), build("prologues.c", "gcc", "-shared", "-fPIC")
    target = Target(program.image.isa, frozenset({str(program.source)}))
    first, second = target.add(program.image, 0x1000_0000), target.add(library.image, 0x2000_0000)
    assert target.module_at(0x1000_1000) is first
    assert target.module_at(0x2000_1000) is second
    assert target.module_at(0x3000_0000) is None
    assert target.function_at(0x3000_0000) is None
    assert target.position(0x3000_0000).function is None
    assert target.is_library(0x3000_0000)
    (leaf,) = [f for f in target.functions_named("leaf") if not f.stub]
    assert leaf.module is second
    assert leaf.library
    assert [f.module for f in target.functions_named("main")] == [first, second]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_variables_at_fixed_addresses(build: Build, compiler: str) -> None:
    built = build("scopes.c", compiler, bias=0x1000)
    found = set()
    for symbol in built.module.symbols.all:
        if symbol.kind == "object" and symbol.size:
            data = built.target.data_at(symbol.address + 0x1000 + symbol.size - 1)
            assert data is not None
            assert data.offset == symbol.size - 1
            found.add((data.name, data.owner))
    assert {
        ("global", None),
        ("of_the_file", None),
        ("counter", "shadows"),
        ("counter", "other"),
        ("name", "other"),
    } <= found
    assert built.target.data_at(0) is None


def test_static_members_and_tables(build: Build) -> None:
    built = build("classes.cc", "g++")
    names = {symbol.name: built.target.data_at(symbol.address) for symbol in built.module.symbols.all if symbol.size}
    made, table = names["_ZN6shapes5Point4madeE"], names["_ZTVN6shapes6SquareE"]
    assert made is not None
    assert made.name == "shapes::Point::made"
    assert table is not None
    assert table.name == "vtable for shapes::Square"


def test_call_frame_information(build: Build) -> None:
    built = build("scopes.c", bias=0x1000)
    sections = built.target.cfi_sections(built.function("main").low)
    assert sections is not None
    section = built.image.section(".eh_frame")
    assert section is not None
    assert sections.eh_frame == built.image.section_bytes(".eh_frame")
    assert sections.eh_frame_address == section.address + 0x1000
    assert (sections.debug_frame, sections.bias) == (b"", 0x1000)
    assert built.target.cfi_sections(0) is None


# Debug information that is not as it should be


@pytest.mark.parametrize(("compiler", "flags"), [("gcc", "-gdwarf-5"), ("gcc", "-gdwarf-4"), ("clang", "-gdwarf-5")])
def test_split_debug_information_is_told(build: Build, compiler: str, flags: str) -> None:
    built = build("scopes.c", compiler, flags, "-gsplit-dwarf")
    main = built.function("main")
    assert built.target.position(main.low).line in (37, 38)
    assert main.subprogram is None
    assert {function.name for function in built.own} == {"shadows", "other", "main"}
    assert "-gsplit-dwarf" in (built.module.debug_info_problem or "")


SECTIONS = (
    ".debug_info",
    ".debug_abbrev",
    ".debug_line",
    ".debug_str",
    ".debug_line_str",
    ".debug_rnglists",
    ".debug_loclists",
)


@pytest.mark.parametrize("section", SECTIONS)
def test_unreadable_sections_are_done_without(build: Build, section: str) -> None:
    """Overwritten with 0xff: everything that symbols tell is still told, and nothing is raised."""
    built = build("optimised.c", "gcc", "-O2")
    found = built.image.section(section)
    assert found is not None
    data = bytearray(built.image.data)
    data[found.file_offset : found.file_offset + found.size] = b"\xff" * found.size
    target = Target(built.image.isa, frozenset({str(built.source)}))
    module = target.add(Image.parse(bytes(data), "broken"), 0)
    for symbol in module.symbols.functions():
        function = target.function_at(symbol.low)
        assert function is not None
        target.position(symbol.low)
        target.body_address(function)
        target.statement_addresses(function)
        if function.subprogram is not None:
            module.attempt(lambda here=function: here.subprogram.variables_at(here.low))  # type: ignore[misc]
            for variable in module.attempt(function.subprogram.all_variables) or ():
                module.attempt(lambda v=variable, here=function: v.location(here.low))  # type: ignore[misc]
    assert [f.name for f in target.functions_named("loop")][:1] == ["loop"]
    assert target.line_addresses("optimised.c", 57) == [] or section not in (".debug_info", ".debug_line")
    assert module.debug_info_problem is not None
    assert section in module.debug_info_problem


def damaged(built: Built, section: str, offset: int, content: bytes) -> Target:
    """A target of the program with some bytes of a section replaced."""
    found = built.image.section(section)
    assert found is not None
    data = bytearray(built.image.data)
    data[found.file_offset + offset : found.file_offset + offset + len(content)] = content
    target = Target(built.image.isa, frozenset({str(built.source)}))
    target.add(Image.parse(bytes(data), "damaged"), 0)
    return target


@pytest.mark.parametrize(
    ("offset", "content", "words"),
    [
        (0, struct.pack("<I", 0x7FFFFFFF), "beyond the section"),
        (0, struct.pack("<I", 0), ".debug_info"),
        (4, struct.pack("<H", 77), "version"),
        (8, struct.pack("<I", 0x7FFFFFFF), ".debug_abbrev"),
    ],
)
def test_a_damaged_unit_header(build: Build, offset: int, content: bytes, words: str) -> None:
    target = damaged(build("scopes.c"), ".debug_info", offset, content)
    (module,) = target.modules
    (main,) = target.functions_named("main")
    assert main.subprogram is None
    assert words in (module.debug_info_problem or "")


def entry_named(built: Built, name: str) -> Entry:
    (unit,) = built.module.units()
    return next(entry for entry in unit.walk() if entry.text("DW_AT_name") == name)


def test_errors_say_where(build: Build) -> None:
    built = build("scopes.c")
    target = damaged(built, ".debug_info", entry_named(built, "other").offset, b"\xff\xff\x7f")
    info = target.modules[0].debug_info
    assert info is not None
    with pytest.raises(BadDebugInfo) as problem:
        list(info.units[0].walk())
    assert problem.value.section == ".debug_info"
    assert problem.value.offset == entry_named(built, "other").offset
    assert problem.value.help


def test_a_type_made_of_itself(build: Build) -> None:
    built = build("types.c", "gcc", "-gdwarf-4")
    entry = entry_named(built, "size_t")
    reference = entry.die.attributes["DW_AT_type"]
    target = damaged(built, ".debug_info", reference.offset, struct.pack("<I", entry.offset - entry.unit.offset))
    subprogram = target.functions_named("main")[0].subprogram
    assert subprogram is not None
    (size,) = [v for v in subprogram.all_variables() if v.name == "size"]
    with pytest.raises(BadDebugInfo, match="made of itself"):
        assert size.type.size


def test_an_origin_that_leads_to_itself(build: Build) -> None:
    built = build("optimised.c", "gcc", "-O2", "-gdwarf-4")
    (unit,) = built.module.units()
    entry = next(e for e in unit.walk() if e.tag == "DW_TAG_subprogram" and e.has("DW_AT_abstract_origin"))
    reference = entry.die.attributes["DW_AT_abstract_origin"]
    target = damaged(built, ".debug_info", reference.offset, struct.pack("<I", entry.offset - unit.offset))
    info = target.modules[0].debug_info
    assert info is not None
    with pytest.raises(BadDebugInfo, match="circle"):
        assert info.entry_at(entry.offset).inherited_text("DW_AT_name")


def test_units_are_found_without_aranges(build: Build) -> None:
    built = build("prologues.c")
    target = damaged(built, ".debug_aranges", 0, b"\xff" * 8)
    (main,) = target.functions_named("main")
    assert main.subprogram is not None
    assert target.modules[0].debug_info_problem is None


def test_zigs_programs(build: Build, tmp_path: Path) -> None:
    require("zig")
    import subprocess
    import sys

    source, elf = PROGRAMS / "optimised.c", tmp_path / "zigs"
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-static", "-g", "-w", "-O1"]
    subprocess.run([*command, str(source), "-o", str(elf)], check=True, capture_output=True)
    for target in (Built(elf, source).target, as_elf(Built(elf, source))):
        own = {function.name for function in target.functions() if not function.library}
        assert {"main", "splits", "keeps_entry_value"} <= own <= {f.name for f in target.functions()}
        assert "printf" not in own
        (printf,) = target.functions_named("printf")
        assert printf.subprogram is not None
        assert target.position(printf.low).line is not None
        assert target.modules[0].debug_info_problem is None
