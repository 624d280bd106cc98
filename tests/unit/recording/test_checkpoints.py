"""Going back and forth gives the same states again, whatever was done in between."""

from __future__ import annotations

import hashlib
import itertools
import random
from typing import cast

import pytest

from stackglass.debuginfo.target import Target
from stackglass.emulator.engine import Engine
from stackglass.emulator.kernel.outcome import CONTINUE, Exited, Killed, Outcome
from stackglass.emulator.machine import Machine
from stackglass.model import FaultKind, RegionKind
from stackglass.recording import checkpoints
from stackglass.recording.recording import Recording
from tests import freestanding

EXIT_GROUP = 231


class FewCalls:
    """A kernel that maps and unmaps memory at each call but exit_group, which ends the program."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._count = 0

    def system_call(self) -> Outcome:
        if self._engine.read("rax") == EXIT_GROUP:
            return Exited(self._engine.read("rdi") & 0xFF)
        self._count += 1
        memory = self._engine.memory
        memory.map(0x900000 + 0x1000 * (self._count % 3), 0x1000, "rw-", kind=RegionKind.MMAP, name=str(self._count))
        memory.write(0x900000 + 0x1000 * (self._count % 3), bytes([self._count]) * 64)
        memory.write(self._engine.read("rsp") - 0x40, bytes([self._count]) * 16)
        if self._count % 2:
            memory.unmap(0x901000, 0x1000)
        self._engine.write("rax", self._count)
        return CONTINUE

    def raise_fault(self, number: int, why: str) -> Killed:
        return Killed(number, "SIGSEGV", FaultKind.SIGNAL, why)

    def state(self) -> object:
        return self._count

    def restore(self, state: object) -> None:
        self._count = cast(int, state)


PROGRAM = """
    .globl _start
    .type _start, @function
_start:
    mov $30, %ebx
1:  mov $1, %eax
    syscall
    mov %ebx, %edi
    call f
    dec %ebx
    jnz 1b
    mov $231, %eax
    mov $7, %edi
    syscall
    .size _start, .-_start
    .type f, @function
f:  push %rbp
    mov %rsp, %rbp
    sub $0x1000, %rsp
    mov %edi, -4(%rbp)
    mov %edi, -0x1000(%rbp)
    incl counter(%rip)
    dec %edi
    jle 2f
    call f
2:  leave
    ret
    .size f, .-f
    .bss
counter: .skip 5000
    .section .note.GNU-stack, "", @progbits
"""


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("elf")
    (folder / "calls.S").write_text(PROGRAM)
    return freestanding.build(str(folder / "calls.S"), folder)


def record(elf: bytes, *, max_steps: int = 1_000_000) -> Recording:
    engine = freestanding.recorded(elf)
    machine = Machine(engine, FewCalls(engine), random=lambda size: bytes(size))
    recording = Recording(
        machine,
        cast(Target, None),
        program="calls",
        process_start=(),
        initial_stack_pointer=engine.read("rsp"),
        regions=lambda: (),
    )
    recording.run(max_steps)
    return recording


def fingerprint(recording: Recording) -> str:
    """Of everything: registers, mappings, memory, last writers, shadow stack."""
    engine = recording._machine.engine
    digest = hashlib.sha256(repr(sorted(engine.registers().items())).encode())
    for mapping in engine.memory.mappings:
        digest.update(f"{mapping.start:x} {mapping.end:x} {mapping.permissions} {mapping.name}".encode())
        digest.update(engine.memory.read(mapping.start, mapping.size))
    digest.update(engine.writer_bytes(*engine.stack))
    digest.update(bytes(engine.shadow_frames()))
    digest.update(repr(recording._machine.kernel.state()).encode())
    return digest.hexdigest()


@pytest.mark.parametrize("distance", [37, 1000, 10**6])
def test_every_step_is_the_same_from_any_side(elf: bytes, distance: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "FIRST_DISTANCE", distance)
    recording = record(elf)
    assert recording.exit_status == 7
    chosen = [*range(0, 60, 7), *range(60, recording.last_step, recording.last_step // 25), recording.last_step]
    straight = {}
    for step in chosen:
        recording.seek(step)
        straight[step] = fingerprint(recording)
    assert len(set(straight.values())) == len(straight)
    order = random.Random(distance)
    for step in order.choices(chosen, k=60):
        recording.seek(step)
        assert recording.step == step
        assert fingerprint(recording) == straight[step], step


def test_checkpoints_thin_out(elf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "FIRST_DISTANCE", 20)
    monkeypatch.setattr(checkpoints, "MOST", 8)
    recording = record(elf)
    steps = recording._checkpoints.steps
    assert steps[0] == 0
    assert len(steps) <= 8
    assert max(later - earlier for earlier, later in itertools.pairwise(steps)) <= 2 * recording.last_step / 4


def test_the_call_history_is_whole_after_going_back(elf: bytes) -> None:
    recording = record(elf)
    rows = bytes(recording._machine.engine.rows)
    for step in (100, 5, recording.last_step, 700, 0):
        recording.seek(step)
    assert bytes(recording._machine.engine.rows) == rows
    calls = recording.calls
    assert len(calls) == 1 + sum(range(1, 31))
    assert calls.deepest_first(None, most=1) == [30]
    assert calls.row_at(0) == 0
    for row in range(1, len(calls), 17):
        assert calls.row_at(calls.call_step(row) + 1) == row
        returned = calls.return_step(row)
        assert returned is not None
        assert calls.row_at(returned - 1) == row
        assert calls.row_at(returned) == calls.parent(row)


def test_arrivals_and_writes_are_found(elf: bytes) -> None:
    recording = record(elf)
    entry = recording.calls.entry(1)
    recording.seek(0)
    steps = []
    while (step := recording.run_to({entry})) is not None:
        steps.append(step)
    assert steps == [recording.calls.call_step(row) + 1 for row in range(1, len(recording.calls))]
    assert recording.step == recording.last_step
    recording.seek(0)
    assert recording.run_to({entry}, before=steps[0]) is None
    assert recording.step == steps[0]
    recording.seek(0)
    cfa = recording.calls.cfa(1)
    assert recording.run_to_write(cfa - 8, cfa) == recording.calls.call_step(1)


def test_a_budget_ends_the_recording(elf: bytes) -> None:
    recording = record(elf, max_steps=123)
    assert (recording.last_step, recording.step) == (123, 123)
    assert recording.fault is not None
    assert recording.fault.kind.value == "budget"
    recording.seek(100)
    recording.seek(123)
    assert recording.exit_status is None
