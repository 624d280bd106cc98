"""What the user names as the program: each kind of bad input ends in one sentence."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from stackglass.errors import BadImage, NoSuchProgram, ProgramError, UsageError
from stackglass.toolchain import build
from stackglass.toolchain.programs import Language, language_of


def elf_header(*, kind: int, entry: int, order: str = "<", bits: int = 64) -> bytes:
    """The start of an ELF header: magic, class, byte order, version, then type, machine, version, entry."""
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    return ident + struct.pack(f"{order}HHI{'Q' if bits == 64 else 'I'}", kind, 62, 1, entry) + bytes(40)


def refusal(path: Path) -> tuple[ProgramError, str]:
    """What `build` says about the program at `path`: the error and its one sentence."""
    with pytest.raises(ProgramError) as caught:
        build(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(path) in sentence
    return caught.value, sentence


def test_missing_file_names_one_that_is_near(tmp_path: Path) -> None:
    (tmp_path / "recursion.c").write_text("int main(void) { return 0; }\n")
    error, sentence = refusal(tmp_path / "recursoin.c")
    assert isinstance(error, NoSuchProgram)
    assert sentence.startswith("there is no file")
    assert error.help == f"did you mean {tmp_path / 'recursion.c'}?"


def test_missing_folder_is_named(tmp_path: Path) -> None:
    error, _ = refusal(tmp_path / "absent" / "x.c")
    assert error.help == f"there is no folder {tmp_path / 'absent'} either"


def test_directory(tmp_path: Path) -> None:
    error, sentence = refusal(tmp_path)
    assert isinstance(error, NoSuchProgram)
    assert "is a directory" in sentence


def test_device() -> None:
    _, sentence = refusal(Path("/dev/null"))
    assert "is not a regular file" in sentence


def test_unreadable_file() -> None:
    # A regular file by its mode, which nobody, not even root, can read from its start.
    _, sentence = refusal(Path("/proc/self/mem"))
    assert "cannot be read: " in sentence


def test_name_with_a_nul() -> None:
    with pytest.raises(NoSuchProgram, match="cannot be read"):
        build(Path("a\0b.c"))


@pytest.mark.parametrize("name", ["empty.c", "empty.o", "empty"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    error, sentence = refusal(tmp_path / name)
    assert isinstance(error, NoSuchProgram)
    assert sentence.endswith("is empty")


@pytest.mark.parametrize(
    ("name", "content", "help"),
    [
        ("notes.o", "not an object\n", "its name ends in .o, but its first bytes are not an ELF's"),
        ("program", "#!/bin/sh\nexit 1\n", "it is a script: give the program that it starts"),
        ("main.rs", "fn main() {}\n", "a program is a source (.c .cc .cpp .cxx .s .S) or an executable ELF file"),
    ],
)
def test_text_that_nothing_compiles(tmp_path: Path, name: str, content: str, help: str) -> None:
    (tmp_path / name).write_text(content)
    error, sentence = refusal(tmp_path / name)
    assert isinstance(error, BadImage)
    assert sentence.endswith("is neither an ELF file nor a source that can be compiled")
    assert error.help == help


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize(
    ("kind", "entry", "words"),
    [
        (1, 0, "is a relocatable object, not a program"),
        (3, 0, "is a shared object without an entry point"),
        (4, 0, "is a core dump, not a program"),
    ],
)
def test_elf_that_cannot_be_started(tmp_path: Path, order: str, bits: int, kind: int, entry: int, words: str) -> None:
    path = tmp_path / "program"
    path.write_bytes(elf_header(kind=kind, entry=entry, order=order, bits=bits))
    error, sentence = refusal(path)
    assert isinstance(error, BadImage)
    assert sentence.endswith(words)


@pytest.mark.parametrize("name", ["a.out", "program.c", "program"])
def test_elf_is_one_by_its_magic_whatever_its_name(tmp_path: Path, name: str) -> None:
    content = elf_header(kind=2, entry=0x401000)
    (tmp_path / name).write_bytes(content)
    built = build(tmp_path / name)
    assert built.elf == content
    assert built.program == str(tmp_path / name)
    assert built.own_sources is None
    assert built.command == ()


def test_elf_cut_off_in_its_header_is_left_to_the_parser(tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(b"\x7fELF\x02")
    assert build(tmp_path / "cut").elf == b"\x7fELF\x02"


@pytest.mark.parametrize("options", [{"cc": "gcc"}, {"cflags": "-g"}, {"optimise": "2"}, {"static": True}])
def test_compiler_options_with_an_elf_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    (tmp_path / "program").write_bytes(elf_header(kind=2, entry=1))
    with pytest.raises(UsageError, match="is compiled already"):
        build(tmp_path / "program", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.c", Language.C),
        ("A.CPP", Language.CXX),
        ("a.cc", Language.CXX),
        ("a.cxx", Language.CXX),
        ("a.C", Language.CXX),
        ("a.s", Language.ASSEMBLY),
        ("a.S", Language.ASSEMBLY),
    ],
)
def test_language_by_name(name: str, language: Language) -> None:
    assert language_of(Path(name), b"x") is language
