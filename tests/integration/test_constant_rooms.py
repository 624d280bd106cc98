"""Room of constant size that alloca makes is told as allocated, and what looks like it is not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import stackglass
from stackglass import isa as instruction_sets
from stackglass.model import Role, Slot
from stackglass.recording.recording import Recording
from stackglass.toolchain.compilers import default_isa
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "constant_rooms.c"
compiled = pytest.mark.parametrize(
    ("isa", "options"),
    [
        (isa, options)
        for isa in instruction_sets.emulated()
        for options in ("-O0", "-O2", "-O2 -fno-omit-frame-pointer", "-Os")
    ],
)


class Touched(NamedTuple):
    """A call of touch: what it filled, and the slots of its caller's frame then."""

    low: int
    high: int
    slots: tuple[Slot, ...]

    def told(self) -> list[Slot]:
        """The slots of what it filled."""
        return [slot for slot in self.slots if slot.address < self.high and self.low < slot.end]

    def is_allocated(self) -> bool:
        """Whether all of it is told as room allocated at run time."""
        return {slot.role for slot in self.told()} == {Role.ALLOCA}


@cache
def recorded(isa: str, options: str) -> Recording:
    require("gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc")
    level, *others = options.split()
    return stackglass.record(PROGRAM, isa=isa, optimise=level.removeprefix("-O"), cflags=others)


def touched(recording: Recording, function: str) -> list[Touched]:
    calls, found = recording.calls, []
    for number, row in enumerate((row for row in range(len(calls)) if calls.call(row).function == "touch"), 1):
        caller = calls.call(row).parent
        if caller is not None and calls.call(caller).function == function:
            recording.at(f"touch#{number}:entry")
            low, _, size = arguments(recording)
            found.append(Touched(low, low + size, tuple(recording.at(f"touch#{number}:return").frames[1].slots)))
    assert found
    return found


def arguments(recording: Recording) -> tuple[int, ...]:
    """The three that touch was called with."""
    isa = recording.isa
    if isa.integer_arguments:
        return tuple(recording.register(name) for name in isa.integer_arguments[:3])
    above = recording.register(isa.stack_pointer) + isa.word_size
    return tuple(int.from_bytes(recording.read_memory(above + at, 4), isa.byte_order) for at in (0, 4, 8))


def is_of_fixed_part(isa: str, options: str, function: str) -> bool:
    """Whether gcc takes the room and the frame's fixed part off SP at once: no room is to be seen then."""
    if options == "-O0":
        return False
    return (function == "with_struct" and isa in ("x86_64", "i386")) or (
        function in ("alone", "before") and isa == "i386"
    )


@compiled
@pytest.mark.parametrize("function", ["alone", "before", "behind", "around", "with_struct"])
def test_rooms_of_constant_size_are_told_as_allocated(isa: str, options: str, function: str) -> None:
    every = touched(recorded(isa, options), function)
    alignment = instruction_sets.get(isa).stack_alignment
    for number, one in enumerate(every):
        if is_of_fixed_part(isa, options, function) and number == 0:
            continue
        assert one.is_allocated(), one.told()
        rooms = [slot for slot in one.slots if slot.role is Role.ALLOCA]
        assert min(slot.address for slot in rooms) > min(other.low for other in every) - alignment
        if function != "around":  # which keeps a pointer before what it fills
            assert min(slot.address for slot in one.told()) == one.low


@compiled
@pytest.mark.parametrize("function", ["fixed", "gone"])
def test_what_only_looks_like_it_is_not(isa: str, options: str, function: str) -> None:
    for one in touched(recorded(isa, options), function):
        assert not any(slot.role is Role.ALLOCA for slot in one.slots)
