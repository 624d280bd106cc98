"""Model values as plain JSON data, under docs/snapshot.schema.json: addresses and registers as hexadecimal strings."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from stackglass.model import (
    CallSite,
    DeadRun,
    EnteredByReturn,
    Fault,
    Field,
    Frame,
    Pointee,
    Position,
    Region,
    ReturnAddress,
    Slot,
    Snapshot,
    StackPlace,
    StartItem,
    Variable,
    Writer,
)
from stackglass.views.kept_frames import kept_frames

SCHEMA: Literal["stackglass.snapshot/1"] = "stackglass.snapshot/1"


class PositionJson(TypedDict):
    pc: str
    function: str | None
    file: str | None
    line: int | None


class CallSiteJson(PositionJson):
    step: int | None
    entry: str | None


class WriterJson(PositionJson):
    step: int


class PointeeJson(TypedDict):
    kind: str
    address: str
    name: str | None
    offset: int
    text: str | None


class FieldJson(TypedDict):
    name: str
    type: str
    offset: int
    size: int
    value: str | None
    points_to: NotRequired[PointeeJson]
    fields: NotRequired[list[FieldJson]]


class SlotJson(TypedDict):
    address: str
    size: int
    role: str
    name: str | None
    type: str | None
    offset: int
    value: str | None
    initialised: str
    bytes: str
    written_by: WriterJson | None
    in_red_zone: bool
    register: str | None
    overwritten: bool
    points_to: PointeeJson | None
    fields: list[FieldJson]
    evidence: str
    of_frame: int | None
    note: str | None


class VariableJson(TypedDict):
    name: str
    type: str
    value: str | None
    location: str
    points_to: PointeeJson | None
    came_in: str | None
    initialised: str
    by_reference: bool
    note: str | None


ReturnAddressJson = TypedDict(
    "ReturnAddressJson", {"value": str | None, "in": str, "register": str | None, "overwritten": bool}
)


class EnteredJson(PositionJson):
    step: int | None
    overwritten_by: WriterJson | None


class StackJson(TypedDict):
    low: str
    high: str
    name: str


class FrameJson(TypedDict):
    index: int
    function: str | None
    file: str | None
    line: int | None
    pc: str
    library: bool
    cfa: str | None
    low: str
    high: str
    frame_pointer: str | None
    frame_pointer_register: str | None
    lost_frame_pointer: str | None
    return_address: ReturnAddressJson
    call_site: CallSiteJson | None
    tail_called_from: list[PositionJson]
    entered_by: EnteredJson | None
    stack: StackJson | None
    entry: str | None
    not_mapped: int
    inlined: list[PositionJson]
    found_by: str
    parameters: list[VariableJson]
    register_variables: list[VariableJson]
    slots: list[SlotJson]
    rooms: list[SlotJson]
    call_number: int | None
    taken_by: int | None
    returned_at: int | None
    jumper_stays: bool


class DeadJson(TypedDict):
    address: str
    size: int
    bytes: str
    left_by: str | None
    returned_at: int | None


class RegionJson(TypedDict):
    kind: str
    start: str
    end: str
    permissions: str
    name: str | None


class FaultJson(TypedDict):
    kind: str
    signal: str | None
    address: str | None
    words: str
    step: int | None


class StartItemJson(TypedDict):
    address: str
    size: int
    name: str
    value: str
    bytes: str
    points_to: PointeeJson | None


class LocationJson(TypedDict):
    function: str | None
    file: str | None
    line: int | None
    instruction: str | None


class SnapshotJson(TypedDict):
    schema: Literal["stackglass.snapshot/1"]
    program: str
    isa: str
    step: int | None
    last_step: int | None
    pc: str
    location: LocationJson
    registers: dict[str, str]
    frames: list[FrameJson]
    frames_omitted: int
    process_start: list[StartItemJson]
    below_sp: list[DeadJson]
    kept_records: list[FrameJson]
    kept_records_omitted: int
    regions: list[RegionJson]
    fault: FaultJson | None


def snapshot_json(snapshot: Snapshot, frames: int | None = None) -> SnapshotJson:
    """`snapshot` as JSON data. At most `frames` frames are written, the rest counted as left out of the middle.

    The innermost half (and the odd one) and the outermost half stay. ValueError if `frames` is negative.
    """
    kept = kept_frames(len(snapshot.frames), frames)
    location = snapshot.location
    return {
        "schema": SCHEMA,
        "program": snapshot.program,
        "isa": snapshot.isa,
        "step": snapshot.step,
        "last_step": snapshot.last_step,
        "pc": hex(snapshot.pc),
        "location": {
            "function": location.function,
            "file": location.file,
            "line": location.line,
            "instruction": location.instruction,
        },
        "registers": {name: hex(value) for name, value in snapshot.registers.items()},
        "frames": [frame_json(snapshot.frames[index]) for index in kept],
        "frames_omitted": len(snapshot.frames) - len(kept),
        "process_start": [start_item_json(item) for item in snapshot.process_start],
        "below_sp": [dead_json(run) for run in snapshot.below_sp],
        "kept_records": [frame_json(frame) for frame in snapshot.kept_records[:frames]],
        "kept_records_omitted": len(snapshot.kept_records) - len(snapshot.kept_records[:frames]),
        "regions": [region_json(region) for region in snapshot.regions],
        "fault": None if snapshot.fault is None else fault_json(snapshot.fault),
    }


def frame_json(frame: Frame) -> FrameJson:
    """One frame with all its slots."""
    return {
        "index": frame.index,
        "function": frame.function,
        "file": frame.file,
        "line": frame.line,
        "pc": hex(frame.pc),
        "library": frame.library,
        "cfa": _hex(frame.cfa),
        "low": hex(frame.low),
        "high": hex(frame.high),
        "frame_pointer": _hex(frame.frame_pointer),
        "frame_pointer_register": frame.frame_pointer_register,
        "lost_frame_pointer": _hex(frame.lost_frame_pointer),
        "return_address": _return_address(frame.return_address),
        "call_site": None if frame.call_site is None else call_site_json(frame.call_site),
        "tail_called_from": [position_json(position) for position in frame.tail_called_from],
        "entered_by": None if frame.entered_by is None else _entered(frame.entered_by),
        "stack": None if frame.stack is None else _stack(frame.stack),
        "entry": _hex(frame.entry),
        "not_mapped": frame.not_mapped,
        "inlined": [position_json(position) for position in frame.inlined],
        "found_by": frame.found_by.value,
        "parameters": [variable_json(variable) for variable in frame.parameters],
        "register_variables": [variable_json(variable) for variable in frame.register_variables],
        "slots": [slot_json(slot) for slot in frame.slots],
        "rooms": [slot_json(slot) for slot in frame.rooms],
        "call_number": frame.call_number,
        "taken_by": frame.taken_by,
        "returned_at": frame.returned_at,
        "jumper_stays": frame.jumper_stays,
    }


def _entered(entered: EnteredByReturn) -> EnteredJson:
    writer = entered.overwritten_by
    overwritten_by = None if writer is None else writer_json(writer)
    return {**position_json(entered), "step": entered.step, "overwritten_by": overwritten_by}


def _stack(stack: StackPlace) -> StackJson:
    return {"low": hex(stack.low), "high": hex(stack.high), "name": stack.name}


def slot_json(slot: Slot) -> SlotJson:
    """One slot with its bytes in memory order."""
    return {
        "address": hex(slot.address),
        "size": slot.size,
        "role": slot.role.value,
        "name": slot.name,
        "type": slot.type,
        "offset": slot.offset,
        "value": slot.value,
        "initialised": slot.initialised.value,
        "bytes": slot.bytes.hex(),
        "written_by": None if slot.written_by is None else writer_json(slot.written_by),
        "in_red_zone": slot.in_red_zone,
        "register": slot.register,
        "overwritten": slot.overwritten,
        "points_to": _pointee(slot.points_to),
        "fields": [field_json(field) for field in slot.fields],
        "evidence": slot.evidence.value,
        "of_frame": slot.of_frame,
        "note": slot.note,
    }


def field_json(field: Field) -> FieldJson:
    """A member or element; `points_to` and `fields` only where it has them."""
    data: FieldJson = {
        "name": field.name,
        "type": field.type,
        "offset": field.offset,
        "size": field.size,
        "value": field.value,
    }
    if field.points_to is not None:
        data["points_to"] = pointee_json(field.points_to)
    if field.fields:
        data["fields"] = [field_json(inner) for inner in field.fields]
    return data


def variable_json(variable: Variable) -> VariableJson:
    """A parameter or variable with its place in words."""
    return {
        "name": variable.name,
        "type": variable.type,
        "value": variable.value,
        "location": variable.location,
        "points_to": _pointee(variable.points_to),
        "came_in": variable.came_in,
        "initialised": variable.initialised.value,
        "by_reference": variable.by_reference,
        "note": variable.note,
    }


def position_json(position: Position) -> PositionJson:
    """A code address with its function and line."""
    return {
        "pc": hex(position.pc),
        "function": position.function,
        "file": position.file,
        "line": position.line,
    }


def call_site_json(site: CallSite) -> CallSiteJson:
    """A call instruction and the step it ran at."""
    return {**position_json(site), "step": site.step, "entry": _hex(site.entry)}


def writer_json(writer: Writer) -> WriterJson:
    """Who wrote a slot."""
    return {**position_json(writer), "step": writer.step}


def pointee_json(pointee: Pointee) -> PointeeJson:
    """What a pointer leads to."""
    return {
        "kind": pointee.kind.value,
        "address": hex(pointee.address),
        "name": pointee.name,
        "offset": pointee.offset,
        "text": pointee.text,
    }


def dead_json(run: DeadRun) -> DeadJson:
    """Bytes below SP that an activation left."""
    return {
        "address": hex(run.address),
        "size": run.size,
        "bytes": run.bytes.hex(),
        "left_by": run.left_by,
        "returned_at": run.returned_at,
    }


def region_json(region: Region) -> RegionJson:
    """A range of the address space."""
    return {
        "kind": region.kind.value,
        "start": hex(region.start),
        "end": hex(region.end),
        "permissions": region.permissions,
        "name": region.name,
    }


def fault_json(fault: Fault) -> FaultJson:
    """Why the program stopped."""
    return {
        "kind": fault.kind.value,
        "signal": fault.signal,
        "address": _hex(fault.address),
        "words": fault.words,
        "step": fault.step,
    }


def start_item_json(item: StartItem) -> StartItemJson:
    """A word or string that the kernel put above the first frame."""
    return {
        "address": hex(item.address),
        "size": item.size,
        "name": item.name,
        "value": item.value,
        "bytes": item.bytes.hex(),
        "points_to": _pointee(item.points_to),
    }


def _return_address(return_address: ReturnAddress) -> ReturnAddressJson:
    return {
        "value": _hex(return_address.value),
        "in": return_address.kept_in,
        "register": return_address.register,
        "overwritten": return_address.overwritten,
    }


def _pointee(pointee: Pointee | None) -> PointeeJson | None:
    return None if pointee is None else pointee_json(pointee)


def _hex(number: int | None) -> str | None:
    return None if number is None else hex(number)
