"""The picture of a snapshot: golden texts, and what must hold of every picture."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackglass.model import DeadRun, Field, Initialised, ReturnAddress, Role, Snapshot
from stackglass.views.glyphs import ASCII
from stackglass.views.lines import render_plain
from stackglass.views.palette import render_rich
from stackglass.views.text import PictureOptions, offsets_of, picture
from tests.builders import (
    Frames,
    Made,
    argument,
    frame,
    ints,
    local,
    padding,
    parameter,
    position,
    returns,
    saves_frame_pointer,
    slot,
    stack,
    string,
    temporary,
    text,
    wrote,
)
from tests.unit.views import goldens, stacks

STACKS: dict[str, Callable[[], Snapshot]] = {
    "call": stacks.call,
    "composite": stacks.composite,
    "recursion": stacks.recursion,
    "overrun": stacks.overrun,
}

GOLDENS: dict[str, tuple[str, PictureOptions]] = {
    "call_120": ("call", PictureOptions(width=120)),
    "call_100": ("call", PictureOptions(width=100)),
    "call_80": ("call", PictureOptions(width=80)),
    "call_60": ("call", PictureOptions(width=60)),
    "call_40": ("call", PictureOptions(width=40)),
    "call_160_writers_where_there_is_room": ("call", PictureOptions(width=160)),
    "call_120_writers": ("call", PictureOptions(width=120, writers=True)),
    "call_100_grow_up": ("call", PictureOptions(width=100, grow="up")),
    "call_100_ascii": ("call", PictureOptions(width=100, glyphs=ASCII)),
    "call_100_library_and_start": ("call", PictureOptions(width=100, library=True, start=True)),
    "call_100_cfa": ("call", PictureOptions(width=100, offsets="cfa")),
    "composite_120": ("composite", PictureOptions(width=120)),
    "composite_80": ("composite", PictureOptions(width=80)),
    "composite_100_grow_up": ("composite", PictureOptions(width=100, grow="up")),
    "recursion_100": ("recursion", PictureOptions(width=100)),
    "overrun_100": ("overrun", PictureOptions(width=100)),
    "overrun_140": ("overrun", PictureOptions(width=140)),
}


def drawn(snapshot: Snapshot, **options: Any) -> str:
    """The plain picture."""
    return render_plain(picture(snapshot, PictureOptions(**options)))


@pytest.mark.parametrize("name", GOLDENS)
def test_looks_as_it_did(name: str) -> None:
    which, options = GOLDENS[name]
    goldens.check(name, render_plain(picture(STACKS[which](), options)))


@pytest.mark.parametrize("which", STACKS)
@pytest.mark.parametrize("grow", ["down", "up"])
@pytest.mark.parametrize("writers", [None, True, False])
def test_no_line_is_wider_than_asked(which: str, grow: str, writers: bool | None) -> None:
    snapshot = STACKS[which]()
    for width in range(40, 170, 3):
        for glyphs in (ASCII, PictureOptions().glyphs):
            options: dict[str, Any] = {"width": width, "grow": grow, "writers": writers, "glyphs": glyphs}
            lines = drawn(snapshot, **options).splitlines()
            assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("which", STACKS)
def test_colour_changes_no_character(which: str) -> None:
    lines = picture(STACKS[which](), PictureOptions(width=110))
    coloured = render_rich(lines).plain
    assert [line.rstrip() for line in coloured.splitlines()] == render_plain(lines).splitlines()


@pytest.mark.parametrize("which", STACKS)
def test_ascii_glyphs_make_an_ascii_picture(which: str) -> None:
    assert drawn(STACKS[which](), glyphs=ASCII).isascii()


@pytest.mark.parametrize("which", STACKS)
def test_addresses_in_decimal(which: str) -> None:
    """Rows begin with the same addresses, and ASCII stays ASCII."""
    plain = drawn(STACKS[which](), glyphs=ASCII)
    decimal = drawn(STACKS[which](), glyphs=ASCII.with_decimal_addresses())
    assert decimal.isascii()
    addresses = [int(found, 16) for found in re.findall(r"^\| (0x[0-9a-f]+)", plain, re.MULTILINE)]
    assert addresses == [int(found) for found in re.findall(r"^\| ([0-9]{6,})", decimal, re.MULTILINE)]
    assert not re.search(r"^\| 0x", decimal, re.MULTILINE)


# ---- every byte, once ----

ROW = re.compile(r"(0x[0-9a-f]+)  +(?:(?:rbp|rsp|cfa|top|start)(?:[+-]\d+)?)  +((?:[0-9a-f]{2} )+)")


def bytes_shown(snapshot: Snapshot, **options: Any) -> list[tuple[int, int]]:
    """Every (address, byte) that a picture shows, in its order."""
    shown: list[tuple[int, int]] = []
    for line in drawn(snapshot, width=160, **options).splitlines():
        match = ROW.search(line + " ")
        if match:
            content = bytes.fromhex(match[2].replace(" ", ""))
            shown += [(int(match[1], 16) + n, byte) for n, byte in enumerate(content)]
    return shown


def bytes_of(snapshot: Snapshot) -> dict[int, int]:
    """Every byte that a snapshot's slots and dead runs hold."""
    runs = [(slot.address, slot.bytes) for frame in snapshot.frames for slot in frame.slots]
    runs += [(run.address, run.bytes) for run in snapshot.below_sp]
    return {address + n: byte for address, content in runs for n, byte in enumerate(content)}


