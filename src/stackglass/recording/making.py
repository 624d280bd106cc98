"""Making a recording: from a program as the user names it, through its ELF, to the end of its run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from stackglass import isa as instruction_sets
from stackglass import toolchain
from stackglass.errors import UsageError
from stackglass.recording import arguments

if TYPE_CHECKING:
    from stackglass.recording.loading import Prepared
    from stackglass.recording.recording import Recording
    from stackglass.recording.replay import Recorded
    from stackglass.recording.textbook import TextbookRecording

DEFAULT_MAX_STEPS = 1_000_000_000
DEFAULT_STACK_SIZE = 8 << 20
DEFAULT_ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C"}


@dataclass(frozen=True, slots=True)
class Options:
    """How a program is built and what it finds when it runs. Two recordings with the same options are the same."""

    arguments: Sequence[str] = ()
    """argv from 1 on."""
    environment: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ENVIRONMENT)
    stdin: bytes | Callable[[int], bytes] = b""
    """Its standard input, or what gives up to so many bytes more of it; empty at the end."""
    root: Path | None = None
    """A folder that the program sees as '/', read-only."""
    seed: int = 0
    """Of its random numbers."""
    terminals: frozenset[int] = frozenset()
    """Which of its streams 0, 1 and 2 are a terminal for it: C libraries buffer by line there."""
    stack_size: int = DEFAULT_STACK_SIZE
    """Bytes, in whole pages."""
    cc: str | None = None
    cflags: str | Sequence[str] = ()
    optimise: str | None = None
    isa: str | None = None
    static: bool | None = None
    sources: Sequence[Path] = ()
    """More sources to compile and link with the program."""
    activation: str | None = None
    """How the textbook machine keeps activation records: 'stack', 'static' or 'records'."""
    allow_recursion: bool = False
    """Whether its static frames may be entered again while they are in use."""
    static_locals: bool = False
    static_parameters: bool = False
    on_output: Callable[[int, bytes], None] | None = None
    """Told what the program writes to stream 1 or 2, while it is recorded."""
    on_build: toolchain.Progress | None = None


class Begun(NamedTuple):
    """A recording at step 0, and what the compiler warned of."""

    recording: Recorded
    warnings: str


def prepare(program: str | os.PathLike[str], options: Options, *, recorder: bool = True) -> Prepared:
    """Builds and loads a program, up to its first step. Raises what `record` raises."""
    path = Path(arguments.path(program, "the program"))
    arguments.check_options(options)
    if options.root is not None and not options.root.is_dir():
        raise UsageError(
            f"the root {options.root} is not a folder", help="--root takes the folder that the program sees as /"
        )
    built = toolchain.build(
        path,
        sources=options.sources,
        cc=options.cc,
        cflags=options.cflags,
        optimise=options.optimise,
        isa=options.isa,
        static=options.static,
        progress=options.on_build,
        meanwhile=_import_the_rest,
    )
    from stackglass.recording.loading import load

    return load(built, options, recorder=recorder)


def _import_the_rest() -> None:
    """Imports what is needed once there is an ELF: it takes about as long as a compiler does for a small program."""
    import stackglass.recording.loading  # noqa: F401


@overload
def record(  # type: ignore[overload-overlap]
    program: str | os.PathLike[str],
    args: Sequence[str] = (),
    *,
    isa: Literal["textbook"],
    options: Options | None = None,
    max_steps: int = DEFAULT_MAX_STEPS,
    progress: Callable[[int], None] | None = None,
    **changes: object,
) -> TextbookRecording: ...


@overload
def record(
    program: str | os.PathLike[str],
    args: Sequence[str] = (),
    *,
    options: Options | None = None,
    max_steps: int = DEFAULT_MAX_STEPS,
    progress: Callable[[int], None] | None = None,
    **changes: object,
) -> Recording: ...


def record(
    program: str | os.PathLike[str],
    args: Sequence[str] = (),
    *,
    options: Options | None = None,
    max_steps: int = DEFAULT_MAX_STEPS,
    progress: Callable[[int], None] | None = None,
    **changes: object,
) -> Recorded:
    """Builds a program if it is a source, runs it to its end, and gives the recording.

    `args` are its argv from 1 on; `max_steps` bounds the run; `progress` is told the step now and then. Whatever
    `Options` has can be given by keyword: `record("p.c", ["5"], optimise="2", stdin=b"1 2")`. Raises ProgramError where
    the program can't be had and UsageError where an option is off; a program that crashes raises nothing: its
    recording's `fault` tells.
    """
    unknown = changes.keys() - Options.__dataclass_fields__.keys()
    if unknown:
        raise UsageError(
            f"record() has no option '{min(unknown)}'", help=f"options: {', '.join(Options.__dataclass_fields__)}"
        )
    if options is not None and not isinstance(options, Options):
        raise UsageError(f"options are a stackglass.Options, not {options!r}")
    if progress is not None and not callable(progress):
        raise UsageError(f"progress is a function that is told the step, not {progress!r}")
    budget = arguments.whole_number(max_steps, "max_steps")
    given = {name: getattr(options or Options(), name) for name in Options.__dataclass_fields__}
    given.update(changes)
    if arguments.texts(args, "the program's arguments"):
        given["arguments"] = tuple(args)
    begun = begin(program, _of_paths(Options(**given)))
    begun.recording.run(budget, progress)
    return begun.recording


def begin(program: str | os.PathLike[str], options: Options) -> Begun:
    """Builds and loads a program, up to its first step, for whichever machine runs it. Raises what `record` raises."""
    if options.isa is not None and instruction_sets.get(options.isa).simulated:
        from stackglass.recording.textbook_making import textbook_recording

        return Begun(textbook_recording(Path(program), options), "")
    for name in ("activation", "allow_recursion", "static_locals", "static_parameters"):
        if getattr(options, name):
            words = name.replace("_", "-")
            raise UsageError(f"--{words} is for the textbook machine alone", help="add --isa textbook")
    prepared = prepare(program, options)
    return Begun(prepared.recording, prepared.built.warnings)


def _of_paths(options: Options) -> Options:
    """The options with paths for what was given as strings."""
    arguments.check_options(options)
    root = None if options.root is None else Path(arguments.path(options.root, "the root"))
    return replace(options, root=root, sources=tuple(Path(source) for source in options.sources))
