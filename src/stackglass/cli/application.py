"""The `stackglass` command: its sub-commands, and what becomes of everything that goes wrong in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import click
import typer
import typer.core

from stackglass import __version__
from stackglass.cli.calls import calls
from stackglass.cli.commands import INTERRUPTED_STATUS, command
from stackglass.cli.explain import explain
from stackglass.cli.layout import layout
from stackglass.cli.rules import rules
from stackglass.cli.run import run
from stackglass.cli.show import show
from stackglass.cli.terminal import complain
from stackglass.cli.where import where
from stackglass.errors import CompileError, EngineError, StackglassError, UsageError

USAGE_STATUS = 2
TRACEBACK = "STACKGLASS_TRACEBACK"
"""Set in the environment, a fault of stackglass itself shows its traceback."""

# Help is plain text; where rich is installed, typer would put backslashes before the brackets all the same.
typer.core.HAS_RICH = False

app = typer.Typer(
    name="stackglass",
    help="Runs a program and shows what its call stack holds: every frame, every byte, at any step.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for function in (show, run, calls, explain, layout, where, rules):
    command(app)(function)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stackglass {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="The version, and no more.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and exits with its status: 2 for a StackglassError, which is told in one sentence."""
    _replace_closed_streams()
    try:
        given = None if arguments is None else list(arguments)
        raise SystemExit(app(args=given, prog_name="stackglass", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.UsageError as error:
        _tell(_as_ours(error))
    except click.Abort:
        raise SystemExit(INTERRUPTED_STATUS) from None
    except StackglassError as error:
        _tell(error)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _tell(EngineError(f"something went wrong inside: {type(error).__name__}: {error}"))
    raise SystemExit(USAGE_STATUS)


def _as_ours(error: click.UsageError) -> UsageError:
    """What the parser of the command line refuses, in one sentence."""
    path = "stackglass" if error.ctx is None else error.ctx.command_path
    help_ = f"`{path} --help` tells what it takes"
    if isinstance(error, click.NoSuchOption):
        meant = f"did you mean {' or '.join(error.possibilities)}?" if error.possibilities else help_
        return UsageError(f"there is no option {error.option_name}", help=meant)
    message = error.format_message().rstrip(".")
    return UsageError(message[:1].lower() + message[1:], help=help_)


def _replace_closed_streams() -> None:
    """Python has no stream object for a descriptor that is closed: what would be written there is lost."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115


def _tell(error: StackglassError) -> None:
    if isinstance(error, CompileError):
        sys.stderr.write(error.output if error.output.endswith("\n") or not error.output else error.output + "\n")
    complain(error)
    if isinstance(error, EngineError):
        typer.echo(f"  this is a fault of stackglass: please report it, with what {TRACEBACK}=1 shows", err=True)
