"""Variables' places and values: equal to gdb's answers at hundreds of single steps of a running program."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import elftools
import pytest

import stackglass
from tests.needs import require
from tests.unit.debuginfo.building import Build

INSIDE = Path(__file__).with_name("inside_gdb.py")
CONFIGURATIONS = [
    # program, compiler, flags, steps, and at least so many comparisons of (addresses, values)
    ("optimised.c", "gcc", "-O0", 300, (1000, 0)),
    ("optimised.c", "clang", "-O0 -gdwarf-4", 300, (1000, 0)),
    ("optimised.c", "gcc", "-O2", 300, (100, 500)),
    ("optimised.c", "gcc", "-O1 -gdwarf-4", 300, (100, 500)),
    ("optimised.c", "clang", "-O2", 300, (100, 500)),
    ("optimised.c", "clang", "-O1 -gdwarf-4", 300, (100, 500)),
    ("prologues.c", "gcc", "-O0", 300, (1000, 0)),
    ("prologues.c", "gcc", "-O2", 300, (20, 100)),
    ("prologues.c", "clang", "-O2", 300, (20, 100)),
    ("scopes.c", "gcc", "-O0", 150, (100, 10)),
    ("scopes.c", "clang", "-O0", 150, (100, 10)),
    ("types.c", "gcc", "-O2", 100, (100, 500)),
    ("types.c", "clang", "-O2", 100, (20, 200)),
    ("classes.cc", "g++", "-O0", 300, (1000, 100)),
    ("classes.cc", "clang++", "-O0", 300, (1000, 100)),
    ("classes.cc", "g++", "-O2", 300, (50, 50)),
]


@pytest.mark.parametrize(("program", "compiler", "flags", "stops", "at_least"), CONFIGURATIONS)
def test_variables_are_gdbs(
    build: Build, tmp_path: Path, program: str, compiler: str, flags: str, stops: int, at_least: tuple[int, int]
) -> None:
    require("gdb")
    built = build(program, compiler, *flags.split())
    answer = tmp_path / "answer.json"
    asked = {"elf": str(built.path), "source": str(built.source), "stops": stops, "answer": str(answer)}
    folders = [str(Path(str(package.__file__)).parents[1]) for package in (stackglass, elftools)]
    paths = f"python import sys; sys.path[:0] = {folders!r}"
    command = ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-iex", paths, "-x", str(INSIDE)]
    environment = {**os.environ, "INSIDE_GDB": json.dumps(asked)}
    done = subprocess.run(
        [*command, str(built.path)],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert answer.exists(), done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads(answer.read_text())
    assert found["unreadable"] is None
    assert found["problems"] == []
    assert (found["counts"]["address"], found["counts"]["value"]) >= at_least
    assert found["counts"]["value"] >= at_least[1], found["counts"]
