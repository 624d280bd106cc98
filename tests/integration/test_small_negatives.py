"""On the textbook machine the stack's addresses are small negative numbers: which of both a word is, its type tells."""

from __future__ import annotations

import re

import pytest

import stackglass
from stackglass import explain
from stackglass.recording.textbook import TextbookRecording
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
    far += numbers(2, -1);
    return *q + far;
}
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> TextbookRecording:
    source = tmp_path_factory.mktemp("negatives") / "negatives.c"
    source.write_text(SOURCE)
    recording = stackglass.record(source, isa="textbook")
    assert isinstance(recording, TextbookRecording)
    return recording


def told(recording: TextbookRecording, function: str) -> list[str]:
    """The words of each step, and its changes."""
    steps = steps_of(explain.call(recording, function))
    return [text for step in steps for text in (step.words, *(change.words for change in step.changes))]


def test_numbers_are_no_addresses(recording: TextbookRecording) -> None:
    words = told(recording, "numbers")
    assert "sets R1 to -4" in words[0]
    assert any(text.startswith("stores x, which came in R1 (-4), in its slot") for text in words)
    assert "changes the sign of R0: -4 becomes 4" in words
    assert "subtracts 12 from R0: 4 becomes -8" in words
    assert "adds s's value -8 (in R1) to R0: -4 becomes -12" in words
    assert "R0: -4 → -12" in words
    assert not [text for text in words if "&" in text]


def address_of(recording: TextbookRecording, name: str) -> int:
    """Of a variable of main's."""
    return next(slot.address for slot in recording.at("numbers").frames[1].slots if slot.name == name)


def test_addresses_are(recording: TextbookRecording) -> None:
    a = address_of(recording, "a")
    first, third, fourth = hex(a), hex(a + 8), hex(a + 12)
    words = told(recording, "addresses")
    assert f"argument 1 (p): puts the address of a (FP+8) into R1: {first}, &a" in words
    assert f"R1: -8 → {first}" in words
    assert any(text.startswith(f"stores p, which came in R1 ({first}, &a of main)") for text in words)
    assert f"adds R1 (8) to R0: {first}, &a of main becomes {third}, &a[2] of main" in words
    assert "sets R0 to -5" in words
    assert f"R0: {third} → -5" in words
    assert any(text.startswith(f"puts addresses's result {fourth}, &a[3] (in R0) into q") for text in words)


def test_an_address_that_waits_for_a_call_stays_one(recording: TextbookRecording) -> None:
    far = hex(address_of(recording, "far"))
    words = told(recording, "main")
    kept = next(
        match for text in words if (match := re.match(rf"puts R0 \({far}, &far\) into (the 4 bytes at \S+)", text))
    )
    assert f"reads {kept[1]} into R0: {far}, &far" in words
    assert any(text.startswith("puts R1 (") and f"into far ({far}), an int" in text for text in words)
