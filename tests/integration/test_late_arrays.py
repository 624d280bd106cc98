"""Arrays of variable length before they are declared, also when a loop has come round."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from tests.needs import require

LATE_ARRAYS = """
void use(char *p, int n) { p[0] = (char)n; }
int f(int n)
{
    int r = 0;
    for (int i = 1; i < n; i++) {
        r += i;
        char a[i * 3];
        use(a, i);
        r += a[0];
    }
    return r;
}
int main(void) { return f(4) & 1; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_an_array_is_not_created_before_its_declaration(isa: str, compiler: str, tmp_path: Path) -> None:
    """Its place and its length aren't what earlier calls, or the time round before, have left where they are kept."""
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "late.c").write_text(LATE_ARRAYS)
    if compiler == "clang":
        require("clang")
        flags = f"--target={isas.get(isa).gnu_triplet}"
        recording = stackglass.record(tmp_path / "late.c", isa=isa, cc="clang", cflags=flags)
    else:
        recording = stackglass.record(tmp_path / "late.c", isa=isa)
    for moment in ("late.c:7", "late.c:7#2"):
        (array,) = (one for one in recording.at(moment).frames[0].register_variables if one.name == "a")
        assert (array.location, array.type, array.value) == ("not created yet", "char [?]", None)
    frame = recording.at("late.c:10#2").frames[0]  # on ARM nothing tells its place any more
    types = {slot.type for slot in frame.slots if slot.name == "a"}
    types |= {one.type for one in frame.register_variables if one.name == "a"}
    assert types == {"char [6]"}
