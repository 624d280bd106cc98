"""What can't be shown is told in one clear sentence, with exit status 2 and never a traceback."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from tests.integration.command_lines import Ask, Outcome, asker
from tests.needs import require

SOURCE = "int square(int x) { return x * x; }\nint main(void) { return square(3) - 9; }\n"


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command line in this process."""
    return asker(capfd)


def is_refused(outcome: Outcome, *words: str) -> None:
    """Exit status 2, nothing on standard output, one sentence that has the words."""
    assert outcome.status == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    sentences = [line for line in outcome.err.splitlines() if line.startswith("stackglass: ")]
    assert len(sentences) == 1, outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


@pytest.fixture
def source(tmp_path: Path) -> Path:
    require("gcc")
    path = tmp_path / "square.c"
    path.write_text(SOURCE)
    return path


@pytest.fixture
def elf(source: Path) -> Path:
    path = source.with_name("square")
    subprocess.run(["gcc", "-g", "-static", source, "-o", path], check=True)
    return path


COMMANDS = ("run", "show", "calls", "layout")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file(ask: Ask, tmp_path: Path, command: str) -> None:
    is_refused(ask(command, tmp_path / "nowhere.c"), "there is no file", "nowhere.c")


def test_a_misspelt_file_is_guessed(ask: Ask, source: Path) -> None:
    is_refused(ask("show", source.with_name("sqare.c")), "did you mean", "square.c")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_directory(ask: Ask, tmp_path: Path, command: str) -> None:
    is_refused(ask(command, tmp_path), "is a directory")


@pytest.mark.parametrize("name", ["empty.c", "empty.o", "empty"])
def test_an_empty_file(ask: Ask, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    is_refused(ask("show", tmp_path / name), "is empty")


def test_source_that_does_not_compile_keeps_the_compilers_words(ask: Ask, tmp_path: Path) -> None:
    require("gcc")
    path = tmp_path / "wrong.c"
    path.write_text("int main(void) { return nothing; }\n")
    outcome = ask("show", path, "--cc", "gcc")
    is_refused(outcome, "wrong.c")
    by_itself = subprocess.run(["gcc", "-c", path, "-o", tmp_path / "wrong.o"], capture_output=True, text=True)
    assert by_itself.stderr.splitlines()[1] in outcome.err


@pytest.mark.parametrize("name", ["notes.o", "notes.txt", "notes"])
def test_a_text_file_that_is_no_source(ask: Ask, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear diary\n")
    is_refused(ask("show", tmp_path / name), "neither an ELF file nor a source")


@pytest.mark.parametrize("kept", [4, 16, 40, 64, 200, 5000])
def test_a_truncated_elf(ask: Ask, elf: Path, kept: int) -> None:
    path = elf.with_name("truncated")
    path.write_bytes(elf.read_bytes()[:kept])
    is_refused(ask("show", path), "truncated")


def test_an_elf_for_a_machine_that_is_not_supported(ask: Ask, elf: Path) -> None:
    content = bytearray(elf.read_bytes())
    struct.pack_into("<H", content, 18, 43)  # e_machine: SPARC V9
    path = elf.with_name("sparc")
    path.write_bytes(content)
    is_refused(ask("show", path), "sparc")


def test_a_32_bit_elf(ask: Ask, elf: Path) -> None:
    content = bytearray(elf.read_bytes())
    content[4] = 1
    path = elf.with_name("narrow")
    path.write_bytes(content)
    is_refused(ask("show", path), "narrow")


def test_a_relocatable_object(ask: Ask, source: Path) -> None:
    path = source.with_suffix(".o")
    subprocess.run(["gcc", "-c", source, "-o", path], check=True)
    is_refused(ask("show", path), "relocatable object")


def test_a_shared_object_without_an_entry(ask: Ask, source: Path) -> None:
    path = source.with_name("libsquare.so")
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", path], check=True)
    is_refused(ask("show", path), "shared object")


def test_no_compiler_at_all(ask: Ask, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(source.parent))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    is_refused(ask("show", source), "compile")


def test_a_compiler_that_is_not_there(ask: Ask, source: Path) -> None:
    is_refused(ask("show", source, "--cc", "nosuchcc"), "nosuchcc")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("a b", "names no moment"),
        ("square#0", "is no count"),
        ("square:middle", "is no moment of a call"),
        ("step:x", "has no step number"),
        ("sqare", "`sqare` is never called"),
        ("square#2", "is called only once"),
        ("99", "there is no code at line 99"),
        ("other.c:1", "no source file"),
        ("step:99999999", "beyond the end"),
        ("crash", "does not crash"),
    ],
)
def test_a_where_that_does_not_parse_or_never_happens(ask: Ask, source: Path, where: str, words: str) -> None:
    is_refused(ask("show", source, "--at", where), words)