@pytest.mark.parametrize("which", STACKS)
@pytest.mark.parametrize("grow", ["down", "up"])
def test_unfolded_picture_shows_every_byte_once(which: str, grow: str) -> None:
    snapshot = dataclasses.replace(STACKS[which](), process_start=())
    shown = bytes_shown(snapshot, unfold=True, grow=grow)
    assert len(shown) == len(dict(shown))
    assert dict(shown) == bytes_of(snapshot)


@pytest.mark.parametrize("which", STACKS)
def test_folded_picture_shows_no_byte_twice(which: str) -> None:
    snapshot = dataclasses.replace(STACKS[which](), process_start=())
    shown = bytes_shown(snapshot)
    assert len(shown) == len(dict(shown))
    assert dict(shown).items() <= bytes_of(snapshot).items()


def random_fields(size: int) -> st.SearchStrategy[tuple[Field, ...]]:
    """Members at any offsets, overlapping ones too."""
    member = st.tuples(st.integers(0, size - 1), st.integers(1, size)).map(
        lambda place: Field(f"m{place[0]}", "int", place[0], min(place[1], size - place[0]), "1")
    )
    return st.lists(member, max_size=5).map(tuple)


@st.composite
def random_slots(draw: st.DrawFn) -> list[Made]:
    made: list[Made] = [returns(), saves_frame_pointer()]
    for n in range(draw(st.integers(0, 6))):
        size = draw(st.integers(1, 300))
        content = draw(st.binary(min_size=size, max_size=size))
        role = draw(st.sampled_from([Role.LOCAL, Role.PADDING, Role.TEMPORARY, Role.OUTGOING_ARGUMENT, Role.ALLOCA]))
        fields = draw(st.one_of(st.just(()), random_fields(size)))
        spelling = draw(st.sampled_from(["int", f"char [{size}]", "struct s"]))
        initialised = draw(st.sampled_from(list(Initialised)))
        name = f"v{n}" if role is Role.LOCAL else None
        made.append(
            slot(size, role, content, name=name, type=spelling, fields=fields, initialised=initialised, value="5")
        )
    return made


@given(random_slots(), st.sampled_from(["down", "up"]))
def test_any_slots_are_shown_to_the_byte(made: list[Made], grow: str) -> None:
    snapshot = stack([frame("main", "a.c:1", made)])
    shown = bytes_shown(snapshot, unfold=True, grow=grow)
    assert len(shown) == len(dict(shown))
    assert dict(shown) == bytes_of(snapshot)


@given(random_slots(), st.integers(40, 140))
def test_any_slots_fit_any_width(made: list[Made], width: int) -> None:
    snapshot = stack([frame("main", "a.c:1", made)])
    assert all(len(line) <= width for line in drawn(snapshot, width=width).splitlines())


def test_every_slot_s_address_stands_once_in_the_unfolded_picture() -> None:
    snapshot = dataclasses.replace(stacks.call(), process_start=())
    rows = re.findall(r"^. (0x[0-9a-f]+)", drawn(snapshot, unfold=True), re.MULTILINE)
    addresses = [hex(slot.address) for frame in snapshot.frames for slot in frame.slots]
    assert all(rows.count(address) == 1 for address in addresses)


