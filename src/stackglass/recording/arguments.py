"""Arguments of the Python API, checked where they come in: one clear sentence instead of an error from the depths."""

from __future__ import annotations

import operator
import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from stackglass.errors import UsageError

if TYPE_CHECKING:
    from stackglass.recording.making import Options


def whole_number(value: object, what: str, least: int | None = 0) -> int:
    """`value` as an int, if it is a whole number of at least `least`. UsageError otherwise."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"{what} is a whole number, not {value!r}") from None
    if least is not None and number < least:
        raise UsageError(f"{what} is at least {least}, not {number}")
    return number


def text(value: object, what: str) -> str:
    """`value`, if it is a string. UsageError otherwise."""
    if isinstance(value, str):
        return value
    raise UsageError(f"{what} is a string, not {value!r}")


def numbers(values: object, what: str) -> Collection[int]:
    """`values`, if they are several whole numbers. UsageError otherwise."""
    if isinstance(values, str | bytes) or not isinstance(values, Collection):
        raise UsageError(f"{what} are a list of whole numbers, not {values!r}")
    return [whole_number(value, f"one of {what}") for value in values]


def texts(values: object, what: str) -> Sequence[str]:
    """`values`, if they are a list of strings; a single string is none. UsageError otherwise."""
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise UsageError(f"{what} are a list of strings, not {values!r}", help='write args=["5"], for instance')
    for value in values:
        if not isinstance(value, str):
            raise UsageError(f"{what} are strings, and {value!r} is none", help=f"write {str(value)!r}")
        if "\0" in value:
            raise UsageError(f"{what} can't have a zero byte in them, as {value!r} has")
    return values


def path(value: object, what: str) -> str | os.PathLike[str]:
    """`value`, if it is a path as a string or a Path. UsageError otherwise."""
    if isinstance(value, str) or (isinstance(value, os.PathLike) and isinstance(os.fspath(value), str)):
        return value
    raise UsageError(f"{what} is a path, as a string or a Path, and not {value!r}")


def check_options(options: Options) -> None:
    """UsageError for the first option that is of the wrong kind."""
    texts(options.arguments, "the program's arguments")
    environment: object = options.environment
    if not isinstance(environment, Mapping):
        raise UsageError(f"the environment is a mapping of strings to strings, not {environment!r}")
    texts([*environment.keys(), *environment.values()], "the environment's names and values")
    stdin: object = options.stdin
    if not isinstance(stdin, bytes) and not callable(stdin):
        raise UsageError(f"standard input is bytes, or a function that gives some, not {stdin!r}")
    whole_number(options.seed, "the seed", None)
    whole_number(options.stack_size, "the size of the stack")
    numbers(options.terminals, "the streams that are terminals")
    if not isinstance(options.cflags, str):
        texts(options.cflags, "the compiler's flags")
    for name in ("cc", "optimise", "isa"):
        if (value := getattr(options, name)) is not None:
            text(value, f"the option '{name}'")
    sources: object = options.sources
    if isinstance(sources, str | bytes) or not isinstance(sources, Sequence):
        raise UsageError(f"the sources are a list of paths, not {sources!r}")
    for source in options.sources:
        path(source, "a source")
    for name in ("on_output", "on_build"):
        if (function := getattr(options, name)) is not None and not callable(function):
            raise UsageError(f"the option '{name}' is a function, not {function!r}")
