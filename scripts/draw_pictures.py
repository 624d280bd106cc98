"""Turns what stackglass prints in a terminal into the SVG pictures of the documentation."""

from __future__ import annotations

import html
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
COLUMNS = 124

PICTURES = {
    "recursion": "stackglass show examples/recursion.c",
    "overrun": "stackglass show --at greet:return examples/overrun.c",
    "calls": "stackglass calls examples/exceptions.cpp",
    "layout": "stackglass layout examples/layout.c",
}

THEME = TerminalTheme(
    (252, 252, 250),
    (40, 44, 52),
    [
        (40, 44, 52),
        (190, 50, 50),
        (60, 125, 50),
        (155, 105, 0),
        (35, 95, 175),
        (140, 60, 140),
        (0, 120, 125),
        (90, 95, 105),
    ],
    [
        (125, 130, 140),
        (215, 70, 70),
        (80, 150, 70),
        (185, 130, 0),
        (60, 120, 205),
        (165, 85, 165),
        (0, 145, 150),
        (20, 22, 28),
    ],
)

# Rich's own, but for the font: it is fetched from nowhere.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 16px; font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def printed(command: str) -> str:
    """What the command prints to a terminal that has colours."""
    program, sub_command, *rest = shlex.split(command)
    options = ["--color", "always", "--width", str(COLUMNS)]
    arguments = [sys.executable, "-m", program, sub_command, *options, *rest]
    return subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def picture(command: str) -> str:
    """The command's output as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(printed(command)), soft_wrap=True)
    drawn = console.export_svg(title=command, theme=THEME, code_format=FORMAT)
    return _PADDED_TEXT.sub(_without_padding, drawn)


_PADDED_TEXT = re.compile(
    r' x="([\d.]+)"( y="[\d.]+") textLength="([\d.]+)"([^>]*)>((?:&#160;)*)(.*?)((?:&#160;)*)</text>'
)


def _without_padding(text: re.Match[str]) -> str:
    """A piece of text that begins where its first letter is: some renderers leave out spaces at the start."""
    x, y, length, rest, before, words, after = text.groups()
    spaces, trailing = before.count(";"), after.count(";")
    column = float(length) / (spaces + trailing + len(html.unescape(words)))
    start, width = float(x) + spaces * column, float(length) - (spaces + trailing) * column
    return f' x="{start:.1f}"{y} textLength="{width:.1f}"{rest}>{words}</text>'


def main() -> None:
    """Draws all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, command in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(picture(command))
        print(f"docs/pictures/{name}.svg: {command}")


if __name__ == "__main__":
    main()
