"""How the styles look in a terminal, and lines as rich's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from stackglass.views.lines import Line, Style

if TYPE_CHECKING:
    from rich.text import Text

PALETTE: Mapping[Style, str] = {
    Style.PLAIN: "",
    Style.QUIET: "bright_black",
    Style.RUNNING: "bold green",
    Style.FUNCTION: "bold",
    Style.BORDER: "blue",
    Style.ADDRESS: "bright_black",
    Style.OFFSET: "cyan",
    Style.BYTES: "bright_black",
    Style.NAME: "bold",
    Style.TYPE: "bright_black",
    Style.VALUE: "yellow",
    Style.TARGET: "blue",
    Style.CONTROL: "magenta",
    Style.UNWRITTEN: "bright_black italic",
    Style.MARKER: "bold green",
    Style.FOLD: "bright_black",
    Style.DEAD: "bright_black",
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
