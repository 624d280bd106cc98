"""A function whose calls the compiler has inlined: what is said to who asks for one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.explain import explain_row
from stackglass.recording.arrivals import row_of_call
from stackglass.recording.locations import CallOf
from tests.needs import require

FOLDED = """
int thrice(int n)
{
    return 3 * n;
}
int thrift(int n)
{
    return n - 1;
}
int unused(int n)
{
    return n;
}
int main(void)
{
    return thrice(14) + thrift(1);
}
"""
SPREAD = """
static volatile int seen;
int count(int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += seen;
    return sum;
}
int main(int argc, char **argv)
{
    return count(argc + 2);
}
"""


def recorded(folder: Path, text: str, **how: Any) -> stackglass.Recording:
    (folder / "folded.c").write_text(text)
    recording: stackglass.Recording = stackglass.record(folder / "folded.c", optimise="2", **how)
    return recording


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_function_of_which_nothing_is_left_is_told_as_inlined(tmp_path: Path, isa: str) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    recording = recorded(tmp_path, FOLDED, isa=isa)
    for place in ("thrice", "thrice:entry", "thrice:return"):
        with pytest.raises(stackglass.StackglassError, match="never called: the compiler inlined it") as error:
            recording.at(place)
        assert "thrift" not in f"{error.value} {error.value.help}"
        assert "-fno-inline" in error.value.help
    with pytest.raises(stackglass.StackglassError, match="`unused` is never called; functions called: main") as error:
        recording.at("unused")
    assert "inline" not in error.value.help


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_what_it_was_inlined_into_is_told(tmp_path: Path, cc: str) -> None:
    require(cc, "static libc")
    recording = recorded(tmp_path, SPREAD, cc=cc)
    assert recording.at("count").frames[0].function == "main"
    with pytest.raises(stackglass.StackglassError, match="the compiler inlined it into `main`") as error:
        explain_row(recording, row_of_call(recording, CallOf("count", 1)), full=False)
    assert "--at count" in error.value.help


def test_a_line_that_only_the_uncalled_copy_has(tmp_path: Path) -> None:
    require("gcc", "static libc")
    recording = recorded(tmp_path, FOLDED)
    with pytest.raises(stackglass.StackglassError) as error:
        recording.at("4")
    assert str(error.value).startswith("line 4 is never reached: it has code only in `thrice` itself, which is never")
    with pytest.raises(stackglass.StackglassError, match="line 12 is never reached: it belongs to `unused`"):
        recording.at("12")


def test_names_that_are_close_are_only_told_where_they_help(tmp_path: Path) -> None:
    require("gcc", "static libc")
    (tmp_path / "folded.c").write_text(FOLDED)
    recording = stackglass.record(tmp_path / "folded.c")
    with pytest.raises(stackglass.StackglassError) as error:
        recording.at("thrise")
    assert error.value.help == "did you mean thrice or thrift?"
