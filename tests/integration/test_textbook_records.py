"""Activation records that are kept when their calls have returned: pictures, JSON, WHERE and the API tell of them."""

from __future__ import annotations

import json
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
    with pytest.raises(LocationError, match="`add` is more than one function") as found:
        recording.at("add")
    assert found.value.help == "write one.add or two.add"
    assert recording.at("two.add").frames[1].function == "two"
    with pytest.raises(LocationError, match=r"functions called: main, one, only, one\.add, two, two\.add"):
        recording.at("sub")
