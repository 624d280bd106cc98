"""Source to ELF with the compilers that are here: what comes out is looked at with pyelftools, not with stackglass."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import stackglass
from stackglass import isa as isas
from stackglass.errors import CompileError, NoCompiler, UsageError
from stackglass.toolchain import Built, build, compilers, split_flags
from stackglass.toolchain.programs import Language
from tests.needs import require

RETURNS_7 = "int seven(void) { return 7; }\nint main(void) { return seven(); }\n"
BARE_ASSEMBLY = ".globl _start\n_start: movl $60, %eax\n movl $9, %edi\n syscall\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def status_of(built: Built, folder: Path) -> int:
    """The exit status of the program, run by this machine."""
    program = folder / "to_run"
    program.write_bytes(built.elf)
    program.chmod(0o755)
    return subprocess.run([program]).returncode


def elf_of(built: Built) -> ELFFile:
    return ELFFile(io.BytesIO(built.elf))


def is_dynamic(built: Built) -> bool:
    return any(segment["p_type"] == "PT_INTERP" for segment in elf_of(built).iter_segments())


def unit_sources(built: Built) -> set[str]:
    """The absolute paths of the compile units in the debug information."""
    tops = [unit.get_top_DIE() for unit in elf_of(built).get_dwarf_info().iter_CUs()]
    return {os.path.normpath(top.get_full_path()) for top in tops}


def shell_script(folder: Path, name: str, text: str) -> Path:
    path = written(folder, name, f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("cc", ["gcc", "clang", "zig"])
def test_c_with_every_compiler(tmp_path: Path, cc: str) -> None:
    require(cc, "static libc")
    told: list[str] = []
    built = build(written(tmp_path, "p.c", RETURNS_7), cc=cc, progress=lambda words, seconds: told.append(words))
    assert status_of(built, tmp_path) == 7
    assert not is_dynamic(built)
    assert elf_of(built).has_dwarf_info()
    assert str(tmp_path / "p.c") in unit_sources(built)
    assert built.own_sources == frozenset({str(tmp_path / "p.c")})
    assert built.toolchain == cc
    assert set(told) <= {f"{cc} compiles {tmp_path / 'p.c'}"}


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("suffix", [".cc", ".cpp", ".cxx"])
def test_cxx_takes_the_driver_that_belongs_to_it(tmp_path: Path, cc: str, suffix: str) -> None:
    require(cc, "g++")
    text = "#include <string>\nint main() { return (int)std::string(5, 'x').size(); }\n"
    built = build(written(tmp_path, f"p{suffix}", text), cc=cc)
    assert status_of(built, tmp_path) == 5
    assert built.command[0] == {"gcc": "g++", "clang": "clang++"}[cc]


@pytest.mark.parametrize("isa", isas.emulated())
@pytest.mark.parametrize("said", ["", "--target="])
def test_clang_is_told_the_instruction_set(tmp_path: Path, isa: str, said: str) -> None:
    table = isas.get(isa)
    require("clang", "static libc", *(() if isa == "x86_64" else (f"{table.gnu_triplet}-gcc",)))
    flags = f"{said}{table.gnu_triplet}" if said else ""
    built = build(written(tmp_path, "p.c", RETURNS_7), cc="clang", isa=isa, cflags=flags)
    assert elf_of(built)["e_machine"] == table.elf_machine
    assert sum(word.startswith("--target=") for word in built.command) == (said != "" or isa != "x86_64")
    assert built.toolchain == "clang"


def test_a_compiler_for_another_instruction_set_is_blamed_and_not_the_source(tmp_path: Path) -> None:
    require("gcc", "static libc")
    with pytest.raises(UsageError) as refusal:
        stackglass.record(written(tmp_path, "p.c", RETURNS_7), cc="gcc", isa="powerpc")
    assert str(refusal.value).startswith("gcc has compiled ")
    assert "--cc powerpc-linux-gnu-gcc" in (refusal.value.help or "")


def test_command_that_is_a_path_with_a_version() -> None:
    require("gcc", "g++")
    version = subprocess.run(["gcc", "-dumpversion"], capture_output=True, text=True).stdout.split(".")[0].strip()
    require(f"gcc-{version}", f"g++-{version}")
    found = compilers.find(f"/usr/bin/gcc-{version}", Language.CXX, compilers.default_isa())
    assert found.command == (f"/usr/bin/g++-{version}",)


def test_defaults_come_first_so_that_flags_win(tmp_path: Path) -> None:
    source = written(
        tmp_path, "p.c", "int main(void) {\n#ifdef __OPTIMIZE__\n return N;\n#else\n return 1;\n#endif\n}\n"
    )
    assert status_of(build(source), tmp_path) == 1
    assert status_of(build(source, optimise="2", cflags="-DN=3"), tmp_path) == 3
    assert status_of(build(source, optimise="-O1", cflags=["-DN=4"]), tmp_path) == 4
    assert status_of(build(source, optimise="2", cflags="-O0"), tmp_path) == 1


def test_no_stack_protector_unless_asked_for(tmp_path: Path) -> None:
    source = written(
        tmp_path, "p.c", "int f(char *); int main(void) { char b[64]; return f(b); } int f(char *b) { return !b; }"
    )
    for flags, there in (("", False), ("-fstack-protector-all", True)):
        built = build(source, static=False, cflags=flags)
        assert (b"__stack_chk_fail" in built.elf) is there


def test_libraries_named_in_the_flags_are_found(tmp_path: Path) -> None:
    source = written(
        tmp_path, "p.c", "double cbrt(double);\nint main(int c, char **v) { (void)v; return (int)cbrt(26.0 + c); }\n"
    )
    assert status_of(build(source, cflags="-lm"), tmp_path) == 3
    assert status_of(build(source), tmp_path) == 3


def test_static_or_dynamic_as_asked(tmp_path: Path) -> None:
    require("static libc")
    source = written(tmp_path, "p.c", RETURNS_7)
    assert is_dynamic(build(source, static=False))
    assert not is_dynamic(build(source, static=True))
    pie = build(source, cflags="-static-pie -fPIE")
    assert not is_dynamic(pie)
    assert elf_of(pie)["e_type"] == "ET_DYN"


def test_dynamic_where_there_is_no_static_libc(tmp_path: Path) -> None:
    cc = shell_script(
        tmp_path,
        "cc",
        'for a; do [ "$a" = -static ] && { echo "ld: cannot find -lc" >&2; exit 1; }; done; exec gcc "$@"',
    )
    require("gcc")
    source = written(tmp_path, "p.c", RETURNS_7)
    built = build(source, cc=str(cc))
    assert is_dynamic(built)
    assert status_of(built, tmp_path) == 7
    with pytest.raises(CompileError) as caught:
        build(source, cc=str(cc), static=True)
    assert "cannot find -lc" in caught.value.output


def test_compiler_errors_are_passed_on_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("gcc")
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "broken.c", "int main(void) {\n    return x;\n}\n")
    theirs = subprocess.run(["gcc", "-c", "broken.c"], capture_output=True, text=True)
    with pytest.raises(CompileError) as caught:
        build(Path("broken.c"), cc="gcc")
    assert caught.value.output == theirs.stderr
    assert str(caught.value) == "gcc does not accept broken.c"


def test_warnings_of_a_success_are_kept(tmp_path: Path) -> None:
    source = written(tmp_path, "p.c", "int main(void) { int x = 1; return 0; }\n")
    assert build(source).warnings == ""
    assert "unused variable" in build(source, cflags="-Wall").warnings


def test_old_c_passes_with_flags(tmp_path: Path) -> None:
    source = written(tmp_path, "old.c", "f(x) int x; { static o; o = x; return o; }\nvoid main(void) { exit(f(6)); }\n")
    assert status_of(build(source, cflags="-std=gnu89 -w"), tmp_path) == 6


def test_program_without_main_is_told_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(CompileError) as caught:
        build(written(tmp_path, "p.c", "int f(void) { return 0; }\n"))
    assert caught.value.help == "a program needs a function main (in assembly, main or _start)"


def test_several_sources(tmp_path: Path) -> None:
    main = written(tmp_path, "main.c", "int f(void);\nint main(void) { return f(); }\n")
    other = written(tmp_path, "other.c", "int f(void) { return 8; }\n")
    built = build(main, sources=[other])
    assert status_of(built, tmp_path) == 8
    assert built.own_sources == frozenset({str(main), str(other)})


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_assembly_with_its_own_start_has_no_c_library(tmp_path: Path, cc: str) -> None:
    require(cc)
    built = build(written(tmp_path, "p.s", BARE_ASSEMBLY), cc=cc)
    assert status_of(built, tmp_path) == 9
    assert len(built.elf) < 10_000
    assert built.warnings == ""
    assert elf_of(built).get_dwarf_info().debug_line_sec is not None


def test_assembly_with_main_has_the_c_library(tmp_path: Path) -> None:
    text = ".globl main\nmain: subq $8, %rsp\n movl $11, %edi\n call exit\n"
    assert status_of(build(written(tmp_path, "p.s", text)), tmp_path) == 11


def test_assembly_with_its_own_start_may_call_the_c_library(tmp_path: Path) -> None:
    text = ".globl _start\n_start: movl $12, %edi\n call _exit\n"
    assert status_of(build(written(tmp_path, "p.s", text)), tmp_path) == 12


def test_assembly_that_is_preprocessed(tmp_path: Path) -> None:
    text = "#define STATUS 13\n.globl _start\n_start: movl $60, %eax\n movl $STATUS, %edi\n syscall\n"
    assert status_of(build(written(tmp_path, "p.S", text)), tmp_path) == 13


def test_assembly_that_a_compiler_wrote_owns_the_source_it_came_from(tmp_path: Path) -> None:
    require("gcc")
    source = written(tmp_path, "p.c", RETURNS_7)
    subprocess.run(["gcc", "-g", "-S", source, "-o", tmp_path / "p.s"], check=True)
    built = build(tmp_path / "p.s")
    assert status_of(built, tmp_path) == 7
    assert built.own_sources == frozenset({str(source), str(tmp_path / "p.s")})


def test_debug_information_names_the_source_as_own_sources_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a relative path, through a symbolic link, and with a PWD that lies."""
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    written(real, "p.c", RETURNS_7)
    monkeypatch.chdir(tmp_path / "link")
    monkeypatch.setenv("PWD", str(tmp_path / "link"))
    for path in (Path("p.c"), Path("../link/p.c"), tmp_path / "link" / "p.c"):
        built = build(path, static=False)
        assert built.own_sources is not None
        assert unit_sources(built) <= built.own_sources


