"""Thread-local variables are found where each instruction set's ABI has them, above or below the thread pointer."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from tests.needs import require

SOURCE = """
__thread int a = 11;
__thread long long b = 22;
__thread char c[64] __attribute__((aligned(32))) = "tls";
int look(int x) { return x + a + (int)b + c[0]; }
int main(void) { a = 5; b = 6; return look(1) == 0; }
"""


@pytest.mark.parametrize("isa", ["x86_64", "i386", "arm", "powerpc"])  # gcc tells of no place for them on the others
def test_conditions_see_thread_local_variables(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    source = tmp_path / "tls.c"
    source.write_text(SOURCE)
    recording = stackglass.record(source, isa=isa, static=True)
    assert recording.at("look", when="a == 5 && b == 6 && c[0] == 't' && c[2] == 's'").frames[0].function == "look"
    with pytest.raises(stackglass.StackglassError):
        recording.at("look", when="a == 11")
