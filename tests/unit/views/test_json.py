"""JSON of snapshots: under the schema, and true to the model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stackglass.model import ReturnAddress, Snapshot, Variable
from stackglass.views.json import FrameJson, SlotJson, SnapshotJson, snapshot_json
from tests.builders import argument, frame, position, returns, stack
from tests.unit.views import stacks
from tests.unit.views.test_text import STACKS


@pytest.fixture(scope="module")
def schema(repository: Path) -> Any:
    """The published schema."""
    return json.loads((repository / "docs" / "snapshot.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("which", STACKS)
@pytest.mark.parametrize("frames", [None, 1, 3])
def test_json_is_valid_under_the_schema(which: str, frames: int | None, schema: Any) -> None:
    data = json.loads(json.dumps([snapshot_json(STACKS[which](), frames)]))
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


def test_rare_frames_are_valid_under_the_schema(schema: Any) -> None:
    sketch = frame(
        None,
        "",
        [],
        tail_called_from=(position("g", "a.c:7"),),
        inlined=(position("square", "a.c:5"),),
        return_address=ReturnAddress(0x401005, "register", "lr"),
        register_variables=(argument("x", "int", None, "optimised out"),),
        frame_pointer=None,
    )
    snapshot = dataclasses.replace(stack([frame("main", "a.c:1", [returns()]), sketch]), step=None)
    data = json.loads(json.dumps([snapshot_json(snapshot)]))
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
    inner = data[0]["frames"][0]
    back = {"value": "0x401005", "in": "register", "register": "lr", "overwritten": False}
    assert inner["return_address"] == back
    assert inner["tail_called_from"][0]["function"] == "g"
    assert inner["function"] is None


def test_a_schema_violation_would_be_noticed(schema: Any) -> None:
    data: dict[str, Any] = dict(snapshot_json(stacks.call()))
    data["pc"] = 5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([data], schema, cls=jsonschema.Draft202012Validator)


def test_json_says_what_the_model_says() -> None:
    snapshot = stacks.call()
    data = snapshot_json(snapshot)
    assert data["step"] == 41
    assert data["registers"]["rsp"] == hex(snapshot.stack_pointer[1])
    assert [each["function"] for each in data["frames"]] == [each.function for each in snapshot.frames]
    for told, frame_ in zip(data["frames"], snapshot.frames, strict=True):
        assert (int(told["low"], 16), int(told["high"], 16)) == (frame_.low, frame_.high)
        assert [slot["bytes"] for slot in told["slots"]] == [slot.bytes.hex() for slot in frame_.slots]
    assert data["frames"][1]["slots"][2]["written_by"] == {
        "pc": "0x401126",
        "function": "calculate",
        "file": "call.c",
        "line": 6,
        "step": 29,
    }
    assert data["process_start"][0]["name"] == "argc"
    assert data["below_sp"][0]["left_by"] == "__libc_init"


def test_pointees_and_fields_are_told() -> None:
    slots = {slot["name"]: slot for slot in snapshot_json(stacks.composite())["frames"][0]["slots"]}
    told = slots["s"]["points_to"]
    assert told is not None
    assert (told["kind"], told["text"]) == ("string", "a string\n")
    assert slots["box"]["fields"][0]["fields"][1] == {"name": "y", "type": "int", "offset": 4, "size": 4, "value": "-5"}


def test_a_fault_is_told() -> None:
    fault = snapshot_json(stacks.overrun())["fault"]
    assert fault is not None
    assert (fault["kind"], fault["signal"], fault["address"]) == ("jump_to_nowhere", "SIGSEGV", "0x4141414141414141")


def test_frames_are_left_out_of_the_middle() -> None:
    data = snapshot_json(stacks.recursion(30), 5)
    assert [each["index"] for each in data["frames"]] == [0, 1, 2, 31, 32]
    assert data["frames_omitted"] == 28


@pytest.mark.parametrize(
    ("model", "typed"), [(Snapshot, SnapshotJson), (Variable, None), ("Frame", FrameJson), ("Slot", SlotJson)]
)
def test_names_are_those_of_the_python_api(model: Any, typed: Any) -> None:
    """Every field of the model is in the JSON under its own name, but for what the schema doesn't know."""
    import stackglass.model
    from stackglass.views import json as views

    owner = getattr(stackglass.model, model) if isinstance(model, str) else model
    keys = set((typed or views.VariableJson).__annotations__)
    fields = {each.name for each in dataclasses.fields(owner)}
    unwritten = {"stack_pointer", "frame_pointer", "word_size", "linked_frames", "fixed_frames", "parts"}
    assert fields - keys <= {
        *unwritten,
        "may_keep_frame_pointer",
        "makes_frame_pointer",
        *(("size",) if model is Variable else ()),
    }
    assert keys - fields <= {"schema", "frames_omitted", "kept_records_omitted"}