# ---- markers ----


def row_of(picture_text: str, address: int) -> str:
    """The row that begins with an address."""
    return next(line for line in picture_text.splitlines() if line[2:].startswith(f"{address:#x} "))


@pytest.mark.parametrize("width", range(40, 140, 9))
def test_the_cfa_is_marked_between_the_running_frame_and_its_caller(width: int) -> None:
    snapshot = stacks.call()
    for grow in ("down", "up"):
        lines = drawn(snapshot, width=width, grow=grow, legend=False).splitlines()
        at = next(n for n, line in enumerate(lines) if "◀ cfa" in line)
        inner, outer = (lines[at:], lines[:at]) if grow == "down" else (lines[:at][::-1], lines[at:])
        addresses = [int(match[1], 16) for line in (*outer, *inner) if (match := re.search(r"(0x[0-9a-f]{8,})", line))]
        cfa = snapshot.frames[0].cfa
        assert cfa is not None
        outside = [int(match[1], 16) for line in outer if (match := re.search(r"(0x[0-9a-f]{8,})", line))]
        assert all((address >= cfa) == (address in outside) for address in addresses)


def test_registers_are_marked_where_they_point() -> None:
    snapshot = stacks.call()
    text_drawn = drawn(snapshot)
    assert "◀ rsp" in row_of(text_drawn, snapshot.stack_pointer[1])
    assert snapshot.frame_pointer is not None
    assert "◀ rbp" in row_of(text_drawn, snapshot.frame_pointer[1])
    assert [text_drawn.count(f"◀ {name}") for name in ("rsp", "rbp", "cfa")] == [1, 1, 1]


def test_a_pointer_into_a_folded_frame_is_marked_at_the_fold() -> None:
    snapshot = stacks.call()
    inside = snapshot.frames[3].low + 8
    moved = dataclasses.replace(snapshot, frame_pointer=("rbp", inside))
    fold = next(line for line in drawn(moved).splitlines() if "library frames" in line)
    assert fold.endswith("◀ rbp")


def test_a_pointer_into_the_middle_of_a_row_says_so() -> None:
    snapshot = stacks.call()
    moved = dataclasses.replace(snapshot, frame_pointer=("rbp", snapshot.stack_pointer[1] + 3))
    assert "◀ rbp (3 bytes higher)" in row_of(drawn(moved), snapshot.stack_pointer[1])


def test_a_frame_pointer_that_points_elsewhere_is_not_marked() -> None:
    moved = dataclasses.replace(stacks.call(), frame_pointer=("rbp", 5))
    assert "◀ rbp" not in drawn(moved)


# ---- words ----


def test_the_first_line_says_who_runs_and_the_second_how_it_got_there() -> None:
    first, second = drawn(stacks.call()).splitlines()[:2]
    assert first.startswith("add(a=3, b=4) is running at call.c:2")
    assert first.endswith("step 41 of 60")
    assert second.split(None, 2)[2] == "main (call.c:12) → calculate (call.c:8) → add"


def test_a_snapshot_without_a_recording_tells_no_step() -> None:
    assert "step" not in drawn(dataclasses.replace(stacks.call(), step=None, last_step=None)).splitlines()[0]


def test_an_earlier_moment_is_not_headed_by_the_fault() -> None:
    snapshot = stacks.overrun()
    assert drawn(snapshot).startswith("✖ jump to nowhere: greet returned")
    assert snapshot.fault is not None
    earlier = dataclasses.replace(snapshot, step=10, fault=dataclasses.replace(snapshot.fault, step=530))
    assert drawn(earlier).startswith("greet(")


def test_an_overwritten_return_address_is_called_that() -> None:
    lines = drawn(stacks.overrun(), width=120).splitlines()
    at = next(n for n, line in enumerate(lines) if "return address, OVERWRITTEN by strcpy at step 512" in line)
    assert "now → nowhere: not mapped; was back into main, overrun.c:14" in lines[at + 1]
    assert "OVERWRITTEN" not in drawn(stacks.call())


def test_functions_without_a_name_are_told_by_their_address() -> None:
    snapshot = stack([frame(None, "", [returns()], keeps_frame_pointer=False)])
    assert "code at 0x401100" in drawn(snapshot)


