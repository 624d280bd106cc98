"""What a file that the user names as the program is: an ELF, or a source of some language; or why it is neither."""

from __future__ import annotations

import difflib
import enum
import stat
import struct
from pathlib import Path

from stackglass.errors import BadImage, NoSuchProgram


class Language(enum.Enum):
    """What a source is written in; the value is the name for people."""

    C = "C"
    CXX = "C++"
    ASSEMBLY = "assembly"


_LANGUAGES = {
    ".c": Language.C,
    ".i": Language.C,
    ".cc": Language.CXX,
    ".cpp": Language.CXX,
    ".cxx": Language.CXX,
    ".c++": Language.CXX,
    ".C": Language.CXX,
    ".ii": Language.CXX,
    ".s": Language.ASSEMBLY,
    ".S": Language.ASSEMBLY,
}
_WHAT_WORKS = "a program is a source (.c .cc .cpp .cxx .s .S) or an executable ELF file"
_ELF_MAGIC = b"\x7fELF"
_ET_REL, _ET_DYN, _ET_CORE = 1, 3, 4


def read_program(path: Path) -> bytes:
    """All bytes of the file. NoSuchProgram if there is no such file, or nothing in it, or it can't be read."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise NoSuchProgram(f"{path} is a directory, not a program", help=_WHAT_WORKS)
        if not stat.S_ISREG(mode):
            raise NoSuchProgram(f"{path} is not a regular file", help=_WHAT_WORKS)
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NoSuchProgram(f"there is no file {path}", help=_nearby(path)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise NoSuchProgram(f"{path} cannot be read: {reason}", help=_WHAT_WORKS) from error
    if not content:
        raise NoSuchProgram(f"{path} is empty", help=_WHAT_WORKS)
    return content


def _nearby(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no folder {path.parent} either" if not path.parent.exists() else ""
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {path.with_name(near[0])}?" if near else _WHAT_WORKS


def is_elf(content: bytes) -> bool:
    """Whether the file says that it is an ELF, whatever its name is."""
    return content.startswith(_ELF_MAGIC)


def check_executable(path: Path, content: bytes) -> None:
    """BadImage if the ELF is of a type that can't be started. What else may be wrong with it is the parser's to say."""
    if len(content) < 32:
        return
    order = ">" if content[5] == 2 else "<"
    kind, _, _, entry = struct.unpack_from(f"{order}HHI{'Q' if content[4] == 2 else 'I'}", content, 16)
    if kind == _ET_REL:
        raise BadImage(f"{path} is a relocatable object, not a program", help=f"link it: cc {path} -o program")
    if kind == _ET_CORE:
        raise BadImage(f"{path} is a core dump, not a program", help="give the program that dumped it")
    if kind == _ET_DYN and not entry:
        raise BadImage(f"{path} is a shared object without an entry point", help="give a program that uses it")


def language_of(path: Path, content: bytes) -> Language:
    """The language of a source, by its name's ending. BadImage if nothing compiles that."""
    language = _LANGUAGES.get(path.suffix) or _LANGUAGES.get(path.suffix.lower())
    if language is None:
        raise BadImage(
            f"{path} is neither an ELF file nor a source that can be compiled", help=_help_for(path, content)
        )
    return language


def _help_for(path: Path, content: bytes) -> str:
    if content.startswith(b"#!"):
        return "it is a script: give the program that it starts"
    if path.suffix in (".o", ".so", ".elf", ".out", ".exe"):
        return f"its name ends in {path.suffix}, but its first bytes are not an ELF's"
    return _WHAT_WORKS
