"""Word of a long run: one line that changes in a terminal, elsewhere a line of its own now and then."""

from __future__ import annotations

import io
import sys

import pytest

from stackglass.cli import running


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(running, "time", made)
    return made


def told(
    stream: io.StringIO, clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: int, *, terminals_only: bool = False
) -> str:
    """What a run of so many seconds, with word of a step every half of one, writes."""
    monkeypatch.setattr(sys, "stderr", stream)
    progress = running.Progress(terminals_only=terminals_only)
    for half in range(2 * seconds):
        clock.now += 0.5
        progress.running(half * 1_000_000)
    progress.clear()
    return stream.getvalue()


def test_a_file_gets_a_line_after_five_seconds_and_then_every_ten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = told(io.StringIO(), clock, monkeypatch, 30).splitlines()
    assert [line.split(";")[0] for line in lines] == [
        "stackglass: running: 10 million steps",
        "stackglass: running: 31 million steps",
        "stackglass: running: 52 million steps",
    ]


def test_data_on_standard_error_stays_alone_there(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(io.StringIO(), clock, monkeypatch, 30, terminals_only=True) == ""


def test_a_short_run_says_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(io.StringIO(), clock, monkeypatch, 4) == ""


def test_a_terminal_has_one_line_which_goes_away(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(Terminal(), clock, monkeypatch, 4)
    assert "\n" not in text
    assert text.count("running") > 2
    assert text.endswith("\r\x1b[2K")
