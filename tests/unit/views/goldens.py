"""Golden texts: what a view drew when somebody last looked at it and found it good.

STACKGLASS_GOLDEN=write writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compares `text` with the golden text called `name`, or makes it the golden text."""
    path = _FOLDER / f"{name}.txt"
    if os.environ.get("STACKGLASS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no golden text {path.name}: write it with STACKGLASS_GOLDEN=write"
    golden = path.read_text(encoding="utf-8")
    difference = difflib.unified_diff(golden.splitlines(), text.splitlines(), "golden", "drawn", lineterm="")
    assert text == golden, "\n".join(difference)
