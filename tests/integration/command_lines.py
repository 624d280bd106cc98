"""Running stackglass's command line in the test's own process, and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import stackglass
from stackglass.cli import main

COMMAND = (sys.executable, "-m", "stackglass")


class Outcome(NamedTuple):
    """What a command line came to."""

    status: int
    out: str
    err: str


Ask = Callable[..., Outcome]


def asker(capfd: pytest.CaptureFixture[str]) -> Ask:
    """What runs a command line in this process."""

    def run(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, in which another Python finds this stackglass."""
    sources = str(Path(stackglass.__file__).resolve().parents[1])
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": sources, **changes}


def alone(*arguments: object, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment(**changes), timeout=120)