def test_what_lives_in_registers_is_listed_with_the_frame() -> None:
    sketch = frame(
        "f",
        "a.c:3",
        [returns()],
        keeps_frame_pointer=False,
        parameters=[
            argument("n", "int", "3", "register rdi", came_in="edi"),
            argument("seventh", "long", "7", "stack 0x7fffffffe5c0"),
        ],
        register_variables=(argument("gone", "int", None, "optimised out"),),
    )
    lines = drawn(stack([frame("main", "a.c:9", [returns()]), sketch]), width=120).splitlines()
    assert any("in rdi " in line and "parameter 1, came in edi" in line for line in lines)
    assert any("in the caller's frame, cfa+24" in line and "seventh" in line for line in lines)
    assert any("optimised out" in line and "gone" in line for line in lines)


def test_a_return_address_in_a_register_has_a_row() -> None:
    sketch = frame(
        "leaf", "a.c:3", [], keeps_frame_pointer=False, return_address=ReturnAddress(0x401005, "register", "lr")
    )
    assert "in lr" in drawn(stack([frame("main", "a.c:9", [returns()]), sketch]))


def test_tail_calls_and_inlined_calls_are_told() -> None:
    sketch = frame(
        "f",
        "a.c:3",
        [returns()],
        inlined=(position("square", "a.c:5"),),
        tail_called_from=(position("g", "a.c:7"),),
    )
    shown = drawn(stack([frame("main", "a.c:9", [returns()]), sketch]))
    assert "inside square, a.c:5, which was inlined here" in shown
    assert "it was jumped to by g, a.c:7, whose frame it took over (a tail call)" in shown


def test_text_of_the_program_cannot_upset_the_terminal() -> None:
    name = "x\x1b[31m"
    shown = drawn(stack([frame(name, "a.c:1", [returns(), text("t", 8, b"a\x1b\x07b"), local(name, "int", 1)])]))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert '"a\\033\\007b\\0\\0\\0\\0"' in drawn(stack([frame("f", "a.c:1", [text("t", 16, b"a\x1b\x07b")])]))


def test_padding_says_whether_anything_was_left_there() -> None:
    made = [returns(), padding(8), temporary(), slot(8, Role.PADDING, b"left\0\0\0\0", initialised=Initialised.NONE)]
    lines = drawn(stack([frame("main", "a.c:1", made)]), unfold=True).splitlines()
    assert any("00  padding" in line and "left over" not in line for line in lines)
    assert any("padding (left over from earlier calls)" in line for line in lines)


def test_a_caller_without_a_frame_pointer_explains_the_saved_one() -> None:
    def shown(keeps: bool) -> str:
        frames = [
            frame("start", "", [returns()], keeps_frame_pointer=keeps),
            frame("main", "a.c:1", [returns(), saves_frame_pointer(value="0x4a06f0")]),
        ]
        return drawn(stack(frames), width=140)

    assert "saved rbp = 0x4a06f0: start does not use it as a frame pointer" in shown(False)
    assert "saved rbp = 0x4a06f0, not a frame on the stack" in shown(True)


def test_what_was_never_written_says_so_beside_what_was_left_there() -> None:
    made = [
        ints("numbers", [1, 2, 3], initialised=Initialised.NONE),
        local("n", "int", 77, initialised=Initialised.NONE),
    ]
    for unfold in (False, True):
        lines = drawn(stack([frame("main", "a.c:1", made)]), unfold=unfold).splitlines()
        row = next(line for line in lines if " n " in line)
        assert re.search(r"int +77  local, never written", row)
        assert not any("[0]" in line and "never written" not in line for line in lines)
        assert all("{1, 2, 3}" not in line for line in lines)


def test_a_whole_with_one_string_tells_it_where_its_value_is_long() -> None:
    buffer = Field("_M_local_buf", "char [16]", 16, 16, '"short"')
    held = Field("_M_p", "char *", 0, 8, "0x7fffffffe590", string("short"))
    fields = (held, Field("_M_string_length", "size_t", 8, 8, "5"), buffer)
    made = slot(32, Role.LOCAL, bytes(32), name="s", type="std::string", value="{" * 90, fields=fields)
    for width in (80, 100, 140):
        assert re.search(r' s  .*→ "short" +local$', drawn(stack([frame("main", "a.c:1", [made])]), width=width), re.M)


