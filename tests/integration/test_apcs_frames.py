"""What ARM's `-mapcs-frame` pushes: the caller's fp and sp, the return address, and pc, in one record."""

from __future__ import annotations

from pathlib import Path

import pytest

import stackglass
from stackglass import Recording, Role, Slot, explain
from stackglass import isa as isas
from tests.explained import steps_of
from tests.needs import require

SOURCE = """
#include <stdarg.h>
int sink;
__attribute__((noinline)) int sum(int n, ...) {
    va_list list; va_start(list, n);
    int found = 0;
    for (int i = 0; i < n; i++) found += va_arg(list, int);
    va_end(list);
    sink = found;
    return found;
}
__attribute__((noinline)) int outer(int n) { sink = n; return sum(2, n, 5) + n; }
__attribute__((noinline)) int plain(int n) {
    __asm__ volatile("mov ip, sp; push {r4, ip}; add sp, sp, #8" ::: "ip", "memory");
    sink = n;
    return n;
}
int main(void) { return outer(3) + plain(4); }
"""


def recorded(folder: Path, optimise: str = "0", flags: str = "-mapcs-frame") -> Recording:
    require(f"{isas.get('arm').gnu_triplet}-gcc", "static libc")
    (folder / "apcs.c").write_text(SOURCE)
    return stackglass.record(folder / "apcs.c", isa="arm", optimise=optimise, cflags=f"-marm {flags}")


def words(recording: Recording, where: str) -> dict[str, list[Slot]]:
    """By function: the four words of the record at the top of its frame, or below what it made of r0 to r3."""
    found = {}
    for frame in recording.at(where).frames:
        slots = {slot.address: slot for slot in frame.slots}
        saved = next((slot for slot in frame.slots if slot.role is Role.SAVED_FRAME_POINTER), None)
        if frame.function in ("sum", "outer", "main") and saved is not None:
            found[frame.function] = [slots[saved.address + 4 * number] for number in range(4)]
    return found


@pytest.mark.parametrize("optimise", ["0", "1"])
def test_each_word_of_the_record_is_told_as_what_it_is(optimise: str, tmp_path: Path) -> None:
    """At -O1 `sum` has none, and what `outer` pushed is not taken for arguments of its call."""
    recording = recorded(tmp_path, optimise)
    told = words(recording, "apcs.c:9")
    frames = {frame.function: frame for frame in recording.at("apcs.c:9").frames}
    assert {"outer", "main"} <= set(told)
    for name, (fp, sp, back, pc) in told.items():
        assert (fp.register, back.role) == ("fp", Role.RETURN_ADDRESS)
        assert (sp.role, sp.register, sp.overwritten) == (Role.SAVED_REGISTER, "sp", False)
        assert sp.value == hex(frames[name].high), "sp before the call"
        assert (pc.role, pc.note) == (Role.TEMPORARY, f"pc as pushed: in {name}'s code")
        (function,) = recording.target.functions_named(name)
        assert function.low < int.from_bytes(pc.bytes, "little") < function.high


def test_a_copy_of_sp_that_is_pushed_without_a_record_is_a_temporary(tmp_path: Path) -> None:
    recording = recorded(tmp_path, flags="")
    assert not any(slot.register == "sp" for frame in recording.at("plain:return").frames for slot in frame.slots)


def test_explain_tells_the_record_and_the_frame_pointer(tmp_path: Path) -> None:
    told = explain.call(recorded(tmp_path), "outer")
    steps = {each.disassembly: each.words for each in steps_of(told)}
    push, setting = steps["push {fp, ip, lr, pc}"], steps["sub fp, ip, #4"]
    assert push.startswith("pushes the caller's fp (0x")
    assert ", by way of ip), the return address (lr, " in push
    assert "the caller's sp (0x" in push
    assert " and pc (0x" in push
    assert setting.startswith("makes fp, the frame pointer, point at this frame (0x")
    assert "by what ip has kept of sp (0x" in setting
    (leaving,) = (text for text in steps if text.startswith("ldm "))
    assert "the caller's sp (0x" in steps[leaving]
