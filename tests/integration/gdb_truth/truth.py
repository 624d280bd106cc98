"""The programs of the truth tests: how they are built, what gdb says of them, and where it says so in a recording."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import stackglass
from stackglass import isa as isas
from stackglass.toolchain.compilers import find
from stackglass.toolchain.programs import Language
from tests.needs import qemu, require

PROGRAMS = Path(__file__).resolve().parents[2] / "programs" / "truth"
COLLECTOR = Path(__file__).with_name("collect.py")
SOURCES = sorted(path.name for path in PROGRAMS.iterdir() if path.suffix in (".c", ".cpp"))
COMPILERS = {"gcc": {".c": "gcc", ".cpp": "g++"}, "clang": {".c": "clang", ".cpp": "clang++"}}
FLAGS = {"old_style.c": ("-std=gnu89", "-w")}
THUMB = ("-mthumb", "-march=armv7-a", "-mfloat-abi=softfp", "-mfpu=vfpv3-d16")
"""Numbers in floating-point registers, too, although passed in the others as the C library has it."""
FOREIGN = tuple(name for name in isas.emulated() if name != "x86_64")
FOREIGN_SOURCES = (
    "alloca.c",
    "arrays.c",
    "big_frame.c",
    "floats.c",
    "loops.c",
    "many_arguments.c",
    "pointers.c",
    "recursion.c",
    "struct_by_value.c",
    "structs.c",
    "tail_calls.c",
    "unions.c",
    "varargs.c",
    "vla.c",
)
ZIG_SOURCES = ("many_arguments.c", "structs.c")
"""What zig's clang compiles for the other instruction sets: gcc has the rest."""

Json = dict[str, Any]


class Build(NamedTuple):
    """One program as one compiler makes it: 'gcc', 'clang', 'zig', or 'thumb', which is gcc for the other encoding."""

    source: str
    compiler: str
    level: str
    isa: str = "x86_64"

    def __str__(self) -> str:
        words = (self.source, *([] if self.isa == "x86_64" else [self.isa]), self.compiler, f"O{self.level}")
        return "-".join(words)

    @property
    def path(self) -> Path:
        """The source's file."""
        return PROGRAMS / self.source

    @property
    def frame_pointer(self) -> str:
        """The register that its functions keep as a frame pointer."""
        isa = isas.get(self.isa)
        return (
            isa.other_encoding.frame_pointer if isa.other_encoding and self.compiler == "thumb" else isa.frame_pointer
        )

    @property
    def is_clang(self) -> bool:
        """Whether a kind of clang makes it."""
        return self.compiler in ("clang", "zig")


LEVELS = ("0", "2")
BUILDS = [Build(source, compiler, level) for source in SOURCES for compiler in COMPILERS for level in LEVELS]
FOREIGN_BUILDS = [
    Build(source, compiler, level, isa)
    for isa in FOREIGN
    for compiler, sources in (("gcc", FOREIGN_SOURCES), ("thumb", FOREIGN_SOURCES), ("zig", ZIG_SOURCES))
    if compiler != "thumb" or isas.get(isa).other_encoding
    for source in sources
    for level in LEVELS
]


def build(wanted: Build, folder: Path) -> Path:
    """The program as a static ELF."""
    output = folder / wanted.path.name.replace(".", "_")
    flags = (f"-O{wanted.level}", "-g", *FLAGS.get(wanted.source, ()))
    command = _compiler(wanted)
    subprocess.run([*command, *flags, str(wanted.path), "-o", str(output), "-w"], check=True, capture_output=True)
    return output


def _compiler(wanted: Build) -> tuple[str, ...]:
    """What a command line that makes a static program begins with."""
    isa = isas.get(wanted.isa)
    if wanted.compiler == "zig":
        require("zig")
        compiler = find("zig", Language.C, isa)
        return (*compiler.command, *compiler.static_flags, *compiler.own_flags, "-fno-stack-protector")
    if wanted.isa == "x86_64":
        command = COMPILERS[wanted.compiler][wanted.path.suffix]
        require(command, "static libc")
        return (command, "-static")
    require(f"{isa.gnu_triplet}-gcc")
    return (f"{isa.gnu_triplet}-gcc", "-static", *(THUMB if wanted.compiler == "thumb" else ()))


def collect(elf: Path, wanted: Build, *, stops: int = 36, **limits: int) -> list[Json]:
    """What gdb says of the program at up to `stops` stops; `limits` are the others of collect.py."""
    output = elf.with_suffix(".json")
    settings = {"source": wanted.source, "output": output, "fp": wanted.frame_pointer, "stops": stops, **limits}
    run_gdb(elf, wanted.isa, COLLECTOR, settings)
    result: Json = json.loads(output.read_text())
    assert "error" not in result, result["error"]
    found: list[Json] = result["stops"]
    return found


def run_gdb(elf: Path, isa: str, script: Path, settings: Mapping[str, object]) -> None:
    """Runs a script inside gdb on the program, its settings in the environment as TRUTH_..: see there.

    What the host doesn't run itself is run by qemu, which waits for gdb at a socket.
    """
    environment = {**os.environ, "DEBUGINFOD_URLS": ""}
    environment.update({f"TRUTH_{name.upper()}": str(value) for name, value in settings.items()})
    foreign = isa != "x86_64"
    gdb = "gdb-multiarch" if foreign else "gdb"
    require(gdb)
    command = [gdb, "-nx", "-batch", "-iex", "set auto-load off", "-x", str(script), str(elf)]
    with stub(elf, isa) if foreign else contextlib.nullcontext() as socket:
        if socket is not None:
            environment["TRUTH_STUB"] = str(socket)
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
        )
    assert Path(environment["TRUTH_OUTPUT"]).exists(), done.stderr


@contextlib.contextmanager
def stub(elf: Path, isa: str) -> Iterator[Path]:
    """The program in qemu's user mode, standing at its first instruction; its gdb stub's socket."""
    require(qemu(isa))
    with tempfile.TemporaryDirectory() as folder:  # a socket's path has to be short
        socket = Path(folder, "gdb")
        process = subprocess.Popen(
            [qemu(isa), "-g", str(socket), str(elf)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not is_listening(socket):
                assert process.poll() is None, f"{qemu(isa)} ended with {process.returncode}"
                time.sleep(0.005)
            yield socket
        finally:
            process.kill()
            process.wait()


def is_listening(socket: Path) -> bool:
    """Whether somebody listens at a socket: that it exists is not enough, and to try would use it up."""
    rows = (line.split() for line in Path("/proc/net/unix").read_text().splitlines())
    return any(row[-1] == str(socket) and row[3] == "00010000" for row in rows)  # __SO_ACCEPTCON


def arrivals(recording: stackglass.Recording, stops: list[Json]) -> Iterator[Json]:
    """The stops in order of time; the recording stands at each when it is given. AssertionError if one never comes."""
    waiting = {(stop["pc"], stop["hit"]): stop for stop in stops}
    hits: Counter[int] = Counter()
    recording.seek(0)
    while waiting:
        step = recording.run_to({pc for pc, _ in waiting})
        assert step is not None, f"never reached: {[(hex(pc), hit) for pc, hit in waiting]}"
        pc = recording.registers()[recording.isa.pc]
        hits[pc] += 1
        stop = waiting.pop((pc, hits[pc]), None)
        if stop is not None:
            yield stop
            recording.seek(step)
