"""From the options of a command to a recording, with word of how it goes to a person who waits."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stackglass.cli.requests import ProgramRequest
from stackglass.cli.terminal import note
from stackglass.errors import NoSuchProgram, UsageError

if TYPE_CHECKING:
    from stackglass.recording.replay import Recorded

_PATIENCE = 0.7
"""Seconds before a progress line appears, and between two of its changes."""
_PATIENCE_OF_A_FILE, _PAUSE_OF_A_FILE = 5.0, 10.0
"""The same where standard error is no terminal: it may be kept, and each is a line there."""


def record(request: ProgramRequest, *, live: bool = False, data_on_stderr: bool = False) -> Recorded:
    """Builds and runs the program to its end. `live` passes its output through while it runs.

    Raises what `stackglass.record` raises. Ctrl-C ends the recording, not the command.
    """
    from stackglass.recording.making import DEFAULT_MAX_STEPS, DEFAULT_STACK_SIZE, Options, begin

    if request.root is not None and not request.root.is_dir():
        raise UsageError(f"{request.root} is no folder, so it cannot be the program's root")
    told = Progress(terminals_only=data_on_stderr)
    begun = begin(
        request.program,
        Options(
            arguments=tuple(request.args or ()),
            environment=environment(request.env or []),
            stdin=_standard_input(request.stdin, quiet=live),
            root=request.root,
            seed=request.seed,
            terminals=_terminals(request) if live else frozenset(),
            stack_size=DEFAULT_STACK_SIZE if request.stack_size is None else request.stack_size,
            cc=request.cc,
            cflags=request.cflags or (),
            optimise=request.optimise.value if request.optimise else None,
            isa=request.isa,
            static=request.static,
            activation=request.activation.value if request.activation else None,
            allow_recursion=request.allow_recursion,
            static_locals=request.static_locals,
            static_parameters=request.static_parameters,
            on_output=told.wrap(pass_through) if live else None,
            on_build=told.building,
        ),
    )
    told.clear()
    if begun.warnings:
        sys.stderr.write(begun.warnings)
    begun.recording.run(request.max_steps or DEFAULT_MAX_STEPS, told.running)
    told.clear()
    return begun.recording


def note_fault(recording: Recorded) -> None:
    """Says what ended the program before its time, and how to see it."""
    from stackglass.model import FaultKind

    fault = recording.fault
    if fault is not None:
        shows = "end" if fault.kind in (FaultKind.BUDGET, FaultKind.INTERRUPTED) else "crash"
        note(f"the run ends at step {recording.last_step:,}: {fault.words} (--at {shows} shows it)")


def warn_of_debug_info(recording: Recorded) -> None:
    """Says once what of the debug information could not be read: a picture without names needs a reason.

    To be asked when everything has been drawn: it is read as far as it is needed.
    """
    from stackglass.stack.build import facts_of

    problems = [module.debug_info_problem for module in recording.target.modules if module.debug_info_problem]
    problems += [str(problem) for problem in facts_of(recording.target).problems]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        words = f"some debug information cannot be used, so names may be missing: {problems[0]}{more}"
        sys.stderr.write(f"stackglass: {words}\n")


def environment(given: list[str]) -> Mapping[str, str]:
    """The guest's environment: the default, and NAME=VALUE of each item. UsageError for one without '='."""
    from stackglass.recording.making import DEFAULT_ENVIRONMENT

    pairs = [item.partition("=") for item in given]
    for name, equals, value in pairs:
        if not name or not equals:
            raise UsageError(f"'{name}{value}' is no variable of an environment", help="write --env NAME=VALUE")
    return {**DEFAULT_ENVIRONMENT, **{name: value for name, _, value in pairs}}


def _terminals(request: ProgramRequest) -> frozenset[int]:
    """The streams that the guest shares with this process and that are a terminal: a prompt must show at once."""
    return frozenset(stream for stream in (0, 1, 2) if os.isatty(stream) and (stream or request.stdin is None))


def _standard_input(path: Path | None, *, quiet: bool) -> bytes | Callable[[int], bytes]:
    """What the guest reads: the file, or what this process gets."""
    if path is not None:
        try:
            return path.read_bytes()
        except OSError as error:
            raise NoSuchProgram(f"{path} cannot be read for --stdin: {error.strerror}") from error
    return _Inherited(quiet)


class _Inherited:
    """This process's own standard input. Whoever waits at a terminal for a picture is told that the program reads."""

    def __init__(self, quiet: bool) -> None:
        self._told = quiet

    def __call__(self, size: int) -> bytes:
        try:
            if not self._told and os.isatty(0):
                sys.stderr.write("stackglass: the program reads its standard input (Ctrl-D ends it)\n")
            self._told = True
            return os.read(0, size)
        except OSError:
            return b""


def pass_through(stream: int, data: bytes) -> None:
    """Writes what the guest wrote to this process's own stream 1 or 2, at once. BrokenPipeError if nobody reads it."""
    while data:
        data = data[os.write(stream, data) :]


class Progress:
    """Says on standard error how far a long run is: in one line of a terminal, elsewhere in a line now and then.

    `terminals_only` says nothing elsewhere, for a command whose result goes there.
    """

    def __init__(self, *, terminals_only: bool = False) -> None:
        self._shown = False
        self._terminals_only = terminals_only
        self._last = time.monotonic()
        self._pause = _PATIENCE_OF_A_FILE
        self._terminal = sys.stderr is not None and sys.stderr.isatty()

    def building(self, words: str, seconds: float) -> None:
        """A compiler takes its time. Told where there is no terminal too, once: it may be a minute."""
        if self._terminal:
            self._show(f"{words} ({seconds:.0f} s)")
        elif not self._shown:
            sys.stderr.write(f"stackglass: {words}\n")
            self._shown = True

    def running(self, step: int) -> None:
        """The program is at a step."""
        self._now_and_then(f"running: {step / 1e6:,.0f} million steps; Ctrl-C ends the recording there")

    def visiting(self, done: int, of: int) -> None:
        """So many calls have been visited for what they were given and gave back."""
        if not done:
            self._last = time.monotonic()
        self._now_and_then(f"looking at calls: {done:,} of {of:,}")

    def _now_and_then(self, words: str) -> None:
        now = time.monotonic()
        if self._terminal and now - self._last > _PATIENCE:
            self._last = now
            self._show(words)
        elif not self._terminal and not self._terminals_only and now - self._last > self._pause:
            self._last, self._pause = now, _PAUSE_OF_A_FILE
            note(words)

    def wrap(self, write: Callable[[int, bytes], None]) -> Callable[[int, bytes], None]:
        """`write`, which first takes the line away."""

        def clear_and_write(stream: int, data: bytes) -> None:
            self.clear()
            write(stream, data)

        return clear_and_write

    def _show(self, words: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{words}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown and self._terminal:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
        self._shown = False