def test_what_an_element_of_an_array_leads_to_is_not_the_value_of_the_array() -> None:
    elements = (
        Field("[0]", "char *", 0, 8, "0x7fffffffe590", string("short")),
        *(Field(f"[{index}]", "char *", 8 * index, 8, "0x0") for index in range(1, 4)),
    )
    value = "{0x7fffffffe590, 0x0, 0x0, 0x0}"
    array = slot(32, Role.LOCAL, bytes(32), name="s", type="char *[4]", value=value, fields=elements)
    names = (Field("names", "char *[4]", 0, 32, value, fields=elements),)
    struct = slot(32, Role.LOCAL, bytes(32), name="s", type="struct t", value=value, fields=names)
    for width in (80, 100, 140):
        for made in (array, struct):
            (row,) = re.findall(r"^.* s  .*$", drawn(stack([frame("main", "a.c:1", [made])]), width=width), re.M)
            assert '"short"' not in row


def test_far_offsets_do_not_run_into_the_bytes() -> None:
    made = [
        returns(),
        saves_frame_pointer(),
        text("b", 100_000_000, b"", initialised=Initialised.NONE),
        local("n", "int", 1),
    ]
    shown = drawn(stack([frame("main", "a.c:1", made)]), width=100)
    assert re.search(r"  rbp-100000004  01 00 00 00 ", shown)


def test_a_parameter_that_is_still_where_it_came_in_says_which_is_live() -> None:
    made = [returns(), saves_frame_pointer(), parameter("x", "int", 77, initialised=Initialised.NONE), padding(4)]
    x = argument("x", "int", "2", "register rdi", came_in="edi")
    lines = drawn(stack([frame("f", "a.c:1", made, parameters=[x])]), width=120).splitlines()
    assert any("in rdi" in line and "parameter 1, came in edi, live here: not copied yet" in line for line in lines)
    (slot_row,) = (line for line in lines if "rbp-4" in line and " x " in line)
    assert "parameter 1's place: not copied here yet, still in rdi" in slot_row
    assert "77" not in slot_row


def test_a_partly_written_variable_says_so() -> None:
    made = [local("n", "int", 77, initialised=Initialised.PART)]
    assert "77  local, partly written" in drawn(stack([frame("main", "a.c:1", made)]))


def test_large_buffers_that_nobody_wrote_take_one_line() -> None:
    made = [text("buffer", 4096, b"", initialised=Initialised.NONE), padding(4080)]
    lines = drawn(stack([frame("main", "a.c:1", made)])).splitlines()
    assert sum("4,096 bytes" in line for line in lines) == 1
    assert sum("… 4,080 bytes …" in line and line.endswith("padding  ◀ rsp") for line in lines) == 1
    assert len(lines) < 14


def test_elements_beyond_those_decoded_are_no_padding() -> None:
    fields = tuple(Field(f"[{n}]", "long", 8 * n, 8, str(n)) for n in range(4))
    made = slot(64, Role.LOCAL, bytes(64), name="a", type="long [8]", fields=fields)
    shown = drawn(stack([frame("main", "a.c:1", [made])]), unfold=True)
    assert "[4..]" in shown
    assert "padding" not in shown


def test_members_of_an_array_inside_a_struct_are_counted_from_the_array() -> None:
    fields = (Field("id", "int", 0, 4, "1"), Field("name", "char [16]", 4, 16, '"abc"'))
    made = slot(20, Role.LOCAL, b"\1\0\0\0abc".ljust(20, b"\0"), name="s", type="struct s", fields=fields)
    shown = drawn(stack([frame("main", "a.c:1", [made])]), unfold=True)
    assert ".name[0..7]" in shown
    assert ".name[8..15]" in shown


def test_a_variable_split_at_a_frame_s_boundary_tells_its_offset() -> None:
    made = [slot(8, Role.LOCAL, bytes(range(8)), name="array", type="char [16]", offset=8)]
    assert "array+8" in drawn(stack([frame("main", "a.c:1", made)]))


def test_temporaries_have_their_bytes() -> None:
    assert "01 02 03 04 05 06 07 08  temporary" in drawn(stack([frame("main", "a.c:1", [temporary()])]))


