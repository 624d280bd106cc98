"""What docs/walks.md says of two calls: its pictures are the program's, and what its text claims is in the JSON."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.needs import require

ROOT = Path(__file__).resolve().parents[2]
ARM = "arm-linux-gnueabi-gcc"


def test_the_pages_pictures_are_what_the_program_draws() -> None:
    require("gcc", ARM)
    drawn = runpy.run_path(str(ROOT / "scripts" / "draw_walks.py"))["drawn"]
    page = (ROOT / "docs" / "walks.md").read_text()
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


def check_arm_frames(walk: list[dict[str, Any]], foo_before: dict[str, Any], variables: int) -> None:
    """From bar's first instruction to its last: push, fp = sp + 4, room below, and all of it back."""
    entry, pushed, pointed, *body = walk
    sp, fp = register(entry, "sp"), register(entry, "fp")
    assert (sp, fp) == (register(foo_before, "sp"), register(foo_before, "fp"))
    assert entry["frames"][0]["return_address"]["in"] == "register"
    assert (register(pushed, "sp"), register(pushed, "fp")) == (sp - 8, fp)
    assert slots(pushed, "return_address") == [sp - 4]
    assert slots(pushed, "saved_frame_pointer") == [sp - 8]
    assert register(pointed, "fp") == register(pointed, "sp") + 4 == sp - 4
    made = body[0]
    assert register(made, "sp") == register(pointed, "sp") - variables
    for picture in [made, *body]:
        assert register(picture, "fp") == sp - 4
        (saved,) = [slot for slot in picture["frames"][0]["slots"] if slot["role"] == "saved_frame_pointer"]
        assert (int(saved["value"], 16), int(saved["address"], 16)) == (fp, sp - 8)
    assert register(body[-1], "sp") == sp - 8


def test_arm_by_hand() -> None:
    program = "examples/walks/arm.s"
    before, after = pictures(program, "arm", "38", "39")
    frame = register(before, "fp")
    assert [int(slot["address"], 16) - frame for slot in before["frames"][0]["slots"]] == [0, -4, -8, -12]
    assert [slot["bytes"][:2] for slot in before["frames"][0]["slots"]][2:] == ["02", "03"]
    walk = steps(program, "arm", "bar:entry", "bar:return")
    check_arm_frames(walk, before, 8)
    filled = walk[5]["frames"][0]["slots"][2]
    assert (int(filled["address"], 16), filled["bytes"][:2]) == (register(walk[5], "fp") - 8, "07")
    assert [register(after, name) for name in ("sp", "fp")] == [register(before, name) for name in ("sp", "fp")]


def test_arm_in_c() -> None:
    program = "examples/walks/arm.c"
    before, after = pictures(program, "arm", "21", "22")
    named = {slot["name"]: int(slot["address"], 16) for slot in before["frames"][0]["slots"] if slot["name"]}
    assert (named["first"], named["second"]) == (register(before, "fp") - 8, register(before, "fp") - 12)
    walk = steps(program, "arm", "bar:entry", "bar:return")
    own = [picture for picture in walk if picture["frames"][0]["function"] == "bar"]
    check_arm_frames(own, before, 8)
    (first,) = [slot for slot in own[3]["frames"][0]["slots"] if slot["name"] == "first"]
    assert int(first["address"], 16) == register(own[3], "fp") - 8
    assert [register(after, name) for name in ("sp", "fp")] == [register(before, name) for name in ("sp", "fp")]


def test_x86_64() -> None:
    program = "examples/call.c"
    (entry, body, before, callee, leaving, after, last) = pictures(
        program, "x86_64", "calculate:entry", "calculate", "20", "14", "add:return", "21", "calculate:return"
    )
    sp, main = register(entry, "rsp"), register(entry, "rbp")
    assert slots(entry, "return_address") == [sp]
    assert slots(body, "saved_frame_pointer") == [register(body, "rbp")] == [sp - 8]
    assert register(body, "rsp") == sp - 8 - 16
    named = {slot["name"]: int(slot["address"], 16) for slot in before["frames"][0]["slots"] if slot["name"]}
    assert named == {"left": register(before, "rbp") - 4, "right": register(before, "rbp") - 8}
    assert (register(callee, "rdi"), register(callee, "rsi")) == (3, 4)
    assert register(callee, "rsp") == register(callee, "rbp")
    (saved,) = [slot for slot in callee["frames"][0]["slots"] if slot["role"] == "saved_frame_pointer"]
    assert int(saved["value"], 16) == register(before, "rbp")
    in_red_zone = {slot["name"] for slot in callee["frames"][0]["slots"] if slot["in_red_zone"] and slot["name"]}
    assert in_red_zone == {"a", "b", "sum"}
    assert slots(leaving, "return_address") == [register(leaving, "rsp")]
    assert register(leaving, "rbp") == register(after, "rbp") == register(before, "rbp")
    assert register(after, "rsp") == register(before, "rsp")
    assert register(after, "rax") == 7
    assert (register(last, "rsp"), register(last, "rbp")) == (sp, main)
