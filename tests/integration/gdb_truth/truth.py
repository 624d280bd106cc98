"""The programs of the truth tests: how they are built, what gdb says of them, and where it says so in a recording."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import stackglass
from tests.needs import require

PROGRAMS = Path(__file__).resolve().parents[2] / "programs" / "truth"
COLLECTOR = Path(__file__).with_name("collect.py")
SOURCES = sorted(path.name for path in PROGRAMS.iterdir() if path.suffix in (".c", ".cpp"))
COMPILERS = {"gcc": {".c": "gcc", ".cpp": "g++"}, "clang": {".c": "clang", ".cpp": "clang++"}}
FLAGS = {"old_style.c": ("-std=gnu89", "-w")}

Json = dict[str, Any]


class Build(NamedTuple):
    """One program as one compiler makes it."""

    source: str
    compiler: str
    level: str

    def __str__(self) -> str:
        return f"{self.source}-{self.compiler}-O{self.level}"

    @property
    def path(self) -> Path:
        """The source's file."""
        return PROGRAMS / self.source


BUILDS = [Build(source, compiler, level) for source in SOURCES for compiler in COMPILERS for level in ("0", "2")]


def build(wanted: Build, folder: Path) -> Path:
    """The program as a static ELF."""
    command = COMPILERS[wanted.compiler][wanted.path.suffix]
    require(command, "static libc", "gdb")
    output = folder / wanted.source.replace(".", "_")
    flags = (f"-O{wanted.level}", "-g", "-static", *FLAGS.get(wanted.source, ()))
    subprocess.run([command, *flags, str(wanted.path), "-o", str(output), "-w"], check=True)
    return output


def collect(elf: Path, source: str, *, stops: int = 36) -> list[Json]:
    """What gdb says of the program at up to `stops` stops; see collect.py."""
    output = elf.with_suffix(".json")
    command = ["gdb", "-nx", "-batch", "-iex", "set auto-load off", "-x", str(COLLECTOR), str(elf)]
    environment = {
        **os.environ,
        "TRUTH_SOURCE": source,
        "TRUTH_OUTPUT": str(output),
        "TRUTH_STOPS": str(stops),
        "DEBUGINFOD_URLS": "",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    result: Json = json.loads(output.read_text()) if output.exists() else {"error": done.stderr}
    assert "error" not in result, result["error"]
    found: list[Json] = result["stops"]
    return found


def arrivals(recording: stackglass.Recording, stops: list[Json]) -> Iterator[Json]:
    """The stops in order of time; the recording stands at each when it is given. AssertionError if one never comes."""
    waiting = {(stop["pc"], stop["hit"]): stop for stop in stops}
    pcs = {stop["pc"] for stop in stops}
    hits: Counter[int] = Counter()
    recording.seek(0)
    while waiting:
        step = recording.run_to(pcs)
        assert step is not None, f"never reached: {[(hex(pc), hit) for pc, hit in waiting]}"
        pc = recording.registers()[recording.isa.pc]
        hits[pc] += 1
        stop = waiting.pop((pc, hits[pc]), None)
        if stop is not None:
            yield stop
            recording.seek(step)
