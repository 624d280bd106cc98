"""Making a recording of the textbook machine out of a C source."""

from __future__ import annotations

from pathlib import Path

from stackglass.errors import UsageError
from stackglass.recording.making import DEFAULT_ENVIRONMENT, Options
from stackglass.recording.textbook import TextbookRecording
from stackglass.textbook.activation import Activation, Strategy
from stackglass.textbook.program import Program, compile_source

_SMALLEST_STACK, _LARGEST_STACK = 4 << 10, 1 << 30
_MEANINGLESS = {
    "cc": "--cc has",
    "cflags": "--cflags has",
    "optimise": "-O has",
    "root": "--root has",
    "sources": "more than one source has",
    "static": "--static and --dynamic have",
}


def textbook_recording(path: Path, options: Options) -> TextbookRecording:
    """Compiles a program and loads it, up to its first step. Raises ProgramError and UsageError."""
    return TextbookRecording(textbook_program(path, options), options)


def textbook_program(path: Path, options: Options) -> Program:
    """The compiled program."""
    if not _SMALLEST_STACK <= options.stack_size <= _LARGEST_STACK:
        least, most = _SMALLEST_STACK >> 10, _LARGEST_STACK >> 30
        raise UsageError(f"a stack of {options.stack_size} bytes won't do: from {least} KiB to {most} GiB can be had")
    for name, words in _MEANINGLESS.items():
        if getattr(options, name) not in (None, (), ""):
            why = "whose programs see no files" if name == "root" else "which has a compiler of its own"
            raise UsageError(f"{words} no meaning for the textbook machine, {why}")
    if options.environment != DEFAULT_ENVIRONMENT:
        raise UsageError("the textbook machine gives its programs no environment", help="leave --env out")
    if path.suffix != ".c" and path.exists():
        raise UsageError(f"{path}: the textbook machine takes C sources alone", help="give it a file that ends in .c")
    return compile_source(path, strategy_of(options))


def strategy_of(options: Options) -> Strategy:
    """How activation records are to be kept. UsageError for what contradicts itself."""
    names = [one.value for one in Activation]
    if options.activation is not None and options.activation not in names:
        raise UsageError(
            f"'{options.activation}' is no way of keeping activation records", help=f"choose one of: {', '.join(names)}"
        )
    activation = Activation(options.activation or Activation.STACK.value)
    if options.allow_recursion and activation is not Activation.STATIC:
        raise UsageError("--allow-recursion is for static frames: the others allow it", help="add --activation static")
    return Strategy(activation, options.allow_recursion, options.static_locals, options.static_parameters)
