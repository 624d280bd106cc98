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


ROOM = """
__attribute__((noinline)) int fixed(int n) { volatile char a[16 << 20]; a[0] = n; return a[0]; }
__attribute__((noinline)) int computed(int n) { volatile char v[n]; v[0] = 1; v[n - 1] = 2; return v[0]; }
int main(int argc, char **argv) { return argc == 1 ? fixed(3) : computed(argc == 2 ? 9000000 : 40000000); }
"""


@pytest.mark.parametrize("optimise", ["0", "2"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_room_that_the_stack_has_not_got_overflows_it(isa: str, optimise: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = tmp_path / "room.c"
    program.write_text(ROOM)
    for arguments, words in (
        ([], "fixed, room.c:2 needs a frame of 16,777,"),
        (["1"], "computed, room.c:3 needs more than the 8 MiB of stack"),
        (["1", "2"], "computed, room.c:3 needs a frame of 40,000,"),
    ):
        recording = stackglass.record(program, arguments, isa=isa, static=True, optimise=optimise)
        fault = recording.fault
        assert fault is not None and fault.words.startswith(f"stack overflow: {words}"), fault
        variables = recording.at("crash").frames[0].register_variables
        assert not [each for each in variables if each.location.startswith("static")]


@pytest.mark.parametrize("isa", isas.emulated())
def test_an_array_that_is_still_to_be_made_is_below_the_stack_however_large(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    program = tmp_path / "room.c"
    program.write_text(ROOM)
    frame = stackglass.record(program, isa=isa, static=True).at("fixed:entry").frames[0]
    (array,) = [each for each in frame.register_variables if each.name == "a"]
    assert (array.location.split()[0], array.initialised.value) == ("stack", "none")
