"""The command line: one command per file, arguments in, views out. `main` is the `stackglass` command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command (`sys.argv`'s, if None) and exits with its status; 2 for what was asked wrongly."""
    from stackglass.cli import application

    application.main(arguments)
