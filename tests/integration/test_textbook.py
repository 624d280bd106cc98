"""The textbook machine behind the same commands and the same seam as the emulator."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import stackglass
from stackglass.cli import main
from stackglass.errors import UsageError
from stackglass.model import RegionKind
from stackglass.model.layout import PrintedAddress
from stackglass.textbook.elf import elf_of
from stackglass.views.layout_json import layout_json, where_json
from tests.integration.test_examples import PROGRAMS as EXAMPLES
from tests.needs import require
from tests.unit.textbook.running import PROGRAMS, compiled, of

COUNTING = str(PROGRAMS / "counting.c")
ACTIVATIONS = ("stack", "static", "records")
ELSEWHERE = {"longjmp.c"}
"""Examples of what the textbook machine refuses."""
COMPUTED_SIZES = {"alloca_vla.c"}
"""Examples of what static frames have no room for."""
OF_PLACES = "layout.c"
"""What it says is where its variables are: another thing under each strategy."""
RECURSIVE = {"deep.c", "recursion.c", "runaway.c", "static_locals.c", "canary.c", "overrun.c"}
"""Examples that recur, or that overrun their frames: what happens depends on where frames are."""


def command(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    told = capfd.readouterr()
    return int(left.value.code or 0), told.out, told.err


def test_a_picture(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "show", "--isa", "textbook", "--at", "count#2", "--width", "120", COUNTING)
    assert status == 0
    assert "count(left=2) is running" in out
    assert "0xffffffe4  FP" in out
    assert "saved FP → main's frame" in out
    assert "OVERWRITTEN" not in out


MAIN_ROWS = """
4294967292 FP+8 03 00 00 00 start int 3 local
4294967288 FP+4 00 00 00 00 saved FP = 0: the chain of frames ends here
4294967284 FP 00 00 00 00 return address = 0: the end of the program
4294967280 FP+12 bb 0b 00 00 big int 3003 local
4294967276 FP+8 03 00 00 00 left int 3 parameter 1, came in R1
4294967272 FP+4 f4 ff ff ff saved FP = 4294967284 → main's frame
4294967268 FP 0c 05 00 00 return address = 1292 → back into main, counting.c:23
4294967264 FP+12 d2 07 00 00 big int 2002 local
4294967260 FP+8 02 00 00 00 left int 2 parameter 1, came in R1
4294967256 FP+4 e4 ff ff ff saved FP = 4294967268 → count's frame
4294967252 FP 90 04 00 00 return address = 1168 → back into count, counting.c:16
"""
LAST_ROWS = """
4294967248 FP+12 e9 03 00 00 big int 1001 local
4294967244 FP+8 01 00 00 00 left int 1 parameter 1, came in R1
4294967240 FP+4 d4 ff ff ff saved FP = 4294967252 → count's frame
4294967236 FP 90 04 00 00 return address = 1168 → back into count, counting.c:16
"""


@pytest.mark.parametrize(
    ("where", "rows"), [("17", MAIN_ROWS + LAST_ROWS), ("17#2", MAIN_ROWS)], ids=["deepest", "after a return"]
)
def test_a_picture_in_decimal_is_the_textbooks_table(where: str, rows: str, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("--at", where, "--addresses", "decimal", "--no-writers", "--no-legend", "--width", "120")
    status, out, _ = command(capfd, "show", "--isa", "textbook", *asked, COUNTING)
    assert status == 0
    drawn = [" ".join(line.strip("│ ").split("◀")[0].split()) for line in out.splitlines() if line.startswith("│")]
    assert drawn == [line for line in rows.splitlines() if line]


def test_calls_and_explanation(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "calls", "--isa", "textbook", COUNTING)
    assert status == 0
    assert out.count("count(left=") == 3
    status, out, _ = command(capfd, "explain", "--isa", "textbook", COUNTING, "count#2")
    assert status == 0
    assert "makes a frame of 16 bytes: SP goes down to 0xffffffd4" in out
    assert "takes the caller's FP" in out
    assert "(bad)" not in out


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_rules_point_into_the_program(activation: str, capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "rules", "--activation", activation, "--json", COUNTING)
    assert status == 0
    rules = json.loads(out)["rules"]
    assert len(rules) == 5
    assert any("count" in rule["shown"] for rule in rules)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_slots_tile_every_frame_at_every_step(activation: str) -> None:
    recording = stackglass.record(PROGRAMS / "closures.c", isa="textbook", activation=activation)
    for step in range(0, recording.last_step + 1, 3):
        for frame in recording.at(step).frames:
            at = frame.high
            for slot in frame.slots:
                assert slot.end == at
                at = slot.address
            assert at == frame.low


def test_static_frames_and_records_are_where_they_are() -> None:
    static = stackglass.record(PROGRAMS / "counting.c", isa="textbook", activation="static")
    frames = static.at("count").frames
    assert [frame.size for frame in frames] == [16, 12]
    assert static.fault is not None and "only frame" in static.fault.words
    linked = stackglass.record(PROGRAMS / "counting.c", isa="textbook", activation="records")
    frames = linked.at("count#3").frames
    links = [
        int.from_bytes(slot.bytes, "little")
        for frame in frames
        for slot in frame.slots
        if slot.role is stackglass.Role.SAVED_FRAME_POINTER
    ]
    assert links == [*(frame.low for frame in list(frames)[1:]), 0]


@pytest.mark.parametrize("activation", ["static", "records"])
def test_frames_that_lie_apart_are_on_no_stack(activation: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither another stack nor an SP that has left one is told of, and what is in a record was not made by alloca."""
    recording = stackglass.record(PROGRAMS / "closures.c", isa="textbook", activation=activation)
    for step in range(0, recording.last_step + 1, 5):
        for frame in recording.at(step).frames:
            assert frame.stack is None
            assert all(slot.role is not stackglass.Role.ALLOCA for slot in frame.slots)
    status, out, _ = command(
        capfd, "show", "--isa", "textbook", "--activation", activation, str(PROGRAMS / "closures.c")
    )
    assert status == 0
    assert "another stack" not in out and "has left" not in out


