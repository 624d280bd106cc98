"""The drawing characters of the views, and what stands for them where the output's encoding has none."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters that a picture is drawn with."""

    rule: str
    dashes: str
    side: str
    top: str
    joint: str
    foot: str
    pointed_at: str
    leads_to: str
    ellipsis: str
    dot: str
    times: str
    cross: str
    branch: str
    last_branch: str
    grows_up: str
    grows_down: str
    dashed_side: str
    top_right: str
    joint_right: str
    foot_right: str

    def encode(self, text: str) -> str:
        """`text` as this set can show it: unchanged, or for the ASCII set with escapes for what isn't ASCII."""
        if self is ASCII and not text.isascii():
            return text.encode("ascii", "backslashreplace").decode()
        return text


UNICODE = Glyphs("─", "╌", "│", "┌", "├", "└", "◀", "→", "…", "·", "×", "✖", "├─", "└─", "▲", "▼", "╎", "┐", "┤", "┘")
ASCII = Glyphs("-", "-", "|", "+", "+", "+", "<", "->", "...", "-", "x", "!!", "|-", "`-", "^", "v", ":", "+", "+", "+")


def glyphs_for(encoding: str | None) -> Glyphs:
    """The richest set that `encoding` (as of `sys.stdout.encoding`) can write; ASCII for an unknown one."""
    try:
        "".join(astuple(UNICODE)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
