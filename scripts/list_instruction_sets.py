"""Writes the tables of docs/instruction-sets.md: what the instruction sets' tables say, and what the tests found.

Its arguments are what `scripts/test --junitxml FILE` wrote, of all tests or first of all and then of some again;
without any, only the first table is written anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stackglass.isa import reference
from tests import by_isa

PAGE = Path(__file__).resolve().parent.parent / "docs" / "instruction-sets.md"
FACTS = "<!-- what the tables say: made by scripts/list_instruction_sets.py -->\n"
RESULTS = "<!-- what the tests found: made by scripts/list_instruction_sets.py -->\n"
END = "<!-- end -->\n"


def with_table(text: str, start: str, table: str) -> str:
    """The page with the table behind `start` as it should be."""
    before, mark, rest = text.partition(start)
    _, end, after = rest.partition(END)
    return before + mark + table + end + after


def main() -> None:
    """Writes what there is."""
    page = with_table(PAGE.read_text(), FACTS, reference.facts())
    if results := [Path(argument) for argument in sys.argv[1:]]:
        page = with_table(page, RESULTS, by_isa.table(by_isa.outcomes(results)))
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
