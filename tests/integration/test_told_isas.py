"""What is told of one small program on every instruction set: each where a closer look once found a wrong word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass import Role
from stackglass import isa as isas
from stackglass.model import Initialised
from tests.needs import require

SOURCE = """
__attribute__((noinline)) int fill(int depth) {
    volatile int bytes[100];
    for (int i = 0; i < 100; i++) bytes[i] = -1;
    return bytes[depth];
}
__attribute__((noinline)) int late(int number) {
    int room[60];
    int result = number + 1;
    room[0] = result;
    return room[0] + fill(result);
}
int main(void) {
    return fill(1) + late(2);
}
"""


def recorded(folder: Path, isa: str, flags: str = "-O0", source: str = SOURCE) -> stackglass.Recording:
    require("gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (folder / "told.c").write_text(source)
    return stackglass.record(folder / "told.c", isa=isa, cflags=flags)


@pytest.mark.parametrize("isa", isas.emulated())
def test_what_earlier_calls_left_is_no_value_of_a_variable_without_room_yet(isa: str, tmp_path: Path) -> None:
    """Before the prologue the place of a local is below SP, where `fill` has been."""
    recording = recorded(tmp_path, isa)
    frame = recording.at("late:entry").frames[0]
    told = {each.name: each for each in frame.register_variables}
    assert told["result"].value in ("-1", "100"), "fill has left a number there: else the test tests nothing"
    assert told["result"].initialised is Initialised.NONE
    assert told["room"].initialised is Initialised.NONE
    frame = recording.at("late:return").frames[0]
    kept = {each.name: (each.value, each.initialised) for each in frame.register_variables}
    kept |= {each.name: (each.value, each.initialised) for each in frame.slots if each.name is not None}
    assert kept["result"] == ("3", Initialised.ALL)


CHANGED = """
volatile int seen;
__attribute__((noinline)) static int scaled(int factor, int number) {
    seen += factor;
    return seen * number;
}
int main(int argc, char **argv) {
    return scaled(24, argc) + scaled(24, argc + 7);
}
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_parameter_that_the_compiler_took_away_came_in_nowhere(isa: str, tmp_path: Path) -> None:
    """gcc makes scaled.constprop.0, which has one parameter left: in the first register, or on i386 in eax too."""
    recording = recorded(tmp_path, isa, "-O2", CHANGED)
    frame = recording.at("scaled:entry").frames[0]
    assert [each.name for each in frame.parameters] == ["factor", "number"]
    factor, number = frame.parameters
    assert (factor.location, factor.value, factor.came_in) == ("constant", "24", None)
    assert number.value == "1"
    kept_in = number.location.removeprefix("register ")
    assert number.came_in is not None and isas.get(isa).full_name(number.came_in) == kept_in


OVERRUN = """
__attribute__((noinline)) void fill(volatile long *words, int count) {
    for (int i = 0; i < count; i++)
        words[i] = 0x4140;
}
__attribute__((noinline)) long victim(int count) {
    long words[2];
    fill(words, count);
    return words[0] + words[1];
}
int main(void) { return (int)victim(12); }
"""


@pytest.mark.parametrize("flags", ["-O0", "-O2"])
@pytest.mark.parametrize("isa", isas.emulated())
def test_a_return_to_nowhere_is_blamed_on_who_overwrote_that_very_address(isa: str, flags: str, tmp_path: Path) -> None:
    """Where calls leave the return address in a register, its place is where the function put it, not at the CFA."""
    recording = recorded(tmp_path, isa, flags, OVERRUN)
    assert recording.fault is not None
    told = re.search(
        r"(\w+) returned to 0x4140, where nothing is: its return address had been overwritten by fill, "
        r"told\.c:4, at step ([\d,]+)$",
        recording.fault.words,
    )
    assert told is not None, recording.fault.words
    frames = recording.at("fill").frames
    owner = next(frame.index for frame in frames if frame.function == told[1])
    (slot,) = [
        slot
        for frame in frames
        for slot in frame.slots
        if slot.role is Role.RETURN_ADDRESS and owner == (frame.index if slot.of_frame is None else slot.of_frame)
    ]
    size = isas.get(isa).word_size
    recording.seek(int(told[2].replace(",", "")))
    before = recording.read_memory(slot.address, size)
    recording.advance()
    after = recording.read_memory(slot.address, size)
    assert before == slot.bytes
    assert int.from_bytes(after, isas.get(isa).byte_order) == 0x4140