def test_file_names_that_look_like_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "-v.c", RETURNS_7)
    assert status_of(build(Path("-v.c")), tmp_path) == 7


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path, "p.s", BARE_ASSEMBLY)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    build(source)
    assert list(scratch.iterdir()) == []


def test_no_compiler_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path, "p.c", RETURNS_7)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NoCompiler) as caught:
        build(source)
    assert str(caught.value) == "nothing on this machine compiles C for x86-64, System V"
    assert (
        caught.value.help
        == "install a compiler (apt install gcc libc6-dev), or zig's (pip install 'stackglass[toolchains]')"
    )


def test_zig_where_there_is_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("zig")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compilers.find(None, Language.CXX, compilers.default_isa()).name == "zig"


def test_c_compiler_without_its_cxx_one(tmp_path: Path) -> None:
    cc = shell_script(tmp_path, "gcc", "exit 0")
    with pytest.raises(NoCompiler, match=r"the compiler .*/g\+\+ is not on this machine"):
        build(written(tmp_path, "p.cpp", "int main() {}\n"), cc=str(cc))


@pytest.mark.parametrize("cc", ["no-such-compiler", "zigg", "/no/such/gcc", " "])
def test_compiler_that_is_not_here(tmp_path: Path, cc: str) -> None:
    with pytest.raises(NoCompiler, match="is not on this machine") as caught:
        build(written(tmp_path, "p.c", RETURNS_7), cc=cc)
    assert "apt install gcc" in caught.value.help


@pytest.mark.parametrize("level", ["9", "fastest", "-2"])
def test_optimisation_level_that_there_is_not(tmp_path: Path, level: str) -> None:
    with pytest.raises(UsageError, match="there is no optimisation level"):
        build(written(tmp_path, "p.c", RETURNS_7), optimise=level)


def test_flags_are_split_as_a_shell_does() -> None:
    assert split_flags("-DX='a b' -O1") == ("-DX=a b", "-O1")
    assert split_flags(["-DX=a b"]) == ("-DX=a b",)
    with pytest.raises(UsageError, match="no closing quotation"):
        split_flags("-DX='a")
