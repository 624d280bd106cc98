"""One compilation: running the compiler, static or dynamic, with the C library or, for bare assembly, without."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stackglass.errors import CompileError, NoCompiler
from stackglass.toolchain.compilers import Compiler
from stackglass.toolchain.progress import Progress, run

_MADE_BY_TOOLS = frozenset({".i", ".ii", ".s", ".S"})
"""Endings of files that may be another tool's work, and say inside which source they come from."""
_LINK_MODES = frozenset({"-static", "-static-pie", "-pie", "-no-pie", "-shared"})
_LINKERS_ONLY = re.compile(r"-(l|L|Wl,|static|(no-)?pie$|nostdlib$|nostartfiles$)")
_LINKERS_OWN = frozenset({"_GLOBAL_OFFSET_TABLE_", "_end", "_edata", "_etext", "__bss_start"})
_TRY_ANOTHER = "--cc takes gcc, clang, zig, or the path of a compiler"
_HELP = (
    (
        r"(stdio|stdlib|string|stdint|stddef)\.h: No such file",
        "the C library's headers are missing: apt install libc6-dev",
    ),
    (r"implicit.(int|declaration)|old.style", "for C of before 1999: --cflags '-std=gnu89 -w'"),
    (r"undefined (reference to|symbol:) [`']?main\b", "a program needs a function main (in assembly, main or _start)"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be compiled, how, and a folder for the pieces."""

    compiler: Compiler
    sources: tuple[Path, ...]
    defaults: tuple[str, ...]
    cflags: tuple[str, ...]
    static: bool | None
    """None: static where that works, else dynamic."""
    folder: Path
    progress: Progress | None
    meanwhile: Callable[[], None] | None = None
    """What to do while the compiler runs; called again for each command."""


class Linked(NamedTuple):
    """An executable: the command that made it, what the compiler wrote, and what only the objects tell.

    `sources` are those that they name, `defined` the global symbols that they define.
    """

    elf: bytes
    command: tuple[str, ...]
    output: str
    sources: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()


def link(job: Job) -> Linked:
    """Compiles and links. CompileError with the compiler's own words if it refuses."""
    if _MADE_BY_TOOLS.isdisjoint(path.suffix for path in job.sources):
        return _link(job, job.sources, ("-lm",))
    return _link_objects(job)


def _link_objects(job: Job) -> Linked:
    """For sources that have to be looked into: assembled first, then linked with what they ask for."""
    from stackglass.toolchain.objects import read_object  # pyelftools takes a while to import

    inputs, contents = [], []
    for number, source in enumerate(job.sources):
        inputs.append(job.folder / f"{number}-{source.name}.o")
        flags = [flag for flag in job.cflags if not _LINKERS_ONLY.match(flag)]
        _run(job, *job.defaults, "-c", _argument(source), *flags, "-o", str(inputs[-1]))
        contents.append(read_object(inputs[-1].read_bytes()))
    defined = frozenset().union(*(content.defined for content in contents))
    undefined = frozenset().union(*(content.undefined for content in contents)) - defined - _LINKERS_OWN
    sources = frozenset().union(*(content.sources for content in contents))
    linked = _link(job, tuple(inputs), _libraries(defined, undefined))
    return linked._replace(sources=sources, defined=defined)


def _libraries(defined: frozenset[str], undefined: frozenset[str]) -> tuple[str, ...]:
    """What to link with: the C library and its start, only the library, or (a _start that needs nothing) neither."""
    quiet = "-Wl,-z,noexecstack"  # assembly seldom says that it needs no executable stack
    if "_start" not in defined:
        return (quiet, "-lm")
    return (quiet, "-nostartfiles", "-lm") if undefined else (quiet, "-nostdlib")


def _link(job: Job, inputs: tuple[Path, ...], libraries: tuple[str, ...]) -> Linked:
    """Tries the ways of linking in turn: what the last of them says is what counts."""
    output = job.folder / "program"
    *earlier, last = _ways(job)
    arguments = (*job.defaults, *map(_argument, inputs), *libraries, *job.cflags, "-o", str(output))
    for way in earlier:
        with contextlib.suppress(CompileError):
            command, words = _run(job, *way, *arguments)
            break
    else:
        command, words = _run(job, *last, *arguments)
    if not output.is_file():
        raise CompileError(f"{command[0]} said that all went well, but has made no program", output=words)
    return Linked(output.read_bytes(), command, words)


def _ways(job: Job) -> list[tuple[str, ...]]:
    """The flags of the ways of linking that are worth trying, best first. The user's own choice is left alone."""
    compiler = job.compiler
    if not _LINK_MODES.isdisjoint(job.cflags):
        return [compiler.target_flags]
    if job.static is not None:
        return [compiler.static_flags if job.static else compiler.dynamic_flags]
    return [compiler.static_flags, compiler.dynamic_flags]


def _run(job: Job, *arguments: str) -> tuple[tuple[str, ...], str]:
    """Runs the compiler; gives the command and what it wrote. CompileError if it refuses."""
    command = (*job.compiler.command, *arguments)
    names = ", ".join(map(str, job.sources))
    try:
        words = f"{job.compiler.name} compiles {names}"
        done = run(command, words=words, progress=job.progress, meanwhile=job.meanwhile)
    except OSError as error:
        raise NoCompiler(f"the compiler {command[0]} cannot be started: {error.strerror}", help=_TRY_ANOTHER) from error
    output = done.stdout + done.stderr
    if done.returncode:
        help = next((help for pattern, help in _HELP if re.search(pattern, output)), "")
        raise CompileError(f"{job.compiler.name} does not accept {names}", output=output, help=help)
    return command, output


def _argument(path: Path) -> str:
    """`path` so that the compiler doesn't take it for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)
