"""Pictures and JSON of real stacks: every byte once, no line too wide, valid under the schema."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import stackglass
from stackglass.model import Snapshot
from stackglass.views.json import snapshot_json
from stackglass.views.lines import render_plain
from stackglass.views.text import PictureOptions, picture
from tests.needs import require
from tests.unit.views.test_text import bytes_of, bytes_shown

EXAMPLES = ("alloca_vla.c", "arguments8.c", "call.c", "overrun.c", "struct_array.c", "vector.cpp")


@pytest.fixture(scope="module", params=EXAMPLES)
def snapshots(request: pytest.FixtureRequest, examples: Path) -> list[Snapshot]:
    """An example's stack at its deepest, in main, and at its end."""
    require("gcc", "g++")
    recording = stackglass.record(examples / request.param)
    wheres = ["deepest", "main", "crash" if recording.fault is not None else "end"]
    return [recording.at(where) for where in wheres]


def test_every_byte_is_shown_once(snapshots: list[Snapshot]) -> None:
    for snapshot in snapshots:
        bare = dataclasses.replace(snapshot, process_start=())
        for grow in ("down", "up"):
            shown = bytes_shown(bare, unfold=True, grow=grow)
            assert len(shown) == len(dict(shown))
            assert dict(shown) == bytes_of(bare)


@pytest.mark.parametrize("options", [{}, {"writers": True}, {"library": True, "start": True}, {"grow": "up"}])
def test_no_line_is_wider_than_asked(snapshots: list[Snapshot], options: dict[str, Any]) -> None:
    for snapshot in snapshots:
        for width in (40, 61, 80, 97, 120, 150):
            lines = render_plain(picture(snapshot, PictureOptions(width=width, **options))).splitlines()
            assert [line for line in lines if len(line) > width] == []


def test_json_is_valid_under_the_schema(snapshots: list[Snapshot], repository: Path) -> None:
    schema = json.loads((repository / "docs" / "snapshot.schema.json").read_text(encoding="utf-8"))
    data = json.loads(json.dumps([snapshot_json(snapshot) for snapshot in snapshots]))
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
