"""From an ELF to a machine at its first step, and the recording that it will fill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stackglass import isa as instruction_sets
from stackglass import toolchain
from stackglass.debuginfo.image import Image
from stackglass.debuginfo.target import Target
from stackglass.emulator import loader, start
from stackglass.emulator.engine import Engine
from stackglass.emulator.kernel.kernel import Kernel
from stackglass.emulator.kernel.world import World
from stackglass.emulator.machine import Machine
from stackglass.errors import UsageError
from stackglass.recording.allocator import HeapClaims
from stackglass.recording.functions import function_entries
from stackglass.recording.modules import Modules
from stackglass.recording.recording import Recording

if TYPE_CHECKING:
    from stackglass.recording.making import Options


class Prepared(NamedTuple):
    """A machine at step 0, and the recording that it will fill."""

    machine: Machine
    recording: Recording
    built: toolchain.Built


class _Input:
    """Standard input, kept as it is read: a replay reads the same again by its position."""

    def __init__(self, source: bytes | Callable[[int], bytes]) -> None:
        self._source = source

    def __call__(self, size: int) -> bytes:
        if callable(self._source):
            return self._source(size)
        given, self._source = self._source[:size], self._source[size:]
        return given


def load(built: toolchain.Built, options: Options, *, recorder: bool = True) -> Prepared:
    """Loads a program into a machine of its own, with a recorder or without. Raises BadImage, and what `start` does."""
    image = Image.parse(built.elf, built.program)
    if options.isa is not None and not image.isa.is_same_machine(instruction_sets.get(options.isa)):
        if built.command:
            raise UsageError(
                f"{built.toolchain} has compiled {built.program} for {image.isa.title}, not for {options.isa}",
                help=f"leave --cc out, or name a compiler for {options.isa}, as "
                f"--cc {instruction_sets.get(options.isa).gnu_triplet}-gcc",
            )
        raise UsageError(
            f"{built.program} is a program for {image.isa.title}, not for {options.isa}",
            help=f"leave --isa out, or say --isa {image.isa.name}",
        )
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
    modules = Modules(Target(image.isa, built.own_sources, built.own_symbols), loaded.modules)
    recording = Recording(
        machine,
        modules.target,
        program=built.program,
        process_start=begun.items,
        initial_stack_pointer=engine.read(image.isa.stack_pointer),
        regions=lambda: loader.regions(engine.memory.mappings, modules.loaded),
        unsupported=lambda: (kernel.unsupported, kernel.missed_paths),
        heap=lambda: (kernel.space.heap_start, kernel.space.heap_end),
    )
    output.recording = recording
    if recorder:
        engine.attach_recorder(*loaded.stack)
        engine.set_functions(function_entries(modules.target))
        engine.start()
        claims = HeapClaims(engine, modules.target)
        machine.mappings_changed = lambda: _follow_mappings(engine, kernel, modules, claims)
    return Prepared(machine, recording, built)


def _world(built: toolchain.Built, image: Image, options: Options) -> World:
    """What the program sees: itself, its arguments, the folder that it was given, and libraries if it needs them."""
    # Its name alone, that of a source without the suffix: steps and addresses depend on how long it is.
    name = Path(built.program)
    path = f"/{name.name if built.own_sources is None else name.stem}"
    return World(
        root=options.root,
        libraries=image.interpreter is not None,
        files={path: built.elf},
        program=path,
        arguments=(path, *options.arguments),
        seed=options.seed,
        terminals=options.terminals,
        stack_limit=options.stack_size,
    )


def _follow_mappings(engine: Engine, kernel: Kernel, modules: Modules, claims: HeapClaims) -> None:
    """The program mapped or unmapped something: a shared object, perhaps, or memory for the heap."""
    if modules.follow(kernel.space.files):
        engine.set_functions(function_entries(modules.target))
    claims.claim(engine.read(engine.isa.system_calls.result), but_for=kernel.space.heap_end)


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
