"""What is told of one small program on every instruction set: each where a closer look once found a wrong word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass import Frame, Role, explain
from stackglass import isa as isas
from stackglass.model import Initialised
from stackglass.model.explanation import ExplainedStep
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.explained import steps_of
from tests.integration.told import recorded
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


@pytest.mark.parametrize("isa", isas.emulated())
def test_what_earlier_calls_left_is_no_value_of_a_variable_without_room_yet(isa: str, tmp_path: Path) -> None:
    """Before the prologue the place of a local is below SP, where `fill` has been."""
    recording = recorded(tmp_path, isa, "-O0", SOURCE)
    frame = recording.at("late:entry").frames[0]
    told = {each.name: each for each in frame.register_variables}
    assert told["result"].value in ("-1", "100"), "fill has left a number there: else the test tests nothing"
    assert told["result"].initialised is Initialised.NONE
    assert told["room"].initialised is Initialised.NONE
    frame = recording.at("late:return").frames[0]
    kept = {each.name: (each.value, each.initialised) for each in frame.register_variables}
    kept |= {each.name: (each.value, each.initialised) for each in frame.slots if each.name is not None}
    assert kept["result"] == ("3", Initialised.ALL)


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


SORTED = """
#include <stdlib.h>
__attribute__((noinline)) int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(void) {
    int numbers[5] = {5, 3, 9, 1, 7};
    qsort(numbers, 5, sizeof numbers[0], compare);
    return numbers[0] - 1;
}
"""


@pytest.mark.parametrize("isa", ["x86_64", "i386"])
def test_a_saved_frame_pointer_leads_to_a_frame_only_if_it_is_that_frames(isa: str, tmp_path: Path) -> None:
    """What the C library keeps in that register as it sorts may lead to main's numbers: that is no link to main."""
    recording = recorded(tmp_path, isa, "-O0", SORTED)
    into_frames = 0
    for number in range(1, 5):
        snapshot = recording.at(f"compare#{number}")
        (slot,) = [slot for slot in snapshot.frames[0].slots if slot.role is Role.SAVED_FRAME_POINTER]
        value = int(slot.value or "0", 16)
        drawn = "\n".join("".join(each.text for each in line.spans) for line in picture(snapshot))
        told = re.search(rf"{slot.address:#x} .*saved {slot.register}(.*)", drawn)
        assert told is not None
        main = next(frame for frame in snapshot.frames if frame.function == "main")
        if main.low <= value < main.high:
            into_frames += value != main.frame_pointer
            assert ("main's frame" in told[1]) == (value == main.frame_pointer), told[1]
    assert into_frames or isa == "x86_64", "it never is another address in main: the test tests nothing"


SMALLER = """
struct __attribute__((packed)) odd { char bytes[15]; };
__attribute__((noinline)) int taken(struct odd whole, int number) {
    return whole.bytes[14] + number;
}
int main(void) {
    struct odd whole = {{1, 2}};
    return taken(whole, 3);
}
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_register_larger_than_the_parameter_in_it_is_no_overrun(isa: str, tmp_path: Path) -> None:
    """A prologue stores the whole register."""
    recording = recorded(tmp_path, isa, "-O0", SMALLER)
    notes = [slot.note or "" for slot in recording.at("taken").frames[0].slots]
    assert not any(note.startswith("beyond") for note in notes), notes


RETURNED = """
struct Point {
    int x, y;
    Point(int a, int b) : x(a), y(b) {}
    Point(const Point &o) : x(o.x + 1), y(o.y) {}
    ~Point() {}
};
__attribute__((noinline)) Point give(int a) { Point p(a, 2); return p; }
__attribute__((noinline)) int take(Point q, int n) { return q.x + n; }
int main() { Point got = give(9); return take(got, -10); }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_what_a_given_back_register_led_to_is_gone(isa: str, tmp_path: Path) -> None:
    """gcc keeps the address of the result that `p` is in a callee-saved register: before the return that is main's."""
    compiler = "g++" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-g++"
    require(compiler, "static libc")
    (tmp_path / "told.cpp").write_text(RETURNED)
    recording = stackglass.record(tmp_path / "told.cpp", isa=isa)
    for where in ("give:entry", "give:return"):
        frame = recording.at(where).frames[0]
        for told in [each for each in frame.register_variables if each.name == "p"]:
            assert not told.location.startswith("static"), told
            assert told.value is None or told.location.startswith("stack"), told
    wide = PictureOptions(width=140)
    # An object that must have an address is passed by it: what came in is not the object.
    drawn = "\n".join("".join(each.text for each in line.spans) for line in picture(recording.at("take"), wide))
    assert re.search(r" q  +Point .* parameter 1, its address came in", drawn) or isa == "i386", drawn


SHRINK_WRAPPED = """
__attribute__((noinline)) int keep(char *bytes, int number) {
    bytes[0] = (char)number;
    return bytes[0];
}
__attribute__((noinline)) int maybe(int number) {
    char bytes[20];
    if (number == 0) return 7;
    return keep(bytes, number) + number;
}
int main(void) { return maybe(3) + maybe(0) - 13; }
"""


