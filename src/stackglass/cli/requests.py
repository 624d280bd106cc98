"""What a user asks for, as options of the command line: a program and how to run it, a picture and how to draw it.

Each class's fields are options that several commands share; `commands.command` puts them into a command's signature.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from stackglass.errors import UsageError

_SUFFIXES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_COUNT = re.compile(r"[0-9][0-9_,]*|[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_SIZE = re.compile(r"(?P<number>0[xX][0-9a-fA-F]{1,16}|[0-9]{1,18})(?P<suffix>[kKmMgG]?)(?:i?[bB])?")


class Colour(enum.Enum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Grow(enum.Enum):
    """Which way addresses grow on the page."""

    DOWN = "down"
    UP = "up"


class Offsets(enum.Enum):
    """What the offsets of a frame count from."""

    AUTO = "auto"
    CFA = "cfa"
    SP = "sp"


class Addresses(enum.Enum):
    """How addresses are written."""

    HEX = "hex"
    DECIMAL = "decimal"


class Optimisation(enum.Enum):
    """The compiler's -O levels."""

    NONE = "0"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    SIZE = "s"
    SMALLEST = "z"
    DEBUG = "g"
    FAST = "fast"


class Activation(enum.Enum):
    """How the textbook machine keeps activation records."""

    STACK = "stack"
    STATIC = "static"
    RECORDS = "records"


def count(text: str) -> int:
    """A count of steps: '1000', '1_000', '1e9'. UsageError if it is none."""
    if not _COUNT.fullmatch(text):
        raise UsageError(f"'{text}' is not a count", help="write 1000000, 1_000_000 or 1e6")
    value = int(float(text)) if re.search("[eE]", text) else int(re.sub("[_,]", "", text))
    if not 0 < value < 1 << 63:
        raise UsageError(f"'{text}' is not a count of steps", help="it goes from 1 to 9e18")
    return value


def size(text: str) -> int:
    """A size in bytes: '65536', '0x10000', '64K', '8M'. UsageError if it is none."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageError(f"'{text}' is not a size", help="write 65536, 64K or 8M")
    return int(match["number"], 0 if match["number"].startswith("0x") else 10) * _SUFFIXES[match["suffix"].lower()]


def number(text: str) -> int:
    """A number from 0 on. UsageError if it is none."""
    if not text.isdecimal() or len(text) > 9:
        raise UsageError(f"'{text}' is not a number from 0 on")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise UsageError(f"'{text}' is not a number from 1 on")
    return int(text)


@dataclass(frozen=True, slots=True)
class ProgramRequest:
    """A program, how to build it and how to run it."""

    program: Annotated[
        Path, typer.Argument(help="A source (.c .cc .cpp .s .S) or an ELF executable.", metavar="PROGRAM")
    ]
    args: Annotated[
        list[str] | None, typer.Argument(help="The program's own arguments, after --.", metavar="-- ARGS")
    ] = None
    cc: Annotated[str | None, typer.Option(help="The compiler: gcc, clang, zig, a path.")] = None
    cflags: Annotated[
        str | None,
        typer.Option(help="More flags for the compiler, as a shell splits them."),
    ] = None
    optimise: Annotated[Optimisation | None, typer.Option("-O", help="Optimise as the compiler's -O does.")] = None
    isa: Annotated[
        str | None, typer.Option(help="The instruction set to compile for; textbook: a textbook's machine.")
    ] = None
    static: Annotated[
        bool | None,
        typer.Option(
            "--static/--dynamic",
            help="How to link it; static where a static C library is there.",
        ),
    ] = None
    stdin: Annotated[
        Path | None,
        typer.Option(help="The file that the program reads as its standard input."),
    ] = None
    env: Annotated[
        list[str] | None,
        typer.Option(help="A variable of its environment, NAME=VALUE; may be repeated."),
    ] = None
    root: Annotated[Path | None, typer.Option(help="The folder that it sees, read-only, as /.")] = None
    seed: Annotated[int, typer.Option(help="Seed of the random bytes that it gets.")] = 0
    stack_size: Annotated[
        int | None,
        typer.Option(parser=size, metavar="SIZE", help="The stack's limit, 8M if not said."),
    ] = None
    max_steps: Annotated[
        int | None,
        typer.Option(
            parser=count,
            metavar="STEPS",
            help="Stop it after so many steps; 1e9 if not said.",
        ),
    ] = None

    activation: Annotated[
        Activation | None,
        typer.Option(help="How the textbook machine keeps activation records; on a stack, unless said."),
    ] = None
    allow_recursion: Annotated[
        bool, typer.Option("--allow-recursion", help="Let static frames be entered again while they are in use.")
    ] = False
    static_locals: Annotated[
        bool, typer.Option("--static-locals", help="One place for all calls of each local (textbook machine).")
    ] = False
    static_parameters: Annotated[
        bool, typer.Option("--static-parameters", help="One place for all calls of each parameter (textbook machine).")
    ] = False


@dataclass(frozen=True, slots=True)
class DrawingRequest:
    """How to put something on the screen."""

    json: Annotated[bool, typer.Option("--json", help="JSON instead of a picture.")] = False
    color: Annotated[Colour, typer.Option(help="Colour: auto is in a terminal, without NO_COLOR.")] = Colour.AUTO
    width: Annotated[
        int | None,
        typer.Option(parser=_positive, metavar="COLUMNS", help="Columns to draw in."),
    ] = None
    library: Annotated[bool, typer.Option("--library", help="Count and draw the library's functions too.")] = False
    addresses: Annotated[
        Addresses, typer.Option(help="How addresses and links are written; as in many textbooks: decimal.")
    ] = Addresses.HEX


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """How to draw a stack."""

    frames: Annotated[
        int | None,
        typer.Option(
            parser=_positive,
            metavar="N",
            help="The N innermost frames, folded ones not counted; in JSON the rest is left out of the middle.",
        ),
    ] = None
    grow: Annotated[
        Grow,
        typer.Option(help="The way the stack grows on the page; down has high addresses on top."),
    ] = Grow.DOWN
    writers: Annotated[
        bool | None,
        typer.Option(
            "--writers/--no-writers", help="Say of every slot who wrote it last; where there is room, unless said."
        ),
    ] = None
    offsets: Annotated[
        Offsets, typer.Option(help="What offsets count from: auto is a frame pointer, or else the CFA.")
    ] = Offsets.AUTO
    start: Annotated[bool, typer.Option("--start", help="Word by word what the kernel put above the first frame.")] = (
        False
    )
    unfold: Annotated[bool, typer.Option("--unfold", help="Fold nothing: a row for every word of every frame.")] = False
    legend: Annotated[bool, typer.Option("--legend/--no-legend", help="How to read the picture, under it.")] = True
