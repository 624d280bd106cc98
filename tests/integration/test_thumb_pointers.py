"""Pointers to Thumb functions: their lowest bit is set, and they lead to the function."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from tests.needs import require

SOURCE = """
#include <stdio.h>
__attribute__((noinline)) int leaf(int number) { return number + 1; }
__attribute__((noinline)) int apply(int (*it)(int), int number) { return it(number); }
int main(void) {
    printf("%p\\n", (void *)leaf);
    return apply(leaf, 2);
}
"""


@pytest.mark.parametrize("flag", ["-mthumb", "-marm"])
def test_they_lead_to_the_function(flag: str, tmp_path: Path) -> None:
    require("arm-linux-gnueabi-gcc")
    (tmp_path / "pointers.c").write_text(SOURCE)
    recording = stackglass.record(tmp_path / "pointers.c", isa="arm", cflags=flag)
    low = recording.target.functions_named("leaf")[0].low
    bit = flag == "-mthumb"
    snapshot = recording.at("apply", when="it == leaf && it == &leaf")
    (slot,) = [slot for slot in snapshot.frames[0].slots if slot.name == "it"]
    assert slot.value == hex(low + bit)
    assert slot.points_to is not None
    assert (slot.points_to.name, slot.points_to.offset, slot.points_to.address) == ("leaf", 0, low)
    (printed,) = recording.printed_addresses().addresses
    assert printed.address == low + bit
    assert recording.where(low + bit).offset == 0
    assert recording.where(low + 3).offset == 3 - bit
