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


NESTED = """
#include <stdio.h>
static inline __attribute__((always_inline)) int inner(int a, char *buf)
{
    int sum = 0;
    for (int i = 0; i < a; i++) {
        buf[i] = (char)i;
        sum += buf[i];
    }
    return sum;
}
static inline __attribute__((always_inline)) int mid(int n)
{
    char tmp[16];
    int s = inner(n, tmp);
    volatile int keep = s;
    return keep + tmp[1];
}
__attribute__((noinline)) int outer(int n)
{
    volatile int loc = n;
    int r = mid(loc) + mid(loc + 1);
    return r;
}
int main(void) { return outer(4) & 1; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_variables_of_inlined_calls_are_told_once_and_as_theirs(compiler: str, tmp_path: Path) -> None:
    """In registers, computed or optimised out as well as in memory; gcc has them in a block inside the call."""
    require(compiler)
    (tmp_path / "nested.c").write_text(NESTED)
    frame = stackglass.record(tmp_path / "nested.c", cc=compiler, cflags="-O2").at("inner").frames[0]
    assert [position.function for position in frame.inlined] == ["inner", "mid"]
    told = [(one.name, one.note) for one in frame.register_variables if one.note]
    told += [(slot.name or "", slot.note) for slot in frame.slots if slot.note and slot.name]
    theirs = {name: note for name, note in told if "inlined" in (note or "")}
    of = {"inner": ("a", "buf", "sum", "i"), "mid": ("s", "keep", "tmp")}
    assert {name: note for name, note in theirs.items() if name != "n"} == {
        name: f"of {function}, inlined" for function, names in of.items() for name in names
    }
    names = [one.name for one in frame.register_variables]
    assert len(names) == len(set(names)) and "r" in names
    assert next(one.note for one in frame.register_variables if one.name == "r") is None
