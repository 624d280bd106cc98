"""How the styles look in a terminal, and lines as rich's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from stackglass.views.lines import Line, Style

if TYPE_CHECKING:
    from rich.text import Text

PALETTE: Mapping[Style, str] = {
    Style.PLAIN: "",
    Style.QUIET: "dim",
    Style.RUNNING: "bold green",
    Style.FUNCTION: "bold",
    Style.BORDER: "blue",
    Style.ADDRESS: "dim",
    Style.OFFSET: "cyan",
    Style.BYTES: "",
    Style.NAME: "bold",
    Style.TYPE: "dim",
    Style.VALUE: "yellow",
    Style.TARGET: "blue",
    Style.CONTROL: "magenta",
    Style.UNWRITTEN: "dim italic",
    Style.MARKER: "bold green",
    Style.FOLD: "dim",
    Style.DEAD: "dim",
    Style.FAULT: "bold red",
    Style.CHANGED: "bold yellow",
}
"""One rich style per `Style`, from the terminal's own sixteen colours, so that dark and light backgrounds both work."""


def render_rich(lines: Iterable[Line], palette: Mapping[Style, str] = PALETTE) -> Text:
    """The lines as one rich text, each with its line end. Print it with `soft_wrap=True`: the layout is done."""
    from rich.text import Text

    text = Text(no_wrap=True, end="")
    for line in lines:
        for span in line.spans:
            text.append(span.text, palette[span.style] or None)
        text.append("\n")
    return text
