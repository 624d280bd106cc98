"""`stackglass show` with stopwatches in it: `python -m bench.stopwatches PROGRAM` writes what each part of it costs to
standard error, as JSON. It imports next to nothing itself, so that imports are seen where they happen."""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

IMPORTS, BUILD, REST = "imports", "build", "the rest"
PARTS = {
    ("stackglass.toolchain", "build"): BUILD,
    ("stackglass.debuginfo.image", "Image.parse"): "parse the ELF",
    ("stackglass.recording.loading", "load"): "load",
    ("stackglass.recording.loading", "function_entries"): "read the symbols",
    ("stackglass.recording.recording", "Recording.run"): "record",
    ("stackglass.recording.recording", "Recording.seek"): "replay",
    ("stackglass.recording.recording", "Recording.run_to"): "replay",
    ("stackglass.recording.arrivals", "resolve"): "find the moment",
    ("stackglass.cli.show", "_draw"): "picture",
}
"""What is timed, each without those that it calls; a part may have several pieces. What is read when it is first asked
for, such as debug information, counts where it is asked for. All is imported beforehand, not while a compiler runs."""


class Cost(NamedTuple):
    """Seconds of processor time, and on the clock."""

    processor: float
    clock: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.processor - other.processor, self.clock - other.clock)

    def plus(self, other: Cost) -> Cost:
        """The sum of both."""
        return Cost(self.processor + other.processor, self.clock + other.clock)


NOTHING = Cost(0, 0)


def now() -> Cost:
    """What this process and the children that have ended have used so far."""
    uses = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(sum(use.ru_utime + use.ru_stime for use in uses), time.perf_counter())


class Stopwatches:
    """One for each part: the innermost one runs, those around it stand."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = defaultdict(lambda: NOTHING)
        self._running = [REST]
        self._since = now()

    @contextlib.contextmanager
    def time(self, part: str) -> Iterator[None]:
        """Counts what happens inside to the part."""
        self.stop()
        self._running.append(part)
        try:
            yield
        finally:
            self.stop()
            self._running.pop()

    def stop(self) -> None:
        """Brings the running one up to date."""
        here = now()
        self.costs[self._running[-1]] = self.costs[self._running[-1]].plus(here - self._since)
        self._since = here

    def wrap(self, owner: Any, name: str, part: str) -> None:
        """Puts a stopwatch around a function of a module or a class."""
        function: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            if self._running[-1] == part:
                return function(*arguments, **options)
            with self.time(part):
                return function(*arguments, **options)

        of_class = isinstance(getattr(function, "__self__", None), type)
        setattr(owner, name, staticmethod(timed) if of_class else timed)


def main(program: str) -> None:
    """Does what the command does, and writes what its parts cost."""
    watches = Stopwatches()
    watches.wrap(builtins, "__import__", IMPORTS)
    watches.wrap(importlib, "import_module", IMPORTS)
    for (module, name), part in PARTS.items():
        *outer, function = name.split(".")
        watches.wrap(functools.reduce(getattr, outer, importlib.import_module(module)), function, part)
    from stackglass import cli

    try:
        cli.main(["show", program])
    finally:
        watches.stop()
        json.dump(watches.costs, sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
