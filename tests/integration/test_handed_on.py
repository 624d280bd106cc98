"""What `explain` says of the time that a call took which ended in a tail call: when it jumped on is no return."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from stackglass.views.explanation import explanation
from stackglass.views.lines import render_plain
from tests.needs import require

SOURCE = """
volatile int seen;
__attribute__((noinline)) int last(int n) { seen = n; return n + 1; }
__attribute__((noinline)) int between(int n) { seen = n; return last(n + 2); }
__attribute__((noinline)) int first(int n) { seen = n; return between(n * 3); }
int main(void) { int number = first(2); seen = 0; return number - 9; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_call_that_ends_in_a_tail_call_says_when_its_caller_goes_on(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "handed.c").write_text(SOURCE)
    recording = stackglass.record(tmp_path / "handed.c", isa=isa, cflags="-O2 -fno-inline -fno-ipa-cp")
    told = explain.call(recording, "first")
    entered, back = explain.call(recording, "between"), explain.call(recording, "last")
    assert told.handed_to == "between"
    assert told.caller_goes_on == entered.caller_goes_on == back.return_step
    assert back.caller_goes_on is None
    assert back.return_step is not None
    recording.seek(back.return_step)
    function = recording.target.function_at(recording.registers()[recording.isa.pc])
    assert function is not None
    assert function.name == "main"
    head = " ".join(render_plain(explanation(told)[:4]).split())
    assert f"its place taken by between from step {told.return_step:,} on" in head
    assert f"main goes on at step {told.caller_goes_on:,}" in head
    assert "back at step" not in head
