"""An overrun that goes on into the callers' frames: each word keeps its role there, and is told to be overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Role, Slot, explain
from stackglass import isa as isas
from stackglass.model.explanation import PhaseName
from tests.explained import steps_of
from tests.needs import require

SOURCE = """
__attribute__((noinline)) void fill(volatile char *to, int count) {
    while (count--) *to++ = 'A';
}
__attribute__((noinline)) void careless(int count) {
    volatile char bytes[8];
    fill(bytes, count);
    bytes[0] = 'B';
}
__attribute__((noinline)) int outer(int count) {
    volatile int kept = 3;
    careless(count);
    kept = 5;
    return kept;
}
int main(int argc, char **argv) { return outer(64) + argc; }
"""
KEPT = (Role.RETURN_ADDRESS, Role.SAVED_FRAME_POINTER, Role.SAVED_REGISTER)
VARIANTS = [(isa, "") for isa in isas.emulated()] + [("arm", "-mthumb -march=armv7-a -mfpu=vfpv3-d16"), ("i386", "-O1")]


def recorded(folder: Path, isa: str, flags: str, source: str = SOURCE) -> stackglass.Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (folder / "overrun.c").write_text(source)
    return stackglass.record(folder / "overrun.c", isa=isa, cflags=flags)


def own(snapshot: stackglass.Snapshot) -> list[Frame]:
    return [frame for frame in snapshot.frames if frame.function in ("careless", "outer", "main")]


def kept(frames: list[Frame]) -> dict[int, Slot]:
    return {slot.address: slot for frame in frames for slot in frame.slots if slot.role in KEPT}


@pytest.mark.parametrize(("isa", "flags"), VARIANTS)
def test_every_word_keeps_its_role(isa: str, flags: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, flags)
    before = kept(own(recording.at("fill:entry")))
    after = recording.at("8")
    frames = own(after)
    assert [frame.function for frame in frames] == ["careless", "outer", "main"]
    now = kept(frames)
    assert {at: (slot.role, slot.register) for at, slot in before.items()} == {
        at: (slot.role, slot.register) for at, slot in now.items()
    }
    struck = {at for at, slot in now.items() if slot.bytes == b"A" * slot.size}
    assert len(struck) > 1, "else the test tests nothing"
    assert {at for at, slot in now.items() if slot.overwritten} == {
        at for at, slot in now.items() if slot.bytes != before[at].bytes
    }
    for at in struck:
        writer = now[at].written_by
        assert writer is not None and writer.function == "fill"
    (kept_one,) = [slot for frame in frames for slot in frame.slots if slot.name == "kept"]
    assert kept_one.role is Role.LOCAL


MENDED = SOURCE.replace("outer(64)", "outer(PLACE)")


@pytest.mark.parametrize(("isa", "flags"), [("arm", ""), ("arm", "-mthumb -march=armv7-a"), ("x86_64", "")])
def test_a_frame_whose_frame_pointer_was_lost_is_whole(isa: str, flags: str, tmp_path: Path) -> None:
    """The overrun ends behind the saved frame pointer: the callee returns, and the caller runs on with a wrong one."""
    word = isas.get(isa).word_size
    recording = recorded(tmp_path, isa, flags)
    (frame,) = [frame for frame in recording.at("fill:entry").frames if frame.function == "careless"]
    (array,) = [slot for slot in frame.slots if slot.name == "bytes"]
    (saved,) = [slot for slot in frame.slots if slot.role is Role.SAVED_FRAME_POINTER]
    count = saved.end - array.address
    recording = recorded(tmp_path, isa, flags, MENDED.replace("PLACE", str(count)))
    before = recording.at("fill:entry")
    outer = next(frame for frame in before.frames if frame.function == "outer")
    running = recording.at("13").frames[0]
    assert running.function == "outer"
    pointer, lost = running.frame_pointer_register, int.from_bytes(b"A" * word, "little")
    assert pointer is not None
    assert recording.moment().registers[pointer] == lost
    assert running.frame_pointer is None
    assert kept([running]).keys() == kept([outer]).keys()
    assert {slot.name for slot in running.slots} == {slot.name for slot in outer.slots}


@pytest.mark.parametrize(("isa", "flags"), VARIANTS)
def test_what_is_taken_back_is_told_to_be_lost(isa: str, flags: str, tmp_path: Path) -> None:
    recording = recorded(tmp_path, isa, flags)
    struck = (frame for frame in recording.at("8").frames if any(slot.overwritten for slot in frame.slots))
    function = next(struck).function
    assert function is not None
    explained = explain.call(recording, function)
    told = [step for phase in (PhaseName.EPILOGUE, PhaseName.RETURN) for step in steps_of(explained, phase)]
    words = " ".join(step.words for step in told)
    assert "the return address had been overwritten by fill, at step " in words
    (back,) = [step.words for step in told if "the return address had been overwritten" in step.words]
    assert "1094795585" not in back, "an address is told in hex"
