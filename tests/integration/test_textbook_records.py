"""Activation records that are kept when their calls have returned: pictures, JSON, WHERE and the API tell of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

import stackglass
from stackglass.errors import LocationError
from stackglass.views.json import snapshot_json
from stackglass.views.where_words import told
from tests.integration.test_textbook import command

SOURCE = """\
typedef int (*fn)(int);
fn adder(int n) {
    int calls = 0;
    int add(int k) { calls++; return n * 100 + k * 10 + calls; }
    return add;
}
int main(void) {
    fn f = adder(1), g = adder(2);
    int sum = f(3) + g(4);
    return sum == 0;
}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "closure.c"
    path.write_text(SOURCE)
    return path


def test_kept_records_are_drawn_where_the_static_link_leads(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("--isa", "textbook", "--activation", "records", "--width", "120", "--no-writers")
    status, out, _ = command(capfd, "show", *asked, "--at", "adder.add#2", str(source))
    assert status == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    link = next(line for line in lines if "static link void *" in line)
    assert "adder's kept record" in link
    box = next(n for n, line in enumerate(lines) if line.startswith("┌─ adder(n=2) ── returned at step"))
    assert lines[box - 1] == "kept: the static link of add leads to it"
    rows = lines[box + 1 : box + 8]
    assert any("calls int 0 local" in row for row in rows)
    assert any("n int 2 parameter 1" in row for row in rows)
    assert any("return address, used: its call has returned" in row for row in rows)
    assert any(line.startswith("┌─ adder(n=1) ── returned at step") for line in lines)


def test_a_picture_of_records_has_no_words_of_a_stack(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """At the last step too, where the frame's own code has ended."""
    plain = tmp_path / "plain.c"
    plain.write_text("int f(int *n) { return *n + 1; }\nint main(void) { int one = 1; return f(&one) != 2; }\n")
    asked = ("--isa", "textbook", "--activation", "records", "--width", "120", "--no-writers")
    for moment in ("f:return", "end"):
        _, out, _ = command(capfd, "show", *asked, "--at", moment, str(plain))
        assert "saved FP = 0: the chain of frames ends here  the dynamic link" in out
        assert "part of the stack" not in out
    assert "dead            given back to the heap; the next call's record may be made there" in out


def test_kept_records_in_the_api_and_in_json(source: Path) -> None:
    recording = stackglass.record(source, isa="textbook", activation="records")
    snapshot = recording.at("adder.add#2")
    assert [frame.function for frame in snapshot.frames] == ["add", "main"]
    maker, other = snapshot.kept_records
    assert (maker.function, maker.call_number, other.call_number) == ("adder", 2, 1)
    assert maker.returned_at is not None and other.returned_at is not None
    assert recording.calls.call(recording.calls.row_at(maker.returned_at - 1)).function == "adder"
    assert [slot.value for slot in maker.slots if slot.name == "n"] == ["2"]
    assert [slot.value for slot in other.slots if slot.name == "calls"] == ["1"]  # add, called by then, counted in it
    at = maker.high
    for slot in maker.slots:
        assert slot.end == at
        at = slot.address
    assert at == maker.low
    data = json.loads(json.dumps(snapshot_json(snapshot, frames=1)))
    schema = json.loads((Path(__file__).parents[2] / "docs" / "snapshot.schema.json").read_text())
    jsonschema.validate([data], schema)
    assert [one["returned_at"] for one in data["kept_records"]] == [maker.returned_at]
    assert data["kept_records_omitted"] == 1
    assert list(recording.at("adder").kept_records) == []


def test_where_tells_that_a_record_is_kept(source: Path) -> None:
    recording = stackglass.record(source, isa="textbook", activation="records")
    maker = recording.at("adder.add#2").kept_records[0]
    for slot in maker.slots:
        found = recording.where(slot.address, "adder.add#2")
        assert (found.kept_since, found.frame, found.slot) == (maker.returned_at, None, slot)
        assert "its record is kept" in told(found).what and "gone" not in told(found).what


NESTED = """\
int one(int n) { int add(int k) { return n + k; } int only(int k) { return add(k); } return only(1) + only(2); }
int two(int n) { int add(int k) { return n + k; } return add(2); }
int main(void) { return one(2) + two(3); }
"""


def test_a_nested_function_has_its_plain_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nested.c"
    path.write_text(NESTED)
    recording = stackglass.record(path, isa="textbook")
    for moment in ("only#2", "only#2:entry", "only:return", "one.only"):
        assert recording.at(moment).frames[0].function == "only"
    assert recording.at("only#2").step == recording.at("one.only#2").step
    assert command(capfd, "explain", "--isa", "textbook", str(path), "only")[0] == 0
    assert [recording.at(f"add#{n}").frames[1].function for n in (1, 2, 3)] == ["only", "only", "two"]
    assert recording.at("two.add").frames[1].function == "two"
    with pytest.raises(LocationError, match=r"functions called: main, one, only, one\.add, two, two\.add"):
        recording.at("sub")


COMPUTED = """\
#include <alloca.h>
int work(int n) {
    int a[n];
    for (int i = 0; i < n; i++) a[i] = i + 1;
    char *s = alloca(n + 1);
    s[0] = 'x';
    s[1] = 0;
    return a[0] + s[0];
}
int main(void) { int x = 3; return work(x) == 0; }
"""


def test_arrays_of_computed_size_are_drawn_with_their_record(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "computed.c"
    path.write_text(COMPUTED)
    recording = stackglass.record(path, isa="textbook", activation="records")
    frame = recording.at("8").frames[0]
    block, array = frame.rooms
    assert (array.name, array.type, array.value) == ("a", "int [3]", "{1, 2, 3}")
    assert (block.name, block.size, block.bytes[:2]) == (None, 4, b"x\0")
    pointers = {slot.name: slot for slot in frame.slots}
    assert int.from_bytes(pointers["s"].bytes, "little") == block.address
    assert int.from_bytes(pointers["address of a"].bytes, "little") == array.address
    found = recording.where(array.address + 4, "8")
    assert told(found).name == "a[1]" and (found.frame, found.function) == (0, "work")
    assert recording.where(block.address, "8").slot == block
    kept = recording.where(array.address, "end")
    assert kept.kept_since is not None and kept.function == "work"
    asked = ("--isa", "textbook", "--activation", "records", "--width", "120", "--no-writers", "--at", "8")
    status, out, _ = command(capfd, "show", *asked, str(path))
    assert status == 0 and "heap 0x" not in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any(re.search(r" 78 00 .. .. allocated at run time", line) for line in lines)
    assert any("12 bytes a int [3] {1, 2, 3} variable-length array" in line for line in lines)


PLAIN = """\
int add(int a, int b) { int sum = a + b; return sum; }
int main(void) { return add(3, 4) - 7; }
"""


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_an_explanation_names_what_is_in_every_sort_of_frame(
    activation: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "add.c"
    path.write_text(PLAIN)
    asked = ("explain", "--isa", "textbook", "--activation", activation, "--width", "120", str(path), "add")
    status, out, _ = command(capfd, *asked)
    assert status == 0
    said = " ".join(out.split())
    for words in (
        r"keeps the return address, 0x\w+, main\+0x\w+, in the frame",
        r"keeps the caller's FP, 0x\w+, in the frame",
        r"makes FP point at this frame \(0x\w+\)",
        r"stores a, which came in R1 \(3\), in its slot",
        r"adds b's value 4 to R0: 3 becomes 7",
        r"puts R0 \(7\) into sum",
        r"takes the return address, 0x\w+, main\+0x\w+, out of the frame",
        r"RA: 0 → 0x\w+ PC: 0x\w+ → 0x",
    ):
        assert re.search(words, said), words
    assert "add.frame" not in out
    deepest = out[out.index("at its deepest") : out.index("add returns")]
    if activation != "stack":
        assert "◀ FP" in next(line for line in reversed(deepest.splitlines()) if line.startswith("│ 0x"))


def test_a_record_that_is_given_back_is_no_frame_any_more(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "add.c"
    path.write_text(PLAIN)
    recording = stackglass.record(path, isa="textbook", activation="records")
    step = recording.at("add:return").step or 0
    snapshot = recording.at(step)
    assert snapshot.location.instruction == "RET"
    frame = snapshot.frames[0]
    assert (frame.function, frame.size, frame.slots) == ("add", 0, ())
    record = recording.at("add").frames[0]
    (left,) = snapshot.below_sp
    assert (left.address, left.size, left.returned_at) == (record.low, record.size, None)
    status, out, _ = command(
        capfd, "show", "--isa", "textbook", "--activation", "records", "--at", f"step:{step}", str(path)
    )
    assert status == 0 and "given back by add" in out and "not created yet" not in out


LINKED = """\
typedef int (*fn)(int);
struct node { struct node *next; int value; char text[8]; };
fn maker(int n) { int add(int k) { return n + k; } return add; }
int sum(struct node *all) { int s = 0; for (; all; all = all->next) s += all->value; return s; }
int main(int argc, char **argv) {
    struct node last = {0, 1, "0x10"}, first = {&last, 2, ""};
    fn f = maker(argc);
    return sum(&first) + f(1) == 0 && argv;
}
"""


@pytest.mark.parametrize("options", [(), ("--activation", "records"), ("--static-parameters",), ("--static-locals",)])
def test_addresses_in_decimal_are_all_of_them(
    options: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "linked.c"
    path.write_text(LINKED)
    asked = ("show", "--isa", "textbook", *options, "--addresses", "decimal", "--width", "140", "--no-writers")
    status, out, _ = command(capfd, *asked, "--at", "sum", "--at", "end", str(path))
    assert status == 0
    assert not re.search(r"\b0x[0-9a-f]", out.replace('"0x10"', ""))
    assert '.text = "0x10"' in out and re.search(r"\.next = [1-9]\d+", out)


@pytest.mark.parametrize("activation", ["stack", "records"])
def test_a_closure_is_code_and_a_frame(activation: str, tmp_path: Path) -> None:
    path = tmp_path / "linked.c"
    path.write_text(LINKED.replace("return add; }", "fn f = add; f(n); return f; }"))
    snapshot = stackglass.record(path, isa="textbook", activation=activation).at("add")
    closure = next(slot for slot in snapshot.frames[1].slots if slot.name == "closure of add")
    leads = {field.name: field.points_to for field in closure.fields}
    assert leads["code"] is not None and leads["code"].name == "add"
    assert leads["frame"] is not None and leads["frame"].name == "maker's frame"
    assert leads["frame"].address == snapshot.frames[1].low


LABELS = """\
#include <alloca.h>
int take(int n, ...) { return n; }
int outer(int n) {
    int t[n];
    char *s = alloca(4), bytes[8];
    int add(int k) { return n + k; }
    s[0] = bytes[0] = -48;
    t[0] = take(1, 2, 3LL, 4.0);
    return add(t[0]);
}
int main(void) { return outer(3) == 0; }
"""


def test_what_the_compiler_makes_is_told_as_that(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.c"
    path.write_text(LABELS)
    frames = stackglass.record(path, isa="textbook").at("add").frames
    notes = {slot.name: slot.note for frame in frames for slot in frame.slots}
    made = {"static link", "address of t", "bytes of an array", "SP before t"}
    assert {notes[name] for name in made} == {"made by the compiler"}
    assert notes["s"] is None
    status, out, _ = command(capfd, "show", "--isa", "textbook", "--at", "8", "--width", "120", str(path))
    assert status == 0
    told = {
        word for line in out.splitlines() if "bytes" in line or "[0..3]" in line for word in re.findall(r'"\S+"', line)
    }
    assert told and all(word.startswith('"\\320') for word in told)
    assert "most are there for alignment" not in out
    status, out, _ = command(capfd, "explain", "--isa", "textbook", str(path), "take")
    assert status == 0
    assert re.findall(r"an argument without a name: sets (\w+) to", out) == ["R2", "L1", "D1"]
    status, out, _ = command(capfd, "explain", "--isa", "textbook", str(path), "outer")
    assert status == 0 and "&alloca" not in out


def test_the_layout_counts_the_records_on_the_heap(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """malloc is the machine's own: who doesn't call it has no blocks, and that is known."""
    source = tmp_path / "f.c"
    source.write_text(
        "int *kept(int n) { int here = n; return &here; }\n"
        "int f(int n) { return n ? f(n - 1) : 0; }\n"
        "int main(void) { int *p = kept(4); return f(2) + *p; }\n"
    )
    recording = stackglass.record(source, isa="textbook", activation="records")
    heap = recording.layout("f#3").heap
    assert heap.unknown is None
    assert heap.records == (("main", 1, 0), ("f", 3, 0), ("kept", 0, 1))
    _, out, _ = command(capfd, "layout", "--isa", "textbook", "--activation", "records", "--at", "f#3", str(source))
    assert "4 activation records: 1 of main, 3 of f\n" in out
    assert "1 activation record of calls that have returned: 1 of kept\n" in out
    for activation in ("stack", "static"):
        recording = stackglass.record(
            source, isa="textbook", activation=activation, allow_recursion=activation == "static", max_steps=1000
        )
        heap = recording.layout(5).heap
        assert (heap.unknown, heap.records) == (None, ())


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_strings_on_the_heap_are_blocks(activation: str, tmp_path: Path) -> None:
    """A function of the library is one step, so that its call of malloc is none."""
    source = tmp_path / "f.c"
    source.write_text(
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) {\n"
        '    char *a = malloc(12), *b = strdup("hello");\n'
        '    char *c = strndup("worldly", 5), *d;\n'
        '    asprintf(&d, "%d", 100);\n'
        "    aligned_alloc(64, 3);\n"
        "    free(b);\n    char *why = strerror(2);\n    return c == why || a == why;\n}\n"
    )
    recording = stackglass.record(source, isa="textbook", activation=activation)
    heap = recording.layout("end").heap
    assert [(one.function, one.size, one.asked_by.line) for one in heap.blocks] == [
        ("malloc", 12, 5),
        ("strndup", 6, 6),
        ("asprintf", 4, 7),
        ("aligned_alloc", 3, 8),
        ("strdup", 6, 5),
    ]
    freed = heap.blocks[-1]
    assert freed.freed_by is not None and freed.freed_by.line == 9


def test_a_strdup_of_the_programs_own_calls_malloc(tmp_path: Path) -> None:
    source = tmp_path / "f.c"
    source.write_text(
        "#include <stdlib.h>\nchar *strdup(const char *s) { return malloc(40); }\n"
        'int main(void) { return strdup("a") == 0; }\n'
    )
    heap = stackglass.record(source, isa="textbook").layout("end").heap
    assert [(one.function, one.size) for one in heap.blocks] == [("malloc", 40)]
