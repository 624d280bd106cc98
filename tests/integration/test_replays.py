"""A recording sought to and fro is at each step in the same state: registers, mappings, every byte of memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from stackglass import record
from stackglass.recording.recording import Recording
from tests import guests
from tests.needs import require

PROGRAMS = ["files.c", "folders.c", "heap.c", "input.c", "mappings.c", "pipes.c", "random.c", "signals.c", "times.c"]


def digest(recording: Recording) -> str:
    """A hash of everything that the guest could tell apart."""
    found = hashlib.sha256(repr(sorted(recording.registers().items())).encode())
    for region in recording.moment().regions:
        found.update(repr((region.start, region.end, region.permissions, region.kind, region.name)).encode())
        found.update(recording.read_memory(region.start, region.end - region.start))
    return found.hexdigest()


@pytest.mark.parametrize("linkage", ["static", "dynamic"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_way_to_a_step_leads_to_the_same_state(name: str, linkage: str, tmp_path: Path) -> None:
    if linkage == "static":
        require("static libc")
    program = guests.program(name)
    elf = guests.build(program, tmp_path, linkage)
    guests.put_files(program, tmp_path / "root")
    (tmp_path / "root").mkdir(exist_ok=True)
    recording = record(elf, program.arguments, root=tmp_path / "root", stdin=program.stdin)
    final = digest(recording)
    last = recording.last_step
    output = recording.output
    assert output
    middle, late = last // 2, last * 9 // 10
    seen: dict[int, set[str]] = {last: {final}}
    for step in (middle, late, last, 0, late, middle, last, late, middle):
        recording.seek(step)
        seen.setdefault(step, set()).add(digest(recording))
    assert {step: len(digests) for step, digests in seen.items()} == dict.fromkeys((last, middle, late, 0), 1)
    assert len(set().union(*seen.values())) == 4
    assert recording.output == output, "a replay writes nothing twice"
