"""The instruction that makes a function's frame is told so, whether or not line information has it in the prologue."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass import isa as isas
from tests.explained import steps_of
from tests.needs import require

SOURCE = """
__attribute__((noinline)) int leaf(int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }
__attribute__((noinline)) int plain(int n) { int a[6] = {n, 2, 3}; return n < 0 ? 1 : leaf(a, 6) + n; }
__attribute__((noinline)) int wrapped(int n) {
    if (n < 5) return 1;
    int a[6];
    for (int i = 0; i < 6; i++) a[i] = n;
    return leaf(a, 6);
}
__attribute__((noinline)) int computed(int n) { int a[n]; for (int i = 0; i < n; i++) a[i] = i; return leaf(a, n); }
int main(int argc, char **argv) { return plain(argc) + wrapped(argc + 8) + computed(argc + 5); }
"""


@pytest.mark.parametrize("flags", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("isa", ["arm", "aarch64", "riscv64", "powerpc"])
def test_what_makes_the_frame_is_no_room_for_what_comes_next(isa: str, flags: str, tmp_path: Path) -> None:
    require(f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "made.c").write_text(SOURCE)
    recording = stackglass.record(tmp_path / "made.c", isa=isa, cflags=flags)
    for function in ("plain", "wrapped"):
        told = [one.words for one in steps_of(explain.call(recording, function, full=True)) if one.function == function]
        assert sum("reserves " in words for words in told) == 1, told
        assert not any("room, or alignment" in words or "bytes of stack (" in words for words in told), told
    told = [one.words for one in steps_of(explain.call(recording, "computed", full=True))]
    assert any(words.startswith("takes ") and "variable-length array" in words for words in told), told
