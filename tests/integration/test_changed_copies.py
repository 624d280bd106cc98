"""Arguments of functions that the compiler made a copy of with other parameters: it says in pieces where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from tests.needs import require

SOURCE = """
struct mix { int i; double d; };
__attribute__((noinline)) static double take(int skipped, double x, float y, long long w) { return x * y + w; }
__attribute__((noinline)) double mixed(double p, struct mix m) { return p + m.d; }
int main(int argc, char **argv) {
    struct mix m = {9, 3.25};
    double one = take(7, argc + 0.5, argc + 0.25f, argc * 4000000000LL);
    return (int)(one + take(7, argc * 2.5, argc * 1.5f, -argc) + mixed(0.5, m));
}
"""


def recorded(folder: Path, isa: str, level: str) -> stackglass.Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (folder / "copies.c").write_text(SOURCE)
    return stackglass.record(folder / "copies.c", isa=isa, cflags=level)


@pytest.mark.parametrize("isa", isas.emulated())
def test_arguments_of_a_changed_copy_are_where_the_compiler_says(isa: str, tmp_path: Path) -> None:
    """In one register, in two, or on the stack, one after another without those that it took away."""
    recording = recorded(tmp_path, isa, "-O2")
    for number, values in ((1, ["7", "1.5", "1.25", "4000000000"]), (2, ["7", "2.5", "1.5", "-1"])):
        told = explain.call(recording, "take", number).arguments
        assert [each.value for each in told] == values
        assert ["nowhere" in each.place for each in told] == [True, False, False, False]
        frame = recording.at(f"take#{number}:entry").frames[0]
        assert [each.value for each in frame.parameters] == values


@pytest.mark.parametrize("level", ["-O1", "-O2"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_a_parameter_without_a_place_is_still_what_the_caller_gave_at_first(
    isa: str, level: str, tmp_path: Path
) -> None:
    """Debug information may have no place for a struct in two registers; any caller has put it where the ABI says."""
    recording = recorded(tmp_path, isa, level)
    value = "{.i = 9, .d = 3.25}"
    assert explain.call(recording, "mixed").arguments[1].value == value
    assert recording.at("mixed:entry").frames[0].parameters[1].value == value
