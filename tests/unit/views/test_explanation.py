"""An explained call as text and JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from stackglass.model.explanation import (
    Change,
    ChangeKind,
    ExplainedCall,
    ExplainedStep,
    FoldedSteps,
    FoldKind,
    PassedValue,
    Phase,
    PhaseName,
    Picture,
)
from stackglass.views.call_json import explanation_json
from stackglass.views.explanation import explanation
from stackglass.views.glyphs import ASCII
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions
from tests.unit.views import goldens, stacks


def step(number: int, disassembly: str, words: str, *changes: Change, **more: Any) -> ExplainedStep:
    plain = ExplainedStep(
        step=number,
        end_step=number + 1,
        pc=0x401100 + number,
        code=b"\x90",
        disassembly=disassembly,
        words=words,
        changes=changes,
        function="add",
        file="/home/me/call.c",
        line=2,
    )
    return dataclasses.replace(plain, **more)


def changed(kind: ChangeKind, name: str, before: str, after: str) -> Change:
    return Change(kind, name, before, after, f"{name}: {before} → {after}")


EXPLAINED = ExplainedCall(
    function="add",
    number=1,
    caller="calculate",
    call_step=36,
    return_step=46,
    left_by="return",
    psabi="System V ABI, AMD64 supplement",
    arguments=(
        PassedValue("a", "int", "3", "edi", "the first integer argument travels in rdi (3.2.3)", 34),
        PassedValue("b", "int", "4", "esi", "the second integer argument travels in rsi (3.2.3)", 35),
    ),
    result=PassedValue(None, "int", "7", "eax", "an integer result travels in rax (3.2.3)"),
    phases=(
        Phase(
            PhaseName.CALL,
            "calculate calls add",
            (
                step(
                    36,
                    "call 0x401106",
                    "pushes the return address 0x401150, the instruction after this call, and jumps to add",
                    changed(ChangeKind.REGISTER, "rsp", "0x7fffffffe4d0", "0x7fffffffe4c8"),
                    changed(ChangeKind.SLOT, "return address", "0", "0x401150"),
                    function="calculate",
                    line=8,
                ),
            ),
        ),
        Phase(
            PhaseName.BODY,
            "what add is there for",
            (
                step(41, "add eax, edx", "adds edx (4) to eax (3)", changed(ChangeKind.FLAGS, "eflags", "ZF", "PF")),
                FoldedSteps(FoldKind.CALL, 42, 44, 0x401200, "calls helper, which gives back 5", "helper", "5"),
                FoldedSteps(FoldKind.LOOP, 44, 45, 0x401210, "one round more"),
                step(45, "rep stosb", "fills 5 bytes", times=5),
            ),
        ),
    ),
    pictures=(Picture("after the prologue", stacks.call()),),
    note="a note about the whole",
)


def test_looks_as_it_did() -> None:
    for width in (80, 120):
        goldens.check(f"explanation_{width}", render_plain(explanation(EXPLAINED, PictureOptions(width=width))))


@pytest.mark.parametrize("width", range(40, 140, 9))
def test_no_line_is_wider_than_asked(width: int) -> None:
    for glyphs in (ASCII, PictureOptions().glyphs):
        text = render_plain(explanation(EXPLAINED, PictureOptions(width=width, glyphs=glyphs)))
        assert [line for line in text.splitlines() if len(line) > width] == []


def test_a_picture_stands_before_the_first_instruction_after_it() -> None:
    text = render_plain(explanation(EXPLAINED))
    call, drawn, body = (text.index(words) for words in ("call 0x401106", "The stack after the prologue", "add eax"))
    assert call < drawn < body


def test_slots_come_before_registers() -> None:
    lines = render_plain(explanation(EXPLAINED)).splitlines()
    line = next(each for each in lines if "return address: 0" in each)
    assert "rsp:" not in line or line.index("return address") < line.index("rsp:")


def test_a_call_that_never_returned_says_so() -> None:
    text = render_plain(explanation(dataclasses.replace(EXPLAINED, return_step=None, left_by="jump")))
    assert "called at step 36, left by a jump" in text


def test_json_has_the_names_of_the_python_api() -> None:
    data = json.loads(json.dumps(explanation_json(EXPLAINED, frames=2)))
    assert set(data) == {field.name for field in dataclasses.fields(ExplainedCall)}
    told = data["phases"][0]["told"][0]
    assert {field.name for field in dataclasses.fields(ExplainedStep)} - {"code"} <= set(told)
    assert told["bytes"] == "90"
    assert set(told["changes"][0]) == {field.name for field in dataclasses.fields(Change)}
    assert set(data["arguments"][0]) == {field.name for field in dataclasses.fields(PassedValue)}
    assert data["phases"][1]["told"][1]["kind"] == "call"
    assert len(data["pictures"][0]["snapshot"]["frames"]) == 2


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("edi", "in edi"),
        ("r2 and r3", "in r2 and r3"),
        ("r2 and r3 and sp at the call", "in r2 and r3, and on the stack at sp"),
        ("rsp+8 at the call", "on the stack at rsp+8"),
        ("memory that x8 points at", "in memory that x8 points at"),
        ("nowhere", "nowhere"),
    ],
)
def test_where_an_argument_is_passed(place: str, words: str) -> None:
    """One on the stack is never said to be in the stack pointer."""
    explained = dataclasses.replace(EXPLAINED, arguments=(PassedValue("a", "int", "3", place, "by some rule"),))
    assert f"  a           int  {words}" in text_of(explained)


def test_arguments_without_a_name_have_their_rule() -> None:
    assert "..." not in text_of(EXPLAINED).partition("1. ")[0]
    explained = dataclasses.replace(EXPLAINED, unnamed_arguments="they go on the stack (2.2.3)")
    above = text_of(explained).partition("1. ")[0].splitlines()
    at = above.index("  ...")
    assert above[at + 1] == "      arguments without a name: they go on the stack (2.2.3)"
    assert "the result" in above[at + 2]


def text_of(explained: ExplainedCall) -> str:
    lines = ("".join(each.text for each in line.spans).rstrip() for line in explanation(explained))
    return "\n".join(lines)
