"""Whatever an instruction stores on the stack is in the history of writes: held against memory before and after it."""

from __future__ import annotations

import pytest

from stackglass import isa as isas
from stackglass.emulator.engine import Engine
from stackglass.emulator.native import library as native
from tests import freestanding

NEVER, ONE_BY_ONE = 1 << 60, (1 << 64) - 1
UNTOUCHED = 0xEE
"""What the stack is filled with; no byte that the programs store is it."""
MOST_BYTES = 0x6000
"""Of stack that the programs use."""


@pytest.fixture(scope="module", params=isas.emulated())
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    isa = isas.get(request.param)
    return freestanding.build(f"stores/{isa.name}.S", tmp_path_factory.mktemp("stores"), isa=isa)


def recorded(elf: bytes, learning_steps: int) -> Engine:
    engine = freestanding.recorded(elf, learning_steps)
    low, high = engine.stack
    engine.memory.poke(low, bytes([UNTOUCHED]) * (high - low))
    return engine


def written_since(engine: Engine, step: int, low: int, high: int) -> set[int]:
    return {low + at for at, word in enumerate(engine.writers(low, high)) if word and word >> 24 >= step}


def test_every_byte_that_changes_has_the_instruction_as_its_writer(elf: bytes) -> None:
    engine = recorded(elf, ONE_BY_ONE)
    isa, high = engine.isa, engine.stack[1]
    low = high - MOST_BYTES
    stored = 0
    before = engine.memory.read(low, MOST_BYTES)
    while True:
        step, pc = engine.step, engine.read(isa.pc)
        if engine.run(step + 1).reason == native.STOP_SYSTEM_CALL:
            break
        after = engine.memory.read(low, MOST_BYTES)
        changed = {low + at for at in range(MOST_BYTES) if before[at] != after[at]} if before != after else set()
        told = written_since(engine, step, low, high)
        instruction = f"{pc:#x}: {engine.memory.read(pc, 8).hex()}"
        assert changed <= told, instruction
        if all(before[address - low] == UNTOUCHED for address in told):
            assert told == changed, instruction
            stored += bool(changed)
        before = after
    assert stored > 18


def test_a_watch_stops_behind_every_store(elf: bytes) -> None:
    engine = recorded(elf, ONE_BY_ONE)
    engine.run(NEVER)
    writers = dict(zip(range(*engine.stack), engine.writers(*engine.stack), strict=True))
    address_by_step = {word >> 24: address for address, word in writers.items() if word}
    assert len(address_by_step) > 18
    for step, address in address_by_step.items():
        again = recorded(elf, ONE_BY_ONE)
        again.run(step)
        again.watch_writes(address, address + 1)
        assert again.run(NEVER).reason == native.STOP_WRITE
        assert again.step == step + 1


@pytest.mark.parametrize("learning", [1, 100])
def test_both_modes_record_the_same_stores(elf: bytes, learning: int) -> None:
    one_by_one, blocks = recorded(elf, ONE_BY_ONE), recorded(elf, learning)
    assert one_by_one.run(NEVER).reason == blocks.run(NEVER).reason == native.STOP_SYSTEM_CALL
    assert blocks.known_blocks > 2
    assert blocks.step == one_by_one.step
    assert blocks.writer_bytes(*blocks.stack) == one_by_one.writer_bytes(*one_by_one.stack)
