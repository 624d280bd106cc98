"""What docs/walks.md says of two calls: its pictures are the program's, and what its text claims is in the JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
ARM = "arm-linux-gnueabi-gcc"


def test_the_pages_pictures_are_what_the_program_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    require("gcc", ARM)
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from draw_walks import PAGE, drawn

    page = PAGE.read_text()
    assert page.count("```console frames=") == len(re.findall(r"^\$ stackglass show", page, re.MULTILINE)) > 15
    assert drawn(page) == page, "scripts/pictures draws them anew"


def pictures(program: str, isa: str, *wheres: str) -> list[dict[str, Any]]:
    """The JSON of the program's pictures at these moments."""
    require(ARM if isa == "arm" else "gcc")
    at = [option for where in wheres for option in ("--at", where)]
    command = [sys.executable, "-m", "stackglass", "show", "--json", "--isa", isa, *at, program]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    shown = json.loads(done.stdout)
    return shown if isinstance(shown, list) else [shown]


def steps(program: str, isa: str, first: str, last: str) -> list[dict[str, Any]]:
    """The pictures of every step from one moment to another."""
    begin, end = (picture["step"] for picture in pictures(program, isa, first, last))
    return pictures(program, isa, *(f"step:{step}" for step in range(begin, end + 1)))


def register(picture: dict[str, Any], name: str) -> int:
    return int(picture["registers"][name], 16)


def slots(picture: dict[str, Any], role: str) -> list[int]:
    """Where the running frame has slots of a role."""
    return [int(slot["address"], 16) for slot in picture["frames"][0]["slots"] if slot["role"] == role]
