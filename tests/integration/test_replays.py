"""A recording sought to and fro is at each step in the same state: registers, mappings, every byte of memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from stackglass import record
from stackglass.emulator import engine
from stackglass.emulator.engine import WRITER_NUMBER, WRITER_NUMBER_BITS
from stackglass.model import RegionKind
from stackglass.recording.recording import Recording
from tests import guests
from tests.needs import require

PROGRAMS = ["files.c", "folders.c", "heap.c", "input.c", "mappings.c", "pipes.c", "random.c", "signals.c", "times.c"]


def digest(recording: Recording) -> str:
    """A hash of everything that the guest could tell apart."""
    found = hashlib.sha256(repr(sorted(recording.registers().items())).encode())
    for region in recording.moment().regions:
        found.update(repr((region.start, region.end, region.permissions, region.kind, region.name)).encode())
        if region.kind is not RegionKind.GUARD:  # which has no bytes
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


def history(recording: Recording) -> str:
    """A hash of the call log and of every byte's last writer."""
    recorded = recording._machine.engine
    found = hashlib.sha256()
    for row in recorded.rows:
        places = (recorded.instruction_pc(number) if number else 0 for number in (row.site, row.entry))
        rest = row.call_step, row.return_step, row.cfa, row.return_address, row.parent, row.tail_of, row.depth
        found.update(repr((*rest, row.frame_bytes, row.peak_bytes, row.left_by, *places)).encode())
    for address, word in enumerate(recorded.writers(*recorded.stack)):
        if word:
            writer = address, word >> WRITER_NUMBER_BITS, recorded.instruction_pc(word & WRITER_NUMBER)
            found.update(repr(writer).encode())
    return found.hexdigest()


@pytest.mark.parametrize("name", ["containers.cpp", "exceptions.cpp", "files.c", "jumps.c", "signals.c", "vectors.c"])
def test_blocks_and_single_instructions_are_recorded_alike(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = guests.program(name)
    require("static libc")
    elf = guests.build(program, tmp_path, "static")
    guests.put_files(program, tmp_path / "root")
    (tmp_path / "root").mkdir(exist_ok=True)
    runs = []
    for learning in (1, 1000, (1 << 64) - 1):
        monkeypatch.setattr(engine, "LEARNING_STEPS", learning)
        made = record(elf, program.arguments, root=tmp_path / "root", stdin=program.stdin)
        runs.append((made.last_step, made.output, made.exit_status, history(made), digest(made)))
        made.seek(0)
        made.seek(made.last_step)  # now that all code has run before
        runs.append((*runs[-1][:3], history(made), digest(made)))
        assert (made._machine.engine.known_blocks > 100) == (learning < 10000)
    assert len(set(runs)) == 1
