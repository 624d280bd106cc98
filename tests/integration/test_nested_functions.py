"""A nested function of GNU C, called by way of a trampoline: code on the stack that no symbol names."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.views.text import picture
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "nested.c"


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_nested_function_is_called_by_way_of_its_trampoline(isa: str) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    recording = stackglass.record(PROGRAM, isa=isa, cc="gcc" if isa == "x86_64" else None, static=True)
    snapshot = recording.at("add#2")
    add, nest = list(snapshot.frames)[:2]
    assert (add.function, nest.function) == ("add", "nest")
    assert add.entered_by is None
    assert [(each.name, each.value) for each in add.parameters] == [("x", "4")]
    calls, rows = recording.calls, range(len(recording.calls))
    added = [row for row in rows if calls.call(row).function == "add"]
    assert [calls.left_by(row) for row in added] == ["return", "return"]
    trampolines = [calls.tail_of(row) for row in added]
    assert [None if row is None else calls.left_by(row) for row in trampolines] == ["tail call", "tail call"]
    told = "\n".join(line.text for line in picture(snapshot))
    named = calls.call(trampolines[1] or 0).function or f"code at {calls.entry(trampolines[1] or 0):#x}"
    assert f"was jumped to by {snapshot.frames[0].tail_called_from[0].pc:#x} in {named}, whose frame" in told


ADDING = """
static int apply(int (*step)(int), int times) { return step(times); }
int outer(int kept) {
    int sum = kept;
    int inner(int x) { sum += x; return x > 1 ? inner(x - 1) + kept : sum; }
    return apply(inner, 3) + sum;
}
int main(void) { return outer(5) != 32; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_parameter_that_nested_functions_use_has_its_value_before_it_is_copied(isa: str, tmp_path: Path) -> None:
    """Before that gcc spills it, and on PowerPC asks where the code is, by a branch to the next instruction."""
    (tmp_path / "adding.c").write_text(ADDING)
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    recording = stackglass.record(tmp_path / "adding.c", isa=isa, cc="gcc" if isa == "x86_64" else None, static=True)
    assert [(each.name, each.value) for each in recording.at("outer").frames[0].parameters] == [("kept", "5")]
    assert recording.exit_status == 0
