"""Rooms that compilers' code makes at run time: the bytes that a program says it got are told as that, always."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import stackglass
from stackglass import isa as instruction_sets
from stackglass.model import Frame, Initialised, Role, Slot, Snapshot
from stackglass.recording.recording import Recording
from stackglass.toolchain.compilers import default_isa
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "stacks" / "rooms.c"
NAMES = {"N": "numbers", "O": "outer", "I": "inner", "P": "pairs", "C": "cells"}
"""The arrays, by the letter that they are filled with; lower-case ones fill what alloca gave."""
MOST_STOPS = 60
compiled = pytest.mark.parametrize(
    ("isa", "compiler", "optimise"),
    [
        (isa, compiler, level)
        for isa in instruction_sets.emulated()
        for compiler in ("gcc", "clang")
        for level in ("0", "2")
    ],
)


class Room(NamedTuple):
    """What the program noted of one room."""

    low: int
    high: int
    letter: str


@cache
def recorded(isa: str, compiler: str, optimise: str) -> Recording:
    cross = "gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc"
    require(cross, *(["clang"] if compiler == "clang" else []))
    return stackglass.record(PROGRAM, isa=isa, cc=compiler if compiler == "clang" else None, optimise=optimise)


def stops(recording: Recording) -> list[int]:
    """Steps of main and what it calls, evenly spread."""
    calls = recording.calls
    (main,) = [row for row in range(len(calls)) if calls.call(row).function == "main"]
    first, last = calls.call_step(main), calls.return_step(main)
    assert last is not None
    stride = max((last - first) // MOST_STOPS, 1) | 1
    return list(range(first + stride, last, stride))


def noted(recording: Recording, step: int) -> list[Room]:
    recording.seek(step)
    isa = recording.isa
    where = {one.symbol: one.address for one in recording.layout("main").symbols}
    word = isa.word_size

    def number(address: int) -> int:
        return int.from_bytes(recording.read_memory(address, word), isa.byte_order)

    recording.seek(step)
    rooms, live = where["rooms"], where["live"]
    assert rooms is not None and live is not None
    rows = [rooms + 3 * word * index for index in range(number(live))]
    return [Room(number(row), number(row) + number(row + word), chr(number(row + 2 * word))) for row in rows]


def at(snapshot: Snapshot, address: int) -> tuple[Frame, Slot] | None:
    for frame in snapshot.frames:
        for slot in frame.slots:
            if slot.address <= address < slot.end:
                return frame, slot
    return None


def mislabelled(snapshot: Snapshot, room: Room) -> list[str]:
    wrong = []
    address = max(room.low, snapshot.stack_pointer[1])  # an optimiser may give room back before the program says so
    while address < room.high:
        found = at(snapshot, address)
        if found is None:
            wrong.append(f"{address:#x} of {room.letter} is in no frame")
            break
        frame, slot = found
        name = NAMES.get(room.letter)
        if slot.role is not Role.ALLOCA or slot.name not in (name, None):
            wrong.append(
                f"{room.letter}+{address - room.low}: {frame.function} {slot.role.value} {slot.name} {slot.note}"
            )
        address = slot.end
    return wrong


@compiled
def test_every_byte_of_a_room_is_told_as_allocated(isa: str, compiler: str, optimise: str) -> None:
    recording = recorded(isa, compiler, optimise)
    wrong: dict[str, int] = {}
    seen: set[str] = set()
    for step in stops(recording):
        rooms = noted(recording, step)
        snapshot = recording.at(f"step:{step}")
        for room in rooms:
            seen.add(room.letter)
            for words in mislabelled(snapshot, room):
                wrong.setdefault(words, step)
    assert not wrong
    assert seen >= set("fabcdNOICm")


@compiled
def test_what_lies_on_the_stack_for_a_call_is_no_room(isa: str, compiler: str, optimise: str) -> None:
    recording = recorded(isa, compiler, optimise)
    calls, align = recording.calls, instruction_sets.get(isa).stack_alignment
    taking = [row for row in range(len(calls)) if calls.call(row).function in ("many", "whole")]
    assert len(taking) > 10
    for row in taking:
        step = calls.call_step(row) + 1
        lows = [room.low for room in noted(recording, step)]
        snapshot = recording.at(f"step:{step}")
        for frame in snapshot.frames:
            told = [slot.address for slot in frame.slots if slot.role is Role.ALLOCA]
            inside = [low for low in lows if frame.low <= low < frame.high]
            assert bool(told) == bool(inside)
            assert not told or min(inside) - align < min(told) <= min(inside), (step, frame.function)


PARTLY = """
#include <alloca.h>
#include <string.h>
volatile int sink;
__attribute__((noinline)) void leaf(int n)
{
    char *block = alloca(n);
    block[0] = 'A';
    block[1] = 'B';
    sink += block[0]; /* here */
}
__attribute__((noinline)) void deep(void)
{
    char junk[300];
    memset(junk, 0x5a, 300);
    sink += junk[7];
}
int main(void)
{
    deep();
    leaf(100);
    return 0;
}
"""


@pytest.mark.parametrize("isa", instruction_sets.emulated())
def test_rows_of_a_room_tell_who_wrote_their_bytes(isa: str, tmp_path: Path) -> None:
    require("gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc")
    path = tmp_path / "partly.c"
    path.write_text(PARTLY)
    recording = stackglass.record(path, isa=isa)
    snapshot = recording.at(next(str(n) for n, line in enumerate(PARTLY.splitlines(), 1) if "here" in line))
    word = snapshot.word_size
    (room,) = [slot for slot in snapshot.frames[0].slots if slot.role is Role.ALLOCA]
    start = room.address + room.bytes.index(b"AB")
    assert room.initialised is Initialised.PART
    own = [part for part in room.parts if part.own]
    assert [(part.address, part.size) for part in own[:2]] == [(start, 1), (start + 1, 1)]
    linkage = instruction_sets.get(isa).linkage  # the room takes the place where that was, the back chain in it
    assert sum(part.size for part in own[2:]) == (word if linkage else 0)
    for part in room.parts:
        run = recording.writer_at(part.address, snapshot.step or 0)
        assert (part.writer.step if part.writer else None) == (run.step if run else None)
    rows = [row for row in drawn_rows(snapshot) if "(alloca)" in row]
    assert len(rows) == -(-room.size // word)
    (mine,) = [row for row in rows if "41 42" in row]
    assert "partly written" in mine
    assert f"{room.size} bytes allocated at run time, {sum(part.size for part in own)} of them written" in mine
    others = [row for row in rows if row is not mine]
    assert len([row for row in others if "never written" in row]) == len(others) - len(own[2:])
    assert not any("partly.c:8" in row for row in others)
    assert any("memset" in row for row in others)


def drawn_rows(snapshot: Snapshot) -> list[str]:
    """The lines of a wide picture with nothing folded and all writers."""
    told = picture(snapshot, PictureOptions(width=220, unfold=True, writers=True, frames=1))
    return render_plain(told).splitlines()


AGAIN = """
#include <alloca.h>
__attribute__((noinline)) void touch(volatile char *p, int c, int n) { for (int i = 0; i < n; i++) p[i] = (char)c; }
__attribute__((noinline)) int work(int n)
{
    char *first = alloca(n);
    touch(first, 1, n);
    int sum = 0;
    for (int round = 1; round < 3; round++) {
        char array[n * round];
        touch(array, 4, n * round);
        sum += array[0];
    }
    char *second = alloca(n + 4);
    touch(second, 7, n + 4);
    return sum + first[0] + second[0];
}
int main(void) { return work(13) & 127; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimise", ["0", "2"])
@pytest.mark.parametrize("isa", [name for name in instruction_sets.emulated() if name != "powerpc"])
def test_what_was_given_back_cuts_no_later_room(isa: str, optimise: str, compiler: str, tmp_path: Path) -> None:
    cross = "gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc"
    require(cross, *(["clang"] if compiler == "clang" else []))
    path = tmp_path / "again.c"
    path.write_text(AGAIN)
    recording = stackglass.record(path, isa=isa, optimise=optimise, cc=compiler if compiler == "clang" else None)
    first, second = (pointer_of(recording, number) for number in (1, 4))
    frame = recording.at("touch#4:return").frames[1]
    told = sorted((slot for slot in frame.slots if slot.role is Role.ALLOCA), key=lambda slot: slot.address)
    assert {slot.name for slot in told} == {None}
    assert [slot.address for slot in told if slot.address <= first] == [second, first]
    assert told[0].end == told[1].address or told[0].end - second == 17


def pointer_of(recording: Recording, number: int) -> int:
    """What touch's call got for p."""
    snapshot = recording.at(f"touch#{number}:entry")
    isa = recording.isa
    if isa.integer_arguments:
        return snapshot.registers[isa.integer_arguments[0]]
    return int.from_bytes(recording.read_memory(snapshot.stack_pointer[1] + isa.word_size, 4), isa.byte_order)


STRUCTS = """
#include <alloca.h>
struct five { int parts[5]; };
__attribute__((noinline)) struct five made(int n) { struct five five = {{n, 2, 3, 4, 5}}; return five; }
__attribute__((noinline)) void touch(volatile char *p, int c, int n) { for (int i = 0; i < n; i++) p[i] = (char)c; }
__attribute__((noinline)) int work(int n)
{
    char *first = alloca(n);
    touch(first, 1, n);
    struct five one = made(n);
    char *second = alloca(n + 3);
    touch(second, 2, n + 3);
    struct five two = made(n + 1);
    touch(second, 3, n + 2);
    return first[0] + second[0] + one.parts[0] + two.parts[1];
}
int main(void) { return work(20) & 127; }
"""


@pytest.mark.parametrize("optimise", ["0", "2"])
@pytest.mark.parametrize("isa", instruction_sets.emulated())
def test_a_callee_that_takes_an_argument_off_the_stack_moves_no_room(isa: str, optimise: str, tmp_path: Path) -> None:
    """On i386 a function that gives back a struct takes off its address."""
    require("gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc")
    path = tmp_path / "structs.c"
    path.write_text(STRUCTS)
    recording = stackglass.record(path, isa=isa, optimise=optimise)
    second = pointer_of(recording, 3)
    for moment in ("touch#3", "touch#3:return"):
        (room,) = [one for one in recording.at(moment).frames[1].slots if one.address <= second < one.end]
        assert (room.role, room.address) == (Role.ALLOCA, second)
        assert all(part.own for part in room.parts if part.address < second + 23)


LENGTHS = """
#include <string.h>
static char kept[256];
__attribute__((noinline)) void seen(void) { }
__attribute__((noinline)) void fill(char *p, int n, int c)
{
    memcpy(kept, p, sizeof kept);
    for (int i = 0; i < n; i++)
        p[i] = (char)c;
    seen();
    memcpy(p, kept, sizeof kept);
}
__attribute__((noinline)) int work(int n)
{
    char array[n];
    int numbers[4] = {1, 2, 3, 4};
    for (int beyond = 0; beyond < 40; beyond += 4) {
        fill(array, n + beyond, 'Z');
        fill(array, n + beyond, 255);
    }
    return numbers[0];
}
int main(void) { return work(20) - 1; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("isa", instruction_sets.emulated())
def test_an_array_whose_length_was_overwritten_ends_with_its_room(isa: str, compiler: str, tmp_path: Path) -> None:
    cross = "gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc"
    require(cross, *(["clang"] if compiler == "clang" else []))
    path = tmp_path / "lengths.c"
    path.write_text(LENGTHS)
    recording = stackglass.record(path, isa=isa, cc=compiler if compiler == "clang" else None)
    first: list[Slot] = []
    for number in range(1, 21):
        (frame,) = [one for one in recording.at(f"seen#{number}").frames if one.function == "work"]
        told = [slot for slot in frame.slots if slot.name in ("array", "numbers")]
        first = first or told
        array = next(slot for slot in first if slot.name == "array")
        others = [slot for slot in told if slot.name == "numbers"]
        assert [(one.address, one.size) for one in others] == [
            (one.address, one.size) for one in first if one.name == "numbers"
        ]
        for one in told:
            if one.name == "array" and (one.size, one.address) != (array.size, array.address):
                assert one.type == "char [?]"
                assert one.note is not None and "its stored length overwritten" in one.note
                assert one.address == array.address and array.end <= one.end < array.end + 32


GIVEN_BACK = """
#include <alloca.h>
__attribute__((noinline)) int touch(volatile char *p, int n) { for (int i = 0; i < n; i++) p[i] = 'x'; return p[0]; }
__attribute__((noinline)) int work(int n)
{
    char *last = 0;
    int sum = 0;
    for (int i = 1; i <= n; i++) {
        char *p = alloca(16 * i);
        sum += touch(p, 16 * i);
        *(char **)p = last;
        last = p;
    }
    for (; last; last = *(char **)last)
        sum++;
    return sum;
}
__attribute__((noinline)) int leaf(int n)
{
    volatile char *p = alloca(n);
    for (int i = 0; i < n; i++)
        p[i] = 'y';
    return p[1];
}
int main(void) { return (work(3) + leaf(40)) & 127; }
"""


@pytest.mark.parametrize("optimise", ["0", "2"])
@pytest.mark.parametrize("isa", [name for name in instruction_sets.emulated() if instruction_sets.get(name).red_zone])
def test_room_that_was_given_back_is_dead_and_in_no_red_zone(isa: str, optimise: str, tmp_path: Path) -> None:
    require("gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc")
    path = tmp_path / "given_back.c"
    path.write_text(GIVEN_BACK)
    recording = stackglass.record(path, isa=isa, optimise=optimise)
    for name, letter in (("work", b"xxxxxxxx"), ("leaf", b"yyyyyyyy")):
        snapshot = recording.at(f"{name}:return")
        assert not [slot for slot in snapshot.frames[0].slots if slot.in_red_zone and slot.bytes[:8] == letter]
        filled = [run for run in snapshot.below_sp if letter in run.bytes]
        assert filled and {run.left_by for run in filled} == {name}


BLOCKS = """
#include <alloca.h>
__attribute__((noinline)) void touch(volatile char *p, int c, int n) { for (int i = 0; i < n; i++) p[i] = (char)c; }
__attribute__((noinline)) int work(int n)
{
    int sum = 0;
    {
        char outer[n];
        touch(outer, 'o', n);
        {
            short inner[2 * n];
            touch((char *)inner, 'i', 4 * n);
            char *block = alloca(n);
            touch(block, 'b', n);
            sum += outer[0] + inner[0] + block[0]; /* all */
        }
        sum += outer[1]; /* one */
    }
    int *last = alloca(4 * n);
    touch((char *)last, 'l', 4 * n);
    return sum + last[0]; /* none */
}
int main(void) { return work(7) & 127; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("isa", instruction_sets.emulated())
def test_an_array_out_of_scope_is_told_until_its_room_is_given_back(isa: str, compiler: str, tmp_path: Path) -> None:
    """With alloca in a function gcc gives back no array before the function returns; clang does."""
    cross = "gcc" if isa == default_isa().name else f"{instruction_sets.get(isa).gnu_triplet}-gcc"
    require(cross, *(["clang"] if compiler == "clang" else []))
    path = tmp_path / "blocks.c"
    path.write_text(BLOCKS)
    recording = stackglass.record(path, isa=isa, cc=compiler if compiler == "clang" else None)
    places = dict(zip("oibl", (pointer_of(recording, number) for number in (1, 2, 3, 4)), strict=True))
    arrays = {"o": ("outer", 7), "i": ("inner", 28)}
    for words, out_of_scope in (("all", ""), ("one", "i"), ("none", "oi")):
        line = next(str(n) for n, text in enumerate(BLOCKS.splitlines(), 1) if f"/* {words} */" in text)
        slots = recording.at(line).frames[0].slots
        for letter, (name, size) in arrays.items():
            told = [(slot.address, slot.size, slot.note == "out of scope here") for slot in slots if slot.name == name]
            right = [(places[letter], size, letter in out_of_scope)]
            if compiler == "gcc":
                assert told == right
            else:  # whose debug information does not tell where all of them are
                assert told in ([], [] if letter in out_of_scope else right)
        unnamed = [slot.bytes for slot in slots if slot.role is Role.ALLOCA and slot.name is None]
        assert compiler != "gcc" or not any(b"ii" in letters or b"oo" in letters for letters in unnamed)