def test_the_legend_explains_only_what_is_there() -> None:
    shown = drawn(stack([frame("main", "a.c:1", [returns(), saves_frame_pointer()])]))
    assert "\nreturn address  where" in shown
    assert "red zone" not in shown
    assert "padding" not in shown
    assert "where the caller goes on" not in drawn(stacks.call(), legend=False)


def test_a_brief_picture_is_the_frames_and_little_else() -> None:
    lines = drawn(stacks.call(), brief=True).splitlines()
    assert lines[0].startswith("┌╌ … _start, __libc_start_main")
    assert not any("process start" in line or "is running" in line or "High addresses" in line for line in lines)


def test_offsets_are_told_from_the_frame_pointer_and_else_from_the_cfa() -> None:
    snapshot = stacks.call()
    kept, without = snapshot.frames[0], snapshot.frames[3]
    assert offsets_of(kept, snapshot, "auto").of(kept.high - 24) == "rbp-8"
    assert offsets_of(kept, snapshot, "auto").of(kept.high - 16) == "rbp"
    assert offsets_of(without, snapshot, "auto").of(without.high - 8) == "cfa-8"
    assert offsets_of(kept, snapshot, "cfa").of(kept.high - 8) == "cfa-8"
    assert offsets_of(kept, snapshot, "sp").of(kept.low + 8) == "rsp+8"


def test_dead_bytes_between_those_of_the_red_zone_stand_among_them() -> None:
    sketch = frame(
        "leaf",
        "a.c:3",
        [returns(), saves_frame_pointer()],
        red_zone=[local("a", "int", 1), padding(4), local("b", "int", 2)],
    )
    snapshot = stack([frame("main", "a.c:9", [returns()]), sketch])
    zone = snapshot.frames[0].slots[2:]
    leaf = dataclasses.replace(snapshot.frames[0], slots=(*snapshot.frames[0].slots[:2], zone[0], zone[2]))
    dead = [
        DeadRun(zone[1].address, 4, b"\1\2\3\4", "earlier", 9),
        DeadRun(zone[2].address - 8, 8, bytes(8), "earlier", 9),
    ]
    snapshot = dataclasses.replace(snapshot, frames=Frames([leaf, snapshot.frames[1]]), below_sp=dead)
    addresses = [int(each, 16) for each in re.findall(r"^[│ ] (0x[0-9a-f]+)", drawn(snapshot), re.MULTILINE)]
    assert addresses == sorted(addresses, reverse=True)
    assert len(addresses) == len(set(addresses)) == 7


def test_dead_runs_beyond_the_first_are_not_looked_at() -> None:
    looked: list[int] = []

    def runs() -> Iterator[DeadRun]:
        for n in itertools.count():
            looked.append(n)
            yield DeadRun(0x7FFFFFFFE000 - 16 * n, 8, bytes(8), f"f{n % 7}", n)

    class Endless(Sequence[DeadRun]):
        """Dead runs without end."""

        def __len__(self) -> int:
            raise AssertionError("somebody counts them")

        def __getitem__(self, index: Any) -> Any:
            return next(itertools.islice(runs(), index, None))

        def __iter__(self) -> Iterator[DeadRun]:
            return runs()

    shown = drawn(dataclasses.replace(stacks.call(), below_sp=Endless()), width=120)
    assert "more than 95 more pieces, left by f5, f6, f0, f1 and 3 others" in shown
    assert len(looked) < 1000


def below(snapshot: Snapshot, *runs: tuple[int, int, str, int | None, bool]) -> Snapshot:
    """With dead runs: how far below SP, size, left by, returned at, whether of the library."""
    low = snapshot.stack_pointer[1]
    dead = [DeadRun(low - far, size, bytes(size), who, when, library) for far, size, who, when, library in runs]
    return dataclasses.replace(snapshot, below_sp=dead)


