"""Word of a compiler that takes its time: zig builds its C library the first time, which takes up to a minute."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Progress = Callable[[str, float], None]
"""Called about once a second with what is going on, in a few words, and for how many seconds it has been."""

_PATIENCE = 2.0
"""Seconds after which silence becomes strange."""


def run(
    command: Sequence[str],
    *,
    words: str,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs `command` without input and gives what it wrote, telling `progress` from the third second on.

    `meanwhile` is called once it has started. OSError if it can't be started. Whatever ends the waiting (Ctrl-C) ends
    the command too.
    """
    start = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "PWD": str(Path.cwd())},  # compilers believe PWD, and write it into the debug information
    ) as process:
        try:
            if meanwhile:
                meanwhile()
            while True:
                try:
                    output, errors = process.communicate(timeout=1.0 if time.monotonic() - start > 1 else _PATIENCE)
                    return subprocess.CompletedProcess(command, process.returncode, output, errors)
                except subprocess.TimeoutExpired:
                    if progress:
                        progress(words, time.monotonic() - start)
        except BaseException:
            process.terminate()
            raise
