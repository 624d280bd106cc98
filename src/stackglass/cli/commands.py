"""Puts the options of a request class into the signature of a command.

    @command(app)
    def show(program: ProgramRequest, drawing: DrawingRequest, *, at: Annotated[list[str], ...]) -> None:

becomes a command with every field of both classes and `--at`.
"""

from __future__ import annotations

import dataclasses
import errno
import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, get_type_hints

import typer

from stackglass.errors import UsageError

Command = Callable[..., int | None]

INTERRUPTED_STATUS = 128 + signal.SIGINT
BROKEN_PIPE_STATUS = 128 + signal.SIGPIPE


def command(app: typer.Typer) -> Callable[[Command], Command]:
    """Adds the function to `app` as a command of its name. What it gives is the exit status, None for 0."""

    def add(function: Command) -> Command:
        requests, parameters = _signature(function)

        @functools.wraps(function)
        def spread(**values: Any) -> None:
            arguments = {
                name: request(**{field.name: values.pop(field.name) for field in dataclasses.fields(request)})
                for name, request in requests.items()
            }
            raise typer.Exit(_status(lambda: function(**arguments, **values)))

        spread.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command()(spread)
        return function

    return add


def _status(run: Callable[[], int | None]) -> int:
    """The exit status of a command, also of one that nobody listens to any more, or that is interrupted."""
    try:
        status = run() or 0
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE_STATUS
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EFBIG):
            raise
        _drop_output()
        raise UsageError(f"the output cannot be written: {error.strerror}") from error
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS
    return status


def _drop_output() -> None:
    """Lets nothing of what is still buffered raise again when the interpreter closes its streams."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _signature(function: Command) -> tuple[dict[str, type[Any]], list[inspect.Parameter]]:
    """The function's request parameters by name, and the command's parameters: their fields and the others."""
    hints = get_type_hints(function, include_extras=True)
    requests: dict[str, type[Any]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints[name]
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            requests[name] = hint
            parameters += _fields(hint)
        else:
            kind = inspect.Parameter.KEYWORD_ONLY
            parameters.append(inspect.Parameter(name, kind, default=parameter.default, annotation=hint))
    # What must be given stands before what may be: a program's own arguments take all that is left.
    parameters.sort(key=lambda parameter: parameter.default is not inspect.Parameter.empty)
    return requests, parameters


def _fields(request: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(request, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(request)
    ]
