"""How calls are left: by a return, or by a jump over them, an exception's or longjmp's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.views import where_words
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "thrown.cpp"
TOLD = dict.fromkeys(re.findall(r"expect-left: (\w+)", PROGRAM.read_text()))
EXPECTED = re.findall(r"expect-left: (\w+) (\w+)", PROGRAM.read_text())
OUTPUT = re.findall(r"expect-output: (.*)", PROGRAM.read_text())


@pytest.mark.parametrize("isa", isas.emulated())
@pytest.mark.parametrize("optimise", ("0", "2"))
def test_what_an_exception_or_longjmp_leaves_has_not_returned(isa: str, optimise: str) -> None:
    require("g++" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-g++")
    recording = stackglass.record(PROGRAM, isa=isa, optimise=optimise, static=True)
    assert recording.output.decode().splitlines() == OUTPUT
    assert left(recording) == EXPECTED


def left(recording: stackglass.Recording) -> list[tuple[str, str]]:
    """The calls of the functions that the program tells of, and how they were left."""
    calls = recording.calls
    named = [(calls.call(row).function or "", calls.left_by(row)) for row in range(len(calls))]
    return [(name, how) for name, how in ((name.split("(")[0], how) for name, how in named) if name in TOLD]


FAR = """
int sink;
__attribute__((noinline, section(".far"))) int far(int a) { return sink = a + 1; }
int main(void) { return far(3); }
"""


@pytest.mark.parametrize("isa", ["arm", "aarch64"])
def test_a_veneer_to_a_function_far_away_is_no_call_of_its_own(isa: str, tmp_path: Path) -> None:
    require(f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "far.c").write_text(FAR)
    recording = stackglass.record(tmp_path / "far.c", isa=isa, cflags="-Wl,--section-start=.far=0x20000000")
    veneers = [one for one in recording.target.functions() if one.symbol == "__far_veneer"]
    assert [one.stub for one in veneers] == [True]
    calls = recording.calls
    (row,) = (row for row in range(len(calls)) if calls.call(row).function == "far")
    far = calls.call(row)
    assert not far.tail_call
    parent = calls.parent(row)
    assert parent is not None
    assert calls.call(parent).function == "main"


JUMPED = """
#include <setjmp.h>
#include <string.h>
static jmp_buf back;
void deep(int n) { char fill[400]; memset(fill, n, sizeof fill); if (n == 3) longjmp(back, n); deep(n + 1); }
int main(void)
{
    int got = setjmp(back);
    if (!got)
        deep(0);
    return got;
}
"""


@pytest.mark.parametrize("isa", ["x86_64", "aarch64"])
def test_what_a_jump_left_below_the_stack_was_not_left_by_a_return(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "jumped.c").write_text(JUMPED)
    recording = stackglass.record(tmp_path / "jumped.c", isa=isa)
    snapshot = recording.at("11")
    left = [run for run in snapshot.below_sp if run.left_by == "deep"]
    assert left
    assert all(run.by_jump for run in left)
    told = render_plain(picture(snapshot, PictureOptions(width=200)))
    assert f"left by deep, ended by a jump at step {left[0].returned_at:,}" in told
    assert "left by deep, returned" not in told
    where = where_words.told(recording.where(left[0].address, at="11")).what
    assert "deep was ended by a jump at step" in where or "left by deep, which was ended by a jump at step" in where
