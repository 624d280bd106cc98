"""Lines of styled text onto the screen: in colour or plain, as wide as it is."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from stackglass.cli.requests import Addresses, Colour, DrawingRequest
from stackglass.errors import StackglassError

if TYPE_CHECKING:
    from stackglass.views.glyphs import Glyphs
    from stackglass.views.lines import Line

_WIDTH_OF_A_FILE = 120
"""Columns where nobody says how wide the output is."""


def is_coloured(colour: Colour) -> bool:
    """Whether to colour: in a terminal that can, unless NO_COLOR (no-color.org) is set."""
    if colour is not Colour.AUTO:
        return colour is Colour.ALWAYS
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns(drawing: DrawingRequest) -> int:
    """How many columns to draw in."""
    if drawing.width is not None:
        return max(drawing.width, 40)
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return max(shutil.get_terminal_size().columns, 40)
    return _WIDTH_OF_A_FILE


def glyphs(addresses: Addresses) -> Glyphs:
    """The richest set of signs that the output can take, and how addresses are written."""
    from stackglass.views.glyphs import glyphs_for

    found = glyphs_for(sys.stdout.encoding)
    return found.with_decimal_addresses() if addresses is Addresses.DECIMAL else found


def print_lines(lines: Iterable[Line], drawing: DrawingRequest) -> None:
    """Prints a view's lines."""
    from stackglass.views.lines import render_plain

    if not is_coloured(drawing.color):
        _write(render_plain(lines))
        return
    from rich.console import Console

    from stackglass.views.palette import render_rich

    # Lines fit already: rich must not wrap, crop or highlight them.
    console = Console(file=sys.stdout, force_terminal=True, no_color=False, width=10_000, highlight=False)
    console.print(render_rich(lines), soft_wrap=True, end="")


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def print_json(data: object) -> None:
    """Prints JSON, indented."""
    sys.stdout.write(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def note(words: str) -> None:
    """A line to the side, on standard error."""
    sys.stderr.write(f"stackglass: {words}\n")


def complain(error: StackglassError) -> None:
    """What went wrong, and what to try, on standard error."""
    note(str(error))
    if error.help:
        sys.stderr.write(f"  {error.help}\n")
