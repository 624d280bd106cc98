"""Draws the pictures in docs/walks.md anew: what the command on top of each prints of the innermost frames.

The fence says how many: ```console frames=2.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

from stackglass.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "walks.md"
COLUMNS = 96
_BLOCK = re.compile(r"```console frames=(\d)\n\$ (.*)\n(?:.*\n)*?```\n")


def drawn(page: str) -> str:
    """The page with all its pictures as the program draws them now."""
    return _BLOCK.sub(_redrawn, page)


def _redrawn(block: re.Match[str]) -> str:
    count, command = block.groups()
    return f"```console frames={count}\n$ {command}\n{frames(command, int(count))}```\n"


def frames(command: str, count: int) -> str:
    """What the command prints of the `count` innermost frames, without the heading and what lies below them."""
    _, sub_command, *rest = shlex.split(command)
    arguments = [sub_command, "--color", "never", "--width", str(COLUMNS), *rest]
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        main(arguments)
    printed.seek(0)
    lines = [line for line in printed.read().splitlines() if line.startswith(("├", "│", "└"))]
    headings = [number for number, line in enumerate(lines) if line.startswith("├─ ")]
    return "".join(f"{line}\n" for line in lines[headings[-count] :])


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
