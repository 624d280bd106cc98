"""Word of a slow compiler."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stackglass.toolchain import progress


def test_a_quick_command_is_not_talked_about() -> None:
    told: list[float] = []
    done = progress.run(["sh", "-c", "echo out; echo err >&2; exit 3"], words="w", progress=lambda w, s: told.append(s))
    assert (done.stdout, done.stderr, done.returncode, told) == ("out\n", "err\n", 3, [])


def test_a_slow_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.05)
    told: list[tuple[str, float]] = []
    progress.run(["sleep", "0.3"], words="sleep sleeps", progress=lambda words, seconds: told.append((words, seconds)))
    assert told
    assert {words for words, _ in told} == {"sleep sleeps"}
    assert [seconds for _, seconds in told] == sorted(seconds for _, seconds in told)


def test_something_else_is_done_while_the_command_runs(tmp_path: Path) -> None:
    """The command goes on when that has been done; what it writes in between is not lost."""
    sign = tmp_path / "sign"
    done = progress.run(
        ["sh", "-c", f"echo first; until [ -e '{sign}' ]; do sleep 0.01; done; echo last"],
        words="",
        meanwhile=sign.touch,
    )
    assert done.stdout == "first\nlast\n"


def test_the_command_ends_if_that_fails() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        progress.run(["sleep", "60"], words="", meanwhile=interrupt)
    assert time.monotonic() - start < 10


def test_the_command_ends_with_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.05)

    def interrupt(words: str, seconds: float) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        progress.run(["sleep", "60"], words="", progress=interrupt)
    assert time.monotonic() - start < 10
