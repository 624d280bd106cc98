"""On the textbook machine the stack's addresses are small negative numbers: which of both a word is, its type tells."""

from __future__ import annotations

import pytest

import stackglass
from stackglass import explain
from tests.explained import steps_of

SOURCE = """
int numbers(int x, short s)
{
    int y = -x;
    y = y - 12;
    x = x + s;
    return x * y;
}
int *addresses(int *p, int n)
{
    p = p + n;
    *p = -5;
    return p + 1;
}
int main(void)
{
    int a[4] = { -1, -2, -3, -4 };
    int far = numbers(-4, -8);
    int *q = addresses(a, 2);
    return *q + far;
}
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> stackglass.Recording:
    source = tmp_path_factory.mktemp("negatives") / "negatives.c"
    source.write_text(SOURCE)
    return stackglass.record(source, isa="textbook")


def told(recording: stackglass.Recording, function: str) -> list[str]:
    """The words of each step, and its changes."""
    steps = steps_of(explain.call(recording, function))
    return [text for step in steps for text in (step.words, *(change.words for change in step.changes))]


def test_numbers_are_no_addresses(recording: stackglass.Recording) -> None:
    words = told(recording, "numbers")
    assert "sets R1 to -4" in words[0]
    assert any(text.startswith("stores x, which came in R1 (-4), in its slot") for text in words)
    assert "changes the sign of R0: -4 becomes 4" in words
    assert "subtracts 12 from R0: 4 becomes -8" in words
    assert "adds s's value -8 (in R1) to R0: -4 becomes -12" in words
    assert "R0: -4 → -12" in words
    assert not [text for text in words if "&" in text]


def test_addresses_are(recording: stackglass.Recording) -> None:
    words = told(recording, "addresses")
    assert "argument 1 (p): puts the address of a (FP+8) into R1: 0xffffffe8, &a" in words
    assert "R1: -8 → 0xffffffe8" in words
    assert any(text.startswith("stores p, which came in R1 (0xffffffe8, &a of main)") for text in words)
    assert "adds R1 (8) to R0: 0xffffffe8, &a of main becomes 0xfffffff0, &a[2] of main" in words
    assert "sets R0 to -5" in words
    assert "R0: 0xfffffff0 → -5" in words
    assert any(text.startswith("puts addresses's result 0xfffffff4, &a[3] (in R0) into q") for text in words)
