"""From a program as the user names it to an ELF, with what the compiler is told by default."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stackglass import isa as instruction_sets
from stackglass.errors import UsageError
from stackglass.toolchain import compilers, programs
from stackglass.toolchain.compilers import Compiler
from stackglass.toolchain.linking import Job, link
from stackglass.toolchain.programs import Language
from stackglass.toolchain.progress import Progress

_LEVEL = re.compile(r"(?:-?O)?([0-3szg]|fast)")
_LEVELS = "choose one of: 0 1 2 3 s z g fast"
_GENERALITY = [Language.ASSEMBLY, Language.C, Language.CXX]
"""The driver for a later language of these also takes the earlier ones."""


@dataclass(frozen=True, slots=True)
class Built:
    """A program that can be loaded. For an ELF that was given as such, all but the first two fields are empty."""

    program: str
    """As the user named it."""
    elf: bytes
    own_sources: frozenset[str] | None = None
    """Absolute paths of the sources, as the debug information may have them; None for an ELF."""
    command: tuple[str, ...] = ()
    """The command that made it: the last one, where there were several."""
    toolchain: str = ""
    """The compiler's name: 'gcc', 'clang-14', 'zig'."""
    warnings: str = ""
    """What the compiler wrote although it succeeded."""
    own_symbols: frozenset[str] = frozenset()
    """Global symbols that the sources are known to define: where one of them is assembly."""


def build(
    program: Path,
    *,
    sources: Sequence[Path] = (),
    cc: str | None = None,
    cflags: str | Sequence[str] = (),
    optimise: str | None = None,
    isa: str | None = None,
    static: bool | None = None,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> Built:
    """The program as an ELF: compiled if it is a source, taken as it is if it is an ELF, whatever its name.

    `sources` are compiled and linked with it. `cc` is 'gcc', 'clang', 'zig' or a command; `cflags` go after the
    defaults (a string is split as a shell would); `optimise` is what follows -O; `isa` names an instruction set, by
    default the host's; `static` None means static where a static C library is. `meanwhile` is called while a compiler
    runs, and may be called again. Raises UsageError and the ProgramErrors.
    """
    content = programs.read_program(program)
    flags = split_flags(cflags)
    if programs.is_elf(content):
        if sources or cc or flags or optimise or static is not None:
            raise UsageError(f"{program} is compiled already", help="compiler options are for sources")
        programs.check_executable(program, content)
        return Built(str(program), content)
    paths = (program, *sources)
    language = _language(paths)
    wanted = instruction_sets.get(isa) if isa is not None else compilers.default_isa()
    compiler = compilers.find(cc, language, wanted, flags)
    flags = tuple(flag for flag in flags if flag not in compiler.refused_flags)
    defaults = _defaults(compiler, language, optimise, flags)
    with tempfile.TemporaryDirectory(prefix="stackglass-") as folder:
        linked = link(Job(compiler, paths, defaults, flags, static, Path(folder), progress, meanwhile))
    own_sources = linked.sources.union(*map(_names, paths))
    return Built(str(paths[0]), linked.elf, own_sources, linked.command, compiler.name, linked.output, linked.defined)


def split_flags(flags: str | Sequence[str]) -> tuple[str, ...]:
    """Compiler flags one by one. UsageError for a quote that is never closed."""
    if not isinstance(flags, str):
        return tuple(flags)
    try:
        return tuple(shlex.split(flags))
    except ValueError as error:
        raise UsageError(f"the flags '{flags}' cannot be split: {str(error).lower()}") from error


def _language(paths: Sequence[Path]) -> Language:
    """The language whose driver takes all of `paths`. NoSuchProgram and BadImage as for a single one."""
    return max((programs.language_of(path, programs.read_program(path)) for path in paths), key=_GENERALITY.index)


def _defaults(compiler: Compiler, language: Language, optimise: str | None, extra: Sequence[str]) -> tuple[str, ...]:
    match = _LEVEL.fullmatch(optimise or "0")
    if not match:
        raise UsageError(f"there is no optimisation level '{optimise}'", help=_LEVELS)
    if language is Language.ASSEMBLY:
        return ("-g", *compiler.own_flags)
    # Not left to the last of two flags: zig's compiler lets -fno-stack-protector win over one that follows.
    protector = () if any(flag.startswith("-fstack-protector") for flag in extra) else ("-fno-stack-protector",)
    return (f"-O{match[1]}", "-g", "-fno-omit-frame-pointer", *protector, *compiler.own_flags)


def _names(path: Path) -> frozenset[str]:
    """The absolute paths that debug information may have for `path`: with and without symbolic links followed."""
    return frozenset({os.path.normpath(path.absolute()), str(path.resolve())})
