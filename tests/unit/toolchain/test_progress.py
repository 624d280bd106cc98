"""Word of a slow compiler."""

from __future__ import annotations

import time

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


def test_the_command_ends_with_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0.05)

    def interrupt(words: str, seconds: float) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        progress.run(["sleep", "60"], words="", progress=interrupt)
    assert time.monotonic() - start < 10
