"""Functions with another calling convention than the ABI's: what they are passed is told as they get it, or not."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from tests.needs import require

I386 = """
#define N __attribute__((noinline))
typedef struct { long first, second, third; } three;
N __attribute__((regparm(3))) int some(int a, int b, int c, int d) { return a + b * c - d; }
N __attribute__((regparm(3))) int all(int a, int b) { return a + b; }
N __attribute__((regparm(2))) long long wide(long long a, char b, int c) { return a + b + c; }
N __attribute__((fastcall)) int fast(int a, long long b, int c, int d) { return a + b * c - d; }
N __attribute__((sseregparm)) double floats(double a, float b, int k) { return a + b + k; }
N __attribute__((regparm(1))) three big(int a, int b) { three made = {a, b, a}; return made; }
N int plain(char a, short b, int c, double d) { return a + b + c + d; }
int main(int argc, char **argv) {
    three made = big(5, 6);
    return some(1, 2, 3, 4) + all(5, 6) + wide(5, 'a', 6) + fast(1, 2, 3, 4) + floats(1.5, 2.5f, 3)
        + plain('b', 2, argc + 2, 4.5) + made.second;
}
"""


def told(recording: stackglass.Recording, name: str) -> list[tuple[str, str | None]]:
    """(place, value) of each argument and of the result, if that is told."""
    explained = explain.call(recording, name)
    values = (*explained.arguments, *([explained.result] if explained.result else []))
    return [(each.place, each.value) for each in values]


@pytest.mark.parametrize("optimise", ["0", "1"])
def test_i386(optimise: str, tmp_path: Path) -> None:
    require("i686-linux-gnu-gcc")
    (tmp_path / "conventions.c").write_text(I386)
    recording = stackglass.record(tmp_path / "conventions.c", isa="i386", cflags="-msse2", optimise=optimise)
    stack = "esp at the call", "esp+4 at the call", "esp+8 at the call", "esp+12 at the call"
    assert told(recording, "some") == [("eax", "1"), ("edx", "2"), ("ecx", "3"), (stack[0], "4"), ("eax", "3")]
    assert told(recording, "all") == [("eax", "5"), ("edx", "6"), ("eax", "11")]
    assert told(recording, "fast") == [("ecx", "1"), (stack[0], "2"), (stack[2], "3"), (stack[3], "4"), ("eax", "3")]
    assert told(recording, "floats") == [("xmm0", "1.5"), ("xmm1", "2.5"), (stack[0], "3")]
    assert told(recording, "wide")[1:] == [(stack[0], "'a'"), (stack[1], "6"), ("eax and edx", "108")]
    assert told(recording, "wide")[0] == (("eax and edx", "5") if optimise == "0" else ("nowhere", None))
    assert [value for _, value in told(recording, "big") if value not in ("5", "6", None)] == []
    assert told(recording, "plain") == [
        (stack[0], "'b'"),
        (stack[1], "2"),
        (stack[2], "3"),
        (stack[3], "4.5"),
        ("eax", "107"),
    ]
    came = {each.name: each.came_in for each in recording.at("some").frames[0].parameters}
    assert came == {"a": "eax", "b": "edx", "c": "ecx", "d": "stack"}


MS_ABI = """
__attribute__((ms_abi, noinline)) int windows(int a, int b, int c, int d) { return a + b * c - d; }
int main(void) { return windows(1, 2, 3, 4); }
"""


@pytest.mark.parametrize("optimise", ["0", "1"])
def test_x86_64(optimise: str, tmp_path: Path) -> None:
    require("gcc", "static libc")
    (tmp_path / "windows.c").write_text(MS_ABI)
    recording = stackglass.record(tmp_path / "windows.c", optimise=optimise)
    assert told(recording, "windows") == [("ecx", "1"), ("edx", "2"), ("r8d", "3"), ("r9d", "4"), ("eax", "3")]


KEPT_PARAMETER = """
#include <stdarg.h>
static int total(int n, ...) {
    va_list list;
    va_start(list, n);
    int sum = 0;
    while (n--) sum += va_arg(list, int);
    va_end(list);
    return sum;
}
__attribute__((noinline)) int work(int a) { return total(9, a, a + 1, a + 2, 4, 5, 6, 7, 8, a * 2); }
int main(int argc, char **argv) { return work(argc + 4) == 0; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_parameter_that_gcc_has_twice_is_told_once_with_the_value_that_it_always_has(
    isa: str, tmp_path: Path
) -> None:
    """A variadic function keeps its parameters though total.constprop.0 needs none: nobody passes `n` any more."""
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "total.c").write_text(KEPT_PARAMETER)
    recording = stackglass.record(tmp_path / "total.c", isa=isa, optimise="2")
    frame = recording.at("total:entry").frames[0]
    assert [(each.name, each.value) for each in frame.parameters] == [("n", "9")]
    (function,) = recording.target.functions_named("total")
    assert function.symbol.startswith("total.constprop"), "else the test tests nothing"
