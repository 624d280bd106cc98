"""What gcc's program for i386 does, whose types have the sizes and alignments of the textbook machine's."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.needs import require

GCC = "i686-linux-gnu-gcc"


def by_i386_gcc(source: str, folder: Path) -> str:
    """What the program writes."""
    require(GCC)
    (folder / "program.c").write_text(source)
    # Floats are rounded at once, as on the textbook machine.
    command = [GCC, "-static", "-w", "-msse2", "-mfpmath=sse", "-o", "program", "program.c"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return subprocess.run([folder / "program"], capture_output=True, text=True, timeout=60).stdout


def is_refused_by_gcc(source: str, folder: Path) -> bool:
    """Whether it is no C for gcc."""
    require(GCC)
    path = folder / "mistake.c"
    path.write_text(source)
    return subprocess.run([GCC, "-w", "-fsyntax-only", path], capture_output=True).returncode == 1
