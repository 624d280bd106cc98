"""Writes what the documentation says of system calls: docs/system-calls.md, and the table in docs/limits.md."""

from __future__ import annotations

from pathlib import Path

from stackglass.emulator.kernel import reference

DOCS = Path(__file__).resolve().parent.parent / "docs"
START, END = "<!-- made by scripts/list_system_calls.py -->\n", "<!-- end -->\n"


def with_table(text: str) -> str:
    """The text of docs/limits.md with the table as it should be."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    return before + start + reference.summary() + end + after


def main() -> None:
    """Writes both."""
    (DOCS / "system-calls.md").write_text(reference.page())
    limits = DOCS / "limits.md"
    limits.write_text(with_table(limits.read_text()))


if __name__ == "__main__":
    main()
