"""Programs as students write them: the textbook machine does what gcc's programs do, under every strategy."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stackglass.errors import CompileError
from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.program import compile_source
from stackglass.textbook.traps import Ended, Trap
from tests.needs import require
from tests.unit.textbook.running import PROGRAMS, loaded

SOURCES = sorted((PROGRAMS / "courses").glob("*.c"))
BUDGET = 2_000_000


def expected(source: Path, text: str, stdin: bytes, folder: Path) -> tuple[bytes, int]:
    """What the program has to print, and its exit status: as its comments say, or as gcc's program does."""
    told = re.findall(r"^// prints: (.*)$", text, re.MULTILINE)
    if told:
        return "".join(f"{line}\n" for line in told).encode(), 0
    require("gcc")
    dialect = "gnu89" if "// gnu89" in text else "gnu17"
    command = [
        "gcc",
        f"-std={dialect}",
        "-w",
        "-fwrapv",
        "-fno-builtin",
        "-o",
        str(folder / "program"),
        str(source),
        "-lm",
    ]
    subprocess.run(command, check=True)
    done = subprocess.run([folder / "program"], input=stdin, stdout=subprocess.PIPE, timeout=60)
    return done.stdout, done.returncode


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_it_does_what_gccs_program_does(source: Path, tmp_path: Path) -> None:
    text = source.read_text()
    given = re.search(r"// stdin: (.*)", text)
    stdin = given[1].encode().decode("unicode_escape").encode() if given else b""
    wanted = expected(source, text, stdin, tmp_path)
    for activation in Activation:
        if "// computed sizes" in text and activation is Activation.STATIC:
            with pytest.raises(CompileError, match="with static frames, which are laid out before the program starts"):
                compile_source(source, Strategy(activation))
            continue
        machine, output = loaded(compile_source(source, Strategy(activation)), stdin)
        machine.run(BUDGET)
        if "// recursive" in text and activation is Activation.STATIC:
            assert isinstance(machine.ended, Trap) and "only frame" in machine.ended.words
            continue
        assert isinstance(machine.ended, Ended), (activation, machine.ended)
        assert (bytes(output), machine.ended.status) == wanted, activation
