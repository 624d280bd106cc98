"""AArch64 code that signs its return addresses (pointer authentication): the frames are those of code that doesn't."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import stackglass
from stackglass import Role, Slot, explain
from stackglass.debuginfo.target import Target
from stackglass.model import Evidence, Frame
from stackglass.model.explanation import PhaseName
from stackglass.stack.build import facts_of, snapshot
from tests.explained import steps_of
from tests.needs import require

SOURCE = """
__attribute__((noinline)) int leaf(int number) { return number + 1; }
__attribute__((noinline)) int middle(int number) { return leaf(number * 2) + 1; }
int main(void) { return middle(4); }
"""
SIGNATURE = 0x2B << 48


def recorded(folder: Path, flags: str) -> stackglass.Recording:
    require("aarch64-linux-gnu-gcc")
    (folder / "signed.c").write_text(SOURCE)
    return stackglass.record(folder / "signed.c", isa="aarch64", cflags=flags)


def assembled(folder: Path, signs: str) -> stackglass.Recording:
    require("aarch64-linux-gnu-gcc")
    (folder / "signed.s").write_text(ASSEMBLED.format(signs=signs))
    return stackglass.record(folder / "signed.s", isa="aarch64")


def return_slot(frame: Frame) -> Slot:
    (found,) = [slot for slot in frame.slots if slot.role is Role.RETURN_ADDRESS]
    return found


ASSEMBLED = """
    .arch armv8.3-a
    .macro function name
    .global \\name
    .type \\name, %function
\\name:
    .endm
    function leaf
    ret
    .size leaf, .-leaf
    function middle
    {signs}
    stp x29, x30, [sp, #-16]!
    bl leaf
    ldp x29, x30, [sp], #16
    autiasp
    ret
    .size middle, .-middle
    function main
    stp x29, x30, [sp, #-16]!
    mov w0, #10
    bl middle
    ldp x29, x30, [sp], #16
    ret
    .size main, .-main
"""


@pytest.mark.parametrize("evidence", [Evidence.CFI, Evidence.WRITES])
def test_the_return_address_is_told(evidence: Evidence, tmp_path: Path) -> None:
    """By call-frame information, and by who wrote it where there is none."""
    if evidence is Evidence.CFI:
        recording = recorded(tmp_path, "-mbranch-protection=standard")
    else:
        recording = assembled(tmp_path, "paciasp")
    assert recording.exit_status == 10
    (middle,) = [frame for frame in recording.at("leaf").frames if frame.function == "middle"]
    slot = return_slot(middle)
    assert (slot.evidence, slot.overwritten, slot.note) == (evidence, False, None)
    assert slot.points_to is not None and slot.points_to.name is not None and slot.points_to.name.startswith("main")
    assert middle.return_address.value == int(slot.value or "0", 16)


def test_nothing_is_wrong_with_its_debug_information(tmp_path: Path) -> None:
    recording = recorded(tmp_path, "-mbranch-protection=standard")
    assert [len(frame.slots) > 0 for frame in recording.at("leaf").frames]
    assert not facts_of(recording.target).problems


def test_a_signed_return_address_is_one(tmp_path: Path) -> None:
    """As on a processor that signs: the word that the stack holds has the signature in its high bits."""
    recording = recorded(tmp_path, "-mbranch-protection=standard")
    (plain,) = [frame for frame in recording.at("leaf").frames if frame.function == "middle"]
    at, back = return_slot(plain).address, plain.return_address.value
    assert back is not None
    moment = recording.moment()

    def read(address: int, size: int) -> bytes:
        data = bytearray(moment.read_memory(address, size))
        for place, byte in enumerate((back | SIGNATURE).to_bytes(8, "little"), at):
            if address <= place < address + size:
                data[place - address] = byte
        return bytes(data)

    def middle_of(target: Target, *, keep_writes: bool) -> Frame:
        made = replace(moment, read_memory=read, writes=moment.writes if keep_writes else None)
        (frame,) = [frame for frame in snapshot(made, target).frames if frame.function == "middle"]
        return frame

    signed = middle_of(recording.target, keep_writes=False)
    slot = return_slot(signed)
    assert slot.value == hex(back | SIGNATURE)
    assert (slot.overwritten, slot.note, signed.return_address.value) == (False, None, back)
    assert slot.points_to is not None and slot.points_to.name == return_slot(plain).points_to.name  # type: ignore[union-attr]
    assert return_slot(middle_of(recording.target, keep_writes=True)).overwritten, "the emulator doesn't sign"


def test_it_is_saved_and_taken_back_in_words(tmp_path: Path) -> None:
    explained = explain.call(recorded(tmp_path, "-mbranch-protection=standard"), "middle")
    told = [step.words for step in steps_of(explained, PhaseName.PROLOGUE)]
    assert any("and the return address (x30, " in words for words in told), told
    told = [step.words for step in steps_of(explained, PhaseName.EPILOGUE)]
    assert any("takes back the caller's x29" in words and "and the return address" in words for words in told), told


def test_what_is_no_hint_is_told_to_be_lacking(tmp_path: Path) -> None:
    fault = assembled(tmp_path, "pacia x30, sp").fault
    assert fault is not None and fault.signal == "SIGILL"
    assert "one that the emulator lacks (such as retaa, pacia" in fault.words
