"""The command line: one command per file, arguments in, views out. `main` is the `stackglass` command."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command (`sys.argv`'s, if None) and exits with its status; 2 for what was asked wrongly."""
    _collect_seldom()
    from stackglass.cli import application

    application.main(arguments)


def _collect_seldom() -> None:
    """Nearly all that a command makes is in use to its end: looking for garbage in it takes an eighth of a short one's
    time, half of that when the interpreter ends."""
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
