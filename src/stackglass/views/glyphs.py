"""What a view is written with: drawing characters, or what stands for them where the output's encoding has none; and
how addresses are written."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, replace

_ADDRESS_OR_TEXT = re.compile(r"""\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\b(?P<address>0x[0-9a-f]+)\b""")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters that a picture is drawn with, and numbers."""

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
    decimal: bool = False
    """Whether addresses are written in decimal."""

    def address(self, value: int) -> str:
        """An address as it is written: '0xfffffffc', or '4294967292'."""
        return str(value) if self.decimal else f"{value:#x}"

    def value(self, text: str) -> str:
        """A value as C writes it, with the addresses in it as they are written; what stands in quotes stays."""
        return _ADDRESS_OR_TEXT.sub(self._rewritten, text) if self.decimal else text

    def _rewritten(self, found: re.Match[str]) -> str:
        return found[0] if found["address"] is None else self.address(int(found["address"], 16))

    def with_decimal_addresses(self) -> Glyphs:
        """The same, with addresses in decimal."""
        return replace(self, decimal=True)

    @property
    def is_ascii(self) -> bool:
        """Whether these are the characters of ASCII alone."""
        return self.rule.isascii()

    def encode(self, text: str) -> str:
        """`text` as this set can show it: unchanged, or for the ASCII set with escapes for what isn't ASCII."""
        if self.is_ascii and not text.isascii():
            return text.encode("ascii", "backslashreplace").decode()
        return text


UNICODE = Glyphs("─", "╌", "│", "┌", "├", "└", "◀", "→", "…", "·", "×", "✖", "├─", "└─", "▲", "▼", "╎", "┐", "┤", "┘")
ASCII = Glyphs("-", "-", "|", "+", "+", "+", "<", "->", "...", "-", "x", "!!", "|-", "`-", "^", "v", ":", "+", "+", "+")


def glyphs_for(encoding: str | None) -> Glyphs:
    """The richest set that `encoding` (as of `sys.stdout.encoding`) can write; ASCII for an unknown one."""
    try:
        "".join(map(str, astuple(UNICODE))).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
