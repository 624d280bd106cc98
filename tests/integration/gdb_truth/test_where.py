"""FUNC and LINE are reached as often as gdb's breakpoints there are hit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import stackglass
from stackglass.errors import LocationError
from stackglass.recording.arrivals import arrivals
from tests.integration.gdb_truth.truth import BUILDS, Build, build, run_gdb

HITS = Path(__file__).with_name("hits.py")
CHOSEN = ("recursion.c", "switches.c", "shadowing.c", "loops.c", "pointers.c", "templates.cpp", "exceptions.cpp")


@pytest.mark.parametrize("wanted", [each for each in BUILDS if each.source in CHOSEN], ids=str)
def test_lines_are_reached_as_often_as_in_gdb(wanted: Build, tmp_path: Path) -> None:
    elf = build(wanted, tmp_path)
    lines = range(1, len(wanted.path.read_text().splitlines()) + 1)
    recording = stackglass.record(elf)
    functions = sorted({each.name for each in recording.target.functions() if not each.library and not each.stub})
    hits = hits_in_gdb(elf, wanted, [*map(str, lines), *functions])
    ours = {place: arrivals_at(recording, wanted, place) for place in hits}
    assert ours == hits
    assert sum(hits.values()) > 10


def hits_in_gdb(elf: Path, wanted: Build, places: list[str]) -> dict[str, int]:
    """How often gdb's breakpoints at the places are hit."""
    output = elf.with_suffix(".hits.json")
    settings = {"source": wanted.source, "places": json.dumps(places), "output": output}
    run_gdb(elf, wanted.isa, HITS, settings)
    found: dict[str, int] = json.loads(output.read_text())
    return found


def arrivals_at(recording: stackglass.Recording, wanted: Build, place: str) -> int:
    """How often we arrive at a line, or where a function's body begins."""
    target = recording.target
    if place.isdigit():
        addresses = target.line_addresses(wanted.source, int(place))
    else:
        addresses = [target.body_address(function) for function in target.functions_named(place)]
    try:
        return sum(1 for _ in arrivals(recording, frozenset(addresses))) if addresses else 0
    except LocationError:
        return 0
