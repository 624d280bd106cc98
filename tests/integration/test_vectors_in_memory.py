"""i386's functions that pass vectors, compiled with and without the registers for them: told right, or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stackglass
from stackglass import explain
from stackglass.model.explanation import ExplainedStep
from tests.needs import require

SOURCE = """
#define APART __attribute__((noinline, noclone))
typedef float wide __attribute__((vector_size(16)));
typedef int narrow __attribute__((vector_size(8)));
APART wide floats(wide a, float b) { return a * b; }
APART narrow ints(narrow a, int b) { return a + b; }
APART int only_taken(wide a, int b) { return (int)a[1] + b; }
KIND wide kept(int a, wide b) { return b + (float)a; }
int main(void) {
    wide made = floats((wide){1, 2, 3, 4}, 2), more = kept(3, made);
    narrow other = ints((narrow){5, 6}, 1);
    return (int)made[1] + other[0] + only_taken(made, 7) + (int)more[0];
}
"""
EXPECTED = {
    "floats": ["{1.0, 2.0, 3.0, 4.0}", "2.0", "{2.0, 4.0, 6.0, 8.0}"],
    "ints": ["{5, 6}", "1", "{6, 7}"],
    "only_taken": ["{2.0, 4.0, 6.0, 8.0}", "7", "11"],
    "kept": ["3", "{2.0, 4.0, 6.0, 8.0}", "{5.0, 7.0, 9.0, 11.0}"],
}
FLAGS = ("", "-mmmx", "-msse", "-msse2 -O2", "-O1", "-O2")


def told(folder: Path, flags: str, cc: str | None = None) -> dict[str, list[str | None]]:
    """What is told of the arguments and of the result of each function."""
    source = folder / "vectors.c"
    source.write_text(SOURCE.replace("KIND", "static APART" if "-O" in flags else "APART"))
    recording = stackglass.record(source, isa="i386", cflags=f"-w {flags}", cc=cc)
    found: dict[str, list[str | None]] = {}
    for name in EXPECTED:
        explained = explain.call(recording, name)
        result = explained.result.value if explained.result else None
        found[name] = [*(argument.value for argument in explained.arguments), result]
    return found


@pytest.mark.parametrize("flags", FLAGS)
def test_values_are_told_right_or_not_at_all(flags: str, tmp_path: Path) -> None:
    require("i686-linux-gnu-gcc")
    for name, values in told(tmp_path, flags).items():
        is_right = [value in (None, expected) for value, expected in zip(values, EXPECTED[name], strict=True)]
        assert all(is_right), (name, values)


@pytest.mark.parametrize("flags", FLAGS)
def test_so_are_clangs(flags: str, tmp_path: Path) -> None:
    require("clang", "i686-linux-gnu-gcc")
    for name, values in told(tmp_path, flags, "clang").items():
        is_right = [value in (None, expected) for value, expected in zip(values, EXPECTED[name], strict=True)]
        assert all(is_right), (name, values)


def test_without_sse_everything_is_told(tmp_path: Path) -> None:
    require("i686-linux-gnu-gcc")
    assert told(tmp_path, "") == EXPECTED


def test_with_sse_it_is_too_but_for_mmx(tmp_path: Path) -> None:
    require("i686-linux-gnu-gcc")
    found = told(tmp_path, "-msse")
    assert {name: found[name] for name in EXPECTED if name != "ints"} == {
        name: values for name, values in EXPECTED.items() if name != "ints"
    }


def test_pushes_of_a_vector_are_told_as_its(tmp_path: Path) -> None:
    require("i686-linux-gnu-gcc")
    told(tmp_path, "")
    explained = explain.call(stackglass.record(tmp_path / "vectors.c", isa="i386", cflags="-w"), "ints")
    steps = [step for phase in explained.phases for step in phase.told if isinstance(step, ExplainedStep)]
    words = [step.words for step in steps if re.match("push [156e]", step.disassembly)]
    assert [text.partition(":")[0] for text in words][:4] == [
        "argument 2 (b)",
        "argument 1 (a)",
        "argument 1 (a)",
        "where the result goes",
    ]