@pytest.mark.parametrize(("isa", "compiler"), [*((isa, None) for isa in isas.emulated()), ("aarch64", "zig")])
def test_a_local_is_where_the_callee_was_told_if_the_frame_is_made_late(
    isa: str, compiler: str | None, tmp_path: Path
) -> None:
    """`maybe` tries first whether it needs a frame at all: what looks like its body is the code without one."""
    require("zig" if compiler else "gcc" if isa == "x86_64" else f"{isas.get(isa).gnu_triplet}-gcc", "static libc")
    (tmp_path / "told.c").write_text(SHRINK_WRAPPED)
    recording = stackglass.record(tmp_path / "told.c", isa=isa, cc=compiler, optimise="2")
    called, caller = (recording.at("keep:entry").frames[index] for index in (0, 1))
    told = int((called.parameters[0].value or "0").split()[0], 16)
    assert caller.function == "maybe"
    assert {
        slot.address - slot.offset for slot in caller.slots if slot.name == "bytes" and slot.role is Role.LOCAL
    } == {told}
    recording.seek(recording.calls.call_step(recording.calls.row_at(recording.step)))
    before = recording.snapshot().frames[0]
    assert {
        slot.address - slot.offset for slot in before.slots if slot.name == "bytes" and slot.role is Role.LOCAL
    } <= {told}
    assert not any(each.name == "bytes" and "stack" in each.location for each in before.register_variables)


def places_of_local(name: str, frame: Frame) -> set[int]:
    """Where a local variable's slots say that it begins."""
    return {slot.address - slot.offset for slot in frame.slots if slot.name == name and slot.role is Role.LOCAL}


KEPT = """
__attribute__((noipa)) int leaf(int n) { __asm__ volatile("" ::: "memory"); return n; }
__attribute__((noipa)) int g(int n) { __asm__ volatile("" ::: "s0"); return leaf(n) + 1; }
__attribute__((noipa)) int f(long where, int n) {
    register long kept __asm__("s0") = where;
    __asm__ volatile("" : "+r"(kept));
    int got = g(n) + 1;
    __asm__ volatile("" :: "r"(kept));
    return got;
}
int main(void) {
    int numbers[8] = {1, 2};
    __asm__ volatile("" :: "r"(numbers) : "memory");
    return f((long)numbers, 3) + numbers[0] - 6;
}
"""


def drawn_links(recording: stackglass.Recording, where: str) -> dict[str, str]:
    """By function: what the picture says of the frame pointer that it has saved."""
    snapshot = recording.at(where)
    text = "\n".join("".join(each.text for each in line.spans) for line in picture(snapshot, PictureOptions(width=140)))
    found: dict[str, str] = {}
    for frame in snapshot.frames:
        for slot in frame.slots:
            told = re.search(rf"{slot.address:#x} .*saved {slot.register}(.*)", text)
            if slot.role is Role.SAVED_FRAME_POINTER and frame.function and told:
                found[frame.function] = told[1]
    return found


def test_a_saved_register_that_is_equal_to_a_cfa_is_no_link_without_frame_pointers(tmp_path: Path) -> None:
    """`f` keeps in s0 where main's numbers begin, which is also f's own CFA."""
    recording = recorded(tmp_path, "riscv64", "-O2 -fomit-frame-pointer", KEPT)
    frame = recording.at("leaf").frames[1]
    (slot,) = [slot for slot in frame.slots if slot.role is Role.SAVED_FRAME_POINTER]
    assert (frame.function, slot.value) == ("g", hex(recording.at("leaf").frames[2].cfa or 0)), "else it tests nothing"
    assert "does not use it as a frame pointer" in drawn_links(recording, "leaf")["g"]


LINKED = """
__attribute__((noinline)) int g(int n) { volatile int k = n; return k; }
__attribute__((noinline)) int f(int n) { return g(n) + 1; }
int main(void) { return f(3) - 4; }
"""


@pytest.mark.parametrize(
    ("isa", "flags"), [*((isa, "-O0") for isa in isas.emulated()), ("arm", "-O0 -mthumb"), ("aarch64", "-O2")]
)
def test_a_saved_frame_pointer_leads_to_the_frame_that_it_is_of(isa: str, flags: str, tmp_path: Path) -> None:
    links = drawn_links(recorded(tmp_path, isa, flags, LINKED), "g:return")
    assert "main's frame" in links["f"]
    assert "f's frame" in links.get("g", "f's frame")


SPILLED = """
__attribute__((noinline)) int leaf(int a, int b) { return a * b + 3; }
__attribute__((noinline)) int many(int a, int b, int c, int d)
{
    int e = leaf(a, b), f = leaf(c, d), g = leaf(a, c), h = leaf(b, d), i = leaf(a, d), j = leaf(b, c);
    int k = leaf(e, f), l = leaf(g, h);
    int m = leaf(i, j), n = leaf(k, l), o = leaf(e, g), p = leaf(f, h);
    return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
}
int main(void) { volatile int one = 1; return many(one, 2, 3, 4) & 1; }
"""