def test_what_the_library_left_is_one_row_unless_asked_for() -> None:
    left = [(8, 8, "helper", 40, False), (16, 8, "malloc", 30, True), (24, 8, "free", 20, True)]
    left += [(32, 8, "helper", 40, False), (40, 8, "malloc", 30, True)]
    snapshot = below(stacks.call(), *left)
    shown = [line for line in drawn(snapshot, width=120).splitlines() if " left by " in line and "0x" in line]
    assert [line[line.index("left") :] for line in shown] == [
        "left by helper, returned at step 40",
        "left by library functions: malloc, free",
        "left by helper, returned at step 40",
        "left by malloc, returned at step 30",
    ]
    assert drawn(snapshot, width=120, library=True).count(", returned at step ") == len(left)


def test_what_a_frame_has_just_given_back_keeps_its_names() -> None:
    snapshot = stack([frame("main", "a.c:1", [returns()])])
    low = snapshot.stack_pointer[1]
    kept = dataclasses.replace(argument("b", "char [8]", '"x"', f"stack {low - 24:#x}"), size=8)
    never = argument("c", "int", "7", f"stack {low - 40:#x}", initialised=Initialised.NONE)
    returning = dataclasses.replace(snapshot.frames[0], register_variables=(kept, never))
    snapshot = dataclasses.replace(snapshot, frames=Frames([returning]))
    left = [(24, 16, "main", None, False), (40, 8, "main", None, False), (48, 8, "main", 30, False)]
    shown = drawn(below(snapshot, *left))
    assert "given back by main: with b" in shown
    assert "was c" not in shown and "with c" not in shown
    rows = [line for line in drawn(below(snapshot, *left), unfold=True).splitlines() if "given back by main" in line]
    assert [row.rstrip().rpartition("given back by main")[2] for row in rows] == ["", ": was b", ""]
    assert "left by main, returned at step 30" in shown


def test_neighbouring_padding_is_told_together_unless_unfolded() -> None:
    snapshot = stack([frame("main", "a.c:1", [returns(), saves_frame_pointer(), padding(4), padding(4), padding(16)])])
    assert drawn(snapshot, legend=False).count("padding") == 1
    assert drawn(snapshot, unfold=True, legend=False).count("padding") == 4


def test_temporaries_written_byte_by_byte_are_told_by_the_word_with_the_last_writer() -> None:
    made = [temporary(1, written_by=wrote(step, "a.c:2", "main")) for step in (4, 9, 3, 1, 2, 5, 6, 7)]
    snapshot = stack([frame("main", "a.c:1", [returns(), *made])])
    assert drawn(snapshot, writers=True, width=120, legend=False).count("temporary") == 1
    assert "step 9, a.c:2" in drawn(snapshot, writers=True, width=120)
    assert drawn(snapshot, unfold=True, legend=False).count("temporary") == 8


def test_each_row_of_temporaries_has_its_own_writer() -> None:
    made = [temporary(8, written_by=wrote(step, f"a.c:{step}", "main")) for step in (4, 9, 3)]
    unwritten = [padding(8), padding(8, written_by=wrote(2, "b.c:5", "before"))]
    snapshot = stack([frame("main", "a.c:1", [returns(), *made, *unwritten])])
    lines = drawn(snapshot, writers=True, width=120, legend=False).splitlines()
    assert [line.split("step")[1].split()[0] for line in lines if "temporary" in line] == ["4,", "9,", "3,"]
    never, before = (line for line in lines if "padding" in line)
    assert "step" not in never
    assert "step 2, before, b.c:5" in before


def test_members_of_base_classes_are_the_object_s_own() -> None:
    base = Field("Base", "Base", 0, 4, "{1}", fields=(Field("id", "int", 0, 4, "1"),), is_base=True)
    empty = Field("Empty", "Empty", 0, 1, "{}", is_base=True)
    made = slot(8, Role.LOCAL, bytes(8), name="o", type="Derived", fields=(base, empty, Field("x", "int", 4, 4, "2")))
    shown = drawn(stack([frame("main", "a.c:1", [made])]))
    assert " .id " in shown
    assert " .x " in shown
    assert "Base" not in shown
    assert "Empty" not in shown


def test_long_member_paths_keep_their_end() -> None:
    inner = Field("a_rather_long_name", "struct", 0, 8, "", fields=(Field("another_long_name", "long", 0, 8, "1"),))
    made = slot(16, Role.LOCAL, bytes(16), name="o", type="S", fields=(inner, Field("x", "long", 8, 8, "2")))
    assert "..ong_name.another_long_name" in drawn(stack([frame("main", "a.c:1", [made])]))
