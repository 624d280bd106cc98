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
