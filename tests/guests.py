"""Programs of `programs/kernel` built, run natively, and run as guests: engine, kernel, loader and start together."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from stackglass import isa as instruction_sets
from stackglass.debuginfo.image import Image
from stackglass.emulator import loader, start
from stackglass.emulator.engine import Engine
from stackglass.emulator.kernel import Exited, Kernel, Killed, Outcome, Unsupported, World
from stackglass.emulator.machine import Machine, Reason
from tests.needs import require

SOURCES = Path(__file__).parent / "programs" / "kernel"
LIMITS = Path(__file__).parent / "programs" / "limits"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C"}
MAX_STEPS = 200_000_000


class Ran(NamedTuple):
    """What a run showed: `ending` is the exit status, or minus the signal that ended it."""

    output: bytes
    errors: bytes
    ending: int


@dataclass(frozen=True)
class Program:
    """A source with what its comments say: `// arguments:`, `stdin:`, `flags:`, `libraries:`, `file NAME:`."""

    source: Path
    arguments: tuple[str, ...] = ()
    stdin: bytes = b""
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)


def program(name: str, folder: Path = SOURCES) -> Program:
    """The program of that file name, with what its comments say."""
    source = folder / name
    said = re.findall(r"^// (file \S+|[a-z]+): (.*)$", source.read_text(), re.MULTILINE)
    words = {key: value for key, value in said if not key.startswith("file ")}
    return Program(
        source,
        tuple(shlex.split(words.get("arguments", ""))),
        _text(words.get("stdin", "")),
        tuple(words.get("flags", "").split()),
        tuple(f"-l{library}" for library in words.get("libraries", "").split()),
        {key.removeprefix("file "): _text(value) for key, value in said if key.startswith("file ")},
    )


def with_flags(program: Program, flags: tuple[str, ...]) -> Program:
    """The program, compiled with more flags."""
    return replace(program, flags=(*program.flags, *flags))


def _text(escaped: str) -> bytes:
    return escaped.replace("\\n", "\n").encode()


def build(program: Program, folder: Path, linkage: str, isa: str = "x86_64") -> Path:
    """An ELF: `linkage` is 'static', 'static-pie', 'dynamic' with the host's compiler, or 'musl' with zig's.

    For another instruction set than x86-64, 'static' is with a cross gcc.
    """
    output = folder / f"{program.source.name}.{isa}.{linkage}"
    if output.exists():
        return output
    is_cpp = program.source.suffix == ".cpp"
    if isa != "x86_64" and linkage == "static":
        compiler = [f"{instruction_sets.get(isa).gnu_triplet}-{'g++' if is_cpp else 'gcc'}", "-static"]
        require(compiler[0])
    elif linkage == "musl":
        require("zig")
        compiler = [
            sys.executable,
            "-m",
            "ziglang",
            "c++" if is_cpp else "cc",
            "-target",
            instruction_sets.get(isa).zig_target,
            "-static",
        ]
        compiler += ["-fno-sanitize=undefined", "-fno-stack-protector"]
    else:
        require("g++" if is_cpp else "gcc")
        compiler = ["g++" if is_cpp else "gcc", *([] if linkage == "dynamic" else [f"-{linkage}"])]
    command = [*compiler, "-g", "-w", *program.flags, str(program.source), "-o", str(output), *program.libraries]
    subprocess.run(command, check=True, capture_output=True)
    return output


def put_files(program: Program, folder: Path) -> None:
    """Puts the program's files where it will look for them."""
    for name, data in program.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def run_natively(elf: Path, program: Program, folder: Path, emulator: str | None = None) -> Ran:
    """Runs it on the host, in `folder`, with the environment that a guest gets; by qemu's user mode if that is named.

    What qemu itself says of a signal is left out.
    """
    put_files(program, folder)
    done = subprocess.run(
        [*([emulator] if emulator else []), str(elf), *program.arguments],
        input=program.stdin,
        capture_output=True,
        cwd=folder,
        env=ENVIRONMENT,
        timeout=60,
    )
    errors = b"".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith(b"qemu: "))
    return Ran(done.stdout, errors, done.returncode)


class Guest:
    """A program at its first step, and what it has written since."""

    def __init__(
        self, elf: bytes, name: str, world: World, stdin: bytes = b"", environment: Mapping[str, str] = ENVIRONMENT
    ) -> None:
        image = Image.parse(elf, name)
        self.engine = Engine(image.isa)
        self.loaded = loader.load(image, self.engine.memory, world=world)
        self.begun = start.begin(self.loaded, self.engine.memory, image.isa, world, environment)
        self.written = {1: bytearray(), 2: bytearray()}
        self._stdin = stdin
        self.kernel = Kernel(
            image.isa,
            self.engine.memory,
            self.engine,
            heap_start=self.loaded.heap_start,
            mmap_top=self.loaded.mmap_top,
            world=world,
            read_input=self._read,
            write_output=lambda stream, data: self.written[stream].extend(data),
        )
        for register, value in self.begun.registers.items():
            self.engine.write(register, value)
        self.machine = Machine(self.engine, self.kernel, random=self.kernel.randomness.take)
        self.engine.attach_recorder(*self.loaded.stack)
        self.engine.start()

    def _read(self, size: int) -> bytes:
        data, self._stdin = self._stdin[:size], self._stdin[size:]
        return data

    def run(self) -> Outcome | None:
        """Runs to the end; the outcome of its last system call, or None after a fault."""
        assert self.machine.run(MAX_STEPS) is Reason.ENDED, f"still running after {MAX_STEPS} steps"
        assert self.machine.ended is not None
        return self.machine.ended.outcome

    def ran(self) -> Ran:
        """Runs to the end, which must be one that the host knows too."""
        outcome = self.run()
        assert isinstance(outcome, Exited | Killed), (outcome, self.machine.ended, bytes(self.written[2]))
        ending = outcome.status if isinstance(outcome, Exited) else -outcome.number
        return Ran(bytes(self.written[1]), bytes(self.written[2]), ending)


def guest(elf: Path, program: Program, folder: Path) -> Guest:
    """The program as a guest whose '/' is `folder`."""
    put_files(program, folder)
    data = elf.read_bytes()
    is_dynamic = Image.parse(data, elf.name).interpreter is not None
    world = World(
        root=folder,
        libraries=is_dynamic,
        files={str(elf): data},
        program=str(elf),
        arguments=(str(elf), *program.arguments),
    )
    return Guest(data, elf.name, world, program.stdin)


__all__ = [
    "Exited",
    "Guest",
    "Killed",
    "Program",
    "Ran",
    "Unsupported",
    "build",
    "guest",
    "program",
    "run_natively",
    "with_flags",
]
