"""Types on the textbook machine: as gdb tells those of the same source compiled by gcc."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import stackglass
from tests.needs import require
from tests.unit.textbook.running import PROGRAMS

SOURCE = PROGRAMS / "qualifiers.c"


def _plain(type_: str) -> str:
    return re.sub(r"\s*([*()\[\],])\s*", r"\1", type_)


def _member(whole: str, name: str) -> str:
    return whole + name if name.startswith("[") else f"{whole}.{name}"


def _by_gdb(names: list[str], folder: Path) -> dict[str, str]:
    program = folder / "program"
    subprocess.run(["gcc", "-g", "-w", "-O0", SOURCE, "-o", program], check=True)
    asked = [part for name in names for part in ("-ex", f"whatis {name}")]
    done = subprocess.run(
        ["gdb", "-nx", "-batch", "-ex", "break f", "-ex", "run", *asked, program], capture_output=True, text=True
    )
    told = re.findall(r"^type = (.*)", done.stdout, re.MULTILINE)
    assert len(told) == len(names), done.stderr
    return {name: _plain(type_) for name, type_ in zip(names, told, strict=True)}


@pytest.mark.parametrize("activation", ["stack", "static", "records"])
def test_types_are_those_that_gdb_tells_of_gccs_program(activation: str, tmp_path: Path) -> None:
    require("gcc", "gdb")
    recording = stackglass.record(SOURCE, isa="textbook", activation=activation)
    ours: dict[str, str] = {}
    for slot in recording.at("f").frames[0].slots:
        if slot.name is not None and slot.type is not None:
            ours[slot.name] = slot.type
            ours |= {_member(slot.name, one.name): one.type for one in slot.fields}
    ours |= {one.name: one.type for one in recording.layout().symbols if one.type is not None}
    told = _by_gdb(list(ours), tmp_path)
    assert {name: _plain(type_) for name, type_ in ours.items()} == told
    for name in ("k", "ps", "here.both", "here.matrix", "handler", "small", "array"):
        assert name in told


ENUMERATORS = """\
enum { LIMIT = 3, MORE } x = MORE;
enum { ALPHA = 3, BETA } y = BETA;
enum named { ONE = 1, TWO };
int f(int a) { enum { HERE = 2 }; return a == LIMIT + HERE; }
int g(int a) { enum { LIMIT = 9 }; { enum { LIMIT = 8 }; a += LIMIT; } return a + TWO; }
int main(void) { return f(3) + f(2) + g(9); }
"""


@pytest.mark.parametrize("isa", ["textbook", "x86_64"])
@pytest.mark.parametrize(
    ("at", "condition", "argument"),
    [
        ("f", "a == LIMIT", 3),
        ("f", "a == HERE", 2),
        ("f", "a == TWO", 2),
        ("f", "y == BETA && a == 3", 3),
        ("g", "a == LIMIT + 1", 9),
    ],
)
def test_enumerators_are_known_where_they_are_in_view(
    isa: str, at: str, condition: str, argument: int, tmp_path: Path
) -> None:
    if isa == "x86_64":
        require("gcc")
    source = tmp_path / "f.c"
    source.write_text(ENUMERATORS)
    recording = stackglass.record(source, isa=isa)
    frame = recording.at(at, when=condition).frames[0]
    assert next(slot.value for slot in frame.slots if slot.name == "a") == str(argument)


PACKED = """\
struct __attribute__((packed)) wire { char kind; int length; unsigned a : 5, b : 20; short last; };
struct apart { char c; _Alignas(8) int x; };
int f(struct wire *w, struct apart *p) { return w->length + p->x; }
int main(void) {
    char odd = 1; struct wire wire = {1, 2, 3, 4, 5}; struct apart apart = {6, 7};
    return f(&wire, &apart) + odd;
}
"""


def test_members_of_what_is_packed_or_aligned_are_drawn_where_they_are(tmp_path: Path) -> None:
    source = tmp_path / "packed.c"
    source.write_text(PACKED)
    slots = {slot.name: slot for slot in stackglass.record(source, isa="textbook").at("f").frames[1].slots}
    wire, apart = slots["wire"], slots["apart"]
    assert [(one.name, one.offset, one.value) for one in wire.fields] == [
        ("kind", 0, "'\\001'"),
        ("length", 1, "2"),
        ("a", 5, "3"),
        ("b", 5, "4"),
        ("last", 9, "5"),
    ]
    assert [(one.name, one.offset, one.value) for one in apart.fields] == [("c", 0, "'\\006'"), ("x", 8, "7")]
    assert (wire.size, apart.size, apart.address % 8) == (11, 16, 0)
