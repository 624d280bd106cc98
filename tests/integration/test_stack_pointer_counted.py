"""Variables that are counted from SP for all of a function, also where SP is rounded down, before that and after."""

from __future__ import annotations

import pytest

import stackglass
from stackglass import Role
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

ROUNDED = """
#include <string.h>
__attribute__((noinline)) void use(char *p, int n) { memset(p, 1, n); }
__attribute__((noinline)) int calls(int c, int n) {
     _Alignas(64) char v[20]; int k = c + n; use(v, n); return v[0] + k; }
__attribute__((noinline)) int leaf(int c, int n) { _Alignas(64) volatile char v[20]; v[3] = n; return v[3] + c; }
__attribute__((noinline)) void plain(char *p, int c, int n) { memset(p, c, n); }
int main(void) { char b[24]; plain(b, 3, 20); return calls(3, 20) + leaf(3, 20); }
"""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, stackglass.Recording]:
    require("zig")
    source = tmp_path_factory.mktemp("rounded") / "rounded.c"
    source.write_text(ROUNDED)
    return {isa: stackglass.record(source, isa=isa, cc="zig") for isa in ("arm", "aarch64")}


@pytest.mark.parametrize("isa", ["arm", "aarch64"])
@pytest.mark.parametrize("function", ["plain", "calls", "leaf"])
@pytest.mark.parametrize("when", [":entry", "", ":return"])
def test_values_are_right_from_the_first_instruction_to_the_last(
    recordings: dict[str, stackglass.Recording], isa: str, function: str, when: str
) -> None:
    snapshot = recordings[isa].at(f"{function}{when}")
    values = {one.name: one.value for one in snapshot.frames[0].parameters}
    assert (values["c"], values["n"]) == ("3", "20")
    main = snapshot.frames[1]
    assert [slot.name for slot in main.slots if slot.role is Role.OUTGOING_ARGUMENT] == []
    drawn = render_plain(picture(snapshot, PictureOptions()))
    assert "its address came in" not in drawn
    if function == "calls" and when == ":return":
        assert {one.name: one.value for one in snapshot.frames[0].register_variables}.get("k", "23") == "23"
