"""Static frames and static variables on the textbook machine: what is shown of what all calls share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass.model import Initialised, RegionKind
from stackglass.model.layout import SymbolKind
from stackglass.recording.making import Options
from stackglass.recording.textbook import TextbookRecording
from stackglass.recording.textbook_making import textbook_recording
from stackglass.recording.textbook_rules import rules_of
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.integration.test_textbook import command
from tests.unit.textbook.running import PROGRAMS

RECURSION = """\
int f(int x) {
    int y = 2 * x;
    if (x == 1) return y;
    return f(x - 1) + y;
}
int main(void) { return f(3); }
"""
SHARED = """\
int f(int n) {
    int r = 1;
    if (n > 1) r = f(n - 1);
    return n * r;
}
int main(void) { return f(2); }
"""
STATIC = ("--isa", "textbook", "--activation", "static")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "f.c"
    path.write_text(RECURSION)
    return path


def recorded(source: Path, options: Options) -> TextbookRecording:
    recording = textbook_recording(source, options)
    recording.run(5000)
    return recording


def test_a_frame_that_several_calls_are_in_is_drawn_once(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = (*STATIC, "--allow-recursion", "--max-steps", "5000", "--width", "120", "--at", "f#3")
    status, out, _ = command(capfd, "show", *asked, str(source))
    assert status == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert len([line for line in lines if line.startswith("┌─ f(")]) == 1
    assert "record" not in out and "where no frame is" not in out
    assert "the stack pointer was" not in out
    assert any("Each function has one frame" in line for line in lines)
    first = lines.index("│ the 1st call of f, from main, f.c:6, is in here too:")
    assert re.fullmatch(r"│ its return address is OVERWRITTEN at step \d+", lines[first + 1])
    assert any("f's frame: this one itself" in line for line in lines)
    assert any(" FP+4 " in line and "the chain of frames ends here" in line for line in lines)  # main's, too

    recording = stackglass.record(source, isa="textbook", activation="static", allow_recursion=True, max_steps=5000)
    frames = recording.at("f#3").frames
    assert [frame.taken_by for frame in frames] == [None, 0, 0, None]


def test_static_frames_without_recursion_are_no_records(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "show", *STATIC, "--at", "f", str(source))
    assert status == 0
    assert "▲ dynamic link: main's frame, at" in out
    assert "Each frame is a record" not in out


def test_a_static_local_is_not_lost_by_recursion(tmp_path: Path) -> None:
    source = tmp_path / "max.c"
    source.write_text(
        "int f(int k) { static int max; if (k > max) max = k; return k ? f(k - 1) : max; }\n"
        "int main(void) { return f(2); }\n"
    )
    recording = stackglass.record(source, isa="textbook", activation="static")
    assert recording.fault is not None
    assert "the values k = 2 would be lost" in recording.fault.words


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_a_static_parameter_is_where_the_prologue_has_put_it(activation: str, source: Path) -> None:
    options = Options(
        isa="textbook", activation=activation, allow_recursion=activation == "static", static_parameters=True
    )
    recording = recorded(source, options)
    arrived = [one.parameters[0] for one in recording.at("f#3").frames if one.function == "f"]
    assert [(one.value, one.location.split()[0], one.initialised.value) for one in arrived] == [
        ("1", "static", "all")
    ] * 3
    entering, *callers = [one.parameters[0] for one in recording.at("f#3:entry").frames if one.function == "f"]
    assert (entering.value, entering.location) == ("1", "register R1")
    assert [(one.value, one.location.split()[0]) for one in callers] == [("2", "static")] * 2


def test_a_static_parameter_is_not_told_as_never_written(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "show", "--isa", "textbook", "--static-parameters", "--at", "f#3", str(source))
    assert status == 0
    rows = [" ".join(line.split()) for line in out.splitlines() if line.startswith("│ static")]
    assert len(rows) == 3
    assert all("x int 1 parameter 1, came in R1" in row and "never written" not in row for row in rows)


@pytest.mark.parametrize(
    ("shared", "then", "own"),
    [
        ((), ", then parameters and locals.", "each call has its own variables."),
        (("static_locals",), ", then parameters.", "each call has its own return address and parameters."),
        (("static_parameters",), ", then locals.", "each call has its own return address and locals."),
        (("static_locals", "static_parameters"), ", and no variables.", "each call has its own return address."),
    ],
)
def test_rules_say_what_is_in_a_frame(shared: tuple[str, ...], then: str, own: str, source: Path) -> None:
    options = Options(isa="textbook", **dict.fromkeys(shared, True))  # type: ignore[arg-type]
    rules = rules_of(recorded(source, options))
    assert rules[1].words.endswith(then)
    assert rules[2].words.endswith(own)
    assert re.search(r"SP: its frame is 0x[0-9a-f]+ to 0x", rules[0].shown)


def test_rules_show_no_other_fault_as_recursion(tmp_path: Path) -> None:
    source = tmp_path / "f.c"
    source.write_text("int f(int *p) { return *p; }\nint main(void) { return f(0); }\n")
    rules = rules_of(recorded(source, Options(isa="textbook", activation="static")))
    shown = next(rule.shown for rule in rules if rule.words.startswith("So no function"))
    assert shown == "no function of this program is called while it is running"


def test_rules_show_a_value_that_was_kept(tmp_path: Path) -> None:
    """Not the 0 that the variable before it in the frame has had from the beginning."""
    source = tmp_path / "f.c"
    source.write_text(
        "int f(int a) { int l; int old = l; l = a; return old; }\n"
        "int g(int a) { int zero = a; return zero; }\n"
        "int main(void) { return g(0) + g(0) + f(5) + f(6); }\n"
    )
    rules = rules_of(recorded(source, Options(isa="textbook", activation="static")))
    assert re.fullmatch(r"f#2, step \d+: l is 5, as f left it", rules[-1].shown)


def test_rules_show_the_return_address_that_is_lost(source: Path) -> None:
    options = Options(isa="textbook", activation="static", allow_recursion=True)
    recording = recorded(source, options)
    rule = next(rule for rule in rules_of(recording) if "writes over its return address" in rule.words)
    step, low, now, was = re.fullmatch(
        r"f#2, step (\d+): (0x\w+) holds (0x\w+), back into f; f had (0x\w+), back into main there", rule.shown
    ).groups()  # type: ignore[union-attr]
    recording.seek(int(step))
    assert int.from_bytes(recording.read_memory(int(low, 16), 4), "little") == int(now, 16)
    recording.seek(recording.at("f").step or 0)
    assert int.from_bytes(recording.read_memory(int(low, 16), 4), "little") == int(was, 16)


def test_rules_show_a_chain_of_records_that_are_there(source: Path) -> None:
    recording = stackglass.record(source, isa="textbook", activation="records")
    rule = next(rule for rule in rules_of(recording) if "dynamic link" in rule.words)
    step = re.match(r"at step (\d+): ", rule.shown)
    assert step is not None
    frames = recording.at(int(step[1])).frames
    assert re.findall(r"0x\w+", rule.shown) == [hex(frame.low) for frame in frames]
    assert all(frame.size for frame in frames)


@pytest.mark.parametrize("size", [4096, 147 * 4096])
def test_rules_show_no_record_that_there_was_no_room_for(size: int, tmp_path: Path) -> None:
    endless = tmp_path / "endless.c"
    endless.write_text("int f(int n) { return f(n + 1) + 1; }\nint main(void) { return f(0); }\n")
    recording = stackglass.record(endless, isa="textbook", activation="records", stack_size=size)
    assert recording.fault is not None
    most = (size - 8) // 12
    assert f"those of the {most + 1:,} calls in progress take up all of the {size:,} bytes" in recording.fault.words
    made, chain, *_ = rules_of(recording)
    called = re.match(r"f#(\d+): step (\d+), NEW #12, R23: its record is (\w+) to (\w+)$", made.shown)
    assert called is not None and int(called[1]) == most
    frame = recording.at(int(called[2]) + 5).frames[0]
    assert (hex(frame.low), hex(frame.high)) == called.groups()[2:]
    assert f"f#{most} {called[3]} → " in chain.shown


LAYOUT = """\
int given = 5, zero, zero_too = 0;
static char room[500];
int f(void) { static int calls, from = 3; return calls++ + from; }
int main(void) { return f() + given + zero + zero_too + room[0]; }
"""


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_the_layout_tells_zeros_frames_and_arguments(activation: str, tmp_path: Path) -> None:
    path = tmp_path / "layout.c"
    path.write_text(LAYOUT)
    recording = stackglass.record(path, isa="textbook", activation=activation)
    layout = recording.layout()
    areas = {one.region.kind: one for one in layout.regions if one.section != ".frames"}
    bss = areas[RegionKind.BSS]
    assert bss.section == ".bss"
    recording.seek(0)
    assert not any(recording.read_memory(bss.region.start, bss.region.end - bss.region.start))
    sections = {one.name: one.section for one in layout.symbols if one.kind is not SymbolKind.FUNCTION}
    zeros = {name for name, section in sections.items() if section == ".bss"}
    assert zeros == {"zero", "zero_too", "room", "calls"}
    assert {name for name, section in sections.items() if section == ".data"} == {"given", "from"}
    assert areas[RegionKind.ARGUMENTS].region.name == "[arguments]"
    frames = [(one.owner, one.library) for one in layout.symbols if one.kind is SymbolKind.FRAME]
    assert frames == ([("f", False), ("main", False)] if activation == "static" else [])


TWICE = """\
int count(int by) { int total; total += by; return total; }
int maker(int n) { int add(int k) { return n + k; } return add(3); }
int main(void) { count(2); count(3); return maker(5); }
"""


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
@pytest.mark.parametrize("source", [TWICE, "int main(void) { return 0; }"])
def test_every_rule_is_shown_or_said_not_to_be(source: str, activation: str, tmp_path: Path) -> None:
    path = tmp_path / "twice.c"
    path.write_text(source)
    for shared in (False, True):
        recording = stackglass.record(
            path, isa="textbook", activation=activation, static_locals=shared, static_parameters=shared
        )
        assert isinstance(recording, TextbookRecording)
        assert [rule.words for rule in rules_of(recording) if not rule.shown] == []


def test_rules_of_static_frames_point_at_the_program(tmp_path: Path) -> None:
    path = tmp_path / "twice.c"
    path.write_text(TWICE)
    recording = stackglass.record(path, isa="textbook", activation="static")
    assert isinstance(recording, TextbookRecording)
    shown = {rule.words: rule.shown for rule in rules_of(recording)}
    still = f"SP is 0x100000000 at step 0 and 0x100000000 at step {recording.last_step}"
    assert shown["There is no stack: SP never moves."] == still
    words = re.fullmatch(
        r"count#2, step (\d+): total is 2, as count left it", shown["Variables keep their values from call to call."]
    )
    assert words is not None
    recording.seek(int(words[1]))
    slot = next(one for one in recording.snapshot().frames[0].slots if one.name == "total")
    assert recording.read_memory(slot.address, 4) == (2).to_bytes(4, "little")


def test_the_static_link_of_a_record_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "twice.c"
    path.write_text(TWICE)
    recording = stackglass.record(path, isa="textbook", activation="records")
    assert isinstance(recording, TextbookRecording)
    shown = next(rule.shown for rule in rules_of(recording) if "static link" in rule.words)
    words = re.fullmatch(r"add, step (\d+): (0x[0-9a-f]+) holds (0x[0-9a-f]+), a record of maker", shown)
    assert words is not None
    frames = recording.snapshot(int(words[1])).frames
    assert (frames[0].low + 8, frames[1].low) == (int(words[2], 16), int(words[3], 16))


LOST = """\
enum colour { RED, GREEN };
struct s { int a; };
int f(unsigned u, char c, unsigned char d, float x, char *p, enum colour k, _Bool b, struct s s, short h, long long w) {
    return u ? f(0, c, d, x, p, k, b, s, h, w) : 0;
}
int main(void) { struct s s = {1}; return f(0xffff0001, 'q', 200, 1.1f, 0, GREEN, 1, s, -3, -1LL); }
"""


def test_what_recursion_would_lose_is_told_as_pictures_tell_it(tmp_path: Path) -> None:
    path = tmp_path / "lost.c"
    path.write_text(LOST)
    recording = stackglass.record(path, isa="textbook", activation="static")
    assert recording.fault is not None
    told = re.search(r" and the values (.*) and what is in s would be lost ", recording.fault.words)
    assert told is not None, recording.fault.words
    slots = recording.at("crash").frames[0].slots
    shown = {slot.name: slot.value for slot in slots if slot.name is not None and not slot.fields}
    assert dict(one.split(" = ") for one in told[1].split(", ")) == shown
    assert len(shown) == 9


@pytest.mark.parametrize("where", ["look", "look#2", "go#9", "add#3:return"])
def test_the_frame_pointer_is_marked_once(where: str) -> None:
    """What was given back lies on both sides of the record that it points to."""
    recording = stackglass.record(PROGRAMS / "courses" / "inner.c", isa="textbook", activation="records")
    told = render_plain(picture(recording.at(where), PictureOptions(width=120, legend=False)))
    assert len(re.findall(r"◀ FP\b", told)) == 1, told


def test_what_a_later_call_left_in_the_shared_frame_is_told_with_its_step(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The call wrote its parameter too: that it never did would be wrong."""
    source = tmp_path / "f.c"
    source.write_text(SHARED)
    recording = stackglass.record(source, isa="textbook", activation="static", allow_recursion=True)
    back = recording.calls.return_step(2)  # main, f#1, f#2
    assert back is not None
    slots = {slot.name: slot for slot in recording.at(f"step:{back}").frames[0].slots}
    n, r = slots["n"], slots["r"]
    assert n.written_by is not None and r.written_by is not None
    assert (n.value, n.initialised) == ("1", Initialised.ALL)
    assert n.note == f"parameter 1, came in R1, overwritten by f#2 at step {n.written_by.step}"
    assert (r.value, r.initialised) == ("1", Initialised.ALL)
    assert r.note == f"local, written by f#2 at step {r.written_by.step}"
    asked = (*STATIC, "--allow-recursion", "--width", "120", "--at", f"step:{back}")
    _, out, _ = command(capfd, "show", *asked, str(source))
    assert "never written" not in "".join(line for line in out.splitlines() if " n  int" in line or " r  int" in line)
    before = next(slot for slot in recording.at("f#1").frames[0].slots if slot.name == "n")
    assert before.note == "parameter 1, came in R1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SHARED, "this program shows none: no function is called again after it has returned"),
        (
            "int f(int n) { int r;\n    if (n > 1) r = n;\n    return r; }\nint main(void) { f(5); return f(1); }\n",
            "r is 5, as f left it",
        ),
    ],
)
def test_a_value_that_is_kept_was_left_by_a_call_that_has_returned(tmp_path: Path, text: str, shown: str) -> None:
    (tmp_path / "f.c").write_text(text)
    recording = stackglass.record(tmp_path / "f.c", isa="textbook", activation="static", allow_recursion=True)
    assert isinstance(recording, TextbookRecording)
    rule = next(rule for rule in rules_of(recording) if rule.words.startswith("Variables keep their values"))
    assert shown in rule.shown
