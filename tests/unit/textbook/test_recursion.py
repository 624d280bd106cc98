"""The recursion of the textbooks: frames row by row, and what is printed when all calls share variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from stackglass.model import FaultKind, Role, Snapshot
from stackglass.recording.making import record
from stackglass.recording.replay import Recorded
from tests.unit.textbook.running import PROGRAMS, of, run

PLAIN = ["A: x=3, y=3003", "A: x=2, y=2002", "A: x=1, y=1001", "B: x=1, y=1001", "B: x=2, y=2002", "B: x=3, y=3003"]
SHARED = [*PLAIN[:4], "B: x=2, y=1001", "B: x=3, y=1001"]
ALL_SHARED = [*PLAIN[:4], "B: x=1, y=1001", "B: x=1, y=1001"]

MAIN = [
    (4294967292, "start", 3),
    (4294967288, "saved FP", 0),
    (4294967284, "return address", 0),
]
FIRST = [
    (4294967280, "big", 3003),
    (4294967276, "left", 3),
    (4294967272, "saved FP", 4294967284),
    (4294967268, "return address", "main"),
]
SECOND = [
    (4294967264, "big", 2002),
    (4294967260, "left", 2),
    (4294967256, "saved FP", 4294967268),
    (4294967252, "return address", "count"),
]
THIRD = [
    (4294967248, "big", 1001),
    (4294967244, "left", 1),
    (4294967240, "saved FP", 4294967252),
    (4294967236, "return address", "count"),
]


@pytest.fixture(scope="module")
def recording() -> Recorded:
    return record(PROGRAMS / "counting.c", isa="textbook")


def rows(recording: Recorded, snapshot: Snapshot) -> list[tuple[int, str, int | str]]:
    """(address, what, value) of every word of the program's own frames, from the top down; of a return address the
    function that it leads into."""
    found: list[tuple[int, str, int | str]] = []
    for frame in reversed(list(snapshot.frames)):
        for slot in frame.slots:
            value: int | str = int.from_bytes(slot.bytes, "little")
            if slot.role is Role.RETURN_ADDRESS and value:
                value = recording.target.position(int(value) - 1).function or "?"
            names = {Role.RETURN_ADDRESS: "return address", Role.SAVED_FRAME_POINTER: "saved FP"}
            found.append((slot.address, names.get(slot.role) or slot.name or "?", value))
    return found


def test_when_the_first_call_prints(recording: Recorded) -> None:
    assert rows(recording, recording.at("printf#1:entry", library=True)) == [*MAIN, *FIRST]


def test_after_two_calls(recording: Recorded) -> None:
    assert rows(recording, recording.at("printf#2:entry", library=True)) == [*MAIN, *FIRST, *SECOND]


def test_at_the_deepest(recording: Recorded) -> None:
    snapshot = recording.at("printf#3:entry", library=True)
    assert rows(recording, snapshot) == [*MAIN, *FIRST, *SECOND, *THIRD]
    assert snapshot.registers["FP"] == 4294967236
    assert snapshot.registers["SP"] == 4294967236


def test_after_the_first_return(recording: Recorded) -> None:
    """The third frame is gone, and its bytes stay where they were."""
    step = recording.calls.return_step(recording.calls.rows_of({_entry(recording)})[2])
    assert step is not None
    snapshot = recording.at(step)
    assert rows(recording, snapshot) == [*MAIN, *FIRST, *SECOND]
    assert snapshot.registers["FP"] == 4294967252
    dead = list(snapshot.below_sp)
    assert [(run.address, run.size, run.left_by) for run in dead] == [(4294967236, 16, "count")]
    assert [int.from_bytes(dead[0].bytes[at : at + 4], "little") for at in (4, 8, 12)] == [4294967252, 1, 1001]


def test_return_addresses_are_where_the_calls_come_back(recording: Recorded) -> None:
    deepest = recording.at("printf#3:entry", library=True)
    values = [slot.value for frame in deepest.frames for slot in frame.slots if slot.role is Role.RETURN_ADDRESS]
    assert len(set(values[:2])) == 1  # the same call made the second and the third
    recording.seek(0)
    assert recording.run_to({int(values[0] or "0", 0)}) is not None


def _entry(recording: Recorded) -> int:
    return recording.target.functions_named("count")[0].low


def test_stepping_backwards_gives_the_same_rows(recording: Recorded) -> None:
    forwards = [rows(recording, recording.snapshot(step)) for step in range(recording.last_step + 1)]
    backwards = [rows(recording, recording.snapshot(step)) for step in reversed(range(recording.last_step + 1))]
    assert forwards == backwards[::-1]


@pytest.mark.parametrize(
    ("define", "options", "lines"),
    [
        ("", {}, PLAIN),
        ("#define SHARED\n", {}, SHARED),
        ("", {"static_locals": True}, SHARED),
        ("", {"static_locals": True, "static_parameters": True}, ALL_SHARED),
    ],
    ids=["plain", "static in the source", "static locals", "static parameters too"],
)
@pytest.mark.parametrize("activation", ["stack", "records"])
def test_which_values_come_back(activation: str, define: str, options: dict[str, Any], lines: list[str]) -> None:
    assert run(define + of("counting.c"), activation, **options).output.splitlines() == lines


def test_static_frames_do_not_allow_it() -> None:
    outcome = run(of("counting.c"), "static")
    assert outcome.output.splitlines() == PLAIN[:1]
    assert outcome.trap is not None
    assert "count is called while its only frame" in outcome.trap.words
    assert "left = 3, big = 3003" in outcome.trap.words
    assert "in main" in outcome.trap.words
    assert "--allow-recursion" in outcome.trap.words


def test_static_frames_that_may_be_entered_again_lose_the_way_back() -> None:
    """Every call returns to behind the recursive call: there was room for one return address."""
    outcome = run(of("counting.c"), "static", budget=2000, allow_recursion=True)
    assert outcome.status is None
    assert outcome.output.splitlines()[:3] == PLAIN[:3]
    assert set(outcome.output.splitlines()[3:]) == {"B: x=1, y=1001"}


@pytest.mark.parametrize(
    ("source", "called", "caller"),
    [
        (
            "int sum(int n) { if (n == 0) return 0;\nreturn sum(n - 1) + n; }\nint main(void) { return sum(5); }",
            "sum",
            "main",
        ),
        (
            (
                "int even(int);\nint odd(int n) { return n ? even(n - 1) + 1 : 0; }\n"
                "int even(int n) { return n ? odd(n - 1) + 1 : 1; }\nint main(void) { return odd(7); }"
            ),
            "odd",
            "main",
        ),
    ],
)
def test_returns_that_never_end_are_told_with_the_call_that_lost_the_way_back(
    source: str, called: str, caller: str, tmp_path: Path
) -> None:
    path = tmp_path / "lost.c"
    path.write_text(source)
    recording = record(path, isa="textbook", activation="static", allow_recursion=True)
    fault = recording.fault
    assert fault is not None and fault.kind is FaultKind.BUDGET
    words = r"10,000 returns went to 0x\w+ in (even|odd|sum)\. At step (\d+) (\w+) was called while"
    found = re.search(words, fault.words)
    assert found is not None, fault.words
    calls = map(recording.calls.call, range(len(recording.calls)))
    second = [call for call in calls if call.function == called][1]
    assert (int(found[2]), found[3]) == (second.call_step, called)
    assert re.search(rf"the return address there, 0x\w+ in {caller}, was lost", fault.words)
    assert recording.at("end").step == recording.last_step
    recording.seek(recording.last_step // 2)
    recording.seek(recording.last_step)
    assert recording.step == recording.last_step


def test_recursion_in_static_frames_that_ends_is_no_endless_loop() -> None:
    """What is called last needs its return address no more, but main's is lost: who exits before it is needed ends."""
    source = """
    #include <stdlib.h>
    int rounds;
    void down(int n) { if (n > 0) down(n - 1); if (++rounds == 9000) exit(7); }
    int main(void) { down(3); return 1; }
    """
    assert run(source, "static", allow_recursion=True).status == 7
