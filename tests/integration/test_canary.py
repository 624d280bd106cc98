"""The stack protector's canary on every instruction set: found by the code that puts it there, told when it changed."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Role, Slot, Snapshot
from stackglass import isa as isas
from tests.needs import require

SOURCE = """
__attribute__((noinline)) void fill(volatile char *bytes, int count) { while (count--) bytes[count] = 'A'; }
__attribute__((noinline)) int guarded(int count) {
    char bytes[8];
    fill(bytes, count);
    return bytes[0];
}
int *kept;
__attribute__((noinline)) int unguarded(int number) {
    int copy = *kept;
    return copy + number;
}
int main(int argc, char **argv) {
    kept = &argc;
    int first = unguarded(1) + guarded(8);
    return first + guarded(24);
}
"""


def recorded(folder: Path, isa: str, compiler: str | None, flags: str) -> stackglass.Recording:
    require("zig" if compiler else "gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (folder / "guarded.c").write_text(SOURCE)
    return stackglass.record(folder / "guarded.c", isa=isa, cc=compiler, cflags=f"-fstack-protector {flags}")


def canaries(snapshot: Snapshot, frame: int = 0) -> list[Slot]:
    return [slot for slot in snapshot.frames[frame].slots if slot.role is Role.CANARY]


@pytest.mark.parametrize("flags", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", [None, "zig"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_the_canary_and_its_change(isa: str, compiler: str | None, flags: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, compiler, flags)
    assert canaries(recording.at("unguarded:return")) == []
    assert canaries(recording.at("guarded:entry")) == []
    (whole,) = canaries(recording.at("fill:entry"), 1)
    assert whole.size == isas.get(isa).word_size and whole.note is None
    secret = int(whole.value or "0", 16)
    assert secret.bit_count() > 4
    (smashed,) = canaries(recording.at("fill#2:return"), 1)
    assert smashed.bytes == b"A" * smashed.size
    assert smashed.note == f"smashed: it should be {secret:#x}"
    assert smashed.written_by is not None and smashed.written_by.function == "fill"
    assert recording.fault is not None
