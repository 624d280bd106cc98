"""A number that is told by a variable's name is told as the variable's type has it, whatever instruction reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from tests.explained import steps_of
from tests.needs import require

SOURCE = """
typedef unsigned word;
__attribute__((noinline)) int shifts(int x, word y, int n) {
    return (x >> n) + (y >> 3) + (x << 2) + (int)((y << n) | (y >> (32 - n)));
}
int main(void) { return shifts(-100, 0x80000001u, 4) & 1; }
"""


@pytest.mark.parametrize("flags", ["-O0", "-O2"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_a_variable_without_sign_is_never_negative(isa: str, flags: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "sign.c").write_text(SOURCE)
    recording = stackglass.record(tmp_path / "sign.c", isa=isa, cflags=flags)
    words = " ".join(one.words for one in steps_of(explain.call(recording, "shifts", full=True)))
    values = {name: set(re.findall(rf"\b{name}'s value (-?\d+)", words)) for name in "xy"}
    assert values["x"] <= {"-100"}
    assert values["y"] <= {str(0x80000001)}
    assert values["x"] | values["y"] or isa in ("i386", "x86_64"), "nothing is told by a name: the test tests nothing"
    came = re.findall(r"stores y, which came in \w+ \((-?\d+)", words)
    assert set(came) <= {str(0x80000001)}