def test_a_where_that_never_happens_says_which_functions_are_called(ask: Ask, source: Path) -> None:
    is_refused(ask("show", source, "--at", "sqare"), "functions called: main, square", "did you mean square?")


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("x ==", "is not an expression"),
        ("x = 2", "cannot be evaluated"),
        ("y == 2", "no variable is called 'y'"),
        ("x == 2", "'x == 2' is not true"),
        ("x->y", "no pointer"),
    ],
)
def test_an_expression_that_does_not_parse_or_has_no_value(ask: Ask, source: Path, when: str, words: str) -> None:
    is_refused(ask("show", source, "--at", "square", "--when", when), words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-steps", "many"], "'many' is not a count"),
        (["--stack-size", "much"], "'much' is not a size"),
        (["--stack-size", "0"], "a stack of 0 bytes won't do: from 64 KiB to 2 GiB can be had"),
        (["--isa", "i386", "--stack-size", "3G"], "won't do: from 64 KiB to 1 GiB can be had"),
        (["--isa", "textbook", "--stack-size", "0"], "a stack of 0 bytes won't do: from 4 KiB to 1 GiB can be had"),
        (["--isa", "textbook", "--stack-size", "4G"], "a stack of 4294967296 bytes won't do: from 4 KiB to 1 GiB"),
        (["--env", "NAME"], "NAME=VALUE"),
        (["--stdin", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--isa", "z80"], "no instruction set is called 'z80'"),
        (["--cflags", '"'], '"'),
        (["--root", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_an_option_that_is_off(ask: Ask, source: Path, options: list[str], words: str) -> None:
    is_refused(ask("show", source, *options), words)


@pytest.mark.parametrize("option", ["--nosuch", "--grow=sideways", "--frames=none"])
def test_an_option_that_is_unknown_or_has_no_such_value(ask: Ask, source: Path, option: str) -> None:
    outcome = ask("show", source, option)
    assert outcome.status == 2
    assert "Traceback" not in outcome.err


def test_no_debug_information_leaves_frames_without_names_of_variables(ask: Ask, elf: Path) -> None:
    path = elf.with_name("plain")
    subprocess.run(["strip", "-g", elf, "-o", path], check=True)
    outcome = ask("show", path, "--at", "square")
    assert outcome.status == 0
    assert "square" in outcome.out
    assert "return address" in outcome.out


def test_no_symbols_either(ask: Ask, elf: Path) -> None:
    path = elf.with_name("stripped")
    subprocess.run(["strip", elf, "-o", path], check=True)
    outcome = ask("show", path, "--at", "end")
    assert outcome.status == 0


@pytest.mark.parametrize("section", [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".eh_frame"])
@pytest.mark.parametrize("filler", [b"\x00", b"\xff", b"\x5a"], ids=["zeros", "ones", "noise"])
def test_corrupt_debug_information_is_told_or_done_without(
    ask: Ask, elf: Path, section: str, filler: bytes, tmp_path: Path
) -> None:
    size = section_size(elf, section)
    (tmp_path / "filler").write_bytes(filler * size)
    path = elf.with_name("corrupt")
    subprocess.run(["objcopy", "--update-section", f"{section}={tmp_path / 'filler'}", elf, path], check=True)
    outcome = ask("show", path, "--at", "square")
    assert outcome.status in (0, 2)
    assert "Traceback" not in outcome.err
    if outcome.status == 2:
        is_refused(outcome)


def section_size(elf: Path, name: str) -> int:
    """The size of a section, as objdump has it."""
    listing = subprocess.run(["objdump", "-h", "-w", elf], check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[2], 16) for line in listing.splitlines() if line.split()[1:2] == [name])
