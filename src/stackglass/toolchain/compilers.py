"""Finding a compiler: the one that was asked for, or the best that is here."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from stackglass import isa as instruction_sets
from stackglass.errors import NoCompiler
from stackglass.isa import Isa
from stackglass.toolchain.programs import Language

_C_DRIVERS = ("cc", "gcc", "clang")
_HOST_DRIVERS = {Language.C: _C_DRIVERS, Language.ASSEMBLY: _C_DRIVERS, Language.CXX: ("c++", "g++", "clang++")}
_CXX_DRIVERS = {"gcc": "g++", "clang": "clang++", "cc": "c++"}
_C_DRIVER = re.compile(r"^((?:.*-)?)(gcc|clang|cc)((?:-[\d.]+)?)$")
_INSTALL = {
    Language.C: "apt install gcc libc6-dev",
    Language.CXX: "apt install g++",
    Language.ASSEMBLY: "apt install gcc libc6-dev",
}
_INSTALL_ZIG = "pip install 'stackglass[toolchains]'"


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler driver: `command` starts its command line."""

    command: tuple[str, ...]
    name: str
    """As people call it: 'gcc', 'clang-14', 'zig'."""
    static_flags: tuple[str, ...] = ("-static",)
    dynamic_flags: tuple[str, ...] = ("-no-pie",)
    """With fixed addresses, so that everybody's picture shows the same ones."""
    target_flags: tuple[str, ...] = ()
    """What names the instruction set, where neither of the above is used."""
    own_flags: tuple[str, ...] = ()
    """What makes its defaults those of the others."""
    refused_flags: frozenset[str] = frozenset()
    """What it takes by its target, and not as a flag."""


def default_isa() -> Isa:
    """The host's own instruction set, or, where it isn't one that stackglass knows, the first that is."""
    known = [instruction_sets.get(name) for name in instruction_sets.emulated()]
    return next((isa for isa in known if isa.system_calls.machine == platform.machine()), known[0])


def find(asked_for: str | None, language: Language, isa: Isa, flags: Sequence[str] = ()) -> Compiler:
    """The driver for `language` that makes programs for `isa`, and takes the user's `flags`.

    `asked_for` is 'gcc', 'clang', 'zig', a path, or any command; None takes the host's own compiler, else a cross gcc,
    else zig's. NoCompiler says what to install.
    """
    if asked_for is None:
        return (
            _host(language, isa)
            or _cross(language, isa)
            or _compatible(language, isa)
            or _zig(language, isa, flags)
            or _none(language, isa)
        )
    if asked_for == "zig":
        return _zig(language, isa, flags) or _missing("zig", _INSTALL_ZIG)
    return _named(asked_for, language, isa, flags)


def _host(language: Language, isa: Isa) -> Compiler | None:
    if platform.machine() != isa.system_calls.machine:
        return None
    for name in _HOST_DRIVERS[language]:
        if shutil.which(name):
            return _driver((name,), name)
    return None


def _cross(language: Language, isa: Isa) -> Compiler | None:
    name = f"{isa.gnu_triplet}-{'g++' if language is Language.CXX else 'gcc'}"
    return Compiler((name,), name) if isa.gnu_triplet and shutil.which(name) else None


def _compatible(language: Language, isa: Isa) -> Compiler | None:
    """The host's own compiler told to compile for a relative of the host (gcc -m32), where it can link that."""
    flags = isa.compatible_hosts.get(platform.machine())
    for name in _HOST_DRIVERS[language] if flags else ():
        if flags and shutil.which(name) and _links((name, *flags)):
            return _driver((name, *flags), f"{name} {' '.join(flags)}")
    return None


def _links(command: tuple[str, ...]) -> bool:
    """Whether a compiler makes a program of an empty main: whether the libraries for it are here."""
    try:
        arguments = (*command, "-x", "c", "-", "-o", os.devnull)
        return not subprocess.run(arguments, input=b"int main(void) { return 0; }", capture_output=True).returncode
    except OSError:
        return False


def _driver(command: tuple[str, ...], name: str) -> Compiler:
    """Clang leaves out what it knows of a library's types, std::string's for one, unless told otherwise."""
    return Compiler(command, name, own_flags=("-fstandalone-debug",) if "clang" in name else ())


def _zig(language: Language, isa: Isa, flags: Sequence[str]) -> Compiler | None:
    """Zig traps on undefined behaviour and protects the stack unless told otherwise; its static C library is musl."""
    other = isa.other_encoding
    target = other.zig_target if other is not None and other.compiler_flag in flags else isa.zig_target
    if importlib.util.find_spec("ziglang"):
        zig: tuple[str, ...] = (sys.executable, "-m", "ziglang")
    elif path := shutil.which("zig"):
        zig = (path,)
    else:
        return None
    return Compiler(
        (*zig, "c++" if language is Language.CXX else "cc"),
        "zig",
        static_flags=("-target", target, "-static"),
        dynamic_flags=("-target", target.replace("musl", "gnu")),
        target_flags=("-target", target),
        own_flags=("-fno-sanitize=undefined", "-fstandalone-debug"),
        refused_flags=frozenset((other.compiler_flag,)) if other is not None else frozenset(),
    )


def _named(asked_for: str, language: Language, isa: Isa, flags: Sequence[str]) -> Compiler:
    words = [asked_for] if shutil.which(asked_for) else asked_for.split()
    if not words or not shutil.which(words[0]):
        _missing(asked_for, f"{_INSTALL[language]}; or --cc with gcc, clang, zig, or the path of a compiler")
    if language is Language.CXX:
        words = [_cxx_driver(word) for word in words]
    name = Path(words[0]).name
    return _driver((*words, *_target_of_clang(words, isa, flags)), name)


def _target_of_clang(words: Sequence[str], isa: Isa, flags: Sequence[str]) -> tuple[str, ...]:
    """What tells a clang to compile for an instruction set that it doesn't by default; nothing for other compilers,
    and where the user says it."""
    if any(word.startswith(("--target", "-target")) for word in (*words, *flags)):
        return ()
    try:
        told = subprocess.run((words[0], "--version"), capture_output=True, text=True, errors="replace").stdout
    except OSError:
        return ()
    own = re.search(r"^Target: ([^-\s]+)", told, re.MULTILINE)
    if own is None or "clang" not in told or own[1] in (isa.gnu_triplet.split("-")[0], isa.system_calls.machine):
        return ()
    return (f"--target={isa.gnu_triplet}",)


def _cxx_driver(path: str) -> str:
    """The C++ driver that belongs to the C driver at `path`: 'g++-12' for 'gcc-12'. What is no C driver stays."""
    parts = _C_DRIVER.match(Path(path).name)
    if not parts:
        return path
    name = f"{parts[1]}{_CXX_DRIVERS[parts[2]]}{parts[3]}"
    driver = str(Path(path).with_name(name)) if "/" in path else name
    return driver if shutil.which(driver) else _missing(driver, _INSTALL[Language.CXX])


def _missing(name: str, install: str) -> NoReturn:
    raise NoCompiler(f"the compiler {name} is not on this machine", help=f"try: {install}")


def _none(language: Language, isa: Isa) -> NoReturn:
    own = platform.machine() == isa.system_calls.machine
    package = f"{'g++' if language is Language.CXX else 'gcc'}-{isa.gnu_triplet}"
    install = _INSTALL[language] if own else f"apt install {package}"
    raise NoCompiler(
        f"nothing on this machine compiles {language.value} for {isa.title}",
        help=f"install a compiler ({install}), or zig's ({_INSTALL_ZIG})",
    )
