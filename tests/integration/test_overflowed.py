"""Where a stack overflow ends, the frame that there is no room for has its variables below the stack."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

SOURCE = """
__attribute__((noinline)) int infinite(int n) { int a[16]; a[n & 15] = n; return infinite(n + 1) + a[n & 15]; }
int main(void) { return infinite(0); }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_variables_without_room_are_below_the_stack(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = tmp_path / "infinite.c"
    program.write_text(SOURCE)
    recording = stackglass.record(program, isa=isa, static=True, stack_size=1 << 16)
    snapshot = recording.at("crash")
    frame, outer = list(snapshot.frames)[:2]
    unshown = [*frame.register_variables, *frame.parameters]
    assert not [each for each in unshown if each.location.startswith(("static", "heap"))]
    n, before = ({each.name: each.value for each in one.parameters}["n"] for one in (frame, outer))
    assert n is not None and before is not None and int(n) == int(before) + 1
    array = [each for each in frame.register_variables if each.name == "a"]
    if array:
        drawn = render_plain(picture(snapshot, PictureOptions(width=140)))
        assert f"cfa-{frame.high - int(array[0].location.split()[1], 16)}" in drawn
