"""What a step is for that serves several arguments, or several parts of one."""

from __future__ import annotations

import pytest

from stackglass.explain.convention import together


@pytest.mark.parametrize(
    ("purposes", "words"),
    [
        (["argument 1 (a)"], "argument 1 (a)"),
        (["argument 1 (a)", "argument 2 (b)"], "argument 1 (a) and argument 2 (b)"),
        ([f"argument 1 (v, part {number})" for number in (2, 1, 4, 3)], "argument 1 (v, parts 1 to 4)"),
        (["argument 1 (v, part 1)", "argument 1 (v, part 2)"], "argument 1 (v, parts 1 and 2)"),
        (
            ["argument 1 (v, part 2)", "argument 2 (w, part 1)", "argument 2 (w, part 2)"],
            "argument 1 (v, part 2) and argument 2 (w, parts 1 and 2)",
        ),
        (["an argument without a name"] * 2, "an argument without a name"),
        (["argument 1 (v, part 3, its address)"], "argument 1 (v, part 3, its address)"),
    ],
)
def test_purposes_are_joined(purposes: list[str], words: str) -> None:
    assert together(purposes) == words