@pytest.mark.parametrize("isa", isas.emulated())
def test_a_register_larger_than_the_variable_that_is_kept_is_no_overrun(isa: str, tmp_path: Path) -> None:
    """A compiler that has no register left for an int stores all of the one that it is in."""
    flags = "-Os -msave-restore" if isa == "riscv64" else "-Os"
    recording = recorded(tmp_path, isa, flags, SPILLED)
    (row,) = recording.calls.rows_of([recording.target.functions_named("many")[0].low])
    kept = 0
    for step in range(recording.calls.call_step(row) + 1, recording.calls.return_step(row) or 0, 5):
        recording.seek(step)
        frame = next(frame for frame in recording.snapshot(step).frames if frame.function == "many")
        kept += sum(slot.name is not None for slot in frame.slots)
        notes = [slot.note for slot in frame.slots if (slot.note or "").startswith("beyond")]
        assert not notes, (step, notes)
    assert kept or isa not in ("x86_64", "riscv64"), "no variable was kept in memory: the test tests nothing"


PAIRS = """
__attribute__((noinline)) long long pairs(int a, long long b, int c, long long d, int e, long long f, long long g) {
    return a + b + c + d + e + f + g;
}
int main(void) { return pairs(1, 2, 3, 4, 5, 0x800000009, 7) & 1; }
"""


@pytest.mark.parametrize("isa", ["i386", "powerpc"])
def test_a_number_that_is_stored_word_by_word_is_told_by_its_words(isa: str, tmp_path: Path) -> None:
    """While one half is what somebody left there, both together are no value."""
    explained = explain.call(recorded(tmp_path, isa, "-O0", PAIRS), "pairs")
    told = [step for phase in explained.phases for step in phase.told if isinstance(step, ExplainedStep)]
    halves = [change.words for step in told for change in step.changes if " of f: " in change.words]
    assert halves, "nothing is stored in two halves: the test tests nothing"
    assert all(re.fullmatch(r"bytes (0 to 3|4 to 7) of f: .* → [89]", words) for words in halves)
    assert not [change.words for step in told for change in step.changes if re.match("f: ", change.words)]
    if isa == "powerpc":
        words = next(step.words for step in told if "of bytes 4 to 7 of f" in step.words)
        assert "into the stack slot (r1+" in words


KEPT_HIGH = """
__attribute__((noinline)) int high(int number) {
    register int first __asm__("r9") = number, second __asm__("r10") = number + 1;
    __asm__ volatile("" : "+r"(first), "+r"(second) :: "r4", "r5", "r6", "r7", "r8");
    return first + second;
}
int main(void) { return high(3) == 7; }
"""


def test_an_instruction_names_registers_as_the_picture_does(tmp_path: Path) -> None:
    """Capstone calls ARM's r9 sb, and r10 sl."""
    recording = recorded(tmp_path, "arm", "-O2 -marm", KEPT_HIGH)
    drawn = render_plain(picture(recording.at("high:entry"), PictureOptions(width=120)))
    (coming,) = (line for line in drawn.splitlines() if line.strip().startswith("next "))
    assert "push {" in coming
    assert "r9, r10" in coming
    told = explain.call(recording, "high")
    texts = [each.disassembly for each in steps_of(told)]
    assert any("r9, r10" in text for text in texts)
    assert not any(re.search(r"\b(sb|sl)\b", text) for text in (coming, *texts))


@pytest.mark.parametrize(
    ("isa", "stores"),
    [
        ("arm", ".arch armv7-a; .arm; movw r1, #0x1234; movt r1, #0x5678; push {r0, r1}; STORES; add sp, sp, #8"),
        ("aarch64", "movz w1, #0x1234; movk w1, #0x5678, lsl #16; sub sp, sp, #16; STORES"),
    ],
)
def test_a_register_that_is_stored_in_part_is_told_so(isa: str, stores: str, tmp_path: Path) -> None:
    require(f"{isas.get(isa).gnu_triplet}-gcc")
    register = "r1" if isa == "arm" else "w1"
    stores = stores.replace("STORES", f"strh {register}, [sp, #2]; strb {register}, [sp]")
    back = "bx lr" if isa == "arm" else "add sp, sp, #16; ret"
    program = tmp_path / "parts.s"
    lines = [
        ".globl main",
        ".type main, %function",
        "main:",
        *stores.split("; "),
        *back.split("; "),
        ".size main, . - main",
    ]
    program.write_text("\n".join(lines) + "\n")
    told = " ".join(
        step.words for step in steps_of(explain.call(stackglass.record(program, isa=isa, static=True), "main"))
    )
    assert "1 (4660) into the 2 bytes at " in told and "1 (52) into the 1 byte at " in told
