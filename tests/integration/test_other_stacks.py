"""Programs that take SP to a stack of their own, or to where none is; and returns that lead where no call did."""

from __future__ import annotations

import functools
import json
import re
import subprocess
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Recording, Role, Snapshot
from stackglass.cli.run import summarise
from stackglass.explain.decoded_calls import DecodedCalls
from stackglass.recording.astray import led_astray
from stackglass.views.calls import CallTreeOptions, call_tree
from stackglass.views.json import snapshot_json
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

PROGRAMS = Path(__file__).resolve().parents[1] / "programs" / "stacks"


@functools.cache
def recorded(name: str) -> Recording:
    require("gcc", "static libc")
    return stackglass.record(PROGRAMS / name)


def chain(snapshot: Snapshot) -> list[str | None]:
    """The functions on the call stack, innermost first, as far as main."""
    names = [frame.function for frame in snapshot.frames]
    return names[: names.index("main") + 1]


def drawn(snapshot: Snapshot) -> str:
    return render_plain(picture(snapshot, PictureOptions(width=140)))


def values(frame: Frame) -> dict[str | None, str | None]:
    return {slot.name: slot.value for slot in frame.slots if slot.name}


@pytest.mark.parametrize("name", ["coroutine.c", "switch.s", "pivot.s", "large_array.c", "hijacked.c"])
def test_slots_tile_the_frames_whatever_stack_they_are_on(name: str) -> None:
    recording = recorded(name)
    main = recording.calls.rows_of({recording.target.functions_named("main")[0].low})[0]
    first, last = recording.calls.call_step(main), recording.calls.return_step(main) or recording.last_step
    for step in [*range(first, last, max((last - first) // 60, 1)), recording.last_step]:
        above: Frame | None = None
        for frame in recording.snapshot(step).frames:
            at = frame.high
            for slot in (slot for slot in frame.slots if not slot.in_red_zone):
                assert slot.end == at, step
                assert slot.bytes == recording.read_memory(slot.address, slot.size)
                at = slot.address
            assert at == frame.low, step
            if above is not None and above.stack == frame.stack and not frame.entered_by and not above.entered_by:
                assert frame.low == above.high, step
            above = frame


def test_a_stack_in_an_array_is_a_stack_of_its_own() -> None:
    recording = recorded("switch.s")
    snapshot = recording.at("leaf")
    leaf, work, main = list(snapshot.frames)[:3]
    assert chain(snapshot) == ["leaf", "work", "main"]
    array = recording.target.data_at(leaf.low)
    assert leaf.stack is not None
    assert array is not None and array.name == "own_stack"
    assert leaf.stack == work.stack
    assert leaf.stack.name == "own_stack, in .bss"
    assert leaf.stack.high == work.high
    assert main.stack is None
    assert [(slot.role, slot.register) for slot in main.slots] == [
        (Role.RETURN_ADDRESS, None),
        (Role.SAVED_FRAME_POINTER, "rbp"),
    ]
    assert f"goes on at {work.high:#x}, in the stack at {leaf.stack.low:#x}" in drawn(snapshot)


def test_a_stack_pointer_that_has_just_moved_leaves_the_frame_as_it_was() -> None:
    recording = recorded("switch.s")
    step = recording.calls.call_step(recording.calls.rows_of({recording.target.functions_named("work")[0].low})[0])
    snapshot = recording.snapshot(step)
    assert (snapshot.frames[0].function, snapshot.frames[0].size) == ("main", 16)
    assert f"rsp has left this frame's stack: it is {snapshot.stack_pointer[1]:#x}, in .bss" in drawn(snapshot)


def test_peaks_count_within_a_stack() -> None:
    calls = recorded("switch.s").calls
    sizes = {call.function: (call.frame_bytes, call.peak_bytes) for call in map(calls.call, range(len(calls)))}
    assert sizes["main"] == (16, 16)
    assert sizes["work"] == (16, 32)
    assert sizes["leaf"] == (16, 16)


def test_a_coroutine_when_it_is_first_entered() -> None:
    snapshot = recorded("coroutine.c").at("hand_over")
    assert chain(snapshot) == ["hand_over", "producer", "swapcontext", "resume", "main"]
    hand_over, producer, _, resume, _ = list(snapshot.frames)[:5]
    assert hand_over.stack is not None
    assert (producer.stack, resume.stack) == (hand_over.stack, None)
    assert hand_over.stack.name == "its_stack, in .bss"
    assert producer.entered_by is not None
    assert producer.entered_by.function == "swapcontext"
    assert (values(producer)["mine"], values(hand_over)["n"], values(resume)["k"]) == ("5", "5", "1")


@pytest.mark.parametrize(("line", "functions"), [("12", ["hand_over", "producer"]), ("18", ["producer"])])
def test_a_coroutine_that_goes_on_has_its_callers(line: str, functions: list[str]) -> None:
    snapshot = recorded("coroutine.c").at(line)
    frames = list(snapshot.frames)
    assert [frame.function for frame in frames[: len(functions)]] == functions
    assert frames[len(functions)].function == "swapcontext"
    assert {frame.stack.name if frame.stack else None for frame in frames[: len(functions)]} == {"its_stack, in .bss"}
    assert chain(snapshot)[-2:] == ["resume", "main"]
    resume = frames[len(chain(snapshot)) - 2]
    assert (resume.stack, values(resume)["k"], values(resume)["times"]) == (None, "2", "3")
    assert values(frames[len(functions) - 1])["mine"] == "5"


def test_who_called_a_coroutine_s_function_is_known_when_it_calls_again() -> None:
    snapshot = recorded("coroutine.c").at("hand_over#2")
    assert chain(snapshot) == ["hand_over", "producer", "swapcontext", "resume", "main"]
    assert values(snapshot.frames[0])["n"] == "6"


def test_the_deepest_moment_is_on_the_process_s_stack() -> None:
    recording = recorded("coroutine.c")
    assert recording.at("deepest").frames[0].stack is None
    assert all(recording.calls.call(row).peak_bytes < 1 << 20 for row in range(len(recording.calls)))


def test_a_stack_pointer_that_is_nowhere_is_told() -> None:
    snapshot = recorded("pivot.s").at("crash")
    assert (snapshot.frames[0].function, snapshot.frames[0].size) == ("main", 16)
    assert "rsp has left this frame's stack: it is 0x123450, where nothing is mapped" in drawn(snapshot)
    assert len(json.dumps(snapshot_json(snapshot))) < 1 << 20


def test_of_an_array_larger_than_the_stack_what_is_mapped_is_shown() -> None:
    recording = recorded("large_array.c")
    frame = recording.at("crash").frames[0]
    (stack,) = [region for region in recording.at("crash").regions if region.name == "[stack]"]
    assert (frame.function, frame.low) == ("fill", stack.start)
    assert frame.high - frame.not_mapped - frame.size == recording.at("crash").stack_pointer[1]
    assert frame.slots[-1].name == "bytes"
    assert f"the {frame.not_mapped:,} bytes below it, down to the stack pointer, are not mapped" in drawn(
        recording.at("crash")
    )


def test_a_function_that_a_return_led_to_has_no_return_address_of_its_own() -> None:
    snapshot = recorded("hijacked.c").at("win")
    win, main = list(snapshot.frames)[:2]
    assert (win.function, win.cfa, win.call_site, win.return_address.kept_in) == ("win", None, None, "none")
    assert all(slot.role is not Role.RETURN_ADDRESS for slot in win.slots)
    assert main.function == "main"
    assert main.line == 12
    assert main.low == win.high
    assert win.entered_by is not None and win.entered_by.overwritten_by is not None
    assert (win.entered_by.function, win.entered_by.overwritten_by.line) == ("careless", 8)
    text = drawn(snapshot)
    assert "nobody called it: the return instruction of careless, hijacked.c:9, led here" in text
    (told,) = led_astray(recorded("hijacked.c"))
    assert told.startswith("careless returned into win, which nobody had called, at step ")
    assert "its return address had been overwritten by careless, hijacked.c:8, at step " in told
    assert "that return address had been OVERWRITTEN by careless, hijacked.c:8, at step" in text


@functools.cache
def stripped(folder: Path) -> Recording:
    require("gcc")
    source = folder / "nameless.s"
    source.write_text(
        ".globl _start\n_start: call f\nmov $60, %eax\nxor %edi, %edi\nsyscall\n"
        "f: push %rbx\ncall g\npop %rbx\nret\ng: ret\n"
    )
    program = folder / "nameless"
    subprocess.run(["gcc", "-nostdlib", "-static", "-s", str(source), "-o", str(program)], check=True)
    return stackglass.record(program)


def test_functions_without_names_go_by_where_they_begin(tmp_path: Path) -> None:
    recording = stripped(tmp_path)
    start, f, g = (recording.calls.entry(row) for row in range(3))
    snapshot = recording.at(f"code at {g:#x}")
    assert [frame.entry for frame in snapshot.frames] == [g, f, start]
    text = drawn(snapshot)
    assert f"called by code at {start:#x} → code at {f:#x} → code at {g:#x}" in text
    assert f"return address → back into {f + 6:#x}, in code at {f:#x}" in text
    assert recording.at(f"code at {f:#x}:return").step == 5
    summary = summarise(recording)
    assert (summary["calls"], summary["own_calls"]) == (2, 2)
    assert summary["deepest"] is not None
    assert summary["deepest"]["function"] == f"code at {g:#x}"


RESUMED = r"""
#include <stdio.h>
#include <ucontext.h>
static ucontext_t main_context, other;
static char stack[32768];
__attribute__((noinline)) static int work(int n) { swapcontext(&other, &main_context); return n; }
__attribute__((noinline)) static int more(int n) { return n + 1; }
static void begin(void) { int r = more(work(7)); printf("r %d\n", r); }
int main(void)
{
    getcontext(&other);
    other.uc_stack.ss_sp = stack;
    other.uc_stack.ss_size = sizeof stack;
    other.uc_link = &main_context;
    makecontext(&other, begin, 0);
    swapcontext(&main_context, &other);
    puts("back");
    swapcontext(&main_context, &other);
    return 0;
}
"""


def test_calls_of_a_coroutine_that_goes_on_are_in_the_tree(tmp_path: Path) -> None:
    require("gcc", "static libc")
    (tmp_path / "resumed.c").write_text(RESUMED)
    recording = stackglass.record(tmp_path / "resumed.c")
    lines = render_plain(call_tree(DecodedCalls(recording), CallTreeOptions())).splitlines()
    tree = re.findall(r"─ (\w+)", "\n".join(lines))
    assert tree[-3:] == ["swapcontext", "more", "printf"]
    assert sum("by begin, resumed" in line for line in lines) == 2
    assert any(line.startswith("by f, resumed: a function on another stack went on") for line in lines)
