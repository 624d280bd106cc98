"""Addresses that a C library collects and writes out together are found in a replay or two, and as one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass.recording.printed import _Moments
from tests.needs import require

LATE = """
#include <stdio.h>
static int numbers[20];
static volatile int seen;
int main(void)
{
    for (int n = 0; n < 20; n++)
        printf("%p\\n", (void *)&numbers[n]);
    for (int n = 0; n < 50000; n++)
        seen += n;
    return 0;
}
"""
REWRITTEN = """
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int one, two;
static char line[100];
int main(void)
{
    for (int n = 0; n < 3; n++) {
        memset(line, ' ', sizeof line);
        sprintf(line, "%p %p\\n", (void *)&one, (void *)&two);
    }
    return write(1, line, strlen(line)) < 0;
}
"""


def recorded(folder: Path, text: str) -> stackglass.Recording:
    require("gcc", "static libc")
    (folder / "late.c").write_text(text)
    return stackglass.record(folder / "late.c")


def test_a_late_write_does_not_take_a_replay_for_each_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded(tmp_path, LATE)
    gone_through = 0
    run_to_write = recording.run_to_write

    def counted(low: int, high: int, before: int | None = None) -> int | None:
        nonlocal gone_through
        start = recording.step
        found = run_to_write(low, high, before)
        gone_through += recording.step - start
        return found

    monkeypatch.setattr(recording, "run_to_write", counted)
    found = recording.printed_addresses().addresses
    assert len(found) == 20
    assert gone_through < 3 * recording.last_step
    assert all(one.exact and one.printed_at < recording.last_step // 2 for one in found)
    assert [one.printed_at for one in found] == sorted(one.printed_at for one in found)


@pytest.mark.parametrize("program", [LATE, REWRITTEN])
def test_the_moments_are_those_that_each_has_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    recording = recorded(tmp_path, program)
    together = recording.printed_addresses().addresses

    def nothing(*_: Any) -> dict[int, int]:
        return {}

    monkeypatch.setattr(_Moments, "_in_order", nothing)
    alone = recording.printed_addresses().addresses
    assert [(one.text, one.printed_at, one.exact) for one in together] == [
        (one.text, one.printed_at, one.exact) for one in alone
    ]


def test_what_was_written_again_counts_from_the_last_time_on(tmp_path: Path) -> None:
    recording = recorded(tmp_path, REWRITTEN)
    last_call = recording.calls.rows_of({recording.target.functions_named("sprintf")[0].low})[-1]
    for one in recording.printed_addresses().addresses:
        assert one.printed_at > recording.calls.call_step(last_call)
