"""What a view is written with: drawing characters, or what stands for them where the output's encoding has none; and
how addresses are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace

from stackglass.model import Region, RegionKind

_ADDRESS_OR_TEXT = re.compile(
    r"""\"(?:\\.|[^\"\\])*\"|(?<!\w)'(?:\\[0-7]{1,3}|\\.|[^'\\])'|(?P<offset>[+-] ?)?\b(?P<address>0x[0-9a-f]+)\b"""
)
"""A number in hexadecimal; a string or a character, in which there is none."""


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
    mapped: tuple[tuple[int, int], ...] = ()
    """Where memory is, from its first address to the one behind its last: a number in a sentence that is one of these
    is an address."""

    def address(self, value: int) -> str:
        """An address as it is written: '0xfffffffc', or '4294967292'."""
        return str(value) if self.decimal else f"{value:#x}"

    def value(self, text: str) -> str:
        """Text in which every hexadecimal number is an address, with these as they are written; what stands in quotes
        stays."""
        return _ADDRESS_OR_TEXT.sub(self._rewritten, text) if self.decimal else text

    def sentence(self, text: str) -> str:
        """Text with other hexadecimal numbers too: addresses are those that lead to where memory is, and 0."""
        return _ADDRESS_OR_TEXT.sub(self._rewritten_if_mapped, text) if self.decimal else text

    def _rewritten(self, found: re.Match[str]) -> str:
        if found["address"] is None or found["offset"]:
            return found[0]
        return self.address(int(found["address"], 16))

    def _rewritten_if_mapped(self, found: re.Match[str]) -> str:
        number = int(found["address"] or "0", 16)
        is_address = not number or any(low <= number <= high for low, high in self.mapped)
        return self._rewritten(found) if is_address else found[0]

    def with_decimal_addresses(self) -> Glyphs:
        """The same, with addresses in decimal."""
        return replace(self, decimal=True)

    def where_memory_is(self, regions: Iterable[Region]) -> Glyphs:
        """The same, for sentences about a moment at which these regions are mapped."""
        ranges = {(one.start, one.end) for one in regions if one.kind is not RegionKind.GUARD}
        return replace(self, mapped=tuple(sorted(ranges))) if self.decimal else self

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
