"""Arrays of variable length before they are declared, also when a loop has come round."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import isa as isas
from stackglass.model import Role
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


BEHIND_ALLOCA = """
#include <alloca.h>
#include <string.h>
void use(char *p, int n) { memset(p, n, n); }
int f(int n)
{
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        char *block = alloca(24);
        use(block, 24);
        {
            sum += block[0]; /* before */
            char array[n + i];
            use(array, n + i);
            sum += array[0]; /* behind */
        }
    }
    return sum;
}
int main(void) { return f(5) & 1; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_an_array_of_the_time_round_before_lies_on_no_later_block(isa: str, compiler: str, tmp_path: Path) -> None:
    """Its room was given back at its block's end, and what is allocated there now was not written beyond anything."""
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    if compiler == "clang":
        require("clang")
    path = tmp_path / "behind.c"
    path.write_text(BEHIND_ALLOCA)
    recording = stackglass.record(path, isa=isa, cc=compiler if compiler == "clang" else None)
    lines = {words: number for number, text in enumerate(BEHIND_ALLOCA.splitlines(), 1) for words in text.split()}
    for number in (2, 3):
        frame = recording.at(f"{lines['before']}#{number}").frames[0]
        (array,) = (one for one in frame.register_variables if one.name == "array")
        assert (array.location, array.value) == ("not created yet", None)
        (block,) = (slot for slot in frame.slots if slot.name == "block")
        low = int.from_bytes(block.bytes, recording.isa.byte_order)
        told = [slot for slot in frame.slots if slot.address < low + 24 and low < slot.end]
        assert {(slot.role, slot.name) for slot in told} == {(Role.ALLOCA, None)}
        assert not [slot for slot in frame.slots if "beyond" in (slot.note or "")]
    for number in (1, 2, 3):
        frame = recording.at(f"{lines['behind']}#{number}").frames[0]
        sizes = [slot.size for slot in frame.slots if slot.name == "array"]
        assert sizes == [4 + number] or compiler == "clang"  # whose debug information may not tell where it is
