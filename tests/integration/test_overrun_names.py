"""What lies beyond the end of what: bytes of an overrun are told by the array that it began in, in whatever frame."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Role
from stackglass import isa as isas
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

FAR = """
#include <string.h>
volatile int sink;
__attribute__((noinline)) void fill(volatile char *to, int count) { while (count--) *to++ = 'A'; sink = count; }
__attribute__((noinline)) void careless(int count) {
    volatile char bytes[8];
    fill(bytes, count);
    sink = bytes[1];
}
__attribute__((noinline)) int outer(int count) { volatile int kept = 3; careless(count); return kept; }
int main(int argc, char **argv) { sink = outer(96) + argc; return argv != 0; }
"""
NEAR = """
__attribute__((noinline)) int copy(const char *from, int count) {
    char bytes[12];
    int kept = count;
    for (int i = 0; i < count; i++) bytes[i] = from[i];
    return bytes[0] + kept;
}
int main(void) { return copy("AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIII", 36) == 0; }
"""


def picture_of(snapshot: stackglass.Snapshot) -> str:
    return render_plain(picture(snapshot, PictureOptions()))


def recorded(folder: Path, isa: str, source: str) -> stackglass.Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (folder / "beyond.c").write_text(source)
    return stackglass.record(folder / "beyond.c", isa=isa, cflags="-fno-stack-protector", static=True)


@pytest.mark.parametrize("isa", isas.emulated())
def test_only_the_array_is_overrun_also_in_its_callers_frames(isa: str, tmp_path: Path) -> None:
    snapshot = recorded(tmp_path, isa, FAR).at("8")
    frames = [frame for frame in snapshot.frames if frame.function in ("careless", "outer", "main")]
    assert frames[0].function == "careless"
    notes = [slot.note or "" for frame in frames for slot in frame.slots]
    beyond = [note for note in notes if "beyond" in note]
    assert all("beyond bytes" in note for note in beyond)
    struck = {slot.name: slot for frame in frames for slot in frame.slots if slot.role in (Role.LOCAL, Role.PARAMETER)}
    struck = {name: slot for name, slot in struck.items() if name in ("kept", "argc", "count")}
    for name, slot in struck.items():
        is_struck = slot.bytes == b"A" * slot.size
        assert ("overwritten beyond bytes" in (slot.note or "")) == is_struck, name
    assert [note for note in notes if "beyond bytes in careless" in note]


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_variable_that_an_overrun_reached_is_told_to_be_overwritten(isa: str, tmp_path: Path) -> None:
    snapshot = recorded(tmp_path, isa, NEAR).at("crash" if isa == "powerpc" else "6")
    if isa == "powerpc":
        assert ", overwritten" in picture_of(snapshot)
    frame = next(frame for frame in snapshot.frames if frame.function == "copy")
    array = next(slot for slot in frame.slots if slot.name == "bytes")
    assert array.written_by is not None
    for slot in frame.slots:
        writer, told = slot.written_by, "overwritten beyond bytes by copy" in (slot.note or "")
        is_above = array.end <= slot.address < array.address + 36 and slot.role in (Role.LOCAL, Role.PARAMETER)
        assert told == (is_above and writer is not None and writer.pc == array.written_by.pc), slot


ROOMS = """
#include <alloca.h>
__attribute__((noinline)) void fill(char *p, int n, char c) { for (int i = 0; i < n; i++) p[i] = c; }
__attribute__((noinline)) void both(char *p, char *q, int n) { fill(p, n, 'b'); fill(q, n, 'b'); }
__attribute__((noinline)) int work(int n, int beyond)
{
    char *above = alloca(n);
    char *below = alloca(n);
    both(below, above, n);
    fill(below, n + beyond, 'w');
    return above[0] + below[0]; /* here */
}
int main(void) { return (work(16, 24) + work(16, 0)) & 127; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_an_overrun_of_one_room_is_told_in_the_next_one(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc")
    (tmp_path / "rooms.c").write_text(ROOMS)
    recording = stackglass.record(tmp_path / "rooms.c", isa=isa)
    line = next(number for number, words in enumerate(ROOMS.splitlines(), 1) if "here" in words)
    for moment, is_overrun in ((f"{line}", True), (f"{line}#2", False), ("both:return", False)):
        snapshot = recording.at(moment)
        (frame,) = [frame for frame in snapshot.frames if frame.function == "work"]
        below, above = sorted((one for one in frame.slots if one.role is Role.ALLOCA), key=lambda slot: slot.address)
        assert "overwritten" not in (below.note or "")
        reaches = is_overrun and below.address + 40 > above.address
        assert ("(overwritten beyond *below by fill)" in (above.note or "")) == reaches
        for slot in frame.slots:
            if slot.address >= above.end:
                struck = is_overrun and slot.address < below.address + 40
                assert ("beyond *below" in (slot.note or "") or slot.overwritten) == struck
