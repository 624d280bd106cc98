"""Room that is made while a function runs: arrays of computed size, alloca, and what pictures say of it."""

from __future__ import annotations

import re

import pytest

from stackglass.errors import CompileError
from stackglass.model import FaultKind, Role, Snapshot
from stackglass.recording.making import record
from stackglass.recording.replay import Recorded
from tests.unit.textbook.running import PROGRAMS, run


@pytest.fixture(scope="module")
def recording() -> Recorded:
    return record(PROGRAMS / "room.c", isa="textbook")


def rooms(snapshot: Snapshot) -> dict[str, list[bytes]]:
    """The run-time room of the innermost frame by name, '' for what has none: the bytes of its slots, upwards."""
    found: dict[str, list[bytes]] = {}
    for slot in reversed(snapshot.frames[0].slots):
        if slot.role is Role.ALLOCA:
            found.setdefault(slot.name or "", []).append(slot.bytes)
    return found


def test_arrays_and_alloca_lie_below_the_frame_in_order(recording: Recorded) -> None:
    snapshot = recording.at("room.c:15")
    frame = snapshot.frames[0]
    assert frame.frame_pointer is not None
    below = [slot for slot in frame.slots if slot.end <= frame.frame_pointer]
    assert [slot.name for slot in below] == ["a", None, "inner"]
    assert b"".join(rooms(snapshot)["a"]) == b"".join(n.to_bytes(4, "little") for n in (0, 1, 2, 10, 11, 12))
    assert b"".join(rooms(snapshot)["inner"])[:2] == (7).to_bytes(2, "little")
    assert b"".join(rooms(snapshot)[""])[:1] == b"x" and len(b"".join(rooms(snapshot)[""])) == 12
    assert frame.low == snapshot.stack_pointer[1]


def test_a_block_gives_its_arrays_back(recording: Recorded) -> None:
    inside, behind = recording.at("room.c:15"), recording.at("room.c:17")
    assert behind.stack_pointer[1] - inside.stack_pointer[1] == 4
    assert set(rooms(behind)) == {"a", ""}


def test_slots_tile_every_frame_at_every_step(recording: Recorded) -> None:
    for step in range(recording.last_step + 1):
        for frame in recording.snapshot(step).frames:
            at = frame.high
            for slot in frame.slots:
                assert slot.end == at
                at = slot.address
            assert at == frame.low


def test_the_deepest_moment_counts_the_room(recording: Recorded) -> None:
    calls = recording.calls
    entry = recording.target.functions_named("f")[0].low
    lows = {1 << 32: 0}
    for step in range(recording.last_step + 1):
        recording.seek(step)
        lows[recording.register("SP")] = step
        assert recording.lowest_stack_pointer() == min(lows)
    inner = calls.rows_of({entry})[1]
    assert calls.own_lowest_sp(inner) == min(lows)
    assert calls.call(inner).frame_bytes == calls.cfa(inner) - min(lows)
    assert calls.call(0).peak_bytes == (1 << 32) - min(lows)


@pytest.mark.parametrize("activation", ["stack", "records"])
def test_loops_do_not_pile_it_up(activation: str) -> None:
    source = """
    int main(void) {
        int sum = 0;
        for (int i = 1; i < 5000; i++) {
            int a[i];
            a[i - 1] = i;
            if (i % 3 == 0) continue;
            { int b[1000]; b[999] = a[i - 1]; int c[b[999]]; if (i == 4900) break; c[0] = b[999]; sum += c[0] & 1; }
        again:;
            int d[i];
            d[0] = 0;
            if (i % 1000 == 1 && sum < 5000) { sum++; goto again; }
        }
        return sum & 127;
    }
    """
    small = run(source, activation, budget=5_000_000)
    assert small.trap is None and small.status is not None


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("int n = -3; int a[n]; return 0;", FaultKind.TRAP, "room of a negative size is asked for below the frame"),
        ("int n = -5; char a[n]; return 0;", FaultKind.TRAP, "is asked for below the frame: -5 bytes"),
        (
            "int n = 1 << 26; char a[n]; return 0;",
            FaultKind.STACK_OVERFLOW,
            "the stack has grown to all of its 8,388,608",
        ),
    ],
)
def test_room_that_is_not_there_is_told(body: str, kind: FaultKind, words: str) -> None:
    outcome = run(f"int main(void) {{ {body} }}")
    assert outcome.trap is not None and outcome.trap.kind is kind
    assert words in outcome.trap.words
    outcome = run(f"int main(void) {{ {body} }}", "records")
    assert outcome.trap is not None


def test_a_negative_size_of_a_record_is_told_as_asked_for() -> None:
    outcome = run("int main(void) { int n = -5; char a[n]; return 0; }", "records")
    assert outcome.trap is not None and outcome.trap.words == "room of a negative size is asked for: -5 bytes"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("int n; int a[n]; int main(void) { return 0; }", "outside functions is not a constant"),
        ("int main(void) { int n = 2; static int a[n]; return 0; }", "which is static, is not a constant"),
        (
            "int main(void) { int n = 2; int a[n] = {1}; return 0; }",
            "'a', whose size is computed, can't be initialised",
        ),
        (
            "int main(void) { int n = 2; goto in; int a[n]; in: return 0; }",
            "goto jumps past the declaration of an array",
        ),
        ("int main(int n) { switch (n) { int a[n]; case 1: return 0; } }", "the switch jumps past the declaration"),
        ("int main(int n) { struct { int a[n]; } x; return 0; }", r"a member of type int \[\*\]"),
        ("int main(void) { double d = 2; int a[d]; return 0; }", "the size of an array is no integer"),
        ("#include <alloca.h>\nint main(void) { return alloca(1, 2) != 0; }", "requires 1 argument but was passed 2"),
    ],
)
def test_what_c_does_not_allow_is_told(source: str, words: str) -> None:
    with pytest.raises(CompileError) as raised:
        run(source)
    assert re.search(words, str(raised.value)), str(raised.value)


@pytest.mark.parametrize("options", [{"activation": "static"}, {"static_locals": True}])
@pytest.mark.parametrize("body", ["int n = 2; int a[n];", "char *p = alloca(4);"])
def test_static_places_have_no_room_for_it(body: str, options: dict[str, object]) -> None:
    with pytest.raises(CompileError, match="laid out before the program starts; give it a fixed size, or use malloc"):
        run(f"#include <alloca.h>\nint main(void) {{ {body} return 0; }}", **options)  # type: ignore[arg-type]