def test_recursion_that_is_allowed_goes_round_for_ever(capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("run", "--isa", "textbook", "--activation", "static", "--allow-recursion", COUNTING)
    status, out, err = command(capfd, *asked)
    assert status == 124
    assert out.splitlines()[:4] == ["A: x=3, y=3003", "A: x=2, y=2002", "A: x=1, y=1001", "B: x=1, y=1001"]
    assert re.search(r"stopped in an endless loop: every \d+ steps all registers .* counting\.c:17, in count", err)


@pytest.mark.parametrize(
    ("body", "is_endless"),
    [
        ("for (;;) ;", True),
        ("int x = 0; for (;;) x = !x;", True),
        ("int c; while ((c = getchar()) != 10) putchar(c); return 0;", True),
        ("unsigned x = 1; for (;;) x += 2;", False),
        ("int x = 0; while (clock() >= 0) x = !x;", False),
        ("while (rand() != 5) ;", False),
    ],
)
def test_an_endless_loop_is_told_where_nothing_changes(body: str, is_endless: bool, tmp_path: Path) -> None:
    path = tmp_path / "loop.c"
    path.write_text(f"#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\nint main(void) {{ {body} }}\n")
    recording = stackglass.record(path, isa="textbook", max_steps=1_200_000)
    assert recording.fault is not None
    assert ("endless loop" in recording.fault.words) is is_endless
    if is_endless:  # and the recording can be asked for any of its steps
        assert recording.at("end").step == recording.last_step
        assert recording.at(5).step == 5


def test_a_loop_that_ends_is_none(tmp_path: Path) -> None:
    path = tmp_path / "loop.c"
    path.write_text("char seen[60000]; int main(void) { for (int i = 0; i < 60000; i++) seen[i] = 1; return 7; }\n")
    recording = stackglass.record(path, isa="textbook")
    assert recording.last_step > 400_000
    assert (recording.fault, recording.exit_status) == (None, 7)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_do_the_same_under_every_strategy(path: Path) -> None:
    if path.suffix != ".c" or path.name in ELSEWHERE | RECURSIVE:
        return
    outcomes = set()
    for activation in ACTIVATIONS:
        if path.name in COMPUTED_SIZES and activation == "static":
            continue
        recording = stackglass.record(path, isa="textbook", activation=activation)
        assert recording.fault is None
        outcomes.add((recording.output, recording.exit_status))
    assert len(outcomes) == (len(ACTIVATIONS) if path.name == OF_PLACES else 1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_address_that_a_program_prints_is_told(activation: str) -> None:
    told = addresses_told("layout.c", activation)
    variables = {"x": "f", "y": "f", "m": "main", "n": "main"}
    for name, function in variables.items():
        place = told[f"&{name}"].place
        assert place is not None and place.slot is not None
        assert (place.slot.name, place.function, place.offset) == (name, function, 0)
    for name in ("pi", "number", "a", "b", "main", "f", "w", "o"):
        place = told[f"&{name}"].place
        assert place is not None and place.symbol is not None
        assert (place.symbol.name.rstrip("()"), place.offset) == (name, 0)
    gone = told["gone"].place
    assert gone is not None
    if activation == "records":  # its address keeps its record
        assert gone.function == "deep" and gone.slot is not None and gone.slot.name == "room"
        assert gone.kept_since is not None
    else:
        assert gone.dead is not None
        assert gone.dead.function == "deep" and gone.dead.was is not None and gone.dead.was.slot is not None
        assert gone.dead.was.slot.name == "room"
    freed = told["freed"].place
    assert freed is not None and freed.block is not None
    assert freed.block.size == 100 and freed.block.freed_by is not None and freed.block.freed_by.line == 62


def addresses_told(name: str, activation: str) -> dict[str, PrintedAddress]:
    """What is told of the addresses that an example prints, by the word before each."""
    path = next(path for path in EXAMPLES if path.name == name)
    recording = stackglass.record(path, ["numbers"], isa="textbook", activation=activation)
    output = recording.output.decode()
    found = {}
    for one in recording.printed_addresses().addresses:
        assert one.exact and one.address == int(one.text, 16)
        found[re.findall(r"[&\w]+", output[: one.position])[-1]] = one
    return found


def test_records_are_drawn_as_a_linked_list(capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("show", "--isa", "textbook", "--activation", "records", "--at", "count#2", "--width", "120", COUNTING)
    for grow, arrow in (("down", "▲"), ("up", "▼")):
        status, out, _ = command(capfd, *asked, "--grow", grow)
        assert status == 0
        links = re.findall(rf"└─+\n {arrow} dynamic link: (\w+)'s record, at (0x\w+)\n┌─ (\w+)\(", out)
        whose = ["count", "main"] if grow == "up" else ["main", "count"]
        assert [owner for owner, _, _ in links] == whose
        assert [below for _, _, below in links] == (whose if grow == "up" else ["count", "count"])
        assert all(f"{address} FP " in re.sub(" +", " ", out) for _, address, _ in links)
        assert "return address = 0: the end of the program" in out
        assert "cfa" not in out


def test_an_overwritten_link_is_told_as_what_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lost.c"
    path.write_text(
        "int f(int a) {\n    (&a)[-1] = 64;\n    a++;\n    return a;\n}\nint main(void) {\n    return f(1);\n}\n"
    )
    _, out, _ = command(capfd, "show", "--isa", "textbook", "--activation", "records", "--at", "3", str(path))
    assert "▲ dynamic link: 0x40, where no record is in use" in out


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_frames_beyond_an_overwritten_link_keep_their_slots(activation: str, tmp_path: Path) -> None:
    path = tmp_path / "lost.c"
    path.write_text(
        "int f(int a) {\n    (&a)[-1] = 64;\n    a++;\n    return a;\n}\nint main(void) {\n    return f(1);\n}\n"
    )
    frames = stackglass.record(path, isa="textbook", activation=activation).at("3").frames
    for frame in frames:
        roles = [slot.role.value for slot in frame.slots][-2:]
        assert roles == ["saved_frame_pointer", "return_address"]
        assert frame.return_address.kept_in == "slot"


def test_a_record_that_is_not_made_yet_holds_nothing() -> None:
    recording = stackglass.record(PROGRAMS / "counting.c", isa="textbook", activation="records")
    call = next(row for row in range(1, len(recording.calls)) if recording.calls.call(row).function == "count")
    frame = recording.at(recording.calls.call_step(call) + 1).frames[0]
    assert (frame.function, frame.size, frame.slots) == ("count", 0, ())
    assert [(one.name, one.value, one.location) for one in frame.parameters] == [("left", "3", "register R1")]
    assert [one.location for one in frame.register_variables] == ["not created yet"]


def test_folded_records_have_their_links(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep.c"
    path.write_text("int f(int n) {\n    return n ? f(n - 1) + 1 : 0;\n}\nint main(void) {\n    return f(20);\n}\n")
    recorded = ("--isa", "textbook", "--activation", "records", "--at", "f#21", str(path))
    _, out, _ = command(capfd, "show", *recorded)
    folded = re.search(r"(\d+) more frames of f\(\), (\d+) bytes each …, ([\d,]+) bytes in all", out)
    assert folded is not None
    frames, each, whole = (int(number.replace(",", "")) for number in folded.groups())
    assert frames * each == whole
    assert f"▲ {frames} dynamic links, from one record to the next" in out


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_main_returns(activation: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its RET ends the program, and is a step like others."""
    path = tmp_path / "f.c"
    path.write_text("int f(void) { return 4; }\nint main(void) {\n    return f() + 3;\n}\n")
    recording = stackglass.record(path, isa="textbook", activation=activation)
    end = recording.last_step
    assert (recording.calls.return_step(0), recording.calls.left_by(0)) == (end + 1, "return")
    asked = ("--isa", "textbook", "--activation", activation)
    _, out, _ = command(capfd, "calls", *asked, str(path))
    assert "main() = 7" in out and "never returned" not in out
    status, out, _ = command(capfd, "show", *asked, "--at", "main:return", str(path))
    assert status == 0 and re.search(rf"step {end} of {end}\n +next +RET\n", out)
    _, out, _ = command(capfd, "explain", *asked, str(path), "main")
    told = [" ".join(line.split()) for line in out.splitlines()]
    assert any(re.fullmatch(rf"{end} 0x[0-9a-f]+ RET main, f.c:4", line) for line in told)
    assert "it never returns" not in out and f"step {end + 1} ─" not in out
    with pytest.raises(UsageError, match=f"there is no step {end + 2}"):
        recording.seek(end + 2)


ENDS = """\
int g;
void bump(int by) {
    g += by;
    if (by > 5)
        g = 0;
}
int twice(int n) {
    if (n > 4)
        return 2 * n;
    return n + n;
}
int main(void) {
    bump(3);
    bump(9);
    twice(2);
    return twice(7) == 0;
}
"""


@pytest.mark.parametrize("isa", ["textbook", "x86_64"])
def test_a_closing_brace_is_where_its_function_ends(isa: str, tmp_path: Path) -> None:
    """However it comes there: by falling off its end, or by any return."""
    if isa == "x86_64":
        require("gcc")
    path = tmp_path / "f.c"
    path.write_text(ENDS)
    recording = stackglass.record(path, isa=isa)
    for where, name, argument in (
        ("6", "bump", "3"),
        ("6#2", "bump", "9"),
        ("11", "twice", "2"),
        ("11#2", "twice", "7"),
        ("17", "main", None),
    ):
        frame = recording.at(where).frames[0]
        values = [slot.value for slot in frame.slots if slot.name in ("by", "n")]
        assert (frame.function, values) == (name, [argument] if argument else []), where


def test_what_calls_exit_never_returns(tmp_path: Path) -> None:
    path = tmp_path / "f.c"
    path.write_text("#include <stdlib.h>\nint main(void) {\n    exit(3);\n}\n")
    calls = stackglass.record(path, isa="textbook").calls
    assert (calls.return_step(0), calls.left_by(0)) == (None, "end")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_layout_is_valid_under_its_schema(activation: str, repository: Path) -> None:
    schema = json.loads((repository / "docs" / "layout.schema.json").read_text(encoding="utf-8"))
    recording = stackglass.record(repository / "examples" / OF_PLACES, isa="textbook", activation=activation)
    layout = recording.layout(library=True)
    parts = {region["part"] for region in layout_json(layout)["regions"]}
    assert {"text", "arguments"} <= parts
    jsonschema.validate(json.loads(json.dumps(layout_json(layout, *recording.printed_addresses()))), schema)
    for one in layout.regions:
        whereabouts = recording.where(one.region.start, "end")
        jsonschema.validate(json.loads(json.dumps(where_json(whereabouts))), schema)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_layout(activation: str) -> None:
    recording = stackglass.record(PROGRAMS / "counting.c", isa="textbook", activation=activation)
    lowest = recording.initial_stack_pointer
    for step in range(recording.last_step + 1):
        layout = recording.layout(step)
        lowest = min(lowest, layout.stack.now)
        assert layout.stack.lowest == lowest
        assert layout.stack.frames == len(recording.at(step).frames)
    kinds = [one.region.kind for one in layout.regions]
    assert (RegionKind.STACK in kinds) == (activation == "stack")
    sections = {one.section for one in layout.regions}
    assert ".text" in sections and (".frames" in sections) == (activation == "static")


def test_readelf_reads_the_program(tmp_path: Path) -> None:
    require("readelf")
    elf = tmp_path / "program"
    elf.write_bytes(elf_of(compiled(of("everything.c"))))
    done = subprocess.run(
        ["readelf", "-h", "-l", "-S", "-s", "--debug-dump=info,abbrev,decodedline,frames-interp,loc", "-W", str(elf)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    assert "(DW_OP_fbreg" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"activation": "heap"}, "no way of keeping activation records"),
        ({"allow_recursion": True}, "--allow-recursion is for static frames"),
        ({"optimise": "2"}, "-O has no meaning"),
        ({"cc": "gcc"}, "--cc has no meaning"),
        ({"root": Path("/")}, "--root has no meaning for the textbook machine, whose programs see no files"),
        ({"static": True}, "--static and --dynamic have no meaning"),
        ({"isa": None, "activation": "static"}, "--activation is for the textbook machine alone"),
    ],
)
def test_options_that_contradict_each_other(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        stackglass.record(PROGRAMS / "counting.c", **{"isa": "textbook", **options})


def test_an_overrun_leaves_the_outer_frames_right(tmp_path: Path) -> None:
    """A saved FP that was written over says nothing of the frames beyond: those are known all the same."""
    source = tmp_path / "overrun.c"
    source.write_text(
        "#include <string.h>\n"
        "void g(const char *s) { char b[4]; strcpy(b, s); }\n"
        'void h(void) { int pad[8]; pad[0] = 1; g("AAAABBBBCCCC"); }\n'
        "int main(void) { int fill[20]; fill[0] = 2; h(); return 0; }\n"
    )
    recording = stackglass.record(source, isa="textbook")
    assert recording.fault is not None
    assert "the return address was overwritten: it leads to 0x42424242" in recording.fault.words
    g, h, outermost = recording.at("g:return").frames
    assert g.size == 0
    assert [slot.value for slot in h.slots if slot.role is stackglass.Role.RETURN_ADDRESS] == ["0x42424242"]
    assert [slot.role.value for slot in outermost.slots][-2:] == ["saved_frame_pointer", "return_address"]
    assert outermost.return_address.kept_in == "slot"
    assert outermost.frame_pointer is None


def test_a_float_that_is_still_in_its_register_is_read_as_the_double_there(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "scale.c"
    program.write_text(
        "float scale(float f, double d) { return f * 2 + d; }\nint main(void) { return scale(1.5f, 0.25) > 1e999; }\n"
    )
    arguments = ("--isa", "textbook", "--at", "scale:entry", "--when", "f == 1.5", str(program))
    status, out, _ = command(capfd, "show", *arguments)
    assert status == 0
    assert "scale(f=1.5, d=0.25) is running" in out
    assert re.search(r"in D1 +f +float +1\.5 ", out)


@pytest.mark.parametrize("isa", ["textbook", "x86_64"])
def test_small_values_are_told_by_their_types(isa: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Before a call has stored its parameters, its frame has no slots for them, but what was left there."""
    if isa == "x86_64":
        require("gcc")
    program = tmp_path / "small.c"
    program.write_text(
        "int f(char c, unsigned char u, signed char s, const char k, _Bool b, short h) {\n"
        "    return c + u + s + k + b + h;\n}\n"
        "int main(void) { return f('a', 200, -3, 'z', 1, -7) + f('b', 65, 66, '\\n', 0, 9); }\n"
    )
    status, out, _ = command(capfd, "explain", "--isa", isa, str(program), "f#2")
    assert status == 0
    told = re.findall(r"^ +([cuskbh]: .*)", out, re.MULTILINE)
    assert told == ["c: 'a' → 'b'", "u: 200 → 65", "s: -3 → 66", r"k: 'z' → '\n'", "b: true → false", "h: -7 → 9"]


def test_registers_for_long_longs_are_told_as_numbers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "long.c"
    program.write_text("int f(long long big) { return big > 5; }\nint main(void) { return f(7) + f(-1); }\n")
    _, out, _ = command(capfd, "explain", "--isa", "textbook", str(program), "f#2")
    assert "L1: 7 → -1" in out


def test_an_expression_that_is_none_names_a_register_of_the_machine(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "f.c"
    program.write_text("int main(void) { return 3; }\n")
    status, _, told = command(capfd, "show", "--isa", "textbook", "--at", "main", "--when", "n =", str(program))
    assert status and "registers are $SP" in told


def test_floating_numbers_are_explained_as_numbers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "scale.c"
    program.write_text(
        "float scale(float f, double d) {\n  float g = f * 2;\n  if (d > 1e999) g = 7;\n  return g + (float)d;\n}\n"
        "int main(void) { return scale(1.5f, 0.25) + scale(-(1e999), 0.5); }\n"
    )
    status, out, _ = command(capfd, "explain", "--isa", "textbook", str(program), "scale")
    assert status == 0
    for words in (
        "argument 1 (f): sets D1 to 1.5",
        "D1: 0.0 → 1.5",
        "reads f (FP+8) into D0: 1.5",
        "multiplies D0 by 2.0: 1.5 becomes 3.0",
        "compares d's value 0.25 with inf",
        "rounds d's value 0.25 (in D1) to what a float can hold: D1 = 0.25",
        "adds D1 (0.25) to D0: 3.0 becomes 3.25",
        "f: 0.0 → 1.5",
    ):
        assert words in out, words
    _, out, _ = command(capfd, "explain", "--isa", "textbook", str(program), "scale#2")
    assert "sets D1 to -inf" in out


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("int *p = 0; return *p;", 139),
        ('char *s = "abc"; s[0] = 1; return 0;', 139),
        ("int a[2000]; a[0] = 1; return main() + a[0];", 139),
        ("int z = 0; return 1 / z;", 136),
        ("abort();", 134),
        ("char c[8]; return *(int *)(c + 1);", 133),
        ("return 7;", 7),
    ],
)
def test_a_crash_has_the_status_that_it_has_elsewhere(
    body: str, status: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "crash.c"
    program.write_text(f"#include <stdlib.h>\nint main(void) {{ {body} }}\n")
    assert command(capfd, "run", "--isa", "textbook", str(program))[0] == status


PRINTING = """\
#include <stdio.h>
#include <stdlib.h>
int a, b[700];
void f(void) { int x; static int w; printf("in f: &x=%10u, w %u, &w=%u\\n", &x, w = 2000, &w); }
int main(void) {
    printf("&main=%10u, f at %u\\n", &main, &f);
    printf("&a=%u &b[1]=%u, malloc() gave %u\\n", &a, &b[1], malloc(100));
    for (a = 1000; a < 6000; a += 4) printf("a %d%c", a, a % 7 ? ' ' : 10);
    f();
    return 0;
}
"""


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_short_number_is_an_address_only_where_it_is_called_one(activation: str, tmp_path: Path) -> None:
    path = tmp_path / "printing.c"
    path.write_text(PRINTING)
    recording = stackglass.record(path, isa="textbook", activation=activation)
    symbols = {one.name: one.address for one in recording.layout().symbols}
    found = {one.position: one for one in recording.printed_addresses().addresses}
    texts = [recording.output[:position].rpartition(b"\n")[2].decode().split()[-1] for position in sorted(found)]
    assert texts == ["&main=", "&a=", "gave", "&x=", "&w="]
    addresses = [found[position].address for position in sorted(found)]
    assert addresses[:2] + addresses[4:] == [symbols["main"], symbols["a"], symbols["w"]]
