"""The call history and an explained call as plain JSON data, under the names of the Python API."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from stackglass.model import Call
from stackglass.model.explanation import Change, ExplainedCall, ExplainedStep, FoldedSteps, PassedValue, Phase
from stackglass.views.json import (
    CallSiteJson,
    PointeeJson,
    SnapshotJson,
    VariableJson,
    call_site_json,
    pointee_json,
    snapshot_json,
    variable_json,
)


class CallJson(TypedDict):
    row: int
    function: str | None
    number: int
    library: bool
    parent: int | None
    depth: int
    call_step: int
    return_step: int | None
    call_site: CallSiteJson | None
    entry: str
    cfa: str
    frame_bytes: int
    peak_bytes: int
    tail_call: bool
    left_by: str
    arguments: list[VariableJson]
    return_value: str | None
    return_points_to: PointeeJson | None


class ChangeJson(TypedDict):
    kind: str
    name: str
    before: str
    after: str
    words: str
    address: str | None
    size: int
    points_to: PointeeJson | None


class StepJson(TypedDict):
    step: int
    end_step: int
    pc: str
    words: str
    times: int
    function: str | None
    kind: Literal["instruction", "call", "loop", "left_out"]
    bytes: NotRequired[str]
    disassembly: NotRequired[str]
    file: NotRequired[str | None]
    line: NotRequired[int | None]
    changes: NotRequired[list[ChangeJson]]
    result: NotRequired[str | None]


class PhaseJson(TypedDict):
    name: str
    title: str
    told: list[StepJson]


class PassedJson(TypedDict):
    name: str | None
    type: str
    value: str | None
    place: str
    reason: str
    step: int | None
    points_to: PointeeJson | None


class PictureJson(TypedDict):
    title: str
    snapshot: SnapshotJson


class ExplainedCallJson(TypedDict):
    function: str
    number: int
    caller: str | None
    call_step: int
    return_step: int | None
    left_by: str
    psabi: str
    arguments: list[PassedJson]
    result: PassedJson | None
    phases: list[PhaseJson]
    pictures: list[PictureJson]
    unnamed_arguments: str | None
    handed_to: str | None
    caller_goes_on: int | None
    note: str | None


def call_json(call: Call) -> CallJson:
    """One row of the call history."""
    return {
        "row": call.row,
        "function": call.function,
        "number": call.number,
        "library": call.library,
        "parent": call.parent,
        "depth": call.depth,
        "call_step": call.call_step,
        "return_step": call.return_step,
        "call_site": None if call.call_site is None else call_site_json(call.call_site),
        "entry": hex(call.entry),
        "cfa": hex(call.cfa),
        "frame_bytes": call.frame_bytes,
        "peak_bytes": call.peak_bytes,
        "tail_call": call.tail_call,
        "left_by": call.left_by,
        "arguments": [variable_json(argument) for argument in call.arguments],
        "return_value": call.return_value,
        "return_points_to": None if call.return_points_to is None else pointee_json(call.return_points_to),
    }


def explanation_json(explained: ExplainedCall, frames: int | None = None) -> ExplainedCallJson:
    """An explained call; its pictures are whole snapshots, with at most `frames` frames each."""
    return {
        "function": explained.function,
        "number": explained.number,
        "caller": explained.caller,
        "call_step": explained.call_step,
        "return_step": explained.return_step,
        "left_by": explained.left_by,
        "psabi": explained.psabi,
        "arguments": [_passed(argument) for argument in explained.arguments],
        "result": None if explained.result is None else _passed(explained.result),
        "phases": [_phase(phase) for phase in explained.phases],
        "pictures": [
            {"title": picture.title, "snapshot": snapshot_json(picture.snapshot, frames)}
            for picture in explained.pictures
        ],
        "unnamed_arguments": explained.unnamed_arguments,
        "handed_to": explained.handed_to,
        "caller_goes_on": explained.caller_goes_on,
        "note": explained.note,
    }


def _phase(phase: Phase) -> PhaseJson:
    told = [_step(each) if isinstance(each, ExplainedStep) else _folded(each) for each in phase.told]
    return {"name": phase.name.value, "title": phase.title, "told": told}


def _step(step: ExplainedStep) -> StepJson:
    return {
        "kind": "instruction",
        "step": step.step,
        "end_step": step.end_step,
        "pc": hex(step.pc),
        "bytes": step.code.hex(),
        "disassembly": step.disassembly,
        "words": step.words,
        "changes": [_change(change) for change in step.changes],
        "function": step.function,
        "file": step.file,
        "line": step.line,
        "times": step.times,
    }


def _folded(folded: FoldedSteps) -> StepJson:
    return {
        "kind": folded.kind.value,
        "step": folded.step,
        "end_step": folded.end_step,
        "pc": hex(folded.pc),
        "words": folded.words,
        "function": folded.function,
        "result": folded.result,
        "times": folded.times,
    }


def _change(change: Change) -> ChangeJson:
    return {
        "kind": change.kind.value,
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "words": change.words,
        "address": None if change.address is None else hex(change.address),
        "size": change.size,
        "points_to": None if change.points_to is None else pointee_json(change.points_to),
    }


def _passed(passed: PassedValue) -> PassedJson:
    return {
        "name": passed.name,
        "type": passed.type,
        "value": passed.value,
        "place": passed.place,
        "reason": passed.reason,
        "step": passed.step,
        "points_to": None if passed.points_to is None else pointee_json(passed.points_to),
    }
