"""Making a recording: from a program as the user names it to a machine at its first step, and on to the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from stackglass import isa as isas
from stackglass import toolchain
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.target import Target
from stackglass.emulator import loader, start
from stackglass.emulator.engine import Engine
from stackglass.emulator.kernel.kernel import Kernel
from stackglass.emulator.kernel.world import World
from stackglass.emulator.machine import Machine
from stackglass.errors import UsageError
from stackglass.recording.functions import function_entries
from stackglass.recording.modules import Modules
from stackglass.recording.recording import Recording
from stackglass.recording.replay import Recorded

if TYPE_CHECKING:
    from stackglass.recording.textbook import TextbookRecording

DEFAULT_MAX_STEPS = 1_000_000_000
DEFAULT_STACK_SIZE = 8 << 20
DEFAULT_ENVIRONMENT = start.DEFAULT_ENVIRONMENT


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


class Prepared(NamedTuple):
    """A machine at step 0, and the recording that it will fill."""

    machine: Machine
    recording: Recording
    built: toolchain.Built


class Begun(NamedTuple):
    """A recording at step 0, and what the compiler warned of."""

    recording: Recorded
    warnings: str


class _Input:
    """Standard input, kept as it is read: a replay reads the same again by its position."""

    def __init__(self, source: bytes | Callable[[int], bytes]) -> None:
        self._source = source

    def __call__(self, size: int) -> bytes:
        if callable(self._source):
            return self._source(size)
        given, self._source = self._source[:size], self._source[size:]
        return given


def prepare(program: str | os.PathLike[str], options: Options, *, recorder: bool = True) -> Prepared:
    """Builds and loads a program, up to its first step. Raises what `record` raises."""
    path = Path(program)
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
    )
    image = Image.parse(built.elf, str(path))
    return _load(built, image, options, recorder)


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
    given = {name: getattr(options or Options(), name) for name in Options.__dataclass_fields__}
    given.update(changes)
    if args:
        given["arguments"] = tuple(args)
    begun = begin(program, Options(**given))
    begun.recording.run(max_steps, progress)
    return begun.recording


def begin(program: str | os.PathLike[str], options: Options) -> Begun:
    """Builds and loads a program, up to its first step, for whichever machine runs it. Raises what `record` raises."""
    if options.isa is not None and isas.get(options.isa).simulated:
        from stackglass.recording.textbook_making import textbook_recording

        return Begun(textbook_recording(Path(program), options), "")
    for name in ("activation", "allow_recursion", "static_locals", "static_parameters"):
        if getattr(options, name):
            words = name.replace("_", "-")
            raise UsageError(f"--{words} is for the textbook machine alone", help="add --isa textbook")
    prepared = prepare(program, options)
    return Begun(prepared.recording, prepared.built.warnings)


def _load(built: toolchain.Built, image: Image, options: Options, recorder: bool) -> Prepared:
    """Loads the image into a machine of its own."""
    engine = Engine(image.isa)
    output = _Output(options.on_output)
    world = _world(built, image, options)
    loaded = loader.load(image, engine.memory, world=world, stack_size=options.stack_size)
    begun = start.begin(loaded, engine.memory, image.isa, world, options.environment)
    kernel = Kernel(
        image.isa,
        engine.memory,
        engine,
        heap_start=loaded.heap_start,
        mmap_top=loaded.mmap_top,
        world=world,
        read_input=_Input(options.stdin),
        write_output=output,
    )
    for register, value in begun.registers.items():
        engine.write(register, value)
    machine = Machine(engine, kernel, random=kernel.randomness.take)
    modules = Modules(Target(image.isa, built.own_sources), loaded.modules)
    recording = Recording(
        machine,
        modules.target,
        program=built.program,
        process_start=begun.items,
        initial_stack_pointer=engine.read(image.isa.stack_pointer),
        regions=lambda: loader.regions(engine.memory.mappings, modules.loaded),
        unsupported=lambda: (kernel.unsupported, kernel.missed_paths),
    )
    output.recording = recording
    if recorder:
        engine.attach_recorder(*loaded.stack)
        engine.set_functions(function_entries(modules.target))
        engine.start()
        machine.mappings_changed = lambda: _follow_mappings(engine, kernel, modules)
    return Prepared(machine, recording, built)


def _world(built: toolchain.Built, image: Image, options: Options) -> World:
    """What the program sees: itself, its arguments, the folder that it was given, and libraries if it needs them."""
    path = f"/{Path(built.program).name}"
    return World(
        root=options.root,
        libraries=image.interpreter is not None,
        files={path: built.elf},
        program=path,
        arguments=(built.program, *options.arguments),
        seed=options.seed,
        terminals=options.terminals,
        stack_limit=options.stack_size,
    )


def _follow_mappings(engine: Engine, kernel: Kernel, modules: Modules) -> None:
    """The program mapped or unmapped something: a shared object, perhaps."""
    if modules.follow(kernel.space.files):
        engine.set_functions(function_entries(modules.target))


class _Output:
    """What the program writes, while it is recorded: a replay writes the same once more, which nobody wants to see."""

    def __init__(self, on_output: Callable[[int, bytes], None] | None) -> None:
        self._on_output = on_output
        self.recording: Recording | None = None

    def __call__(self, stream: int, data: bytes) -> None:
        if self.recording is None or self.recording.is_complete:
            return
        self.recording.keep_output(stream, data)
        if self._on_output:
            self._on_output(stream, data)
